"""Whether AWS still offers the engine versions that databases run.

Source: RDS API reference, DescribeDBEngineVersions: DBEngineVersion.Status is `available` or
`deprecated`, and a version that is not offered any more is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.reader import Aws, reader
from auditor.resource import Resource, Str
from auditor.values import Unknown

DEPRECATED = "deprecated"


class RdsEngineVersion(Resource, tf="aws_rds_engine_version"):
    """An engine version in use. No Terraform resource: the type's name is known here only."""

    engine = Str()
    status = Str()
    version = Str()


@reader(
    yields=(RdsEngineVersion,),
    calls=(
        "rds.describe_db_instances",
        "rds.describe_db_clusters",
        "rds.describe_db_engine_versions",
    ),
)
def engine_versions(aws: Aws) -> Iterator[Resource]:
    """Each version that an instance or cluster runs, asked for once."""
    databases = [
        *aws.list("rds.describe_db_instances", "DBInstances"),
        *aws.list("rds.describe_db_clusters", "DBClusters"),
    ]
    used = {(item["Engine"], item.get("EngineVersion")) for item in databases}

    def read(pair: tuple[str, str]) -> Iterator[Resource]:
        engine, version = pair
        listed = aws.ask_all(
            "rds.describe_db_engine_versions",
            "DBEngineVersions",
            Engine=engine,
            EngineVersion=version,
            IncludeAll=True,
        )
        if not isinstance(listed, Unknown):
            listed = listed[0].get("Status", "available") if listed else DEPRECATED
        attributes = {"engine": engine, "version": version, "status": listed}
        yield aws.resource(RdsEngineVersion, f"{engine}:{version}", attributes)

    yield from aws.parallel(read, sorted(pair for pair in used if pair[1]))
