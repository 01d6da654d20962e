"""Whether an argument is set, also where its value is not known.

`value is None` says "set" of everything unknown: of a reference to a queue's ARN, rightly; of a
variable that may be null and of what a denied call would have said, wrongly. Where a rule passes
*because* something is set, it asks `is_absent`.
"""

from __future__ import annotations

from typing import Any

from auditor.sameness import is_object
from auditor.values import Unknown


def is_absent(value: Any) -> bool:
    """Whether the value is null; raises `Undetermined` for an unknown that may be.

    An attribute of a resource or data source is taken as set, and so is anything of which a part
    is known. A value (or block) that hangs on a variable, or that could not be read, is open.
    """
    if not isinstance(value, Unknown):
        return value is None
    if value.parts or value.items or value.entries:
        return False
    if value.one_of is not None:
        answers = {is_absent(option) for option in value.one_of}
        return answers.pop() if len(answers) == 1 else value.undetermined()
    if value.exact and not value.because and is_object(value.refs[0]) and value.refs[0].path:
        return False
    value.undetermined()
