"""GuardDuty, AWS Config, Access Analyzer, Security Hub."""

import pytest
from auditor.rules.iam import aws_config as config_role
from auditor.rules.logging import aws_config, guardduty, security_monitoring

from auditor.aws.account import Account
from auditor.engine import evaluate
from auditor.model import Model
from auditor.resource import Gap, Resource
from auditor.testing import check_rule, judge_code

TEXT = 'variable "x" { type = string }\n'
FLAG = 'variable "x" { type = bool }\n'
DETECTOR = 'resource "aws_guardduty_detector" "d" {}\n'


def feature(name: str, status: str, part: str = "") -> str:
    more = f'additional_configuration {{\n name = "{part}"\n status = "ENABLED"\n}}' if part else ""
    return (
        DETECTOR
        + f"""
          resource "aws_guardduty_detector_feature" "f" {{
            detector_id = aws_guardduty_detector.d.id
            name        = "{name}"
            status      = {status}
            {more}
          }}
        """
    )


def test_guardduty_is_on():
    check_rule(
        guardduty.guardduty_off,
        bad='resource "aws_guardduty_detector" "d" { enable = false }',
        good=DETECTOR,
        unknown=FLAG + 'resource "aws_guardduty_detector" "d" { enable = var.x }',
        at="enable",
    )


@pytest.mark.parametrize(
    ("rule", "name", "part"),
    [
        (guardduty.s3_not_watched, "S3_DATA_EVENTS", ""),
        (guardduty.eks_not_watched, "EKS_AUDIT_LOGS", ""),
        (guardduty.volumes_not_scanned, "EBS_MALWARE_PROTECTION", ""),
        (guardduty.rds_not_watched, "RDS_LOGIN_EVENTS", ""),
        (guardduty.lambda_not_watched, "LAMBDA_NETWORK_LOGS", ""),
        (guardduty.processes_not_watched, "RUNTIME_MONITORING", ""),
        (guardduty.eks_processes_not_watched, "RUNTIME_MONITORING", "EKS_ADDON_MANAGEMENT"),
        (guardduty.eks_processes_not_watched, "EKS_RUNTIME_MONITORING", "EKS_ADDON_MANAGEMENT"),
        (guardduty.ecs_processes_not_watched, "RUNTIME_MONITORING", "ECS_FARGATE_AGENT_MANAGEMENT"),
        (guardduty.ec2_processes_not_watched, "RUNTIME_MONITORING", "EC2_AGENT_MANAGEMENT"),
    ],
)
def test_features_of_guardduty(rule, name, part):
    check_rule(
        rule,
        bad=feature(name, '"DISABLED"', part),
        good=feature(name, '"ENABLED"', part),
        unknown=TEXT + feature(name, "var.x", part),
        not_for='resource "aws_guardduty_detector" "d" { enable = false }',
    )
    # What AWS switches on by itself, code does not say.
    assert [v.status for v in judge_code(rule, DETECTOR)] == ["undetermined"]
    if part:
        assert [v.status for v in judge_code(rule, feature(name, '"ENABLED"'))] == ["fail"]


def test_the_deprecated_data_sources():
    def detector(enable: str) -> str:
        return f"""
          resource "aws_guardduty_detector" "d" {{
            datasources {{
              s3_logs {{ enable = {enable} }}
              kubernetes {{
                audit_logs {{ enable = {enable} }}
              }}
              malware_protection {{
                scan_ec2_instance_with_findings {{
                  ebs_volumes {{ enable = {enable} }}
                }}
              }}
            }}
          }}
        """

    for rule in (
        guardduty.s3_not_watched,
        guardduty.eks_not_watched,
        guardduty.volumes_not_scanned,
    ):
        check_rule(
            rule, bad=detector("false"), good=detector("true"), unknown=FLAG + detector("var.x")
        )


# -- AWS Config ------------------------------------------------------------------------------------

LINKED = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
ROLE = f'role_arn = "arn:aws:iam::111122223333:role/{LINKED}"'


def recorder(arguments: str = "", role: str = ROLE) -> str:
    return f"""
      resource "aws_config_configuration_recorder" "r" {{
        name = "r"
        {role}
        {arguments}
      }}
    """


def status(enabled: str) -> str:
    return (
        'resource "aws_config_configuration_recorder_status" "s" {\n'
        f" name = aws_config_configuration_recorder.r.name\n is_enabled = {enabled}\n}}\n"
    )


CHANNEL = 'resource "aws_config_delivery_channel" "c" { s3_bucket_name = "b" }\n'


def test_config_records():
    check_rule(
        aws_config.config_not_recording,
        bad=recorder() + status("false") + CHANNEL,
        good=recorder() + status("true") + CHANNEL,
        unknown=FLAG + recorder() + status("var.x") + CHANNEL,
    )
    (verdict,) = judge_code(aws_config.config_not_recording, recorder() + status("true"))
    assert [f.message for f in verdict.findings] == ["has no delivery channel"]


def group(types: str, globals_: str) -> str:
    return recorder(
        f"recording_group {{\n all_supported = {types}\n"
        f" include_global_resource_types = {globals_}\n}}"
    )


def test_config_records_all_types():
    check_rule(
        aws_config.config_records_a_part,
        bad=group("false", "false"),
        good=group("true", "true"),
        unknown=FLAG + group("true", "var.x"),
        at="recording_group[0].all_supported",
    )
    (verdict,) = judge_code(aws_config.config_records_a_part, recorder())
    assert [f.message for f in verdict.findings] == ["does not record global types"]


def test_the_role_of_config():
    linked = """
      resource "aws_iam_service_linked_role" "c" { aws_service_name = "config.amazonaws.com" }
    """
    check_rule(
        config_role.config_with_role_of_its_own,
        bad=recorder(role='role_arn = "arn:aws:iam::111122223333:role/mine"'),
        good=linked + recorder(role="role_arn = aws_iam_service_linked_role.c.arn"),
        unknown=TEXT + recorder(role="role_arn = var.x"),
        at="role_arn",
    )
    assert [v.status for v in judge_code(config_role.config_with_role_of_its_own, recorder())] == [
        "pass"
    ]


def test_aggregators_collect_everywhere():
    def aggregator(more: str) -> str:
        return f"""
          resource "aws_config_configuration_aggregator" "a" {{
            name = "a"
            account_aggregation_source {{
              account_ids = ["111122223333"]
              {more}
            }}
          }}
        """

    check_rule(
        aws_config.aggregator_of_some_regions,
        bad=aggregator('regions = ["eu-west-1"]'),
        good=aggregator("all_regions = true"),
        unknown=FLAG + aggregator("all_regions = var.x"),
        at="account_aggregation_source[0].all_regions",
    )


def test_security_hub_checks_something():
    hub = 'resource "aws_securityhub_account" "h" { enable_default_standards = %s }\n'
    standard = 'resource "aws_securityhub_standards_subscription" "s" { standards_arn = "arn:x" }'
    check_rule(
        security_monitoring.security_hub_off,
        bad=hub % "false",
        good=hub % "false" + standard,
        unknown=FLAG + hub % "var.x",
        at="enable_default_standards",
    )


# -- what only the account says --------------------------------------------------------------------


def account(*regions: str) -> Resource:
    data = {"id": "111122223333", "account_id": "111122223333", "regions": list(regions)}
    return Account("aws_account.111122223333", "aws_account", data, source="live")


def live(tf: str, region: str, **data: object) -> Resource:
    return Resource(f"{tf}.x@{region}", tf, {"id": "x", **data}, source="live", region=region)


REGIONAL = [
    (guardduty.guardduty_off, "aws_guardduty_detector", {"enable": True}),
    (
        security_monitoring.no_external_analyzer,
        "aws_accessanalyzer_analyzer",
        {"type": "ACCOUNT", "status": "ACTIVE"},
    ),
    (
        security_monitoring.security_hub_off,
        "aws_securityhub_account",
        {"enable_default_standards": True},
    ),
]


@pytest.mark.parametrize(("rule", "tf", "data"), REGIONAL)
def test_every_region_is_watched(rule, tf, data):
    def of_account(*resources: Resource, gaps: tuple[Gap, ...] = ()) -> tuple[str, list[str]]:
        model = Model([account("eu-west-1", "eu-west-3"), *resources], source="live", gaps=gaps)
        (verdict,) = [
            v
            for v in evaluate([rule], model)
            if v.resource is not None and v.resource.type == "aws_account"
        ]
        return verdict.status, [f.key for f in verdict.findings]

    one, two = live(tf, "eu-west-1", **data), live(tf, "eu-west-3", **data)
    assert of_account(one, two) == ("pass", [])
    assert of_account(one) == ("fail", ["eu-west-3"])
    gap = Gap("listing in eu-west-3", "denied", frozenset({tf}), region="eu-west-3")
    assert of_account(one, gaps=(gap,)) == ("undetermined", [])


def test_an_analyzer_of_unused_access_does_not_look_outside():
    unused = live(
        "aws_accessanalyzer_analyzer", "eu-west-1", type="ACCOUNT_UNUSED_ACCESS", status="ACTIVE"
    )
    model = Model([account("eu-west-1"), unused], source="live")
    (verdict,) = evaluate([security_monitoring.no_external_analyzer], model)
    assert verdict.status == "fail"


@pytest.mark.parametrize(
    ("history", "status"), [("FAILURE", "fail"), ("SUCCESS", "pass"), (None, "pass")]
)
def test_config_delivers(history, status):
    channel = live(
        "aws_config_delivery_channel",
        "eu-west-1",
        history_status=history,
        snapshot_status="SUCCESS",
    )
    (verdict,) = evaluate([aws_config.config_not_delivered], Model([channel], source="live"))
    assert verdict.status == status
