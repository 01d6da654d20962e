"""`auditor inspect`."""

from __future__ import annotations

import json
from typing import Any

import click

from auditor.cli.inputs import inputs_from, terraform_inputs


@click.command("inspect")
@terraform_inputs
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def command(**options: Any) -> int:
    """Show what was understood of Terraform: resources, outputs, problems.

    Nothing is judged. In JSON an unknown value is {"__unknown__": [references]}, a sensitive one
    {"__sensitive__": true}.

    Exit code 3 when a part could not be evaluated.
    """
    import sys

    from auditor.cli.asking import sensible
    from auditor.inspection import inspect
    from auditor.render.tree import tree_lines

    as_json = options.pop("as_json")
    with sensible():
        found = inspect(inputs_from(options))
    if as_json:
        from auditor.render.json_text import json_stream

        json.dump(
            found, json_stream(sys.stdout), ensure_ascii=False, indent=None, separators=(", ", ": ")
        )
        sys.stdout.write("\n")
    else:
        from auditor.render.text import write_lines

        write_lines(tree_lines(found), sys.stdout)
    return 3 if found["incomplete"] else 0
