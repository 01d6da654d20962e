# Linked into every environment.

terraform {
  # 1.10: the S3 backend locks with a lock file instead of a DynamoDB table.
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
