"""The clean reference stack passes, and each fault of the faulty copy is found at its line."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VITASCOPE = ROOT / "examples" / "vitascope"
FAULTS = tomllib.loads((VITASCOPE / "faults" / "faults.toml").read_text())["fault"]
ENVIRONMENTS = ("dev", "staging", "prod")
SERIOUS = {"medium", "high", "critical"}
PRODUCTION = {"HA-RDS-INSTANCE-MULTI-AZ", "HA-RDS-INSTANCE-DELETION-PROTECTION"}


@dataclass(frozen=True)
class Scan:
    """What `auditor scan` gave: its exit code and its report."""

    code: int
    report: dict[str, Any]

    def verdicts(self, status: str, rule: str | None = None) -> list[dict[str, Any]]:
        return [
            verdict
            for verdict in self.report["verdicts"]
            if verdict["status"] == status and rule in (None, verdict["rule"])
        ]


def scan(folder: Path, environment: str, output: Path) -> Scan:
    """Runs the command in a process of its own: it is what people see."""
    command = [sys.executable, "-m", "auditor", "scan", str(folder), "--env", environment]
    command += ["--root", str(folder), "--quiet", "--format", "json", "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert output.exists(), done.stderr
    return Scan(done.returncode, json.loads(output.read_text()))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scan]:
    folder = tmp_path_factory.mktemp("runs")
    return {name: scan(VITASCOPE, name, folder / f"{name}.json") for name in (*ENVIRONMENTS, "all")}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    folder = tmp_path_factory.mktemp("faulty")
    copy = folder / "copy"
    script = VITASCOPE / "faults" / "apply_faults.py"
    subprocess.run([sys.executable, script, copy], check=True, capture_output=True)
    return scan(copy, "prod", folder / "run.json")


def named(verdicts: list[dict[str, Any]]) -> list[str]:
    return [f"{verdict['rule']} on {verdict['address']}" for verdict in verdicts]


# --- The clean stack


@pytest.mark.parametrize("environment", [*ENVIRONMENTS, "all"])
def test_nothing_fails_at_or_above_the_threshold(clean: dict[str, Scan], environment: str) -> None:
    run = clean[environment]
    failed = [verdict for verdict in run.verdicts("fail") if verdict["severity"] in SERIOUS]
    assert named(failed) == []
    assert run.report["problems"] == []
    assert run.report["gaps"] == []
    assert run.code == 0
    assert len(run.verdicts("pass")) > 700


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_cannot_be_decided_is_explained(clean: dict[str, Scan], environment: str) -> None:
    assert named(clean[environment].verdicts("undetermined")) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_waiver_is_used_and_has_a_reason(clean: dict[str, Scan], environment: str) -> None:
    waivers = [
        waiver
        for waiver in clean[environment].report["waivers"]
        if waiver["kind"] == "file" and waiver["state"] != "idle"  # of other environments
    ]
    assert {waiver["state"] for waiver in waivers} == {"active"}
    assert all(waiver["reason"] for waiver in waivers)


@pytest.mark.parametrize("rule", sorted(PRODUCTION))
def test_production_rules_inform_in_dev_and_hold_in_prod(clean: dict[str, Scan], rule: str) -> None:
    (in_dev,) = clean["dev"].verdicts("fail", rule)
    assert in_dev["severity"] == "info"
    assert clean["prod"].verdicts("fail", rule) == []
    assert clean["prod"].verdicts("pass", rule)


def test_all_environments_are_judged_in_one_run(clean: dict[str, Scan]) -> None:
    report = clean["all"].report
    assert {source["environment"] for source in report["sources"]} == set(ENVIRONMENTS)
    one_by_one = sum(len(clean[name].report["verdicts"]) for name in ENVIRONMENTS)
    assert len(report["verdicts"]) == one_by_one


# --- The faulty copy


def places(verdict: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Where a verdict's findings are, and what they rest on, relative to terraform/."""
    for finding in verdict["findings"]:
        for place in [finding, *finding.get("evidence", [])]:
            if location := place.get("location"):
                yield location["file"].removeprefix("terraform/"), location["line"]


def is_at(fault: dict[str, Any], verdict: dict[str, Any]) -> bool:
    """Whether a finding is at the fault's line, or within the document that the line is in."""
    if fault.get("absent"):
        return bool(verdict["address"] == fault["address"])
    first = fault.get("document", fault["line"])
    return any(
        file == fault["file"] and first <= line <= fault["line"] for file, line in places(verdict)
    )


CONTROLS = [(fault, control) for fault in FAULTS for control in fault["controls"]]


@pytest.mark.parametrize(
    ("fault", "control"), CONTROLS, ids=[f"{fault['id']}-{control}" for fault, control in CONTROLS]
)
def test_a_fault_is_found_at_its_line(faulty: Scan, fault: dict[str, Any], control: str) -> None:
    failed = faulty.verdicts("fail", control)
    assert any(is_at(fault, verdict) for verdict in failed), named(failed)


def test_faults_give_exit_code_1(faulty: Scan) -> None:
    assert faulty.code == 1
    assert len([v for v in faulty.verdicts("fail") if v["severity"] in SERIOUS]) >= 12
