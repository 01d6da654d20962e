"""Telling secrets among plain values."""

from __future__ import annotations

import pytest

from auditor.secret_values import secret_in, secrets_in
from auditor.values import Ref, Undetermined, Unknown


def ref(address, *path):
    return Unknown([Ref(address, path)], exact=True)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("ID", "AKIA" + "ABCDEFGHIJKLMNOP", "an AWS access key id"),
        ("X", "-----BEGIN RSA PRIVATE KEY-----\nabc", "a private key"),
        ("X", "ghp_" + "a" * 36, "a GitHub token"),
        ("X", "xoxb-" + "1234567890-abc", "a Slack token"),
        ("DATABASE_URL", "postgres://app:hunter2@db/app", "a password in a URL"),
        ("DB_PASSWORD", "hunter2", "a literal under a secret's name"),
        ("api_key", "0123456789abcdef", "a literal under a secret's name"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCY0123456789",
            "an AWS secret access key",
        ),
        ("DB_PASSWORD", "$ecret", "a literal under a secret's name"),
    ],
)
def test_secrets(name, value, kind):
    assert secret_in(name, value) == kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "fast"),
        ("DB_PASSWORD", ""),
        ("MAX_TOKENS", "4096"),
        ("USE_SECRET", "true"),
        ("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("DB_SECRET", "prod/db/password"),
        ("DB_SECRET", "prod/payment-service/database/password0x"),
        ("DB_PASSWORD", "$(aws secretsmanager get-secret-value --secret-id db)"),
        ("DB_PASSWORD", "`cat /run/password`"),
        ("DB_PASSWORD", "$PASSWORD"),
        ("DB_PASSWORD", "/prod/db/password"),
        ("DB_SECRET_ARN", "whatever"),
        ("DATABASE_URL", "postgres://db/app"),
        ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db/app"),
        ("DB_PASSWORD", 3),
    ],
)
def test_no_secrets(name, value):
    assert secret_in(name, value) is None


@pytest.mark.parametrize(
    "value",
    [
        ref("random_password.db", "result"),
        ref("module.db.data.aws_secretsmanager_secret_version.x", "secret_string"),
        ref("aws_db_instance.db", "password"),
        Unknown(parts=("user:", ref("random_password.db", "result"))),
        Unknown(parts=("ghp_" + "a" * 36, ref("var.x"))),
    ],
)
def test_unknown_values_that_certainly_are_secrets(value):
    assert secret_in("ANY", value)


@pytest.mark.parametrize(
    "value",
    [
        ref("aws_secretsmanager_secret.db", "arn"),
        Unknown(parts=("arn:aws:secretsmanager:", ref("var.region"), ":x")),
        ref("aws_ssm_parameter.db", "name"),
    ],
)
def test_unknown_values_that_say_where_the_secret_is(value):
    assert secret_in("DB_SECRET", value) is None


def test_an_unknown_value_counts_only_under_a_secret_s_name():
    assert secret_in("MODE", ref("var.mode")) is None
    with pytest.raises(Undetermined, match=r"var\.password"):
        secret_in("DB_PASSWORD", ref("var.password"))


def test_certain_secrets_come_before_the_doubt():
    found = secrets_in([("DB_PASSWORD", ref("var.p")), ("API_KEY", "0123456789")])
    assert next(found) == ("API_KEY", "a literal under a secret's name")
    with pytest.raises(Undetermined, match=r"var\.p"):
        next(found)
