output "queues" {
  description = "Name, ARN and URL of each queue."
  value = {
    for name, queue in aws_sqs_queue.main : name => { name = queue.name, arn = queue.arn, url = queue.url }
  }
}

output "dead_letter_queues" {
  description = "Name and ARN of each dead letter queue, by the queue it belongs to."
  value       = { for name, queue in aws_sqs_queue.dead_letter : name => { name = queue.name, arn = queue.arn } }
}
