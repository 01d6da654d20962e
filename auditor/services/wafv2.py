"""AWS WAF.

Sources: WAFV2 API reference (ListWebACLs, GetWebACL, GetLoggingConfiguration,
ListResourcesForWebACL), AWS provider 5.100.0 documentation of `aws_wafv2_web_acl`,
`aws_wafv2_web_acl_association`, `aws_wafv2_web_acl_logging_configuration`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, Reader, reader
from auditor.resource import Block, Blocks, Bool, Link, Links, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class RuleActionOverride(Node):
    """Another action for one rule of a managed group."""

    action_to_use = Blocks(Node)
    name = Str()


class ManagedRuleGroup(Node):
    """A rule group that AWS or a vendor keeps."""

    name = Str()
    rule_action_override = Blocks(RuleActionOverride)
    vendor_name = Str()


class RateBased(Node):
    """Counts requests of one source."""

    limit = Num()


class Statement(Node):
    """What a rule looks for; one of these is set."""

    managed_rule_group_statement = Block(ManagedRuleGroup)
    rate_based_statement = Block(RateBased)
    rule_group_reference_statement = Blocks(Node)
    sqli_match_statement = Blocks(Node)


class RuleAction(Node):
    """What a rule of one's own does; one of these is set."""

    allow = Blocks(Node)
    block = Blocks(Node)
    captcha = Blocks(Node)
    challenge = Blocks(Node)
    count = Blocks(Node)


class OverrideAction(Node):
    """What becomes of a group's actions: `count` neutralises them."""

    count = Blocks(Node)
    none = Blocks(Node)


class Visibility(Node):
    """Metrics and samples."""

    cloudwatch_metrics_enabled = Bool()
    sampled_requests_enabled = Bool()


class WebAclRule(Node):
    """One rule of a web ACL."""

    action = Block(RuleAction)
    name = Str()
    override_action = Block(OverrideAction)
    priority = Num()
    statement = Block(Statement)
    visibility_config = Block(Visibility)


class WafWebAcl(Resource, tf="aws_wafv2_web_acl"):
    """A web ACL."""

    identity = ("name", "scope")
    arn = Str(computed=True)
    name = Str(computed=True)
    rule = Blocks(WebAclRule, unordered=True)
    rule_json = Str()
    scope = Str()
    tags = StrMap()
    visibility_config = Block(Visibility)


class WafWebAclAssociation(Resource, tf="aws_wafv2_web_acl_association"):
    """What a regional web ACL protects."""

    resource_arn = Link(
        "aws_lb", "aws_alb", "aws_api_gateway_stage", "aws_cognito_user_pool", by=("arn",)
    )
    web_acl_arn = Link("aws_wafv2_web_acl")


class WafLogging(Resource, tf="aws_wafv2_web_acl_logging_configuration"):
    """Where a web ACL logs requests."""

    log_destination_configs = Links("aws_cloudwatch_log_group", "aws_s3_bucket", by=("arn",))
    resource_arn = Link("aws_wafv2_web_acl")


# -- live ----------------------------------------------------------------------------------------

_CALLS = (
    "wafv2.list_web_acls",
    "wafv2.get_web_acl",
    "wafv2.get_logging_configuration",
    "wafv2.list_tags_for_resource",
)


def _reader_of(scope: str) -> Reader:
    """Web ACLs of one scope; CloudFront's are read once, in us-east-1."""

    def web_acls(aws: Aws) -> Iterator[Resource]:
        def read(summary: Mapping[str, Any]) -> Iterator[Resource]:
            yield from _web_acl(aws, summary, scope)

        # ListWebACLs has no paginator in botocore; NextMarker is followed by `aws.list`.
        yield from aws.parallel(read, aws.list("wafv2.list_web_acls", "WebACLs", Scope=scope))

    web_acls.__name__ = f"web_acls_{scope.lower()}"
    make = reader(
        yields=(WafWebAcl, WafLogging),
        calls=_CALLS,
        scope=GLOBAL if scope == "CLOUDFRONT" else "regional",
        details={"wafv2.list_tags_for_resource": ("tags",)},
    )
    return make(web_acls)


regional_web_acls = _reader_of("REGIONAL")
cloudfront_web_acls = _reader_of("CLOUDFRONT")


def _web_acl(aws: Aws, summary: Mapping[str, Any], scope: str) -> Iterator[Resource]:
    name, id, arn = summary["Name"], summary["Id"], summary["ARN"]
    acl: Any = aws.ask("wafv2.get_web_acl", Name=name, Scope=scope, Id=id).get("WebACL")
    tags = aws.ask("wafv2.list_tags_for_resource", ResourceARN=arn)
    yield aws.resource(
        WafWebAcl,
        id,
        {
            "arn": arn,
            "name": name,
            "scope": scope,
            "rule": acl if isinstance(acl, Unknown) else [_rule(r) for r in acl.get("Rules", [])],
            "rule_json": None,
            "tags": lambda: {t["Key"]: t["Value"] for t in tags["TagInfoForResource"]["TagList"]},
            "visibility_config": lambda: [_visibility(acl["VisibilityConfig"])],
        },
    )
    logging = aws.ask(
        "wafv2.get_logging_configuration", ResourceArn=arn, absent=("WAFNonexistentItemException",)
    )
    if isinstance(logging, Unknown):
        yield aws.resource(WafLogging, arn, logging, named={"resource_arn": arn})
    elif logging is not None:
        destinations = logging["LoggingConfiguration"].get("LogDestinationConfigs", [])
        yield aws.resource(
            WafLogging, arn, {"resource_arn": arn, "log_destination_configs": destinations}
        )


def _visibility(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cloudwatch_metrics_enabled": config.get("CloudWatchMetricsEnabled"),
        "sampled_requests_enabled": config.get("SampledRequestsEnabled"),
    }


def _rule(item: Mapping[str, Any]) -> dict[str, Any]:
    action, override = item.get("Action"), item.get("OverrideAction")
    return {
        "name": item["Name"],
        "priority": item.get("Priority"),
        "action": [_choice(action, RuleAction)] if action is not None else [],
        "override_action": [_choice(override, OverrideAction)] if override is not None else [],
        "statement": [_statement(item.get("Statement", {}))],
        "visibility_config": [_visibility(item.get("VisibilityConfig", {}))],
    }


def _choice(said: Mapping[str, Any], of: type[Node]) -> dict[str, Any]:
    """`{"Block": {}}` as the blocks of which one is there."""
    return {name: [{}] if name.title() in said else [] for name in of.fields}


def _statement(item: Mapping[str, Any]) -> dict[str, Any]:
    group, rate = item.get("ManagedRuleGroupStatement"), item.get("RateBasedStatement")
    return {
        "managed_rule_group_statement": [_group(group)] if group else [],
        "rate_based_statement": [{"limit": rate.get("Limit")}] if rate else [],
        "rule_group_reference_statement": [{}] if "RuleGroupReferenceStatement" in item else [],
        "sqli_match_statement": [{}] if "SqliMatchStatement" in item else [],
    }


def _group(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["Name"],
        "vendor_name": item.get("VendorName"),
        "rule_action_override": [
            {"name": o["Name"], "action_to_use": [_choice(o.get("ActionToUse", {}), RuleAction)]}
            for o in item.get("RuleActionOverrides", [])
        ]
        + [
            {"name": e["Name"], "action_to_use": [_choice({"Count": {}}, RuleAction)]}
            for e in item.get("ExcludedRules", [])
        ],
    }


@reader(
    yields=(WafWebAclAssociation,),
    calls=("elbv2.describe_load_balancers", "wafv2.get_web_acl_for_resource"),
)
def associations(aws: Aws) -> Iterator[Resource]:
    """Which application load balancer is protected by which web ACL, asked from its side."""

    def read(balancer: Mapping[str, Any]) -> Iterator[Resource]:
        arn = balancer["LoadBalancerArn"]
        if balancer.get("Type") != "application":
            return
        reply = aws.ask(
            "wafv2.get_web_acl_for_resource",
            ResourceArn=arn,
            absent=("WAFNonexistentItemException",),
        )
        if isinstance(reply, Unknown):
            yield aws.resource(WafWebAclAssociation, arn, reply, named={"resource_arn": arn})
        elif reply is not None and reply.get("WebACL"):
            acl = reply["WebACL"]["ARN"]
            yield aws.resource(
                WafWebAclAssociation, f"{acl},{arn}", {"resource_arn": arn, "web_acl_arn": acl}
            )

    yield from aws.parallel(read, aws.list("elbv2.describe_load_balancers", "LoadBalancers"))
