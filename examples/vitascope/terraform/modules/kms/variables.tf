variable "name_prefix" {
  description = "Prefix of the aliases, such as vitascope-prod."
  type        = string
}

variable "account_id" {
  description = "Account whose IAM policies decide who may use the keys."
  type        = string
}

variable "keys" {
  description = <<-EOT
    Keys to make, by purpose. `services` are AWS services that use the key in their own name; they may do so for
    this account only, and only under the `conditions` given (IAM condition operator => context key => values).
  EOT
  type = map(object({
    description = string
    services = optional(map(object({
      principal  = string
      actions    = list(string)
      conditions = optional(map(map(list(string))), {})
    })), {})
  }))
}
