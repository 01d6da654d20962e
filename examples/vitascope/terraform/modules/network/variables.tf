variable "name_prefix" {
  description = "Prefix of resource names, such as vitascope-prod."
  type        = string
}

variable "account_id" {
  description = "Account that may use the VPC endpoints."
  type        = string
}

variable "region" {
  description = "Region of the VPC."
  type        = string
}

variable "network" {
  description = "Address range, zones and redundancy (see shared/variables.tf)."
  type = object({
    cidr                      = string
    availability_zones        = list(string)
    nat_per_zone              = bool
    endpoint_zones            = number
    cloudfront_prefix_list_id = string
  })
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the flow logs."
  type        = string
}
