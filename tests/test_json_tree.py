"""JSON documents in strings, with and without holes."""

from __future__ import annotations

import pytest

from auditor.json_tree import json_tree
from auditor.values import Ref, Undetermined, Unknown

IMAGE = Unknown([Ref("var.image")], exact=True)


def holed(*parts):
    return Unknown([Ref("var.image")], parts=parts)


def test_text_without_holes_is_the_plain_document():
    text = '[{"name": "a", "cpu": 10, "ratio": 0.5, "on": true, "off": "true", "none": null}]'
    assert json_tree(text, "x") == [
        {"name": "a", "cpu": 10, "ratio": 0.5, "on": True, "off": "true", "none": None}
    ]


def test_nothing_and_decoded_values_come_as_they_are():
    assert json_tree(None, "x") is None
    assert json_tree([{"a": 1}], "x") == [{"a": 1}]
    assert json_tree(IMAGE, "x") is IMAGE


def test_a_hole_is_the_value_where_it_stands():
    tree = json_tree(holed('[{"image": ', IMAGE, ', "tag": "v', IMAGE, '", "cpu": 1}]'), "x")
    assert tree[0]["image"] is IMAGE
    assert tree[0]["tag"].parts == ("v", IMAGE)
    assert tree[0]["cpu"] == 1


def test_a_hole_in_quotes_is_a_string():
    assert json_tree(holed('["', IMAGE, '"]'), "x")[0] is IMAGE


def test_a_hole_that_is_an_object_keeps_what_is_known_of_it():
    known = Unknown([Ref("var.x")], entries={"privileged": True, "text": "true"})
    tree = json_tree(holed("[", known, "]"), "x")
    assert tree[0]["privileged"] is True
    assert tree[0]["text"] == "true"
    with pytest.raises(Undetermined, match=r"var\.x"):
        bool(tree[0]["user"])


def test_a_hole_among_the_members_leaves_open_whether_there_are_more():
    tree = json_tree(holed('[{"a": 1} ', IMAGE, "]"), "x")
    assert tree.items == ({"a": 1},)


def test_what_is_no_json_is_undetermined():
    with pytest.raises(
        Undetermined, match=r"container_definitions is no JSON .* \(line 2, column 1"
    ):
        json_tree("[\n}", "container_definitions")
