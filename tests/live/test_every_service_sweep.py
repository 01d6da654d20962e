"""All readers over an account with something for each of their calls, and each call going wrong.

The account is recorded once from the emulator and then answers from memory, so that each call can
go wrong in each way. What a wrong call must lead to is looked at where it is denied, with the rules
that need it; the other ways must leave exactly the same holes in what was read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faults import (
    Answer,
    Api,
    Ask,
    Fault,
    Faults,
    broken,
    denied,
    html,
    repeating,
    slow,
    truncated,
)
from honesty import dishonesties
from populated import fill
from populated_services import fill_services
from recorded import REGION, Recorded
from supplied import SUPPLIED

from auditor.aws.asking import Bounds
from auditor.aws.calls import CallLog
from auditor.aws.errors import DENIED
from auditor.aws.permissions import CONNECTING, iam_policy
from auditor.aws.reader import Reader
from auditor.aws.selection import all_readers, readers_for
from auditor.engine import NOT_APPLICABLE, UNDETERMINED, evaluate
from auditor.gate import exit_code
from auditor.model import Model
from auditor.quirks import settle
from auditor.rule import Rule
from auditor.rules_loading import load_rules
from auditor.scan import Request, scan
from auditor.targets import Inputs
from auditor.values import Unknown, unknowns_in

pytestmark = pytest.mark.emulator

READERS = all_readers()
RULES = [rule for rule in load_rules() if "live" in rule.where]
CALLS = sorted({call for reader in READERS for call in reader.calls})

Verdicts = Mapping[tuple[str, str], str]
Hole = tuple[str, str]


@dataclass(frozen=True)
class Whole:
    """The account without faults: what was read, how, and what rules say of it.

    asked: different requests. holes: call → what is not known where it is denied.
    """

    endpoint: str
    recorded: Recorded
    asked: int
    read: Model
    calls: CallLog
    verdicts: Verdicts
    holes: dict[str, set[Hole]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def whole(moto_server: Any, make_client: Callable[..., Any]) -> Whole:
    moto_server.reset()
    fill(make_client)
    fill_services(make_client)
    recorded = Recorded.of(moto_server.url, READERS, SUPPLIED)
    read, calls = recorded.read(READERS)
    settled = settle(recorded.read(READERS)[0])
    made = Whole(moto_server.url, recorded, recorded.size, read, calls, verdicts_of(RULES, settled))
    for call in CALLS:
        made.holes[call] = holes(recorded.read(needing(call), {call: denied})[0])
    return made


def verdicts_of(rules: Iterable[Rule], model: Model) -> Verdicts:
    """Rule and resource (or the gap that hides it) → status."""
    return {
        (v.rule.id, v.resource.address if v.resource else f"? {v.reason}"): v.status
        for v in evaluate(rules, model)
    }


def needing(call: str) -> list[Reader]:
    """The readers that make a call."""
    return [reader for reader in READERS if call in reader.calls]


def about(readers: Iterable[Reader]) -> list[Rule]:
    """The rules that judge or ask for what the readers give, with what those rules require."""
    types = {cls for reader in readers for cls in reader.yields}
    chosen = [rule for rule in RULES if types & {*rule.on, *rule.reads}]
    wanted = {id for rule in chosen for id in (rule.id, *rule.requires)}
    return [rule for rule in RULES if rule.id in wanted]


def holes(model: Model) -> set[Hole]:
    """What is not known: types behind gaps, resources that may not exist, unknown attributes."""
    found = {("gap", tf) for gap in model.gaps for tf in gap.types}
    for resource in model.resources:
        if isinstance(resource.exists, Unknown):
            found.add(("resource", resource.address))
        else:
            found |= {
                (resource.address, name)
                for name, value in resource.data.items()
                if [*unknowns_in(value)]
            }
    return found


# -- what is called, and what is declared ----------------------------------------------------------


def test_the_calls_made_need_exactly_the_actions_of_the_policy(whole: Whole) -> None:
    """`iam-policy` grants what a scan uses, nothing less and nothing more."""
    used = {action for tally in whole.calls.tallies() for action in tally.actions}
    (statement,) = iam_policy(READERS)["Statement"]
    assert used | set(CONNECTING) == set(statement["Action"])


def test_what_the_rules_need_is_declared_made_and_enough(whole: Whole) -> None:
    """A scan of all rules leaves out calls for what none of them reads; no verdict changes."""
    readers = readers_for(RULES, READERS)
    model, calls = whole.recorded.read(readers)
    used = {action for tally in calls.tallies() for action in tally.actions}
    assert used | set(CONNECTING) == set(iam_policy(readers)["Statement"][0]["Action"])
    assert {tally.call for tally in calls.tallies()} < set(CALLS)
    assert verdicts_of(RULES, settle(model)) == whole.verdicts


def test_every_call_that_is_declared_is_made_and_answered(whole: Whole) -> None:
    assert {tally.call for tally in whole.calls.tallies() if tally.ok} == set(CALLS)
    assert [tally.call for tally in whole.calls.unread()] == []
    assert (whole.read.gaps, whole.read.problems) == ([], [])


def test_nothing_is_asked_twice(whole: Whole) -> None:
    assert whole.calls.totals()["requests"] == whole.asked


def test_no_rule_crashes(whole: Whole) -> None:
    assert [key for key, status in whole.verdicts.items() if status == "error"] == []


# -- calls that go wrong ---------------------------------------------------------------------------


def test_a_denied_call_hides_what_it_shows_and_nothing_else(whole: Whole) -> None:
    lies = []
    for call in CALLS:
        readers = needing(call)
        sound, _ = whole.recorded.read(readers)
        partial, calls = whole.recorded.read(readers, {call: denied})
        lies += [f"{call}: {lie}" for lie in dishonesties(sound, partial)]
        lies += [f"{call}: {problem}" for problem in partial.problems]
        if {(tally.call, tally.outcome) for tally in calls.unread()} != {(call, DENIED)}:
            lies.append(f"{call}: the account of calls is {calls.unread()}")
        if not whole.holes[call] - holes(sound) and call not in SPARE:
            lies.append(f"{call}: nothing shows that it was denied")
    assert lies == []


SPARE = {
    # AWS gives the report of the last four hours, if there is one; else its reader has a gap.
    "iam.generate_credential_report",
    # Where a bucket is, which AWS already says in the listing of buckets; None if neither does.
    "s3.get_bucket_location",
}
"""Calls that can fail without leaving anything unknown."""


def test_no_verdict_rests_on_a_denied_call(whole: Whole) -> None:
    """Verdicts are the same or undetermined, and there is one for each rule on a hidden type."""
    lies = []
    for call in CALLS:
        rules = about(needing(call))
        model, _ = whole.recorded.read(readers_for(rules, READERS), {call: denied})
        hidden = {tf for gap in model.gaps for tf in gap.types}
        found = verdicts_of(rules, settle(model))
        doubted = {rule for (rule, _), status in found.items() if status == UNDETERMINED}
        lies += [
            f"{call}: {key} was {whole.verdicts.get(key)}, is {status}"
            for key, status in found.items()
            if status not in (whole.verdicts.get(key), UNDETERMINED)
            and whole.verdicts.get(key) != NOT_APPLICABLE  # its root cause is in doubt now
        ]
        lies += [
            f"{call}: {rule.id} is silent"
            for rule in rules
            if hidden & {cls.tf for cls in rule.on} and rule.id not in doubted
        ]
    assert lies == []


def throttled(api: Api, ask: Ask) -> Answer:
    """Too many requests, by a code for which botocore's clients do not slow down for good."""
    return api.error(400, "Throttled", "Rate exceeded")


def empty_body(api: Api, ask: Ask) -> Answer:
    """A success without a body."""
    return Answer(200, [], b"")


FAULTS: Mapping[str, Fault] = {
    "throttled": throttled,
    "broken": broken,
    "truncated": truncated,
    "blank": empty_body,
    "html": html,
}


@pytest.mark.parametrize("name", FAULTS)
def test_other_faults_leave_the_same_holes(whole: Whole, name: str) -> None:
    differing = {}
    for call in CALLS:
        partial, _ = whole.recorded.read(needing(call), {call: FAULTS[name]})
        if holes(partial) != whole.holes[call]:
            differing[call] = holes(partial) ^ whole.holes[call]
    assert differing == {}


@pytest.fixture(scope="module")
def paged(whole: Whole) -> list[str]:
    """The calls that may answer in pages."""
    found = [call for call in CALLS if whole.recorded.paging(call)]
    assert len(found) > 100
    return found


def test_pages_without_end_leave_the_same_holes(whole: Whole, paged: list[str]) -> None:
    differing = {}
    for call in paged:
        partial, _ = whole.recorded.read(needing(call), {call: repeating})
        if holes(partial) != whole.holes[call]:
            differing[call] = holes(partial) ^ whole.holes[call]
    assert differing == {}


def test_an_empty_page_is_not_the_last_one(whole: Whole, paged: list[str]) -> None:
    lies = []
    for call in paged:
        sound, _ = whole.recorded.read(needing(call))
        found, _ = whole.recorded.read(needing(call), {call: empty_first()}, threads=1)
        lies += [f"{call}: {lie}" for lie in dishonesties(sound, found)]
        lies += [f"{call}: {hole}" for hole in holes(found) - holes(sound)]
    assert lies == []


def empty_first() -> Fault:
    """Before each answer a page without elements. For one thread."""
    asked: list[Ask] = []

    def answer(api: Api, ask: Ask) -> Answer:
        if asked:
            return asked.pop()()
        asked.append(ask)
        return api.empty_page("more")

    return answer


SLOW = ("ec2.describe_vpcs", "s3.get_bucket_policy", "iam.get_account_authorization_details")


@pytest.mark.parametrize("call", SLOW)
def test_a_slow_call_does_not_hold_up_the_others(whole: Whole, call: str) -> None:
    began = time.monotonic()
    bounds = Bounds(3)
    partial, _ = whole.recorded.read(READERS, {call: slow(8)}, threads=16, bounds=bounds)
    assert time.monotonic() - began < 5
    assert dishonesties(whole.read, partial) == []
    hidden = {tf for gap in partial.gaps for tf in gap.types}
    assert hidden <= {cls.tf for reader in needing(call) for cls in reader.yields}
    assert holes(partial)


def test_a_scan_of_which_a_detail_was_denied_is_incomplete(whole: Whole, tmp_path: Path) -> None:
    """Exit 3 although everything was listed: the attributes that a rule asked for are missing."""
    with Faults(whole.endpoint) as faults:
        faults.on("sqs.get_queue_attributes", denied)
        (tmp_path / "auditor.toml").write_text(
            f'[aws]\nregions = ["{REGION}"]\nendpoint_url = "{faults.url}"\n'
        )
        asked = Request(Inputs(tmp_path), source="live", only=("ENC-SQS-AT-REST",))
        run = scan(asked)
    assert {verdict.status for verdict in run.verdicts} == {UNDETERMINED}
    assert run.summary.incomplete == ["1 AWS call not answered"]
    assert exit_code(run) == 3
