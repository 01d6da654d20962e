"""Which resource in code is which one in the account."""

from __future__ import annotations

from auditor.matching import match
from auditor.model import Model
from auditor.resource import Gap, Resource
from auditor.services import rds, s3, security_groups  # noqa: F401 - their classes take part
from auditor.values import Ref, Unknown

READ = ("aws_s3_bucket", "aws_s3_bucket_versioning", "aws_db_instance", "aws_security_group")


def live(*resources: tuple[str, str, dict], **more) -> Model:
    made = [
        Resource(f"{tf}.{id}", tf, {"id": id, **data}, source="live") for tf, id, data in resources
    ]
    return Model(made, source="live", read_types=READ, **more)


def code(**resources: dict) -> Model:
    """`aws_s3_bucket__b={…}` is `aws_s3_bucket.b`."""
    named = {name.replace("__", "."): data for name, data in resources.items()}
    return Model(Resource(a, a.split(".")[0], data) for a, data in named.items())


def pairs(matching) -> list[tuple[str, str]]:
    return [(mine.address, theirs.address) for mine, theirs in matching.pairs]


BUCKET = ("aws_s3_bucket", "data", {"bucket": "data", "arn": "arn:aws:s3:::data"})
VERSIONING = ("aws_s3_bucket_versioning", "data", {"bucket": "data"})


def test_a_name_is_enough():
    matching = match(code(aws_s3_bucket__b={"bucket": "data"}), live(BUCKET))
    assert pairs(matching) == [("aws_s3_bucket.b", "aws_s3_bucket.data")]
    assert matching.missing == matching.unmanaged == []


def test_a_state_is_matched_by_arn_whatever_the_name_says():
    state = code(aws_s3_bucket__b={"bucket": "other", "arn": "arn:aws:s3:::data"})
    assert pairs(match(state, live(BUCKET))) == [("aws_s3_bucket.b", "aws_s3_bucket.data")]


def test_a_satellite_is_matched_through_its_parent():
    reference = Unknown((Ref("aws_s3_bucket.b", ("id",)),), exact=True)
    matching = match(
        code(
            aws_s3_bucket_versioning__v={"bucket": reference}, aws_s3_bucket__b={"bucket": "data"}
        ),
        live(BUCKET, VERSIONING),
    )
    assert pairs(matching) == [
        ("aws_s3_bucket.b", "aws_s3_bucket.data"),
        ("aws_s3_bucket_versioning.v", "aws_s3_bucket_versioning.data"),
    ]


def test_a_name_that_aws_makes_up_cannot_be_matched_and_says_why():
    prefix = Unknown((Ref("aws_s3_bucket.b", ("bucket",)),), exact=True)
    matching = match(code(aws_s3_bucket__b={"bucket": prefix}), live(BUCKET))
    assert matching.unmatched == {"aws_s3_bucket.b": "aws_s3_bucket.b.bucket"}
    assert matching.missing == []
    assert matching.unmanaged == []  # it may be the one that could not be told


def test_missing_and_unmanaged():
    matching = match(code(aws_s3_bucket__b={"bucket": "gone"}), live(BUCKET))
    assert [r.address for r in matching.missing] == ["aws_s3_bucket.b"]
    assert [r.address for r in matching.unmanaged] == ["aws_s3_bucket.data"]


def test_what_was_not_read_is_not_missing():
    gap = Gap("rds:DescribeDBInstances", "denied", types=frozenset({"aws_db_instance"}))
    matching = match(code(aws_db_instance__d={"identifier": "main"}), live(gaps=[gap]))
    assert matching.missing == []
    assert matching.unmatched == {
        "aws_db_instance.d": "aws_db_instance was not read from the account"
    }
