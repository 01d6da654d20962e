resource "aws_backup_vault_policy" "primary" {
  count = 0
}

resource "aws_backup_vault_policy" "dr" {
  count = 0
}

resource "aws_backup_vault_notifications" "primary" {
  count = 0
}

resource "aws_backup_selection" "tagged" {
  count = 0
}

resource "aws_backup_restore_testing_plan" "this" {
  count = 0
}

resource "aws_backup_restore_testing_selection" "database" {
  count = 0
}
