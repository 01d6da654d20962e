"""AWS Systems Manager: parameters, documents, service settings.

Sources: SSM API reference (DescribeParameters, ListTagsForResource, ListDocuments, GetDocument,
DescribeDocumentPermission, GetServiceSetting), AWS provider 5.100.0 documentation. The value of a
parameter is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.json_tree import json_tree
from auditor.resource import Json, Link, Resource, Str, StrMap
from auditor.values import Undetermined, Unknown


class SsmParameter(Resource, tf="aws_ssm_parameter"):
    """A parameter. Only a `SecureString` is encrypted."""

    identity = ("name",)
    description = Str(default="")
    insecure_value = Str(computed=True)
    key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", by=("key_id", "name"))
    name = Str()
    tags = StrMap()
    tier = Str(computed=True)
    type_ = Str()
    value = Str(computed=True, sensitive=True)


class SsmDocument(Resource, tf="aws_ssm_document"):
    """A document that Systems Manager runs. permissions: `account_ids` it is shared with."""

    identity = ("name",)
    content = Json()
    document_format = Str(default="JSON")
    document_type = Str()
    name = Str()
    permissions = StrMap()
    tags = StrMap()


def session_inputs(document: SsmDocument) -> Any:
    """The `inputs` of a session document: a dict, or an `Unknown` that is asked as one.

    Raises `Undetermined` where the document cannot be read.
    """
    content = _parsed(document.content, str(document.document_format))
    if isinstance(content, Unknown):
        content.undetermined()
    inputs = content.get("inputs") if isinstance(content, dict) else None
    return inputs if isinstance(inputs, dict | Unknown) else {}


def is_given(value: Any) -> bool:
    """Whether an input names something. What a resource is called is never empty."""
    if isinstance(value, Unknown) and value.exact:
        is_variable = f".{value.refs[0].address}".rpartition(".")[0].endswith((".var", ".local"))
        return bool(value) if is_variable else True
    return bool(value)


def _parsed(content: Any, kind: str) -> Any:
    if kind != "YAML":
        return json_tree(content, "content")
    if not isinstance(content, str):
        return content
    import yaml

    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as fault:
        because = f"content is no YAML that can be read: {str(fault).splitlines()[0]}"
        raise Undetermined(Unknown(because=because)) from fault


class SsmServiceSetting(Resource, tf="aws_ssm_service_setting"):
    """A setting of Systems Manager in a region; it always has a value, AWS's at first."""

    setting_id = Str()
    setting_value = Str()

    def is_about(self, setting: str) -> bool:
        """Whether it is the setting of that id (which may be written as an ARN)."""
        given = self.setting_id
        if isinstance(given, Unknown):
            return bool(given == setting)
        return str(given).endswith(setting)


PUBLIC_SHARING = "/ssm/documents/console/public-sharing-permission"
AUTOMATION_LOGS = "/ssm/automation/customer-script-log-destination"


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(SsmParameter,),
    calls=("ssm.describe_parameters", TAGS),
    details={TAGS: ("tags",)},
)
def parameters(aws: Aws) -> Iterator[Resource]:
    """Parameters, without their values."""
    tags = tags_of(aws, "ssm:parameter")
    for item in aws.list("ssm.describe_parameters", "Parameters"):
        name = item["Name"]
        path = name if name.startswith("/") else f"/{name}"
        built = f"arn:{aws.partition}:ssm:{aws.region}:{aws.account_id}:parameter{path}"
        arn = item.get("ARN", built)
        yield aws.resource(
            SsmParameter,
            name,
            {
                "arn": arn,
                "description": item.get("Description"),
                # Values are secrets, or may be.
                "insecure_value": None,
                "key_id": item.get("KeyId"),
                "name": name,
                "tags": tags_at(tags, arn),
                "tier": item.get("Tier"),
                "type": item["Type"],
                "value": None,
            },
        )


_DOCUMENTS = "ssm.list_documents"
_OWN = [{"Key": "Owner", "Values": ["Self"]}]


@reader(
    yields=(SsmDocument,),
    calls=(_DOCUMENTS, "ssm.describe_document_permission", "ssm.get_document"),
)
def documents(aws: Aws) -> Iterator[Resource]:
    """The account's own documents, with whom they are shared with."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["Name"]
        shared = aws.ask("ssm.describe_document_permission", Name=name, PermissionType="Share")
        kind = item.get("DocumentFormat", "JSON")
        text = aws.ask("ssm.get_document", Name=name, DocumentFormat=kind)
        yield aws.resource(
            SsmDocument,
            name,
            {
                "arn": f"arn:{aws.partition}:ssm:{aws.region}:{aws.account_id}:document/{name}",
                "content": text["Content"],
                "document_format": kind,
                "document_type": item.get("DocumentType"),
                "name": name,
                "permissions": _permissions(shared),
                "tags": tag_map(item.get("Tags")),
            },
        )

    yield from aws.parallel(read, aws.list(_DOCUMENTS, "DocumentIdentifiers", Filters=_OWN))


def _permissions(reply: Any) -> Any:
    accounts = reply.get("AccountIds")
    if isinstance(accounts, Unknown):
        return accounts
    return {"type": "Share", "account_ids": ",".join(accounts)} if accounts else {}


@reader(yields=(SsmServiceSetting,), calls=("ssm.get_service_setting",))
def service_settings(aws: Aws) -> Iterator[Resource]:
    """The settings that rules ask for."""
    for setting in (PUBLIC_SHARING, AUTOMATION_LOGS):
        reply = aws.ask(
            "ssm.get_service_setting", SettingId=setting, absent=("ServiceSettingNotFound",)
        )
        found = {} if reply is None else reply["ServiceSetting"]
        arn = f"arn:{aws.partition}:ssm:{aws.region}:{aws.account_id}:servicesetting{setting}"
        yield aws.resource(
            SsmServiceSetting,
            setting,
            {"arn": arn, "setting_id": setting, "setting_value": found.get("SettingValue")},
        )
