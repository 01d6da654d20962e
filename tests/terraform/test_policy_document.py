"""The JSON of `aws_iam_policy_document`, as a plan with provider 5.100.0 has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.terraform.policy_document import DocumentError, document
from auditor.values import Ref, Unknown


def principal(kind: str, *names: str) -> dict[str, Any]:
    return {"type": kind, "identifiers": list(names)}


def condition(variable: str, *values: str) -> dict[str, Any]:
    return {"test": "StringEquals", "variable": variable, "values": list(values)}


CONFIG = {
    "policy_id": "pid",
    "statement": [
        {
            "sid": "One",
            "actions": ["b:z", "s3:Get*", "s3:Put<>&"],
            "resources": ["arn:aws:s3:::a/&{aws:username}/*", "b"],
            "principals": [
                principal("AWS", "arn:a", "arn:z"),
                principal("AWS", "arn:m"),
                principal("Service", "ec2.amazonaws.com"),
            ],
            "condition": [
                condition("v", "b", "a"),
                condition("v", "c"),
                condition("m", "c1", "c2"),
                condition("m", "d1", "d0"),
                condition("w", "single"),
                condition("e"),
            ],
        },
        {"effect": "Deny", "not_resources": ["x"], "not_principals": [principal("*", "*")]},
        {"principals": [principal("*", "*", "x")], "actions": [""]},
    ],
}
MINIFIED = (
    r'{"Version":"2012-10-17","Id":"pid","Statement":[{"Sid":"One","Effect":"Allow",'
    r'"Action":["s3:Put\u003c\u003e\u0026","s3:Get*","b:z"],"Resource":["b",'
    r'"arn:aws:s3:::a/${aws:username}/*"],"Principal":{"AWS":["arn:m","arn:z","arn:a"],'
    r'"Service":"ec2.amazonaws.com"},"Condition":{"StringEquals":{"e":[],'
    r'"m":["d1","d0","c1","c2"],"v":["c","b","a"],"w":"single"}}},{"Effect":"Deny",'
    r'"NotResource":"x","NotPrincipal":"*"},{"Effect":"Allow","Action":"",'
    r'"Principal":{"*":["x","*"]}}]}'
)


def test_the_providers_own_text() -> None:
    text, minified = document(CONFIG)
    assert minified == MINIFIED
    assert isinstance(text, str)
    assert text.startswith(
        '{\n  "Version": "2012-10-17",\n  "Id": "pid",\n  "Statement": [\n    {\n'
    )
    assert json.loads(text) == json.loads(MINIFIED)


def test_nothing_at_all() -> None:
    assert document({}) == ('{\n  "Version": "2012-10-17"\n}', '{"Version":"2012-10-17"}')


def test_sources_and_overrides_merge_by_sid() -> None:
    source = {"Version": "2008-10-17", "Statement": [
        {"Sid": "S", "Action": ["z", "a"], "Resource": "*", "Effect": "Allow", "Principal": "*",
         "Condition": {"Bool": {"x": True}}, "Extra": 1}]}  # fmt: skip
    override = {"Statement": [{"Sid": "One", "Effect": "Deny", "NotAction": "q"}]}
    _, minified = document(
        {
            "source_policy_documents": [json.dumps(source), None],
            "statement": [{"sid": "One", "actions": ["a"]}, {"actions": ["b"]}],
            "override_policy_documents": [json.dumps(override)],
        }
    )
    assert minified == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Action":["z","a"],'
        '"Resource":"*","Principal":"*","Condition":{"Bool":{"x":"true"}}},'
        '{"Sid":"One","Effect":"Deny","NotAction":"q"},{"Effect":"Allow","Action":"b"}]}'
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"statement": [{"sid": "A"}, {"sid": "A"}]}, "duplicate Sid"),
        ({"source_policy_documents": ["{"]}, "merging source document 0"),
        ({"source_policy_documents": ['{"Statement": {}}']}, "cannot unmarshal object"),
        ({"version": "2008-10-17", "statement": [{"resources": ["&{a}"]}]}, "not supported"),
    ],
)
def test_what_the_provider_refuses(config: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        document(config)


ARN = Unknown([Ref("aws_s3_bucket.b", ("arn",))], exact=True)


def written(value: str | Unknown) -> str:
    parts = [value] if isinstance(value, str) else value.parts or (value,)
    return "".join(part if isinstance(part, str) else f"<{part.reason}>" for part in parts)


def test_holes_stand_where_something_is_not_known() -> None:
    _, minified = document(
        {
            "statement": [
                {
                    "actions": ["a", ARN, "b"],
                    "resources": [Unknown(ARN.refs, parts=(ARN, "/*"))],
                    "principals": Unknown([Ref("var.p")]),
                },
                {"actions": Unknown([Ref("var.x")], items=("s3:*",))},
            ]
        }
    )
    assert written(minified) == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Action":["b","a","<aws_s3_bucket.b.arn>"],"Resource":"<aws_s3_bucket.b.arn>/*",'
        '"Principal":<var.p>},{"Effect":"Allow","Action":["s3:*"<var.x>]}]}'
    )


def test_an_unknown_override_leaves_no_named_statement_certain() -> None:
    _, minified = document(
        {
            "statement": [{"sid": "A", "actions": ["a"]}, {"actions": ["b"]}],
            "override_policy_documents": [Unknown([Ref("var.over")])],
        }
    )
    assert written(minified) == (
        '{"Version":"2012-10-17","Statement":[<var.over>{"Effect":"Allow","Action":"b"}<var.over>]}'
    )
