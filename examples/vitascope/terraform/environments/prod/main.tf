module "vitascope" {
  source = "../../modules/platform"

  providers = {
    aws           = aws
    aws.dr        = aws.dr
    aws.us_east_1 = aws.us_east_1
  }

  project            = var.project
  environment        = var.environment
  account_id         = var.account_id
  region             = var.region
  dr_region          = var.dr_region
  owner              = var.owner
  cost_center        = var.cost_center
  alert_emails       = var.alert_emails
  protect            = var.protect
  disaster_recovery  = var.disaster_recovery
  log_retention_days = var.log_retention_days
  dns                = var.dns
  network            = var.network
  database           = var.database
  cache              = var.cache
  service            = var.service
  functions          = var.functions
  api                = var.api
  edge               = var.edge
  sign_in            = var.sign_in
  backup             = var.backup
}
