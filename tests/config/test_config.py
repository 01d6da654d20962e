import subprocess
import sys
from pathlib import Path

import pytest

from auditor.config import AwsSettings, Config, find_config, load_config, read_config
from auditor.toml_places import SettingsError


def config_of(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "auditor.toml"
    file.write_text(text, encoding="utf-8")
    return read_config(file)


def errors_of(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        config_of(tmp_path, text)
    assert {p.location.file for p in error.value.problems if p.location} == {
        str(tmp_path / "auditor.toml")
    }
    return [f"{p.location.line}: {p.summary}" for p in error.value.problems if p.location]


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/common.tfvars").touch()
    (tmp_path / "tf/prod.tfvars").touch()
    config = config_of(
        tmp_path,
        """
        fail_on = "high"
        source = "terraform"
        var_files = ["tf/common.tfvars"]
        [aws]
        regions = ["ap-northeast-1", "us-east-1"]
        profile = "dev"
        [policy]
        "LOG-*" = "off"
        encryption = "critical"
        [environments.prod]
        roots = ["tf"]
        var_files = ["tf/prod.tfvars"]
        workspace = true
        fail_on = "low"
        source = "all"
        state = { s3 = { bucket = "b", key = "k", region = "eu-west-1" } }
        aws = { profile = "prod", external_id = "x", role_arn = "arn:aws:iam::123456789012:role/a" }
        [environments.prod.policy]
        "BAK-RDS-RETENTION" = { severity = "high", parameters = { minimum_days = 35 } }
        [environments.blue]
        workspace = false
        state = "terraform"
        """,
    )
    prod = config.environment("prod")
    assert prod.var_files == ("tf/common.tfvars", "tf/prod.tfvars")
    assert prod.aws == AwsSettings(
        profile="prod",
        role_arn="arn:aws:iam::123456789012:role/a",
        external_id="x",
        regions=("ap-northeast-1", "us-east-1"),
    )
    assert (prod.fail_on, prod.source, prod.workspace) == ("low", "all", True)
    assert prod.state is not None
    assert prod.state.s3 is not None
    assert prod.state.s3.workspace_key_prefix == "env:"
    assert prod.policy["BAK-RDS-RETENTION"].parameters == {"minimum_days": 35}
    blue = config.environment("blue")
    assert (blue.fail_on, blue.aws.profile, blue.workspace) == ("high", "dev", False)
    assert blue.state is not None
    assert blue.state.terraform
    assert config.environment(None).var_files == ("tf/common.tfvars",)
    assert config.settings.policy["LOG-*"].enabled is False
    assert config.settings.policy["encryption"].severity == "critical"
    assert config.path("tf") == tmp_path / "tf"


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    text = """fail_onn = "high"
fail_on = "hihg"
roots = "x"
workspace = 3
state = { s3 = { bucket = "a", regin = "x" } }
production = "yes"
[aws]
regions = ["eu-west-1", 3]
account_id = 123456789012
[policy]
"ENC-*" = "offf"
x = { severty = "low" }
y = 3
[environments.prod]
aws = { profil = "x" }
root = ["x"]
"""
    assert errors_of(tmp_path, text) == [
        "1: fail_onn: no such setting: did you mean fail_on?",
        "2: fail_on: \"hihg\" is not one of 'info', 'low', 'medium', 'high', 'critical' or 'never'",
        '3: roots: must be a list of strings, such as ["a", "b"]',
        "4: workspace: must be true or false or a string in quotes",
        "5: state.s3.key: is required",
        "5: state.s3.region: is required",
        "5: state.s3.regin: no such setting: did you mean region?",
        "6: production: must be true or false",
        "8: aws.regions[1]: must be a string in quotes",
        "9: aws.account_id: must be a string in quotes",
        '11: policy."ENC-*": "offf" is no policy: did you mean off?',
        "12: policy.x.severty: no such setting: did you mean severity?",
        '13: policy.y: must be a word, such as "off" or "high", or a table',
        "15: environments.prod.aws.profil: no such setting: did you mean profile?",
        "16: environments.prod.root: no such setting: did you mean roots?",
    ]


def test_what_types_cannot_say(tmp_path: Path) -> None:
    text = """roots = ["x"]
var_files = ["y.tfvars"]
[aws]
regions = ["apnortheast1", "us-gov-west-1"]
account_id = "1234"
role_arn = "admin"
endpoint_url = "localhost:4566"
[environments.prod.state]
path = "state.tfstate"
terraform = true
[environments.ALL]
"""
    name = tmp_path / "auditor.toml"
    assert errors_of(tmp_path, text) == [
        f"1: roots[0]: there is no folder x beside {name}",
        f"2: var_files[0]: there is no file y.tfvars beside {name}",
        '4: aws.regions[0]: "apnortheast1" is not the name of an AWS region',
        '5: aws.account_id: "1234" must be the twelve digits of an AWS account',
        '6: aws.role_arn: "admin" must be the ARN of an IAM role',
        '7: aws.endpoint_url: "localhost:4566" must be an http or https address',
        '8: environments.prod.state: needs exactly one of path, s3 or "terraform"',
        "11: environments.ALL: the name means every environment: choose another",
    ]


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside.tfvars", "link.tfvars"])
def test_a_file_under_scan_cannot_point_outside_of_the_repository(
    tmp_path: Path, path: str
) -> None:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (tmp_path / "outside.tfvars").touch()
    (repository / "link.tfvars").symlink_to("/etc/passwd")
    (repository / "auditor.toml").write_text(f'var_files = ["{path}"]\n')
    with pytest.raises(SettingsError) as error:
        read_config(repository / "auditor.toml")
    assert error.value.problems[0].summary == (
        f"var_files[0]: {path} leads out of {repository}: name it on the command line instead"
    )


# -- finding the file -----------------------------------------------------------------------------


def test_the_nearest_file_upwards_within_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    folder = repository / "infra/prod"
    folder.mkdir(parents=True)
    (repository / ".git").mkdir()
    (tmp_path / "auditor.toml").touch()
    assert find_config(folder) is None
    (repository / "auditor.toml").touch()
    assert find_config(folder) == repository / "auditor.toml"
    (repository / "infra/auditor.toml").touch()
    assert find_config(folder) == repository / "infra/auditor.toml"


def test_outside_of_a_repository_only_the_scanned_and_the_current_folder_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a/b"
    folder.mkdir(parents=True)
    (tmp_path / "auditor.toml").touch()
    assert find_config(folder) is None
    monkeypatch.chdir(tmp_path)
    assert find_config(folder) == tmp_path / "auditor.toml"


def test_pyproject_counts_only_with_our_table(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.other]\n")
    assert load_config(tmp_path).document is None
    file.write_text('[tool.other]\n\n[tool.auditor]\nfail_on = "low"\n')
    assert load_config(tmp_path).settings.fail_on == "low"
    file.write_text('[tool.other]\n\n[tool.auditor]\nfail_at = "low"\n')
    with pytest.raises(SettingsError) as error:
        load_config(tmp_path)
    assert str(error.value) == f"{file}:4: fail_at: no such setting: did you mean fail_on?"


def test_two_files_side_by_side_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.auditor]\nfail_on = "low"\n')
    (tmp_path / "auditor.toml").touch()
    with pytest.raises(SettingsError, match=r"both hold settings: keep one"):
        load_config(tmp_path)


def test_without_a_file_pydantic_is_not_imported(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from auditor.config import load_config;"
        f"load_config(Path({str(tmp_path)!r})); print('pydantic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_names_of_environments_differ_by_more_than_case(tmp_path: Path) -> None:
    assert errors_of(tmp_path, "[environments.Prod]\n[environments.prod]\n") == [
        f"2: environments.prod: is the environment Prod of {tmp_path}/auditor.toml:1 again: "
        "case does not count"
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[aws]\n[policy]\n[ aws ]\n", "3: [ aws ] is written twice: join the two"),
        ('aws.profile = "a"\naws.profile = "b"\n', "2: aws.profile is written twice: join the two"),
        ("fail_on = low\n", "1: not valid TOML: Invalid value (text stands in quotes)"),
        (
            'fail_on = "low\n',
            "1: not valid TOML: Illegal character '\\n' (a quote is not closed on its line)",
        ),
    ],
)
def test_toml_that_is_none(tmp_path: Path, text: str, error: str) -> None:
    assert errors_of(tmp_path, text) == [error]


@pytest.mark.parametrize("name", ["auditor.toml", "pyproject.toml"])
def test_settings_from_outside_of_the_repository_do_not_count(tmp_path: Path, name: str) -> None:
    (tmp_path / "r/.git").mkdir(parents=True)
    (tmp_path / name).write_text('[tool.auditor]\nfail_on = "never"\n')
    (tmp_path / "r" / name).symlink_to(tmp_path / name)
    with pytest.raises(SettingsError, match=f"/r/{name} is a link out of the repository, so it"):
        load_config(tmp_path / "r")
    inside = tmp_path / "r" / "shared.toml"
    inside.write_text(
        'fail_on = "low"\n' if name == "auditor.toml" else '[tool.auditor]\nfail_on="low"'
    )
    (tmp_path / "r" / name).unlink()
    (tmp_path / "r" / name).symlink_to("shared.toml")
    assert load_config(tmp_path / "r").settings.fail_on == "low"


@pytest.mark.parametrize("target", ["nowhere", "auditor.toml", "/dev/zero", "."])
def test_settings_that_are_no_file_are_not_passed_over(tmp_path: Path, target: str) -> None:
    (tmp_path / "auditor.toml").symlink_to(target)
    with pytest.raises(SettingsError, match=r"auditor\.toml is not a file"):
        load_config(tmp_path)
