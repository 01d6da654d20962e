"""Logs, metrics and events of databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.rds import (
    DbInstance,
    DbParameterGroup,
    RdsCluster,
    RdsClusterInstance,
    engine_of,
    parameter_group_link,
    parameter_of,
)
from auditor.services.rds_events import DbEventSubscription
from auditor.values import all_of, any_of, matching, some, starts_with


@rule(
    "LOG-RDS-ENHANCED-MONITORING",
    severity="low",
    on=(DbInstance, RdsClusterInstance),
    family="logging",
    production=True,
    aliases={
        "checkov": "CKV_AWS_118",
        "prowler": "rds_instance_enhanced_monitoring_enabled",
    },
    frameworks={
        "fsbp": "RDS.6",
        "nist-800-53-r5": "CA-7 SI-2",
    },
)
def host_not_monitored(db: DbInstance | RdsClusterInstance) -> Finding | None:
    """Enhanced monitoring is on.

    Why: which process takes the CPU, memory or disk of the host cannot be seen afterwards.
    Fix: set `monitoring_interval = 60` (seconds) and `monitoring_role_arn`.
    Source: RDS API, DBInstance.MonitoringInterval; provider default 0, which is off.
    """
    if not db.monitoring_interval:
        return db.finding("has no enhanced monitoring", at="monitoring_interval")
    return None


@rule(
    "LOG-RDS-INSTANCE-LOG-EXPORTS",
    severity="medium",
    on=DbInstance,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_129",
        "prowler": "rds_instance_integration_cloudwatch_logs",
    },
    frameworks={
        "fsbp": "RDS.9",
        "nist-800-53-r5": (
            "AC-2(4) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 "
            "SC-7(9) SC-7(10) SI-3(8) SI-4(20) SI-7(8)"
        ),
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def logs_not_exported(db: DbInstance) -> Iterator[Finding | NotApplicable]:
    """DB instances export their engine logs to CloudWatch.

    Why: the logs are lost with the instance, and nobody is told what is in them.
    Fix: list them all in `enabled_cloudwatch_logs_exports`; MySQL and MariaDB write an audit log
    only with the plugin of an option group.
    Source: RDS API, DBInstance.EnabledCloudwatchLogsExports; none unless set. RDS User Guide,
    "Publishing database logs to Amazon CloudWatch Logs".
    """
    engine = engine_of(db)
    for beginning, logs in _LOGS:
        if starts_with(engine, beginning):
            yield from _not_exported(db, logs)
            return
    yield not_applicable(f"no logs of {engine} are known")


@rule(
    "LOG-RDS-POSTGRES-LOG-EXPORTS",
    severity="medium",
    on=DbInstance,
    family="logging",
    covered_by=("LOG-RDS-INSTANCE-LOG-EXPORTS",),
    frameworks={
        "fsbp": "RDS.36",
    },
)
def postgres_log_not_exported(db: DbInstance) -> Iterator[Finding | NotApplicable]:
    """PostgreSQL instances export the postgresql log.

    Why: who connected, what failed and what was slow is lost with the instance.
    Fix: add `postgresql` to `enabled_cloudwatch_logs_exports`.
    Source: RDS API, DBInstance.EnabledCloudwatchLogsExports; none unless set.
    """
    if engine_of(db) != "postgres":
        yield not_applicable("the engine is not PostgreSQL")
        return
    yield from _not_exported(db, ("postgresql",))


@rule(
    "LOG-RDS-POSTGRES-QUERY-LOGGING",
    severity="low",
    on=DbInstance,
    family="logging",
    reads=(DbParameterGroup,),
    aliases={
        "checkov": "CKV2_AWS_30",
    },
)
def statements_not_recorded(db: DbInstance) -> Iterator[Finding | NotApplicable]:
    """PostgreSQL parameter groups record statements.

    Why: what changed the schema, or held everything up, cannot be found out afterwards.
    Fix: set the parameters `log_statement = ddl` (or `mod`) and `log_min_duration_statement`
    (milliseconds) in the parameter group.
    Source: RDS User Guide, "RDS for PostgreSQL database log files"; `none` and -1 by default.
    """
    if engine_of(db) != "postgres":
        yield not_applicable("the engine is not PostgreSQL")
        return
    for name, off in (("log_statement", "none"), ("log_min_duration_statement", "-1")):
        parameter = parameter_of(db, name)
        if parameter is None:
            at = parameter_group_link(db)
            yield db.finding(f"does not set the parameter {name}", at=at, key=name)
        elif parameter.value == off:
            yield parameter.finding(f"switches {name} off", at="value", key=name)


@rule(
    "LOG-RDS-PERFORMANCE-INSIGHTS",
    severity="low",
    on=(DbInstance, RdsClusterInstance),
    family="logging",
    production=True,
    reads=(DbInstance,),
    aliases={
        "checkov": "CKV_AWS_353",
        "trivy": "AWS-0133",
    },
)
def no_performance_insights(
    db: DbInstance | RdsClusterInstance,
) -> Finding | NotApplicable | None:
    """Performance Insights is on.

    Why: what the database was waiting for cannot be found out afterwards.
    Fix: set `performance_insights_enabled = true` and `performance_insights_kms_key_id`.
    Source: RDS API, DBInstance.PerformanceInsightsEnabled; provider default false. RDS User
    Guide, "Amazon RDS DB engine, Region, and instance class support for Performance Insights".
    """
    if db.performance_insights_enabled:
        return None
    if _too_small(db):
        return not_applicable("its instance class has no Performance Insights")
    return db.finding("has no Performance Insights", at="performance_insights_enabled")


@rule(
    "LOG-RDS-EVENTS-CLUSTER",
    severity="low",
    on=RdsCluster,
    family="logging",
    reads=(DbEventSubscription,),
    aliases={
        "prowler": "rds_cluster_critical_event_subscription",
    },
    frameworks={
        "fsbp": "RDS.19",
        "nist-800-53-r5": "CA-7 SI-2",
        "pci-dss-4": (
            "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 "
            "10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def cluster_events_untold(cluster: RdsCluster) -> Iterator[Finding]:
    """An event subscription covers critical cluster events.

    Why: failures and maintenance are noticed by those who use the database.
    Fix: add an `aws_db_event_subscription` with `source_type = "db-cluster"` and the categories.
    Source: RDS API, DescribeEventSubscriptions; without categories or sources it tells of all.
    """
    yield from _untold(cluster, "db-cluster", ("failure", "maintenance"))


@rule(
    "LOG-RDS-EVENTS-INSTANCE",
    severity="low",
    on=DbInstance,
    family="logging",
    reads=(DbEventSubscription,),
    aliases={
        "prowler": "rds_instance_critical_event_subscription",
    },
    frameworks={
        "fsbp": "RDS.20",
        "nist-800-53-r5": "CA-7 SI-2",
        "pci-dss-4": (
            "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 "
            "10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def instance_events_untold(db: DbInstance) -> Iterator[Finding]:
    """An event subscription covers critical instance events.

    Why: failures, changes and maintenance are noticed by those who use the database.
    Fix: add an `aws_db_event_subscription` with `source_type = "db-instance"` and the categories.
    Source: RDS API, DescribeEventSubscriptions; without categories or sources it tells of all.
    """
    categories = ("configuration change", "failure", "maintenance")
    yield from _untold(db, "db-instance", categories)


@rule(
    "LOG-RDS-EVENTS-PARAMETER-GROUP",
    severity="low",
    on=DbParameterGroup,
    family="logging",
    reads=(DbEventSubscription,),
    aliases={
        "prowler": "rds_instance_event_subscription_parameter_groups",
    },
    frameworks={
        "fsbp": "RDS.21",
        "nist-800-53-r5": "CA-7 SI-2",
        "pci-dss-4": (
            "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 "
            "10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def parameter_changes_untold(group: DbParameterGroup) -> Iterator[Finding | NotApplicable]:
    """An event subscription covers parameter group changes.

    Why: a parameter that switches TLS or logging off goes unnoticed.
    Fix: add an `aws_db_event_subscription` with `source_type = "db-parameter-group"`.
    Source: RDS API, DescribeEventSubscriptions; without categories or sources it tells of all.
    """
    if isinstance(group.name, str) and group.name.startswith("default."):
        yield not_applicable("a default group cannot be changed")
        return
    yield from _untold(group, "db-parameter-group", ("configuration change",))


@rule(
    "LOG-RDS-EVENTS-SECURITY-GROUP",
    severity="low",
    on=DbEventSubscription,
    family="logging",
    aliases={
        "prowler": "rds_instance_event_subscription_security_groups",
    },
    frameworks={
        "fsbp": "RDS.22",
        "nist-800-53-r5": "CA-7 SI-2",
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 "
            "10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 10.3.1 10.6.3 A1.1.3 A1.2.1"
        ),
    },
)
def security_group_events_untold(
    subscription: DbEventSubscription,
) -> Iterator[Finding | NotApplicable]:
    """An event subscription covers DB security group events.

    Why: a subscription that leaves a category out hides what opened the database.
    Fix: list `configuration change` and `failure` in `event_categories`, or none for all.
    Source: RDS API, DescribeEventSubscriptions. DB security groups went with EC2-Classic: there
    is nothing left to ask for a subscription, so only those that exist are judged, as in RDS.22.
    """
    if subscription.source_type != "db-security-group":
        yield not_applicable("it is not about DB security groups")
        return
    for category in ("configuration change", "failure"):
        if not subscription.tells("db-security-group", category):
            yield subscription.finding(
                f"does not tell of {category} events", at="event_categories", key=category
            )


_LOGS = (
    ("postgres", ("postgresql", "upgrade")),
    ("mysql", ("audit", "error", "general", "slowquery")),
    ("mariadb", ("audit", "error", "general", "slowquery")),
    ("oracle", ("alert", "audit", "listener", "trace")),
    ("sqlserver-ex", ("error",)),  # Express has no agent
    ("sqlserver", ("agent", "error")),
    ("db2", ("diag.log", "notify.log")),
)


def _not_exported(db: DbInstance, logs: Sequence[str]) -> Iterator[Finding]:
    exported = db.enabled_cloudwatch_logs_exports
    for log in matching(logs, lambda log: log not in exported):
        yield db.finding(
            f"does not export its {log} log", at="enabled_cloudwatch_logs_exports", key=log
        )


_TOO_SMALL = tuple(
    f"db.{family}.{size}" for family in ("t2", "t3", "t4g") for size in ("micro", "small")
)


def _too_small(db: DbInstance | RdsClusterInstance) -> bool:
    """Whether the engine has no Performance Insights on the class."""
    engine = engine_of(db) if isinstance(db, DbInstance) else db.engine
    if engine in ("mysql", "mariadb"):
        return db.instance_class in _TOO_SMALL
    return engine == "aurora-mysql" and starts_with(db.instance_class, "db.t")


def _untold(
    source: DbInstance | RdsCluster | DbParameterGroup,
    source_type: str,
    categories: Sequence[str],
) -> Iterator[Finding]:
    """A finding for each category of events that no subscription in the region tells of."""

    def of_all(subscription: DbEventSubscription) -> bool:
        same = (subscription.region or source.region) == (source.region or subscription.region)
        return same and not subscription.source_ids

    def untold(category: str) -> bool:
        return not any_of(
            lambda: some(
                source.everything(DbEventSubscription),
                lambda s: all_of(lambda: s.tells(source_type, category), lambda: of_all(s)),
            ),
            lambda: some(
                source.related(DbEventSubscription), lambda s: s.tells(source_type, category)
            ),
        )

    for category in matching(categories, untold):
        yield source.finding(f"has nobody told of its {category} events", key=category)
