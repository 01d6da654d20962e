# What must ring, as data: one row an alarm. Rows that repeat for every function, queue or instance are made by loops.
# A period is five minutes; `times` is how many in a row.

locals {
  database_storage_bytes = var.database_storage_gib * 1024 * 1024 * 1024

  alb_dimensions = {
    LoadBalancer = var.load_balancer.arn_suffix
    TargetGroup  = var.load_balancer.target_group_arn_suffix
  }

  ecs_dimensions = {
    ClusterName = var.ecs.cluster
    ServiceName = var.ecs.service
  }

  single_alarms = {
    alb-5xx         = { what = "The backend answers with errors", namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = local.alb_dimensions, statistic = "Sum", above = 20, times = 1 }
    alb-unhealthy   = { what = "A task fails its health check", namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.alb_dimensions, statistic = "Maximum", above = 0, times = 2 }
    alb-slow        = { what = "The backend is slow (p95, seconds)", namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local.alb_dimensions, statistic = "p95", above = 2, times = 3 }
    ecs-cpu         = { what = "Tasks are at their CPU limit although scaled out", namespace = "AWS/ECS", metric = "CPUUtilization", dimensions = local.ecs_dimensions, statistic = "Average", above = 85, times = 3 }
    ecs-memory      = { what = "Tasks are at their memory limit although scaled out", namespace = "AWS/ECS", metric = "MemoryUtilization", dimensions = local.ecs_dimensions, statistic = "Average", above = 85, times = 3 }
    api-5xx         = { what = "The device API answers with errors", namespace = "AWS/ApiGateway", metric = "5XXError", dimensions = { ApiName = var.api_name }, statistic = "Sum", above = 10, times = 1 }
    table-throttled = { what = "DynamoDB refuses requests", namespace = "AWS/DynamoDB", metric = "ThrottledRequests", dimensions = { TableName = var.table_name }, statistic = "Sum", above = 0, times = 1 }
  }

  database_alarms = merge([
    for id in var.database_ids : {
      "${id}-cpu"         = { what = "Database CPU is busy", namespace = "AWS/RDS", metric = "CPUUtilization", dimensions = { DBInstanceIdentifier = id }, statistic = "Average", above = 80, times = 3 }
      "${id}-connections" = { what = "Database connections run out", namespace = "AWS/RDS", metric = "DatabaseConnections", dimensions = { DBInstanceIdentifier = id }, statistic = "Maximum", above = 400, times = 2 }
      "${id}-storage"     = { what = "Database storage runs out faster than it grows", namespace = "AWS/RDS", metric = "FreeStorageSpace", dimensions = { DBInstanceIdentifier = id }, statistic = "Minimum", below = local.database_storage_bytes / 10, times = 1 }
    }
  ]...)

  replica_alarms = {
    for id in slice(var.database_ids, 1, length(var.database_ids)) :
    "${id}-lag" => { what = "Replica is more than a minute behind", namespace = "AWS/RDS", metric = "ReplicaLag", dimensions = { DBInstanceIdentifier = id }, statistic = "Maximum", above = 60, times = 3 }
  }

  cache_alarms = merge([
    for id in var.cache_node_ids : {
      "cache-${id}-cpu"    = { what = "Cache engine is busy", namespace = "AWS/ElastiCache", metric = "EngineCPUUtilization", dimensions = { CacheClusterId = id }, statistic = "Average", above = 80, times = 3 }
      "cache-${id}-memory" = { what = "Cache is full and evicts", namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", dimensions = { CacheClusterId = id }, statistic = "Maximum", above = 90, times = 3 }
    }
  ]...)

  function_alarms = merge([
    for name in var.function_names : {
      "${name}-errors"    = { what = "Function fails", namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = name }, statistic = "Sum", above = 5, times = 1 }
      "${name}-throttles" = { what = "Function is called more often than it may run", namespace = "AWS/Lambda", metric = "Throttles", dimensions = { FunctionName = name }, statistic = "Sum", above = 0, times = 3 }
    }
  ]...)

  queue_alarms = {
    for name in var.dead_letter_queue_names :
    "${name}-filled" => { what = "Messages that could not be handled", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = name }, statistic = "Maximum", above = 0, times = 1 }
  }

  alarms = merge(
    local.single_alarms,
    local.database_alarms,
    local.replica_alarms,
    local.cache_alarms,
    local.function_alarms,
    local.queue_alarms,
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name         = "${var.name_prefix}-${each.key}"
  alarm_description  = each.value.what
  namespace          = each.value.namespace
  metric_name        = each.value.metric
  dimensions         = each.value.dimensions
  statistic          = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period             = 300
  evaluation_periods = each.value.times

  comparison_operator = can(each.value.below) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.below, each.value.above)
  # No traffic is no fault, and most of these metrics exist only when something happens.
  treat_missing_data = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}
