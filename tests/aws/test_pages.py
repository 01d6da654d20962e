"""How listings go on, and when they are not believed to be complete."""

from __future__ import annotations

import pytest

from auditor.aws.pages import (
    MOST_EMPTY_PAGES,
    EndlessPages,
    IncompleteReply,
    Paging,
    merged,
    pages,
    paging_of,
)

TOKEN = Paging(("NextToken",), ("NextToken",))


def replies(*given):
    """A sender that gives these replies in turn, and the parameters it was called with."""
    asked = []
    left = iter(given)

    def send(parameters):
        asked.append(dict(parameters))
        return next(left)

    return send, asked


def test_each_page_is_asked_for_with_the_token_of_the_one_before():
    send, asked = replies({"Items": [1], "NextToken": "a"}, {"Items": [2]})
    assert [page["Items"] for page in pages(send, TOKEN, {"Name": "x"}, "Items")] == [[1], [2]]
    assert asked == [{"Name": "x"}, {"Name": "x", "NextToken": "a"}]


def test_a_call_without_pages_is_sent_once():
    send, asked = replies({"Items": [1], "NextToken": "a"})
    assert len(list(pages(send, None, {}, "Items"))) == 1
    assert asked == [{}]


def test_an_empty_token_ends_the_listing():
    send, _ = replies({"Items": [1], "NextToken": ""})
    assert len(list(pages(send, TOKEN, {}, "Items"))) == 1


def test_some_empty_pages_are_normal():
    send, _ = replies(
        {"Items": [], "NextToken": "a"}, {"Items": [], "NextToken": "b"}, {"Items": [1]}
    )
    assert [page["Items"] for page in pages(send, TOKEN, {}, "Items")] == [[], [], [1]]


def test_a_token_that_comes_again_ends_in_a_failure():
    send, _ = replies(
        {"Items": [1], "NextToken": "a"},
        {"Items": [2], "NextToken": "b"},
        {"Items": [1], "NextToken": "a"},
    )
    with pytest.raises(EndlessPages, match="the same token came twice"):
        list(pages(send, TOKEN, {}, "Items"))


def test_empty_pages_without_end_end_in_a_failure():
    numbers = iter(range(10_000))
    asked = []

    def send(parameters):
        asked.append(parameters)
        return {"Items": [], "NextToken": str(next(numbers))}

    with pytest.raises(EndlessPages):
        list(pages(send, TOKEN, {}, "Items"))
    assert len(asked) == MOST_EMPTY_PAGES


def test_more_without_a_token_is_a_failure():
    paging = Paging(("Marker",), ("Marker",), more="IsTruncated")
    send, _ = replies({"Items": [1], "IsTruncated": True})
    with pytest.raises(IncompleteReply, match="says that there is more"):
        list(pages(send, paging, {}, "Items"))


def test_a_token_without_more_is_not_followed():
    paging = Paging(("Marker",), ("Marker",), more="IsTruncated")
    send, _ = replies({"Items": [1], "IsTruncated": False, "Marker": "a"})
    assert len(list(pages(send, paging, {}, "Items"))) == 1


def test_the_pages_of_one_answer_are_joined():
    paging = Paging(("NextToken",), ("NextToken",), keys=("Tags",))
    whole = merged([{"Arn": "a", "Tags": [1]}, {"Arn": "a", "Tags": [2]}], paging)
    assert whole == {"Arn": "a", "Tags": [1, 2]}


def test_maps_and_lists_below_the_top_are_joined_too():
    paging = Paging(("NextToken",), ("NextToken",), keys=("Tags", "Info.TagList"))
    replies = [
        {"Tags": {"a": "1"}, "Info": {"Arn": "x", "TagList": [1]}},
        {"Tags": {"b": "2"}, "Info": {"Arn": "x", "TagList": [2]}},
    ]
    assert merged(replies, paging) == {
        "Tags": {"a": "1", "b": "2"},
        "Info": {"Arn": "x", "TagList": [1, 2]},
    }


def test_pages_that_cannot_be_joined_are_a_failure():
    paging = Paging(("NextToken",), ("NextToken",), keys=("Tags",))
    with pytest.raises(IncompleteReply):
        merged([{"Name": "a", "NextToken": "t"}, {"Name": "b"}], paging)


@pytest.fixture(scope="module")
def session():
    import botocore.session

    return botocore.session.Session()


@pytest.mark.parametrize(
    ("call", "inputs", "outputs", "more", "size"),
    [
        ("rds.describe_db_instances", ("Marker",), ("Marker",), None, "MaxRecords"),
        (
            "iam.get_account_authorization_details",
            ("Marker",),
            ("Marker",),
            "IsTruncated",
            "MaxItems",
        ),
        (
            "route53.list_resource_record_sets",
            ("StartRecordName", "StartRecordType", "StartRecordIdentifier"),
            ("NextRecordName", "NextRecordType", "NextRecordIdentifier"),
            "IsTruncated",
            "MaxItems",
        ),
        (
            "dynamodb.list_tables",
            ("ExclusiveStartTableName",),
            ("LastEvaluatedTableName",),
            None,
            "Limit",
        ),
        (
            "cloudfront.list_distributions",
            ("Marker",),
            ("DistributionList.NextMarker",),
            "DistributionList.IsTruncated",
            "MaxItems",
        ),
        (
            "cloudfront.list_response_headers_policies",
            ("Marker",),
            ("ResponseHeadersPolicyList.NextMarker",),
            None,
            "MaxItems",
        ),
        ("s3.list_buckets", ("ContinuationToken",), ("ContinuationToken",), None, "MaxBuckets"),
        ("sqs.list_queues", ("NextToken",), ("NextToken",), None, "MaxResults"),
        ("wafv2.list_web_acls", ("NextMarker",), ("NextMarker",), None, "Limit"),
        ("events.list_event_buses", ("NextToken",), ("NextToken",), None, "Limit"),
    ],
)
def test_how_a_call_is_continued(session, call, inputs, outputs, more, size):
    service, _, method = call.partition(".")
    paging = paging_of(session.create_client(service, region_name="us-east-1"), method)
    assert (paging.inputs, paging.outputs, paging.more, paging.size) == (
        inputs,
        outputs,
        more,
        size,
    )


@pytest.mark.parametrize(
    ("call", "keys"),
    [
        ("backup.list_tags", ("Tags",)),
        ("wafv2.list_tags_for_resource", ("TagInfoForResource.TagList",)),
        ("wafv2.list_web_acls", ("WebACLs",)),
    ],
)
def test_where_the_elements_are_in_calls_that_botocore_has_no_paginator_for(session, call, keys):
    service, _, method = call.partition(".")
    client = session.create_client(service, region_name="us-east-1")
    assert paging_of(client, method).keys == keys


@pytest.mark.parametrize("call", ["ec2.describe_addresses", "cloudtrail.describe_trails"])
def test_calls_that_answer_all_at_once(session, call):
    service, _, method = call.partition(".")
    client = session.create_client(service, region_name="us-east-1")
    assert paging_of(client, method) is None
