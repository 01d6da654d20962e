"""JSON, YAML, CSV, base64, character sets and gzip; every result is Terraform 1.11.4's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from function_calls import refusal, result, value_of

from auditor.terraform import number


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('jsonencode({b = [1.50, null], a = "<\\n"})', '{"a":"\\u003c\\n","b":[1.5,null]}'),
        ('jsonencode("\\u2028/")', '"\\u2028/"'),
        ("jsonencode(1e21)", "1000000000000000000000"),
        ('jsondecode("{\\"a\\":[1,\\"x\\",null]}")', {"a": [1, "x", None]}),
        ('jsondecode("{\\"a\\":true,\\"a\\":\\"x\\"}")', {"a": "x"}),
        ('jsondecode("2.5] and more")', 2.5),
        ('jsondecode("\\"\\\\ud800\\"")', "\ufffd"),
    ],
)  # fmt: skip
def test_json(call, expected):
    assert result(call) == expected


def test_json_numbers_keep_all_their_digits():
    found = value_of('jsondecode("123456789012345678901234567890.5")')

    assert Decimal(number.text(found.v)) == Decimal("123456789012345678901234567890.5")


@pytest.mark.parametrize(
    "text", ["", "01", "1 2", "[1,]", "'a'", "NaN", '{\\"a\\":1,\\"a\\":[]}', '\\"\\t\\"']
)
def test_what_is_no_json(text):
    assert 'Call to function "jsondecode" failed' in refusal(f'jsondecode("{text}")')


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("yamlencode(1.5)", "1.5\n...\n"),
        ('yamlencode({b = [], a = ["x", {c = null}]})', '"a":\n- "x"\n- "c": null\n"b": []\n'),
        ('yamlencode("a\\n\\n")', "|+\n  a\n\n"),
        ('yamlencode(" a\\nb")', "|2-\n   a\n  b\n"),
        ('yamlencode("a \\nb 😀\\u007f")', '"a \\nb \\U0001F600\\x7F"\n'),
        ('yamlencode({"a\\nb" = 1})', "? |-\n  a\n  b\n: 1\n"),
        (
            'yamlencode(join(" ", [for i in range(20) : "word${i}"]))',
            '"word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12\n'
            '  word13 word14 word15 word16 word17 word18 word19"\n',
        ),
    ],
)
def test_yaml_written(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("y: on", {"true": True}),
        ("a: 0x1F\\nb: 017\\nc: 0b11\\nd: 1_000", {"a": 31, "b": 17, "c": "0b11", "d": "1_000"}),
        ("- 2020-1-2\\n- 12:30", ["2020-01-02T00:00:00Z", "12:30"]),
        ("a: &x {k: 1}\\nb:\\n  k: 0\\n  <<: *x", {"a": {"k": 1}, "b": {"k": 1}}),
        ("a: |-\\n  yes", {"a": "true"}),
        ("!!str 12", "12"),
        ('!!int \\"12\\"', "12"),
        ("---", None),
    ],
)
def test_yaml_read(document, expected):
    assert result(f'yamldecode("{document}")') == expected


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", "missing start of document"),
        ("a: 1\\n---\\nb: 2", "unexpected extra content after value"),
        ("b: *x", 'reference to undefined anchor "x"'),
        ("a: &x [*x]", "from inside its own definition"),
        ("[a]: 1", "only strings are allowed as mapping keys"),
        ("~: 1", "mapping key cannot be null"),
        ("!foo x", 'unsupported tag "!foo"'),
        (".nan", "NaN is not supported"),
        ('\\"\\\\/\\"', "found unknown escape character"),
        ("a: [1", "did not find expected ',' or ']'"),
        ("[a?]", "did not find expected ',' or ']'"),
        ('!!int \\"\\t12\\"', "cannot parse"),
    ],
)
def test_yaml_refused(document, why):
    assert why in refusal(f'yamldecode("{document}")')


def test_csv():
    assert result('csvdecode("b,a\\r\\n1,\\"x, \\"\\"y\\"\\"\\nz\\"\\n\\n2,\\n")') == [
        {"a": 'x, "y"\nz', "b": "1"},
        {"a": "", "b": "2"},
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing header line"),
        ("a,a\\n", 'duplicate column name "a"'),
        ('a\\nx\\"y\\n', 'on line 2: bare " in non-quoted-field'),
        ('a\\n\\"x', 'extraneous or missing " in quoted-field'),
        ("a,b\\n1\\n", "wrong number of fields"),
    ],
)
def test_csv_refused(text, why):
    assert why in refusal(f'csvdecode("{text}")')


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('base64decode("SGVs\\nbG8=")', "Hello"),
        ('urlencode("a b/é~")', "a+b%2F%C3%A9~"),
        ('textencodebase64("a", "UTF-16")', "/v8AYQ=="),
        ('textencodebase64("€", "GBK")', "gA=="),
        ('textencodebase64("ў", " koi8-u ")', "rg=="),
        ('textdecodebase64("k/qWew==", "Shift_JIS")', "日本"),
        ('md5("é")', "66ddcd97cfdeabb2f6fb8a999b4bc76f"),
        ('uuidv5("dns", "example.com")', "cfbff0d1-9375-5685-968c-48ce8b15ae17"),
        ('uuidv5("{6BA7B810-9dad-11d1-80b4-00c04fd430c8}", "x")',
         "05b16a01-46c6-56dd-bd6e-c6dfb4a1427a"),
    ],
)  # fmt: skip
def test_encodings(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('base64decode("SGVsbG8_")', "failed to decode base64 data"),
        ('base64decode("//8=")', "not valid UTF-8"),
        ('textencodebase64("☃", "latin1")', "cannot be represented in latin1"),
        ('textencodebase64("a", "utf8")', "is not a supported IANA encoding name"),
        ('textdecodebase64("gQ==", "iso-8859-7")', "not defined for iso-8859-7"),
        ('textdecodebase64("8MQ=", "Shift_JIS")', "not defined for Shift_JIS"),
        ('uuidv5("DNS", "x")', "doesn't support namespace"),
        ('rsadecrypt("AAAA", "not a key")', "invalid private key"),
    ],
)
def test_encodings_refused(call, why):
    assert why in refusal(call)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('base64gzip("")', "H4sIAAAAAAAA/wAAAP//AQAA//8AAAAAAAAAAA=="),
        ('base64gzip("test")', "H4sIAAAAAAAA/ypJLS4BAAAA//8BAAD//wx+f9gEAAAA"),
        (
            'md5(base64gzip(join("", [for i in range(1000) : "line ${i} of ${i % 7}\\n"])))',
            "18d340d8fb86208529c6a41eda505321",
        ),
    ],
)
def test_gzip_is_byte_for_byte_what_go_writes(call, expected):
    assert result(call) == expected


def test_rsa_decryption():
    from base64 import b64encode

    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(65537, 1024)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    cipher = b64encode(key.public_key().encrypt("sécret".encode(), padding.PKCS1v15())).decode()

    assert result(f'rsadecrypt("{cipher}", <<-KEY\n{pem}KEY\n)') == "sécret"
    assert "decryption error" in refusal(f'rsadecrypt("AAAA", <<-KEY\n{pem}KEY\n)')
