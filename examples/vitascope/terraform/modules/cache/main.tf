locals {
  log_types = toset(["engine-log", "slow-log"])
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name_prefix
  description = "Data subnets, which have no route out of the VPC"
  subnet_ids  = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "this" {
  name        = "${var.name_prefix}-redis7"
  family      = "redis7"
  description = "Evicts the least used entries: everything in the cache can be read again from the database"

  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lfu"
  }
}

# Every Redis group must have a user called default. Ours may do nothing, so a client that forgets to sign in gets nothing.
resource "aws_elasticache_user" "default" {
  user_id              = "${var.name_prefix}-default"
  user_name            = "default"
  engine               = "redis"
  access_string        = "off ~* -@all"
  no_password_required = true
}

# The backend signs in with its IAM role; there is no password to leak. IAM asks for id and name to be equal.
resource "aws_elasticache_user" "backend" {
  user_id       = "${var.name_prefix}-backend"
  user_name     = "${var.name_prefix}-backend"
  engine        = "redis"
  access_string = "on ~* +@all -@admin -@dangerous"

  authentication_mode {
    type = "iam"
  }
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.name_prefix
  engine        = "redis"
  user_ids      = [aws_elasticache_user.default.user_id, aws_elasticache_user.backend.user_id]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_types

  name              = "/aws/elasticache/${var.name_prefix}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name_prefix
  description          = "Cached reads of the backend"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.cache.node_type
  num_cache_clusters   = 1 + var.cache.replicas
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this.name

  # Without a replica there is nothing to fail over to, and ElastiCache refuses both.
  automatic_failover_enabled = var.cache.replicas > 0
  multi_az_enabled           = var.cache.replicas > 0

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [var.security_group_id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]

  snapshot_retention_limit   = var.cache.snapshot_retention_days
  snapshot_window            = "17:00-18:00"
  maintenance_window         = "sun:19:00-sun:20:00"
  auto_minor_version_upgrade = true
  notification_topic_arn     = var.events_topic_arn

  dynamic "log_delivery_configuration" {
    for_each = local.log_types

    content {
      log_type         = log_delivery_configuration.value
      log_format       = "json"
      destination_type = "cloudwatch-logs"
      destination      = aws_cloudwatch_log_group.this[log_delivery_configuration.value].name
    }
  }
}
