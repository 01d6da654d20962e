variable "name" {
  description = "Name of the API."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "region" {
  description = "Region of the API."
  type        = string
}

variable "domain_name" {
  description = "Host name devices call."
  type        = string
}

variable "zone_id" {
  description = "Public zone that holds the host name."
  type        = string
}

variable "user_pool_arn" {
  description = "User pool whose tokens the API accepts."
  type        = string
}

variable "web_acl_arn" {
  description = "Web ACL in front of the stage."
  type        = string
}

variable "limits" {
  description = "Requests per second and burst size the stage lets through."
  type = object({
    rate_limit  = number
    burst_limit = number
  })
}

variable "ingest_queue" {
  description = "Queue that takes posted measurements, and the key of its messages."
  type = object({
    name        = string
    arn         = string
    kms_key_arn = string
  })
}

variable "query_function" {
  description = "Function that answers reads."
  type = object({
    name       = string
    invoke_arn = string
  })
}

variable "log_retention_days" {
  description = "Days that the access log is kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key for the access log."
  type        = string
}
