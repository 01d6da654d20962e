resource "aws_ecr_repository" "this" {
  image_tag_mutability = "MUTABLE"
}
