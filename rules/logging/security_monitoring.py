"""IAM Access Analyzer and Security Hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.aws.account import Account
from auditor.resource import Finding, Resource
from auditor.rule import rule
from auditor.services.security_monitoring import Analyzer, SecurityHub, StandardsSubscription
from auditor.values import any_of, some


@rule(
    "LOG-ACCESSANALYZER-EXTERNAL",
    severity="high",
    on=Account,
    family="logging",
    where=("live",),
    reads=(Analyzer,),
    aliases={
        "trivy": "AWS-0175",
        "prowler": "accessanalyzer_enabled",
    },
    frameworks={
        "fsbp": "IAM.28",
        "cis-aws-3.0": "1.20",
        "cis-aws-5.0": "1.19",
    },
)
def no_external_analyzer(account: Account) -> Iterator[Finding]:
    """An analyzer of external access runs in every region.

    Why: it tells what buckets, keys, roles and queues others can reach, which no single policy
    shows.
    Fix: an `aws_accessanalyzer_analyzer` of type `ACCOUNT` in each region.
    Source: Access Analyzer API, ListAnalyzers; type ACCOUNT or ORGANIZATION, status ACTIVE. In code
    an analyzer that is not there says nothing, as another configuration may hold it.
    """
    analyzers = account.everything(Analyzer)
    for region in account.regions:
        if not some(analyzers, _is_external_in(region)):
            yield account.finding(f"has no analyzer of external access in {region}", key=region)


def _is_external_in(region: str) -> Callable[[Analyzer], bool]:
    return lambda a: a.region == region and a.is_external and a.status == "ACTIVE"


@rule(
    "LOG-SECURITYHUB-ENABLED",
    severity="medium",
    on=(SecurityHub, Account),
    family="logging",
    reads=(StandardsSubscription,),
    aliases={
        "prowler": "securityhub_enabled",
    },
    frameworks={
        "cis-aws-3.0": "4.16",
        "cis-aws-5.0": "4.16",
        "nist-800-53-r5": "AU-6(1) AU-6(5) AU-12(3) AU-14 CA-2 CA-7 PM-14 PM-31",
        "pci-dss-4": (
            "7.3.3 10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 11.3.1.2 "
            "11.3.1.3 11.5.1.1 11.5.2 11.6.1 A3.3.1 A3.5.1"
        ),
    },
)
def security_hub_off(judged: SecurityHub | Account) -> Iterator[Finding]:
    """Security Hub is on, with a standard.

    Why: without a standard it checks nothing.
    Fix: an `aws_securityhub_account` in each region, and unless its default standards are on an
    `aws_securityhub_standards_subscription`.
    Source: Security Hub API, DescribeHub, GetEnabledStandards; provider default of
    `enable_default_standards` true.
    """
    if isinstance(judged, Account):
        hubs = judged.everything(SecurityHub)
        for region in judged.regions:
            if not some(hubs, _is_in(region)):
                yield judged.finding(f"does not have Security Hub on in {region}", key=region)
        return
    standards = judged.everything(StandardsSubscription)
    if not any_of(
        lambda: some(standards, lambda one: one.region == judged.region),
        lambda: judged.enable_default_standards,
    ):
        yield judged.finding("checks no standard", at="enable_default_standards")


def _is_in(region: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.region == region
