"""Rules about S3."""

from __future__ import annotations

import pytest
from auditor.rules.backups import s3 as backups
from auditor.rules.encryption import s3 as encryption
from auditor.rules.iam import s3 as iam
from auditor.rules.logging import s3 as logging
from auditor.rules.network import s3 as network
from auditor.rules.operations import s3 as operations

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'


def bucket(body: str = "") -> str:
    return f'resource "aws_s3_bucket" "b" {{\n  bucket = "data"\n{body}\n}}\n'


def beside(kind: str, body: str = "", name: str = "s", of: str = "aws_s3_bucket.b.id") -> str:
    return f'resource "aws_s3_bucket_{kind}" "{name}" {{\n  bucket = {of}\n{body}\n}}\n'


def block(**flags: str) -> str:
    names = (
        "block_public_acls",
        "block_public_policy",
        "ignore_public_acls",
        "restrict_public_buckets",
    )
    lines = "\n".join(f"  {name} = {flags.get(name, 'true')}" for name in names)
    return beside("public_access_block", lines)


def sse(algorithm: str, key: str = "") -> str:
    return beside(
        "server_side_encryption_configuration",
        "rule {\n apply_server_side_encryption_by_default {\n"
        f"  sse_algorithm = {algorithm}\n{key}\n }}\n}}",
    )


def policy(statement: str) -> str:
    return beside("policy", f'policy = <<EOT\n{{"Statement": [{statement}]}}\nEOT\n')


def versioning(status: str, more: str = "") -> str:
    return beside("versioning", f"versioning_configuration {{\n status = {status}\n{more}\n}}")


def rule_of_lifecycle(body: str, status: str = '"Enabled"') -> str:
    return beside(
        "lifecycle_configuration", f'rule {{\n id = "r"\n status = {status}\n{body}\n}}', "l"
    )


ANYONE = '{"Effect": "Allow", "Principal": "*", "Action": "%s", "Resource": "arn:aws:s3:::data/*"}'
TLS = (
    '{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": '
    '["arn:aws:s3:::data", "arn:aws:s3:::data/*"], '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}'
)


def test_default_encryption():
    check_rule(
        encryption.default_encryption_without_kms,
        bad=bucket() + sse('"AES256"'),
        good=bucket() + sse('"aws:kms"'),
        unknown=TEXT + bucket() + sse("var.v"),
        at="rule[0].apply_server_side_encryption_by_default[0].sse_algorithm",
    )
    check_rule(
        encryption.default_encryption_without_kms,
        bad=bucket(),
        good=bucket(
            "server_side_encryption_configuration {\n rule {\n"
            "  apply_server_side_encryption_by_default {\n"
            '   sse_algorithm = "aws:kms"\n  }\n }\n}'
        ),
    )


def test_tls_only():
    check_rule(
        encryption.requests_without_tls,
        bad=bucket() + policy(ANYONE % "s3:GetObject"),
        good=bucket() + policy(TLS),
        unknown=TEXT + bucket() + beside("policy", "policy = var.v"),
        at="policy",
    )
    check_rule(encryption.requests_without_tls, bad=bucket(), good=bucket() + policy(TLS))


def test_a_policy_document_with_the_bucket_s_own_arn_counts():
    document = """
      data "aws_iam_policy_document" "d" {
        statement {
          effect    = "Deny"
          actions   = ["s3:*"]
          resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
          principals {
            type        = "*"
            identifiers = ["*"]
          }
          condition {
            test     = "Bool"
            variable = "aws:SecureTransport"
            values   = ["false"]
          }
        }
      }
    """
    attached = beside("policy", "policy = data.aws_iam_policy_document.d.json")
    (verdict,) = judge_code(encryption.requests_without_tls, bucket() + document + attached)
    assert verdict.status == "pass"


@pytest.mark.parametrize("flag", ["block_public_acls", "restrict_public_buckets"])
def test_public_access_block(flag):
    check_rule(
        network.public_access_not_blocked,
        bad=bucket() + block(**{flag: "false"}),
        good=bucket() + block(),
        unknown=FLAG + bucket() + block(**{flag: "var.v"}),
        at=flag,
    )
    check_rule(network.public_access_not_blocked, bad=bucket(), good=bucket() + block())


def test_public_access_block_of_each_of_several_buckets():
    many = (
        'resource "aws_s3_bucket" "b" {\n  for_each = toset(["a", "b"])\n  bucket = each.key\n}\n'
        'resource "aws_s3_bucket_public_access_block" "p" {\n'
        "  for_each = aws_s3_bucket.b\n  bucket = each.value.id\n"
        "  block_public_acls = true\n  block_public_policy = true\n"
        '  ignore_public_acls = true\n  restrict_public_buckets = each.key == "a"\n}\n'
    )
    verdicts = judge_code(network.public_access_not_blocked, many)
    assert {v.resource.address: v.status for v in verdicts} == {
        'aws_s3_bucket.b["a"]': "pass",
        'aws_s3_bucket.b["b"]': "fail",
    }


def test_account_public_access_block():
    def account(value: str) -> str:
        return (
            'resource "aws_s3_account_public_access_block" "a" {\n  block_public_acls = true\n'
            f"  block_public_policy = {value}\n  ignore_public_acls = true\n"
            "  restrict_public_buckets = true\n}\n"
        )

    check_rule(
        network.account_does_not_block_public_access,
        bad=account("false"),
        good=account("true"),
        unknown=FLAG + account("var.v"),
        at="block_public_policy",
    )


def test_readable_by_the_public():
    check_rule(
        network.readable_by_the_public,
        bad=bucket() + beside("acl", 'acl = "public-read"'),
        good=bucket() + beside("acl", 'acl = "public-read"') + block().replace('"s"', '"p"'),
        unknown=TEXT + bucket() + beside("acl", "acl = var.v"),
        at="acl",
    )
    check_rule(
        network.readable_by_the_public,
        bad=bucket() + policy(ANYONE % "s3:GetObject"),
        good=bucket() + policy(ANYONE % "s3:GetObject") + block(),
        unknown=FLAG
        + bucket()
        + policy(ANYONE % "s3:GetObject")
        + block(restrict_public_buckets="var.v"),
        at="policy",
    )
    check_rule(network.readable_by_the_public, bad=bucket('acl = "public-read"'), good=bucket())


def test_writable_by_the_public():
    grant = (
        'access_control_policy {\n owner {\n  id = "o"\n }\n grant {\n  permission = %s\n'
        '  grantee {\n   type = "Group"\n'
        '   uri = "http://acs.amazonaws.com/groups/global/AllUsers"\n  }\n }\n}'
    )
    check_rule(
        network.writable_by_the_public,
        bad=bucket() + beside("acl", grant % '"WRITE"'),
        good=bucket() + beside("acl", grant % '"READ"'),
        unknown=TEXT + bucket() + beside("acl", grant % "var.v"),
        at="access_control_policy[0].grant[0].permission",
    )
    check_rule(
        network.writable_by_the_public,
        bad=bucket() + policy(ANYONE % "s3:*"),
        good=bucket() + policy(ANYONE % "s3:GetObject"),
    )


def test_acls_for_every_account_holder():
    check_rule(
        network.granted_to_every_account_holder,
        bad=bucket() + beside("acl", 'acl = "authenticated-read"'),
        good=bucket() + beside("acl", 'acl = "private"'),
        unknown=TEXT + bucket() + beside("acl", "acl = var.v"),
        at="acl",
    )


def test_websites():
    website = beside("website_configuration", 'index_document { suffix = "index.html" }')
    other = 'resource "aws_s3_bucket" "c" { bucket = "other" }\n'
    check_rule(
        network.hosts_a_website,
        bad=bucket() + website,
        good=bucket(),
        unknown=TEXT + other + website.replace("aws_s3_bucket.b.id", "var.v"),
    )


def test_policies_for_anyone():
    check_rule(
        iam.policy_for_anyone,
        bad=bucket() + policy(ANYONE % "s3:GetObject"),
        good=bucket() + policy(TLS),
        unknown=TEXT + bucket("policy = var.v"),
        at="policy",
    )


def test_policies_that_lock_out():
    lockout = '{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}'
    check_rule(
        iam.policy_that_locks_out,
        bad=bucket() + policy(lockout),
        good=bucket() + policy(TLS),
        unknown=TEXT + bucket() + beside("policy", "policy = var.v"),
        at="policy",
    )


def test_acls_are_off():
    def controls(value: str) -> str:
        return beside("ownership_controls", f"rule {{\n object_ownership = {value}\n}}")

    check_rule(
        iam.acls_still_count,
        bad=bucket() + controls('"ObjectWriter"'),
        good=bucket() + controls('"BucketOwnerEnforced"'),
        unknown=TEXT + bucket() + controls("var.v"),
        at="rule[0].object_ownership",
    )
    check_rule(iam.acls_still_count, bad=bucket('acl = "private"'), good=bucket())


def test_versions():
    check_rule(
        backups.versions_not_kept,
        bad=bucket() + versioning('"Suspended"'),
        good=bucket() + versioning('"Enabled"'),
        unknown=TEXT + bucket() + versioning("var.v"),
        at="versioning_configuration",
    )
    check_rule(
        backups.versions_not_kept,
        bad=bucket(),
        good=bucket("versioning {\n enabled = true\n}"),
        unknown=FLAG + bucket("versioning {\n enabled = var.v\n}"),
    )


def test_mfa_delete():
    check_rule(
        backups.versions_deleted_without_mfa,
        bad=bucket() + versioning('"Enabled"'),
        good=bucket() + versioning('"Enabled"', 'mfa_delete = "Enabled"'),
        unknown=TEXT + bucket() + versioning('"Enabled"', "mfa_delete = var.v"),
        not_for=bucket() + rule_of_lifecycle("expiration { days = 1 }"),
    )


def test_replication():
    def replicated(status: str) -> str:
        return beside(
            "replication_configuration",
            f'role = "r"\nrule {{\n id = "r"\n status = {status}\n'
            ' destination { bucket = "arn:aws:s3:::copy" }\n}',
        )

    check_rule(
        backups.not_replicated,
        bad=bucket() + replicated('"Disabled"'),
        good=bucket() + replicated('"Enabled"'),
        unknown=TEXT + bucket() + replicated("var.v"),
        at="rule",
    )
    check_rule(backups.not_replicated, bad=bucket(), good=bucket() + replicated('"Enabled"'))


def test_a_copy_in_the_same_region_is_not_one_elsewhere():
    def copied_to(region: str) -> str:
        return (
            'provider "aws" { region = "eu-west-1" }\n'
            f'provider "aws" {{\n alias = "other"\n region = "{region}"\n}}\n'
            'resource "aws_s3_bucket" "copy" {\n provider = aws.other\n bucket = "copy"\n}\n'
            + bucket()
            + beside(
                "replication_configuration",
                'role = "r"\nrule {\n id = "r"\n status = "Enabled"\n'
                " destination { bucket = aws_s3_bucket.copy.arn }\n}",
            )
        )

    def judged(region: str) -> list[str]:
        verdicts = judge_code(backups.not_replicated, copied_to(region))
        return [v.status for v in verdicts if v.resource.address == "aws_s3_bucket.b"]

    assert judged("eu-central-1") == ["pass"]
    assert judged("eu-west-1") == ["fail"]


def test_access_logs():
    logs = 'resource "aws_s3_bucket" "logs" { bucket = "logs" }\n'
    log = beside("logging", 'target_bucket = aws_s3_bucket.logs.id\ntarget_prefix = "x"')
    check_rule(
        logging.access_not_logged,
        bad=bucket(),
        good=bucket() + logs + log,
        unknown=TEXT
        + bucket()
        + beside("logging", 'target_bucket = "l"\ntarget_prefix = "x"', of="var.v"),
    )
    (only,) = judge_code(logging.access_not_logged, bucket() + logs + log)
    assert only.resource.address == "aws_s3_bucket.b"  # the log bucket itself is not spoken about


def test_lifecycles():
    check_rule(
        operations.no_lifecycle,
        bad=bucket(),
        good=bucket() + rule_of_lifecycle("expiration { days = 9 }"),
        unknown=TEXT + bucket() + rule_of_lifecycle("expiration { days = 9 }", "var.v"),
    )


def test_old_versions_expire():
    expire = rule_of_lifecycle("noncurrent_version_expiration { noncurrent_days = 30 }")
    check_rule(
        operations.old_versions_kept_for_ever,
        bad=bucket() + versioning('"Enabled"'),
        good=bucket() + versioning('"Enabled"') + expire,
        unknown=TEXT + bucket() + versioning("var.v"),
        not_for=bucket(),
    )


def test_uploads_are_aborted():
    abort = "abort_incomplete_multipart_upload { days_after_initiation = 7 }"
    check_rule(
        operations.uploads_never_aborted,
        bad=bucket() + rule_of_lifecycle(f'filter {{ prefix = "tmp/" }}\n{abort}'),
        good=bucket() + rule_of_lifecycle(f"filter {{}}\n{abort}"),
        unknown=TEXT + bucket() + rule_of_lifecycle(abort, "var.v"),
        at="rule",
    )
