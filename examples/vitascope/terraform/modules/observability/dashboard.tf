# The page opened first when the telephone rings.

locals {
  dashboard_rows = [
    {
      title   = "Requests and errors"
      metrics = [for metric in ["RequestCount", "HTTPCode_Target_5XX_Count"] : ["AWS/ApplicationELB", metric, "LoadBalancer", var.load_balancer.arn_suffix]]
    },
    {
      title   = "Tasks"
      metrics = [for metric in ["CPUUtilization", "MemoryUtilization"] : ["AWS/ECS", metric, "ClusterName", var.ecs.cluster, "ServiceName", var.ecs.service]]
    },
    {
      title   = "Database"
      metrics = [for id in var.database_ids : ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", id]]
    },
    {
      title   = "Functions: errors"
      metrics = [for name in var.function_names : ["AWS/Lambda", "Errors", "FunctionName", name]]
    },
    {
      title   = "Dead letters"
      metrics = [for name in var.dead_letter_queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name_prefix

  dashboard_body = jsonencode({
    widgets = [
      for index, row in local.dashboard_rows : {
        type   = "metric"
        x      = (index % 2) * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = row.title
          region  = var.region
          view    = "timeSeries"
          period  = 300
          metrics = row.metrics
        }
      }
    ]
  })
}
