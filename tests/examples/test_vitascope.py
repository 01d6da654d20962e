"""The reference stack is formatted, valid and plannable; its faults are where they are said to be.

The tests that need Terraform plan against the emulated AWS, one account per environment as the
stack asks for.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from against_terraform import Terraform, differences, managed, terraform_here

from auditor.terraform import Options, evaluate_root

ROOT = Path(__file__).resolve().parents[2]
VITASCOPE = ROOT / "examples" / "vitascope"
STACK = VITASCOPE / "terraform"
FAULTS = tomllib.loads((VITASCOPE / "faults" / "faults.toml").read_text())["fault"]
ACCOUNTS = {"dev": "111122223333", "staging": "444455556666", "prod": "777788889999"}
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True)
class Planned:
    """A root module, the plan as `terraform show -json` has it, and what Terraform warned of."""

    root: Path
    plan: dict[str, Any]
    diagnostics: tuple[str, ...]

    @property
    def created(self) -> set[str]:
        changes = self.plan["resource_changes"]
        return {c["address"] for c in changes if c["change"]["actions"] == ["create"]}


@pytest.fixture(scope="module")
def terraform() -> Terraform:
    return terraform_here()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A faulty copy, made as the README says."""
    folder = tmp_path_factory.mktemp("faulty")
    subprocess.run([sys.executable, VITASCOPE / "faults" / "apply_faults.py", folder], check=True)
    return folder / "terraform"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "terraform"
    shutil.copytree(STACK, folder, symlinks=True, ignore=shutil.ignore_patterns(".terraform"))
    return folder


@pytest.fixture(scope="module")
def plans(
    terraform: Terraform,
    moto_server: Any,
    make_client: Callable[..., Any],
    clean: Path,
    faulty: Path,
) -> Iterator[dict[str, Future[Planned]]]:
    """The plan of each environment and of the faulty copy, two at a time.

    Planning validates first, so no plan is also a test of `terraform validate`'s verdict.
    """
    roots = {name: clean / "environments" / name for name in ACCOUNTS}
    roots["faulty"] = faulty / "environments" / "prod"
    sts = make_client("sts", "ap-northeast-1")

    def plan(root: Path) -> Planned:
        prepare(terraform, root)
        environment = credentials(sts, ACCOUNTS[root.name], moto_server.url)
        plan, said = terraform.plan(root, **environment)
        warned = [m["diagnostic"]["summary"] for m in said if m["type"] == "diagnostic"]
        return Planned(root, plan, tuple(warned))

    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(plan, root) for name, root in roots.items()}


def prepare(terraform: Terraform, root: Path) -> None:
    """Initialises a root module of a copy of the stack, with its state beside it."""
    (root / "backend_override.tf").write_text(LOCAL_BACKEND)
    terraform.init(root)


def credentials(sts: Any, account: str, url: str) -> dict[str, str]:
    """Environment variables of a role in the account; the emulator keeps accounts apart."""
    role = f"arn:aws:iam::{account}:role/deployer"
    given = sts.assume_role(RoleArn=role, RoleSessionName="plan")["Credentials"]
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


# --- With Terraform


@pytest.mark.terraform
def test_terraform_would_not_format_anything(terraform: Terraform) -> None:
    assert terraform.run(VITASCOPE, "fmt", "-check", "-recursive", "-diff") == ""


@pytest.mark.terraform
@pytest.mark.emulator
@pytest.mark.parametrize("environment", ACCOUNTS)
def test_each_environment_plans_without_a_warning(
    plans: dict[str, Future[Planned]], environment: str
) -> None:
    plan = plans[environment].result()
    assert plan.diagnostics == ()
    assert len(plan.created) > 300


@pytest.mark.terraform
@pytest.mark.emulator
@pytest.mark.parametrize("environment", [*ACCOUNTS, "faulty"])
def test_evaluated_as_terraform_plans_it(
    plans: dict[str, Future[Planned]], environment: str
) -> None:
    """Every attribute that the configuration sets, and which of them are unknown."""
    planned = plans[environment].result()
    root = planned.root
    found = evaluate_root(root, Options(root=str(root.parents[1])))
    theirs = managed(planned.plan)
    assert {resource.address for resource in found.resources} == set(theirs)
    wrong = [
        f"{resource.address}.{line}"
        for resource in found.resources
        for line in differences(resource, theirs[resource.address])
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.terraform
@pytest.mark.emulator
@pytest.mark.parametrize("environment", ["dev", "faulty"])
def test_judged_as_its_plan_is(
    plans: dict[str, Future[Planned]], environment: str, tmp_path: Path
) -> None:
    """The same verdict on everything, from the code and from `terraform show -json`."""
    planned = plans[environment].result()
    (tmp_path / "plan.json").write_text(json.dumps(planned.plan))
    runs = []
    for more in ([], ["--plan", tmp_path / "plan.json"]):
        command = [sys.executable, "-m", "auditor", "scan", planned.root.parents[2], *more]
        command += ["--env", planned.root.name, "--quiet", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
        verdicts = json.loads(done.stdout)["verdicts"]
        runs.append({(each["rule"], each["address"]): each["status"] for each in verdicts})
    assert len(runs[0]) > 900
    assert runs[0] == runs[1]


@pytest.mark.terraform
@pytest.mark.emulator
def test_what_only_production_has(plans: dict[str, Future[Planned]]) -> None:
    only_prod = plans["prod"].result().created - plans["staging"].result().created
    module = "module.vitascope.module"
    assert {
        f"{module}.database.aws_db_instance.replica[0]",
        f"{module}.database.aws_db_instance_automated_backups_replication.this[0]",
        f"{module}.backup.aws_backup_vault.dr[0]",
        f"{module}.backup.aws_backup_vault_lock_configuration.primary[0]",
        f'{module}.storage.aws_s3_bucket_replication_configuration.this["uploads"]',
        f'{module}.network.aws_nat_gateway.this["ap-northeast-1d"]',
    } <= only_prod


@pytest.mark.terraform
@pytest.mark.emulator
def test_smaller_environments_are_as_logged_and_encrypted(
    plans: dict[str, Future[Planned]],
) -> None:
    hygiene = ("aws_kms_key.", "aws_cloudtrail.", "aws_flow_log.", "aws_wafv2_web_acl_association.")
    in_region = {
        address
        for address in plans["prod"].result().created
        if any(kind in address for kind in hygiene) and ".module.kms_dr" not in address
    }
    assert in_region
    assert in_region <= plans["dev"].result().created


@pytest.mark.terraform
@pytest.mark.emulator
def test_the_faulty_copy_plans_too(plans: dict[str, Future[Planned]]) -> None:
    plan = plans["faulty"].result()
    assert plan.diagnostics == ()
    assert {fault["address"] for fault in FAULTS} <= plan.created


@pytest.mark.terraform
def test_the_overrides_for_the_emulator_are_valid(terraform: Terraform, tmp_path: Path) -> None:
    copy = tmp_path / "terraform"
    shutil.copytree(STACK, copy, symlinks=True, ignore=shutil.ignore_patterns(".terraform"))
    shutil.copytree(VITASCOPE / "emulator" / "modules", copy / "modules", dirs_exist_ok=True)
    root = copy / "environments" / "prod"
    prepare(terraform, root)
    assert json.loads(terraform.run(root, "validate", "-json"))["valid"] is True


# --- Without


def test_a_dozen_faults_and_no_two_of_one_name() -> None:
    names = [fault["id"] for fault in FAULTS]
    assert len(names) >= 12
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["id"])
def test_a_fault_is_at_its_line(fault: dict[str, Any], faulty: Path) -> None:
    lines = (faulty / fault["file"]).read_text().splitlines()
    line = lines[fault["line"] - 1].strip()
    assert line
    assert not line.startswith(("#", "}", "]"))
    assert fault["controls"]
    assert fault["why"].endswith(".")


def test_no_file_of_the_overlay_is_without_a_listed_fault() -> None:
    overlay = VITASCOPE / "faults" / "overlay"
    files = {path.relative_to(overlay).as_posix() for path in overlay.rglob("*.tf")}
    assert {fault["file"] for fault in FAULTS} == files


def test_the_stack_is_laid_out_as_the_design_asks() -> None:
    named = ["database", "cognito", "api_gateway", "queues", "lambda"]
    assert all((STACK / "modules" / name / "main.tf").is_file() for name in named)
    for environment in ACCOUNTS:
        shared = STACK / "environments" / environment / "variables.tf"
        assert shared.resolve() == STACK / "shared" / "variables.tf"


def test_the_faulty_copy_is_not_laid_over_an_older_one(faulty: Path) -> None:
    script = VITASCOPE / "faults" / "apply_faults.py"
    done = subprocess.run(
        [sys.executable, script, faulty.parent], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "exists; name another folder" in done.stderr


def test_the_packages_are_what_their_sources_make() -> None:
    path = VITASCOPE / "build_packages.py"
    spec = importlib.util.spec_from_file_location("build_packages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = STACK / "modules" / "lambda"
    sources = {source.name: module.package(source) for source in (functions / "src").iterdir()}
    packages = {path.stem: path.read_bytes() for path in (functions / "packages").iterdir()}
    assert packages == sources
