"""`auditor iam-policy` and `auditor preflight`."""

from __future__ import annotations

import json

import pytest
from faults import Faults, denied

from auditor.cli import run


@pytest.fixture(autouse=True)
def no_settings(tmp_path, monkeypatch):
    """Away from any auditor.toml, with a region as people have one configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def settings_for(url, tmp_path):
    (tmp_path / "auditor.toml").write_text(
        f'[aws]\nendpoint_url = "{url}"\nregions = ["eu-west-1"]\n'
    )


def test_the_policy_is_printed_for_the_rules_that_are_named(capsys):
    assert run(["iam-policy", "ENC-RDS-INSTANCE"]) == 0
    policy = json.loads(capsys.readouterr().out)
    actions = policy["Statement"][0]["Action"]
    assert "rds:DescribeDBInstances" in actions
    assert not [action for action in actions if action.startswith("s3:")]


def test_managed_policies_are_a_list(capsys):
    assert run(["iam-policy", "ENC-RDS-INSTANCE", "--managed"]) == 0
    (policy,) = json.loads(capsys.readouterr().out)
    assert "rds:DescribeDBInstances" in policy["Statement"][0]["Action"]


def test_a_rule_that_does_not_exist_is_wrong_usage(capsys):
    assert run(["iam-policy", "NO-SUCH-RULE"]) == 2


def test_an_account_that_cannot_be_entered(capsys):
    assert run(["preflight"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("auditor: cannot ask http://127.0.0.1:9 who we are: the endpoint")


@pytest.mark.emulator
def test_nothing_is_blind(aws_endpoint, tmp_path, capsys):
    settings_for(aws_endpoint, tmp_path)
    assert run(["preflight", "ENC-RDS-INSTANCE"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("account 123456789012 as arn:aws:sts::123456789012:user/moto\n")
    assert out.endswith("none of 1 rules would be blind\n")


@pytest.mark.emulator
def test_what_would_be_blind_and_what_to_grant(aws_endpoint, tmp_path, capsys):
    with Faults(aws_endpoint) as faults:
        faults.on("rds.describe_db_instances", denied)
        settings_for(faults.url, tmp_path)
        assert run(["preflight", "ENC-RDS-INSTANCE"]) == 3
        assert "  ENC-RDS-INSTANCE  rds:DescribeDBInstances\n" in capsys.readouterr().out
        assert run(["preflight", "ENC-RDS-INSTANCE", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["blind"] == [{"rule": "ENC-RDS-INSTANCE", "grant": ["rds:DescribeDBInstances"]}]
    assert found["because"]["rds:DescribeDBInstances"] == (
        "access denied: grant rds:DescribeDBInstances"
    )
