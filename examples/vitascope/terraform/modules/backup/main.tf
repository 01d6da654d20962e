# Daily recovery points of everything tagged Backup = daily: the database, the table, the content buckets.

resource "aws_backup_vault" "primary" {
  name        = var.name
  kms_key_arn = var.kms_key_arn
}

resource "aws_backup_vault" "dr" {
  provider = aws.dr
  count    = var.copy_to_dr ? 1 : 0

  name        = "${var.name}-dr"
  kms_key_arn = var.dr_kms_key_arn
}

# Nobody deletes a recovery point by hand or shortens its life. Deleting this policy first is possible, and rings the
# alarm on the trail.
data "aws_iam_policy_document" "no_manual_deletion" {
  statement {
    sid    = "NoManualDeletion"
    effect = "Deny"
    actions = [
      "backup:DeleteRecoveryPoint",
      "backup:PutBackupVaultAccessPolicy",
      "backup:UpdateRecoveryPointLifecycle",
    ]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_backup_vault_policy" "primary" {
  backup_vault_name = aws_backup_vault.primary.name
  policy            = data.aws_iam_policy_document.no_manual_deletion.json
}

resource "aws_backup_vault_policy" "dr" {
  provider = aws.dr
  count    = var.copy_to_dr ? 1 : 0

  backup_vault_name = aws_backup_vault.dr[0].name
  policy            = data.aws_iam_policy_document.no_manual_deletion.json
}

# Governance mode (no changeable_for_days): the lock holds against everybody but a short list of administrators, and a
# mistake in the retention does not have to be paid for until it has run out.
resource "aws_backup_vault_lock_configuration" "primary" {
  count = var.backup.lock_vaults ? 1 : 0

  backup_vault_name  = aws_backup_vault.primary.name
  min_retention_days = 7
  max_retention_days = 400
}

resource "aws_backup_vault_lock_configuration" "dr" {
  provider = aws.dr
  count    = var.backup.lock_vaults && var.copy_to_dr ? 1 : 0

  backup_vault_name  = aws_backup_vault.dr[0].name
  min_retention_days = 7
  max_retention_days = 400
}

resource "aws_backup_vault_notifications" "primary" {
  backup_vault_name   = aws_backup_vault.primary.name
  sns_topic_arn       = var.topic_arn
  backup_vault_events = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED", "RESTORE_JOB_FAILED"]
}

resource "aws_backup_plan" "this" {
  name = var.name

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.primary.name
    schedule          = "cron(0 18 * * ? *)" # UTC; three in the morning in Tokyo, after the database's own snapshot
    start_window      = 60
    completion_window = 360

    lifecycle {
      delete_after = var.backup.retention_days
    }

    dynamic "copy_action" {
      for_each = aws_backup_vault.dr[*].arn

      content {
        destination_vault_arn = copy_action.value

        lifecycle {
          delete_after = var.backup.copy_retention_days
        }
      }
    }
  }
}

module "role" {
  source = "../service_role"

  name        = "${var.name}-backup"
  description = "AWS Backup makes and restores recovery points"
  service     = "backup.amazonaws.com"
  account_id  = var.account_id
  managed_policies = [
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
  ]
}

resource "aws_backup_selection" "tagged" {
  name         = "tagged-daily"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = module.role.arn

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "Backup"
    value = "daily"
  }
}
