variable "name_prefix" {
  description = "Prefix of names, such as vitascope-prod."
  type        = string
}

variable "ebs_kms_key_arn" {
  description = "Key for volumes nobody chose a key for."
  type        = string
}
