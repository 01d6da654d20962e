resource "aws_cognito_user_pool" "this" {
  name                     = var.name_prefix
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.protect ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = "ON"

  # Threat protection below is a feature of this tier.
  user_pool_tier = "PLUS"

  username_configuration {
    case_sensitive = false
  }

  # Clinics invite their staff and patients; nobody signs up by themselves.
  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 14
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    password_history_size            = 12
    temporary_password_validity_days = 3
  }

  # Authenticator apps only: text messages can be diverted, and cost.
  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  email_configuration {
    email_sending_account = "DEVELOPER"
    source_arn            = aws_sesv2_email_identity.sender.arn
    from_email_address    = local.sender
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  user_pool_add_ons {
    advanced_security_mode = var.threat_protection

    advanced_security_additional_flows {
      custom_auth_mode = var.threat_protection
    }
  }
}

resource "aws_cognito_risk_configuration" "this" {
  user_pool_id = aws_cognito_user_pool.this.id

  compromised_credentials_risk_configuration {
    event_filter = ["PASSWORD_CHANGE", "SIGN_IN", "SIGN_UP"]

    actions {
      event_action = "BLOCK"
    }
  }

  account_takeover_risk_configuration {
    notify_configuration {
      source_arn = aws_sesv2_email_identity.sender.arn
      from       = local.sender

      block_email {
        subject   = "サインインをブロックしました"
        text_body = local.blocked_message
        html_body = "<p>${local.blocked_message}</p>"
      }
    }

    actions {
      low_action {
        event_action = "BLOCK"
        notify       = false
      }

      medium_action {
        event_action = "BLOCK"
        notify       = true
      }

      high_action {
        event_action = "BLOCK"
        notify       = true
      }
    }
  }
}

resource "aws_cognito_user_pool_domain" "this" {
  user_pool_id = aws_cognito_user_pool.this.id
  domain       = "${var.name_prefix}-${var.account_id}"
}

# Used by the load balancer, which keeps the secret; a browser never sees it.
resource "aws_cognito_user_pool_client" "load_balancer" {
  name         = "load-balancer"
  user_pool_id = aws_cognito_user_pool.this.id

  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile"]
  callback_urls                        = ["https://${var.app_domain_name}/oauth2/idpresponse"]
  logout_urls                          = ["https://${var.app_domain_name}/"]
  supported_identity_providers         = ["COGNITO"]
  explicit_auth_flows                  = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
  prevent_user_existence_errors        = "ENABLED"
  enable_token_revocation              = true
}

# Used by the devices' gateway software to get the tokens that API Gateway asks for. A public client: no secret to keep.
resource "aws_cognito_user_pool_client" "device" {
  name         = "device"
  user_pool_id = aws_cognito_user_pool.this.id

  generate_secret               = false
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  access_token_validity         = 15
  refresh_token_validity        = 1

  token_validity_units {
    access_token  = "minutes"
    refresh_token = "days"
  }
}

resource "aws_wafv2_web_acl_association" "sign_in" {
  resource_arn = aws_cognito_user_pool.this.arn
  web_acl_arn  = var.web_acl_arn
}
