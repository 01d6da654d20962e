"""Throughput of the Terraform front end by stage, in MB of source a second, beside python-hcl2.

    python benchmarks/evaluator.py FOLDER

FOLDER: a root module. Stages: reading and parsing alone, then the whole evaluation. python-hcl2
parses the same files (a sample of at most 200 kB, as it is slow).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main() -> None:
    """Measures the stages and prints ratios."""
    import hcl2

    from auditor.terraform import evaluate_root
    from auditor.terraform.syntax import parse

    folder = Path(sys.argv[1])
    sources = {path: path.read_bytes() for path in sorted(folder.rglob("*.tf"))}
    size = sum(map(len, sources.values())) / 1e6
    before = time.perf_counter()
    for path, source in sources.items():
        parse(source, str(path))
    parsed = time.perf_counter() - before
    before = time.perf_counter()
    configuration = evaluate_root(folder)
    evaluated = time.perf_counter() - before
    sample, taken = [], 0
    for source in sources.values():
        if taken < 200_000:
            sample.append(source.decode())
            taken += len(source)
    before = time.perf_counter()
    for text in sample:
        hcl2.loads(text)
    theirs = taken / 1e6 / (time.perf_counter() - before)
    ours = size / parsed
    print(f"{size:.2f} MB in {len(sources)} files, {len(configuration.resources)} resources")
    print(f"parse      {ours:8.2f} MB/s")
    print(f"evaluate   {size / evaluated:8.2f} MB/s ({evaluated:.2f} s, parsing included)")
    print(f"python-hcl2{theirs:8.2f} MB/s: ours parses {ours / theirs:.0f}× as fast")


if __name__ == "__main__":
    main()
