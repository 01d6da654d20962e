"""IAM policies: customer managed ones, inline ones, and what they are attached to.

Sources: IAM API reference (GetAccountAuthorizationDetails), AWS provider 5.100.0 documentation of
`aws_iam_policy`, `aws_iam_*_policy`, `aws_iam_*_policy_attachment`, `aws_ssoadmin_*`.

Inline policies and attachments inside `aws_iam_role`, and the attachments that one
`aws_iam_policy_attachment` makes, become resources of their own (auditor.quirks.iam_inline).
Policies of AWS are never read: only what a customer wrote is judged by its content.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, reader
from auditor.dates import date_text
from auditor.policy import Policy
from auditor.resource import Json, Link, Links, Num, Resource, Str, StrMap
from auditor.values import Unknown, some

DETAILS = "iam.get_account_authorization_details"
"""Users, groups, roles and policies with all that hangs on them, in pages of many entities."""


class IamPolicy(Resource, tf="aws_iam_policy"):
    """A customer managed policy. The counts are of a live one."""

    identity = ("name",)
    attachment_count = Num(computed=True)
    description = Str(default="")
    name = Str(computed=True)
    path_ = Str(default="/")
    permissions_boundary_usage_count = Num(computed=True)
    policy = Json()
    tags = StrMap()


class IamRolePolicy(Resource, tf="aws_iam_role_policy"):
    """An inline policy of a role."""

    identity = ("role", "name")
    name = Str(computed=True)
    policy = Json()
    role = Link("aws_iam_role", by=("name",))


class IamUserPolicy(Resource, tf="aws_iam_user_policy"):
    """An inline policy of a user."""

    identity = ("user", "name")
    name = Str(computed=True)
    policy = Json()
    user = Link("aws_iam_user", by=("name",))


class IamGroupPolicy(Resource, tf="aws_iam_group_policy"):
    """An inline policy of a group."""

    identity = ("group", "name")
    group = Link("aws_iam_group", by=("name",))
    name = Str(computed=True)
    policy = Json()


class PermissionSetPolicy(Resource, tf="aws_ssoadmin_permission_set_inline_policy"):
    """The inline policy of an IAM Identity Center permission set (read from code only)."""

    inline_policy = Json()
    instance_arn = Str()
    permission_set_arn = Str()


class IamRolePolicyAttachment(Resource, tf="aws_iam_role_policy_attachment"):
    """A managed policy attached to a role."""

    identity = ("role", "policy_arn")
    policy_arn = Link("aws_iam_policy")
    role = Link("aws_iam_role", by=("name",))


class IamUserPolicyAttachment(Resource, tf="aws_iam_user_policy_attachment"):
    """A managed policy attached to a user."""

    identity = ("user", "policy_arn")
    policy_arn = Link("aws_iam_policy")
    user = Link("aws_iam_user", by=("name",))


class IamGroupPolicyAttachment(Resource, tf="aws_iam_group_policy_attachment"):
    """A managed policy attached to a group."""

    identity = ("group", "policy_arn")
    group = Link("aws_iam_group", by=("name",))
    policy_arn = Link("aws_iam_policy")


class IamPolicyAttachment(Resource, tf="aws_iam_policy_attachment"):
    """A managed policy attached to all of these and to nobody else (code only)."""

    groups = Links("aws_iam_group", by=("name",))
    name = Str()
    policy_arn = Link("aws_iam_policy")
    roles = Links("aws_iam_role", by=("name",))
    users = Links("aws_iam_user", by=("name",))


class PermissionSetAttachment(Resource, tf="aws_ssoadmin_managed_policy_attachment"):
    """A policy of AWS attached to a permission set (read from code only)."""

    instance_arn = Str()
    managed_policy_arn = Str()
    permission_set_arn = Str()


INLINE = (IamRolePolicy, IamUserPolicy, IamGroupPolicy, PermissionSetPolicy)
OWN_POLICIES = (IamPolicy, *INLINE)
"""All that holds the text of an identity policy that a customer wrote."""

ATTACHMENTS = (
    IamRolePolicyAttachment,
    IamUserPolicyAttachment,
    IamGroupPolicyAttachment,
    PermissionSetAttachment,
)


def text_argument(resource: Resource) -> str:
    """The argument that holds the policy's text."""
    return "inline_policy" if isinstance(resource, PermissionSetPolicy) else "policy"


def policy_of(resource: Resource) -> Policy:
    """The policy in one of `OWN_POLICIES`."""
    return Policy.parse(resource.get(text_argument(resource)))


def arn_argument(resource: Resource) -> str:
    """The argument of one of `ATTACHMENTS` that names the policy."""
    return "managed_policy_arn" if isinstance(resource, PermissionSetAttachment) else "policy_arn"


def attaches(resource: Resource, name: str) -> bool:
    """Whether an attachment attaches the policy of AWS with this name (`AdministratorAccess`).

    Such a policy's account is `aws`: a customer's policy of the same name is another one. Of an
    ARN with holes the known end decides; a reference to a policy of the configuration is no policy
    of AWS. Raises `Undetermined` where it cannot be told.
    """
    value = resource.get(arn_argument(resource))
    found = resource.model.data_source(value) if resource.model is not None else None
    if found is not None and found.type == "aws_iam_policy" and found.data.get("name") is not None:
        # Looked up by name among all: the provider refuses a name that a customer's has as well.
        return bool(found.data["name"] == name)
    if isinstance(value, Unknown) and value.one_of is not None:
        return some(value.one_of, lambda each: _is_policy_of_aws(each, name))
    return _is_policy_of_aws(value, name)


def _is_policy_of_aws(arn: Any, name: str) -> bool:
    if not isinstance(arn, str | Unknown):
        return False
    if isinstance(arn, str):
        fields = arn.split(":", 5)
        return len(fields) == 6 and fields[4] == "aws" and fields[5].rpartition("/")[2] == name
    if arn.exact and _is_in_code(arn.refs[0].address):
        return False
    end = arn.parts[-1] if arn.parts else arn
    if not isinstance(end, str):
        arn.undetermined()
    before, slash, last = end.rpartition("/")
    if last != name and (slash or not name.endswith(last)):
        return False
    if not slash or ":aws:policy" not in before:
        arn.undetermined()
    return True


def _is_in_code(address: str) -> bool:
    """Whether an address is that of a policy resource (a data source may be a policy of AWS)."""
    before, found, _ = f".{address}".rpartition(".aws_iam_policy.")
    return bool(found) and not before.endswith(".data")


# -- live ----------------------------------------------------------------------------------------


def document_text(document: Any) -> Any:
    """A policy document as JSON text: botocore decodes IAM's documents where it can."""
    return json.dumps(document) if isinstance(document, dict) else document


@reader(yields=(IamPolicy,), calls=(DETAILS,), scope=GLOBAL)
def own_policies(aws: Aws) -> Iterator[Resource]:
    """Customer managed policies with their default version (their tags are not in the reply)."""
    for item in aws.list(DETAILS, "Policies", Filter=["LocalManagedPolicy"]):
        yield aws.resource(
            IamPolicy,
            item["Arn"],
            {
                "arn": item["Arn"],
                "attachment_count": item.get("AttachmentCount"),
                "create_date": date_text(item.get("CreateDate")),
                "description": item.get("Description"),
                "name": item["Arn"].rpartition("/")[2],
                "path": item.get("Path"),
                "permissions_boundary_usage_count": item.get("PermissionsBoundaryUsageCount", 0),
                "policy": _default_version(item),
            },
        )


def _default_version(item: Mapping[str, Any]) -> Any:
    for version in item.get("PolicyVersionList", []):
        if version.get("IsDefaultVersion"):
            return document_text(version.get("Document"))
    return Unknown(because=f"the reply holds no default version of {item['Arn']}")
