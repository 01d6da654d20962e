"""The text report, in full and in its parts."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from sample_run import RULES, sample_run

from auditor.record import summarize
from auditor.render.text import printable, render
from auditor.render.value_text import value_text
from auditor.render.view import View
from auditor.run import WaiverEntry
from auditor.suppression_comments import read_suppressions
from auditor.suppressions import apply_suppressions

WHOLE = """\
CRITICAL NET-TEST-GATE  Gates are not open to the world

  module.net.test_gate.web lets the world reach port 22
    net/gate.tf:4:13
         4 │ cidrs = concat(var.cidrs, var.more)
      opening[0].cidrs = ["0.0.0.0/0", … (unknown: module.net.var.more)]
      opening[0].port = 22
    called as module.net  main.tf:6:1

  why the world comes in.
  fix name the networks that need it.

HIGH     ENC-TEST-DISK  Disks are encrypted

  test_disk.plain is not encrypted
    main.tf:2:15
         2 │ encrypted = var.encrypted
      encrypted = false
        ← var.encrypted  prod.tfvars:3:13

  why whoever gets the disk can read it.
  fix set `encrypted = true`.

MEDIUM   SEC-TEST-PASSWORD  No password stands in the code

  test_disk.plain has its password in the code
    main.tf:3:15
         3 │ password  = (sensitive value)
      password = (sensitive value)

  why everyone who can read the code can use it.
  fix generate it and keep it in a secret store.

UNDETERMINED  1 verdict could not be decided, by what they hang on:

      1  var.unset
         ENC-TEST-DISK on test_disk.open

PROBLEMS
  error    main.tf:9:2: Missing brace
           It never ends.
  warning  No such argument: colour

NOT READ  nothing in these parts counts as safe
  module.vpc: it is not downloaded: run terraform init

to let one stay: # auditor:ignore RULE reason="…" on the line above it, or auditor waive RULE \
RESOURCE --reason "…"

3 failed (1 critical, 1 high, 1 medium) · 1 undetermined · 3 passed
7 verdicts on 3 resources in prod: ., 0.25 s
fails: 3 verdicts at or above medium
incomplete: 1 error in the input, 1 part not read
"""


def text_of(run, view: View | None = None) -> str:
    stream = io.StringIO()
    render(run, stream, view)
    return stream.getvalue()


def test_the_whole_report(tmp_path):
    assert text_of(sample_run(tmp_path)) == WHOLE


def test_below_the_severity_wanted_only_the_summary_counts(tmp_path):
    text = text_of(sample_run(tmp_path), View(severity="critical"))
    assert "ENC-TEST-DISK  Disks" not in text
    assert "3 failed (1 critical, 1 high, 1 medium)" in text


def test_files_are_named_as_the_reader_wants(tmp_path):
    text = text_of(sample_run(tmp_path), View(shown=lambda file: f"infra/{file}"))
    assert "    infra/net/gate.tf:4:13\n" in text
    assert "← var.encrypted  infra/prod.tfvars:3:13" in text


def test_waivers_and_expired_ones_are_listed(tmp_path):
    run = sample_run(tmp_path)
    (tmp_path / "main.tf").write_text(
        '# auditor:ignore ENC-TEST-DISK reason="test data"\nresource "a" "b" {\n}\n'
        '# auditor:ignore SEC-TEST-PASSWORD reason="gone soon" until=2026-01-01\nx = 1\n'
    )
    comments = read_suppressions(tmp_path / "main.tf", "main.tf")
    apply_suppressions(run, comments, RULES, date(2026, 11, 24))
    run.summary = summarize(run)
    text = text_of(run)
    assert (
        "WAIVERS\n"
        "  1 finding   ENC-TEST-DISK: test data  main.tf:1:1\n"
        "  expired     SEC-TEST-PASSWORD until 2026-01-01: gone soon  main.tf:4:1\n"
    ) in text
    assert "2 failed (1 critical, 1 medium) · 1 undetermined · 1 waived · 3 passed" in text


@pytest.mark.parametrize(
    ("value", "known", "text"),
    [
        ("a", {}, '"a"'),
        ([1, None, True], {}, "[1, null, true]"),
        ({"a": {"__sensitive__": True}}, {}, "{a = (sensitive value)}"),
        ({"__unknown__": ["var.a"]}, {}, "(unknown: var.a)"),
        ({"__unknown__": []}, {}, "(unknown)"),
        (
            {"__unknown__": ["var.a"]},
            {"": {"parts": ["arn:", {"__unknown__": ["var.a"]}, "/*"]}},
            '"arn:${var.a}/*"',
        ),
        (
            [{"__unknown__": ["var.a"]}],
            {"[0]": {"one_of": [1, 2]}},
            "[1 or 2 (unknown: var.a)]",
        ),
        ("x" * 200, {}, '"' + "x" * 158 + "…"),
    ],
)
def test_values_for_people(value, known, text):
    assert value_text(value, known=known) == text


def test_names_under_scan_cannot_command_the_terminal():
    assert printable("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\x202ec"


def test_a_terminal_gets_the_same_words_with_colours(tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    render(sample_run(tmp_path), stream)
    colours = stream.getvalue()
    assert "\x1b[" in colours
    import re

    plain = re.sub(r"\x1b\[[0-9;]*m", "", colours)
    assert [line.rstrip() for line in plain.splitlines()] == WHOLE.splitlines()


@pytest.mark.parametrize(
    ("thresholds", "line"),
    [
        (["high"], "fails: 2 verdicts at or above high"),
        (["never"], "passes: fail_on is never"),
        (["low", "low"], "fails: 3 verdicts at or above low"),
        (
            ["critical", "never"],
            "fails: 1 verdict at or above critical in prod, none in e1",
        ),
    ],
)
def test_what_fails_the_run_is_said(tmp_path, thresholds, line):
    run = sample_run(tmp_path)
    (first,) = run.sources
    run.sources = [
        replace(first, fail_on=each, environment=f"e{n}" if n else "prod")
        for n, each in enumerate(thresholds)
    ]
    assert f"\n{line}\n" in text_of(run)


def test_a_run_without_findings_needs_no_advice(tmp_path):
    run = sample_run(tmp_path)
    run.verdicts = [v for v in run.verdicts if v.status != "fail"]
    run.summary = summarize(run)
    text = text_of(run)
    assert "to let one stay" not in text
    assert "\npasses: " not in text
    text = text_of(run, View(undetermined_fails=True))
    assert "\nfails: 1 verdict at or above medium\n" in text


def test_many_waivers_that_hold_are_counted(tmp_path):
    run = sample_run(tmp_path)
    run.waivers = [WaiverEntry("file", ["A"], "active", "r", verdicts=2) for _ in range(9)]
    run.waivers.append(WaiverEntry("file", ["B"], "unused", because="nothing"))
    assert (
        "WAIVERS\n  18 findings by 9 waivers (--details lists them)\n  unused      B: nothing\n"
    ) in text_of(run)
    assert "  2 findings  A: r\n" in text_of(run, View(details=True))


def test_what_has_no_line_of_code_can_only_be_waived(tmp_path):
    run = sample_run(tmp_path)
    run.sources = [replace(source, kind="live") for source in run.sources]
    assert '\nto let one stay: auditor waive RULE RESOURCE --reason "…"\n' in text_of(run)
