"""The reference stack is formatted, valid and plannable; its faults are where they are said to be.

The tests that need Terraform find the provider in `AUDITOR_TF_PLUGIN_DIR` (a folder that holds
`registry.terraform.io/hashicorp/aws`) or where Terraform and packagers put such folders; they plan
against the emulated AWS, one account per environment as the stack asks for.
"""

from __future__ import annotations

import importlib.util
import json
import os
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

ROOT = Path(__file__).resolve().parents[2]
VITASCOPE = ROOT / "examples" / "vitascope"
STACK = VITASCOPE / "terraform"
FAULTS = tomllib.loads((VITASCOPE / "faults" / "faults.toml").read_text())["fault"]
ACCOUNTS = {"dev": "111122223333", "staging": "444455556666", "prod": "777788889999"}
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True)
class Plan:
    """What `terraform plan -json` said: addresses to be created, and the texts of diagnostics."""

    created: frozenset[str]
    diagnostics: tuple[str, ...]


def provider_folder() -> Path | None:
    named = [os.environ.get(name, "") for name in ("AUDITOR_TF_PLUGIN_DIR", "TF_PLUGIN_CACHE_DIR")]
    usual = ["~/.terraform.d/plugins", "/usr/local/share/terraform/plugins"]
    candidates = [Path(text).expanduser() for text in [*named, *usual] if text]
    candidates += [path.parent for path in Path("/opt").glob("*/registry.terraform.io")]
    for folder in candidates:
        if (folder / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
            return folder
    return None


class Terraform:
    """The terraform command with the provider of this machine."""

    def __init__(self, binary: str, providers: Path) -> None:
        self._binary = binary
        self._providers = providers

    def run(self, folder: Path, *arguments: str, **environment: str) -> str:
        """What a command prints; AssertionError with all of it where it fails."""
        command = [self._binary, *arguments]
        settings = {**os.environ, **environment, "TF_CLI_CONFIG_FILE": os.devnull}
        done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def init(self, folder: Path) -> None:
        """Prepares a root module of a copy of the stack, with its state beside it."""
        (folder / "backend_override.tf").write_text(LOCAL_BACKEND)
        self.run(folder, "init", f"-plugin-dir={self._providers}", "-no-color", "-input=false")

    def plan(self, folder: Path, **environment: str) -> Plan:
        self.init(folder)
        answer = self.run(folder, "plan", "-json", "-input=false", "-lock=false", **environment)
        messages = [json.loads(line) for line in answer.splitlines()]
        return Plan(
            created=frozenset(
                message["change"]["resource"]["addr"]
                for message in messages
                if message["type"] == "planned_change" and message["change"]["action"] == "create"
            ),
            diagnostics=tuple(
                message["diagnostic"]["summary"]
                for message in messages
                if message["type"] == "diagnostic"
            ),
        )


@pytest.fixture(scope="module")
def terraform() -> Terraform:
    binary, providers = shutil.which("terraform"), provider_folder()
    if binary is None:
        pytest.skip("terraform is not installed")
    if providers is None:
        pytest.skip("the AWS provider is not on this machine: set AUDITOR_TF_PLUGIN_DIR")
    return Terraform(binary, providers)


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
) -> Iterator[dict[str, Future[Plan]]]:
    """The plan of each environment and of the faulty copy, two at a time.

    Planning validates first, so no plan is also a test of `terraform validate`'s verdict.
    """
    roots = {name: clean / "environments" / name for name in ACCOUNTS}
    roots["faulty"] = faulty / "environments" / "prod"
    sts = make_client("sts", "ap-northeast-1")
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(
                terraform.plan, root, **credentials(sts, ACCOUNTS[root.name], moto_server.url)
            )
            for name, root in roots.items()
        }


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
    plans: dict[str, Future[Plan]], environment: str
) -> None:
    plan = plans[environment].result()
    assert plan.diagnostics == ()
    assert len(plan.created) > 300


@pytest.mark.terraform
@pytest.mark.emulator
def test_what_only_production_has(plans: dict[str, Future[Plan]]) -> None:
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
def test_smaller_environments_are_as_logged_and_encrypted(plans: dict[str, Future[Plan]]) -> None:
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
def test_the_faulty_copy_plans_too(plans: dict[str, Future[Plan]]) -> None:
    plan = plans["faulty"].result()
    assert plan.diagnostics == ()
    assert {fault["address"] for fault in FAULTS} <= plan.created


@pytest.mark.terraform
def test_the_overrides_for_the_emulator_are_valid(terraform: Terraform, tmp_path: Path) -> None:
    copy = tmp_path / "terraform"
    shutil.copytree(STACK, copy, symlinks=True, ignore=shutil.ignore_patterns(".terraform"))
    shutil.copytree(VITASCOPE / "emulator" / "modules", copy / "modules", dirs_exist_ok=True)
    root = copy / "environments" / "prod"
    terraform.init(root)
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
