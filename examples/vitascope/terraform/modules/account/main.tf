# Settings of the account as a whole. They belong here because each environment has an account to itself; they hold
# also for what is made by hand beside this code.

resource "aws_s3_account_public_access_block" "this" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# People sign in through the organisation's identity provider; this is for the IAM user somebody makes all the same.
resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  password_reuse_prevention      = 24
  max_password_age               = 90
  allow_users_to_change_password = true
}

# Reports what can be reached from outside the account.
resource "aws_accessanalyzer_analyzer" "external" {
  analyzer_name = "${var.name_prefix}-external"
  type          = "ACCOUNT"
}

resource "aws_ebs_encryption_by_default" "this" {
  enabled = true
}

resource "aws_ebs_default_kms_key" "this" {
  key_arn = var.ebs_kms_key_arn
}
