"""The inventory against an emulated AWS, over HTTP."""

from __future__ import annotations

import time

import pytest
from faults import Faults, slow
from small_readers import (
    READERS,
    Database,
    Queue,
    bucket_policies,
    buckets,
    databases,
    populate,
    queues,
)

from auditor.aws.asking import Bounds
from auditor.aws.inventory import read_account, read_endpoint
from auditor.aws.reader import CallFailed, reader
from auditor.aws.session import connect
from auditor.config import AwsSettings
from auditor.values import Sensitive, Undetermined, Unknown

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def endpoint(moto_server, make_client):
    moto_server.reset()
    populate(make_client)
    return moto_server.url


def account_at(url, *regions, **options):
    return connect(AwsSettings(endpoint_url=url, regions=regions or ("eu-west-1",)), **options)


def addresses(model):
    return sorted(model.by_address)


def test_all_that_the_readers_find_is_one_model(endpoint):
    model = read_endpoint(endpoint, [queues, databases, buckets])
    assert addresses(model) == [
        "aws_account.123456789012",
        "test_bucket.one-bucket",
        "test_bucket.three-bucket",
        "test_bucket.two-bucket",
        "test_database.one",
        "test_database.three",
        "test_database.two",
        "test_queue.one",
        "test_queue.three",
        "test_queue.two",
    ]
    assert (model.source, model.label, model.gaps, model.problems) == (
        "live",
        "123456789012",
        [],
        [],
    )


def test_a_resource_knows_where_it_is_and_which_call_listed_it(endpoint):
    model = read_endpoint(endpoint, [queues])
    queue = model.by_address["test_queue.one"]
    assert (queue.source, queue.region, queue.account) == ("live", "eu-west-1", "123456789012")
    assert queue.data == {
        "id": "one",
        "url": f"{endpoint}/123456789012/one",
        "encrypted": True,
    }
    assert [step.text for step in queue.provenance.trace(("url",)).via] == [
        "sqs:ListQueues in eu-west-1"
    ]


def test_the_account_itself_is_a_resource_once(endpoint):
    model = read_endpoint(endpoint, [], regions=("eu-west-1", "us-east-1"))
    account = model.by_address["aws_account.123456789012"]
    assert account.data == {
        "id": "123456789012",
        "account_id": "123456789012",
        "partition": "aws",
        "regions": ["eu-west-1", "us-east-1"],
    }


def test_every_call_is_accounted_for(endpoint):
    account = account_at(endpoint)
    read_account(account, READERS)
    counted = {(t.call, t.region): (t.ok, t.requests) for t in account.calls.tallies()}
    assert counted == {
        ("ec2.describe_volumes", "eu-west-1"): (1, 1),
        ("lambda.list_event_source_mappings", "eu-west-1"): (1, 1),
        ("rds.describe_db_instances", "eu-west-1"): (1, 1),
        ("s3.get_bucket_policy", "us-east-1"): (3, 3),
        ("s3.get_bucket_tagging", "us-east-1"): (3, 3),
        ("s3.get_bucket_versioning", "us-east-1"): (3, 3),
        ("s3.get_public_access_block", "us-east-1"): (3, 3),
        ("s3.list_buckets", "us-east-1"): (1, 1),
        ("sqs.get_queue_attributes", "eu-west-1"): (3, 3),
        ("sqs.list_queues", "eu-west-1"): (1, 1),
    }
    assert account.calls.totals() == {
        "ok": 20,
        "denied": 0,
        "throttled": 0,
        "failed": 0,
        "skipped": 0,
        "requests": 20,
    }


def test_a_listing_that_two_readers_need_is_asked_for_once(endpoint):
    with Faults(endpoint) as wire:
        model = read_endpoint(wire.url, [buckets, bucket_policies])
        assert wire.count("s3.list_buckets") == 1
    assert len(model.by_type["test_bucket"]) == len(model.by_type["test_bucket_policy"]) == 3


def test_global_readers_run_once_and_regional_ones_in_each_region(endpoint):
    with Faults(endpoint) as wire:
        read_endpoint(wire.url, [buckets, databases], regions=("eu-west-1", "us-east-1"))
        assert wire.count("s3.list_buckets") == 1
        assert wire.count("rds.describe_db_instances") == 2


def test_one_name_in_two_regions_is_two_resources(endpoint, make_client):
    for region in ("eu-north-1", "us-east-2"):
        make_client("sqs", region).create_queue(QueueName="same")
    make_client("sqs", "eu-north-1").create_queue(QueueName="other")
    model = read_endpoint(endpoint, [queues], regions=("eu-north-1", "us-east-2"))
    assert addresses(model)[1:] == [
        "test_queue.other",
        "test_queue.same@eu-north-1",
        "test_queue.same@us-east-2",
    ]


def test_pages_are_followed(endpoint, make_client):
    for number in range(120):
        make_client("events").put_rule(Name=f"rule-{number}", ScheduleExpression="rate(1 day)")

    @reader(yields=(Queue,), calls=("events.list_rules",))
    def rules(aws):
        for item in aws.list("events.list_rules", "Rules"):
            yield aws.resource(Queue, item["Name"], {"url": None, "encrypted": None})

    with Faults(endpoint) as wire:
        model = read_endpoint(wire.url, [rules])
        assert wire.count("events.list_rules") == 2
    assert len(model.by_type["test_queue"]) == 120


def test_what_is_listed_twice_is_there_once(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def twice(aws):
        for _ in range(2):
            yield aws.resource(Queue, "q", {"url": "u", "encrypted": True})

    model = read_endpoint(endpoint, [twice])
    assert len(model.by_type["test_queue"]) == 1


def test_the_order_of_resources_does_not_hang_on_that_of_replies(endpoint):
    model = read_endpoint(endpoint, [queues, buckets], regions=("us-east-1", "eu-west-1"))
    assert [r.address for r in model.resources] == [
        "aws_account.123456789012",
        "test_bucket.one-bucket",
        "test_bucket.three-bucket",
        "test_bucket.two-bucket",
        "test_queue.one",
        "test_queue.three",
        "test_queue.two",
    ]


# -- bugs in readers -------------------------------------------------------------------------------


def crash_of(endpoint, read):
    """The one gap and problem of a reader that has a bug, beside one that has none."""
    model = read_endpoint(endpoint, [read, databases])
    assert len(model.by_type["test_database"]) == 3
    (gap,) = model.gaps
    (problem,) = model.problems
    assert (problem.level, problem.code) == ("error", "reader-crashed")
    assert gap.types == {"test_queue"}
    return gap.unknown().reason


def test_a_reader_that_crashes_leaves_a_gap_that_names_it(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def broken(aws):
        for url in aws.list("sqs.list_queues", "QueueUrls"):
            yield aws.resource(Queue, url, {"url": url["Name"]})

    assert crash_of(endpoint, broken).startswith(
        "the reader test_inventory.broken in eu-west-1 could not be read: it crashed: TypeError"
    )


def test_a_call_that_is_not_declared_is_refused(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def undeclared(aws):
        yield from aws.list("sns.list_topics", "Topics")

    assert "does not declare that it calls sns.list_topics" in crash_of(endpoint, undeclared)


def test_a_class_that_is_not_declared_is_refused(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def undeclared(aws):
        yield aws.resource(Database, "a", {})

    assert "does not declare that it yields Database" in crash_of(endpoint, undeclared)


def test_a_call_that_aws_does_not_have_is_refused(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_all",))
    def misspelt(aws):
        yield from aws.list("sqs.list_all", "QueueUrls")

    assert "AWS has no call sqs.list_all" in crash_of(endpoint, misspelt)


def test_a_key_that_the_reply_does_not_have_is_refused(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def misspelt(aws):
        yield from aws.list("sqs.list_queues", "Queues")

    assert "the reply of sqs.list_queues has no Queues" in crash_of(endpoint, misspelt)


def test_a_reader_that_hangs_on_a_call_that_failed_leaves_a_gap_and_has_no_bug(endpoint):
    from faults import denied

    @reader(yields=(Queue,), calls=("sqs.list_queues", "sqs.get_queue_attributes"))
    def careless(aws):
        for url in aws.list("sqs.list_queues", "QueueUrls"):
            reply = aws.ask("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
            if reply["Attributes"]:
                yield aws.resource(Queue, url, {"url": url, "encrypted": True})

    with Faults(endpoint) as wire:
        wire.on("sqs.get_queue_attributes", denied)
        model = read_endpoint(wire.url, [careless])
    assert model.problems == []
    assert [gap.unknown().reason for gap in model.gaps] == [
        "test_inventory.careless in eu-west-1 could not be read: sqs:GetQueueAttributes in "
        "eu-west-1 could not be read: access denied: grant sqs:GetQueueAttributes"
    ]


def test_a_reader_can_say_itself_that_a_call_failed(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def late(aws):
        raise CallFailed(Unknown(because="the report was not ready in 9 s"))

    model = read_endpoint(endpoint, [late])
    assert model.problems == []
    assert [gap.unknown().reason for gap in model.gaps] == [
        "test_inventory.late in eu-west-1 could not be read: the report was not ready in 9 s"
    ]


# -- values ----------------------------------------------------------------------------------------


def test_sensitive_fields_are_wrapped(endpoint):
    from small_readers import Function

    @reader(yields=(Function,), calls=("sqs.list_queues",))
    def secrets(aws):
        yield aws.resource(Function, "f", {"name": "f", "secret": "hunter2"})

    model = read_endpoint(endpoint, [secrets])
    assert isinstance(model.by_address["test_function.f"].data["secret"], Sensitive)
    assert "hunter2" not in str(model.by_address["test_function.f"].data)


def test_a_field_that_a_reader_does_not_fill_is_unknown(endpoint):
    @reader(yields=(Queue,), calls=("sqs.list_queues",))
    def partial(aws):
        yield aws.resource(Queue, "q", {"url": "u"})

    queue = read_endpoint(endpoint, [partial]).by_address["test_queue.q"]
    with pytest.raises(Undetermined, match="encrypted is not read"):
        bool(queue.encrypted)


# -- time ------------------------------------------------------------------------------------------


def test_progress_tells_of_each_reader(endpoint):
    told = []
    read_account(account_at(endpoint), [queues, databases, buckets], progress=told.append)
    assert {(p.service, p.region) for p in told} == {
        ("small_readers", "eu-west-1"),
        ("small_readers", None),
    }
    assert [(p.done, p.total) for p in told] == [(1, 3), (2, 3), (3, 3)]
    assert (told[-1].resources, told[-1].requests) == (9, 9)


def test_a_run_ends_in_time_with_what_it_has(endpoint):
    with Faults(endpoint) as wire:
        wire.on("rds.describe_db_instances", slow(5))
        account = account_at(wire.url)
        began = time.monotonic()
        model = read_account(account, [queues, databases], bounds=Bounds(1.0))
        assert time.monotonic() - began < 3
    assert len(model.by_type["test_queue"]) == 3
    assert [gap.unknown().reason for gap in model.gaps] == [
        "small_readers.databases in eu-west-1 could not be read: "
        "the run's time limit of 1 s was reached"
    ]
    skipped = {t.call: t.because for t in account.calls.tallies() if t.skipped}
    assert skipped == {"rds.describe_db_instances": "the run's time limit of 1 s was reached"}


def test_a_run_can_be_cancelled(endpoint):
    """While the queues are being listed: what is asked of each afterwards is not sent."""
    bounds = Bounds(60)

    def cancel(api, ask):
        bounds.stop()
        return ask()

    with Faults(endpoint) as wire:
        wire.on("sqs.list_queues", cancel)
        account = account_at(wire.url)
        model = read_account(account, [queues], bounds=bounds)
        assert wire.count("sqs.get_queue_attributes") == 0
    reasons = {queue.data["encrypted"].reason for queue in model.by_type["test_queue"]}
    assert reasons == {
        "sqs:GetQueueAttributes in eu-west-1 could not be read: the run was cancelled"
    }
    assert account.calls.totals()["skipped"] == 3


def test_a_sample_asks_for_one_of_each(endpoint):
    account = account_at(endpoint)
    read_account(account, [queues], sample=1)
    assert {t.call: t.ok for t in account.calls.tallies()} == {
        "sqs.list_queues": 1,
        "sqs.get_queue_attributes": 1,
    }


def test_a_slow_service_does_not_hold_up_the_others(endpoint):
    """Many slow calls of one service, as many threads as there are: others go on meanwhile."""
    with Faults(endpoint) as wire:
        wire.on("s3.get_bucket_tagging", slow(1.0))
        account = account_at(wire.url)
        ended = {}
        began = time.monotonic()

        def progress(step):
            ended[step.region] = time.monotonic() - began

        read_account(account, [buckets, databases], progress=progress, threads=4)
    assert ended["eu-west-1"] < 0.9 < ended[None]
