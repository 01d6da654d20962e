"""RDS Proxy.

Sources: RDS API reference, DescribeDBProxies; AWS provider 5.100.0 documentation of
`aws_db_proxy`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.reader import Aws, reader
from auditor.resource import Blocks, Bool, Link, Links, Node, Num, Resource, Str, StrMap


class ProxyAuth(Node):
    """How clients of a proxy sign in, and with which secret the proxy does."""

    auth_scheme = Str()
    client_password_auth_type = Str(computed=True)
    iam_auth = Str()
    secret_arn = Link("aws_secretsmanager_secret")


class DbProxy(Resource, tf="aws_db_proxy"):
    """A proxy that pools connections to databases."""

    identity = ("name",)
    auth = Blocks(ProxyAuth, unordered=True)
    debug_logging = Bool(default=False)
    engine_family = Str()
    idle_client_timeout = Num(computed=True)
    name = Str()
    require_tls = Bool(default=False)
    role_arn = Link("aws_iam_role")
    tags = StrMap()
    vpc_security_group_ids = Links("aws_security_group", computed=True)
    vpc_subnet_ids = Links("aws_subnet")


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(DbProxy,), calls=("rds.describe_db_proxies",))
def db_proxies(aws: Aws) -> Iterator[Resource]:
    """Proxies (their tags are not in the reply)."""
    for item in aws.list("rds.describe_db_proxies", "DBProxies"):
        attributes = {
            "arn": item.get("DBProxyArn"),
            "auth": [
                {
                    "auth_scheme": auth.get("AuthScheme"),
                    "client_password_auth_type": auth.get("ClientPasswordAuthType"),
                    "iam_auth": auth.get("IAMAuth"),
                    "secret_arn": auth.get("SecretArn"),
                }
                for auth in item.get("Auth", [])
            ],
            "debug_logging": item.get("DebugLogging", False),
            "engine_family": item.get("EngineFamily"),
            "idle_client_timeout": item.get("IdleClientTimeout"),
            "name": item["DBProxyName"],
            "require_tls": item.get("RequireTLS", False),
            "role_arn": item.get("RoleArn"),
            "vpc_security_group_ids": item.get("VpcSecurityGroupIds", []),
            "vpc_subnet_ids": item.get("VpcSubnetIds", []),
        }
        yield aws.resource(DbProxy, item["DBProxyName"], attributes)
