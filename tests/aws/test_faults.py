"""Each call in turn goes wrong: nothing passes that was not read, and the rest is read as ever."""

from __future__ import annotations

import time

import pytest
from faults import (
    Faults,
    blank,
    broken,
    denied,
    dropped,
    endless,
    expired,
    html,
    repeating,
    short,
    throttled,
    truncated,
    unknown,
)
from honesty import assert_honest
from small_readers import READERS, populate

from auditor.aws.inventory import read_account, read_endpoint
from auditor.aws.session import connect
from auditor.config import AwsSettings
from auditor.values import Unknown

pytestmark = pytest.mark.emulator

LISTINGS = [
    "sqs.list_queues",
    "rds.describe_db_instances",
    "ec2.describe_volumes",
    "s3.list_buckets",
]
ASKED = [
    "sqs.get_queue_attributes",
    "s3.get_bucket_tagging",
    "s3.get_bucket_policy",
    "s3.get_bucket_versioning",
    "s3.get_public_access_block",
]
FAULTS = {
    "denied": (denied, "denied"),
    "throttled": (throttled, "throttled"),
    "broken": (broken, "failed"),
    "unknown": (unknown, "failed"),
    "truncated": (truncated, "failed"),
    "short": (short, "failed"),
    "blank": (blank, "failed"),
    "html": (html, "failed"),
    "dropped": (dropped, "failed"),
    "expired": (expired, "failed"),
}


@pytest.fixture(scope="module")
def endpoint(moto_server, make_client):
    moto_server.reset()
    populate(make_client)
    return moto_server.url


@pytest.fixture(scope="module")
def whole(endpoint):
    model = read_endpoint(endpoint, READERS)
    assert not model.gaps
    return model


def read_with(endpoint, call, fault, attempts=1):
    """The model and the account of calls, with one call that goes wrong."""
    with Faults(endpoint) as faults:
        faults.on(call, fault)
        account = connect(
            AwsSettings(endpoint_url=faults.url, regions=("eu-west-1",)), attempts=attempts
        )
        return read_account(account, READERS), account.calls


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("call", LISTINGS)
def test_a_listing_that_goes_wrong_leaves_a_gap(endpoint, whole, call, name):
    fault, outcome = FAULTS[name]
    partial, calls = read_with(endpoint, call, fault)
    assert_honest(whole, partial)
    hidden = {tf for gap in partial.gaps for tf in gap.types}
    expected = {cls.tf for reader in READERS if call in reader.calls for cls in reader.yields}
    assert expected <= hidden
    if name != "expired":  # which ends everything
        assert hidden == expected
        assert {t.call: t.outcome for t in calls.unread()} == {call: outcome}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("call", ASKED)
def test_a_question_that_goes_wrong_is_unknown_for_each_resource(endpoint, whole, call, name):
    fault, outcome = FAULTS[name]
    partial, calls = read_with(endpoint, call, fault)
    assert_honest(whole, partial)
    unread = [
        resource
        for resource in partial.resources
        if isinstance(resource.exists, Unknown)
        or any(isinstance(value, Unknown) for value in resource.data.values())
    ]
    if name != "expired":
        assert len(unread) == 3
        assert {t.call: t.outcome for t in calls.unread()} == {call: outcome}
        assert not partial.gaps


@pytest.mark.parametrize("fault", [endless(), repeating], ids=["endless", "repeating"])
@pytest.mark.parametrize("call", LISTINGS)
def test_pages_that_do_not_end_are_a_failure(endpoint, whole, call, fault):
    partial, calls = read_with(endpoint, call, fault)
    assert_honest(whole, partial)
    (gap, *_) = partial.gaps
    assert gap.because == "AWS's pages do not end"
    assert {t.call: t.failed for t in calls.unread()} == {call: 1}


def test_a_listing_that_breaks_off_midway_keeps_what_came(endpoint, make_client):
    for number in range(120):
        make_client("events").put_rule(Name=f"rule-{number:03}", ScheduleExpression="rate(1 day)")
    from small_readers import Volume

    from auditor.aws.reader import reader

    @reader(yields=(Volume,), calls=("events.list_rules",))
    def rules(aws):
        for item in aws.list("events.list_rules", "Rules"):
            yield aws.resource(Volume, item["Name"], {"size": None})

    pages = []

    def second_page_denied(api, ask):
        pages.append(api)
        return ask() if len(pages) == 1 else denied(api, ask)

    with Faults(endpoint) as faults:
        faults.on("events.list_rules", second_page_denied)
        partial = read_endpoint(faults.url, [rules])
    assert len(partial.by_type["test_volume"]) == 100
    assert [gap.unknown().reason for gap in partial.gaps] == [
        "events:ListRules in eu-west-1 could not be read: access denied: grant events:ListRules"
    ]


def test_the_reason_of_an_unknown_names_the_call_and_what_to_grant(endpoint):
    partial, _ = read_with(endpoint, "sqs.get_queue_attributes", denied)
    value = partial.by_address["test_queue.one"].data["encrypted"]
    assert value.reason == (
        "sqs:GetQueueAttributes in eu-west-1 could not be read: "
        "access denied: grant sqs:GetQueueAttributes"
    )


def test_a_fault_that_passes_is_retried(endpoint, whole):
    times = []

    def once(api, ask):
        times.append(api)
        return broken(api, ask) if len(times) == 1 else ask()

    model, calls = read_with(endpoint, "rds.describe_db_instances", once, attempts=3)
    assert not model.gaps
    tally = next(t for t in calls.tallies() if t.call == "rds.describe_db_instances")
    assert (tally.ok, tally.requests) == (1, 2)


def test_a_body_that_breaks_off_is_asked_for_again(endpoint):
    times = []

    def once(api, ask):
        times.append(api)
        return truncated(api, ask) if len(times) == 1 else ask()

    model, _ = read_with(endpoint, "sqs.list_queues", once, attempts=3)
    assert not model.gaps
    assert len(model.by_type["test_queue"]) == 3


def test_a_service_that_always_fails_is_given_up_soon(endpoint, make_client):
    """Sixty questions that would each be retried: after some in a row the rest are not sent."""
    for number in range(60):
        make_client("sqs").create_queue(QueueName=f"more-{number}")
    began = time.monotonic()
    _, calls = read_with(endpoint, "sqs.get_queue_attributes", broken, attempts=2)
    assert time.monotonic() - began < 15
    tally = next(t for t in calls.tallies() if t.call == "sqs.get_queue_attributes")
    assert tally.failed + tally.skipped == 63
    assert tally.failed < 30
    assert tally.because == "AWS answered 500, also after retries"


def test_expired_credentials_end_the_run_with_their_cause(endpoint):
    partial, calls = read_with(endpoint, "rds.describe_db_instances", expired)
    tally = next(t for t in calls.tallies() if t.call == "rds.describe_db_instances")
    assert tally.because == "the credentials have expired: renew them and run again"
    assert any(
        gap.because.endswith("the credentials have expired: renew them and run again")
        for gap in partial.gaps
    )


def test_an_endpoint_that_goes_away_leaves_nothing_but_gaps(endpoint):
    with Faults(endpoint) as faults:
        account = connect(AwsSettings(endpoint_url=faults.url, regions=("eu-west-1",)), attempts=1)
    began = time.monotonic()
    model = read_account(account, READERS)
    assert time.monotonic() - began < 10
    assert [resource.type for resource in model.resources] == ["aws_account"]
    hidden = {tf for gap in model.gaps for tf in gap.types}
    assert hidden == {cls.tf for reader in READERS for cls in reader.yields}
    assert {t.outcome for t in account.calls.tallies()} <= {"failed", "skipped"}
