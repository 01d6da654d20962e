variable "name" {
  description = "Name of the web ACL."
  type        = string
}

variable "description" {
  description = "What the web ACL stands in front of."
  type        = string
}

variable "scope" {
  description = "REGIONAL for load balancers, APIs and user pools; CLOUDFRONT (in us-east-1) for distributions."
  type        = string

  validation {
    condition     = contains(["REGIONAL", "CLOUDFRONT"], var.scope)
    error_message = "scope must be REGIONAL or CLOUDFRONT."
  }
}

variable "rate_limit" {
  description = "Requests from one address in five minutes after which it is blocked for a while."
  type        = number
}

variable "log_retention_days" {
  description = "Days that the log of requests is kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log, in the region of the web ACL."
  type        = string
}
