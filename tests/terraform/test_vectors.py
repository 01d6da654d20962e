"""What real Terraform says of thousands of expressions and many whole configurations.

`vectors/` is the definition of correct. An expression goes through a configuration, as it did when
Terraform was asked: a local, read by a resource.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from vector_candidate import answer, dumps

VECTORS = Path(__file__).parent / "vectors"
sys.path.insert(0, str(VECTORS))

import score  # noqa: E402 - it comes with the vectors

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # of score.py


class Here:
    """A candidate in this process, with the interface of score.py's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, request: dict[str, Any]) -> Any:
        return score.loads(dumps(answer(json.loads(json.dumps(request)), self.folder)))


def configurations() -> list[str]:
    return sorted(folder.name for folder in (VECTORS / "configs").iterdir())


@pytest.mark.parametrize("name", configurations())
def test_configuration(name: str, tmp_path: Path) -> None:
    outcome = score.score_config(str(VECTORS / "configs" / name), Here(tmp_path), True, tmp_path)
    assert outcome["pass"], outcome.get("why")
    assert outcome.get("sensitive_ok", True)
    assert outcome.get("type_ok", True)


def groups() -> list[str]:
    return sorted(file.stem for file in (VECTORS / "expressions").glob("*.jsonl"))


@pytest.mark.parametrize("group", groups())
def test_expressions(group: str, tmp_path: Path) -> None:
    contexts = {file.stem: file.read_text() for file in (VECTORS / "contexts").glob("*.tf")}
    text = (VECTORS / "expressions" / f"{group}.jsonl").read_text(encoding="utf-8")
    candidate, wrong = Here(tmp_path), []
    for line in text.rstrip().split("\n"):  # texts may hold other line ends
        case = score.loads(line)
        outcome = score.score_expression(case, contexts, candidate, True)
        good = (
            outcome["pass"] and outcome.get("sensitive_ok", True) and outcome.get("type_ok", True)
        )
        if not good:
            wrong.append(f"{case['id']}: {case['expr']} {outcome.get('why')}")
    assert not wrong, "\n".join(wrong)
