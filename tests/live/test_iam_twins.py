"""IAM, KMS, secrets and the security services: the emulated account gets the verdicts of code.

moto keeps no dates of use, makes credential reports of 2015, has no row for root, no service
settings and no Access Analyzer: what hangs on those is driven with recorded replies in
test_iam_readers.py, or with models in tests/rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.backups import kms as kms_deletion
from auditor.rules.encryption import kms as kms_rotation
from auditor.rules.encryption import secretsmanager as secret_keys
from auditor.rules.encryption import ssm as ssm_keys
from auditor.rules.iam import aws_config as config_role
from auditor.rules.iam import (
    credentials,
    password_policy,
    policies,
    policy_attachments,
    policy_dangers,
    roles,
    users,
)
from auditor.rules.iam import kms as kms_policies
from auditor.rules.iam import secretsmanager as secret_policies
from auditor.rules.iam import ssm as ssm_sharing
from auditor.rules.logging import aws_config, guardduty
from auditor.rules.logging import ssm as ssm_logs
from auditor.rules.operations import kms as kms_operations
from auditor.rules.secrets import secretsmanager as secret_rotation
from auditor.rules.secrets import ssm as ssm_secrets

from auditor.testing import check_twins, judge_live

pytestmark = pytest.mark.emulator

Make = Callable[[Any], object]


def document(action: Any, resource: Any = "*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


OWN = {"AWS": "arn:aws:iam::123456789012:role/deploy"}
BACKUP = {"Service": "backup.amazonaws.com"}
SOURCE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
READ_OBJECTS = document("s3:GetObject", "arn:aws:s3:::assets/*")


def managed(text: str) -> Make:
    return lambda client: client("iam").create_policy(PolicyName="p", PolicyDocument=text)


def role(text: str, **more: Any) -> Make:
    return lambda client: client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=text, **more
    )


def inline(text: str) -> Make:
    def make(client: Any) -> None:
        role(trust(OWN))(client)
        client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text)

    return make


def user(*steps: Callable[[Any], object]) -> Make:
    def make(client: Any) -> None:
        iam = client("iam")
        iam.create_user(UserName="u")
        iam.create_group(GroupName="g")
        for step in steps:
            step(iam)

    return make


def in_group(iam: Any) -> None:
    iam.add_user_to_group(GroupName="g", UserName="u")


def one_key(iam: Any) -> None:
    iam.create_access_key(UserName="u")


def password(iam: Any) -> None:
    iam.create_login_profile(UserName="u", Password="Abc!12345678")


def mfa(iam: Any) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="d")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="u",
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )


def group_policy(text: str) -> Callable[[Any], object]:
    return lambda iam: iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=text)


ASKS_MFA = document("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})


def passwords(**policy: Any) -> Make:
    return lambda client: client("iam").update_account_password_policy(**policy)


def nothing(client: Any) -> None:
    """An account as AWS makes it."""


STRONG = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
}

IAM = [
    (policies.managed_policy_of_an_administrator, managed(document("*")), managed(READ_OBJECTS)),
    (policies.inline_policy_of_an_administrator, inline(document("*")), inline(READ_OBJECTS)),
    (policies.every_action_of_a_service, inline(document("s3:*")), inline(READ_OBJECTS)),
    (policies.actions_on_every_resource, inline(document("s3:GetObject")), inline(READ_OBJECTS)),
    (
        policy_dangers.ways_to_more_permissions,
        managed(document(["iam:PassRole", "ec2:RunInstances"])),
        managed(READ_OBJECTS),
    ),
    (policy_dangers.data_of_everything, inline(document("s3:GetObject")), inline(READ_OBJECTS)),
    (roles.role_for_anyone, role(trust("*")), role(trust(OWN))),
    (
        roles.role_for_a_whole_account,
        role(trust({"AWS": "arn:aws:iam::123456789012:root"})),
        role(trust(OWN)),
    ),
    (
        roles.role_for_a_service_without_source,
        role(trust(BACKUP)),
        role(trust(BACKUP, Condition=SOURCE)),
    ),
    (users.two_active_keys, user(one_key, one_key), user(one_key)),
    (users.user_in_no_group, user(), user(in_group)),
    (users.group_empty, user(), user(in_group)),
    (
        users.group_without_mfa,
        user(group_policy(READ_OBJECTS)),
        user(group_policy(ASKS_MFA)),
    ),
    (users.user_with_console_password, user(password), user()),
    (credentials.console_without_mfa, user(password), user(password, mfa)),
    (credentials.user_without_mfa, user(), user(mfa)),
    (password_policy.passwords_short, nothing, passwords(**STRONG)),
    (password_policy.passwords_short, passwords(RequireSymbols=True), passwords(**STRONG)),
    (password_policy.passwords_reused, passwords(RequireSymbols=True), passwords(**STRONG)),
    (password_policy.passwords_never_expire, passwords(RequireSymbols=True), passwords(**STRONG)),
    (password_policy.passwords_weak, passwords(RequireSymbols=True), passwords(**STRONG)),
]


def key(*steps: Callable[[Any, str], object], **arguments: Any) -> Make:
    def make(client: Any) -> None:
        kms = client("kms")
        made = kms.create_key(**arguments)["KeyMetadata"]["KeyId"]
        for step in steps:
            step(kms, made)

    return make


def rotates(kms: Any, made: str) -> None:
    kms.enable_key_rotation(KeyId=made)


def disabled(kms: Any, made: str) -> None:
    kms.disable_key(KeyId=made)


def ending(kms: Any, made: str) -> None:
    kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=30)


ANYONE = document("*", Principal="*")
PINNED = document("*", Principal={"AWS": "arn:aws:iam::123456789012:root"})


def secret(*steps: Callable[[Any], object], **arguments: Any) -> Make:
    def make(client: Any) -> None:
        secrets = client("secretsmanager")
        secrets.create_secret(Name="s", SecretString="x", **arguments)
        for step in steps:
            step(secrets)

    return make


def secret_policy(text: str) -> Callable[[Any], object]:
    return lambda secrets: secrets.put_resource_policy(SecretId="s", ResourcePolicy=text)


def parameter(**arguments: Any) -> Make:
    return lambda client: client("ssm").put_parameter(Name="/app/password", Value="v", **arguments)


def session(*steps: Callable[[Any], object], **inputs: Any) -> Make:
    def make(client: Any) -> None:
        ssm = client("ssm")
        content = json.dumps({"schemaVersion": "1.0", "inputs": inputs})
        ssm.create_document(Name="session-shell", Content=content, DocumentType="Session")
        for step in steps:
            step(ssm)

    return make


def shared(with_whom: str) -> Callable[[Any], object]:
    return lambda ssm: ssm.modify_document_permission(
        Name="session-shell", PermissionType="Share", AccountIdsToAdd=[with_whom]
    )


def detector(enabled: bool, status: str = "ENABLED") -> Make:
    return lambda client: client("guardduty").create_detector(
        Enable=enabled, Features=[{"Name": "S3_DATA_EVENTS", "Status": status}]
    )


LINKED = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


def recorder(*, on: bool = True, everything: bool = True, role: str = LINKED) -> Make:
    def make(client: Any) -> None:
        place = {"LocationConstraint": "eu-west-1"}
        client("s3").create_bucket(Bucket="records", CreateBucketConfiguration=place)
        config = client("config")
        group = {"allSupported": everything, "includeGlobalResourceTypes": everything}
        types = {} if everything else {"resourceTypes": ["AWS::EC2::Instance"]}
        config.put_configuration_recorder(
            ConfigurationRecorder={
                "name": "default",
                "roleARN": f"arn:aws:iam::123456789012:role/{role}",
                "recordingGroup": {**group, **types},
            }
        )
        channel = {"name": "default", "s3BucketName": "records"}
        config.put_delivery_channel(DeliveryChannel=channel)
        if on:
            config.start_configuration_recorder(ConfigurationRecorderName="default")

    return make


OTHERS = [
    (kms_rotation.key_not_rotated, key(), key(rotates)),
    (kms_deletion.key_to_be_deleted, key(ending), key()),
    (kms_operations.key_disabled, key(disabled), key()),
    (kms_operations.key_of_many_regions, key(MultiRegion=True), key()),
    (kms_policies.key_for_anyone, key(Policy=ANYONE), key(Policy=PINNED)),
    (secret_keys.secret_without_own_key, secret(), secret(KmsKeyId="alias/mine")),
    (
        secret_policies.secret_for_anyone,
        secret(secret_policy(ANYONE)),
        secret(secret_policy(PINNED)),
    ),
    (
        ssm_secrets.secret_in_plain_parameter,
        parameter(Type="String"),
        parameter(Type="SecureString"),
    ),
    (
        ssm_keys.parameter_without_own_key,
        parameter(Type="SecureString"),
        parameter(Type="SecureString", KeyId="alias/mine"),
    ),
    (ssm_keys.session_without_key, session(), session(kmsKeyId="alias/sessions")),
    (
        ssm_logs.session_not_logged,
        session(s3BucketName="b"),
        session(s3BucketName="b", s3EncryptionEnabled=True),
    ),
    (
        ssm_sharing.document_for_everybody,
        session(shared("all")),
        session(shared("111122223333")),
    ),
    (guardduty.guardduty_off, nothing, detector(True)),
    (guardduty.guardduty_off, detector(False), detector(True)),
    (guardduty.s3_not_watched, detector(True, "DISABLED"), detector(True)),
    (aws_config.config_not_recording, nothing, recorder()),
    (aws_config.config_not_recording, recorder(on=False), recorder()),
    (aws_config.config_records_a_part, recorder(everything=False), recorder()),
    (config_role.config_with_role_of_its_own, recorder(role="mine"), recorder()),
]


@pytest.mark.parametrize(
    ("rule", "bad", "good"), [pytest.param(*row, id=row[0].id) for row in [*IAM, *OTHERS]]
)
def test_twins(rule: Any, bad: Make, good: Make, moto_server: Any, make_client: Any) -> None:
    check_twins(
        rule,
        moto_server.url,
        bad=lambda: bad(make_client),
        good=lambda: good(make_client),
        reset=moto_server.reset,
    )


def test_policies_of_aws_are_not_judged_by_their_text(
    aws_client: Callable[..., Any], aws_endpoint: str
) -> None:
    iam = aws_client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(OWN))
    own = iam.create_policy(PolicyName="AdministratorAccess", PolicyDocument=READ_OBJECTS)
    iam.attach_role_policy(RoleName="r", PolicyArn=own["Policy"]["Arn"])
    found = judge_live(policies.managed_policy_of_an_administrator, aws_endpoint)
    assert [(v.resource and v.resource.address, v.status) for v in found] == [
        ("aws_iam_policy.arn:aws:iam::123456789012:policy/AdministratorAccess", "pass")
    ]
    attached = judge_live(policy_attachments.administrator_attached, aws_endpoint)
    assert [v.status for v in attached] == ["pass"]


def test_secrets_that_do_not_rotate(aws_client: Callable[..., Any], aws_endpoint: str) -> None:
    aws_client("secretsmanager").create_secret(Name="s", SecretString="x")
    found = judge_live(secret_rotation.secret_not_rotated, aws_endpoint)
    assert [v.status for v in found] == ["fail"]
