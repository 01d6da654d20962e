output "user_pool" {
  description = "Id and ARN of the user pool, and the domain of its sign-in pages."
  value = {
    id     = aws_cognito_user_pool.this.id
    arn    = aws_cognito_user_pool.this.arn
    domain = aws_cognito_user_pool_domain.this.domain
  }
}

output "client_ids" {
  description = "App client id by user: load_balancer, device."
  value = {
    load_balancer = aws_cognito_user_pool_client.load_balancer.id
    device        = aws_cognito_user_pool_client.device.id
  }
}
