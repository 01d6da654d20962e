"""What a second parser says of a syntax error: where it stops, and what it would take there.

python-hcl2 parses by a grammar, so at the place where a file goes wrong it knows every token that
could follow. It is slow, and is only asked about files that have an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST_TEXT: Final = 200_000
"""Characters; a larger file is not given to it."""

_NAMES: Final = {
    "NAME": "a name",
    "INT_LITERAL": "a number",
    "FLOAT_LITERAL": "a number",
    "DBLQUOTE": "a string",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "EQ": "`=`",
    "NL_OR_COMMENT": "a line end",
    "STRING_CHARS": "text",
    "INTERP_START": "`${`",
    "HEREDOC_TEMPLATE": "a heredoc",
    "TEMPLATE_STRING": "a string",
    "$END": "the end of the file",
}


def expected(text: str) -> str:
    """A sentence such as `python-hcl2 stops at 2:7 and expects a name, a string or …`.

    Empty when it finds nothing wrong, cannot say, or the text is too large for it.
    """
    if len(text) > MOST_TEXT:
        return ""
    import hcl2
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        hcl2.loads(text)
    except UnexpectedInput as wrong:
        return _sentence(wrong.line, wrong.column, getattr(wrong, "expected", None) or ())
    except (LarkError, ValueError, RecursionError):
        return ""
    return ""


def _sentence(line: int, column: int, tokens: Iterable[str]) -> str:
    if line < 1:
        return ""
    known = [_NAMES[t] for t in sorted(map(str, tokens)) if t in _NAMES]
    names = list(dict.fromkeys(known))
    if not names:
        return f"python-hcl2 stops at {line}:{column}."
    listed = ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]
    return f"python-hcl2 stops at {line}:{column} and expects {listed}."
