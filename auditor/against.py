"""A scan that is compared with another version of the code, or with a stored run.

Both sides of `--against` are judged by the same rules and by the auditor.toml of the work tree, so
that a change of policy is not a change of code; suppressions and waivers are those of each side.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from auditor.base_tree import BaseTree, base_tree
from auditor.compare import compare
from auditor.comparison_notes import BASELINE, REF
from auditor.config import Config, load_config
from auditor.engine import STATUSES
from auditor.progress import Progress, Silent
from auditor.repository import is_within, shown
from auditor.rule import SEVERITIES
from auditor.run import Comparison, Run, RunError, load
from auditor.scan import LIVE, STATE, TERRAFORM, Request, scan
from auditor.targets import Inputs, UsageError
from auditor.toml_places import SettingsError, refuse


def scan_against(request: Request, ref: str, progress: Progress | None = None) -> Run:
    """The scan, with what is new or worse since HEAD left the history of `ref`, and what is fixed.

    Only code is compared. Raises as `scan` does, and `SettingsError` where git cannot help.
    """
    if request.plan or request.state:
        raise UsageError("--against evaluates code; compare a plan or state with --baseline")
    if request.source in (STATE, LIVE):
        what = "an account" if request.source == LIVE else "a state"
        raise UsageError(f"--against compares code; compare {what} with --baseline")
    progress = progress or Silent()
    config = request.settings or load_config(request.inputs.path, request.inputs.config)
    with base_tree(request.inputs.path, ref) as tree:
        progress.step(f"evaluating {ref} at {tree.commit[:12]}")
        comparison = Comparison(REF, ref, tree.commit, notes=list(tree.notes))
        before = _before(request, tree, config, comparison, progress)
        comparison.notes += _settings_that_differ(config, tree)
    after = scan(request, progress)
    _must_hold_code(after)
    if any(source.kind == "live" for source in after.sources):
        comparison.notes.append("the account has no version to compare with: it does not gate")
    return _compared(before, after, comparison)


def scan_with_baseline(request: Request, file: Path, progress: Progress | None = None) -> Run:
    """The scan, with what is new or worse since a stored run, and what is fixed.

    Raises as `scan` does, and `SettingsError` when the file is no run.
    """
    before = _stored(file)
    after = scan(request, progress)
    return _compared(before, after, Comparison(BASELINE, shown(file)))


def _must_hold_code(run: Run) -> None:
    """Raises `UsageError` where auditor.toml leaves no code to compare."""
    kinds = {source.kind for source in run.sources}
    if not kinds <= {"hcl", "live"} or kinds == {"live"}:
        names = ", ".join(dict.fromkeys(s.environment or s.root for s in run.sources))
        raise UsageError(
            f"--against compares code, and auditor.toml has another source for {names}: add "
            "--source terraform"
        )


def _compared(before: Run, after: Run, comparison: Comparison) -> Run:
    compare(before, after, comparison)
    after.options["against" if comparison.kind == REF else BASELINE] = comparison.against
    return after


def _stored(file: Path) -> Run:
    try:
        if file.exists() and not file.is_file():
            raise refuse("baseline", f"{shown(file)} is not a file")
        run = load(file.read_bytes(), shown(file))
    except OSError as error:
        raise refuse("baseline", f"cannot read {shown(file)}: {error.strerror}") from error
    except RunError as error:
        raise refuse("baseline", str(error)) from error
    wrong = next(_damages(run), None)
    if wrong:
        raise refuse("baseline", f"{shown(file)} is damaged: {wrong}. Store the run anew")
    return run


def _damages(run: Run) -> Iterator[str]:
    """What a run says that no scan can have written."""
    named = [(v.address, v.source) for v in run.verdicts]
    for address, source in [*named, *((r.address, r.source) for r in run.resources)]:
        if not 0 <= source < len(run.sources):
            yield f"{address} is of source {source}, which is not in it"
    for verdict in run.verdicts:
        if verdict.severity not in SEVERITIES or verdict.status not in STATUSES:
            yield f"{verdict.rule} on {verdict.address} is {verdict.status} ({verdict.severity})"


# -- the base -------------------------------------------------------------------------------------


def _before(
    request: Request, tree: BaseTree, config: Config, comparison: Comparison, progress: Progress
) -> Run:
    """The run at the base. What was not there yet gives a run without anything."""
    at_base = replace(
        request,
        inputs=_inputs_at(request.inputs, tree),
        source=TERRAFORM,  # also where auditor.toml says that the account is read too
        settings=replace(config, folder=_at(config.folder, tree)),
    )
    try:
        run = scan(at_base, progress)
    except (UsageError, SettingsError) as nothing:
        reason = str(nothing).splitlines()[0].replace(str(tree.top), ".")
        comparison.notes.append(f"at the base there is nothing to judge: {reason}")
        return Run(version="", started="")
    for verdict in run.verdicts:
        verdict.reason = verdict.reason.replace(str(tree.top), str(tree.repository))
    return run


def _inputs_at(inputs: Inputs, tree: BaseTree) -> Inputs:
    return replace(
        inputs,
        path=tree.at(inputs.path),
        boundary=None if inputs.boundary is None else _at(inputs.boundary, tree),
        var_files=tuple(tree.at(f) if tree.has(f) else f for f in inputs.var_files),
    )


def _at(folder: Path, tree: BaseTree) -> Path:
    """A folder at the base; of one around the repository, the whole base."""
    return tree.at(folder) if is_within(folder, tree.repository) else tree.top


def _settings_that_differ(config: Config, tree: BaseTree) -> list[str]:
    if config.document is None or not is_within(config.document.path, tree.repository):
        return []
    now, then = config.document.path, tree.at(config.document.path)
    if then.is_file() and then.read_bytes() == now.read_bytes():
        return []
    name = os.path.relpath(now, tree.repository)
    return [f"{name} differs from the base's: both sides are judged by the present one"]
