variable "name_prefix" {
  description = "Prefix of the queue names."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "region" {
  description = "Region of the queues."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for messages."
  type        = string
}

variable "queues" {
  description = <<-EOT
    Queues to make, by name. `visibility_seconds` must be at least six times the consuming function's timeout.
    `senders` are ARN patterns of EventBridge rules that may send to the queue or to its dead letter queue.
  EOT
  type = map(object({
    visibility_seconds = number
    max_receives       = optional(number, 5)
    senders            = optional(list(string), [])
  }))
}
