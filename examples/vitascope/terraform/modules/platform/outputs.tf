output "urls" {
  description = "Where the application and its API answer."
  value = {
    app = "https://${local.app_domain_name}"
    api = "https://${local.api_domain_name}/v1"
  }
}

output "image_repository" {
  description = "ECR repository the delivery pipeline pushes to."
  value       = module.ecr.repository.url
}

output "sign_in" {
  description = "Cognito identifiers the front end is built with."
  value = {
    user_pool_id = module.cognito.user_pool.id
    client_ids   = module.cognito.client_ids
  }
}
