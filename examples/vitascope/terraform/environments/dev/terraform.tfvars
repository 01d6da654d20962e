# Development: one of everything, as small as it runs. Encryption, logging and isolation are the same as in production.

environment = "dev"
account_id  = "111122223333"
owner       = "vitascope-platform"
cost_center = "VS-1001"

alert_emails       = ["dev-alerts@vitascope.example"]
protect            = false
disaster_recovery  = false
log_retention_days = 30

dns = {
  zone_name = "dev.vitascope.example"
  zone_id   = "Z0DEV1XAMPLE2ZONE3ID"
}

network = {
  cidr                      = "10.10.0.0/16"
  availability_zones        = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
  nat_per_zone              = false
  endpoint_zones            = 1
  cloudfront_prefix_list_id = "pl-58a04531"
}

database = {
  engine_version        = "17.5"
  instance_class        = "db.t4g.medium"
  allocated_storage     = 20
  max_allocated_storage = 50
  multi_az              = false
  read_replicas         = 0
  backup_retention_days = 7
}

cache = {
  node_type               = "cache.t4g.small"
  replicas                = 0
  snapshot_retention_days = 1
}

service = {
  image_tag = "1.8.0-rc.3"
  cpu       = 512
  memory    = 1024
  min_tasks = 1
  max_tasks = 2
}

functions = {
  log_level            = "DEBUG"
  reserved_concurrency = 5
}

api = {
  rate_limit  = 20
  burst_limit = 40
}

edge = {
  price_class    = "PriceClass_200"
  countries      = ["JP"]
  waf_rate_limit = 2000
}

sign_in = {
  threat_protection = "AUDIT"
}

backup = {
  retention_days      = 7
  copy_retention_days = 7
  lock_vaults         = false
}
