output "topic_arn" {
  description = "Topic for alarms, once the services that publish to it may."
  value       = aws_sns_topic_policy.alarms.arn
}
