"""Whole-process wall time, CPU time and peak memory of `auditor scan` and of Checkov, in one run.

    python benchmarks/against_checkov.py --checkov /path/to/checkov FOLDER …

FOLDER: Terraform to judge, such as clones of terraform-aws-modules' vpc, ecs and s3-bucket
repositories and of terragoat. A generated tree of 2,000 resources in 200 files is always measured.
Checkov needs a virtual environment of its own (it pins old libraries):

    python3 -m venv /tmp/checkov && /tmp/checkov/bin/pip install checkov

Each program runs `--rounds` times on each tree, in turn; the fastest run counts. Ratios are what
to look at: the machine is the same for both.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generated import write_tree


@dataclass(frozen=True, slots=True)
class Cost:
    """wall and cpu in seconds, memory in MB (the largest process of the run)."""

    wall: float
    cpu: float
    memory: float


_CHILD = (
    "import resource, subprocess, sys\n"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
    "use = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(done.returncode, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024)\n"
)


def cost(command: list[str]) -> Cost:
    """What one run of a command costs; exit codes 0, 1 and 3 are answers, others end the run."""
    before = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], check=True, capture_output=True, text=True
    )
    wall = time.perf_counter() - before
    code, cpu, memory = told.stdout.split()
    if code not in ("0", "1", "3"):
        raise SystemExit(f"{command} ended with exit code {code}")
    return Cost(wall, float(cpu), float(memory))


def best(command: list[str], rounds: int) -> Cost:
    """The fastest of several runs."""
    return min((cost(command) for _ in range(rounds)), key=lambda each: each.wall)


def main() -> None:
    """Measures every tree and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--checkov", type=Path, help="the checkov executable")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    auditor = str(Path(sys.executable).with_name("auditor"))
    with tempfile.TemporaryDirectory() as work:
        made = Path(work, "generated")
        write_tree(made, resources=2000, files=200)
        print(f"{'tree':<28}{'':>10}{'wall s':>9}{'cpu s':>9}{'MB':>8}{'wall ratio':>12}")
        for folder in [*asked.folders, made]:
            ours = best([auditor, "scan", str(folder), "--format", "json"], asked.rounds)
            print(
                f"{folder.name:<28}{'auditor':>10}{ours.wall:>9.2f}{ours.cpu:>9.2f}{ours.memory:>8.0f}"
            )
            if asked.checkov:
                command = [str(asked.checkov), "-d", str(folder), "-o", "json", "--quiet"]
                theirs = best([*command, "--framework", "terraform"], max(1, asked.rounds // 3))
                ratio = theirs.wall / ours.wall
                print(
                    f"{'':<28}{'checkov':>10}{theirs.wall:>9.2f}{theirs.cpu:>9.2f}"
                    f"{theirs.memory:>8.0f}{ratio:>11.1f}×"
                )
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
