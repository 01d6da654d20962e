"""Writes reports/run.schema.json, the JSON Schema of the run document, from the code."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.run import json_schema

TARGET = Path(__file__).parents[1] / "reports" / "run.schema.json"

if __name__ == "__main__":
    TARGET.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")
