"""Functions that read files or take paths apart, and templates: never outside the repository."""

from __future__ import annotations

import pytest
from function_calls import refusal, result

from auditor.values import Unknown


@pytest.fixture
def folder(tmp_path):
    files = {
        "a/1.txt": "one", "a/b/2.txt": "two", "a/b/x-y": "", "a/.hidden": "", "d[x]/q": "",
        "hello.tftpl": "Hello, ${name}!", "only.tftpl": "${value}", "bad.tftpl": "${",
        "nests.tftpl": '${templatefile("hello.tftpl", {name = "x"})}',
        "reads.tftpl": '${file("a/1.txt")}',
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    return tmp_path


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('file("a/1.txt")', "one"),
        ('file("./a/../a/1.txt")', "one"),
        ('filebase64("binary")', "/wA="),
        ('filemd5("a/1.txt")', "f97c5d29941bfb1b2fdab0874906ab82"),
        ('fileexists("a/1.txt")', True),
        ('fileexists("nope")', False),
        ('fileset(".", "a/**/*.txt")', ["a/1.txt", "a/b/2.txt"]),
        ('fileset("a", "*")', [".hidden", "1.txt"]),
        ('fileset("a", "**/[^0-9.]*")', ["b/x-y"]),
        ('fileset("a", "{1,b}.txt")', ["1.txt"]),
        ('fileset("a/b", "../*.{txt,tf}")', ["../1.txt"]),
        ('fileset(".", "d\\\\[x]/*")', ["d[x]/q"]),
        ('fileset("*", "1.txt")', ["../a/1.txt"]),
        ('templatefile("hello.tftpl", {name = "Jo"})', "Hello, Jo!"),
        ('templatefile("only.tftpl", {value = [1, 2]})', [1, 2]),
        ('templatefile("reads.tftpl", {})', "one"),
        ('templatestring(template, {name = "Jo"})', "Hello, Jo!"),
    ],
)
def test_results(call, expected, folder):
    assert result(call, folder) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('file("nope")', "no file exists at 'nope'"),
        ('file("binary")', "contents of binary are not valid UTF-8"),
        ('fileexists("a")', "is not a regular file"),
        ('fileset(".", "[")', "syntax error in pattern"),
        ('fileset("a", "{1,b/2}.txt")', "syntax error in pattern"),
        ('templatefile("hello.tftpl", {})', 'vars map does not contain key "name"'),
        ('templatefile("hello.tftpl", {"a b" = 1, name = 1})', 'invalid template variable name'),
        ('templatefile("hello.tftpl", "x")', "invalid vars value: must be a map"),
        ('templatefile("bad.tftpl", {})', "bad.tftpl"),
        ('templatefile("only.tftpl", {value = null})', "the result of the template is null"),
        ('templatefile("nests.tftpl", {})', "cannot recursively call templatefile"),
        ('templatestring(template, {name = []})', "string required"),
        ("templatestring(reads_a_file, {})", "cannot use file, which reads files"),
        ("templatestring(nests, {name = template})", "cannot recursively call templatestring"),
        ('templatestring("literal", {})', "must be a direct reference"),
    ],
)  # fmt: skip
def test_refusals(call, why, folder):
    assert why in refusal(call, folder)


@pytest.mark.parametrize(
    "call",
    [
        'file("/etc/passwd")',
        'file("../outside")',
        'file("~/x")',
        'file("link")',
        'filesha256("a/../../outside")',
        'templatefile("/etc/hostname", {})',
        'fileexists("/etc/passwd")',
        'fileset("/etc", "*")',
        'fileset(".", "../*")',
    ],
)
def test_nothing_outside_the_repository_is_read(call, folder):
    (folder / "link").symlink_to("/etc/passwd")

    assert "is outside the repository" in refusal(call, folder)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('basename("foo/bar/")', "bar"),
        ('basename("//")', "/"),
        ('basename("")', "."),
        ('dirname("a/b/../c")', "a"),
        ('dirname("/a")', "/"),
        ('dirname("a")', "."),
        ('abspath("/a//b/./../c/")', "/a/c"),
        ('pathexpand("x~")', "x~"),
    ],
)
def test_paths(call, expected):
    assert result(call) == expected


def test_home_is_that_of_whoever_runs_terraform():
    found = result('pathexpand("~/.ssh/id_rsa")')

    assert isinstance(found, Unknown)
    assert found.because == "~ is the home of whoever runs Terraform"
