"""The command line as people and scripts meet it; scans are in test_scan.py."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest

from auditor import __version__
from auditor.cli import commands, run
from auditor.cli.asking import sensible
from auditor.cli.outputs import Output, outputs


class TestStart:
    def test_the_version(self, capsys):
        assert run(["--version"]) == 0
        assert capsys.readouterr().out == f"auditor {__version__}\n"
        assert run(["version"]) == 0
        assert capsys.readouterr().out == f"auditor {__version__}\n"

    @pytest.mark.parametrize("arguments", [["--version"], ["-h"]])
    def test_it_starts_with_next_to_nothing(self, arguments):
        code = f"import sys; from auditor.cli import run; run({arguments!r}); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        loaded = done.stdout.split("\n")[-2].split()
        heavy = {"boto3", "botocore", "jinja2", "pydantic", "rich", "tree_sitter", "yaml"}
        assert not heavy & set(loaded)
        own = [name for name in loaded if name.startswith("auditor.") and "cli" not in name]
        assert own == []

    def test_each_command_is_there_and_says_what_help_says(self):
        for name, (module, text) in commands.COMMANDS.items():
            command = import_module(f"auditor.cli.{module}").command
            assert command.name == name
            assert command.get_short_help_str(200).rstrip(".") == text.rstrip(".")


class TestBoundary:
    def test_an_unknown_command_gives_a_guess(self, capsys):
        assert run(["skan"]) == 2
        assert "there is no command 'skan'; did you mean scan?" in capsys.readouterr().err

    def test_an_unknown_option(self, capsys):
        assert run(["rules", "--jsn"]) == 2
        assert "No such option" in capsys.readouterr().err

    def test_an_internal_error_is_a_sentence(self, capsys, monkeypatch):
        monkeypatch.setitem(commands.COMMANDS, "boom", ("no_such_module", "Boom."))
        assert run(["boom"]) == 3
        err = capsys.readouterr().err
        assert err.startswith("auditor: internal error at ")
        assert ": ModuleNotFoundError\n" in err
        assert "no_such_module" not in err  # an error's text may quote a value, so a secret
        assert "Traceback" not in err

    def test_its_details_are_there_for_those_who_ask(self, capsys, monkeypatch):
        monkeypatch.setitem(commands.COMMANDS, "boom", ("no_such_module", "Boom."))
        monkeypatch.setenv("AUDITOR_DEBUG", "1")
        run(["boom"])
        assert "Traceback" in capsys.readouterr().err

    def test_an_interrupt_is_told_in_a_word(self, capsys, tmp_path):
        (tmp_path / "stop.py").write_text("raise KeyboardInterrupt")
        assert run(["rules", "--rules", str(tmp_path)]) == 130
        assert capsys.readouterr().err == "\nauditor: interrupted\n"

    def test_a_reader_that_goes_away_is_no_error(self):
        command = f"{sys.executable} -m auditor rules --json | head -c 10"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        assert done.stderr == ""
        assert done.stdout == '[\n{"id": "'


class TestRules:
    def test_as_json_with_everything(self, capsys):
        assert run(["rules", "--json", "ENC-RDS-INSTANCE"]) == 0
        (rule,) = json.loads(capsys.readouterr().out)
        assert rule["title"] == "DB instances encrypt their storage"
        assert rule["severity"] == "high"
        assert rule["family"] == "encryption"
        assert rule["service"] == "rds"
        assert rule["aliases"]["checkov"] == ["CKV_AWS_16"]
        assert rule["frameworks"]["fsbp"] == ["RDS.3"]

    def test_as_a_table(self, capsys):
        assert run(["rules", "CKV_AWS_16"]) == 0
        assert capsys.readouterr().out == (
            "ENC-RDS-INSTANCE  high      encryption         DB instances encrypt their storage\n"
            "\n"
            "1 rule; `auditor explain RULE` says more\n"
        )

    def test_what_is_no_rule(self, capsys):
        assert run(["rules", "ENC-RDS-INSTANCES"]) == 2
        assert capsys.readouterr().err == (
            "auditor: no rule is called ENC-RDS-INSTANCES: did you mean ENC-RDS-INSTANCE? "
            "(`auditor rules` lists them)\n"
        )

    def test_own_rules_that_do_not_load(self, capsys, tmp_path):
        (tmp_path / "mine.py").write_text("x = (\n")
        assert run(["rules", "--rules", str(tmp_path)]) == 2
        assert capsys.readouterr().err == f"auditor: {tmp_path}/mine.py:1: '(' was never closed\n"


class TestExplain:
    def test_by_another_tool_s_id(self, capsys):
        assert run(["explain", "ckv_aws_16"]) == 0
        out = capsys.readouterr().out
        assert out.startswith("ENC-RDS-INSTANCE  DB instances encrypt their storage\n\nWhy:\n  ")
        assert "set `storage_encrypted = true`" in out
        assert "Checkov calls it: CKV_AWS_16\n" in out
        assert 'Suppress: # auditor:ignore ENC-RDS-INSTANCE reason="…" until=2027-03-31\n' in out


class TestOutputs:
    @pytest.mark.parametrize(
        ("formats", "files", "made"),
        [
            ([], [], [Output("text")]),
            (["json"], [], [Output("json")]),
            (["sarif"], ["x"], [Output("sarif", "x")]),
            (["sarif", "text"], ["x"], [Output("sarif", "x"), Output("text")]),
            ([], ["a.json", "b.sarif"], [Output("json", "a.json"), Output("sarif", "b.sarif")]),
            ([], ["a.sarif.json"], [Output("sarif", "a.sarif.json")]),
            (["text"], ["-", "b.json"], [Output("text"), Output("json", "b.json")]),
        ],
    )
    def test_pairs(self, formats, files, made):
        assert outputs(formats, files) == made

    def test_two_cannot_share_standard_output(self):
        with pytest.raises(Exception, match="cannot all go to standard output"):
            outputs(["json", "sarif"], [])

    def test_a_file_without_a_known_ending(self):
        with pytest.raises(Exception, match="which format is report"):
            outputs([], ["report"])


def test_a_folder_that_may_not_be_read_is_wrong_usage():
    denied = r"^cannot read x: Permission denied$"
    with pytest.raises(click.ClickException, match=denied), sensible():
        raise PermissionError(13, "Permission denied", "x")


class TestPreflight:
    def test_an_environment_that_there_is_not(self, tmp_path, monkeypatch, capsys):
        """Never another account than the one that was meant."""
        (tmp_path / ".git").mkdir()
        (tmp_path / "auditor.toml").write_text('[environments.prod]\naws = { profile = "p" }\n')
        monkeypatch.chdir(tmp_path)
        assert run(["preflight", "--env", "porod"]) == 2
        assert "there is no environment porod here; found: prod (auditor.toml:1)" in (
            capsys.readouterr().err
        )
        assert run(["preflight", "--env", "all"]) == 2
        assert run(["preflight", "--env", "PROD"]) == 3
        assert "there is no AWS profile 'p'" in capsys.readouterr().err
