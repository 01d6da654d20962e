# The inputs of Vitascope, declared once.
#
# environments/<env>/variables.tf and modules/platform/variables.tf are symbolic links to this file, so an environment
# cannot take an input that the platform does not know, and the three environments cannot drift apart in shape.
# They differ in terraform.tfvars only. Inputs are grouped the way the platform is split into modules.

variable "project" {
  description = "Short name of the system; first part of every resource name."
  type        = string
  default     = "vitascope"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,14}$", var.project))
    error_message = "project must be 3 to 15 lower-case letters and digits: it becomes part of bucket names."
  }
}

variable "environment" {
  description = "Environment name: dev, staging or prod."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "account_id" {
  description = "AWS account of this environment. Each environment has its own; the provider refuses credentials of another."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of an AWS account."
  }
}

variable "region" {
  description = "Region that serves the users."
  type        = string
  default     = "ap-northeast-1"
}

variable "dr_region" {
  description = "Region that holds copies for disaster recovery. Osaka by default: patient data stays in Japan."
  type        = string
  default     = "ap-northeast-3"

  validation {
    condition     = var.dr_region != var.region
    error_message = "dr_region must differ from region: a copy in the same region does not survive its loss."
  }
}

variable "owner" {
  description = "Team that answers for the resources (tag Owner)."
  type        = string
}

variable "cost_center" {
  description = "Cost centre the bill goes to (tag CostCenter)."
  type        = string
}

variable "alert_emails" {
  description = "Addresses subscribed to the alarm topic. Each has to confirm the subscription by hand."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "alert_emails must hold at least one address: an alarm nobody receives is no alarm."
  }
}

variable "protect" {
  description = "Deletion protection of everything that holds data or gives it an address."
  type        = bool
  default     = true
}

variable "disaster_recovery" {
  description = "Copies in dr_region: bucket replication, table replica, database backups, backup vault, image replication."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that log groups keep events."
  type        = number

  validation {
    # The values CloudWatch Logs accepts, without "never expire": nobody pays for logs for ever by accident.
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "log_retention_days must be a retention CloudWatch Logs knows, from 30 days up."
  }
}

variable "dns" {
  description = "Public zone of the environment and its id. The zone itself belongs to the organisation's DNS account."
  type = object({
    zone_name = string
    zone_id   = string
  })
}

variable "network" {
  description = "VPC range, its zones, and how much of the network is doubled for availability."
  type = object({
    cidr                      = string
    availability_zones        = list(string)
    nat_per_zone              = bool
    endpoint_zones            = number
    cloudfront_prefix_list_id = string
  })

  validation {
    condition     = can(cidrhost(var.network.cidr, 0)) && endswith(var.network.cidr, "/16")
    error_message = "network.cidr must be a /16: the subnet plan is cut from one."
  }

  validation {
    condition     = length(distinct(var.network.availability_zones)) == 3
    error_message = "network.availability_zones must name three different zones."
  }

  validation {
    condition     = var.network.endpoint_zones >= 1 && var.network.endpoint_zones <= 3
    error_message = "network.endpoint_zones must lie between 1 and 3."
  }
}

variable "database" {
  description = "RDS PostgreSQL: size, availability and how far back it can be restored."
  type = object({
    engine_version          = string
    instance_class          = string
    allocated_storage       = number
    max_allocated_storage   = number
    multi_az                = bool
    read_replicas           = number
    backup_retention_days   = number
    insights_retention_days = optional(number, 7)
  })

  validation {
    condition     = var.database.max_allocated_storage > var.database.allocated_storage
    error_message = "database.max_allocated_storage must exceed allocated_storage, or storage does not grow by itself."
  }

  validation {
    condition     = var.database.backup_retention_days >= 7 && var.database.backup_retention_days <= 35
    error_message = "database.backup_retention_days must lie between 7 and 35 (35 is the limit of RDS)."
  }
}

variable "cache" {
  description = "ElastiCache: node size, replicas beside the primary, days of snapshots."
  type = object({
    node_type               = string
    replicas                = number
    snapshot_retention_days = number
  })
}

variable "service" {
  description = "Backend API on Fargate: released image tag, task size, scaling bounds."
  type = object({
    image_tag = string
    cpu       = number
    memory    = number
    min_tasks = number
    max_tasks = number
  })

  validation {
    condition     = var.service.image_tag != "latest" && length(var.service.image_tag) > 0
    error_message = "service.image_tag must name a release: \"latest\" cannot be rolled back to."
  }

  validation {
    condition     = var.service.max_tasks >= var.service.min_tasks && var.service.min_tasks >= 1
    error_message = "service.max_tasks must be at least min_tasks, and min_tasks at least 1."
  }
}

variable "functions" {
  description = "Lambda functions: log level and the concurrency each reserves (so none can starve the others)."
  type = object({
    log_level            = string
    reserved_concurrency = number
  })

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.functions.log_level)
    error_message = "functions.log_level must be DEBUG, INFO, WARN or ERROR."
  }
}

variable "api" {
  description = "API Gateway throttling, in requests per second and burst size."
  type = object({
    rate_limit  = number
    burst_limit = number
  })
}

variable "edge" {
  description = "CloudFront price class, countries served (none: all), and requests per address in five minutes before WAF blocks."
  type = object({
    price_class     = string
    countries       = list(string)
    waf_rate_limit  = number
    assets_failover = optional(bool, false)
  })

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.edge.price_class)
    error_message = "edge.price_class must be one of CloudFront's three classes. Japan needs PriceClass_200 or more."
  }
}

variable "sign_in" {
  description = "Cognito: how hard suspicious sign-ins are treated. Threat protection needs the Plus tier."
  type = object({
    threat_protection = string
  })

  validation {
    condition     = contains(["AUDIT", "ENFORCED"], var.sign_in.threat_protection)
    error_message = "sign_in.threat_protection must be AUDIT or ENFORCED."
  }
}

variable "backup" {
  description = "AWS Backup: days kept here and in dr_region, and whether the vaults are locked against early deletion."
  type = object({
    retention_days      = number
    copy_retention_days = number
    lock_vaults         = bool
  })

  validation {
    condition     = var.backup.retention_days >= 7
    error_message = "backup.retention_days must be at least 7."
  }
}
