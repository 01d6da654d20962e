from pathlib import Path

import pytest

from auditor.config import Config, load_config
from auditor.environments import Environment, environment_of, find_environments
from auditor.toml_places import SettingsError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(repository: Path, *names: str) -> None:
    for name in names:
        file = repository / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def settings(repository: Path, text: str) -> None:
    (repository / "auditor.toml").write_text(text, encoding="utf-8")


def find(repository: Path, name: str, below: str = ".") -> Environment:
    path = repository / below
    found = find_environments(path, name, load_config(path))
    assert len(found) == 1
    return found[0]


def described(environment: Environment) -> list[tuple[str, list[str]]]:
    here = Path.cwd()
    return [
        (str(root.folder.relative_to(here)), [str(f.relative_to(here)) for f in root.var_files])
        for root in environment.roots
    ]


def error(repository: Path, name: str) -> str:
    with pytest.raises(SettingsError) as raised:
        find_environments(repository, name, load_config(repository))
    return str(raised.value)


@pytest.mark.parametrize(
    ("files", "roots", "how"),
    [
        (
            ["terraform/environments/prod/main.tf", "terraform/environments/dev/main.tf"],
            [("terraform/environments/prod", [])],
            "terraform/environments/prod, by convention (environments/<env>)",
        ),
        (
            ["environments/prod/main.tf.json"],
            [("environments/prod", [])],
            "environments/prod, by convention (environments/<env>)",
        ),
        (
            ["infra/terraform/envs/prod/main.tofu"],
            [("infra/terraform/envs/prod", [])],
            "infra/terraform/envs/prod, by convention (envs/<env>)",
        ),
        (
            ["env/prod/network/main.tf", "env/prod/app/main.tf", "env/prod/modules/x/main.tf"],
            [("env/prod/app", []), ("env/prod/network", [])],
            "env/prod/app, env/prod/network, by convention (env/<env>)",
        ),
        (
            ["prod/main.tf", "modules/db/main.tf"],
            [("prod", [])],
            "prod, by convention (<env>)",
        ),
        (
            ["infra/prod/main.tf"],
            [("infra/prod", [])],
            "infra/prod, by convention (<env>)",
        ),
        (
            ["main.tf", "prod.tfvars", "dev.tfvars", "terraform.tfvars", "x.auto.tfvars"],
            [(".", ["prod.tfvars"])],
            ". with prod.tfvars, by convention (<env>.tfvars)",
        ),
        (
            ["infra/main.tf", "infra/env/prod.tfvars.json", "infra/env/common.tfvars"],
            [("infra", ["infra/env/prod.tfvars.json"])],
            "infra with infra/env/prod.tfvars.json, by convention (env/<env>.tfvars.json)",
        ),
        (
            ["terraform/main.tf", "terraform/vars/prod.tfvars"],
            [("terraform", ["terraform/vars/prod.tfvars"])],
            "terraform with terraform/vars/prod.tfvars, by convention (vars/<env>.tfvars)",
        ),
        (
            ["main.tf", "environments/prod/terraform.tfvars", "environments/dev/terraform.tfvars"],
            [(".", ["environments/prod/terraform.tfvars"])],
            ". with environments/prod/terraform.tfvars, "
            "by convention (environments/<env>/terraform.tfvars)",
        ),
        (
            ["environments/prod/main.tf", "environments/prod/prod.tfvars"],
            [("environments/prod", ["environments/prod/prod.tfvars"])],
            "environments/prod with environments/prod/prod.tfvars, "
            "by convention (environments/<env>)",
        ),
        (
            ["services/shop/deployment/stack/environments/prod/main.tf"],
            [("services/shop/deployment/stack/environments/prod", [])],
            "services/shop/deployment/stack/environments/prod, by convention (environments/<env>)",
        ),
        (
            ["environments/Production/main.tf"],
            [("environments/Production", [])],
            "environments/Production, by convention (environments/<env>); nothing is called prod",
        ),
    ],
)
def test_layouts(
    repository: Path, files: list[str], roots: list[tuple[str, list[str]]], how: str
) -> None:
    write(repository, *files)
    found = find(repository, "prod")
    assert described(found) == roots
    assert found.how == how
    assert found.production


@pytest.mark.parametrize("asked", ["PROD", "prod", "Prod", "production"])
def test_names_are_compared_without_case_and_by_their_synonyms(
    repository: Path, asked: str
) -> None:
    write(repository, "environments/prod/main.tf", "environments/staging/main.tf")
    assert find(repository, asked).name == "prod"


def test_an_exact_name_is_preferred_to_a_synonym(repository: Path) -> None:
    write(repository, "envs/prod/main.tf", "envs/production/main.tf")
    assert described(find(repository, "production")) == [("envs/production", [])]


def test_the_folder_itself_and_the_folder_of_environments(repository: Path) -> None:
    write(repository, "stack/blue/main.tf", "envs/green/main.tf")
    assert described(find(repository, "blue", "stack/blue")) == [("stack/blue", [])]
    assert described(find(repository, "green", "envs")) == [("envs/green", [])]
    assert described(find(repository, "blue", "stack")) == [("stack/blue", [])]


def test_all_of_them_in_order(repository: Path) -> None:
    write(
        repository,
        "terraform/environments/prod/main.tf",
        "terraform/environments/dev/main.tf",
        "terraform/environments/eu-west/main.tf",
        "terraform/environments/modules/x/main.tf",
        "terraform/environments/notes/readme.md",
        "terraform/modules/prod/main.tf",
    )
    found = find_environments(repository, "all", load_config(repository))
    assert [(e.name, e.production) for e in found] == [
        ("dev", False),
        ("eu-west", False),
        ("prod", True),
    ]


def test_all_keeps_synonyms_apart(repository: Path) -> None:
    write(repository, "envs/prod/main.tf", "envs/production/main.tf", "envs/stage/main.tf")
    settings(repository, "[environments.prod]\n[environments.staging]\n")
    found = find_environments(repository, "all", load_config(repository))
    assert [(e.name, described(e)) for e in found] == [
        ("prod", [("envs/prod", [])]),
        ("production", [("envs/production", [])]),
        ("staging", [("envs/stage", [])]),
    ]


def test_several_places_are_ambiguous(repository: Path) -> None:
    write(repository, "a/environments/prod/main.tf", "b/environments/prod/main.tf")
    assert error(repository, "prod") == (
        "prod could be any of these:\n"
        "  a/environments/prod (environments/<env>)\n"
        "  b/environments/prod (environments/<env>)\n"
        "Say which (or that it is all of them) in auditor.toml:\n"
        "[environments.prod]\n"
        'roots = ["a/environments/prod"]'
    )
    settings(
        repository, '[environments.prod]\nroots = ["a/environments/prod", "b/environments/prod"]\n'
    )
    found = find(repository, "prod")
    assert described(found) == [("a/environments/prod", []), ("b/environments/prod", [])]
    assert found.how == "a/environments/prod, b/environments/prod, as auditor.toml:2 says"


def test_a_usual_place_goes_before_a_search(repository: Path) -> None:
    write(repository, "terraform/environments/prod/main.tf", "old/stuff/environments/prod/main.tf")
    assert described(find(repository, "prod")) == [("terraform/environments/prod", [])]


def test_no_such_environment_lists_those_found(repository: Path) -> None:
    write(repository, "environments/dev/main.tf", "environments/staging/main.tf")
    settings(repository, '[environments.live]\nsource = "live"\n')
    assert error(repository, "prod") == (
        "there is no environment prod here; found: dev (environments/dev), live "
        "(auditor.toml:1), staging (environments/staging). To add it, write in auditor.toml:\n"
        '[environments.prod]\nroots = ["path/to/its/root"]'
    )


def test_none_at_all_says_where_it_looked(repository: Path) -> None:
    assert error(repository, "prod") == error(repository, "all")
    assert error(repository, "blue").startswith(
        "no environment was found here: looked for environments/<env>, envs/<env>, <env>/, "
        "and <env>.tfvars beside a root module. To name one, write in auditor.toml:\n"
        "[environments.blue]\n"
    )


# -- with settings --------------------------------------------------------------------------------


def test_workspaces(repository: Path) -> None:
    write(repository, "infra/main.tf")
    (repository / "infra/main.tf").write_text("locals { env = terraform.workspace }\n")
    assert error(repository, "prod").endswith(
        "Its root uses terraform.workspace. To name one, write in auditor.toml:\n"
        "[environments.prod]\nworkspace = true"
    )
    settings(
        repository, '[environments.prod]\nworkspace = true\n[environments.dev]\nworkspace = "d"\n'
    )
    prod = find(repository, "prod")
    assert described(prod) == [("infra", [])]
    assert prod.workspace == "prod"
    assert prod.how == "a workspace of infra, as auditor.toml:2 says; workspace prod"
    assert find(repository, "dev").workspace == "d"


def test_a_workspace_of_which_root(repository: Path) -> None:
    write(repository, "terraform/main.tf", "infra/main.tf")
    settings(repository, "[environments.prod]\nworkspace = true\n")
    assert error(repository, "prod") == (
        "auditor.toml:2 says that prod is a workspace, and there are several roots "
        '(infra, terraform) here: write roots = ["…"] there too'
    )


def test_roots_and_variables_from_settings(repository: Path) -> None:
    write(repository, "stack/main.tf", "stack/prod.tfvars", "common.tfvars", "secret/p.tfvars")
    settings(repository, 'roots = ["stack"]\n')
    found = find(repository, "prod")
    assert described(found) == [("stack", ["stack/prod.tfvars"])]
    assert found.how == "stack with stack/prod.tfvars, as auditor.toml:1 says"
    assert error(repository, "qa").startswith("there is no environment qa here")
    settings(
        repository,
        """var_files = ["common.tfvars"]
        [environments.prod]
        roots = ["stack"]
        var_files = ["secret/p.tfvars"]
        fail_on = "low"
        aws = { account_id = "123456789012" }
        state = "terraform"
        """,
    )
    found = find(repository, "PROD")
    assert described(found) == [("stack", ["common.tfvars", "secret/p.tfvars"])]
    assert found.how == "stack with common.tfvars, secret/p.tfvars, as auditor.toml:3 says"
    assert found.aws.account_id == "123456789012"
    assert found.settings.fail_on == "low"
    assert found.state is not None


def test_roots_without_terraform(repository: Path) -> None:
    write(repository, "stack/readme.md")
    settings(repository, '[environments.prod]\nroots = ["stack"]\n')
    assert error(repository, "prod") == "auditor.toml:2: there is no Terraform in stack"


def test_settings_keep_the_name_they_give(repository: Path) -> None:
    write(repository, "environments/production/main.tf")
    settings(repository, '[environments.prod]\nfail_on = "medium"\n')
    found = find(repository, "PRODUCTION")
    assert (found.name, found.settings.fail_on) == ("prod", "medium")
    assert [e.name for e in find_environments(repository, "all", load_config(repository))] == [
        "prod"
    ]


def test_an_environment_that_is_only_live(repository: Path) -> None:
    settings(repository, '[environments.prod]\nsource = "live"\n')
    found = find(repository, "prod")
    assert found.roots == ()
    assert found.how == "prod, as auditor.toml:1 says, without code"


# -- the environment of a root that nobody asked for ----------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("terraform/environments/prod", "prod"),
        ("terraform/environments/prod/network", "prod"),
        ("envs/eu-1", "eu-1"),
        ("staging", "staging"),
        ("environments/modules/x", None),
        ("services/shop", None),
        (".", None),
    ],
)
def test_by_its_place(repository: Path, folder: str, name: str | None) -> None:
    write(repository, f"{folder}/main.tf")
    assert environment_of(repository / folder, load_config(repository)) == name


def test_by_settings(repository: Path) -> None:
    write(repository, "a/main.tf", "b/main.tf", "environments/Prod/main.tf")
    settings(
        repository,
        '[environments.prod]\nroots = ["a"]\n[environments.x]\nroots = ["b"]\n'
        '[environments.y]\nroots = ["b"]\n',
    )
    config: Config = load_config(repository)
    assert environment_of(repository / "a", config) == "prod"
    assert environment_of(repository / "b", config) is None
    assert environment_of(repository / "environments/Prod", config) == "prod"


def test_links_out_of_the_repository_are_no_environments(repository: Path) -> None:
    outside = repository.parent / f"{repository.name}-outside"
    write(outside, "prod/main.tf", "prod.tfvars")
    (repository / "environments").mkdir()
    (repository / "environments/prod").symlink_to(outside / "prod")
    write(repository, "main.tf")
    (repository / "prod.tfvars").symlink_to(outside / "prod.tfvars")
    (repository / "loop").symlink_to(repository)
    assert "prod leads out of the repository" in error(repository, "prod")


def test_a_link_out_of_the_repository_is_named(repository: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "main.tf").touch()
    write(repository, "environments/dev/main.tf")
    (repository / "environments/prod").symlink_to(elsewhere)
    assert error(repository, "prod") == (
        f"environments/prod leads out of the repository, to {elsewhere}, so it is not read: scan "
        "that folder by itself, in its own repository"
    )


def test_a_name_that_toml_has_to_quote(repository: Path) -> None:
    write(repository, "environments/dev/main.tf")
    assert '[environments."prod eu"]\nroots = ' in error(repository, "prod eu")


def test_a_link_in_a_circle(repository: Path) -> None:
    write(repository, "environments/dev/main.tf")
    (repository / "environments/prod").symlink_to("../environments")
    assert error(repository, "qa").startswith("there is no environment qa here; found: dev (")
