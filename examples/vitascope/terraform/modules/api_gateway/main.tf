# The API devices call. POST puts a measurement straight on the ingest queue, so taking data in depends on nothing that
# could be busy; GET asks the query function.
#   POST /v1/measurements               -> SQS
#   GET  /v1/measurements/{subject_id}  -> Lambda

resource "aws_api_gateway_rest_api" "this" {
  name        = var.name
  description = "Measurements of devices: in and out"
  # The web ACL and the TLS policy belong to the custom domain; the other address is closed.
  disable_execute_api_endpoint = true

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_authorizer" "user_pool" {
  name          = "user-pool"
  rest_api_id   = aws_api_gateway_rest_api.this.id
  type          = "COGNITO_USER_POOLS"
  provider_arns = [var.user_pool_arn]
}

resource "aws_api_gateway_request_validator" "this" {
  name                        = "body-and-parameters"
  rest_api_id                 = aws_api_gateway_rest_api.this.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "measurement" {
  rest_api_id  = aws_api_gateway_rest_api.this.id
  name         = "Measurement"
  description  = "One measurement as a device sends it"
  content_type = "application/json"

  schema = jsonencode({
    "$schema"            = "http://json-schema.org/draft-04/schema#"
    type                 = "object"
    required             = ["subject_id", "measured_at", "kind", "value"]
    additionalProperties = false
    properties = {
      subject_id  = { type = "string", maxLength = 64 }
      measured_at = { type = "string", format = "date-time" }
      kind        = { type = "string", enum = ["heart_rate", "spo2", "blood_pressure", "temperature", "glucose"] }
      value       = { type = "number" }
      unit        = { type = "string", maxLength = 16 }
    }
  })
}

resource "aws_api_gateway_resource" "v1" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "v1"
}

resource "aws_api_gateway_resource" "measurements" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "measurements"
}

resource "aws_api_gateway_resource" "subject" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.measurements.id
  path_part   = "{subject_id}"
}
