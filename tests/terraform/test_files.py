"""Files that configurations name: inside the repository, regular, and not too large."""

from __future__ import annotations

import os

import pytest

from auditor.terraform.files import LARGEST_FILE, FileRefusedError, Files


@pytest.fixture
def files(tmp_path):
    root = tmp_path / "repo"
    (root / "modules" / "net").mkdir(parents=True)
    (root / "modules" / "net" / "policy.json").write_text("{}")
    (root / "a.txt").write_text("a")
    (tmp_path / "outside.txt").write_text("secret")
    return Files(root / "modules", root)


def test_files_are_named_from_the_base(files):
    assert files.read("net/policy.json") == b"{}"
    assert files.read("../a.txt") == b"a"
    assert files.exists("net/policy.json")
    assert not files.exists("net/nope.json")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../outside.txt", "~/x", "net/../../../outside.txt", "a\0b"]
)
def test_nothing_outside_the_root_is_read(files, path):
    for act in (files.read, files.exists):
        with pytest.raises(FileRefusedError):
            act(path)


def test_links_are_judged_by_where_they_lead(files):
    os.symlink(files.root.parent / "outside.txt", files.root / "modules" / "out")
    os.symlink(files.root / "a.txt", files.root / "modules" / "in")

    assert files.read("in") == b"a"
    with pytest.raises(FileRefusedError, match="outside the repository"):
        files.read("out")


def test_what_is_no_regular_file(files):
    with pytest.raises(FileRefusedError, match="not a regular file"):
        files.exists("net")
    with pytest.raises(FileRefusedError, match="not a regular file"):
        files.read("net")
    with pytest.raises(FileRefusedError, match="no file exists"):
        files.read("nope")


def test_large_files_are_refused(files):
    with open(files.root / "big", "wb") as big:
        big.truncate(LARGEST_FILE + 1)

    with pytest.raises(FileRefusedError, match="larger than"):
        files.read("../big")


def test_listing_ends_in_spite_of_loops(files):
    os.symlink(files.root, files.root / "modules" / "loop")

    assert files.listing("..") == ["a.txt", "modules/net/policy.json"]
