from __future__ import annotations

import importlib

from auditor.rule import rules_in
from auditor.rules_by_type import RulesByType
from auditor.rules_loading import built_in_modules


def test_what_the_text_says_is_never_too_narrow():
    """A rule that would not be imported for its own type would be silently left out."""
    judged = RulesByType().judged
    missed = [
        (rule.id, cls.tf)
        for name in built_in_modules()
        for rule in rules_in(importlib.import_module(name))
        for cls in (*rule.on, *rule.reads)
        if cls.tf not in judged[name]
    ]
    assert missed == []


def test_only_modules_for_the_types_at_hand_are_loaded():
    rules = RulesByType()
    ids = [rule.id for rule in rules.load({"aws_sqs_queue"})]
    assert "ENC-SQS-CMK" in ids
    assert not [each for each in ids if "-RDS-" in each]
    assert ids == sorted(ids)


def test_what_was_loaded_stays():
    rules = RulesByType()
    first = rules.load({"aws_sqs_queue"})
    assert {r.id for r in first} < {r.id for r in rules.load({"aws_db_instance"})}
