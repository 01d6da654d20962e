variable "name" {
  description = "Name of the function."
  type        = string
}

variable "description" {
  description = "What the function does, in a few words."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "package" {
  description = "Name of the source folder below src/ and of its zip below packages/."
  type        = string
}

variable "timeout" {
  description = "Seconds after which a run is stopped."
  type        = number
}

variable "memory" {
  description = "Memory in MiB; processor time grows with it."
  type        = number
  default     = 512
}

variable "reserved_concurrency" {
  description = "Runs at once that are set aside for the function, and also its limit."
  type        = number
}

variable "environment" {
  description = "Environment variables. Nothing secret: names of things, not keys to them."
  type        = map(string)
}

variable "policies" {
  description = "Permissions: policy name => JSON document."
  type        = map(string)
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the functions; the network module owns its rules."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for the environment variables and the log."
  type = object({
    data = string
    logs = string
  })
}

variable "log_retention_days" {
  description = "Days that the log is kept."
  type        = number
}

variable "dead_letter_queue_arn" {
  description = "Queue for events of failed asynchronous runs."
  type        = string
}

variable "source_queue" {
  description = "Queue whose messages start the function. Null: something else calls it."
  # An object, so that whether there is a queue is known before the queue is.
  type    = object({ arn = string })
  default = null
}
