variable "name" {
  description = "Name of the trail."
  type        = string
}

variable "account_id" {
  description = "Account that is recorded."
  type        = string
}

variable "region" {
  description = "Home region of the trail."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for the log files and the log group."
  type        = string
}

variable "access_log_bucket" {
  description = "Bucket that records who reads the log files."
  type        = string
}

variable "lock_days" {
  description = "Days during which log files cannot be deleted by anybody."
  type        = number
}

variable "log_retention_days" {
  description = "Days that the searchable copy in CloudWatch is kept. The files stay longer, see main.tf."
  type        = number
}

variable "insights" {
  description = "Whether CloudTrail looks for unusual call and error rates (billed by event)."
  type        = bool
}

variable "topic" {
  description = "Topic told of new log files and of alarms."
  type = object({
    name = string
    arn  = string
  })
}
