# Vitascope put together. Each module knows its own service; this one knows what is connected to what.
#
#   user -> CloudFront + WAF -> load balancer (Cognito session) -> ECS Fargate -> RDS, cache, S3, queues, event bus
#   device -> API Gateway + WAF (Cognito token) -> ingest queue -> Lambda -> DynamoDB, event bus -> tasks queue -> ECS

module "account" {
  source = "../account"

  name_prefix     = local.name
  ebs_kms_key_arn = module.kms.arns.data
}

module "network" {
  source = "../network"

  name_prefix        = local.name
  account_id         = var.account_id
  region             = var.region
  network            = var.network
  log_retention_days = var.log_retention_days
  log_kms_key_arn    = module.kms.arns.logs
}

module "storage" {
  source = "../storage"

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name_prefix        = local.name
  account_id         = var.account_id
  region             = var.region
  dr_region          = var.dr_region
  kms_key_arn        = module.kms.arns.data
  dr_kms_key_arn     = try(local.dr_keys.data, null)
  replicate          = var.disaster_recovery
  log_retention_days = var.log_retention_days
  # The distribution reads a bucket whose policy names the distribution. No circle: it needs the bucket's host name, and
  # only the policy needs the distribution.
  cdn_distribution_arn = module.cdn.distribution_arn
}

module "database" {
  source = "../database"

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name_prefix        = local.name
  account_id         = var.account_id
  database           = var.database
  subnet_ids         = module.network.data_subnet_ids
  security_group_id  = module.network.security_group_ids["database"]
  kms_key_arn        = module.kms.arns.data
  log_kms_key_arn    = module.kms.arns.logs
  log_retention_days = var.log_retention_days
  protect            = var.protect
  replicate_backups  = var.disaster_recovery
  dr_kms_key_arn     = try(local.dr_keys.data, null)
  events_topic_arn   = module.observability.topic_arn
}

module "cache" {
  source = "../cache"

  name_prefix        = local.name
  cache              = var.cache
  subnet_ids         = module.network.data_subnet_ids
  security_group_id  = module.network.security_group_ids["cache"]
  kms_key_arn        = module.kms.arns.data
  log_kms_key_arn    = module.kms.arns.logs
  log_retention_days = var.log_retention_days
  events_topic_arn   = module.observability.topic_arn
}

module "dynamodb" {
  source = "../dynamodb"

  name_prefix = local.name
  kms_key_arn = module.kms.arns.data
  protect     = var.protect
  replicas    = var.disaster_recovery ? { (var.dr_region) = local.dr_keys.data } : {}
}

module "queues" {
  source = "../queues"

  name_prefix = local.name
  account_id  = var.account_id
  region      = var.region
  kms_key_arn = module.kms.arns.messaging

  queues = {
    # Measurements on their way to the processor function.
    ingest = {
      visibility_seconds = 6 * local.processor_timeout
    }
    # Background work of the backend.
    tasks = {
      visibility_seconds = 300
      senders            = ["arn:aws:events:${var.region}:${var.account_id}:rule/*${local.name}*"]
    }
  }
}

module "events" {
  source = "../events"

  name_prefix           = local.name
  kms_key_arn           = module.kms.arns.messaging
  publisher_role_arns   = [module.processor.role_arn, module.service.task_role_arn]
  uploads_bucket        = module.storage.buckets["uploads"].name
  target_queue_arn      = module.queues.queues["tasks"].arn
  dead_letter_queue_arn = module.queues.dead_letter_queues["tasks"].arn
}

module "ecr" {
  source = "../ecr"

  name           = "${local.name}/backend"
  account_id     = var.account_id
  region         = var.region
  kms_key_arn    = module.kms.arns.data
  replica_region = var.disaster_recovery ? var.dr_region : null
}

module "waf" {
  source = "../waf"

  name               = "${local.name}-regional"
  description        = "In front of the load balancer, the device API and sign-in"
  scope              = "REGIONAL"
  rate_limit         = var.edge.waf_rate_limit
  log_retention_days = var.log_retention_days
  log_kms_key_arn    = module.kms.arns.logs
}

module "cognito" {
  source = "../cognito"

  name_prefix       = local.name
  account_id        = var.account_id
  app_domain_name   = local.app_domain_name
  mail_domain       = var.dns.zone_name
  zone_id           = var.dns.zone_id
  threat_protection = var.sign_in.threat_protection
  protect           = var.protect
  web_acl_arn       = module.waf.arn
}

module "cdn" {
  source = "../cdn"

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }

  name_prefix                = local.name
  domain_name                = local.app_domain_name
  zone_id                    = var.dns.zone_id
  edge                       = var.edge
  assets_domain_name         = module.storage.assets_domain_name
  assets_replica_domain_name = module.storage.assets_replica_domain_name
  load_balancer_domain_name  = module.service.load_balancer.dns_name
  log_bucket_arn             = module.storage.logs.arn
  log_retention_days         = var.log_retention_days
  log_kms_key_arn            = module.kms_us_east_1.arns.logs
}

module "service" {
  source = "../service"

  name               = local.name
  account_id         = var.account_id
  region             = var.region
  vpc_id             = module.network.vpc_id
  domain_name        = local.app_domain_name
  zone_id            = var.dns.zone_id
  web_acl_arn        = module.waf.arn
  size               = var.service
  log_bucket         = module.storage.logs.name
  log_retention_days = var.log_retention_days
  log_kms_key_arn    = module.kms.arns.logs
  protect            = var.protect

  subnet_ids = {
    public  = module.network.public_subnet_ids
    private = module.network.private_subnet_ids
  }

  security_group_ids = {
    load_balancer = module.network.security_group_ids["load_balancer"]
    service       = module.network.security_group_ids["service"]
  }

  sign_in = {
    user_pool_arn = module.cognito.user_pool.arn
    client_id     = module.cognito.client_ids.load_balancer
    domain        = module.cognito.user_pool.domain
  }

  image = {
    repository_arn = module.ecr.repository.arn
    address        = "${module.ecr.repository.url}:${var.service.image_tag}"
  }

  environment = {
    VITASCOPE_ENVIRONMENT = upper(var.environment)
    AWS_REGION            = var.region
    EVENT_BUS_NAME        = local.name
    DATABASE_USER         = local.database_user
  }

  parameters             = local.parameter_arns
  parameters_kms_key_arn = module.kms.arns.data
  policies               = { data = data.aws_iam_policy_document.backend.json }
}

module "api_gateway" {
  source = "../api_gateway"

  name               = local.name
  account_id         = var.account_id
  region             = var.region
  domain_name        = local.api_domain_name
  zone_id            = var.dns.zone_id
  user_pool_arn      = module.cognito.user_pool.arn
  web_acl_arn        = module.waf.arn
  limits             = var.api
  log_retention_days = var.log_retention_days
  log_kms_key_arn    = module.kms.arns.logs

  ingest_queue = {
    name        = module.queues.queues["ingest"].name
    arn         = module.queues.queues["ingest"].arn
    kms_key_arn = module.kms.arns.messaging
  }

  query_function = {
    name       = module.query.name
    invoke_arn = module.query.invoke_arn
  }
}

module "observability" {
  source = "../observability"

  name_prefix          = local.name
  account_id           = var.account_id
  region               = var.region
  kms_key_arn          = module.kms.arns.messaging
  alert_emails         = var.alert_emails
  load_balancer        = module.service.load_balancer
  ecs                  = module.service.ecs
  database_ids         = module.database.instance_ids
  database_storage_gib = var.database.allocated_storage
  cache_node_ids       = module.cache.node_ids
  table_name           = module.dynamodb.table.name
  function_names       = [module.processor.name, module.query.name]
  api_name             = module.api_gateway.name

  dead_letter_queue_names = [for queue in module.queues.dead_letter_queues : queue.name]
}

module "audit_trail" {
  source = "../audit_trail"

  name               = local.name
  account_id         = var.account_id
  region             = var.region
  kms_key_arn        = module.kms.arns.logs
  access_log_bucket  = module.storage.access_log_bucket
  lock_days          = var.log_retention_days
  log_retention_days = var.log_retention_days
  insights           = var.protect
  topic              = { name = module.observability.topic_name, arn = module.observability.topic_arn }
}

module "backup" {
  source = "../backup"

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name           = local.name
  account_id     = var.account_id
  backup         = var.backup
  kms_key_arn    = module.kms.arns.backup
  copy_to_dr     = var.disaster_recovery
  dr_kms_key_arn = try(local.dr_keys.backup, null)
  test_restores  = var.disaster_recovery
  topic_arn      = module.observability.topic_arn
}
