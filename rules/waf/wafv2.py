"""Web ACLs: that they are there, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elbv2 import Lb
from auditor.services.wafv2 import WafLogging, WafWebAcl, WafWebAclAssociation, WebAclRule
from auditor.values import all_of, any_of, some, starts_with


@rule(
    "WAF-ALB-WEB-ACL",
    severity="medium",
    on=Lb,
    family="waf",
    reads=(WafWebAclAssociation,),
    aliases={
        "checkov": "CKV2_AWS_28",
        "prowler": "elbv2_waf_acl_attached",
    },
    frameworks={
        "fsbp": "ELB.16",
        "nist-800-53-r5": "AC-4(21)",
        "pci-dss-4": "6.4.1 6.4.2",
    },
)
def public_without_web_acl(balancer: Lb) -> Finding | NotApplicable | None:
    """Public application load balancers have a WAF web ACL.

    Why: attacks that any rule set knows reach the application.
    Fix: add an `aws_wafv2_web_acl_association` with the load balancer's ARN.
    Source: WAFV2 API, GetWebACLForResource.
    """
    if balancer.load_balancer_type != "application" or balancer.internal:
        return not_applicable("it is no public application load balancer")
    for _ in balancer.related(WafWebAclAssociation):
        return None
    return balancer.finding("has no web ACL")


@rule(
    "WAF-WAFV2-WEB-ACL-RULES",
    severity="medium",
    on=WafWebAcl,
    family="waf",
    aliases={
        "checkov": "CKV_AWS_175",
        "prowler": "wafv2_webacl_with_rules",
    },
    frameworks={
        "fsbp": "WAF.10",
        "nist-800-53-r5": "CA-9(1) CM-2",
        "pci-dss-4": "6.4.1 6.4.2",
    },
)
def empty_web_acl(acl: WafWebAcl) -> Finding | None:
    """No web ACL is empty.

    Why: an empty web ACL looks like protection and does nothing.
    Fix: add `rule` blocks, such as the AWS managed rule groups.
    Source: WAFV2 API, WebACL.Rules.
    """
    if not acl.rule and acl.rule_json is None:
        return acl.finding("has no rules", at="rule")
    return None


@rule(
    "WAF-WAFV2-COMMON-RULES",
    severity="medium",
    on=WafWebAcl,
    family="waf",
    requires=("WAF-WAFV2-WEB-ACL-RULES",),
)
def no_common_rules(acl: WafWebAcl) -> Finding | None:
    """Web ACLs include the AWS common rule set.

    Why: it stops the attacks that every site on the internet sees.
    Fix: add a rule with `managed_rule_group_statement { name = "AWSManagedRulesCommonRuleSet",
    vendor_name = "AWS" }` and `override_action { none {} }`.
    Source: WAF Developer Guide, "Baseline rule groups".
    """
    return _managed(acl, "AWSManagedRulesCommonRuleSet")


@rule(
    "WAF-WAFV2-LOG4J-RULES",
    severity="high",
    on=WafWebAcl,
    family="waf",
    requires=("WAF-WAFV2-WEB-ACL-RULES",),
    aliases={
        "checkov": "CKV_AWS_192 CKV2_AWS_47 CKV2_AWS_76 CKV2_AWS_77",
    },
)
def no_known_bad_inputs(acl: WafWebAcl) -> Finding | None:
    """Web ACLs block the known bad inputs (Log4j).

    Why: exploits that are tried on everyone, Log4Shell among them, reach the application.
    Fix: add a rule with `managed_rule_group_statement { name =
    "AWSManagedRulesKnownBadInputsRuleSet", vendor_name = "AWS" }` and
    `override_action { none {} }`.
    Source: WAF Developer Guide, "Known bad inputs managed rule group"; its rule Log4JRCE.
    """
    return _managed(acl, "AWSManagedRulesKnownBadInputsRuleSet", "Log4JRCE")


@rule(
    "WAF-WAFV2-SQLI-RULES",
    severity="medium",
    on=WafWebAcl,
    family="waf",
    requires=("WAF-WAFV2-WEB-ACL-RULES",),
)
def no_sql_injection_rules(acl: WafWebAcl) -> Finding | None:
    """Web ACLs include SQL injection protection.

    Why: one input that is not escaped gives away the database.
    Fix: add a rule with `managed_rule_group_statement { name = "AWSManagedRulesSQLiRuleSet",
    vendor_name = "AWS" }` and `override_action { none {} }`.
    Source: WAF Developer Guide, "SQL database managed rule group".
    """
    if some(acl.rule, _blocks_sql_injection):
        return None
    return _managed(acl, "AWSManagedRulesSQLiRuleSet")


@rule(
    "WAF-WAFV2-RATE-LIMIT",
    severity="medium",
    on=WafWebAcl,
    family="waf",
    requires=("WAF-WAFV2-WEB-ACL-RULES",),
)
def no_rate_limit(acl: WafWebAcl) -> Finding | None:
    """Web ACLs have a rate-based rule.

    Why: one source can try passwords or flood the site as fast as it likes.
    Fix: add a rule with `rate_based_statement { limit = 2000 }` and `action { block {} }`.
    Source: WAFV2 API, RateBasedStatement; it acts only with block, captcha or challenge.
    """
    if some(acl.rule, _limits_rate) or _is_json(acl):
        return None
    return acl.finding("has no rate-based rule that acts", at="rule")


def _is_json(acl: WafWebAcl) -> bool:
    """Whether the rules are in `rule_json`, which is not read: then nothing certain is said."""
    if acl.rule_json is not None:
        acl.computed("rule_json").undetermined()
    return False


def _managed(acl: WafWebAcl, name: str, needed: str = "") -> Finding | None:
    """A finding unless a rule uses a managed group and lets it act (and one rule of it too)."""

    def is_it(entry: WebAclRule) -> bool:
        statement = entry.statement
        group = statement.managed_rule_group_statement if statement is not None else None
        if group is None or group.name != name:
            return False
        override = entry.override_action
        if override is not None and some(override.count, lambda _: True):
            return False
        return not some(
            group.rule_action_override,
            lambda o: all_of(
                # Log4JRCE became Log4JRCE_HEADER, _BODY and so on in later versions of the group.
                lambda: bool(needed) and starts_with(o.name, needed),
                lambda: some(o.action_to_use, lambda a: bool(a.get("count") or a.get("allow"))),
            ),
        )

    if some(acl.rule, is_it) or _is_json(acl):
        return None
    return acl.finding(f"does not use {name}, or only counts", at="rule", key=name)


def _acts(entry: WebAclRule) -> bool:
    action = entry.action
    if action is None:
        return False
    return any_of(
        lambda: bool(action.block), lambda: bool(action.captcha), lambda: bool(action.challenge)
    )


def _limits_rate(entry: WebAclRule) -> bool:
    statement = entry.statement
    return statement is not None and statement.rate_based_statement is not None and _acts(entry)


def _blocks_sql_injection(entry: WebAclRule) -> bool:
    statement = entry.statement
    return statement is not None and bool(statement.sqli_match_statement) and _acts(entry)


@rule(
    "LOG-WAFV2-LOGGING",
    severity="medium",
    on=WafWebAcl,
    family="logging",
    reads=(WafLogging,),
    aliases={
        "checkov": "CKV2_AWS_31",
        "prowler": "wafv2_webacl_logging_enabled",
    },
    frameworks={
        "fsbp": "WAF.11",
        "nist-800-53-r5": (
            "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SC-7(10) SI-7(8)"
        ),
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def requests_not_logged(acl: WafWebAcl) -> Finding | None:
    """Web ACLs log requests.

    Why: what was blocked, and what was let through, leaves no trace.
    Fix: add an `aws_wafv2_web_acl_logging_configuration` with the web ACL's ARN.
    Source: WAFV2 API, GetLoggingConfiguration; off unless configured.
    """
    for _ in acl.related(WafLogging):
        return None
    return acl.finding("does not log requests")


@rule(
    "LOG-WAFV2-RULE-METRICS",
    severity="medium",
    on=WafWebAcl,
    family="logging",
    aliases={
        "prowler": "wafv2_webacl_rule_logging_enabled",
    },
    frameworks={
        "fsbp": "WAF.12",
        "nist-800-53-r5": (
            "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SC-7(10) SI-7(8)"
        ),
        "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
    },
)
def rules_without_metrics(acl: WafWebAcl) -> Iterator[Finding]:
    """Rules and rule groups publish CloudWatch metrics.

    Why: nobody sees a rule that starts to block, or that never does.
    Fix: set `cloudwatch_metrics_enabled = true` in each `visibility_config`.
    Source: WAFV2 API, VisibilityConfig.CloudWatchMetricsEnabled.
    """
    for entry in acl.rule:
        visibility = entry.visibility_config
        if visibility is not None and not visibility.cloudwatch_metrics_enabled:
            yield visibility.finding(
                f"publishes no metrics of rule {entry.name}",
                at="cloudwatch_metrics_enabled",
                key=f"rule {entry.name}",
            )
