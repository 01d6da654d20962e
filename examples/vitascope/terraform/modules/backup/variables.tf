variable "name" {
  description = "Name of plan and vaults."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "backup" {
  description = "Days kept, days kept in the recovery region, and whether vaults are locked (see shared/variables.tf)."
  type = object({
    retention_days      = number
    copy_retention_days = number
    lock_vaults         = bool
  })
}

variable "kms_key_arn" {
  description = "Key of the vault."
  type        = string
}

variable "dr_kms_key_arn" {
  description = "Key of the vault in the recovery region. Null where there is none."
  type        = string
  default     = null
}

variable "copy_to_dr" {
  description = "Whether each recovery point is copied to the recovery region."
  type        = bool
}

variable "test_restores" {
  description = "Whether a database backup is restored every month to see that it can be."
  type        = bool
}

variable "topic_arn" {
  description = "Topic told of failed jobs."
  type        = string
}
