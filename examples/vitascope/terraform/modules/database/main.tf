# RDS PostgreSQL. Storage grows by itself; reads scale out on replicas; failover goes to the standby in another zone.

locals {
  family = "postgres${split(".", var.database.engine_version)[0]}"

  # The instance and everything below it reports under these names; a replica gets its own.
  exported_logs = toset(["postgresql", "upgrade"])
  instances     = concat([var.name_prefix], [for number in range(var.database.read_replicas) : "${var.name_prefix}-read-${number + 1}"])
}

resource "aws_db_subnet_group" "this" {
  name        = var.name_prefix
  description = "Data subnets, which have no route out of the VPC"
  subnet_ids  = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name_prefix}-${local.family}-"
  family      = local.family
  description = "TLS only; who connected, who changed the schema, what was slow"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  # Milliseconds. Statements themselves carry patient data; only the slow ones are worth having in a log.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  # A new major version needs a new family: the old group can go only when no instance uses it any more.
  lifecycle {
    create_before_destroy = true
  }
}

# Made here because RDS would make them itself, unencrypted and kept for ever.
resource "aws_cloudwatch_log_group" "this" {
  for_each = {
    for pair in setproduct(local.instances, local.exported_logs) : "${pair[0]}/${pair[1]}" => "/aws/rds/instance/${pair[0]}/${pair[1]}"
  }

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

module "monitoring_role" {
  source = "../service_role"

  name             = "${var.name_prefix}-rds-monitoring"
  description      = "Enhanced monitoring of the database hosts"
  service          = "monitoring.rds.amazonaws.com"
  account_id       = var.account_id
  managed_policies = ["service-role/AmazonRDSEnhancedMonitoringRole"]
}

resource "aws_db_instance" "this" {
  identifier     = var.name_prefix
  engine         = "postgres"
  engine_version = var.database.engine_version
  instance_class = var.database.instance_class

  db_name  = "vitascope"
  username = "vitascope_owner"
  # RDS makes the password, keeps it in Secrets Manager and rotates it; it is never in this code nor in the state.
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn
  # The backend signs in with its IAM role, not with a password.
  iam_database_authentication_enabled = true

  storage_type          = "gp3"
  allocated_storage     = var.database.allocated_storage
  max_allocated_storage = var.database.max_allocated_storage
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.database.multi_az
  publicly_accessible    = false
  port                   = 5432
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-ecc384-g1"

  backup_retention_period   = var.database.backup_retention_days
  backup_window             = "17:00-17:45" # UTC; two in the morning in Tokyo
  maintenance_window        = "sun:18:00-sun:19:00"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.protect
  deletion_protection       = var.protect
  skip_final_snapshot       = !var.protect
  final_snapshot_identifier = "${var.name_prefix}-final"

  auto_minor_version_upgrade = true
  # Pay for extended support never; upgrade instead.
  engine_lifecycle_support = "open-source-rds-extended-support-disabled"

  enabled_cloudwatch_logs_exports       = local.exported_logs
  monitoring_interval                   = 60
  monitoring_role_arn                   = module.monitoring_role.arn
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = var.database.insights_retention_days

  tags = { Backup = "daily" }

  depends_on = [aws_cloudwatch_log_group.this]
}

# Reports and exports read here. Backups are taken from the primary.
resource "aws_db_instance" "replica" {
  count = var.database.read_replicas

  identifier          = "${var.name_prefix}-read-${count.index + 1}"
  replicate_source_db = aws_db_instance.this.identifier
  instance_class      = var.database.instance_class

  iam_database_authentication_enabled = true

  storage_type          = "gp3"
  max_allocated_storage = var.database.max_allocated_storage
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = false
  publicly_accessible    = false
  port                   = 5432
  vpc_security_group_ids = [var.security_group_id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-ecc384-g1"

  maintenance_window    = "sat:18:00-sat:19:00"
  copy_tags_to_snapshot = true
  deletion_protection   = var.protect
  # There is nothing on a replica that the primary does not hold.
  skip_final_snapshot = true

  auto_minor_version_upgrade = true
  engine_lifecycle_support   = "open-source-rds-extended-support-disabled"

  enabled_cloudwatch_logs_exports       = local.exported_logs
  monitoring_interval                   = 60
  monitoring_role_arn                   = module.monitoring_role.arn
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = var.database.insights_retention_days

  depends_on = [aws_cloudwatch_log_group.this]
}

# Point in time recovery in the other region too, should this one be lost.
resource "aws_db_instance_automated_backups_replication" "this" {
  provider = aws.dr
  count    = var.replicate_backups ? 1 : 0

  source_db_instance_arn = aws_db_instance.this.arn
  kms_key_id             = var.dr_kms_key_arn
  retention_period       = 14
}

resource "aws_db_event_subscription" "this" {
  for_each = {
    db-instance        = ["availability", "configuration change", "failover", "failure", "low storage", "maintenance", "recovery"]
    db-parameter-group = ["configuration change"]
    db-security-group  = ["configuration change", "failure"]
  }

  name             = "${var.name_prefix}-${each.key}"
  sns_topic        = var.events_topic_arn
  source_type      = each.key
  event_categories = each.value
}
