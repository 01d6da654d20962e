"""The account itself, as a resource: what rules about the whole account judge."""

from __future__ import annotations

from auditor.resource import Resource, Str, Strs


class Account(Resource, tf="aws_account"):
    """One AWS account as it was read. There is exactly one in each model of a live account.

    It is no Terraform resource: `aws_account` is the type's name here only. `regions` are those
    that were read.
    """

    identity = ("account_id",)
    account_id = Str()
    partition = Str()
    regions = Strs(unordered=True)
