variable "name_prefix" {
  description = "Name of the user pool and of its sign-in domain."
  type        = string
}

variable "account_id" {
  description = "Account id; makes the sign-in domain unique."
  type        = string
}

variable "app_domain_name" {
  description = "Host name of the application, to which users return after signing in."
  type        = string
}

variable "threat_protection" {
  description = "AUDIT logs suspicious sign-ins, ENFORCED blocks them."
  type        = string
}

variable "protect" {
  description = "Whether the pool, and with it every account, is protected from deletion."
  type        = bool
}

variable "web_acl_arn" {
  description = "Web ACL in front of sign-in."
  type        = string
}

variable "mail_domain" {
  description = "Domain that invitations and warnings come from."
  type        = string
}

variable "zone_id" {
  description = "Public zone of that domain, for the signatures' keys."
  type        = string
}
