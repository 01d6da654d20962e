"""Services that AWS does not offer in a region: nothing is there, which is no gap."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError
from small_readers import Database, Queue
from urllib3.exceptions import NameResolutionError, NewConnectionError

from auditor.aws.clients import Clients
from auditor.aws.inventory import read_account
from auditor.aws.reader import reader
from auditor.aws.session import LiveAccount


@pytest.fixture
def read(monkeypatch):
    """Reads an account in a region where every connection ends in an error."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    def run(readers, region, error):
        session = botocore.session.Session()

        def fail(request, **_):
            raise EndpointConnectionError(endpoint_url=request.url, error=error)

        session.get_component("event_emitter").register_first("before-send", fail)
        account = LiveAccount(
            "123456789012",
            "aws",
            "arn:aws:iam::123456789012:user/u",
            (region,),
            Clients(session, attempts=1),
        )
        return read_account(account, readers), account

    return run


NO_NAME = NameResolutionError("host", None, OSError("not known"))
REFUSED = NewConnectionError(None, "Connection refused")


@reader(yields=(Queue,), calls=("cloudsearch.describe_domains",))
def listed(aws):
    for item in aws.list("cloudsearch.describe_domains", "DomainStatusList"):
        yield aws.resource(Queue, item["DomainId"], {})


@reader(yields=(Queue,), calls=("cloudsearch.describe_domains",))
def asked(aws):
    reply = aws.ask("cloudsearch.describe_domains")
    for item in reply["DomainStatusList"]:
        yield aws.resource(Queue, item["DomainId"], {})


@reader(yields=(Database,), calls=("sqs.list_queues", "cloudsearch.describe_domains"))
def beside(aws):
    """About another service: what hangs on the call is unknown, not absent."""
    reply = aws.ask("cloudsearch.describe_domains")
    yield aws.resource(Database, "d", {"name": reply["DomainStatusList"], "encrypted": None})


@pytest.mark.parametrize("each", [listed, asked])
def test_nothing_is_there_where_the_service_is_not_offered(read, each):
    model, account = read([each], "eu-north-1", NO_NAME)
    assert [resource.type for resource in model.resources] == ["aws_account"]
    assert model.gaps == []
    (tally,) = account.calls.tallies()
    assert (tally.outcome, tally.because) == (
        "skipped",
        "cloudsearch is not offered in eu-north-1",
    )


def test_what_hangs_on_a_service_that_is_not_offered_is_unknown(read):
    model, _ = read([beside], "eu-north-1", NO_NAME)
    assert model.by_address["test_database.d"].data["name"].reason == (
        "cloudsearch:DescribeDomains in eu-north-1 could not be read: cloudsearch is not offered "
        "in eu-north-1"
    )


@pytest.mark.parametrize(
    ("region", "error"),
    [("eu-west-1", NO_NAME), ("eu-north-1", REFUSED)],
    ids=["offered, but no name", "not offered, but refused"],
)
def test_two_things_must_say_so(read, region, error):
    model, _ = read([listed], region, error)
    assert [gap.because for gap in model.gaps] == [
        "the endpoint cannot be reached: check the network, the region and the endpoint URL"
    ]
