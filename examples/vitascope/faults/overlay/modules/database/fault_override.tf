# A production database turned into a development one, argument by argument.

resource "aws_db_instance" "this" {
  storage_encrypted       = false
  kms_key_id              = null
  backup_retention_period = 1
  multi_az                = false
  publicly_accessible     = true
  deletion_protection     = false
}
