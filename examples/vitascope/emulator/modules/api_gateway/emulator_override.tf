resource "aws_api_gateway_client_certificate" "this" {
  count = 0
}

resource "aws_api_gateway_stage" "this" {
  client_certificate_id = null
}
