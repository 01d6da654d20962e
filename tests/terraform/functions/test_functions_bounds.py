"""Hostile arguments: bounded time and memory, and a message. And what importing costs."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from function_calls import result, value_of

from auditor.terraform.cty import TerraformError
from auditor.terraform.function import Budget
from auditor.values import Unknown

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\\n" for n in range(1, 12)
)
LONG = 'join("", [for i in range(1000) : "$0"])'
MANY = 'join("", [for i in range(1000) : join("", [for j in range(100) : "x"])])'


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('indent(999999999, "a\\nb")', "Evaluation limit reached"),
        ('format("%99999999s", "a")', "more text than an audit evaluates"),
        ('format("%.9999999f", 1)', "more text than an audit evaluates"),
        (f'replace({MANY}, "x", {LONG})', "an audit evaluates"),
        (f'replace({MANY}, "/x/", {LONG})', "an audit evaluates"),
        (f'regexall("x*y|x", {MANY})', "an audit evaluates"),
        ("setproduct(range(1000), range(1000), range(1000))", "more elements than an audit"),
        (f'yamldecode("{BOMB}")', "more elements than an audit evaluates"),
        (f'yamldecode("{"[" * 5000}")', "exceeded maximum nesting depth"),
        (f'jsondecode("{"[" * 50000}{"]" * 50000}")', "nests too deeply"),
        (f'parseint("{"9" * 30000}", 10)', "more than 20000 digits"),
        (f'timeadd("2020-01-01T00:00:00Z", "{"9" * 5000}h")', "invalid duration"),
        (f'regex("{"(a{1,9})" * 2}{"{1,900}" * 3}", "a")', "invalid regexp pattern"),
        ('cidrhost("::/0", 1e60000)', "value must be a whole number"),
    ],
)  # fmt: skip
def test_a_bounded_refusal(call, why):
    started = time.process_time()

    with pytest.raises(TerraformError) as caught:
        value_of(call, budget=Budget(steps=300_000, text=10_000_000))

    assert why in str(caught.value)
    assert time.process_time() - started < 3


def test_patterns_that_ruin_backtracking_engines(tmp_path):
    (tmp_path / ("a" * 200)).write_text("")
    started = time.process_time()

    assert result(f'can(regex("^(a+)+$", "{"a" * 5000}b"))') is False
    assert result(f'fileset(".", "{"*a" * 90}b")', tmp_path) == []
    assert time.process_time() - started < 1


def test_very_long_texts_are_not_compressed():
    found = result(f'base64gzip(join("", [{MANY}, {MANY}, {MANY}]))')

    assert isinstance(found, Unknown)
    assert found.because == "texts this long are not compressed in an audit"


def test_no_library_is_imported_before_a_function_that_needs_it_is_called():
    heavy = "{'re2', 'yaml', 'cryptography', 'regex', 'hashlib', 'json', 'unicodedata'}"
    code = (
        "import sys; import auditor.terraform.functions as f; b = f.Builtins(); assert 'md5' in b;"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "[]\n"


def test_every_function_of_terraform_is_there_under_both_names():
    from auditor.terraform.functions import Builtins

    functions = Builtins()

    assert len(functions) == 118
    assert [name for name in functions if functions[f"core::{name}"].name != name] == []
    assert "cidrcontains" not in functions
