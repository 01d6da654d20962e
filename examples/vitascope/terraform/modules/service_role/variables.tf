variable "name" {
  description = "Name of the role and prefix of its policies."
  type        = string
}

variable "description" {
  description = "What the role is for, in a few words."
  type        = string
}

variable "service" {
  description = "Service principal that assumes the role, such as ecs-tasks.amazonaws.com."
  type        = string

  validation {
    condition     = endswith(var.service, ".amazonaws.com")
    error_message = "service must be an AWS service principal: people and other accounts do not get roles from here."
  }
}

variable "account_id" {
  description = "Account the service must be acting for."
  type        = string
}

variable "policies" {
  description = "Permissions: policy name => JSON document."
  type        = map(string)
  default     = {}
}

variable "managed_policies" {
  description = "AWS managed policies to attach as well, by the part of their ARN after policy/."
  type        = set(string)
  default     = []
}
