variable "name_prefix" {
  description = "Prefix of role names, such as vitascope-prod."
  type        = string
}

variable "account_id" {
  description = "Account of the environment; part of bucket names, which are unique world-wide."
  type        = string
}

variable "region" {
  description = "Region of the primary buckets."
  type        = string
}

variable "dr_region" {
  description = "Region of the replicas."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for objects in the primary region."
  type        = string
}

variable "dr_kms_key_arn" {
  description = "Key for replicas in the recovery region. Null where there are none."
  type        = string
  default     = null
}

variable "replicate" {
  description = "Whether assets and uploads are copied to the recovery region."
  type        = bool
}

variable "log_retention_days" {
  description = "Days that delivered logs are kept."
  type        = number
}

variable "cdn_distribution_arn" {
  description = "CloudFront distribution that may read the assets."
  type        = string
}
