variable "name" {
  description = "Name of the repository."
  type        = string
}

variable "account_id" {
  description = "Account of the registry."
  type        = string
}

variable "region" {
  description = "Region of the registry."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for image layers."
  type        = string
}

variable "replica_region" {
  description = "Region images are copied to. Null: nowhere."
  type        = string
  default     = null
}
