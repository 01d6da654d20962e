"""Zip the functions' sources, the same bytes for the same source.

Run as `python build_packages.py` (or `make package`) after changing a handler. Every folder below
terraform/modules/lambda/src becomes a zip of the same name in terraform/modules/lambda/packages.
Terraform's usual archive provider would do it at plan time; a committed zip needs no second
provider and lets a reviewer see in the diff that the deployed code changes.
"""

import io
import sys
import zipfile
from pathlib import Path

MODULE = Path(__file__).parent / "terraform" / "modules" / "lambda"
# The first moment a zip can hold; a real one would change the hash with every build.
EPOCH = (1980, 1, 1, 0, 0, 0)


def package(source: Path) -> bytes:
    """The zip of one function: its .py files by name, without times, stored uncompressed.

    Uncompressed because compressed bytes differ between versions of zlib.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(source.rglob("*.py")):
            entry = zipfile.ZipInfo(path.relative_to(source).as_posix(), EPOCH)
            entry.create_system = 3  # Unix, whatever the builder runs on: the next line is Unix's
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def main() -> int:
    """Write every package that differs from its source; say which."""
    for source in sorted(path for path in (MODULE / "src").iterdir() if path.is_dir()):
        target = MODULE / "packages" / f"{source.name}.zip"
        content = package(source)
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)
            print(f"built {target.relative_to(MODULE.parents[2])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
