"""Syntax errors: a precise message, the rest still judged, nothing damaged passed off as safe."""

from __future__ import annotations

from auditor.terraform import Options, evaluate_root

BROKEN = """resource "aws_s3_bucket" "good" {
  bucket = "good"
}

resource "aws_sqs_queue" "bad" {
  name =
  sqs_managed_sse_enabled = true
}
"""


def evaluate(folder, text: str):
    (folder / "main.tf").write_text(text, encoding="utf-8")
    (folder / "other.tf").write_text('resource "aws_sns_topic" "t" {}\n', encoding="utf-8")
    return evaluate_root(folder, Options(root=str(folder)))


def test_the_message_names_the_place_and_what_could_stand_there(tmp_path):
    problem = evaluate(tmp_path, BROKEN).problems[0]
    assert problem.code == "syntax-error"
    assert (problem.location.line, problem.location.column) == (6, 9)
    assert problem.detail == (
        "Expected the start of an expression, but found an invalid expression token. "
        "python-hcl2 stops at 6:9 and expects a string, a number, a heredoc, `{`, `(`, `[` or a "
        "name."
    )


def test_the_rest_of_the_file_and_other_files_are_evaluated(tmp_path):
    found = evaluate(tmp_path, BROKEN)
    assert {r.address for r in found.resources} == {"aws_s3_bucket.good", "aws_sns_topic.t"}


def test_a_damaged_block_is_a_gap_for_its_type_and_not_a_resource(tmp_path):
    found = evaluate(tmp_path, BROKEN)
    (gap,) = [gap for gap in found.gaps if gap.types]
    assert gap.what == "aws_sqs_queue.bad"
    assert gap.types == frozenset({"aws_sqs_queue"})
    assert "its block has an error" in gap.because
