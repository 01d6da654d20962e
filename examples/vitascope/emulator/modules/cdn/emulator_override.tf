resource "aws_cloudfront_response_headers_policy" "security" {
  count = 0
}

# A block given here replaces every block of its kind, so the behaviours are written out without the policy.
resource "aws_cloudfront_distribution" "this" {
  default_cache_behavior {
    target_origin_id       = "assets"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    cache_policy_id        = local.cache_static
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.dynamic_patterns

    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = "load-balancer"
      viewer_protocol_policy   = "https-only"
      allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
      cached_methods           = ["GET", "HEAD"]
      compress                 = true
      cache_policy_id          = local.cache_nothing
      origin_request_policy_id = local.forward_all
    }
  }
}
