"""From the engine's verdicts to the run: evidence, places, fingerprints, counts."""

from __future__ import annotations

import pytest
from sample_run import RULES, Placed, gate_open, sample_model, sample_run

from auditor.engine import evaluate
from auditor.model import Model
from auditor.record import Recorder
from auditor.resource import Location, Resource, Step
from auditor.run import Cause, Evidence, Run, SourceEntry, VerdictEntry


@pytest.fixture
def run(tmp_path) -> Run:
    return sample_run(tmp_path)


def verdict(run: Run, rule: str, address: str) -> VerdictEntry:
    return next(v for v in run.verdicts if (v.rule, v.address) == (rule, address))


class TestEvidence:
    def test_a_finding_shows_the_value_its_place_and_its_way(self, run):
        (finding,) = verdict(run, "ENC-TEST-DISK", "test_disk.plain").findings
        assert finding.location == Location("main.tf", 2, 15, 2, 28)
        assert finding.code == ["encrypted = var.encrypted"]
        assert finding.evidence == [
            Evidence(
                "encrypted",
                value=False,
                location=Location("main.tf", 2, 15, 2, 28),
                via=[Step("var.encrypted", Location("prod.tfvars", 3, 13, 3, 18))],
            )
        ]

    def test_an_argument_that_is_not_set_shows_the_provider_s_default(self, tmp_path):
        model = Model([Resource("test_disk.d", "test_disk", {})])
        recorder = Recorder(tmp_path, "1")
        recorder.add(SourceEntry("hcl", "."), model, evaluate(RULES[:1], model))
        (evidence,) = recorder.run.verdicts[0].findings[0].evidence
        assert (evidence.value, evidence.origin) == (False, "default")

    def test_other_elements_than_the_one_found_are_left_out(self, run):
        (finding,) = verdict(run, "NET-TEST-GATE", "module.net.test_gate.web").findings
        assert [e.attribute for e in finding.evidence] == ["opening[0].cidrs", "opening[0].port"]
        assert finding.evidence[0].known == {"": {"items": ["0.0.0.0/0"]}}

    def test_a_secret_is_in_no_part_of_a_run(self, run):
        (finding,) = verdict(run, "SEC-TEST-PASSWORD", "test_disk.plain").findings
        assert finding.code == ["password  = (sensitive value)"]
        assert finding.evidence[0].value == {"__sensitive__": True}

    def test_an_undetermined_verdict_says_what_it_hangs_on(self, run):
        entry = verdict(run, "ENC-TEST-DISK", "test_disk.open")
        assert entry.causes == [Cause("var.unset", ["var.unset"])]
        assert entry.evidence[0].location == Location("main.tf", 12, 15, 12, 24)


SSH = {"port": 22, "cidrs": ["0.0.0.0/0"]}
HTTP = {"port": 80, "cidrs": ["0.0.0.0/0"]}


class TestFingerprints:
    def gates(self, tmp_path, openings: list[dict], line: int = 1, address="test_gate.g"):
        place = Placed(Location(str(tmp_path / "main.tf"), line))
        model = Model([Resource(address, "test_gate", {"opening": openings}, provenance=place)])
        recorder = Recorder(tmp_path, "1")
        recorder.add(SourceEntry("hcl", "."), model, evaluate([gate_open], model))
        return [f.fingerprint for v in recorder.run.verdicts for f in v.findings]

    def test_lines_do_not_count(self, tmp_path):
        assert self.gates(tmp_path, [SSH], 1) == self.gates(tmp_path, [SSH], 99)

    def test_the_order_of_blocks_does_not_count(self, tmp_path):
        one = self.gates(tmp_path, [SSH, HTTP])
        other = self.gates(tmp_path, [HTTP, SSH])
        assert one == other[::-1]
        assert len(set(one)) == 2

    def test_the_same_fault_twice_in_one_resource_is_two(self, tmp_path):
        assert len(set(self.gates(tmp_path, [SSH, SSH]))) == 2

    def test_another_resource_has_another(self, tmp_path):
        one = self.gates(tmp_path, [SSH])
        assert one != self.gates(tmp_path, [SSH], address="test_gate.h")


class TestPlaces:
    def test_files_are_named_from_the_repository(self, run):
        assert [r.location.file for r in run.resources if r.location] == [
            "main.tf",
            "main.tf",
            "net/gate.tf",
        ]
        assert run.resources[2].calls[0].location == Location("main.tf", 6, 1, 9, 2)

    def test_a_problem_that_two_sources_share_is_told_once(self, tmp_path):
        recorder = Recorder(tmp_path, "1")
        for _ in range(2):
            model = sample_model(tmp_path)
            recorder.add(SourceEntry("hcl", "."), model, [])
        assert [p.code for p in recorder.run.problems] == ["syntax-error", "unknown-argument"]


class TestSummary:
    def test_totals_reconcile(self, run):
        summary = run.summary
        assert sum(summary.statuses.values()) == summary.verdicts == len(run.verdicts) == 7
        assert sum(summary.failed.values()) == summary.statuses["fail"] == 3
        assert summary.undetermined == {"high": 1}
        assert summary.findings == 3

    def test_what_is_missing_is_said(self, run):
        assert run.summary.incomplete == ["1 error in the input", "1 part not read"]
