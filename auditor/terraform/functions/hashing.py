"""Hashes, UUIDs, and RSA decryption.

Source: Terraform 1.11 `lang/funcs/crypto.go`; `github.com/google/uuid` for the forms of a UUID.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.encoding import decoded
from auditor.terraform.types import NUMBER, STRING

_STR: Final = Parameter("str", STRING)

Digest = Callable[[bytes], str]


def _hex(algorithm: str) -> Digest:
    return lambda data: hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def _base64(algorithm: str) -> Digest:
    return lambda data: b64encode(hashlib.new(algorithm, data).digest()).decode("ascii")


DIGESTS: Final[dict[str, Digest]] = {
    "md5": _hex("md5"),
    "sha1": _hex("sha1"),
    "sha256": _hex("sha256"),
    "sha512": _hex("sha512"),
    "base64sha256": _base64("sha256"),
    "base64sha512": _base64("sha512"),
}
"""What each hash function makes of bytes; the functions on files use them too."""


def _digest(name: str, digest: Digest) -> Function:
    def run(args: list[Value], _context: Context) -> Value:
        return cty.string(digest(args[0].v.encode()))

    return Function(name, (_STR,), STRING, run)


# -- UUIDs -----------------------------------------------------------------------------------

_NAMESPACES: Final = {
    name: f"6ba7b81{digit}9dad11d180b400c04fd430c8"
    for name, digit in (("dns", "0"), ("url", "1"), ("oid", "2"), ("x500", "4"))
}
_HEX: Final = (
    r"([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})"
)
_UUID: Final = re.compile(rf"(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?{_HEX}|.{_HEX}.", re.DOTALL)


def _uuidv5(args: list[Value], _context: Context) -> Value:
    namespace, name = args[0].v, args[1].v
    known = _NAMESPACES.get(namespace) or _digits(namespace)
    if known is None:
        refuse(f'uuidv5() doesn\'t support namespace "{namespace}"')
    digest = bytearray(
        hashlib.sha1(bytes.fromhex(known) + name.encode(), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return cty.string("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))


def _digits(text: str) -> str | None:
    """The 32 digits of a UUID in one of the forms that Go's library reads."""
    if re.fullmatch(r"[0-9a-fA-F]{32}", text):
        return text
    match = _UUID.fullmatch(text)
    return "".join(group for group in match.groups() if group) if match else None


def _unforeseen(
    name: str, params: tuple[Parameter, ...], cost: Parameter | None = None
) -> Function:
    """A function whose result is another with every call, so no plan knows it."""

    def run(_args: list[Value], _context: Context) -> Value:
        return cty.unknown(STRING, because=f"{name}() gives another result with every call")

    return Function(name, params, STRING, run, variadic=cost)


# -- RSA -------------------------------------------------------------------------------------


def _rsadecrypt(args: list[Value], _context: Context) -> Value:
    data = decoded(args[0].v)
    if data is None:
        refuse("failed to decode input: cipher text must be base64-encoded", 0)
    plain = _decrypt(data, args[1].v.encode())
    try:
        return cty.string(plain.decode())
    except UnicodeDecodeError:
        refuse("the decrypted text is not valid UTF-8")


def _decrypt(data: bytes, key_text: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_ssh_private_key,
    )

    try:
        load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in key_text else load_pem_private_key
        key = load(key_text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        refuse("invalid private key", 1)
    if not isinstance(key, RSAPrivateKey):
        refuse("invalid private key type", 1)
    if len(data) != (key.key_size + 7) // 8:
        refuse("failed to decrypt: crypto/rsa: decryption error")
    numbers = key.private_numbers()
    padded = pow(int.from_bytes(data), numbers.d, numbers.public_numbers.n).to_bytes(len(data))
    return _unpadded(padded)


def _unpadded(padded: bytes) -> bytes:
    """The message in PKCS #1 v1.5 padding.

    Done here because OpenSSL answers wrong padding with random bytes, to withstand an attack that
    is no concern where the key stands in the configuration.
    """
    end = padded.find(b"\x00", 2)
    if padded[:2] != b"\x00\x02" or end < 10:
        refuse("failed to decrypt: crypto/rsa: decryption error")
    return padded[end + 1 :]


FUNCTIONS: Final = {
    **{name: _digest(name, digest) for name, digest in DIGESTS.items()},
    "uuid": _unforeseen("uuid", ()),
    "bcrypt": _unforeseen("bcrypt", (_STR,), Parameter("cost", NUMBER)),
    "uuidv5": Function(
        "uuidv5", (Parameter("namespace", STRING), Parameter("name", STRING)), STRING, _uuidv5
    ),
    "rsadecrypt": Function(
        "rsadecrypt",
        (Parameter("ciphertext", STRING), Parameter("privatekey", STRING)),
        STRING,
        _rsadecrypt,
    ),
}
