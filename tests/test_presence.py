"""Whether an argument is set."""

from __future__ import annotations

import pytest

from auditor.presence import is_absent
from auditor.values import Ref, Undetermined, Unknown


def ref(address, *path):
    return Unknown([Ref(address, path)], exact=True)


def test_known_values():
    assert is_absent(None)
    assert not is_absent("")
    assert not is_absent(False)


@pytest.mark.parametrize(
    "value",
    [
        ref("aws_sqs_queue.q", "arn"),
        ref('module.m["x"].aws_sqs_queue.q', "arn"),
        ref("data.aws_sqs_queue.q", "arn"),
        Unknown(parts=("arn:", ref("var.x"))),
        Unknown(items=("a",)),
        Unknown(one_of=("a", ref("aws_sqs_queue.q", "arn"))),
    ],
)
def test_what_is_certainly_set(value):
    assert not is_absent(value)


@pytest.mark.parametrize(
    "value",
    [
        ref("var.x"),
        ref("module.m.var.x"),
        ref("module.gone", "queue_arn"),
        Unknown(because="sqs:GetQueueAttributes was denied"),
        Unknown(one_of=("a", None)),
    ],
)
def test_what_may_be_null(value):
    with pytest.raises(Undetermined):
        is_absent(value)
