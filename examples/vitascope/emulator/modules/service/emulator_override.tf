resource "aws_appautoscaling_target" "this" {
  count = 0
}

resource "aws_appautoscaling_policy" "this" {
  for_each = {}

  service_namespace  = "ecs"
  resource_id        = "service/none/none"
  scalable_dimension = "ecs:service:DesiredCount"
}
