"""Rules become verdicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.engine import Policy, evaluate
from auditor.model import Model
from auditor.resource import Bool, Finding, Gap, Link, Num, Resource, Str, Strs
from auditor.rule import NotApplicable, RuleError, by_id, not_applicable, rule
from auditor.values import Ref, Sensitive, Unknown

UNSET = Unknown((Ref("var.enc"),))


class Box(Resource, tf="test_box"):
    """Something to judge."""

    locked = Bool(default=False)
    kind = Str()
    size = Num(default=1)
    ranges = Strs()
    password = Str()


class Label(Resource, tf="test_label"):
    """Something beside it."""

    box = Link("test_box")


def box(name: str = "b", **attributes: object) -> Resource:
    exists = attributes.pop("exists", True)
    return Resource(f"test_box.{name}", "test_box", attributes, exists=exists)


def make(check, *, id: str = "ENC-TEST-BOX", on: type[Resource] = Box, **more):
    check.__doc__ = "Boxes are locked.\n\nWhy: thieves.\nFix: lock it.\nSource: the box manual."
    return rule(id, severity="high", on=on, family="encryption", **more)(check)


def unlocked(it: Box) -> Finding | None:
    if not it.locked:
        return it.finding("is not locked", at="locked")
    return None


UNLOCKED = make(unlocked)


def statuses(rules, *resources, **more):
    return {
        (v.rule.id, v.resource.address if v.resource else None): v.status
        for v in evaluate(rules, Model(resources, **more))
    }


def test_every_pair_ends_in_exactly_one_verdict():
    assert statuses([UNLOCKED], box("a", locked=True), box("b"), box("c", locked=UNSET)) == {
        ("ENC-TEST-BOX", "test_box.a"): "pass",
        ("ENC-TEST-BOX", "test_box.b"): "fail",
        ("ENC-TEST-BOX", "test_box.c"): "undetermined",
    }


def test_an_undetermined_verdict_names_what_it_hangs_on():
    (verdict,) = evaluate([UNLOCKED], Model([box(locked=UNSET)]))
    assert verdict.reason == "var.enc"
    assert verdict.unknowns == (UNSET,)


def test_evidence_is_what_was_read():
    (verdict,) = evaluate([UNLOCKED], Model([box()]))
    assert [(r.resource.address, r.path) for r in verdict.reads] == [("test_box.b", ("locked",))]
    assert [(f.message, f.attribute) for f in verdict.findings] == [("is not locked", "locked")]


def test_a_certain_violation_wins_over_a_later_doubt():
    def world(it: Box) -> Iterator[Finding]:
        for cidr in it.ranges:
            if cidr == "0.0.0.0/0":
                yield it.finding("is open", at="ranges")

    open_list = Unknown((Ref("var.x"),), items=("0.0.0.0/0",))
    (verdict,) = evaluate([make(world)], Model([box(ranges=open_list)]))
    assert verdict.status == "fail"
    assert verdict.reason == "var.x"


def test_a_rule_that_crashes_is_an_error_and_harms_no_other():
    def broken(it: Box) -> Finding | None:
        return it.size / 0

    rules = [make(broken, id="ENC-TEST-BROKEN"), UNLOCKED]
    first, second = evaluate(rules, Model([box()]))
    assert first.status == "error"
    assert "test_engine" in first.reason
    assert "ZeroDivisionError: division by zero" in first.reason
    assert second.status == "fail"


def test_a_rule_that_asks_for_what_it_did_not_declare_is_an_error():
    def labelled(it: Box) -> Finding | None:
        return None if it.related(Label) else it.finding("has no label")

    (verdict,) = evaluate([make(labelled)], Model([box()]))
    assert verdict.status == "error"
    assert "add Label to its `reads`" in verdict.reason
    (declared,) = evaluate([make(labelled, reads=(Label,))], Model([box()]))
    assert declared.status == "fail"


def test_a_failing_prerequisite_is_the_only_finding():
    def small(it: Box) -> Finding | None:
        return it.finding("is small", at="size") if it.size < 2 else None

    needs = make(small, id="ENC-TEST-SIZE", requires=("ENC-TEST-BOX",))
    verdicts = statuses([needs, UNLOCKED], box("a"), box("b", locked=True))
    assert verdicts == {
        ("ENC-TEST-BOX", "test_box.a"): "fail",
        ("ENC-TEST-BOX", "test_box.b"): "pass",
        ("ENC-TEST-SIZE", "test_box.a"): "not_applicable",
        ("ENC-TEST-SIZE", "test_box.b"): "fail",
    }


def test_a_rule_can_decline_to_speak():
    def only_big(it: Box) -> NotApplicable | None:
        return not_applicable("it is small") if it.size < 2 else None

    (verdict,) = evaluate([make(only_big)], Model([box()]))
    assert (verdict.status, verdict.reason) == ("not_applicable", "it is small")


def test_a_resource_that_may_not_exist_can_pass_but_not_fail():
    maybe = Unknown((Ref("var.create"),))
    passing, failing = evaluate(
        [UNLOCKED], Model([box("a", locked=True, exists=maybe), box("b", exists=maybe)])
    )
    assert passing.status == "pass"
    assert failing.status == "undetermined"
    assert failing.reason == "whether it exists hangs on var.create"


def test_what_could_not_be_listed_is_undetermined_and_never_silent():
    gap = Gap("box:List in eu-west-1", "access denied", types=frozenset({"test_box"}))
    (verdict,) = evaluate([UNLOCKED], Model([], gaps=[gap], source="live"))
    assert verdict.resource is None
    assert verdict.status == "undetermined"
    assert verdict.reason == "box:List in eu-west-1 could not be read: access denied"


def test_a_policy_switches_off_reweighs_and_sets_parameters():
    def small(it: Box, *, minimum: int = 2) -> Finding | None:
        return it.finding(f"is under {minimum}") if it.size < minimum else None

    sized = make(small, id="ENC-TEST-SIZE")
    assert sized.parameters == {"minimum": 2}
    policies = {
        "ENC-TEST-BOX": Policy(enabled=False),
        "ENC-TEST-SIZE": Policy(severity="info", parameters={"minimum": 5}),
    }
    (verdict,) = evaluate([UNLOCKED, sized], Model([box(size=4)]), policies)
    assert (verdict.rule.id, verdict.severity) == ("ENC-TEST-SIZE", "info")
    assert verdict.findings[0].message == "is under 5"


def test_a_rule_judges_only_the_sources_it_is_for():
    code_only = make(unlocked, where=("code",))
    assert evaluate([code_only], Model([box()], source="live")) == []
    assert len(evaluate([code_only], Model([box()]))) == 1


def test_sensitive_values_are_taken_out_of_what_a_rule_writes():
    def talks(it: Box) -> Finding | None:
        return it.finding(f"uses {it.password}", key=str(it.password))

    (verdict,) = evaluate([make(talks)], Model([box(password=Sensitive("hunter2"))]))
    assert verdict.findings[0].message == "uses (sensitive value)"
    assert verdict.findings[0].key == "(sensitive value)"


@pytest.mark.parametrize(
    ("doc", "complaint"),
    [
        ("", "its docstring lacks Why, Fix, Source"),
        ("Title.\n\nWhy: x.\nFix: y.", "its docstring lacks Source"),
    ],
)
def test_a_rule_must_explain_itself(doc, complaint):
    def silent(it: Box) -> None:
        return None

    silent.__doc__ = doc
    with pytest.raises(RuleError, match=complaint):
        rule("X-Y", severity="low", on=Box, family="iam")(silent)


def test_two_rules_may_not_share_an_id():
    with pytest.raises(RuleError, match="ENC-TEST-BOX is defined twice"):
        by_id([UNLOCKED, UNLOCKED])


def test_the_docstring_is_taken_apart():
    assert UNLOCKED.title == "Boxes are locked"
    assert (UNLOCKED.why, UNLOCKED.fix, UNLOCKED.source) == (
        "thieves.",
        "lock it.",
        "the box manual.",
    )
    assert UNLOCKED.service == "test"


def kept(it: Box) -> Finding | None:
    return it.finding("has no kind", at="kind") if it.kind is None else None


def test_no_pass_rests_on_an_unknown_that_may_be_null():
    unset = box("a", kind=Unknown((Ref("var.kind"),), exact=True))
    resource = box("b", kind=Unknown((Ref("aws_kms_key.k", ("arn",)),), exact=True))
    first, second = evaluate([make(kept)], Model([unset, resource]))
    assert (first.status, first.reason) == ("undetermined", "var.kind")
    assert second.status == "pass"


def test_no_pass_rests_on_what_a_failed_call_would_have_said():
    denied = Unknown(because="box:Get was denied: grant box:Get")
    live = Resource("test_box.a", "test_box", {"kind": denied}, source="live")
    (verdict,) = evaluate([make(kept)], Model([live], source="live"))
    assert verdict.status == "undetermined"
    assert verdict.reason == "box:Get was denied: grant box:Get"
