"""The run document: how it is written, read back and described."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
from sample_run import sample_run

from auditor.run import (
    Evidence,
    Run,
    RunError,
    VerdictEntry,
    dumps,
    json_schema,
    known_parts,
    load,
    plain,
    write,
)
from auditor.values import Ref, Sensitive, Unknown

PUBLISHED = Path(__file__).parents[2] / "reports" / "run.schema.json"


def unknown(*names: str, **known: object) -> Unknown:
    return Unknown([Ref(name) for name in names], **known)


class TestPlain:
    def test_an_unknown_names_its_references_and_nothing_else(self):
        value = {"cidrs": ["10.0.0.0/8", unknown("var.a", "var.b", items=("x",))]}
        assert plain(value) == {"cidrs": ["10.0.0.0/8", {"__unknown__": ["var.a", "var.b"]}]}

    def test_a_sensitive_value_is_never_looked_at(self):
        assert plain({"password": Sensitive("hunter2")}) == {"password": {"__sensitive__": True}}

    def test_whole_numbers_are_integers(self):
        assert plain([1.0, 2.5, True, 10**30]) == [1, 2.5, True, 10**30]

    def test_anything_else_is_refused(self):
        with pytest.raises(TypeError, match="object is not a value"):
            plain([object()])


class TestKnownParts:
    def test_each_unknown_with_something_known_is_at_its_path(self):
        hole = unknown("var.account")
        value = {
            "arn": unknown("var.account", parts=("arn:aws:s3:::", hole, "/*")),
            "cidrs": [unknown("var.more", items=("0.0.0.0/0",)), unknown("var.other")],
            "tags": unknown("var.tags", entries={"a": "b"}),
            "size": unknown("var.big", one_of=(1, 2)),
        }
        assert known_parts(value) == {
            "arn": {"parts": ["arn:aws:s3:::", {"__unknown__": ["var.account"]}, "/*"]},
            "cidrs[0]": {"items": ["0.0.0.0/0"]},
            "tags": {"entries": {"a": "b"}},
            "size": {"one_of": [1, 2]},
        }

    def test_secrets_in_known_parts_stay_hidden(self):
        value = unknown("var.a", parts=("x", unknown("var.b")), items=None)
        whole = unknown("var.c", entries={"key": Sensitive("hunter2")})
        assert known_parts({"a": value, "b": whole})["b"] == {
            "entries": {"key": {"__sensitive__": True}}
        }


class TestWriting:
    def test_a_run_reads_back_as_it_was(self, tmp_path):
        run = sample_run(tmp_path)
        assert load(dumps(run)) == run

    def test_empty_fields_are_left_out_but_false_values_stay(self):
        run = Run("1", "now", verdicts=[VerdictEntry("R", "fail", "low", resource=0)])
        run.verdicts[0].evidence = [Evidence("enabled", value=False)]
        assert json.loads(dumps(run))["verdicts"] == [
            {
                "rule": "R",
                "status": "fail",
                "severity": "low",
                "resource": 0,
                "source": 0,
                "evidence": [{"attribute": "enabled", "value": False}],
            }
        ]

    def test_an_empty_value_is_a_value(self):
        run = Run("1", "now", verdicts=[VerdictEntry("R", "fail", "low")])
        run.verdicts[0].evidence = [Evidence("cidrs", value=[]), Evidence("size", value=0)]
        assert load(dumps(run)) == run

    def test_names_are_escaped_in_every_kind_of_verdict(self):
        names = [VerdictEntry("R", status, "low", 'x["a\\b\n"]', 0) for status in ("pass", "fail")]
        assert load(dumps(Run("1", "now", verdicts=names))).verdicts == names

    def test_each_verdict_is_a_line(self, tmp_path):
        run = sample_run(tmp_path)
        lines = dumps(run).splitlines()
        assert sum(line.startswith('{"rule": ') for line in lines) == len(run.verdicts)

    def test_writing_to_a_stream_is_the_same(self, tmp_path):
        run, stream = sample_run(tmp_path), io.StringIO()
        write(run, stream)
        assert stream.getvalue() == dumps(run)


class TestReading:
    def test_what_is_no_json_is_refused_with_its_name(self):
        with pytest.raises(RunError, match=r"^old.json is not a run of auditor: Invalid JSON"):
            load("{", "old.json")

    def test_a_wrong_key_is_named(self):
        with pytest.raises(RunError, match=r"verdicts\.0\.severity: Field required"):
            load('{"version": "1", "started": "x", "verdicts": [{"rule": "R", "status": "pass"}]}')

    def test_another_format_is_refused(self):
        with pytest.raises(RunError, match="has the format 'auditor-run/9'"):
            load('{"version": "1", "started": "x", "format": "auditor-run/9"}')


class TestSchema:
    def test_the_published_schema_is_the_code_s(self):
        """`scripts/write_run_schema.py` writes it."""
        assert json.loads(PUBLISHED.read_text()) == json_schema()

    def test_a_real_run_is_valid_and_has_no_key_that_the_schema_lacks(self, tmp_path):
        schema = json_schema()
        for definition in [schema, *schema["$defs"].values()]:
            if "properties" in definition:
                definition["additionalProperties"] = False
        jsonschema.Draft202012Validator(schema).validate(json.loads(dumps(sample_run(tmp_path))))
