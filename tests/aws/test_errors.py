from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from auditor.aws.errors import explain, sanitised

URL = "https://rds.eu-west-1.amazonaws.com/"


def client_error(code, status=400, message="", headers=None):
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Operation"
    )


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("AccessDenied", 403, "denied"),
        ("AccessDeniedException", 400, "denied"),
        ("UnauthorizedOperation", 403, "denied"),
        ("SomethingNew", 403, "denied"),
        ("Throttling", 400, "throttled"),
        ("ThrottlingException", 400, "throttled"),
        ("RequestLimitExceeded", 503, "throttled"),
        ("SlowDown", 503, "throttled"),
        ("SomethingNew", 429, "throttled"),
        ("InternalError", 500, "failed"),
        ("NotImplemented", 501, "failed"),
        ("ValidationError", 400, "failed"),
        ("ExpiredToken", 400, "failed"),
    ],
)
def test_how_a_call_ended(code, status, outcome):
    assert explain(client_error(code, status)).outcome == outcome


def test_a_denied_call_says_what_to_grant():
    trouble = explain(client_error("AccessDenied", 403), ("rds:DescribeDBInstances",))
    assert trouble.because == "access denied: grant rds:DescribeDBInstances"


def test_granting_does_not_help_against_an_explicit_deny():
    message = (
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: "
        "rds:DescribeDBInstances with an explicit deny in a service control policy"
    )
    trouble = explain(client_error("AccessDenied", 403, message), ("rds:DescribeDBInstances",))
    assert trouble.because == (
        "access denied by an explicit deny in a service control policy: "
        "allow rds:DescribeDBInstances"
    )


@pytest.mark.parametrize(
    ("error", "because", "reach"),
    [
        (
            client_error("ExpiredToken"),
            "the credentials have expired: renew them and run again",
            "account",
        ),
        (
            client_error("OptInRequired", 403),
            "the account is not subscribed to the service here",
            "endpoint",
        ),
        (
            client_error("UnrecognizedClientException"),
            "AWS does not accept the credentials here: the region is not enabled for the account, "
            "or the access key is not valid",
            "endpoint",
        ),
        (
            client_error("SignatureDoesNotMatch", 403, "The request signature does not match"),
            "the secret key does not belong to the access key: check it",
            "account",
        ),
        (
            NoCredentialsError(),
            "no AWS credentials were found: set a profile, a role or the AWS_* variables",
            "account",
        ),
        (
            EndpointConnectionError(endpoint_url=URL),
            "the endpoint cannot be reached: check the network, the region and the endpoint URL",
            "endpoint",
        ),
        (ReadTimeoutError(endpoint_url=URL), "the endpoint did not answer in time", "call"),
        (
            ProxyConnectionError(proxy_url="http://proxy"),
            "the proxy cannot be reached: check HTTPS_PROXY, NO_PROXY",
            "endpoint",
        ),
        (
            SSLError(endpoint_url=URL, error="self-signed"),
            "the TLS connection is not trusted: a proxy may sign it; set AWS_CA_BUNDLE to its "
            "certificate",
            "endpoint",
        ),
    ],
)
def test_the_cause_says_what_to_do_and_how_far_it_reaches(error, because, reach):
    trouble = explain(error)
    assert (trouble.because, trouble.reach) == (because, reach)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and the current time"),
        ("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than"),
        ("InvalidSignatureException", "Signature not yet current: 20260101T000000Z"),
    ],
)
def test_a_wrong_clock_is_named_with_the_difference(code, message):
    there = format_datetime(datetime.now(UTC) - timedelta(minutes=20))
    trouble = explain(client_error(code, 403, message, {"date": there}))
    assert trouble.because == (
        "this machine's clock is wrong (20 min ahead of AWS): set it and run again"
    )


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "The AWS Access Key Id AKIAIOSFODNN7EXAMPLE is not valid",
            "The AWS Access Key Id (access key) is not valid",
        ),
        ("secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY leaked", "secret (left out) leaked"),
        ("token " + "AbC1" * 40, "token (left out)"),
        (
            "Failed to connect to proxy http://user:hunter2@proxy:3128",
            "Failed to connect to proxy http://proxy:3128",
        ),
        (
            "You are not authorized. Encoded authorization failure message: 4f-abc_def more",
            "You are not authorized. Encoded authorization failure message: (left out) more",
        ),
        (
            "The Canonical String was:\nGET\nx-amz-security-token:secret",
            "The Canonical String was:",
        ),
        (
            "arn:aws:iam::123456789012:role/service-role/a-very-long-name-of-a-role-that-is-fine",
            "arn:aws:iam::123456789012:role/service-role/a-very-long-name-of-a-role-that-is-fine",
        ),
    ],
)
def test_secrets_are_left_out_of_messages(message, shown):
    assert sanitised(message) == shown


def test_a_long_message_is_cut():
    assert len(sanitised("no " * 1000)) == 300
