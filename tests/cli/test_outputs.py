"""Where reports go: files, links, pipes, devices, and a standard output that takes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from auditor.cli import run

QUEUE = 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n'
SCAN = ["scan", "--rule", "ENC-SQS-CMK", "-q"]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(QUEUE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process(*arguments: str, **streams: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "auditor", *arguments]
    return subprocess.run(command, text=True, timeout=60, check=False, **streams)  # type: ignore[call-overload,no-any-return]


def test_a_pipe_is_written_to_and_stays_one(project):
    """As `/dev/null` does, which a report must never replace."""
    os.mkfifo("pipe.json")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe.json").read_text()))
    reader.start()
    assert run([*SCAN, "--output", "pipe.json"]) == 1
    reader.join(timeout=30)
    assert read[0].startswith('{\n"version": ')
    assert Path("pipe.json").is_fifo()


def test_a_link_stays_one(project):
    Path("link.json").symlink_to("real.json")
    assert run([*SCAN, "--output", "link.json"]) == 1
    assert Path("link.json").is_symlink()
    assert Path("real.json").read_text().startswith('{\n"version": ')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "main.tf/run.json"], "auditor: cannot write main.tf/run.json: File exists\n"),
        (["--format", "json", "--output", "."], "auditor: cannot write .: Is a directory\n"),
        (["--output", "a.json", "--output", "a.json"], "two reports cannot both go to a.json\n"),
        (["--output", ""], "--output needs the name of a file, or - for standard output\n"),
        (["--output", "a.xyz"], "which format is a.xyz? Say --format (text, json, sarif) before"),
    ],
)
def test_where_nothing_can_be_written(project, capsys, arguments, message):
    assert run([*SCAN, *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [[*SCAN, "--format", "json"], SCAN, ["rules"], ["--version"], ["scan", "--help"]]
)
def test_a_full_disk_is_told_in_a_sentence(project, arguments):
    with Path("/dev/full").open("w") as full:
        done = process(*arguments, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("auditor: cannot write ")
    assert done.stderr.endswith(": No space left on device\n")


@pytest.mark.parametrize("arguments", [[*SCAN, "--format", "json"], ["rules"], SCAN])
def test_a_reader_that_went_away_is_no_finding(project, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = process(*arguments, stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_closed_streams_change_no_code(project, closed):
    command = f'exec "{sys.executable}" -m auditor {" ".join(SCAN)} {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


class TestFileNamesThatAreNoText:
    """Terraform's files are UTF-8; their names can be any bytes."""

    @pytest.fixture
    def named(self, project) -> Path:
        try:
            os.rename(b"main.tf", b"b\xe4d.tf")
        except OSError:
            pytest.skip("this file system takes names in UTF-8 only")
        return project

    def test_in_text(self, named, capsys):
        assert run(SCAN) == 1
        assert "    b\\xe4d.tf:1:1\n" in capsys.readouterr().out

    def test_in_a_run_that_can_be_read_back(self, named):
        assert run([*SCAN, "--output", "run.json"]) == 1
        assert '"file": "b\\\\xe4d.tf"' in Path("run.json").read_text(encoding="utf-8")
        assert run([*SCAN, "--baseline", "run.json"]) == 0

    def test_in_sarif(self, named):
        assert run([*SCAN, "--output", "run.sarif"]) == 1
        assert '"uri": "b%E4d.tf"' in Path("run.sarif").read_text(encoding="utf-8")
