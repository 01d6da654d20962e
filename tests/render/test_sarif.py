"""SARIF 2.1.0: valid against the official schema, and saying what it should."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from sample_run import RULES, sample_run

from auditor.record import summarize
from auditor.render import render
from auditor.run import Run
from auditor.suppression_comments import read_suppressions
from auditor.suppressions import apply_suppressions

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text())


def sarif_of(run: Run) -> dict:
    stream = io.StringIO()
    render(run, "sarif", stream)
    log = json.loads(stream.getvalue())
    jsonschema.Draft4Validator(
        SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    ).validate(log)
    (found,) = log["runs"]
    return found


@pytest.fixture
def log(tmp_path) -> dict:
    return sarif_of(sample_run(tmp_path))


def result(log: dict, rule: str, kind: str = "fail") -> dict:
    return next(r for r in log["results"] if (r["ruleId"], r["kind"]) == (rule, kind))


def test_a_finding_in_a_module_stands_there_and_names_the_call(log):
    found = result(log, "NET-TEST-GATE")
    assert found["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "net/gate.tf", "uriBaseId": "SRCROOT"},
            "region": {
                "startLine": 4,
                "startColumn": 13,
                "endLine": 4,
                "endColumn": 40,
                "snippet": {"text": "cidrs = concat(var.cidrs, var.more)"},
            },
        },
        "logicalLocations": [
            {"fullyQualifiedName": "module.net.test_gate.web", "kind": "resource"}
        ],
    }
    assert found["message"]["text"] == (
        "module.net.test_gate.web lets the world reach port 22 (opening[0].cidrs = "
        '["0.0.0.0/0", … (unknown: module.net.var.more)]). Called as [module.net](1)'
    )
    (call,) = found["relatedLocations"]
    assert call["id"] == 1
    assert call["physicalLocation"]["artifactLocation"]["uri"] == "main.tf"
    assert call["physicalLocation"]["region"]["startLine"] == 6
    assert len(found["stacks"][0]["frames"]) == 2


def test_the_way_of_a_value_is_a_code_flow_that_starts_where_it_was_set(log):
    (flow,) = result(log, "ENC-TEST-DISK")["codeFlows"]
    places = [
        step["location"]["physicalLocation"]["artifactLocation"]["uri"]
        for step in flow["threadFlows"][0]["locations"]
    ]
    assert places == ["prod.tfvars", "main.tf"]


def test_levels_follow_severities(log):
    levels = {r["ruleId"]: r["level"] for r in log["results"] if r["kind"] == "fail"}
    assert levels == {
        "NET-TEST-GATE": "error",
        "ENC-TEST-DISK": "error",
        "SEC-TEST-PASSWORD": "warning",
    }


def test_an_undetermined_verdict_is_open(log):
    found = result(log, "ENC-TEST-DISK", "open")
    assert found["level"] == "none"
    assert found["message"]["text"] == (
        "test_disk.open could not be judged; it hangs on: var.unset"
    )
    assert found["locations"][0]["physicalLocation"]["region"]["startLine"] == 12


def test_rules_carry_their_whole_text(log):
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    assert list(rules) == sorted(r.id for r in RULES)
    rule = rules["ENC-TEST-DISK"]
    assert rule["shortDescription"]["text"] == "Disks are encrypted"
    assert rule["help"]["markdown"] == (
        "**Disks are encrypted**\n\n"
        "whoever gets the disk can read it.\n\n"
        "**How to fix.** set `encrypted = true`.\n\n"
        "**Source.** made up; default false.\n\n"
        "* Severity: high\n"
        "* Family: encryption\n"
        "* Judges: test_disk\n"
        "* AWS Foundational Security Best Practices: Test.1\n"
        "* Checkov calls it: CKV_TEST_1\n"
        "* Trivy calls it: AWS-9001"
    )
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["tags"] == ["security", "encryption", "test", "fsbp:Test.1"]
    assert [r["ruleId"] for r in log["results"]] == [
        log["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] for r in log["results"]
    ]


def test_fingerprints_are_the_run_s_and_serve_code_scanning(log, tmp_path):
    run = sample_run(tmp_path)
    wanted = run.verdicts[0].findings[0].fingerprint
    assert result(log, "ENC-TEST-DISK")["partialFingerprints"] == {
        "auditor/v1": wanted,
        "primaryLocationLineHash": f"{wanted}:1",
    }


def test_an_incomplete_run_is_no_success_and_says_why(log):
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["startTimeUtc"] == "2026-11-24T12:00:00.000Z"
    assert [
        (n["descriptor"]["id"], n["level"], n["message"]["text"])
        for n in invocation["toolExecutionNotifications"]
    ] == [
        ("syntax-error", "error", "Missing brace: It never ends."),
        ("unknown-argument", "warning", "No such argument: colour"),
        ("not-read", "error", "module.vpc: it is not downloaded: run terraform init"),
    ]


def test_a_complete_run_is_a_success(tmp_path):
    run = sample_run(tmp_path)
    run.problems, run.gaps = [], []
    run.summary = summarize(run)
    assert sarif_of(run)["invocations"][0]["executionSuccessful"] is True


def test_a_waived_finding_is_suppressed_with_its_reason(tmp_path):
    run = sample_run(tmp_path)
    text = '# auditor:ignore ENC-TEST-DISK reason="test data"\nresource "a" "b" {\n}\n'
    (tmp_path / "main.tf").write_text(text)
    comments = read_suppressions(tmp_path / "main.tf", "main.tf")
    apply_suppressions(run, comments, RULES, date(2026, 11, 24))
    (suppression,) = result(sarif_of(run), "ENC-TEST-DISK")["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["justification"] == "test data"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 1


def test_environments_are_categories_of_their_own(log):
    assert log["automationDetails"] == {"id": "auditor/prod/"}


def test_hostile_names_stay_data(tmp_path):
    run = sample_run(tmp_path)
    place = run.verdicts[0].findings[0].location
    assert place is not None
    run.verdicts[0].address = 'x["</script>"](1)'
    object.__setattr__(place, "file", "a b/ü%[x].tf")
    found = result(sarif_of(run), "ENC-TEST-DISK")
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
        "a%20b/%C3%BC%25%5Bx%5D.tf"
    )


def test_nothing_at_all_is_still_valid():
    log = sarif_of(Run("1.0.0", "2026-11-24T12:00:00+00:00"))
    assert log["results"] == []


def test_no_secret_is_in_it(log):
    assert "hunter22" not in json.dumps(log)
