variable "name" {
  description = "Name of cluster, service and load balancer."
  type        = string
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
}

variable "region" {
  description = "Region of the service."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets for the load balancer, private ones for the tasks."
  type = object({
    public  = list(string)
    private = list(string)
  })
}

variable "security_group_ids" {
  description = "Groups of load balancer and tasks; the network module owns their rules."
  type = object({
    load_balancer = string
    service       = string
  })
}

variable "domain_name" {
  description = "Host name users type; the load balancer answers for it behind CloudFront."
  type        = string
}

variable "zone_id" {
  description = "Public zone that holds the host name."
  type        = string
}

variable "sign_in" {
  description = "User pool, app client and sign-in domain that requests must come with a session of."
  type = object({
    user_pool_arn = string
    client_id     = string
    domain        = string
  })
}

variable "web_acl_arn" {
  description = "Web ACL in front of the load balancer."
  type        = string
}

variable "image" {
  description = "Repository ARN and image address with its tag."
  type = object({
    repository_arn = string
    address        = string
  })

  validation {
    condition     = can(regex("(@sha256:[0-9a-f]{64}|:[^:/]+)$", var.image.address)) && !endswith(var.image.address, ":latest")
    error_message = "image.address must end with a digest or with a tag other than latest."
  }
}

variable "size" {
  description = "CPU units and MiB of a task, and how many tasks run at least and at most."
  type = object({
    cpu       = number
    memory    = number
    min_tasks = number
    max_tasks = number
  })
}

variable "environment" {
  description = "Environment variables. Nothing secret."
  type        = map(string)
}

variable "parameters" {
  description = "Values read from Parameter Store when a task starts: environment variable => parameter ARN."
  type        = map(string)
}

variable "parameters_kms_key_arn" {
  description = "Key the parameters are encrypted with."
  type        = string
}

variable "policies" {
  description = "What the backend may do in AWS: policy name => JSON document."
  type        = map(string)
}

variable "log_bucket" {
  description = "Bucket for the load balancer's logs, under alb/."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the tasks' output is kept."
  type        = number
}

variable "log_kms_key_arn" {
  description = "Key for the tasks' output."
  type        = string
}

variable "protect" {
  description = "Deletion protection of the load balancer, whose address is in DNS."
  type        = bool
}
