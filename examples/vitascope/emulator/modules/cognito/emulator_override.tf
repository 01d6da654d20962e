resource "aws_cognito_risk_configuration" "this" {
  count = 0
}

resource "aws_route53_record" "dkim" {
  count = 0
}
