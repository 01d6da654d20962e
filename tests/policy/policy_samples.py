"""Policies and holes for the tests of the policy reader."""

import json
import re

from auditor.policy import Policy
from auditor.values import Ref, Unknown


def hole(reference):
    """An unknown that is one reference: `hole("aws_s3_bucket.b.arn")`."""
    parts = reference.split(".")
    if parts[-2] in {"var"} or len(parts) == 2:
        return Unknown([Ref(reference)], exact=True)
    return Unknown([Ref(".".join(parts[:-1]), (parts[-1],))], exact=True)


def text(template):
    """A string with holes: `text("arn:aws:s3:::<var.name>/*")`."""
    pieces = re.split(r"<([\w.]+)>", template)
    parts = tuple(hole(p) if i % 2 else p for i, p in enumerate(pieces) if i % 2 or p)
    if all(isinstance(part, str) for part in parts):
        return template
    refs = [ref for part in parts if isinstance(part, Unknown) for ref in part.refs]
    return Unknown(refs, parts=parts)


def policy(*statements, version="2012-10-17"):
    """A policy of statements given as dicts; `<reference>` in a string is a hole."""
    document = {"Version": version, "Statement": list(statements)}
    return Policy.parse(text(json.dumps(document)))


def allow(action="s3:GetObject", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:*", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return statement | ({"Condition": condition} if condition else {})


def labels(statements):
    return [statement.label for statement in statements]
