resource "aws_vpc_block_public_access_options" "this" {
  count = 0
}

resource "aws_vpc_block_public_access_exclusion" "public" {
  for_each = {}
}
