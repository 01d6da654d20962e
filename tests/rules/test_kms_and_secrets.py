"""KMS keys, secrets and parameters."""

import pytest
from auditor.rules.backups import kms as kms_deletion
from auditor.rules.backups import secretsmanager as secret_deletion
from auditor.rules.encryption import kms as kms_rotation
from auditor.rules.encryption import secretsmanager as secret_keys
from auditor.rules.encryption import ssm as ssm_keys
from auditor.rules.iam import kms as kms_policies
from auditor.rules.iam import secretsmanager as secret_policies
from auditor.rules.iam import ssm as ssm_sharing
from auditor.rules.logging import ssm as ssm_logs
from auditor.rules.operations import kms as kms_operations
from auditor.rules.secrets import secretsmanager as secret_rotation
from auditor.rules.secrets import ssm as ssm_secrets

from auditor.engine import evaluate
from auditor.model import Model
from auditor.resource import Resource
from auditor.testing import check_rule, judge_code
from auditor.values import Ref, Unknown

FLAG = 'variable "x" { type = bool }\n'
TEXT = 'variable "x" { type = string }\n'
NUMBER = 'variable "x" { type = number }\n'


def key(arguments: str = "") -> str:
    return f'resource "aws_kms_key" "k" {{\n{arguments}\n}}\n'


def test_keys_rotate():
    check_rule(
        kms_rotation.key_not_rotated,
        bad=key(),
        good=key("enable_key_rotation = true"),
        unknown=FLAG + key("enable_key_rotation = var.x"),
        not_for=key('customer_master_key_spec = "RSA_2048"\nkey_usage = "SIGN_VERIFY"'),
        at="enable_key_rotation",
    )


def test_a_key_that_rotates_is_sound_whatever_its_spec():
    text = TEXT + key("enable_key_rotation = true\ncustomer_master_key_spec = var.x")
    assert [v.status for v in judge_code(kms_rotation.key_not_rotated, text)] == ["pass"]


def test_deletion_window():
    check_rule(
        kms_deletion.deletion_window_short,
        bad=key("deletion_window_in_days = 7"),
        good=key(),
        unknown=NUMBER + key("deletion_window_in_days = var.x"),
        at="deletion_window_in_days",
    )


def test_keys_are_enabled_and_of_one_region():
    check_rule(
        kms_operations.key_disabled,
        bad=key("is_enabled = false"),
        good=key(),
        unknown=FLAG + key("is_enabled = var.x"),
        at="is_enabled",
    )
    check_rule(
        kms_operations.key_of_many_regions,
        bad=key("multi_region = true"),
        good=key(),
        unknown=FLAG + key("multi_region = var.x"),
        at="multi_region",
    )


def statement(principal: str, more: str = "") -> str:
    return f"""jsonencode({{
      Statement = [{{
        Effect = "Allow", Action = "*", Resource = "*", Principal = {principal} {more}
      }}]
    }})"""


ANYONE = statement('"*"')
OWN = statement('{ AWS = "arn:aws:iam::111122223333:root" }')
BY_S3 = ', Condition = { StringEquals = { "kms:CallerAccount" = "111122223333" } }'


@pytest.mark.parametrize(
    "write",
    [
        lambda policy: key(f"policy = {policy}"),
        lambda policy: (
            key() + f'resource "aws_kms_key_policy" "p" {{\n'
            f" key_id = aws_kms_key.k.id\n policy = {policy}\n}}"
        ),
    ],
)
def test_key_policies_wherever_they_are_written(write):
    check_rule(
        kms_policies.key_for_anyone,
        bad=write(ANYONE),
        good=write(OWN),
        unknown=TEXT + write("var.x"),
        at="policy",
    )
    check_rule(kms_policies.key_policy_left_to_aws, bad=key(), good=write(OWN), at="policy")


def test_a_caller_account_pins_a_key_policy():
    text = key(f"policy = {statement(chr(34) + '*' + chr(34), BY_S3)}")
    assert [v.status for v in judge_code(kms_policies.key_for_anyone, text)] == ["pass"]


def test_a_policy_that_a_plan_leaves_to_aws_is_not_there():
    from auditor.quirks import settle

    itself = Unknown((Ref("aws_kms_key.k", ("policy",)),), exact=True)
    model = settle(Model([Resource("aws_kms_key.k", "aws_kms_key", {"policy": itself})]))
    assert "aws_kms_key_policy" not in model.by_type


def test_a_policy_that_a_state_repeats_in_the_key_is_said_once():
    from auditor.quirks import settle

    owner = Resource("aws_kms_key.k", "aws_kms_key", {"id": "abc", "key_id": "abc", "policy": "{}"})
    beside = Resource(
        "aws_kms_key_policy.p", "aws_kms_key_policy", {"id": "abc", "key_id": "abc", "policy": "{}"}
    )
    model = settle(Model([owner, beside], source="state"))
    assert [r.address for r in model.by_type["aws_kms_key_policy"]] == ["aws_kms_key_policy.p"]


@pytest.mark.parametrize(("state", "status"), [("PendingDeletion", "fail"), ("Enabled", "pass")])
def test_keys_to_be_deleted(state, status):
    resource = Resource("aws_kms_key.k", "aws_kms_key", {"key_state": state}, source="live")
    (verdict,) = evaluate([kms_deletion.key_to_be_deleted], Model([resource], source="live"))
    assert verdict.status == status


# -- secrets ---------------------------------------------------------------------------------------


def secret(arguments: str = "") -> str:
    return f'resource "aws_secretsmanager_secret" "s" {{\n name = "s"\n{arguments}\n}}\n'


def rotation(rules: str) -> str:
    return secret() + (
        'resource "aws_secretsmanager_secret_rotation" "r" {\n'
        " secret_id = aws_secretsmanager_secret.s.id\n"
        f" rotation_rules {{\n {rules}\n }}\n}}"
    )


def test_secrets_rotate():
    check_rule(
        secret_rotation.secret_not_rotated,
        bad=secret(),
        good=rotation("automatically_after_days = 30"),
        unknown=NUMBER
        + rotation("automatically_after_days = 30").replace(
            "secret_id", "count = var.x\n secret_id"
        ),
    )


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ("automatically_after_days = 90", "pass"),
        ("automatically_after_days = 91", "fail"),
        ('schedule_expression = "rate(10 days)"', "pass"),
        ('schedule_expression = "rate(4 hours)"', "pass"),
        ('schedule_expression = "rate(365 days)"', "fail"),
        ('schedule_expression = "cron(0 16 1 * ? *)"', "pass"),
        ('schedule_expression = "cron(0 16 1 1/2 ? *)"', "pass"),
        ('schedule_expression = "cron(0 16 1 1/6 ? *)"', "fail"),
        ('schedule_expression = "cron(0 16 1 3,9 ? *)"', "fail"),
        ('schedule_expression = "cron(0 16 1 JAN ? *)"', "undetermined"),
        ("automatically_after_days = var.x", "undetermined"),
    ],
)
def test_how_often_secrets_rotate(rules, status):
    text = NUMBER + rotation(rules)
    (verdict,) = judge_code(secret_rotation.secret_rotated_rarely, text)
    assert verdict.status == status


def live_secret(**data: object) -> Resource:
    cells = {
        "id": "arn:s",
        "arn": "arn:s",
        "name": "s",
        "created_date": "2025-01-01T00:00:00+00:00",
        "last_accessed_date": None,
        "last_rotated_date": None,
        "owning_service": None,
        "read_at": "2025-06-01T00:00:00+00:00",
    }
    tf = "aws_secretsmanager_secret"
    return Resource(f"{tf}.s", tf, {**cells, **data}, source="live")


def live_rotation(days: int) -> Resource:
    tf = "aws_secretsmanager_secret_rotation"
    rules = [{"automatically_after_days": days, "schedule_expression": None, "duration": None}]
    data = {"id": "arn:s", "secret_id": "arn:s", "rotation_rules": rules}
    return Resource(f"{tf}.s", tf, data, source="live")


def statuses(rule, *resources: Resource) -> list[str]:
    return [v.status for v in evaluate([rule], Model(resources, source="live"))]


def test_rotations_that_do_not_happen():
    rule = secret_rotation.rotation_fails
    late = live_secret(last_rotated_date="2025-04-01T00:00:00+00:00")
    assert statuses(rule, late, live_rotation(30)) == ["fail"]
    assert statuses(rule, late, live_rotation(90)) == ["pass"]
    assert statuses(rule, live_secret(), live_rotation(30)) == ["fail"]


def test_secrets_that_nobody_reads():
    rule = secret_rotation.secret_unused
    assert statuses(rule, live_secret()) == ["fail"]
    assert statuses(rule, live_secret(last_accessed_date="2025-05-20T00:00:00+00:00")) == ["pass"]


def test_secrets_that_a_service_manages():
    rule = secret_rotation.secret_not_rotated
    assert statuses(rule, live_secret(owning_service="rds")) == ["not_applicable"]


def test_keys_of_secrets():
    check_rule(
        secret_keys.secret_without_own_key,
        bad=secret(),
        good=key() + secret("kms_key_id = aws_kms_key.k.arn"),
        unknown=TEXT + secret("kms_key_id = var.x"),
        at="kms_key_id",
    )
    check_rule(
        secret_keys.secret_without_own_key,
        bad=key() + secret('kms_key_id = aws_kms_key.k.arn\nreplica { region = "eu-west-3" }'),
        good=key() + secret('kms_key_id = "alias/mine"'),
        at="replica[0].kms_key_id",
    )


def test_policies_of_secrets():
    check_rule(
        secret_policies.secret_for_anyone,
        bad=secret(f"policy = {ANYONE}"),
        good=secret() + f'resource "aws_secretsmanager_secret_policy" "p" {{\n'
        f" secret_arn = aws_secretsmanager_secret.s.arn\n policy = {OWN}\n}}",
        unknown=TEXT + secret("policy = var.x"),
        at="policy",
    )
    named = """jsonencode({
      Statement = [{
        Effect = "Deny", Action = "*", Resource = "*", Principal = "*"
        Condition = {
          StringNotEquals = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/app" }
        }
      }]
    })"""
    check_rule(
        secret_policies.secret_for_the_whole_account,
        bad=secret(f"policy = {OWN}"),
        good=secret(f"policy = {named}"),
        unknown=TEXT + secret("policy = var.x"),
    )


def test_deleted_secrets_can_be_had_back():
    check_rule(
        secret_deletion.secret_deleted_at_once,
        bad=secret("recovery_window_in_days = 0"),
        good=secret(),
        unknown=NUMBER + secret("recovery_window_in_days = var.x"),
        at="recovery_window_in_days",
    )


# -- Systems Manager -------------------------------------------------------------------------------


def parameter(name: str, arguments: str) -> str:
    return f'resource "aws_ssm_parameter" "p" {{\n name = "{name}"\n value = "v"\n{arguments}\n}}\n'


def test_secret_parameters_are_secure_strings():
    check_rule(
        ssm_secrets.secret_in_plain_parameter,
        bad=parameter("/app/db_password", 'type = "String"'),
        good=parameter("/app/db_password", 'type = "SecureString"'),
        unknown=TEXT + parameter("/app/db_password", "type = var.x"),
        not_for=parameter("/app/log_level", 'type = "String"'),
        at="type",
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("/app/db-secret-arn", []),
        ("/app/token", ["fail"]),
        ("/app/api.key", ["fail"]),
        ("/app/public_key", []),
        ("/${var.x}/password", ["fail"]),
        ("/${var.x}/port", ["undetermined"]),
    ],
)
def test_names_that_look_like_secrets(name, status):
    text = TEXT + parameter(name, 'type = "String"')
    found = judge_code(ssm_secrets.secret_in_plain_parameter, text)
    assert [v.status for v in found] == status


def test_keys_of_parameters():
    check_rule(
        ssm_keys.parameter_without_own_key,
        bad=parameter("p", 'type = "SecureString"'),
        good=key() + parameter("p", 'type = "SecureString"\nkey_id = aws_kms_key.k.key_id'),
        unknown=TEXT + parameter("p", 'type = "SecureString"\nkey_id = var.x'),
        not_for=parameter("p", 'type = "String"'),
        at="key_id",
    )


def session(inputs: str, more: str = "") -> str:
    return f"""
      resource "aws_ssm_document" "d" {{
        name          = "SSM-SessionManagerRunShell"
        document_type = "Session"
        content       = jsonencode({{ schemaVersion = "1.0", inputs = {{ {inputs} }} }})
        {more}
      }}
    """


def test_sessions():
    command = session("").replace('"Session"', '"Command"')
    unknown = TEXT + session("").replace("jsonencode(", "var.x #")
    check_rule(
        ssm_keys.session_without_key,
        bad=session('kmsKeyId = ""'),
        good=session('kmsKeyId = "alias/sessions"'),
        unknown=unknown,
        not_for=command,
        at="content",
    )
    check_rule(
        ssm_logs.session_not_logged,
        bad=session('s3BucketName = "logs", s3EncryptionEnabled = false'),
        good=session('cloudWatchLogGroupName = "l", cloudWatchEncryptionEnabled = true'),
        unknown=unknown,
        not_for=command,
        at="content",
    )


def test_session_documents_in_yaml():
    text = """
      resource "aws_ssm_document" "d" {
        name            = "d"
        document_type   = "Session"
        document_format = "YAML"
        content         = <<-EOT
          schemaVersion: "1.0"
          inputs:
            kmsKeyId: alias/sessions
        EOT
      }
    """
    found = judge_code(ssm_keys.session_without_key, text)
    assert [v.status for v in found] == ["pass"]
    broken = text.replace("inputs:", "inputs: [")
    found = judge_code(ssm_keys.session_without_key, broken)
    assert [v.status for v in found] == ["undetermined"]


def test_documents_are_private():
    check_rule(
        ssm_sharing.document_for_everybody,
        bad=session("", 'permissions = { type = "Share", account_ids = "All" }'),
        good=session("", 'permissions = { type = "Share", account_ids = "111122223333" }'),
        unknown='variable "x" { type = map(string) }\n' + session("", "permissions = var.x"),
        at="permissions",
    )


def setting(name: str, value: str) -> str:
    return (
        f'resource "aws_ssm_service_setting" "s" {{\n'
        f' setting_id = "{name}"\n setting_value = {value}\n}}\n'
    )


SHARING = "/ssm/documents/console/public-sharing-permission"
LOGS = "/ssm/automation/customer-script-log-destination"


@pytest.mark.parametrize(
    ("rule", "name", "bad", "good"),
    [
        (ssm_sharing.documents_may_be_public, SHARING, '"Enable"', '"Disable"'),
        (
            ssm_sharing.documents_may_be_public,
            f"arn:aws:ssm:eu-west-1:111122223333:servicesetting{SHARING}",
            '"Enable"',
            '"Disable"',
        ),
        (ssm_logs.automation_not_logged, LOGS, '"None"', '"CloudWatch"'),
    ],
)
def test_settings_of_the_region(rule, name, bad, good):
    check_rule(
        rule,
        bad=setting(name, bad),
        good=setting(name, good),
        unknown=TEXT + setting(name, "var.x"),
        not_for=setting("/ssm/parameter-store/high-throughput-enabled", '"true"'),
        at="setting_value",
    )


def test_a_session_key_of_the_same_configuration():
    text = key() + session("kmsKeyId = aws_kms_key.k.arn")
    assert [v.status for v in judge_code(ssm_keys.session_without_key, text)] == ["pass"]
    text = TEXT + session("kmsKeyId = var.x")
    assert [v.status for v in judge_code(ssm_keys.session_without_key, text)] == ["undetermined"]


def test_documents_hold_no_credentials():
    check_rule(
        ssm_secrets.secret_in_document,
        bad=session('shellProfile = "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"'),
        good=session('shellProfile = "cd /srv"'),
        unknown=TEXT + session("").replace("jsonencode(", "var.x #"),
        at="content",
    )
