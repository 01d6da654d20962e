# The edge: static files from S3, everything dynamic passed to the load balancer under the same host name.

locals {
  assets_origins = merge(
    { assets = var.assets_domain_name },
    var.edge.assets_failover ? { assets-replica = var.assets_replica_domain_name } : {},
  )

  # Managed policies have fixed ids, published in the CloudFront developer guide.
  cache_static     = "658327ea-f89d-4fab-a88d-7e88639e58f6" # CachingOptimized
  cache_nothing    = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # CachingDisabled
  forward_all      = "216adef6-5c7f-47e4-b989-5492eafa07d3" # AllViewer: the load balancer's Cognito action needs the Host header
  dynamic_patterns = ["/api/*", "/oauth2/*"]
}

module "certificate" {
  source    = "../certificate"
  providers = { aws = aws.us_east_1 }

  domain_name = var.domain_name
  zone_id     = var.zone_id
}

module "waf" {
  source    = "../waf"
  providers = { aws = aws.us_east_1 }

  name               = "${var.name_prefix}-edge"
  description        = "In front of CloudFront"
  scope              = "CLOUDFRONT"
  rate_limit         = var.edge.waf_rate_limit
  log_retention_days = var.log_retention_days
  log_kms_key_arn    = var.log_kms_key_arn
}

resource "aws_cloudfront_origin_access_control" "assets" {
  name                              = "${var.name_prefix}-assets"
  description                       = "Signs requests to the assets buckets, which nobody else may read"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_response_headers_policy" "security" {
  name    = "${var.name_prefix}-security"
  comment = "Headers every answer carries"

  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      preload                    = true
      override                   = true
    }

    content_security_policy {
      content_security_policy = "default-src 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'"
      override                = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = true
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  comment             = var.name_prefix
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  aliases             = [var.domain_name]
  default_root_object = "index.html"
  price_class         = var.edge.price_class
  web_acl_id          = module.waf.arn

  dynamic "origin" {
    for_each = local.assets_origins

    content {
      origin_id                = origin.key
      domain_name              = origin.value
      origin_access_control_id = aws_cloudfront_origin_access_control.assets.id
    }
  }

  origin {
    origin_id   = "load-balancer"
    domain_name = var.load_balancer_domain_name

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  dynamic "origin_group" {
    for_each = var.edge.assets_failover ? ["assets-with-failover"] : []

    content {
      origin_id = origin_group.value

      failover_criteria {
        status_codes = [500, 502, 503, 504]
      }

      member {
        origin_id = "assets"
      }

      member {
        origin_id = "assets-replica"
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = var.edge.assets_failover ? "assets-with-failover" : "assets"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.cache_static
    response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.dynamic_patterns

    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "load-balancer"
      viewer_protocol_policy     = "https-only"
      allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = true
      cache_policy_id            = local.cache_nothing
      origin_request_policy_id   = local.forward_all
      response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = length(var.edge.countries) > 0 ? "whitelist" : "none"
      locations        = var.edge.countries
    }
  }

  viewer_certificate {
    acm_certificate_arn      = module.certificate.arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }
}

resource "aws_route53_record" "alias" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.zone_id
  name    = var.domain_name
  type    = each.value

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}
