output "buckets" {
  description = "ARN and name of each content bucket: assets, uploads."
  value       = { for purpose, bucket in module.content : purpose => { arn = bucket.arn, name = bucket.id } }
}

output "assets_domain_name" {
  description = "Host name CloudFront reads the assets from."
  value       = module.content["assets"].regional_domain_name
}

output "assets_replica_domain_name" {
  description = "Host name of the assets' copy in the recovery region. Null where there is none."
  value       = var.replicate ? module.replica["assets"].regional_domain_name : null
}

output "logs" {
  description = "Bucket for load balancer and CloudFront logs."
  value       = { arn = module.logs.arn, name = module.logs.writable_id }
}

output "access_log_bucket" {
  description = "Bucket that receives S3 access logs in the primary region."
  value       = module.access_logs.writable_id
}
