from pathlib import Path

import pytest

from auditor.cli import run
from auditor.waivers import read_waivers

FILE = "auditor-waivers.toml"
RULE = "ENC-RDS-INSTANCE"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_first_waiver_makes_the_file(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = 'module.m["a"].aws_db_instance.x[0]'
    assert run(["waive", RULE, address, "--reason", "test data"]) == 0
    assert capsys.readouterr().out == f"{FILE}:1: {RULE} on {address} is waived\n"
    assert (repository / FILE).read_text() == (
        f'[[waiver]]\nrule = "{RULE}"\nresource = \'{address}\'\nreason = "test data"\n'
    )


def test_a_further_one_leaves_the_file_as_it_is(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = f'# ours\n[[waiver]]\nrule   = "{RULE}" # why\nresource = "x"\nreason = "r"'
    (repository / FILE).write_text(before)
    (repository / FILE).chmod(0o640)
    arguments = ["waive", RULE, "y*", "--reason", 'a "b"\n\\c\x01', "--until", "2999-01-31"]
    arguments += ["--owner", "web", "--ticket", "W-1", "--env", "dev", "--env", "qa"]
    assert run(arguments) == 0
    assert capsys.readouterr().out == (
        f"{FILE}:7: {RULE} on y* is waived in dev, qa until 2999-01-31\n"
    )
    assert (repository / FILE).read_text() == (
        before
        + f"""

[[waiver]]
rule = "{RULE}"
resource = "y*"
environment = ["dev", "qa"]
reason = "a \\"b\\"\\n\\\\c\\u0001"
owner = "web"
ticket = "W-1"
until = 2999-01-31
"""
    )
    assert read_waivers(repository / FILE)[1].reason == 'a "b"\n\\c\x01'
    assert (repository / FILE).stat().st_mode & 0o777 == 0o640
    assert [p.name for p in repository.iterdir() if p.name != ".git"] == [FILE]


def test_line_ends_and_links_are_kept(repository: Path) -> None:
    (repository / "shared.toml").write_bytes(b"# ours\r\n")
    (repository / FILE).symlink_to("shared.toml")
    assert run(["waive", RULE, "x", "--reason", "r"]) == 0
    assert (repository / FILE).is_symlink()
    assert (repository / "shared.toml").read_bytes() == (
        f'# ours\r\n\r\n[[waiver]]\r\nrule = "{RULE}"\r\nresource = "x"\r\nreason = "r"\r\n'
    ).encode()


def test_another_tools_id_becomes_ours(repository: Path) -> None:
    assert run(["waive", "CKV_AWS_16", "x", "--reason", "r"]) == 0
    assert read_waivers(repository / FILE)[0].rule == RULE


def test_it_goes_beside_the_settings(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "infra/prod").mkdir(parents=True)
    (repository / "infra/auditor.toml").touch()
    monkeypatch.chdir(repository / "infra/prod")
    assert run(["waive", RULE, "x", "--reason", "r"]) == 0
    assert (repository / "infra" / FILE).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ENC-RDS-INSTANC", "x", "--reason", "r"], "did you mean ENC-RDS-INSTANCE?"),
        ([RULE, "x"], "Missing option '--reason'"),
        ([RULE, "x", "--reason", " "], "cannot be empty"),
        ([RULE, "x", "--reason", "r", "--until", "soon"], "soon is not a date such as 2027-03-31"),
        ([RULE, "x", "--reason", "r", "--until", "2020-01-01"], "2020-01-01 is over already"),
        (["*", "*", "--reason", "r"], "it would waive everything"),
        ([RULE, "taken", "--reason", "r"], f"{FILE}:1: there is such a waiver: change it"),
    ],
)
def test_mistakes_end_with_2_and_change_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    before = f'[[waiver]]\nrule = "{RULE}"\nresource = "taken"\nreason = "r"\n'
    (repository / FILE).write_text(before)
    assert run(["waive", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert (repository / FILE).read_text() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[waiver]]\nrule = 3\n", f"{FILE}:2: rule must be a string in quotes"),
        ("a = \n", f"{FILE}:1:5: not valid TOML"),
        (
            'waiver = [{ rule = "A", resource = "b", reason = "c" }]\n',
            "does not write its waivers as [[waiver]] tables: add this by hand",
        ),
    ],
)
def test_a_file_that_cannot_take_it(
    repository: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (repository / FILE).write_text(text)
    assert run(["waive", RULE, "x", "--reason", "r"]) == 2
    assert message in capsys.readouterr().err
    assert (repository / FILE).read_text() == text


@pytest.mark.parametrize(("rule", "resource"), [("*", "*"), ("**", "?*"), ("?*", "**")])
def test_not_everything_at_once(
    repository: Path, capsys: pytest.CaptureFixture[str], rule: str, resource: str
) -> None:
    assert run(["waive", rule, resource, "--reason", "peace"]) == 2
    assert "it would waive everything: name a rule or a resource" in capsys.readouterr().err
    assert not (repository / FILE).exists()
