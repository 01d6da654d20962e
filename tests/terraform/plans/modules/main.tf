# Modules with for_each and count, providers passed on, waiting data sources inside.
provider "aws" {
  alias                       = "us"
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags {
    tags = { team = "core", layer = "us" }
  }
}
locals {
  queues = {
    orders  = { fifo = true, retention = 60 }
    "a.b/c" = { retention = "120", tags = { x = null, y = "1" } }
  }
}
module "queue" {
  source    = "./queue"
  for_each  = local.queues
  name      = replace(each.key, "/[^a-z]/", "-")
  fifo      = try(each.value.fifo, false)
  retention = each.value.retention
  tags      = try(each.value.tags, {})
  providers = {
    aws = aws.us
  }
}
module "listed" {
  source = "./queue"
  count  = 2
  name   = "listed-${count.index}"
}
module "none" {
  source = "./queue"
  count  = 0
  name   = "none"
}
module "late" {
  source     = "./queue"
  name       = "late"
  depends_on = [aws_sns_topic.t]
}
resource "aws_sns_topic" "t" {
  name = "t"
}
resource "aws_sns_topic_subscription" "s" {
  for_each  = module.queue
  topic_arn = aws_sns_topic.t.arn
  protocol  = "sqs"
  endpoint  = each.value.arn
}
resource "aws_sqs_queue_policy" "p" {
  count     = length(module.listed)
  queue_url = module.listed[count.index].url
  policy    = module.listed[count.index].policy
}
output "names" {
  value = { for k, m in module.queue : k => m.name }
}
output "late" {
  value = [module.late.name, module.late.region]
}
output "regions" {
  value = concat(values(module.queue)[*].region, module.listed[*].region, [for m in module.none : m.region])
}
