variable "name_prefix" {
  description = "Prefix of the table name."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for the table."
  type        = string
}

variable "protect" {
  description = "Deletion protection of the table."
  type        = bool
}

variable "replicas" {
  description = "Copies in other regions: region => key there. Empty for none."
  type        = map(string)
  default     = {}
}
