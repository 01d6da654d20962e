variable "name_prefix" {
  description = "Name of the replication group."
  type        = string
}

variable "cache" {
  description = "Node type, replicas, days of snapshots (see shared/variables.tf)."
  type = object({
    node_type               = string
    replicas                = number
    snapshot_retention_days = number
  })
}

variable "subnet_ids" {
  description = "Data subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the cache; the network module owns its rules."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for data at rest, snapshots included."
  type        = string
}

variable "log_kms_key_arn" {
  description = "Key for the engine and slow logs."
  type        = string
}

variable "log_retention_days" {
  description = "Days that engine and slow logs are kept."
  type        = number
}

variable "events_topic_arn" {
  description = "Topic told of failovers and replaced nodes."
  type        = string
}
