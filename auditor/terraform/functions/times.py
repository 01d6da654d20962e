"""Date and time functions.

Source: go-cty 1.16 `function/stdlib/datetime.go`, Terraform 1.11 `lang/funcs/datetime.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.gotime import (
    MONTHS,
    NANOS,
    WEEKDAYS,
    Clock,
    Moment,
    parse_duration,
    parse_lenient,
    parse_strict,
)
from auditor.terraform.types import NUMBER, STRING

# A pair of quotes; a quoted text, in which quotes are doubled; a run of one letter; other text.
_TOKEN = re.compile(r"''|'(?:[^']|'')*(?:'|$)|([A-Za-z])\1*|[^'A-Za-z]+")


def _read(
    text: str, parse: Callable[[str], Moment] = parse_strict, argument: int | None = None
) -> Moment:
    try:
        return parse(text)
    except ValueError as wrong:
        refuse(str(wrong), argument)


def _formatdate(args: list[Value], context: Context) -> Value:
    moment = _read(args[1].v, argument=1)
    clock = moment.clock()
    out = []
    for match in _TOKEN.finditer(args[0].v):
        token = match[0]
        if token[0] == "'":
            out.append(_literal(token))
        elif match[1]:
            out.append(_verb(token, clock, moment))
        else:
            out.append(token)
    context.budget.grow(sum(map(len, out)))
    return cty.string("".join(out))


def _literal(token: str) -> str:
    if token == "''":
        return "'"
    if token == "'" or token[-1] != "'":
        refuse("unterminated literal '", 0)
    return token[1:-1].replace("''", "'")


def _verb(token: str, at: Clock, moment: Moment) -> str:
    letter, width = token[0], len(token)
    choices, wanted = _choices(letter, at, moment)
    if not choices:
        refuse(f'invalid date format verb "{token}"', 0)
    if width not in choices:
        refuse(f'invalid date format verb "{token}": {wanted}', 0)
    return choices[width]


def _choices(letter: str, at: Clock, moment: Moment) -> tuple[dict[int, str], str]:
    """What each width of a verb writes, and the words about widths for the error."""
    match letter:
        case "Y":
            widths = {2: f"{_year(at.year):02d}", 4: f"{at.year:04d}"}
            return widths, 'year must either be "YY" or "YYYY"'
        case "M":
            name = MONTHS[at.month - 1]
            names = {3: name[:3], 4: name}
            return _digits(at.month) | names, 'month must be "M", "MM", "MMM", or "MMMM"'
        case "D":
            return _digits(at.day), 'day of month must either be "D" or "DD"'
        case "E":
            name = WEEKDAYS[at.weekday]
            return {3: name[:3], 4: name}, 'day of week must either be "EEE" or "EEEE"'
        case "h":
            return _digits(at.hour), '24-hour must either be "h" or "hh"'
        case "H":
            return _digits(at.hour % 12 or 12), '12-hour must either be "H" or "HH"'
        case "A" | "a":
            half = "AM" if at.hour < 12 else "PM"
            return {2: half if letter == "A" else half.lower()}, f'must be "{letter}{letter}"'
        case "m":
            return _digits(at.minute), 'minute must either be "m" or "mm"'
        case "s":
            return _digits(at.second), 'second must either be "s" or "ss"'
        case "Z":
            return _zones(moment), "timezone must be Z, ZZZZ, or ZZZZZ"
    return {}, ""


def _year(year: int) -> int:
    return year % 100 if year >= 0 else -(-year % 100)


def _digits(value: int) -> dict[int, str]:
    return {1: str(value), 2: f"{value:02d}"}


def _zones(moment: Moment) -> dict[int, str]:
    plain, colon = moment.zone(colon=False), moment.zone(colon=True)
    return {
        1: colon if moment.offset else "Z",
        3: "UTC" if plain == "+0000" else plain,
        4: plain,
        5: colon,
    }


def _timeadd(args: list[Value], _context: Context) -> Value:
    moment = _read(args[0].v)
    try:
        duration = parse_duration(args[1].v)
    except ValueError as wrong:
        refuse(str(wrong))
    return cty.string(Moment(moment.nanos + duration, moment.offset).rfc3339())


def _timecmp(args: list[Value], _context: Context) -> Value:
    first, second = (_read(arg.v, parse_lenient, place).nanos for place, arg in enumerate(args))
    return cty.count((first > second) - (first < second))


def _unforeseen(_args: list[Value], _context: Context) -> Value:
    """The time of apply, which no plan knows."""
    return cty.unknown(STRING, because="timestamp() is the time of apply")


def _plan_time(_args: list[Value], context: Context) -> Value:
    """The time of the plan, which is this evaluation: the same for all of it."""
    return cty.string(Moment(int(context.budget.started) * NANOS).rfc3339())


FUNCTIONS: Final = {
    "formatdate": Function(
        "formatdate", (Parameter("format", STRING), Parameter("time", STRING)), STRING, _formatdate
    ),
    "timeadd": Function(
        "timeadd",
        (Parameter("timestamp", STRING), Parameter("duration", STRING)),
        STRING,
        _timeadd,
        not_null=False,
    ),
    "timecmp": Function(
        "timecmp",
        (Parameter("timestamp_a", STRING), Parameter("timestamp_b", STRING)),
        NUMBER,
        _timecmp,
    ),
    "timestamp": Function("timestamp", (), STRING, _unforeseen),
    "plantimestamp": Function("plantimestamp", (), STRING, _plan_time, not_null=False),
}
