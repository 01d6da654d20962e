"""Comparing run documents. The same through real Terraform is in test_against.py."""

from dataclasses import replace

import pytest

from auditor.compare import compare
from auditor.gate import gating
from auditor.moves import Move
from auditor.run import (
    Comparison,
    FindingEntry,
    GapEntry,
    ProblemEntry,
    ResourceEntry,
    RuleEntry,
    Run,
    SourceEntry,
    VerdictEntry,
)

RULES = [RuleEntry(id, id, "high", "network", "w", "f", "s") for id in ("NET-A", "NET-B")]


def finding(key: str = "", attribute: str = "x", **more: object) -> FindingEntry:
    return FindingEntry(f"is wrong {key}", f"print {key}", attribute, key, **more)  # type: ignore[arg-type]


def fail(address: str, *keys: str, rule: str = "NET-A", severity: str = "high") -> VerdictEntry:
    found = [finding(key) for key in keys or ("",)]
    return VerdictEntry(rule, "fail", severity, address, findings=found)


def said(address: str, status: str, rule: str = "NET-A") -> VerdictEntry:
    return VerdictEntry(rule, status, "high", address)


def run_of(*verdicts: VerdictEntry, source: SourceEntry | None = None, also: str = "") -> Run:
    run = Run("0", "2026-06-15T00:00:00+00:00", rules=list(RULES), verdicts=list(verdicts))
    run.sources = [source or SourceEntry("hcl", "infra", environment="prod")]
    addresses = dict.fromkeys([v.address for v in verdicts if v.address] + also.split())
    run.resources = [ResourceEntry(a, a.split(".")[-2], 0) for a in addresses]
    return run


def compared(before: Run, after: Run, kind: str = "ref") -> Comparison:
    comparison = Comparison(kind, "main")
    compare(before, after, comparison)
    assert after.comparison is comparison
    return comparison


def changes(before: Run, after: Run) -> list[tuple[str, list[str]]]:
    compared(before, after)
    return [(v.change, [f.change for f in v.findings]) for v in after.verdicts]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([fail("t.a")], fail("t.a"), ("same", ["same"]), id="as it was"),
        pytest.param([], fail("t.a"), ("new", ["new"]), id="a new resource"),
        pytest.param([said("t.a", "pass")], fail("t.a"), ("new", ["new"]), id="it passed"),
        pytest.param([fail("t.b")], fail("t.a"), ("new", ["new"]), id="another's fault"),
        pytest.param([fail("t.a", rule="NET-B")], fail("t.a"), ("new", ["new"]), id="another rule"),
        pytest.param(
            [said("t.a", "undetermined")], fail("t.a"), ("worse", ["worse"]), id="it was open"
        ),
        pytest.param([said("t.a", "waived")], fail("t.a"), ("new", ["new"]), id="it was waived"),
        pytest.param(
            [fail("t.a", severity="low")], fail("t.a"), ("worse", ["worse"]), id="more severe"
        ),
        pytest.param(
            [fail("t.a", severity="critical")], fail("t.a"), ("same", ["same"]), id="less severe"
        ),
        pytest.param(
            [fail("t.a", "22")],
            fail("t.a", "22", "3389"),
            ("worse", ["same", "new"]),
            id="one more in the same resource",
        ),
        pytest.param(
            [fail("t.a", "22")], fail("t.a", "3389"), ("worse", ["new"]), id="another one"
        ),
        pytest.param(
            [fail("t.a", "1", "2")], fail("t.a", "2", "1"), ("same", ["same", "same"]), id="order"
        ),
        pytest.param(
            [fail("t.a", "1")], fail("t.a", "1", "1"), ("worse", ["same", "new"]), id="twice"
        ),
        pytest.param([], said("t.a", "undetermined"), ("new", []), id="newly open"),
        pytest.param(
            [said("t.a", "undetermined")],
            said("t.a", "undetermined"),
            ("same", []),
            id="still open",
        ),
        pytest.param([fail("t.a")], said("t.a", "undetermined"), ("same", []), id="no worse"),
        pytest.param([], said("t.a", "error"), ("new", []), id="a new crash"),
        pytest.param([fail("t.a")], said("t.a", "pass"), ("", []), id="good is not marked"),
    ],
)
def test_changes(
    before: list[VerdictEntry], after: VerdictEntry, expected: tuple[str, list[str]]
) -> None:
    assert changes(run_of(*before), run_of(after)) == [expected]


def test_element_numbers_do_not_count() -> None:
    before, after = fail("t.a"), fail("t.a")
    before.findings[0].attribute = "ingress[1].cidr_blocks[0]"
    after.findings[0].attribute = "ingress[0].cidr_blocks[3]"
    assert changes(run_of(before), run_of(after)) == [("same", ["same"])]


def test_waived_findings_take_no_part() -> None:
    before, after = fail("t.a", "1", "2"), fail("t.a", "1", "2", "3")
    before.findings[0].waiver = 0
    after.findings[2].waiver = 0
    assert changes(run_of(before), run_of(after)) == [("worse", ["new", "same", ""])]


def test_moved_blocks_are_followed() -> None:
    moved = SourceEntry("hcl", "infra", environment="prod", moved=[Move("t.a", "t.b")])
    assert changes(run_of(fail("t.a")), run_of(fail("t.b"), source=moved)) == [("same", ["same"])]
    assert changes(run_of(fail("t.a")), run_of(fail("t.b"))) == [("new", ["new"])]


def test_moved_blocks_do_not_cover_for_a_second_resource() -> None:
    moved = SourceEntry("hcl", "infra", environment="prod", moved=[Move("t.a", "t.b")])
    after = run_of(fail("t.a"), fail("t.b"), source=moved)
    assert changes(run_of(fail("t.a")), after) == [("same", ["same"]), ("new", ["new"])]


def test_a_finding_that_stands_in_another_resource_follows_its_move() -> None:
    before, after = fail("t.group"), fail("t.group")
    before.findings = [finding("t.rule 22", related=["t.rule"])]
    after.findings = [finding("t.renamed 22", related=["t.renamed"])]
    source = SourceEntry("hcl", "infra", environment="prod")
    source.moved = [Move("t.rule", "t.renamed")]
    assert changes(
        run_of(before, also="t.rule"), run_of(after, source=source, also="t.renamed")
    ) == [("same", ["same"])]


# -- sources --------------------------------------------------------------------------------------


def test_the_same_root_in_two_environments_is_two_things() -> None:
    def both(dev: VerdictEntry, prod: VerdictEntry) -> Run:
        run = run_of(dev, prod)
        run.sources = [SourceEntry("hcl", ".", "dev"), SourceEntry("hcl", ".", "prod")]
        run.resources = [ResourceEntry("t.a", "t", 0), ResourceEntry("t.a", "t", 1)]
        prod.source = 1
        return run

    before = both(fail("t.a"), said("t.a", "pass"))
    after = both(fail("t.a"), fail("t.a"))
    assert changes(before, after) == [("same", ["same"]), ("new", ["new"])]


def test_code_is_compared_with_a_plan_of_it_but_not_with_the_account() -> None:
    plan = SourceEntry("plan", "infra", environment="prod", file="plan.json")
    assert changes(run_of(fail("t.a")), run_of(fail("t.a"), source=plan)) == [("same", ["same"])]
    live = SourceEntry("live", "infra", environment="prod")
    after = run_of(fail("t.a"), source=live)
    compared(run_of(fail("t.a")), after, "baseline")
    assert after.verdicts[0].change == "new"


def test_an_account_does_not_gate_a_change_of_code() -> None:
    """Git has no earlier version of it: what is open there is not the change's fault."""
    live = SourceEntry("live", "aws:1", environment="prod")
    after = run_of(fail("t.a"), source=live)
    comparison = compared(run_of(fail("t.b")), after)
    assert [v.change for v in after.verdicts] == ["unjudged"]
    assert gating(after) == []
    assert (comparison.new, comparison.notes) == (
        0,
        ["not there any more, or not asked for: infra (prod)"],
    )


def test_a_stored_run_without_environment() -> None:
    before = run_of(fail("t.a"), source=SourceEntry("hcl", "infra"))
    assert changes(before, run_of(fail("t.a"))) == [("same", ["same"])]


def test_a_root_that_was_renamed() -> None:
    before = run_of(fail("t.a"), also="t.b t.c")
    renamed = SourceEntry("hcl", "terraform/prod", environment="prod")
    after = run_of(fail("t.a"), also="t.b t.d", source=renamed)
    comparison = compared(before, after)
    assert after.verdicts[0].change == "same"
    assert comparison.notes == ["terraform/prod is taken for infra, renamed"]


def test_a_root_with_other_resources_is_another() -> None:
    before = run_of(fail("t.a"), also="t.b t.c")
    other = SourceEntry("hcl", "terraform/prod", environment="prod")
    after = run_of(fail("t.a"), also="t.x t.y", source=other)
    comparison = compared(before, after)
    assert after.verdicts[0].change == "new"
    assert [(f.address, f.root, f.removed) for f in comparison.fixed] == [("t.a", "infra", True)]
    assert comparison.notes == [
        "new as a whole: terraform/prod (prod)",
        "not there any more, or not asked for: infra (prod)",
    ]


# -- what is fixed --------------------------------------------------------------------------------


def fixed(before: Run, after: Run, kind: str = "ref") -> list[tuple[str, str, bool]]:
    return [(f.address, f.message, f.removed) for f in compared(before, after, kind).fixed]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            run_of(said("t.a", "pass")),
            [("t.a", "is wrong 22", False), ("t.a", "is wrong 23", False)],
        ),
        (run_of(fail("t.a", "23")), [("t.a", "is wrong 22", False)]),
        (run_of(fail("t.a", "22", "23")), []),
        (run_of(said("t.a", "undetermined")), []),
        (run_of(said("t.a", "error")), []),
        (run_of(said("t.a", "waived")), []),
        (run_of(said("t.a", "not_applicable")), []),
        (run_of(also="t.a"), []),
        (run_of(), [("t.a", "is wrong 22", True), ("t.a", "is wrong 23", True)]),
    ],
)
def test_only_what_is_certain_is_fixed(after: Run, expected: list[tuple[str, str, bool]]) -> None:
    assert fixed(run_of(fail("t.a", "22", "23")), after) == expected


def test_what_cannot_be_seen_is_not_fixed() -> None:
    broken = run_of()
    broken.problems = [ProblemEntry("error", "syntax-error", "x")]
    assert fixed(run_of(fail("t.a")), broken) == []
    hidden = run_of()
    hidden.gaps = [GapEntry("module.m", "it is not there", source=0)]
    assert fixed(run_of(fail("module.m.t.a")), hidden) == []
    assert fixed(run_of(fail("module.n.t.a")), hidden) == [("module.n.t.a", "is wrong ", True)]
    unread = run_of()
    unread.gaps = [GapEntry("t:List", "denied", types=["t"], source=0)]
    assert fixed(run_of(fail("t.a")), unread) == []
    assert fixed(run_of(fail("u.a")), unread) == [("u.a", "is wrong ", True)]


def test_a_rule_that_was_not_run_fixes_nothing() -> None:
    after = run_of()
    after.rules = after.rules[1:]
    assert fixed(run_of(fail("t.a")), after) == []


def test_a_stored_run_of_more_than_was_asked_for_now() -> None:
    before = run_of(fail("t.a"))
    before.options = {"path": ".", "environment": "all"}
    after = run_of(source=SourceEntry("hcl", "other", environment="dev"))
    after.options = {"path": ".", "environment": "dev"}
    assert fixed(before, after, "baseline") == []
    assert fixed(before, replace(after, options=before.options), "baseline") == [
        ("t.a", "is wrong ", True)
    ]


def test_rules_that_a_stored_run_did_not_have_do_not_gate_what_was_there() -> None:
    before = run_of(also="t.a")
    before.rules = before.rules[1:]
    after = run_of(fail("t.a"), fail("t.new"))
    comparison = compared(before, after, "baseline")
    assert [v.change for v in after.verdicts] == ["unjudged", "new"]
    assert comparison.notes == ["1 verdicts of 1 rules that were not run then do not count as new"]


def test_counts_are_of_findings() -> None:
    before = run_of(fail("t.a", "1", "2"), said("t.b", "undetermined"))
    after = run_of(fail("t.a", "2", "3"), fail("t.b", "1", "2"), fail("t.c"))
    comparison = compared(before, after)
    assert (comparison.new, comparison.worse, comparison.same, len(comparison.fixed)) == (
        2,
        2,
        1,
        1,
    )


def test_an_incomplete_base_is_told() -> None:
    before = run_of()
    before.summary.incomplete = ["2 parts not read"]
    assert compared(before, run_of()).notes == [
        "what it is compared with is incomplete: 2 parts not read; what was hidden is new"
    ]


def test_a_finding_that_says_another_thing_now_is_pointed_out() -> None:
    before, after = run_of(fail("t.a")), run_of(fail("t.a"))
    before.verdicts[0].findings[0].message = "keeps backups for 3 days"
    after.verdicts[0].findings[0].message = "keeps backups for 0 days"
    comparison = compared(before, after)
    assert after.verdicts[0].change == "same"
    assert comparison.notes == [
        'NET-A on t.a was there as "keeps backups for 3 days" and now "keeps backups for 0 days": '
        "it does not count as new"
    ]
