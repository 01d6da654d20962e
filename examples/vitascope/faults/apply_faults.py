"""Lay the faults over a copy of the stack: python apply_faults.py DEST.

Makes DEST/terraform, a copy of ../terraform with every file of overlay/ added at the same relative
path. Most of those are Terraform override files (`*_override.tf`), which change single arguments of
resources that stay where they are. The settings and waivers of the auditor go along, so that the
copy is judged as the stack is. The stack itself is not touched; faults.toml lists what is wrong in
the copy.
"""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STACK = HERE.parent / "terraform"
OVERLAY = HERE / "overlay"
POLICY = ("auditor.toml", "auditor-waivers.toml")


def apply_faults(destination: Path) -> Path:
    """Make the faulty copy below destination and return its terraform folder.

    FileExistsError where there is one already: an old copy is not mixed with a new one.
    """
    target = destination / "terraform"
    if target.exists():
        raise FileExistsError(f"{target} exists; name another folder or remove it")
    local_state = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan")
    shutil.copytree(STACK, target, symlinks=True, ignore=local_state)
    shutil.copytree(OVERLAY, target, dirs_exist_ok=True)
    for name in POLICY:
        shutil.copy(HERE.parent / name, destination / name)
    return target


def main() -> int:
    """Command line; exit code 2 for wrong use."""
    if len(sys.argv) != 2:
        print("usage: python apply_faults.py DEST", file=sys.stderr)
        return 2
    try:
        target = apply_faults(Path(sys.argv[1]))
    except OSError as error:
        print(f"apply_faults: {error}", file=sys.stderr)
        return 2
    print(f"faulty copy in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
