resource "aws_api_gateway_method" "query" {
  authorization = "NONE"
  authorizer_id = null
}
