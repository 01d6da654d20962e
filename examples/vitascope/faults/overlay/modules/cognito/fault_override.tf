resource "aws_cognito_user_pool" "this" {
  mfa_configuration = "OFF"

  password_policy {
    minimum_length    = 6
    require_lowercase = true
  }
}
