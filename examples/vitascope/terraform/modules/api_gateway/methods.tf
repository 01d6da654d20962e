resource "aws_api_gateway_method" "ingest" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.measurements.id
  http_method          = "POST"
  authorization        = "COGNITO_USER_POOLS"
  authorizer_id        = aws_api_gateway_authorizer.user_pool.id
  request_validator_id = aws_api_gateway_request_validator.this.id
  request_models       = { "application/json" = aws_api_gateway_model.measurement.name }
}

data "aws_iam_policy_document" "ingest" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [var.ingest_queue.arn]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.ingest_queue.kms_key_arn]
  }
}

module "ingest_role" {
  source = "../service_role"

  name        = "${var.name}-ingest"
  description = "API Gateway puts measurements on the ingest queue"
  service     = "apigateway.amazonaws.com"
  account_id  = var.account_id
  policies    = { send = data.aws_iam_policy_document.ingest.json }
}

resource "aws_api_gateway_integration" "ingest" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.measurements.id
  http_method             = aws_api_gateway_method.ingest.http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${var.region}:sqs:path/${var.account_id}/${var.ingest_queue.name}"
  credentials             = module.ingest_role.arn
  # A body that is not JSON is refused, not passed on as it is.
  passthrough_behavior = "NEVER"

  request_parameters = {
    "integration.request.header.Content-Type" = "'application/x-www-form-urlencoded'"
  }

  request_templates = {
    "application/json" = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
  }
}

resource "aws_api_gateway_method_response" "ingest" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = aws_api_gateway_resource.measurements.id
  http_method = aws_api_gateway_method.ingest.http_method
  status_code = "202"
}

resource "aws_api_gateway_integration_response" "ingest" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = aws_api_gateway_resource.measurements.id
  http_method = aws_api_gateway_method.ingest.http_method
  status_code = aws_api_gateway_method_response.ingest.status_code
  # What SQS answers (message id, MD5) is nobody's business.
  response_templates = { "application/json" = jsonencode({ status = "accepted" }) }

  depends_on = [aws_api_gateway_integration.ingest]
}

resource "aws_api_gateway_method" "query" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.subject.id
  http_method          = "GET"
  authorization        = "COGNITO_USER_POOLS"
  authorizer_id        = aws_api_gateway_authorizer.user_pool.id
  request_validator_id = aws_api_gateway_request_validator.this.id
  request_parameters   = { "method.request.path.subject_id" = true }
}

resource "aws_api_gateway_integration" "query" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.subject.id
  http_method             = aws_api_gateway_method.query.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = var.query_function.invoke_arn
}

resource "aws_lambda_permission" "query" {
  statement_id  = "ApiGatewayReads"
  action        = "lambda:InvokeFunction"
  function_name = var.query_function.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/*/${aws_api_gateway_method.query.http_method}${aws_api_gateway_resource.subject.path}"
}
