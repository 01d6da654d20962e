"""Code evaluated, one root module at a time, so that a failure in one leaves the others."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

from auditor.resource import Gap, Problem
from auditor.targets import Inputs, Target, options_for

if TYPE_CHECKING:
    from auditor.terraform import Configuration
    from auditor.terraform.load import Project


def evaluated(target: Target, inputs: Inputs, project: Project) -> Configuration:
    """The target's root module, evaluated.

    The evaluator takes whatever is in a folder; should it fail all the same, that is a bug of
    ours, and the root is a problem and a gap instead of the end of the scan.
    """
    from auditor.terraform import evaluate_root

    assert target.folder is not None
    try:
        return evaluate_root(target.folder, options_for(target, inputs), project)
    except Exception as error:  # the boundary of one root: it becomes a problem
        if os.environ.get("AUDITOR_DEBUG"):
            traceback.print_exception(error)
        return _failed(target, error, project)


def _failed(target: Target, error: Exception, project: Project) -> Configuration:
    from auditor.terraform import Configuration

    folder = str(target.folder)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    why = (
        f"{type(error).__name__} at {at}: {str(error)[:200]}. This is a bug in auditor; please "
        "report it (AUDITOR_DEBUG=1 shows the details)"
    )
    shown = project.boundary.shown(folder)
    return Configuration(
        folder,
        shown,
        problems=[Problem("error", "internal-error", f"{shown} could not be evaluated", why)],
        gaps=[Gap(shown, "auditor failed on it")],
    )
