"""Event subscriptions and server certificates of RDS.

Sources: RDS API reference (DescribeEventSubscriptions; DBInstance.CertificateDetails), AWS
provider 5.100.0 documentation of `aws_db_event_subscription`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.reader import Aws, reader
from auditor.dates import date_text, now_text
from auditor.resource import Bool, Link, Links, Resource, Str, StrMap, Strs
from auditor.values import all_of, any_of


class DbEventSubscription(Resource, tf="aws_db_event_subscription"):
    """What RDS tells a topic. Without categories, sources or a type it tells of all."""

    identity = ("name",)
    enabled = Bool(default=True)
    event_categories = Strs(unordered=True)
    name = Str(computed=True)
    sns_topic = Link("aws_sns_topic")
    source_ids = Links(
        "aws_db_instance",
        "aws_rds_cluster",
        "aws_db_parameter_group",
        by=("identifier", "cluster_identifier", "name"),
    )
    source_type = Str()
    tags = StrMap()

    def tells(self, source_type: str, category: str) -> bool:
        """Whether it is on and tells of a category of events of a type of source."""
        return all_of(
            lambda: self.enabled,
            lambda: self.source_type is None or self.source_type == source_type,
            lambda: any_of(
                lambda: not self.event_categories, lambda: category in self.event_categories
            ),
        )


class DbServerCertificate(Resource, tf="aws_db_server_certificate"):
    """The certificate that an instance shows its clients.

    No Terraform resource: the type's name is known here only. valid_till, read_at: dates as in
    auditor.dates.
    """

    db_instance_identifier = Link("aws_db_instance", by=("identifier",))
    read_at = Str()
    valid_till = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(DbEventSubscription,), calls=("rds.describe_event_subscriptions",))
def event_subscriptions(aws: Aws) -> Iterator[Resource]:
    """Event subscriptions (their tags are not in the reply)."""
    for item in aws.list("rds.describe_event_subscriptions", "EventSubscriptionsList"):
        attributes = {
            "arn": item.get("EventSubscriptionArn"),
            "enabled": item.get("Enabled", False),
            "event_categories": item.get("EventCategoriesList", []),
            "name": item["CustSubscriptionId"],
            "sns_topic": item.get("SnsTopicArn"),
            "source_ids": item.get("SourceIdsList", []),
            "source_type": item.get("SourceType"),
        }
        yield aws.resource(DbEventSubscription, item["CustSubscriptionId"], attributes)


@reader(yields=(DbServerCertificate,), calls=("rds.describe_db_instances",))
def server_certificates(aws: Aws) -> Iterator[Resource]:
    """The certificates of the instances that say when theirs ends."""
    read_at = now_text()
    for item in aws.list("rds.describe_db_instances", "DBInstances"):
        ends = item.get("CertificateDetails", {}).get("ValidTill")
        if ends is not None:
            name = item["DBInstanceIdentifier"]
            attributes = {
                "db_instance_identifier": name,
                "read_at": read_at,
                "valid_till": date_text(ends),
            }
            yield aws.resource(DbServerCertificate, name, attributes)
