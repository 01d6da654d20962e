"""IAM Access Analyzer and Security Hub.

Sources: Access Analyzer API reference (ListAnalyzers), Security Hub API reference (DescribeHub,
GetEnabledStandards), AWS provider 5.100.0 documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Bool, Resource, Str, StrMap
from auditor.values import Unknown


class Analyzer(Resource, tf="aws_accessanalyzer_analyzer"):
    """An access analyzer. status: of a live one (`ACTIVE`)."""

    identity = ("analyzer_name",)
    analyzer_name = Str()
    status = Str(default="ACTIVE")
    tags = StrMap()
    type_ = Str(default="ACCOUNT")

    @property
    def is_external(self) -> bool:
        """Whether it finds what can be reached from outside (others look for unused access)."""
        return self.type_ in ("ACCOUNT", "ORGANIZATION")


class SecurityHub(Resource, tf="aws_securityhub_account"):
    """Security Hub in a region. auto_enable_controls: new controls of standards are on."""

    auto_enable_controls = Bool(default=True)
    control_finding_generator = Str(computed=True)
    enable_default_standards = Bool(default=True)


class StandardsSubscription(Resource, tf="aws_securityhub_standards_subscription"):
    """A standard that Security Hub checks."""

    identity = ("standards_arn",)
    standards_arn = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(Analyzer,), calls=("accessanalyzer.list_analyzers",))
def analyzers(aws: Aws) -> Iterator[Resource]:
    """Analyzers of the account and the organisation."""
    for item in aws.list("accessanalyzer.list_analyzers", "analyzers"):
        yield aws.resource(
            Analyzer,
            item["name"],
            {
                "arn": item["arn"],
                "analyzer_name": item["name"],
                "status": item.get("status"),
                "tags": item.get("tags", {}),
                "type": item["type"],
            },
        )


_OFF = ("InvalidAccessException", "ResourceNotFoundException")
"""What Security Hub answers where it is not on: "Account … is not subscribed"."""


@reader(yields=(SecurityHub,), calls=("securityhub.describe_hub",))
def hubs(aws: Aws) -> Iterator[Resource]:
    """Security Hub, where it is on."""
    reply: Any = aws.ask("securityhub.describe_hub", absent=_OFF)
    if reply is None:
        return
    if isinstance(reply, Unknown):
        yield aws.resource(SecurityHub, aws.account_id, reply)
        return
    yield aws.resource(
        SecurityHub,
        aws.account_id,
        {
            "arn": reply["HubArn"],
            "auto_enable_controls": reply.get("AutoEnableControls"),
            "control_finding_generator": reply.get("ControlFindingGenerator"),
            # It acts when Security Hub is switched on; what is on now, the standards say.
            "enable_default_standards": False,
        },
    )


@reader(yields=(StandardsSubscription,), calls=("securityhub.get_enabled_standards",))
def standards(aws: Aws) -> Iterator[Resource]:
    """Standards that are on."""
    reply: Any = aws.ask("securityhub.get_enabled_standards", absent=_OFF)
    if reply is None:
        return
    if isinstance(reply, Unknown):
        yield aws.resource(StandardsSubscription, "standards", reply)
        return
    for item in reply["StandardsSubscriptions"]:
        yield aws.resource(
            StandardsSubscription,
            item["StandardsSubscriptionArn"],
            {"arn": item["StandardsSubscriptionArn"], "standards_arn": item["StandardsArn"]},
        )
