resource "aws_s3_account_public_access_block" "this" {
  count = 0
}

resource "aws_accessanalyzer_analyzer" "external" {
  count = 0
}

resource "aws_ebs_default_kms_key" "this" {
  count = 0
}
