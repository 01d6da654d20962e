variable "name_prefix" {
  description = "Prefix of resource names, such as vitascope-prod."
  type        = string
}

variable "domain_name" {
  description = "Host name users type."
  type        = string
}

variable "zone_id" {
  description = "Public zone that holds the host name."
  type        = string
}

variable "edge" {
  description = "Price class, countries served, WAF limit, failover of assets (see shared/variables.tf)."
  type = object({
    price_class     = string
    countries       = list(string)
    waf_rate_limit  = number
    assets_failover = bool
  })
}

variable "assets_domain_name" {
  description = "Host name of the assets bucket."
  type        = string
}

variable "assets_replica_domain_name" {
  description = "Host name of its copy in the recovery region, used when the first answers with an error."
  type        = string
  default     = null
}

variable "load_balancer_domain_name" {
  description = "DNS name of the load balancer."
  type        = string
}

variable "log_bucket_arn" {
  description = "Bucket for the access log, under cdn/."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the WAF log is kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key for the WAF log, in us-east-1."
  type        = string
}
