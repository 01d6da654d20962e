"""What an AWS error means: how a call ended, why in one line, and how far the trouble reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OK = "ok"
DENIED = "denied"
THROTTLED = "throttled"
FAILED = "failed"
SKIPPED = "skipped"
OUTCOMES = (OK, DENIED, THROTTLED, FAILED, SKIPPED)

CALL = "call"
ENDPOINT = "endpoint"
ACCOUNT = "account"


class AwsError(Exception):
    """The account cannot be read at all: says what was tried, what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a call did not end well.

    outcome: one of `OUTCOMES` but `ok`. code: AWS's error code, or the kind of local error.
    because: the cause and what to do, the same for every resource that meets it.
    detail: AWS's own message, without secrets.
    reach: what else must fail for the same cause: this call alone (`CALL`), the service's
        endpoint in the region (`ENDPOINT`), everything (`ACCOUNT`).
    """

    outcome: str
    code: str
    because: str
    detail: str = ""
    reach: str = CALL


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Codes as services send them. Sources: the "Common Errors" pages of the API references (EC2, IAM,
# query and JSON services), S3's "List of error codes", botocore's retry tables.
_DENIED = _words(
    "AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException "
    "UnauthorizedOperation UnauthorizedAccess NotAuthorized NotAuthorizedException "
    "AccessDeniedFault KMSAccessDeniedException KMS.AccessDeniedException AllAccessDisabled "
    "ForbiddenException Forbidden 403 MissingAuthenticationToken "
    "InsufficientPrivilegesException UnauthorizedException"
)
_THROTTLED = _words(
    "Throttling ThrottlingException ThrottledException RequestThrottledException "
    "RequestThrottled TooManyRequestsException ProvisionedThroughputExceededException "
    "RequestLimitExceeded BandwidthLimitExceeded LimitExceededException SlowDown "
    "PriorRequestNotComplete EC2ThrottledException 429 Throttled"
)
_EXPIRED = _words(
    "ExpiredToken ExpiredTokenException TokenRefreshRequired RequestExpired ExpiredTokenFault"
)
_BAD_CREDENTIALS = _words(
    "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId AuthFailure "
    "InvalidToken IncompleteSignature IncompleteSignatureException"
)
_CLOCK = _words("RequestTimeTooSkewed RequestInTheFuture")
_SIGNATURE = _words("SignatureDoesNotMatch InvalidSignatureException InvalidSignature")
_NOT_OFFERED = _words(
    "NotImplemented UnknownOperationException InvalidAction UnsupportedOperation 501"
)


def explain(error: BaseException, actions: tuple[str, ...] = ()) -> Trouble:
    """What an error that botocore raised means.

    actions: what the call needs, named in the advice.
    """
    reply = getattr(error, "response", None)
    if isinstance(reply, Mapping) and "Error" in reply:
        return _explain_reply(reply, actions)
    return _explain_local(error)


def _explain_reply(reply: Mapping[str, Any], actions: tuple[str, ...]) -> Trouble:
    code = str(reply["Error"].get("Code") or "")
    status = reply.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    detail = sanitised(str(reply["Error"].get("Message") or ""))
    if code in _CLOCK or (code in _SIGNATURE and _about_time(detail)):
        return Trouble(FAILED, code, _clock(reply), detail, ACCOUNT)
    if code in _SIGNATURE:
        return Trouble(
            FAILED, code, "the secret key does not belong to the access key: check it", "", ACCOUNT
        )
    if code in _EXPIRED:
        return Trouble(
            FAILED, code, "the credentials have expired: renew them and run again", detail, ACCOUNT
        )
    if code == "OptInRequired" or code == "SubscriptionRequiredException":
        because = "the account is not subscribed to the service here"
        return Trouble(FAILED, code, because, detail, ENDPOINT)
    if code in _BAD_CREDENTIALS:
        because = (
            "AWS does not accept the credentials here: the region is not enabled for the account, "
            "or the access key is not valid"
        )
        return Trouble(FAILED, code, because, detail, ENDPOINT)
    if code in _THROTTLED or status == 429:
        because = "throttled, also after retries: run again, or read fewer services at a time"
        return Trouble(THROTTLED, code, because, detail)
    if code in _DENIED or status == 403:
        return Trouble(DENIED, code, _denial(detail, actions), detail)
    if code in _NOT_OFFERED or status == 501:
        return Trouble(FAILED, code, "the endpoint does not offer this call", detail)
    if status >= 500:
        return Trouble(FAILED, code, f"AWS answered {status}, also after retries", detail)
    return Trouble(FAILED, code, f"AWS answered {code or status}", detail)


_BY_POLICY = re.compile(
    r"explicit deny in an? (service control policy|resource control policy|"
    r"permissions boundary|session policy|VPC endpoint policy|resource-based policy|"
    r"identity-based policy)",
    re.IGNORECASE,
)


def _denial(detail: str, actions: tuple[str, ...]) -> str:
    grant = f"grant {' and '.join(actions)}" if actions else "check the permissions"
    policy = _BY_POLICY.search(detail)
    if policy:
        return f"access denied by an explicit deny in a {policy[1]}: allow {' and '.join(actions)}"
    return f"access denied: {grant}"


def _about_time(detail: str) -> bool:
    return "expired" in detail.lower() or "not yet current" in detail.lower()


def _clock(reply: Mapping[str, Any]) -> str:
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    apart = ""
    try:
        there = parsedate_to_datetime(date)
        minutes = round((datetime.now(UTC) - there).total_seconds() / 60)
        if minutes:
            side = "ahead of" if minutes > 0 else "behind"
            apart = f" ({abs(minutes)} min {side} AWS)"
    except (TypeError, ValueError):
        pass
    return f"this machine's clock is wrong{apart}: set it and run again"


_LOCAL: Mapping[str, tuple[str, str]] = {
    "NoCredentialsError": (
        "no AWS credentials were found: set a profile, a role or the AWS_* variables",
        ACCOUNT,
    ),
    "PartialCredentialsError": ("the AWS credentials are incomplete", ACCOUNT),
    "CredentialRetrievalError": ("the credentials could not be renewed", ACCOUNT),
    "MetadataRetrievalError": ("the credentials could not be renewed", ACCOUNT),
    "UnauthorizedSSOTokenError": ("the SSO session has expired: run `aws sso login`", ACCOUNT),
    "SSOTokenLoadError": ("there is no SSO session: run `aws sso login`", ACCOUNT),
    "TokenRetrievalError": ("the SSO session could not be renewed: run `aws sso login`", ACCOUNT),
    "ProxyConnectionError": ("the proxy cannot be reached: check HTTPS_PROXY, NO_PROXY", ENDPOINT),
    "SSLError": (
        "the TLS connection is not trusted: a proxy may sign it; set AWS_CA_BUNDLE to its "
        "certificate",
        ENDPOINT,
    ),
    "EndpointConnectionError": (
        "the endpoint cannot be reached: check the network, the region and the endpoint URL",
        ENDPOINT,
    ),
    "ConnectTimeoutError": ("the endpoint did not accept a connection in time", ENDPOINT),
    "ReadTimeoutError": ("the endpoint did not answer in time", CALL),
    "ConnectionClosedError": ("the connection broke off before the reply was complete", CALL),
    "ResponseStreamingError": ("the connection broke off before the reply was complete", CALL),
    "ResponseParserError": ("the reply is not complete or not AWS's", CALL),
    "IncompleteReply": ("the reply is not complete or not AWS's", CALL),
    "EndlessPages": ("AWS's pages do not end", CALL),
}


def _explain_local(error: BaseException) -> Trouble:
    for kind in type(error).__mro__:
        if kind.__name__ in _LOCAL:
            because, reach = _LOCAL[kind.__name__]
            detail = sanitised(str(error))
            return Trouble(FAILED, type(error).__name__, because, detail, reach)
    detail = sanitised(str(error))
    return Trouble(FAILED, type(error).__name__, f"the call broke: {type(error).__name__}", detail)


_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,124}\b")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{80,}|[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"
)
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_ENCODED = re.compile(r"(Encoded authorization failure message:)\s*\S+")


def sanitised(message: str) -> str:
    """An error message's first line without access keys, tokens, proxy passwords; at most 300."""
    line = next((line.strip() for line in message.splitlines() if line.strip()), "")
    line = _ENCODED.sub(r"\1 (left out)", line)
    line = _USER_INFO.sub("", line)
    line = _TOKEN.sub("(left out)", _KEY_ID.sub("(access key)", line))
    return line if len(line) <= 300 else line[:297] + "..."
