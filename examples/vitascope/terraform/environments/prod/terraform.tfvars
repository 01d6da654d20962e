# Production: every tier in three zones, copies in Osaka, nothing deletable by one command.

environment = "prod"
account_id  = "777788889999"
owner       = "vitascope-platform"
cost_center = "VS-1003"

alert_emails       = ["oncall@vitascope.example", "security@vitascope.example"]
protect            = true
disaster_recovery  = true
log_retention_days = 400

dns = {
  zone_name = "vitascope.example"
  zone_id   = "Z0PRD1XAMPLE2ZONE3ID"
}

network = {
  cidr                      = "10.30.0.0/16"
  availability_zones        = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
  nat_per_zone              = true
  endpoint_zones            = 3
  cloudfront_prefix_list_id = "pl-58a04531"
}

database = {
  engine_version          = "17.5"
  instance_class          = "db.r7g.xlarge"
  allocated_storage       = 200
  max_allocated_storage   = 1000
  multi_az                = true
  read_replicas           = 1
  backup_retention_days   = 35
  insights_retention_days = 731
}

cache = {
  node_type               = "cache.r7g.large"
  replicas                = 2
  snapshot_retention_days = 7
}

service = {
  image_tag = "1.7.4"
  cpu       = 2048
  memory    = 4096
  min_tasks = 3
  max_tasks = 24
}

functions = {
  log_level            = "INFO"
  reserved_concurrency = 100
}

api = {
  rate_limit  = 500
  burst_limit = 1000
}

edge = {
  price_class     = "PriceClass_200"
  countries       = ["JP"]
  waf_rate_limit  = 2000
  assets_failover = true
}

sign_in = {
  threat_protection = "ENFORCED"
}

backup = {
  retention_days      = 35
  copy_retention_days = 90
  lock_vaults         = true
}
