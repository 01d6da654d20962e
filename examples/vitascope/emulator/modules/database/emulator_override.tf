resource "aws_db_instance_automated_backups_replication" "this" {
  count = 0
}

resource "aws_db_instance" "replica" {
  count = 0
}
