"""Points in time and durations as Go's `time` package reads and writes them.

Python's datetime stops at the years 1 and 9999 and at microseconds; Terraform's functions do not.
Source: Go 1.23 `time` (Parse, ParseDuration, Format) and go-cty 1.16 `datetime_rfc3339.go`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

NANOS = 1_000_000_000
MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

_MAX_DURATION = 1 << 63


class Clock(NamedTuple):
    """The fields of a moment as a clock and calendar on the wall show them; Sunday is 0."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    weekday: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: nanoseconds since 1970 in UTC, seen at an offset from UTC in seconds."""

    nanos: int
    offset: int = 0

    def clock(self) -> Clock:
        """The moment in its own offset."""
        seconds = self.nanos // NANOS + self.offset
        days, rest = divmod(seconds, 86400)
        year, month, day = _civil(days)
        return Clock(year, month, day, rest // 3600, rest // 60 % 60, rest % 60, (days + 4) % 7)

    def zone(self, colon: bool) -> str:
        """The offset as `+01:30`, or `+0130` without the colon; a part of a minute is dropped."""
        minutes = abs(self.offset) // 60
        between = ":" if colon else ""
        return f"{'-' if self.offset < 0 else '+'}{minutes // 60:02d}{between}{minutes % 60:02d}"

    def rfc3339(self) -> str:
        """Go's `time.RFC3339`: no fraction, `Z` for an offset of zero."""
        at = self.clock()
        year = f"{at.year:04d}" if at.year >= 0 else f"-{-at.year:04d}"
        return (
            f"{year}-{at.month:02d}-{at.day:02d}T{at.hour:02d}:{at.minute:02d}:{at.second:02d}"
            f"{self.zone(colon=True) if self.offset else 'Z'}"
        )


_STRICT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_LENIENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)([.,]\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)


def parse_strict(text: str) -> Moment:
    """An RFC 3339 timestamp, as `formatdate` and `timeadd` demand it. Raises ValueError."""
    moment = _moment(_STRICT.fullmatch(text), zone_hours=23, zone_minutes=59)
    if moment is None:
        raise ValueError(_complaint(text))
    return moment


def parse_lenient(text: str) -> Moment:
    """As Go's `time.Parse(time.RFC3339, …)`: an hour of one digit and a decimal comma will do."""
    moment = _moment(_LENIENT.fullmatch(text), zone_hours=24, zone_minutes=60)
    if moment is None:
        raise ValueError(_complaint(text))
    return moment


_YAML = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)([.,]\d+)?(?:Z|([+-])(\d\d):(\d\d)))"
    r"|(?: (?P<h>\d\d?):(?P<m>\d\d?):(?P<s>\d\d?)(?P<f>[.,]\d+)?))?",
    re.ASCII,
)


def parse_yaml(text: str) -> Moment | None:
    """A timestamp in one of the four forms that go-yaml takes unquoted scalars for, else None."""
    match = _YAML.fullmatch(text)
    if match and match["h"]:
        year, month, day = match.group(1, 2, 3)
        parts = (year, month, day, match["h"], match["m"], match["s"], match["f"], None, None, None)
        return _from_parts(parts, 24, 60)
    return _moment(match, zone_hours=24, zone_minutes=60)


_Parts = tuple[str | None, ...]


def _moment(match: re.Match[str] | None, zone_hours: int, zone_minutes: int) -> Moment | None:
    if match is None:
        return None
    return _from_parts(match.groups()[:10], zone_hours, zone_minutes)


def _from_parts(parts: _Parts, zone_hours: int, zone_minutes: int) -> Moment | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts[:6])
    fraction, sign = parts[6], parts[7]
    zone = (int(parts[8] or 0), int(parts[9] or 0))
    if not 1 <= month <= 12 or not 1 <= day <= days_in(year, month):
        return None
    if hour > 23 or minute > 59 or second > 59 or zone[0] > zone_hours or zone[1] > zone_minutes:
        return None
    nanos = int(fraction[1:10].ljust(9, "0")) if fraction else 0
    offset = (zone[0] * 60 + zone[1]) * (-60 if sign == "-" else 60)
    seconds = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    return Moment(seconds * NANOS + nanos, offset)


def _complaint(text: str) -> str:
    """What is wrong with a timestamp, in the order in which Go finds it."""
    shape = (
        ("year", r"\d{4}"), ("-", "-"), ("month", r"(?:0[1-9]|1[0-2])"), ("-", "-"),
        ("day of month", r"(?:0[1-9]|[12]\d|3[01])"), ("T", "T"), ("hour", r"(?:[01]\d|2[0-3])"),
        (":", ":"), ("minute", r"[0-5]\d"), (":", ":"), ("second", r"[0-5]\d(?:\.\d+)?"),
        ("UTC offset", r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"),
    )  # fmt: skip
    rest = text
    for what, pattern in shape:
        match = re.match(pattern, rest, re.ASCII)
        if match is None:
            return f"not a valid RFC3339 timestamp: {_found(what, rest)}"
        rest = rest[match.end() :]
    if rest:
        return f"not a valid RFC3339 timestamp: extra text: {_quote(rest)}"
    return "not a valid RFC3339 timestamp: day out of range"


def _found(what: str, rest: str) -> str:
    if what == "T":
        return "missing required time introducer 'T'"
    if not rest:
        return f"end of string {'where' if len(what) == 1 else 'before'} {what}"
    if len(what) == 1:
        return f"found {_quote(rest)} where {_quote(what)} is expected"
    return f"cannot use {_quote(rest)} as {what}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def days_in(year: int, month: int) -> int:
    """Days in a month of the Gregorian calendar, which is taken back to the year 0."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, with years that begin in March so that the leap day is the last."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _civil(days: int) -> tuple[int, int, int]:
    """The inverse of `_days`."""
    era, of_era = divmod(days + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": NANOS,
    "m": 60 * NANOS,
    "h": 3600 * NANOS,
}
_TERM = re.compile(r"(\d*)(?:(\.)(\d*))?([^\d.]*)", re.ASCII)


def parse_duration(text: str) -> int:
    """Nanoseconds in a Go duration such as `-1h30.5m`. Raises ValueError with Go's words."""
    sign, rest = (-1 if text[:1] == "-" else 1), text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    invalid = ValueError(f"time: invalid duration {_quote(text)}")
    if not rest:
        raise invalid
    total = 0
    while rest:
        match = _TERM.match(rest)
        if match is None or not (match[1] or match[3]) or len(match[1].lstrip("0")) > 19:
            raise invalid
        total += _term(match, text, invalid)
        if total > _MAX_DURATION:
            raise invalid
        rest = rest[match.end() :]
    if total == _MAX_DURATION and sign > 0:
        raise invalid
    return sign * total


def _term(match: re.Match[str], text: str, invalid: ValueError) -> int:
    whole, fraction, unit = int(match[1] or "0"), match[3] or "", match[4]
    if not unit:
        raise ValueError(f"time: missing unit in duration {_quote(text)}")
    if unit not in _UNITS:
        raise ValueError(f"time: unknown unit {_quote(unit)} in duration {_quote(text)}")
    if whole > _MAX_DURATION or whole > _MAX_DURATION // _UNITS[unit]:
        raise invalid
    return whole * _UNITS[unit] + _fraction(fraction, _UNITS[unit])


def _fraction(digits: str, unit: int) -> int:
    """Go keeps as many digits as fit 63 bits and multiplies in 64-bit floating point."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > (_MAX_DURATION - 1) // 10 or value * 10 + int(digit) > _MAX_DURATION:
            break
        value, scale = value * 10 + int(digit), scale * 10
    return int(value * (unit / scale)) if value else 0
