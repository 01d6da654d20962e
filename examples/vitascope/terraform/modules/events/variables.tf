variable "name_prefix" {
  description = "Prefix of bus and rule names."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for events on the bus."
  type        = string
}

variable "publisher_role_arns" {
  description = "Roles that may put events on the bus."
  type        = list(string)
}

variable "uploads_bucket" {
  description = "Bucket whose new objects become tasks."
  type        = string
}

variable "target_queue_arn" {
  description = "Queue the backend takes its background tasks from."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "Queue for events that could not be delivered."
  type        = string
}
