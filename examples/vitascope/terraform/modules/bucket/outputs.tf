output "id" {
  description = "Name of the bucket. The argument, not the computed id: it is known when planning."
  value       = aws_s3_bucket.this.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "regional_domain_name" {
  description = "Host name of the bucket in its region, as CloudFront wants it."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "writable_id" {
  description = "Name of the bucket, for services that test on being configured whether they may write to it."
  value       = aws_s3_bucket.this.bucket

  depends_on = [aws_s3_bucket_policy.this]
}
