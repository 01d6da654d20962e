# Invitations and warnings are sent through SES: Cognito's own sender stops at fifty messages a day.

locals {
  sender          = "no-reply@${var.mail_domain}"
  blocked_message = "通常と異なるサインインをブロックしました。心当たりがない場合はパスワードを変更してください。"
}

resource "aws_sesv2_email_identity" "sender" {
  email_identity = var.mail_domain
}

# Where receivers find the keys of the signatures. SES always makes three.
resource "aws_route53_record" "dkim" {
  count = 3

  zone_id = var.zone_id
  name    = "${aws_sesv2_email_identity.sender.dkim_signing_attributes[0].tokens[count.index]}._domainkey.${var.mail_domain}"
  type    = "CNAME"
  ttl     = 1800
  records = ["${aws_sesv2_email_identity.sender.dkim_signing_attributes[0].tokens[count.index]}.dkim.amazonses.com"]
}
