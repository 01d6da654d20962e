"""Deprecated arguments of buckets read as the resources that replaced them."""

from __future__ import annotations

from auditor.model import Model
from auditor.quirks import settle
from auditor.resource import Location, Nowhere, Resource
from auditor.services.s3 import S3BucketAcl, S3BucketLifecycle, S3BucketVersioning
from auditor.values import Ref, Unknown

PLACE = Location("main.tf", 1, 1)


def buckets(**attributes: object) -> Model:
    bucket = Resource("aws_s3_bucket.b", "aws_s3_bucket", attributes, provenance=Nowhere(PLACE))
    return settle(Model([bucket]))


def test_versioning_inside_the_bucket():
    model = buckets(versioning=[{"enabled": True}])
    (found,) = model.by_address["aws_s3_bucket.b"].related(S3BucketVersioning)
    assert found.address == "aws_s3_bucket.b.versioning"
    assert found.versioning_configuration.status == "Enabled"
    assert found.versioning_configuration.mfa_delete == "Disabled"
    assert found.provenance.trace(("versioning_configuration",)).location == PLACE


def test_an_unknown_flag_is_one_of_two_states():
    model = buckets(versioning=[{"enabled": Unknown((Ref("var.v"),))}])
    (found,) = model.by_address["aws_s3_bucket.b"].related(S3BucketVersioning)
    assert found.versioning_configuration.status.one_of == ("Enabled", "Suspended")


def test_a_block_that_is_unknown_as_a_whole_may_not_be_there():
    blocks = Unknown((Ref("var.versioning"),))
    model = buckets(versioning=blocks)
    assert model.by_address["aws_s3_bucket.b.versioning"].exists is blocks


def test_lifecycle_rules_and_grants():
    model = buckets(
        lifecycle_rule=[
            {"enabled": True, "abort_incomplete_multipart_upload_days": 7, "id": "tidy"}
        ],
        grant=[{"type": "Group", "uri": "x", "permissions": ["READ", "WRITE"]}],
    )
    bucket = model.by_address["aws_s3_bucket.b"]
    (lifecycle,) = bucket.related(S3BucketLifecycle)
    assert lifecycle.rule[0].status == "Enabled"
    assert lifecycle.rule[0].abort_incomplete_multipart_upload.days_after_initiation == 7
    (acl,) = bucket.related(S3BucketAcl)
    grants = acl.access_control_policy.grant
    assert [(g.permission, g.grantee.uri) for g in grants] == [("READ", "x"), ("WRITE", "x")]


def test_nothing_is_made_of_nothing():
    assert list(buckets(acl=None, versioning=[], tags={}).by_address) == ["aws_s3_bucket.b"]
