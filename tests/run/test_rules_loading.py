"""A user's own rules, and patterns that choose rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_run import RULES

from auditor.rule import RuleError
from auditor.rules_loading import choose, load_rules, rules_from

RULE = '''
from auditor.resource import Resource, StrMap
from auditor.rule import rule


class Queue(Resource, tf="test_own_queue"):
    tags = StrMap()


@rule("OPS-OWN-TAG", severity="low", on=Queue, family="operations")
def no_owner(queue):
    """Queues name their owner.

    Why: someone has to be asked.
    Fix: add a tag.
    Source: our handbook.
    """
    return None if "owner" in queue.tags else queue.finding("names no owner", at="tags")
'''


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


class TestOwnRules:
    def test_they_stand_beside_the_built_in_ones(self, tmp_path):
        ids = [rule.id for rule in load_rules([folder(tmp_path, tags=RULE)])]
        assert "OPS-OWN-TAG" in ids
        assert ids == sorted(ids)
        assert len(ids) > 10

    def test_a_rule_knows_where_it_is_defined(self, tmp_path):
        (rule,) = rules_from(folder(tmp_path, tags=RULE))
        assert rule.defined == f"{tmp_path / 'tags.py'}:10"

    def test_files_may_import_each_other(self, tmp_path):
        text = RULE.replace("\n\n\nclass", "\nfrom .common import NAME\n\n\nclass")
        files = folder(tmp_path, common='NAME = "owner"\n', tags=text.replace('"owner"', "NAME"))
        assert [rule.id for rule in rules_from(files)] == ["OPS-OWN-TAG"]

    def test_folders_in_it_are_read_and_tests_are_not(self, tmp_path):
        files = folder(tmp_path, aws__tags=RULE, test_tags="raise SystemExit", conftest="1/0")
        assert [rule.id for rule in rules_from(files)] == ["OPS-OWN-TAG"]

    def test_its_modules_take_no_name_from_anyone(self, tmp_path):
        """A file called json.py is a rule file and nothing else."""
        import json

        rules_from(folder(tmp_path, json=RULE))
        import json as after

        assert json is after
        assert after.dumps([1]) == "[1]"

    def test_a_changed_file_is_read_again(self, tmp_path):
        rules_from(folder(tmp_path, tags=RULE))
        (tmp_path / "tags.py").unlink()
        folder(tmp_path, other=RULE.replace("OWN-TAG", "OWN-OTHER"))
        assert [rule.id for rule in rules_from(tmp_path)] == ["OPS-OWN-OTHER"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("def broken(:\n", r"tags\.py:1: invalid syntax"),
            ("\n\nimport nowhere\n", r"tags\.py:3: cannot be imported: ModuleNotFoundError"),
            (
                RULE.replace("Fix: add a tag.", ""),
                r"tags\.py:10: OPS-OWN-TAG \(.*\): its docstring lacks Fix",
            ),
            ("x = 1\n", r"holds no rules"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, tmp_path, text, message):
        with pytest.raises(RuleError, match=message):
            rules_from(folder(tmp_path, tags=text))

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(RuleError, match="is not a folder: --rules takes a folder"):
            rules_from(tmp_path / "none")

    def test_an_id_that_is_taken(self, tmp_path):
        with pytest.raises(RuleError, match="OPS-OWN-TAG is defined twice"):
            load_rules([folder(tmp_path, tags=RULE, more=RULE)])


class TestChoosing:
    @pytest.mark.parametrize(
        ("only", "skip", "chosen"),
        [
            ([], [], ["ENC-TEST-DISK", "NET-TEST-GATE", "OPS-TEST-SIZE", "SEC-TEST-PASSWORD"]),
            (["ENC-TEST-DISK"], [], ["ENC-TEST-DISK"]),
            (["enc-*", "network"], [], ["ENC-TEST-DISK", "NET-TEST-GATE"]),
            (["CKV_TEST_1"], [], ["ENC-TEST-DISK"]),
            (["AVD-AWS-9001"], [], ["ENC-TEST-DISK"]),
            (["*-TEST-*"], ["encryption", "OPS-*"], ["NET-TEST-GATE", "SEC-TEST-PASSWORD"]),
        ],
    )
    def test_patterns(self, only, skip, chosen):
        assert [rule.id for rule in choose(RULES, only, skip)] == chosen

    def test_a_pattern_that_names_nothing(self):
        with pytest.raises(RuleError, match="no rule is called NET-TEST-GATES: did you mean NET-T"):
            choose(RULES, ["NET-TEST-GATES"])
