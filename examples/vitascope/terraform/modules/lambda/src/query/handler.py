"""Answer GET /v1/measurements/{subject_id} with the newest measurements of one subject."""

import json
import os
from functools import cache

import boto3
from boto3.dynamodb.conditions import Key

NEWEST = 100


@cache
def table():
    """The measurements table; made once per process, so a warm start keeps the connection."""
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handle(event, _context):
    """API Gateway's proxy format in and out. Who asks has been checked by the authorizer.

    A subject reads its own measurements: the path must name the subject of the token.
    """
    subject = event["pathParameters"]["subject_id"]
    claims = event["requestContext"]["authorizer"]["claims"]
    if claims["sub"] != subject:
        return answer(403, {"message": "not your measurements"})
    found = table().query(
        KeyConditionExpression=Key("subject_id").eq(subject), ScanIndexForward=False, Limit=NEWEST
    )
    return answer(200, {"measurements": found["Items"]})


def answer(status, body):
    """A response in API Gateway's proxy format."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(body, default=str),  # numbers come back from DynamoDB as Decimal
    }
