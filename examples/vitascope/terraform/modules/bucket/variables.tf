variable "name" {
  description = "Name of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be a DNS label without dots: a dot breaks TLS to the bucket's own host name."
  }
}

variable "kms_key" {
  description = "Key for the objects. Null means SSE-S3, for the few senders of logs that cannot use a KMS key."
  # An object, so that whether there is a key is known before the key is.
  type    = object({ arn = string })
  default = null
}

variable "policy_documents" {
  description = "Statements for the bucket policy beside the TLS-only one."
  type        = list(string)
  default     = []
}

variable "access_log_bucket" {
  description = "Bucket that receives the server access logs. Null only for that bucket itself."
  type        = string
  default     = null
}

variable "archive_after_days" {
  description = "Days before objects move to infrequent access. Null keeps them where they are."
  type        = number
  default     = null
}

variable "expire_after_days" {
  description = "Days before objects are deleted. Null keeps them until somebody deletes them."
  type        = number
  default     = null
}

variable "lock_days" {
  description = "Days during which nobody, root included, can delete or overwrite a written object. Null: no object lock."
  type        = number
  default     = null
}

variable "backup" {
  description = "Whether AWS Backup takes the bucket into its daily run."
  type        = bool
  default     = false
}
