output "vault_arns" {
  description = "ARN of the vault, and of the one in the recovery region where there is one."
  value       = concat([aws_backup_vault.primary.arn], aws_backup_vault.dr[*].arn)
}
