# A backup is one that has been restored. Once a month a recovery point of the database is, in a scratch instance that
# AWS Backup deletes again.

resource "aws_backup_restore_testing_plan" "this" {
  count = var.test_restores ? 1 : 0

  # No hyphens in the names of these.
  name                = "${replace(var.name, "-", "_")}_monthly"
  schedule_expression = "cron(0 20 1 * ? *)"
  start_window_hours  = 4

  recovery_point_selection {
    algorithm             = "RANDOM_WITHIN_WINDOW"
    include_vaults        = [aws_backup_vault.primary.arn]
    recovery_point_types  = ["SNAPSHOT"]
    selection_window_days = 30
  }
}

resource "aws_backup_restore_testing_selection" "database" {
  count = var.test_restores ? 1 : 0

  name                      = "database"
  restore_testing_plan_name = aws_backup_restore_testing_plan.this[0].name
  protected_resource_type   = "RDS"
  iam_role_arn              = module.role.arn
  protected_resource_arns   = ["*"]
  validation_window_hours   = 4
}
