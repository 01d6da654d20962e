# Linked into every environment.

output "urls" {
  description = "Where the application and its API answer."
  value       = module.vitascope.urls
}

output "image_repository" {
  description = "ECR repository the delivery pipeline pushes to."
  value       = module.vitascope.image_repository
}

output "sign_in" {
  description = "Cognito identifiers the front end is built with."
  value       = module.vitascope.sign_in
}
