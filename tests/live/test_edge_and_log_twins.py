"""Rules about balancers, web ACLs, trails and logs say of an account what they say of code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import cloudtrail as trail_encryption
from auditor.rules.encryption import elbv2 as balancer_encryption
from auditor.rules.iam import cloudwatch as log_iam
from auditor.rules.logging import cloudtrail as trails
from auditor.rules.logging import cloudwatch as logs
from auditor.rules.logging import elbv2 as balancer_logging
from auditor.rules.multi_az import elbv2 as balancer_availability
from auditor.rules.network import elbv2 as balancer_network
from auditor.rules.waf import wafv2 as waf
from emulated_account import Account

from auditor.testing import check_twins

pytestmark = pytest.mark.emulator

Step = Callable[[Account], object]


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state in an empty account."""
    account = Account(make_client)

    def check(rule: Any, bad: Step, good: Step) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(account),
            good=lambda: good(account),
            reset=moto_server.reset,
        )

    return check


def named(each: object) -> str:
    return str(getattr(each, "id", ""))


# -- load balancers -------------------------------------------------------------------------------


def balancer(account: Account, **more: Any) -> str:
    vpc = account.vpc()
    given = {"Subnets": [account.subnet(vpc, zone, i) for i, zone in enumerate("ab")], **more}
    made = account.client("elbv2", "eu-west-1").create_load_balancer(Name="l", **given)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def made(**more: Any) -> Step:
    return lambda account: balancer(account, **more)


def having(*attributes: tuple[str, str], **more: Any) -> Step:
    return lambda account: account.client("elbv2", "eu-west-1").modify_load_balancer_attributes(
        LoadBalancerArn=balancer(account, **more),
        Attributes=[{"Key": key, "Value": value} for key, value in attributes],
    )


def listening(action: dict[str, Any] | None = None, **more: Any) -> Step:
    def make(account: Account) -> None:
        certificate = account.client("acm", "eu-west-1").request_certificate(
            DomainName="example.com"
        )
        given = {"Protocol": "HTTP", "Port": 80, **more}
        if given["Protocol"] == "HTTPS":
            given["Certificates"] = [{"CertificateArn": certificate["CertificateArn"]}]
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
        account.client("elbv2", "eu-west-1").create_listener(
            LoadBalancerArn=balancer(account), DefaultActions=[action or fixed], **given
        )

    return make


def targets(protocol: str) -> Step:
    return lambda account: account.client("elbv2", "eu-west-1").create_target_group(
        Name="t", Protocol=protocol, Port=443, VpcId=account.vpc()
    )


def logged(account: Account) -> None:
    account.client("s3", "eu-west-1").create_bucket(
        Bucket="balancer-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    allow = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}}
    statement = {**allow, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::balancer-logs/*"}
    account.client("s3", "eu-west-1").put_bucket_policy(
        Bucket="balancer-logs",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    having(("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "balancer-logs"))(account)


REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
TLS = {"Protocol": "HTTPS", "Port": 443}
NEW_POLICY = {"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
HEADERS = "routing.http.drop_invalid_header_fields.enabled"
DESYNC = "routing.http.desync_mitigation_mode"
CROSS_ZONE = "load_balancing.cross_zone.enabled"


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (balancer_encryption.http_without_redirect, listening(), listening(REDIRECT)),
        (balancer_encryption.listener_in_the_clear, listening(), listening(**TLS)),
        (
            balancer_encryption.old_tls_policy,
            listening(**TLS, SslPolicy="ELBSecurityPolicy-TLS-1-1-2017-01"),
            listening(**TLS, **NEW_POLICY),
        ),
        (balancer_encryption.targets_in_the_clear, targets("HTTP"), targets("HTTPS")),
        (balancer_logging.no_access_logs, made(), logged),
        (
            balancer_availability.can_be_deleted,
            made(),
            having(("deletion_protection.enabled", "true")),
        ),
        (
            balancer_availability.not_across_zones,
            having((CROSS_ZONE, "false"), Type="network"),
            having((CROSS_ZONE, "true"), Type="network"),
        ),
        (balancer_network.passes_invalid_headers, made(), having((HEADERS, "true"))),
        (
            balancer_network.desync_not_mitigated,
            having((DESYNC, "monitor")),
            having((DESYNC, "strictest")),
        ),
        (balancer_network.internet_facing, made(), made(Scheme="internal")),
    ],
    ids=named,
)
def test_balancers(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_balancers_over_zones(twins: Any) -> None:
    def one(account: Account) -> None:
        balancer(account, Type="network", Subnets=[account.subnet(account.vpc(), block=9)])

    twins(balancer_availability.in_one_zone, one, made(Type="network"))


# -- web ACLs -------------------------------------------------------------------------------------

SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


def rule(statement: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = f"r{len(json.dumps(statement))}"
    return {
        "Name": name,
        "Priority": len(name),
        "Statement": statement,
        "VisibilityConfig": SEEN,
        **more,
    }


def managed(name: str, override: str = "None") -> dict[str, Any]:
    group = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}}
    return rule(group, OverrideAction={override: {}})


def limited(action: str) -> dict[str, Any]:
    rate = {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}}
    return rule(rate, Action={action: {}})


def web_acl(account: Account, *rules: dict[str, Any]) -> str:
    made = account.client("wafv2", "eu-west-1").create_web_acl(
        Name="w", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN, Rules=rules
    )
    return str(made["Summary"]["ARN"])


def acl(*rules: dict[str, Any]) -> Step:
    return lambda account: web_acl(account, *rules)


def acl_logged(account: Account) -> None:
    account.client("wafv2", "eu-west-1").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": web_acl(account),
            "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-x"],
        }
    )


COMMON = "AWSManagedRulesCommonRuleSet"
BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
INJECTION = "AWSManagedRulesSQLiRuleSet"


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (waf.empty_web_acl, acl(), acl(managed(COMMON))),
        (waf.no_common_rules, acl(managed(COMMON, "Count")), acl(managed(COMMON))),
        (waf.no_known_bad_inputs, acl(managed(COMMON)), acl(managed(BAD_INPUTS))),
        (waf.no_sql_injection_rules, acl(managed(COMMON)), acl(managed(INJECTION))),
        (waf.no_rate_limit, acl(limited("Count")), acl(limited("Block"))),
        (waf.requests_not_logged, acl(), acl_logged),
        (
            waf.rules_without_metrics,
            acl(
                {
                    **limited("Block"),
                    "VisibilityConfig": {**SEEN, "CloudWatchMetricsEnabled": False},
                }
            ),
            acl(limited("Block")),
        ),
    ],
    ids=named,
)
def test_web_acls(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_balancers_behind_web_acls(twins: Any) -> None:
    def behind(account: Account) -> None:
        account.client("wafv2", "eu-west-1").associate_web_acl(
            WebACLArn=web_acl(account), ResourceArn=balancer(account)
        )

    twins(waf.public_without_web_acl, made(), behind)


# -- trails and logs ------------------------------------------------------------------------------


def trail(account: Account, **more: Any) -> None:
    account.client("s3", "eu-west-1").create_bucket(
        Bucket="trails", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    client = account.client("cloudtrail", "eu-west-1")
    selectors, insights = more.pop("selectors", None), more.pop("insights", None)
    off = more.pop("off", False)
    client.create_trail(Name="trail", S3BucketName="trails", **more)
    if not off:
        client.start_logging(Name="trail")
    if selectors:
        client.put_event_selectors(TrailName="trail", EventSelectors=selectors)
    if insights:
        client.put_insight_selectors(TrailName="trail", InsightSelectors=insights)


def trailing(**more: Any) -> Step:
    return lambda account: trail(account, **more)


def events(direction: str, values: list[str], management: bool = True) -> list[dict[str, Any]]:
    data = {"Type": "AWS::S3::Object", "Values": values}
    return [
        {
            "ReadWriteType": direction,
            "IncludeManagementEvents": management,
            "DataResources": [data] if values else [],
        }
    ]


ALL = ["arn:aws:s3"]


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (trails.trail_is_off, trailing(off=True), trailing()),
        (trails.one_region_or_half_the_events, trailing(), trailing(IsMultiRegionTrail=True)),
        (
            trails.one_region_or_half_the_events,
            trailing(IsMultiRegionTrail=True, selectors=events("WriteOnly", [])),
            trailing(IsMultiRegionTrail=True, selectors=events("All", [])),
        ),
        (trails.files_not_validated, trailing(), trailing(EnableLogFileValidation=True)),
        (
            trails.object_writes_not_recorded,
            trailing(selectors=events("ReadOnly", ALL)),
            trailing(selectors=events("WriteOnly", ALL)),
        ),
        (
            trails.object_reads_not_recorded,
            trailing(selectors=events("All", ["arn:aws:s3:::only/"])),
            trailing(selectors=events("All", ALL)),
        ),
        (
            trails.no_insights,
            trailing(),
            trailing(insights=[{"InsightType": "ApiCallRateInsight"}]),
        ),
        (trail_encryption.trail_without_own_key, trailing(), trailing(KmsKeyId="alias/trail")),
    ],
    ids=named,
)
def test_trails(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def log_group(account: Account, name: str = "g", days: int = 0, **more: Any) -> str:
    client = account.client("logs", "eu-west-1")
    client.create_log_group(logGroupName=name, **more)
    if days:
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    return f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}:*"


def grouped(days: int = 0, **more: Any) -> Step:
    return lambda account: log_group(account, days=days, **more)


def log_policy(principal: object) -> Step:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "logs:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return lambda account: account.client("logs", "eu-west-1").put_resource_policy(
        policyName="p", policyDocument=text
    )


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (logs.kept_for_ever, grouped(), grouped(30)),
        (logs.kept_too_short, grouped(30), grouped(400)),
        (
            trail_encryption.log_group_without_own_key,
            grouped(),
            grouped(kmsKeyId="arn:aws:kms:eu-west-1:123456789012:key/k"),
        ),
        (
            log_iam.log_policy_for_anyone,
            log_policy("*"),
            log_policy({"Service": "es.amazonaws.com"}),
        ),
    ],
    ids=named,
)
def test_log_groups(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def watched(pattern: str) -> Step:
    def make(account: Account) -> None:
        arn = log_group(account)
        role = "arn:aws:iam::123456789012:role/r"
        to_logs = {"CloudWatchLogsLogGroupArn": arn, "CloudWatchLogsRoleArn": role}
        trail(account, IsMultiRegionTrail=True, **to_logs)
        metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
        account.client("logs", "eu-west-1").put_metric_filter(
            logGroupName="g", filterName="f", filterPattern=pattern, metricTransformations=[metric]
        )
        account.client("cloudwatch", "eu-west-1").put_metric_alarm(
            AlarmName="a",
            MetricName="m",
            Namespace="n",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=300,
            Threshold=1,
            Statistic="Sum",
            AlarmActions=["arn:aws:sns:eu-west-1:123456789012:t"],
        )

    return make


@pytest.mark.parametrize("rule", logs.WATCH_RULES[:3], ids=named)
def test_watches(twins: Any, rule: Any) -> None:
    words = rule.fix.partition("`pattern` names ")[2].partition(", and an")[0].split(", ")
    twins(rule, watched("ERROR"), watched(" ".join(words)))


def test_trails_in_cloudwatch(twins: Any) -> None:
    twins(trails.not_in_cloudwatch, trailing(), watched("x"))
