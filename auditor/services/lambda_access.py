"""Who may invoke Lambda functions: permissions and function URLs.

Sources: Lambda API reference (GetPolicy, AddPermission, ListFunctionUrlConfigs), AWS provider
5.100.0 documentation of `aws_lambda_permission` and `aws_lambda_function_url`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Block, Bool, Link, Node, Num, Resource, Str, Strs
from auditor.services.lambda_functions import FUNCTION
from auditor.values import Unknown


class LambdaPermission(Resource, tf="aws_lambda_permission"):
    """A statement of a function's policy."""

    identity = ("function_name", "statement_id")
    action = Str()
    event_source_token = Str()
    function_name = Link(FUNCTION, by=("function_name", "qualified_arn", "invoke_arn"))
    function_url_auth_type = Str()
    principal = Str()
    principal_org_id = Str()
    qualifier = Str()
    source_account = Str()
    source_arn = Str()
    statement_id = Str(computed=True)


class Cors(Node):
    """Which web pages may call the function."""

    allow_credentials = Bool(default=False)
    allow_headers = Strs(unordered=True)
    allow_methods = Strs(unordered=True)
    allow_origins = Strs(unordered=True)
    expose_headers = Strs(unordered=True)
    max_age = Num()


class LambdaFunctionUrl(Resource, tf="aws_lambda_function_url"):
    """A public address of a function."""

    identity = ("function_name", "qualifier")
    authorization_type = Str()
    cors = Block(Cors)
    function_name = Link(FUNCTION, by=("function_name",))
    invoke_mode = Str(default="BUFFERED")
    qualifier = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(LambdaPermission,), calls=("lambda.list_functions", "lambda.get_policy"))
def permissions(aws: Aws) -> Iterator[Resource]:
    """The statements of each function's policy, a permission each, as Terraform has them."""

    def read(function: Mapping[str, Any]) -> Iterator[Resource]:
        name = function["FunctionName"]
        reply = aws.ask(
            "lambda.get_policy", FunctionName=name, absent=("ResourceNotFoundException",)
        )
        if isinstance(reply, Unknown):
            yield aws.resource(LambdaPermission, name, reply, named={"function_name": name})
        elif reply is not None:
            for id, attributes in permissions_of(name, reply["Policy"]):
                yield aws.resource(LambdaPermission, f"{name}/{id}", attributes)

    yield from aws.parallel(read, aws.list("lambda.list_functions", "Functions"))


def permissions_of(name: str, policy: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Statement id and attributes of the permission for each statement and principal.

    Conditions that `aws_lambda_permission` cannot say may narrow a statement: what they could
    stand for is then unknown.
    """
    statements = json.loads(policy).get("Statement", [])
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        if statement.get("Effect") != "Allow":
            continue
        id = statement.get("Sid") or str(index)
        principals = _principals(statement.get("Principal"))
        for position, principal in enumerate(principals):
            own_id = id if len(principals) == 1 else f"{id}/{position}"
            yield own_id, _permission(name, id, statement, principal)


def _principals(principal: Any) -> list[str]:
    if isinstance(principal, str):
        return [principal]
    found = [named for names in (principal or {}).values() for named in _list(names)]
    return found or ["*"]  # NotPrincipal: everybody but some


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_CONDITIONS = {
    "aws:sourcearn": "source_arn",
    "aws:sourceaccount": "source_account",
    "aws:principalorgid": "principal_org_id",
    "lambda:eventsourcetoken": "event_source_token",
    "lambda:functionurlauthtype": "function_url_auth_type",
}


def _permission(name: str, id: str, statement: Mapping[str, Any], principal: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "action": _list(statement.get("Action", "*"))[0],
        "function_name": name,
        "principal": principal,
        "qualifier": None,
        "statement_id": id,
        **dict.fromkeys(_CONDITIONS.values()),
    }
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            said = _CONDITIONS.get(key.lower())
            if said and operator in ("StringEquals", "ArnLike", "ArnEquals", "StringLike"):
                attributes[said] = _list(value)[0]
            else:
                because = f"the statement has a condition {operator} on {key}"
                attributes["source_arn"] = Unknown(because=because)
    return attributes


@reader(
    yields=(LambdaFunctionUrl,),
    calls=("lambda.list_functions", "lambda.list_function_url_configs"),
)
def function_urls(aws: Aws) -> Iterator[Resource]:
    """Addresses of functions and of their aliases."""

    def read(function: Mapping[str, Any]) -> Iterator[Resource]:
        name = function["FunctionName"]
        for item in aws.list(
            "lambda.list_function_url_configs", "FunctionUrlConfigs", FunctionName=name
        ):
            qualifier = next(iter(item["FunctionArn"].split(":")[7:]), None)
            yield aws.resource(
                LambdaFunctionUrl,
                name if qualifier is None else f"{name}/{qualifier}",
                {
                    "authorization_type": item.get("AuthType"),
                    "cors": [_cors(item["Cors"])] if item.get("Cors") else [],
                    "function_arn": item["FunctionArn"],
                    "function_name": name,
                    "function_url": item.get("FunctionUrl"),
                    "invoke_mode": item.get("InvokeMode"),
                    "qualifier": qualifier,
                },
            )

    yield from aws.parallel(read, aws.list("lambda.list_functions", "Functions"))


def _cors(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "allow_credentials": item.get("AllowCredentials", False),
        "allow_headers": item.get("AllowHeaders", []),
        "allow_methods": item.get("AllowMethods", []),
        "allow_origins": item.get("AllowOrigins", []),
        "expose_headers": item.get("ExposeHeaders", []),
        "max_age": item.get("MaxAge"),
    }
