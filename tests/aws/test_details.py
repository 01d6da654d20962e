"""Calls that fill only some attributes are made for the rules that declare that they read those."""

from __future__ import annotations

import types

import pytest
from small_readers import Bucket, bucket_policies, buckets

from auditor.aws.inventory import read_account
from auditor.aws.permissions import iam_policy
from auditor.aws.reader import GLOBAL, reader
from auditor.aws.selection import all_readers, readers_for
from auditor.aws.session import connect
from auditor.config import AwsSettings
from auditor.engine import evaluate
from auditor.rule import rule
from auditor.rules_loading import load_rules

TAGS = "s3.get_bucket_tagging"
BUCKETS = reader(
    yields=(Bucket,), calls=("s3.list_buckets", TAGS), scope=GLOBAL, details={TAGS: ("tags",)}
)(buckets.read)


def tagged(*details, where=("code", "live")):
    @rule("T-S3-TAGS", severity="low", on=Bucket, family="iam", details=details, where=where)
    def untagged(bucket):
        """Buckets have an owner.

        Why: because.
        Fix: do it.
        Source: a test.
        """
        return None if bucket.tags else bucket.finding("has no owner", at="tags")

    return untagged


UNDECLARED, DECLARED = tagged(), tagged("tags")


def test_a_call_is_left_out_where_no_rule_reads_what_it_fills():
    (found,) = readers_for([UNDECLARED], [BUCKETS])
    assert (found.calls, found.left_out) == (("s3.list_buckets",), {TAGS})


def test_a_call_is_made_where_one_of_the_rules_reads_what_it_fills():
    assert readers_for([UNDECLARED, DECLARED], [BUCKETS]) == [BUCKETS]


def test_what_a_rule_for_code_only_reads_is_not_asked_for():
    (found,) = readers_for([UNDECLARED, tagged("tags", where=("code",))], [BUCKETS])
    assert found.left_out == {TAGS}


def test_a_reader_without_details_makes_all_its_calls():
    assert bucket_policies.reading(()) is bucket_policies


def test_the_policy_grants_no_call_that_is_left_out():
    needed = iam_policy(readers_for([UNDECLARED], [BUCKETS]))
    assert needed["Statement"][0]["Action"] == ["ec2:DescribeRegions", "s3:ListAllMyBuckets"]


def test_a_detail_is_of_a_declared_call():
    with pytest.raises(LookupError, match=r"does not declare that it calls s3\.get_bucket_policy"):
        reader(
            yields=(Bucket,),
            calls=("s3.list_buckets",),
            details={"s3.get_bucket_policy": ("policy",)},
        )(buckets.read)


@pytest.fixture(scope="module")
def endpoint(moto_server, make_client):
    moto_server.reset()
    make_client("s3").create_bucket(
        Bucket="one", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return moto_server.url


def verdict_of(endpoint, judged):
    account = connect(AwsSettings(endpoint_url=endpoint, regions=("eu-west-1",)))
    model = read_account(account, readers_for([judged], [BUCKETS]))
    (verdict,) = evaluate([judged], model)
    asked = [tally.call for tally in account.calls.tallies()]
    return verdict.status, verdict.reason, asked


@pytest.mark.emulator
def test_a_rule_that_declares_what_it_reads_has_it(endpoint):
    status, _, asked = verdict_of(endpoint, DECLARED)
    assert (status, asked) == ("fail", [TAGS, "s3.list_buckets"])


@pytest.mark.emulator
def test_a_rule_that_reads_what_it_did_not_declare_is_undetermined_and_told_so(endpoint):
    status, reason, asked = verdict_of(endpoint, UNDECLARED)
    assert (status, asked) == ("undetermined", ["s3.list_buckets"])
    assert reason == (
        "s3.get_bucket_tagging was not asked: no selected rule declares that it reads tags of "
        "test_bucket (details of the rule)"
    )


# -- the rules that there are ----------------------------------------------------------------------


def details_of_types():
    """Terraform type → attributes that take a call of their own."""
    table = {}
    for each in all_readers():
        for names in each.details.values():
            for cls in each.yields:
                table.setdefault(cls.tf, set()).update(set(names) & set(cls.fields))
    return table


def names_in(function, seen):
    """Every name and text in a function's code and in that of ours which it calls."""
    if function in seen:
        return set()
    seen.add(function)
    found, codes = set(), [function.__code__]
    while codes:
        code = codes.pop()
        found.update(code.co_names)
        codes += [each for each in code.co_consts if isinstance(each, types.CodeType)]
        found.update(each for each in code.co_consts if isinstance(each, str))
    called = [function.__globals__.get(name) for name in found]
    ours = [
        each
        for each in called
        if isinstance(each, types.FunctionType) and each.__module__.startswith("auditor.")
    ]
    return found.union(*(names_in(each, seen) for each in ours))


def test_every_rule_declares_the_details_of_what_it_judges():
    """By the names in its code: it is undetermined for every live resource if it does not."""
    details = details_of_types()
    forgotten = [
        (each.id, name)
        for each in load_rules()
        if "live" in each.where
        for cls in each.on
        for name in details.get(cls.tf, set()) & names_in(each.check, set()) - set(each.details)
    ]
    assert forgotten == []


def test_a_call_in_the_details_fills_attributes_of_what_the_reader_yields():
    unknown = [
        (each.name, name)
        for each in all_readers()
        for names in each.details.values()
        for name in names
        if not any(name in (*cls.fields, "region") for cls in each.yields)
    ]
    assert unknown == []
