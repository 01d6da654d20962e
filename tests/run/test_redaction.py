from __future__ import annotations

import pytest

from auditor.code_lines import Code
from auditor.redaction import hidden, is_secret_name, redacted, redacted_code
from auditor.resource import Location

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "apiKey_secret", "github-token", "api_key", "privatekey"]
)
def test_names_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["key", "kms_key_id", "token_validity", "passthrough", "secret_arn"]
)
def test_names_of_other_things(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"DB_PASSWORD": "hunter2"}, {"DB_PASSWORD": {"__sensitive__": True}}),
        ({"DB_PASSWORD": "arn:aws:secretsmanager:x"}, {"DB_PASSWORD": "arn:aws:secretsmanager:x"}),
        (f"export K={KEY}", "export K=(sensitive value)"),
        ("postgres://app:hunter2@db/x", "postgres://(sensitive value)@db/x"),
        (["plain", 7, None], ["plain", 7, None]),
    ],
)
def test_values(value, shown):
    assert redacted(value) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('password = "hunter2"', "password = (sensitive value)"),
        ("password = var.password", "password = var.password"),
        ("manage_master_user_password = true", "manage_master_user_password = true"),
        ('"API_TOKEN" : "abcdef"', '"API_TOKEN" : (sensitive value)'),
        ('secret_arn = "arn:aws:x"', 'secret_arn = "arn:aws:x"'),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc", "(sensitive value)"),
    ],
)
def test_lines_of_code(line, shown):
    assert redacted_code(line) == shown


def test_hidden_keeps_the_shape_only():
    assert hidden({"a": ["x", {"__unknown__": ["var.a"]}], "b": None}) == {
        "a": [{"__sensitive__": True}, {"__unknown__": ["var.a"]}],
        "b": None,
    }


class TestCode:
    def test_lines_without_their_common_indentation(self, tmp_path):
        (tmp_path / "a.tf").write_text("x {\n    y = [\n      1,\n    ]\n}\n")
        assert Code(tmp_path).lines(Location("a.tf", 2, 5, 4, 6)) == ["y = [", "  1,", "]"]

    def test_no_more_than_five(self, tmp_path):
        (tmp_path / "a.tf").write_text("\n".join("abcdefgh"))
        assert Code(tmp_path).lines(Location("a.tf", 1, 1, 8, 1)) == ["a", "b", "c", "d", "e"]

    def test_what_cannot_be_read_has_none(self, tmp_path):
        assert Code(tmp_path).lines(Location("none.tf", 2)) == []
        assert Code(tmp_path).lines(Location(".", 2)) == []
        assert Code(tmp_path).lines(None) == []

    def test_what_is_sensitive_shows_its_name_only(self, tmp_path):
        (tmp_path / "a.tf").write_text('  token = "abc"\n')
        assert Code(tmp_path).lines(Location("a.tf", 1), mask=True) == ["token = (sensitive value)"]


def test_values_of_pairs_named_like_secrets_are_cut_out():
    """Containers have their environment as a list of pairs, in JSON text and in code."""
    text = '[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"MODE","value":"fast"}]'
    assert redacted(text) == (
        '[{"name":"DB_PASSWORD","value":(sensitive value)},{"name":"MODE","value":"fast"}]'
    )
    code = '{ name = "API_KEY", value = "abc-def" }, { name = "X", value = "y" }'
    assert redacted_code(code) == (
        '{ name = "API_KEY", value = (sensitive value) }, { name = "X", value = "y" }'
    )
    assert redacted('{"name": "DB_SECRET", "value": "arn:aws:x"}').endswith('"arn:aws:x"}')
    turned = '{"value":"hunter2","name":"DB_PASSWORD"},{"value":"fast","name":"MODE"}'
    assert redacted(turned) == (
        '{"value":(sensitive value),"name":"DB_PASSWORD"},{"value":"fast","name":"MODE"}'
    )
