variable "name_prefix" {
  description = "Prefix of names, such as vitascope-prod."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "region" {
  description = "Region of the metrics."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for notifications."
  type        = string
}

variable "alert_emails" {
  description = "Addresses subscribed to the topic."
  type        = set(string)
}

variable "load_balancer" {
  description = "Load balancer and target group, as CloudWatch names them."
  type = object({
    arn_suffix              = string
    target_group_arn_suffix = string
  })
}

variable "ecs" {
  description = "Cluster and service names."
  type = object({
    cluster = string
    service = string
  })
}

variable "database_ids" {
  description = "RDS instances: the primary first, then replicas."
  type        = list(string)
}

variable "database_storage_gib" {
  description = "Storage the database started with; the alarm rings when a tenth of it is left."
  type        = number
}

variable "cache_node_ids" {
  description = "ElastiCache nodes."
  type        = list(string)
}

variable "table_name" {
  description = "DynamoDB table."
  type        = string
}

variable "function_names" {
  description = "Lambda functions."
  type        = list(string)
}

variable "dead_letter_queue_names" {
  description = "Queues in which any message is one too many."
  type        = list(string)
}

variable "api_name" {
  description = "API Gateway API."
  type        = string
}
