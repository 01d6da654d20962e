"""Generated calls of every kind of function against `terraform console`.

Needs `terraform` 1.11 on the path, no provider; else these tests are skipped and say so. A seed
makes the same calls each time. `AUDITOR_FUZZ_SEED` chooses another, `AUDITOR_FUZZ_CALLS` how many.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from function_calls import value_of

from auditor.terraform import cty, number
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.types import NUMBER

pytestmark = [
    pytest.mark.terraform,
    pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the path"),
]

SEED = int(os.environ.get("AUDITOR_FUZZ_SEED", "1"))
CALLS = int(os.environ.get("AUDITOR_FUZZ_CALLS", "150"))

WORDS = (
    "a", "", " lead", "trail ", "x\\ny", "a\\n\\n", "tab\\there", "é☃", "😀x", "true", "12", "1.5",
    "#c", "a: b", "- a", "\\\"q\\\"", "it's", "<&>", "e\\u0301", "a,b,,c", "ß", "İstanbul",
    "👨‍👩‍👧", "a/b/../c.txt", "2020-01-31T23:59:60Z", "2020-01-31T23:59:59.5+02:00", "10.1.2.0/24",
    "fd00::/64", "SGVsbG8=", "{\\\"a\\\":[1,null]}", "k: [1, ~]", "h1,h2\\n1,2\\n",
    "-1h30m", "(a)(b)?", "[a-c]+",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "3", "7", "-1", "-4", "0.5", "1.5", "-2.75", "10", "64", "255", "1e6", "1e21",
    "1e-7", "123456789.125",
)  # fmt: skip

Make = Callable[[random.Random], str]


def text(rng: random.Random) -> str:
    return f'"{rng.choice(WORDS)}"'


def amount(rng: random.Random) -> str:
    return rng.choice(NUMBERS)


def printable(rng: random.Random) -> str:
    return rng.choice((text, text, amount, lambda r: r.choice(("true", "false"))))(rng)


def printables(rng: random.Random) -> str:
    return f"[{printable(rng)}, {printable(rng)}]"


def scalar(rng: random.Random) -> str:
    return "null" if rng.random() < 0.1 else printable(rng)


def items(rng: random.Random) -> str:
    inside = ", ".join(scalar(rng) for _ in range(rng.randrange(4)))
    return rng.choice(("[{}]", "[{}]", "tolist([{}])", "toset([{}])")).format(inside)


def mapping(rng: random.Random) -> str:
    keys = rng.sample("abcd", rng.randrange(4))
    inside = ", ".join(f"{key} = {scalar(rng)}" for key in keys)
    return rng.choice(("{{{}}}", "{{{}}}", "tomap({{{}}})")).format(inside)


def anything(rng: random.Random) -> str:
    return rng.choice((scalar, items, mapping, lambda r: f"[{items(r)}, {mapping(r)}]"))(rng)


def pattern(rng: random.Random) -> str:
    return (
        f'"{rng.choice(("%s", "%5s|", "%-6v|", "%d", "%05.1f", "%q", "%#v", "%x", "%+e", "%t"))}"'
    )


GROUPS: dict[str, dict[str, tuple[Make, ...]]] = {
    "text": {
        "upper": (text,), "lower": (text,), "title": (text,), "strrev": (text,), "length": (text,),
        "chomp": (text,), "trimspace": (text,), "trim": (text, text), "trimprefix": (text, text),
        "trimsuffix": (text, text), "indent": (amount, text), "substr": (text, amount, amount),
        "split": (text, text), "join": (text, items), "replace": (text, text, text),
        "startswith": (text, text), "endswith": (text, text), "strcontains": (text, text),
        "regex": (text, text), "regexall": (text, text), "format": (pattern, printable),
        "formatlist": (pattern, printables), "basename": (text,), "dirname": (text,),
    },
    "numbers": {
        "abs": (amount,), "ceil": (amount,), "floor": (amount,), "log": (amount, amount),
        "pow": (amount, amount), "signum": (amount,), "max": (amount, amount),
        "min": (amount, text),
        "parseint": (text, amount), "range": (amount, amount), "sum": (items,),
        "timeadd": (text, text), "timecmp": (text, text), "formatdate": (text, text),
        "cidrhost": (text, amount), "cidrsubnet": (text, amount, amount), "cidrnetmask": (text,),
        "cidrsubnets": (text, amount, amount),
    },
    "collections": {
        "length": (anything,), "element": (items, amount), "chunklist": (items, amount),
        "coalesce": (scalar, scalar), "coalescelist": (items, items), "compact": (items,),
        "concat": (items, items), "contains": (items, scalar), "distinct": (items,),
        "flatten": (anything,), "index": (items, scalar), "matchkeys": (items, items, items),
        "one": (items,), "reverse": (items,), "slice": (items, amount, amount), "sort": (items,),
        "alltrue": (items,), "anytrue": (items,), "keys": (mapping,), "values": (mapping,),
        "lookup": (mapping, text, scalar), "merge": (mapping, mapping), "zipmap": (items, items),
        "transpose": (mapping,), "setunion": (items, items), "setintersection": (items, items),
        "setsubtract": (items, items), "setproduct": (items, items), "tolist": (anything,),
        "toset": (anything,), "tomap": (anything,), "tostring": (anything,),
        "tonumber": (anything,),
    },
    "documents": {
        "jsonencode": (anything,), "jsondecode": (text,), "yamlencode": (anything,),
        "yamldecode": (text,), "csvdecode": (text,), "base64encode": (text,),
        "base64decode": (text,), "base64gzip": (text,), "urlencode": (text,), "md5": (text,),
        "base64sha512": (text,), "uuidv5": (lambda r: '"dns"', text),
        "textencodebase64": (text, lambda r: '"UTF-16LE"'),
        "textdecodebase64": (text, lambda r: '"iso-8859-1"'),
    },
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_generated_calls(group, tmp_path):
    rng = random.Random(f"{group} {SEED}")
    calls = [_call(rng, GROUPS[group]) for _ in range(CALLS)]

    different = [
        (call, theirs, ours)
        for call, theirs in zip(calls, _of_terraform(calls, tmp_path), strict=True)
        if theirs != (ours := _of_ours(call))
    ]

    assert different == []


def _call(rng: random.Random, functions: dict[str, tuple[Make, ...]]) -> str:
    name = rng.choice(list(functions))
    return f"{name}({', '.join(make(rng) for make in functions[name])})"


def _of_terraform(calls: list[str], folder: Any) -> list[Any]:
    """The result of each call, with numbers as text; "refused" for those that fail."""
    found: list[Any] = []
    for start in range(0, len(calls), 50):
        part = calls[start : start + 50]
        tried = ", ".join(f"try([jsondecode(jsonencode({call}))], null)" for call in part)
        ran = subprocess.run(
            ["terraform", "console"],
            input=f"base64encode(jsonencode([{tried}]))\n",
            env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        written = base64.b64decode(ran.stdout.strip().strip('"'))
        tree = json.loads(written, parse_float=str, parse_int=str)
        found += ["refused" if one is None else one[0] for one in tree]
    return found


def _of_ours(call: str) -> Any:
    try:
        return _plain(value_of(call))
    except (TerraformError, number.NumberError):
        return "refused"


def _plain(value: Value) -> Any:
    v = value.v
    assert not isinstance(v, cty.UnknownVal), v
    if isinstance(v, list):
        return [_plain(item) for item in v]
    if isinstance(v, dict):
        return {key: _plain(item) for key, item in v.items()}
    return number.text(v) if value.ty is NUMBER and v is not None else v
