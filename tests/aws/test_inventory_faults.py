from __future__ import annotations

import pytest
from faults import Faults, denied
from honesty import assert_honest

from auditor.aws.inventory import read_endpoint
from auditor.services import rds

pytestmark = pytest.mark.emulator


def test_a_denied_listing_is_a_gap(aws_client, aws_endpoint):
    aws_client("rds").create_db_instance(
        DBInstanceIdentifier="main",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="u",
        MasterUserPassword="password1",
        AllocatedStorage=20,
    )
    readers = [rds.db_instances, rds.db_clusters]
    whole = read_endpoint(aws_endpoint, readers)
    with Faults(aws_endpoint) as faults:
        faults.on("rds.describe_db_instances", denied)
        partial = read_endpoint(faults.url, readers)
    assert_honest(whole, partial)
    assert [(gap.what, gap.because) for gap in partial.gaps] == [
        ("rds:DescribeDBInstances in eu-west-1", "access denied: grant rds:DescribeDBInstances")
    ]
