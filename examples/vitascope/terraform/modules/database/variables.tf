variable "name_prefix" {
  description = "Identifier of the instance and prefix of what belongs to it."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "database" {
  description = "Size, availability and backups (see shared/variables.tf)."
  type = object({
    engine_version          = string
    instance_class          = string
    allocated_storage       = number
    max_allocated_storage   = number
    multi_az                = bool
    read_replicas           = number
    backup_retention_days   = number
    insights_retention_days = number
  })
}

variable "subnet_ids" {
  description = "Data subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the database; the network module owns its rules."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for storage, the master password and performance data."
  type        = string
}

variable "log_kms_key_arn" {
  description = "Key for the exported logs."
  type        = string
}

variable "log_retention_days" {
  description = "Days that exported logs are kept."
  type        = number
}

variable "protect" {
  description = "Deletion protection, and a final snapshot when it is lifted."
  type        = bool
}

variable "dr_kms_key_arn" {
  description = "Key for automated backups copied to the recovery region. Null: no copies."
  type        = string
  default     = null
}

variable "replicate_backups" {
  description = "Whether automated backups are copied to the recovery region."
  type        = bool
}

variable "events_topic_arn" {
  description = "Topic told of failures, maintenance and configuration changes."
  type        = string
}
