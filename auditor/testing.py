"""Testing rules: the built-in ones and your own.

::

    from auditor.testing import check_rule
    from our_rules.tagging import owner_tag_missing


    def test_owner_tag_missing():
        check_rule(
            owner_tag_missing,
            bad='resource "aws_sqs_queue" "q" {}',
            good='resource "aws_sqs_queue" "q" { tags = { owner = "team-a" } }',
            unknown='''
              variable "tags" { type = map(string) }
              resource "aws_sqs_queue" "q" { tags = var.tags }
            ''',
        )

A rule is run on real Terraform text through the real evaluator, and on a real (emulated) account
through the real readers: nothing is replaced by a stand-in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.engine import (
    ERROR,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNDETERMINED,
    Verdict,
    evaluate,
)
from auditor.rule import Rule

if TYPE_CHECKING:
    from auditor.model import Model, Settings


def model_of(
    terraform: str | Mapping[str, str],
    *,
    variables: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Model:
    """The model of some Terraform text: `main.tf`, or a mapping of relative file name → text.

    variables: as `--var name=text`. Raises `AssertionError` when the text has errors, as a test
    on broken Terraform would prove nothing.
    """
    from auditor.model import Settings
    from auditor.quirks import settle
    from auditor.terraform import Options, evaluate_root

    files = {"main.tf": terraform} if isinstance(terraform, str) else terraform
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        options = Options(
            root=folder,
            arguments=tuple((variables or {}).items()),
            settings=settings or Settings(),
        )
        configuration = evaluate_root(folder, options)
        problems = [str(p) for p in configuration.problems if p.level == "error"]
        assert not problems, f"the Terraform text has errors: {problems}"
        return settle(configuration.model())


def judge_code(
    rule: Rule,
    terraform: str | Mapping[str, str],
    *,
    variables: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> list[Verdict]:
    """The verdicts of one rule on Terraform text, leaving out those that are not applicable."""
    model = model_of(terraform, variables=variables, settings=settings)
    return _applicable(evaluate([rule], model))


def judge_live(rule: Rule, endpoint_url: str, *, region: str = "eu-west-1") -> list[Verdict]:
    """The verdicts of one rule on the account behind an endpoint (LocalStack, moto)."""
    from auditor.aws.inventory import read_endpoint
    from auditor.aws.selection import all_readers, readers_for
    from auditor.quirks import settle

    readers = readers_for([rule], all_readers())
    model = read_endpoint(endpoint_url, readers, regions=(region,))
    return _applicable(evaluate([rule], settle(model)))


def check_rule(
    rule: Rule,
    *,
    bad: str | Mapping[str, str],
    good: str | Mapping[str, str],
    unknown: str | Mapping[str, str] | None = None,
    not_for: str | Mapping[str, str] | None = None,
    at: str | None = None,
) -> None:
    """Asserts what a rule says of violating, sound and undetermined Terraform.

    bad: at least one resource fails, none is in doubt. good: at least one passes, all do.
    unknown: at least one is undetermined, none fails. not_for: text the rule does not speak about.
    at: the argument that a finding on `bad` must point at (`ingress[0].cidr_blocks[0]`).
    """
    failing = judge_code(rule, bad)
    _expect(rule, "bad", failing, FAIL, {FAIL, PASS})
    if at is not None:
        found = [f.attribute for v in failing for f in v.findings]
        assert at in found, f"{rule.id}: no finding at {at}, but at {found}"
    _expect(rule, "good", judge_code(rule, good), PASS, {PASS})
    if unknown is not None:
        doubtful = judge_code(rule, unknown)
        _expect(rule, "unknown", doubtful, UNDETERMINED, {UNDETERMINED, PASS})
    if not_for is not None:
        spoken = judge_code(rule, not_for)
        assert not spoken, f"{rule.id} speaks about what it should not: {_lines(spoken)}"


def check_twins(
    rule: Rule,
    endpoint_url: str,
    *,
    bad: Callable[[], object],
    good: Callable[[], object],
    reset: Callable[[], object],
    region: str = "eu-west-1",
) -> None:
    """Asserts that the same resources, made in an emulated account, get the same verdicts.

    bad, good: make the resources with boto3. reset: empties the account; called before each.
    """
    reset()
    bad()
    _expect(rule, "live bad", judge_live(rule, endpoint_url, region=region), FAIL, {FAIL, PASS})
    reset()
    good()
    live = judge_live(rule, endpoint_url, region=region)
    _expect(rule, "live good", live, PASS, {PASS})


def _applicable(verdicts: list[Verdict]) -> list[Verdict]:
    crashed = [v for v in verdicts if v.status == ERROR]
    assert not crashed, _lines(crashed)
    return [v for v in verdicts if v.status != NOT_APPLICABLE]


def _expect(rule: Rule, what: str, verdicts: list[Verdict], wanted: str, allowed: set[str]) -> None:
    statuses: Any = {v.status for v in verdicts}
    assert wanted in statuses, f"{rule.id}: {what} gave no {wanted}, but {_lines(verdicts)}"
    assert statuses <= allowed, f"{rule.id}: {what} gave {_lines(verdicts)}"


def _lines(verdicts: list[Verdict]) -> str:
    lines = []
    for v in verdicts:
        address = v.resource.address if v.resource else "(unread)"
        said = [f"{f.attribute} {f.message}" for f in v.findings]
        lines.append(f"{v.status} {address}: {v.reason or said}")
    return "\n".join(lines) or "nothing"
