# Staging: production's shape at half its size, so that releases and failovers are rehearsed on the real layout.

environment = "staging"
account_id  = "444455556666"
owner       = "vitascope-platform"
cost_center = "VS-1002"

alert_emails       = ["staging-alerts@vitascope.example"]
protect            = true
disaster_recovery  = false
log_retention_days = 90

dns = {
  zone_name = "staging.vitascope.example"
  zone_id   = "Z0STG1XAMPLE2ZONE3ID"
}

network = {
  cidr                      = "10.20.0.0/16"
  availability_zones        = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
  nat_per_zone              = false
  endpoint_zones            = 2
  cloudfront_prefix_list_id = "pl-58a04531"
}

database = {
  engine_version        = "17.5"
  instance_class        = "db.m7g.large"
  allocated_storage     = 50
  max_allocated_storage = 200
  multi_az              = true
  read_replicas         = 0
  backup_retention_days = 7
}

cache = {
  node_type               = "cache.t4g.medium"
  replicas                = 1
  snapshot_retention_days = 3
}

service = {
  image_tag = "1.8.0-rc.3"
  cpu       = 1024
  memory    = 2048
  min_tasks = 2
  max_tasks = 4
}

functions = {
  log_level            = "INFO"
  reserved_concurrency = 20
}

api = {
  rate_limit  = 100
  burst_limit = 200
}

edge = {
  price_class    = "PriceClass_200"
  countries      = ["JP"]
  waf_rate_limit = 2000
}

sign_in = {
  threat_protection = "ENFORCED"
}

backup = {
  retention_days      = 14
  copy_retention_days = 14
  lock_vaults         = false
}
