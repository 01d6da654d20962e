"""Agreement with real Terraform, on thousands of expressions and on whole configurations.

The vectors are what terraform 1.11.4 says (see `vectors/README.md`); here each group is one test,
in this process. For the table by group: `python tests/terraform/vectors/score.py -- python
tests/terraform/vector_candidate.py`.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",  # score.py leaves closing its files to the collector
    "ignore::pytest.PytestUnraisableExceptionWarning",
)

HERE = Path(__file__).parent
VECTORS = HERE / "vectors"


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


score = load("vector_score", VECTORS / "score.py")
candidate = load("vector_candidate", HERE / "vector_candidate.py")

EXPRESSIONS = sorted(path.stem for path in (VECTORS / "expressions").glob("*.jsonl"))
CONTEXTS = {path.stem: path.read_text() for path in (VECTORS / "contexts").glob("*.tf")}
CONFIGURATIONS: dict[str, list[Path]] = {}
for folder in sorted((VECTORS / "configs").iterdir()):
    group = json.loads((folder / "case.json").read_text())["group"]
    CONFIGURATIONS.setdefault(group, []).append(folder)


class InProcess:
    """Answers as the candidate does, numbers with all their digits."""

    def __init__(self, folder):
        self.folder = folder

    def ask(self, request):
        answer = candidate.dumps(candidate.answer(request, self.folder))
        return score.loads(answer)


def disagreements(results):
    failed = [result for result in results if not result["pass"]]
    failed += [r for r in results if r.get("type_ok") is False or r.get("sensitive_ok") is False]
    return [json.dumps(result, default=str)[:400] for result in failed]


@pytest.mark.parametrize("group", EXPRESSIONS)
def test_expressions(group, tmp_path):
    lines = (
        (VECTORS / "expressions" / f"{group}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    )
    asked = InProcess(tmp_path)

    results = [score.score_expression(score.loads(line), CONTEXTS, asked, True) for line in lines]
    assert disagreements(results) == []


@pytest.mark.parametrize("group", CONFIGURATIONS)
def test_configurations(group, tmp_path):
    asked = InProcess(tmp_path)

    results = [
        score.score_config(str(folder), asked, True, str(tmp_path))
        for folder in CONFIGURATIONS[group]
    ]
    assert disagreements(results) == []
