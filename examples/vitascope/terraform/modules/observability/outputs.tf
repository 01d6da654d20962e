output "topic_name" {
  description = "Name of the same topic: CloudTrail is given a name."
  value       = aws_sns_topic.alarms.name

  depends_on = [aws_sns_topic_policy.alarms]
}

output "topic_arn" {
  description = "Topic for alarms, once the services that publish to it may."
  value       = aws_sns_topic_policy.alarms.arn
}
