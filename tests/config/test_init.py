import tomllib
from pathlib import Path

import pytest

from auditor.cli import run
from auditor.config import load_config
from auditor.environments import find_environments


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(repository: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = repository / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


MAIN = """
variable "region" { default = "eu-west-1" }
variable "account_id" { type = string }
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]
  secret_key          = "do-not-copy-me"
}
provider "aws" {
  alias  = "edge"
  region = lower("US-EAST-1")
}
provider "aws" {
  alias  = "unclear"
  region = local.elsewhere
}
"""
BACKEND = """terraform {
  backend "s3" {
    bucket     = "tfstate"
    key        = "prod.tfstate"
    region     = "eu-west-1"
    access_key = "do-not-copy-me"
  }
}
"""


def test_environments_regions_accounts_and_states(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        repository,
        {
            "terraform/environments/prod/main.tf": MAIN + BACKEND,
            "terraform/environments/prod/terraform.tfvars": 'account_id = "123456789012"\n',
            "terraform/environments/dev/main.tf": MAIN + 'terraform {\n  backend "gcs" {}\n}\n',
        },
    )
    assert run(["init"]) == 0
    assert capsys.readouterr().out == (
        "dev: terraform/environments/dev\n"
        "prod: terraform/environments/prod\n"
        "written to auditor.toml\n"
    )
    text = (repository / "auditor.toml").read_text()
    assert text.endswith(
        """
[environments.dev]
roots = ["terraform/environments/dev"]
aws = { regions = ["eu-west-1", "us-east-1"] }
# Its state is in a backend that only Terraform reads (gcs):
# state = "terraform"
# [environments.dev.policy]

[environments.prod]
roots = ["terraform/environments/prod"]
aws = { regions = ["eu-west-1", "us-east-1"], account_id = "123456789012" }
state = { s3 = { bucket = "tfstate", key = "prod.tfstate", region = "eu-west-1" } }
# [environments.prod.policy]
"""
    )
    assert "do-not-copy-me" not in text
    found = find_environments(repository, "all", load_config(repository))
    assert [e.how for e in found] == [
        "terraform/environments/dev, as auditor.toml:14 says",
        "terraform/environments/prod, as auditor.toml:21 says",
    ]


def test_variable_files_of_one_root(repository: Path) -> None:
    write(
        repository,
        {
            "infra/main.tf": MAIN,
            "infra/prod.tfvars": 'region = "ap-northeast-1"',
            "infra/dev.tfvars": "",
        },
    )
    assert run(["init"]) == 0
    environments = tomllib.loads((repository / "auditor.toml").read_text())["environments"]
    assert environments == {
        "dev": {
            "roots": ["infra"],
            "var_files": ["infra/dev.tfvars"],
            "aws": {"regions": ["eu-west-1", "us-east-1"]},
        },
        "prod": {
            "roots": ["infra"],
            "var_files": ["infra/prod.tfvars"],
            "aws": {"regions": ["ap-northeast-1", "us-east-1"]},
        },
    }


def test_several_places_of_one_name(repository: Path) -> None:
    write(repository, {"a/env/prod/main.tf": "", "b/env/prod/main.tf": ""})
    assert run(["init"]) == 0
    text = (repository / "auditor.toml").read_text()
    assert "# Several places could be this environment: keep those that are.\n" in text
    assert 'roots = ["a/env/prod", "b/env/prod"]\n' in text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "# [environments.prod]\n# roots = "),
        (
            {"main.tf": MAIN + BACKEND.replace("prod.tfstate", "x")},
            '\naws = { regions = ["eu-west-1", "us-east-1"] }\n\nstate = { s3 = ',
        ),
        ({"main.tf": "locals { e = terraform.workspace }"}, "# workspace = true\n"),
        ({"main.tf": "this is { no terraform"}, "# [environments.prod]\n# roots = "),
    ],
)
def test_without_environments(
    repository: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], expected: str
) -> None:
    write(repository, files)
    assert run(["init"]) == 0
    assert capsys.readouterr().out.startswith("no environment was found\n")
    assert expected in (repository / "auditor.toml").read_text()
    assert load_config(repository).settings.fail_on == "medium"


def test_a_file_that_is_there_is_kept_unless_forced(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repository, {"auditor.toml": "# mine\n", "prod/main.tf": ""})
    assert run(["init"]) == 2
    assert (
        capsys.readouterr().err == "auditor: auditor.toml is there already: --force replaces it\n"
    )
    assert (repository / "auditor.toml").read_text() == "# mine\n"
    assert run(["init", "--force"]) == 0
    assert "[environments.prod]" in (repository / "auditor.toml").read_text()


def test_settings_elsewhere_are_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repository, {"pyproject.toml": '[tool.auditor]\nfail_on = "low"\n'})
    assert run(["init", "--force"]) == 2
    assert capsys.readouterr().err == (
        "auditor: pyproject.toml holds the settings already: change it\n"
    )
    assert not (repository / "auditor.toml").exists()


def test_nothing_is_written_through_a_link(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "auditor.toml").symlink_to("not-there-yet.toml")
    assert run(["init", "--force"]) == 2
    assert capsys.readouterr().err == "auditor: auditor.toml is not a file\n"
    assert not (repository / "not-there-yet.toml").exists()
