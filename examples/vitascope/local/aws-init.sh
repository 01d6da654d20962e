#!/usr/bin/env bash
# Makes in LocalStack what the backend and the functions talk to: queues, bucket, table, bus, functions, parameters.
# Run inside LocalStack's container by `make aws-local-init`; may be run again.
set -euo pipefail

name=vitascope-local
account=000000000000

queue_url() { awslocal sqs create-queue --queue-name "$1" --query QueueUrl --output text; }
parameter() { awslocal ssm put-parameter --overwrite --type String --name "/vitascope/local/$1" --value "$2" >/dev/null; }

for queue in ingest tasks; do
  queue_url "$name-$queue-dlq" >/dev/null
  parameter "queues/$queue" "$(queue_url "$name-$queue")"
done

awslocal s3api head-bucket --bucket "$name-uploads" 2>/dev/null || awslocal s3 mb "s3://$name-uploads"
parameter storage/uploads "$name-uploads"

awslocal dynamodb describe-table --table-name "$name-measurements" >/dev/null 2>&1 ||
  awslocal dynamodb create-table --table-name "$name-measurements" --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=subject_id,AttributeType=S AttributeName=measured_at,AttributeType=S \
    --key-schema AttributeName=subject_id,KeyType=HASH AttributeName=measured_at,KeyType=RANGE >/dev/null
parameter dynamodb/measurements "$name-measurements"

awslocal events describe-event-bus --name "$name" >/dev/null 2>&1 || awslocal events create-event-bus --name "$name" >/dev/null

for function in processor query; do
  awslocal lambda get-function --function-name "$name-$function" >/dev/null 2>&1 ||
    awslocal lambda create-function --function-name "$name-$function" --runtime python3.13 --handler handler.handle \
      --role "arn:aws:iam::$account:role/$name" --zip-file "fileb:///opt/vitascope/packages/$function.zip" \
      --environment "Variables={TABLE_NAME=$name-measurements,EVENT_BUS_NAME=$name}" >/dev/null
done

mappings=$(awslocal lambda list-event-source-mappings --function-name "$name-processor" --query 'length(EventSourceMappings)' --output text)
if [ "$mappings" = 0 ]; then
  awslocal lambda create-event-source-mapping --function-name "$name-processor" --function-response-types ReportBatchItemFailures \
    --event-source-arn "arn:aws:sqs:ap-northeast-1:$account:$name-ingest" >/dev/null
fi

echo "LocalStack is ready: $name"
