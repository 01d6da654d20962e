"""IAM users, groups and roles.

Sources: IAM API reference (GetAccountAuthorizationDetails, ListRoles, ListInstanceProfiles), AWS
provider 5.100.0 documentation of `aws_iam_user`, `aws_iam_group`, `aws_iam_role`, their
memberships and `aws_iam_instance_profile`.

One paged call gives all users (groups, roles) with their inline policies, attachments, groups,
tags and last use. Its `Filter` keeps each reader to its own kind, so that what no rule asks for is
not read, and the pages of one kind cannot hide an end of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, reader, tag_map
from auditor.dates import date_text, now_text
from auditor.resource import Bool, Json, Link, Links, Num, Resource, Str, StrMap
from auditor.services.iam_policies import (
    DETAILS,
    IamGroupPolicy,
    IamGroupPolicyAttachment,
    IamRolePolicy,
    IamRolePolicyAttachment,
    IamUserPolicy,
    IamUserPolicyAttachment,
    document_text,
)
from auditor.values import Unknown


class IamUser(Resource, tf="aws_iam_user"):
    """A user."""

    identity = ("name",)
    force_destroy = Bool(default=False)
    name = Str()
    path_ = Str(default="/")
    permissions_boundary = Link("aws_iam_policy")
    tags = StrMap()


class IamGroup(Resource, tf="aws_iam_group"):
    """A group of users."""

    identity = ("name",)
    name = Str()
    path_ = Str(default="/")


class IamUserGroupMembership(Resource, tf="aws_iam_user_group_membership"):
    """Groups that a user is in. A live one holds all of the user's."""

    identity = ("user",)
    groups = Links("aws_iam_group", by=("name",))
    user = Link("aws_iam_user", by=("name",))


class IamGroupMembership(Resource, tf="aws_iam_group_membership"):
    """Users that are in a group (code only; the account says it by user)."""

    group = Link("aws_iam_group", by=("name",))
    name = Str()
    users = Links("aws_iam_user", by=("name",))


class IamRole(Resource, tf="aws_iam_role"):
    """A role.

    last_used_date: of a live one; `None` when it was not used in the last 400 days. read_at: when
    it was read.
    """

    identity = ("name",)
    assume_role_policy = Json()
    create_date = Str(computed=True)
    description = Str(default="")
    force_detach_policies = Bool(default=False)
    last_used_date = Str()
    max_session_duration = Num(default=3600)
    name = Str(computed=True)
    path_ = Str(default="/")
    permissions_boundary = Link("aws_iam_policy")
    read_at = Str(computed=True)
    tags = StrMap()

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS made it for a service or Identity Center, and alone can change its trust."""
        return str(self.path_).startswith(("/aws-service-role/", "/aws-reserved/"))


class IamInstanceProfile(Resource, tf="aws_iam_instance_profile"):
    """What gives an instance its role."""

    identity = ("name",)
    name = Str(computed=True)
    path_ = Str(default="/")
    role = Link("aws_iam_role", by=("name",))
    tags = StrMap()


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(IamUser, IamUserPolicy, IamUserPolicyAttachment, IamUserGroupMembership),
    calls=(DETAILS,),
    scope=GLOBAL,
)
def users(aws: Aws) -> Iterator[Resource]:
    """Users with their inline policies, attachments and groups."""
    for item in aws.list(DETAILS, "UserDetailList", Filter=["User"]):
        name = item["UserName"]
        yield aws.resource(
            IamUser,
            name,
            {**_common(item, name), "force_destroy": None, "tags": tag_map(item.get("Tags"))},
        )
        for policy in item.get("UserPolicyList", []):
            yield aws.resource(
                IamUserPolicy, f"{name}:{policy['PolicyName']}", {"user": name, **_inline(policy)}
            )
        for arn in _attached(item):
            attached = {"user": name, "policy_arn": arn}
            yield aws.resource(IamUserPolicyAttachment, f"{name}/{arn}", attached)
        groups = item.get("GroupList", [])
        if groups:
            member = {"user": name, "groups": groups}
            yield aws.resource(IamUserGroupMembership, "/".join((name, *groups)), member)


@reader(yields=(IamGroup, IamGroupPolicy, IamGroupPolicyAttachment), calls=(DETAILS,), scope=GLOBAL)
def groups(aws: Aws) -> Iterator[Resource]:
    """Groups with their inline policies and attachments."""
    for item in aws.list(DETAILS, "GroupDetailList", Filter=["Group"]):
        name = item["GroupName"]
        about = _common(item, name)
        yield aws.resource(
            IamGroup, name, {key: about[key] for key in ("arn", "name", "path", "unique_id")}
        )
        for policy in item.get("GroupPolicyList", []):
            yield aws.resource(
                IamGroupPolicy,
                f"{name}:{policy['PolicyName']}",
                {"group": name, **_inline(policy)},
            )
        for arn in _attached(item):
            attached = {"group": name, "policy_arn": arn}
            yield aws.resource(IamGroupPolicyAttachment, f"{name}/{arn}", attached)


@reader(
    yields=(IamRole, IamRolePolicy, IamRolePolicyAttachment),
    calls=(DETAILS, "iam.list_roles"),
    scope=GLOBAL,
)
def roles(aws: Aws) -> Iterator[Resource]:
    """Roles with their inline policies and attachments.

    Description and session length are in no other paged call than ListRoles.
    """
    listed = _listed_roles(aws)
    read_at = now_text()
    for item in aws.list(DETAILS, "RoleDetailList", Filter=["Role"]):
        name = item["RoleName"]
        about = listed if isinstance(listed, Unknown) else listed.get(name, {})
        yield aws.resource(IamRole, name, {**_role(item, about), "read_at": read_at})
        for policy in item.get("RolePolicyList", []):
            yield aws.resource(
                IamRolePolicy, f"{name}:{policy['PolicyName']}", {"role": name, **_inline(policy)}
            )
        for arn in _attached(item):
            attached = {"role": name, "policy_arn": arn}
            yield aws.resource(IamRolePolicyAttachment, f"{name}/{arn}", attached)


def _listed_roles(aws: Aws) -> Any:
    reply = aws.ask_all("iam.list_roles", "Roles")
    return reply if isinstance(reply, Unknown) else {role["RoleName"]: role for role in reply}


def _role(item: Mapping[str, Any], listed: Any) -> dict[str, Any]:
    return {
        **_common(item, item["RoleName"]),
        "assume_role_policy": document_text(item.get("AssumeRolePolicyDocument")),
        "create_date": date_text(item.get("CreateDate")),
        "description": listed.get("Description"),
        # Only a configuration says it.
        "force_detach_policies": None,
        "last_used_date": date_text(item.get("RoleLastUsed", {}).get("LastUsedDate")),
        "max_session_duration": listed.get("MaxSessionDuration"),
        "tags": tag_map(item.get("Tags")),
    }


def _common(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    boundary = item.get("PermissionsBoundary") or {}
    unique = item.get("UserId") or item.get("GroupId") or item.get("RoleId")
    return {
        "arn": item["Arn"],
        "name": name,
        "path": item.get("Path"),
        "permissions_boundary": boundary.get("PermissionsBoundaryArn"),
        "unique_id": unique,
    }


def _inline(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": policy["PolicyName"],
        "policy": document_text(policy.get("PolicyDocument")),
    }


def _attached(item: Mapping[str, Any]) -> list[str]:
    return [policy["PolicyArn"] for policy in item.get("AttachedManagedPolicies", [])]


@reader(yields=(IamInstanceProfile,), calls=("iam.list_instance_profiles",), scope=GLOBAL)
def instance_profiles(aws: Aws) -> Iterator[Resource]:
    """Instance profiles, those without a role too (their tags are not in the reply)."""
    for item in aws.list("iam.list_instance_profiles", "InstanceProfiles"):
        held = item.get("Roles", [])
        yield aws.resource(
            IamInstanceProfile,
            item["InstanceProfileName"],
            {
                "arn": item["Arn"],
                "name": item["InstanceProfileName"],
                "path": item.get("Path"),
                "role": held[0]["RoleName"] if held else None,
            },
        )
