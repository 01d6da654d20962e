# The bucket and the key are made by the organisation's account bootstrap, not here: a state cannot hold its own home.
terraform {
  backend "s3" {
    bucket       = "vitascope-tfstate-777788889999"
    key          = "vitascope/prod/terraform.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    kms_key_id   = "arn:aws:kms:ap-northeast-1:777788889999:alias/vitascope-tfstate"
    use_lockfile = true
  }
}
