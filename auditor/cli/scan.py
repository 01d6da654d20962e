"""`auditor scan`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.choosing_rules import rules_folder
from auditor.cli.inputs import inputs_from, terraform_inputs
from auditor.rule import SEVERITIES

if TYPE_CHECKING:
    from auditor.cli.outputs import Output
    from auditor.progress import Progress
    from auditor.run import Run
    from auditor.scan import Request

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("scan")
@terraform_inputs
@click.option(
    "--source",
    type=click.Choice(["terraform", "state", "live", "all"]),
    help="What is judged: code, the state that auditor.toml names, the account, or code and "
    "account (all). By default as auditor.toml says, else code.",
)
@click.option(
    "--plan", type=_FILE, metavar="FILE", help="Judge a plan: the output of terraform show -json."
)
@click.option("--state", type=_FILE, metavar="FILE", help="Judge a state file.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["text", "json", "sarif"]),
    help="The report's format: text by default. May be repeated, each with its --output.",
)
@click.option(
    "--output",
    "files",
    multiple=True,
    metavar="FILE",
    help="Where the report goes: standard output by default, also as `-`. Its ending names the "
    "format where --format does not.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    help="The severity from which a finding gives exit code 1. By default as auditor.toml says, "
    "else medium.",
)
@click.option(
    "--undetermined",
    type=click.Choice(["report", "fail"]),
    default="report",
    show_default=True,
    help="Whether verdicts that hang on unknown values give exit code 1 like findings.",
)
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="info",
    show_default=True,
    help="The least severity that the text shows; what is below is counted.",
)
@click.option(
    "--rule",
    "only",
    multiple=True,
    metavar="RULE",
    help="Only these rules: an id, a glob (ENC-*), a family (encryption), another tool's id. "
    "May be repeated.",
)
@click.option(
    "--skip-rule", "skip", multiple=True, metavar="RULE", help="Without these. May be repeated."
)
@click.option(
    "--against",
    metavar="REF",
    help="Compare with the code where HEAD left the history of REF (origin/main): only what is "
    "new or worse since gives exit code 1; what is fixed is listed.",
)
@click.option(
    "--baseline",
    type=_FILE,
    metavar="FILE",
    help="The same against a stored run (--format json).",
)
@rules_folder
@click.option("--details", is_flag=True, help="Every undetermined verdict and all evidence.")
@click.option("--no-progress", is_flag=True, help="No progress on the terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing but the reports.")
def command(**options: Any) -> int:
    """Judge Terraform, a plan, a state or an account.

    PATH is the folder of a root module, or of a repository: then every root module in it is judged
    once, and modules that nothing calls on their own defaults.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or settings, 3 something
    could not be evaluated, with or without findings: the report says both.
    """
    from auditor.cli.asking import sensible
    from auditor.cli.outputs import outputs
    from auditor.gate import exit_code
    from auditor.progress import progress
    from auditor.scan import Request
    from auditor.targets import base_of

    if options["against"] and options["baseline"]:
        raise click.UsageError("--against and --baseline cannot be combined")
    quiet, wanted = options["quiet"], outputs(options["formats"], options["files"])
    listener = progress(wanted=not (quiet or options["no_progress"]))
    with sensible():
        request = Request(
            inputs=inputs_from(options),
            source=options["source"],
            plan=options["plan"],
            state=options["state"],
            only=options["only"],
            skip=options["skip"],
            own_rules=options["own_rules"],
            fail_on=options["fail_on"],
            every_rule=bool(options["against"] or options["baseline"])
            or any(output.format != "text" for output in wanted),
        )
        try:
            run = _scanned(request, options["against"], options["baseline"], listener)
        finally:
            listener.close()
    write(run, wanted, base_of(request.inputs), options)
    if not quiet:
        tell(run, wanted, undetermined_fails=options["undetermined"] == "fail")
    return exit_code(run, undetermined_fails=options["undetermined"] == "fail")


def _scanned(
    request: Request, against: str | None, baseline: Path | None, listener: Progress
) -> Run:
    if against is not None or baseline is not None:
        from auditor.against import scan_against, scan_with_baseline

        if against is not None:
            return scan_against(request, against, listener)
        assert baseline is not None
        return scan_with_baseline(request, baseline, listener)
    from auditor.scan import scan

    return scan(request, listener)


def write(run: Run, wanted: Sequence[Output], base: Path, options: dict[str, Any]) -> None:
    """Writes the reports. base: the folder that files are named from in the run."""
    from auditor.cli.outputs import opened
    from auditor.render import render
    from auditor.render.text import render as render_text
    from auditor.render.view import View

    view = View(
        severity=options["severity"],
        shown=lambda file: os.path.relpath(os.path.join(base, file)),
        details=options["details"],
        undetermined_fails=options["undetermined"] == "fail",
    )
    for output in wanted:
        with opened(output) as stream:
            if output.format == "text":
                render_text(run, stream, view)
            else:
                render(run, output.format, stream)


def tell(run: Run, wanted: Sequence[Output], *, undetermined_fails: bool) -> None:
    """Tells people, on standard error, what a machine's report does not show them."""
    import sys

    from auditor.cli.outputs import STDOUT
    from auditor.render.layout import summary_lines
    from auditor.render.text import write_lines

    for how in dict.fromkeys(source.how for source in run.sources if source.how):
        click.echo(f"environment: {how}", err=True)
    if not any(output.format == "text" and output.file == STDOUT for output in wanted):
        write_lines(summary_lines(run, undetermined_fails=undetermined_fails), sys.stderr)
    for output in wanted:
        if output.file != STDOUT:
            click.echo(f"{output.format} written to {output.file}", err=True)
