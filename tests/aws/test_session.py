"""Getting into an account, and what is said where that does not work."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from faults import Answer, Faults, denied, expired

from auditor.aws.errors import AwsError
from auditor.aws.session import connect, time_of
from auditor.config import AwsSettings

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def at(url, **settings):
    settings.setdefault("regions", ("eu-west-1",))
    return connect(AwsSettings(endpoint_url=url, **settings), attempts=1)


def refusal(url, **settings):
    """What is said when the account cannot be entered."""
    with pytest.raises(AwsError) as refused:
        at(url, **settings)
    return str(refused.value)


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def profiles(tmp_path, monkeypatch):
    """AWS config files with a profile that has keys, and no keys in the environment."""
    (tmp_path / "config").write_text("[profile audit]\nregion = eu-central-1\n")
    (tmp_path / "credentials").write_text(
        f"[audit]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


@pytest.mark.emulator
def test_the_environments_credentials_are_used(moto_server):
    account = at(moto_server.url)
    assert (account.account_id, account.partition, account.regions, account.home) == (
        "123456789012",
        "aws",
        ("eu-west-1",),
        "us-east-1",
    )


@pytest.mark.emulator
def test_without_regions_all_enabled_ones_are_read(moto_server):
    regions = at(moto_server.url, regions=()).regions
    assert "eu-west-1" in regions
    assert list(regions) == sorted(regions)
    assert len(regions) > 15


@pytest.mark.emulator
def test_a_profile_is_used(moto_server, profiles):
    with Faults(moto_server.url) as wire:
        assert at(wire.url, profile="audit").account_id == "123456789012"
        assert "AKIAIOSFODNN7EXAMPLE" in wire.requests[0].headers["authorization"]


def test_a_profile_that_is_not_there(profiles):
    assert refusal("http://127.0.0.1:9", profile="audits") == (
        "there is no AWS profile 'audits'; did you mean audit?"
    )


def test_no_credentials(profiles):
    assert refusal("http://127.0.0.1:9") == (
        "no AWS credentials were found: set a profile, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or run where a role is attached"
    )


# -- roles -----------------------------------------------------------------------------------------

ROLE = "arn:aws:iam::210987654321:role/audit"


def form(request):
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


@pytest.mark.emulator
def test_a_role_is_assumed_with_its_external_id(moto_server):
    with Faults(moto_server.url) as wire:
        account = at(wire.url, role_arn=ROLE, external_id="vita-42")
        asked = form(wire.requests[0])
    assert account.account_id == "210987654321"
    assert {
        name: asked[name] for name in ("Action", "RoleArn", "ExternalId", "RoleSessionName")
    } == {
        "Action": "AssumeRole",
        "RoleArn": ROLE,
        "ExternalId": "vita-42",
        "RoleSessionName": "auditor",
    }


@pytest.mark.emulator
def test_a_role_is_assumed_with_a_web_identity(moto_server, tmp_path, monkeypatch):
    (tmp_path / "token").write_text("the-token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    with Faults(moto_server.url) as wire:
        account = at(wire.url, role_arn=ROLE)
        asked = form(wire.requests[0])
    assert account.account_id == "210987654321"
    assert (asked["Action"], asked["WebIdentityToken"]) == (
        "AssumeRoleWithWebIdentity",
        "the-token",
    )


@pytest.mark.emulator
def test_a_roles_credentials_are_renewed_before_they_end(moto_server):
    """Credentials that are about to end are renewed by the next call."""
    soon = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        "<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        f"<SessionToken>t</SessionToken><Expiration>{soon}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    times = []

    def first_short(api, ask):
        times.append(api)
        if len(times) == 1:
            return Answer(200, [("Content-Type", "text/xml")], body.encode())
        return ask()

    with Faults(moto_server.url) as wire:
        wire.on("sts.assume_role", first_short)
        assert at(wire.url, role_arn=ROLE).account_id == "210987654321"
    assert len(times) == 2


@pytest.mark.emulator
def test_a_role_that_may_not_be_assumed(moto_server):
    with Faults(moto_server.url) as wire:
        wire.on("sts.assume_role", denied)
        said = refusal(wire.url, role_arn=ROLE)
    assert said == (
        f"cannot assume {ROLE}: access denied: grant sts:AssumeRole; its trust policy may ask for "
        "an external id (User: arn:aws:iam::123456789012:user/u is not authorized to perform: "
        "sts.assume_role)"
    )


@pytest.mark.emulator
def test_the_account_that_the_settings_name_is_checked(moto_server):
    assert refusal(moto_server.url, account_id="999999999999") == (
        "the credentials are for account 123456789012, the settings say 999999999999: "
        "use another profile or role, or correct account_id"
    )


# -- regions ---------------------------------------------------------------------------------------


@pytest.mark.emulator
def test_a_region_that_does_not_exist(moto_server):
    assert refusal(moto_server.url, regions=("eu-wst-1",)) == (
        "AWS (aws) has no region 'eu-wst-1'; did you mean eu-west-1?"
    )


def opted_out(api, ask):
    body = (
        "<DescribeRegionsResponse><regionInfo>"
        "<item><regionName>eu-west-1</regionName>"
        "<optInStatus>opt-in-not-required</optInStatus></item>"
        "<item><regionName>ap-east-1</regionName><optInStatus>not-opted-in</optInStatus></item>"
        "</regionInfo></DescribeRegionsResponse>"
    )
    return Answer(200, [("Content-Type", "text/xml")], body.encode())


@pytest.mark.emulator
def test_a_region_that_is_not_enabled(moto_server):
    with Faults(moto_server.url) as wire:
        wire.on("ec2.describe_regions", opted_out)
        assert refusal(wire.url, regions=("eu-west-1", "ap-east-1")) == (
            "the region ap-east-1 is not enabled for account 123456789012: enable it in the "
            "account's settings, or leave it out"
        )
        assert at(wire.url, regions=()).regions == ("eu-west-1",)


@pytest.mark.emulator
def test_regions_that_may_not_be_listed_are_needed_only_if_none_is_named(moto_server):
    with Faults(moto_server.url) as wire:
        wire.on("ec2.describe_regions", denied)
        assert at(wire.url, regions=("eu-west-1",)).regions == ("eu-west-1",)
        assert refusal(wire.url, regions=("eu-wst-1",)).endswith("did you mean eu-west-1?")
        assert refusal(wire.url, regions=()) == (
            "cannot list the regions of account 123456789012: access denied: grant "
            "ec2:DescribeRegions; or name the regions to read"
        )


# -- the way there ---------------------------------------------------------------------------------


def test_an_endpoint_where_nothing_listens():
    url = f"http://127.0.0.1:{closed_port()}"
    assert refusal(url).startswith(
        f"cannot ask {url} who we are: the endpoint cannot be reached: check the network, the "
        "region and the endpoint URL"
    )


@pytest.mark.emulator
def test_expired_credentials(moto_server):
    with Faults(moto_server.url) as wire:
        wire.on("sts.get_caller_identity", expired)
        assert refusal(wire.url).startswith(
            f"cannot ask {wire.url} who we are: the credentials have expired: renew them and run "
            "again"
        )


@pytest.mark.emulator
def test_a_wrong_clock(moto_server):
    def skewed(api, ask):
        return api.error(403, "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is")

    with Faults(moto_server.url) as wire:
        wire.on("sts.get_caller_identity", skewed)
        assert "this machine's clock is wrong" in refusal(wire.url)


def test_a_proxy_that_is_not_there(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://user:hunter2@127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    said = refusal("http://aws.invalid")
    assert "the proxy cannot be reached: check HTTPS_PROXY, NO_PROXY" in said
    assert "hunter2" not in said


def test_a_certificate_that_is_not_trusted(tmp_path):
    with tls_server(tmp_path) as url:
        said = refusal(url)
    assert "the TLS connection is not trusted" in said


def test_a_certificate_bundle_of_ones_own_is_used(tmp_path, monkeypatch):
    with tls_server(tmp_path) as url:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        said = refusal(url)
    assert "AWS answered 502" in said


class tls_server:  # noqa: N801 - used as a function
    """A TLS server with a certificate of its own, which answers 502 to everything."""

    def __init__(self, folder):
        certificate, key = self_signed(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))

    def __enter__(self):
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
                with connection, self._context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(65536)
                    tls.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                    tls.recv(1)
            except ssl.SSLError:
                continue
            except OSError:
                return


def self_signed(folder):
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("2026-01-02T03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1767323045, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045.5", datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
    ],
)
def test_timestamps_in_whichever_form_a_service_sends_them(text, when):
    assert time_of(text) == when


def test_a_timestamp_that_is_none_is_refused_as_botocore_does():
    with pytest.raises(ValueError, match="Invalid timestamp"):
        time_of("2026-13-45T00:00:00Z")
