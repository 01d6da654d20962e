# A deployment is a snapshot. The trigger hashes the files that say what it is a snapshot of, so that a change of a method
# is deployed; hashing the resources would deploy again whenever AWS fills in an attribute.
resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id

  triggers = {
    content = sha256(join("", [for file in ["main.tf", "methods.tf"] : filesha256("${path.module}/${file}")]))
  }

  # The snapshot is taken when this is made: everything in it has to be there.
  depends_on = [
    aws_api_gateway_integration.query,
    aws_api_gateway_integration_response.ingest,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}/access"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

# Lets an integration behind the API tell that a call came through the gateway.
resource "aws_api_gateway_client_certificate" "this" {
  description = "${var.name}: the gateway towards its integrations"
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id           = aws_api_gateway_rest_api.this.id
  deployment_id         = aws_api_gateway_deployment.this.id
  stage_name            = "live"
  client_certificate_id = aws_api_gateway_client_certificate.this.id
  xray_tracing_enabled  = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request_id     = "$context.requestId"
      time           = "$context.requestTime"
      source_ip      = "$context.identity.sourceIp"
      subject        = "$context.authorizer.claims.sub"
      method         = "$context.httpMethod"
      resource       = "$context.resourcePath"
      status         = "$context.status"
      latency        = "$context.responseLatency"
      error          = "$context.error.message"
      waf            = "$context.wafResponseCode"
      integration_ms = "$context.integrationLatency"
    })
  }

  # API Gateway checks when the stage is made that it may write logs at all.
  depends_on = [aws_api_gateway_account.this]
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    logging_level = "ERROR"
    # Bodies are health data: never in a log.
    data_trace_enabled     = false
    metrics_enabled        = true
    throttling_rate_limit  = var.limits.rate_limit
    throttling_burst_limit = var.limits.burst_limit
    # Answers differ by who asks; nothing is cached.
    caching_enabled = false
  }
}

resource "aws_wafv2_web_acl_association" "stage" {
  resource_arn = aws_api_gateway_stage.this.arn
  web_acl_arn  = var.web_acl_arn
}

# The account's permission for API Gateway to write execution logs: one a region, and this environment owns its account.
module "log_role" {
  source = "../service_role"

  name             = "${var.name}-logs"
  description      = "API Gateway writes execution logs"
  service          = "apigateway.amazonaws.com"
  account_id       = var.account_id
  managed_policies = ["service-role/AmazonAPIGatewayPushToCloudWatchLogs"]
}

resource "aws_api_gateway_account" "this" {
  cloudwatch_role_arn = module.log_role.arn
}

module "certificate" {
  source = "../certificate"

  domain_name = var.domain_name
  zone_id     = var.zone_id
}

resource "aws_api_gateway_domain_name" "this" {
  domain_name              = var.domain_name
  regional_certificate_arn = module.certificate.arn
  security_policy          = "TLS_1_2"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "this" {
  api_id      = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  domain_name = aws_api_gateway_domain_name.this.domain_name
}

resource "aws_route53_record" "alias" {
  zone_id = var.zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = aws_api_gateway_domain_name.this.regional_domain_name
    zone_id                = aws_api_gateway_domain_name.this.regional_zone_id
    evaluate_target_health = true
  }
}
