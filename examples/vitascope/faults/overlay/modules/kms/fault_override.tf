resource "aws_kms_key" "this" {
  # The data key was left out when an old client cached its key material.
  enable_key_rotation = each.key != "data"
}
