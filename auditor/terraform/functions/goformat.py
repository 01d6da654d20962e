"""Numbers and format verbs as Go's `fmt` and `math/big` write them.

Source: Go 1.23 `fmt/print.go`, `math/big/intconv.go`, `ftoa.go` and `floatconv.go`; go-cty 1.16
`function/stdlib/format_fsm.rl` for the syntax of verbs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auditor.terraform import number
from auditor.terraform.number import Float, Number, NumberError

WIDEST: Final = 1_000_000
"""Go refuses wider fields of numbers, with a text of its own."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a format: `raw` as written, from `offset`; `argument` is its 1-based argument."""

    raw: str
    offset: int
    argument: int
    flags: str
    width: int | None
    precision: int | None
    letter: str


_VERB = re.compile(
    r"%(?P<flags>[0#\-+ ]*)(?P<width>[1-9][0-9]*)?(?P<precision>\.[0-9]*)?"
    r"(?:\[(?P<argument>[1-9][0-9]*)\])?(?P<letter>[A-Za-z])"
)
_START_OF_VERB = re.compile(
    r"%[0#\-+ ]*(?:[1-9][0-9]*)?(?:\.[0-9]*)?(?:\[(?:[1-9][0-9]*(?:\])?)?)?"
)


def parse_format(text: str) -> list[str | Verb]:
    """Literal text and verbs, in order. Raises ValueError for what is no verb."""
    found: list[str | Verb] = []
    at, following = 0, 1
    while at < len(text):
        percent = text.find("%", at)
        if percent < 0:
            found.append(text[at:])
            break
        if percent > at:
            found.append(text[at:percent])
        if text.startswith("%%", percent):
            found.append("%")
            at = percent + 2
            continue
        match = _VERB.match(text, percent)
        if match is None:
            raise ValueError(_no_verb(text, percent))
        verb = _verb(match, following)
        found.append(verb)
        following, at = verb.argument + 1, match.end()
    return found


def _verb(match: re.Match[str], following: int) -> Verb:
    width, precision, argument = match["width"], match["precision"], match["argument"]
    return Verb(
        match[0],
        len(match.string[: match.start()].encode()),
        int(argument[:18]) if argument else following,
        match["flags"],
        int(width[:18]) if width else None,
        int(precision[1:19] or "0") if precision else None,
        match["letter"],
    )


def _no_verb(text: str, start: int) -> str:
    begun = _START_OF_VERB.match(text, start)
    end = begun.end() if begun else start
    offset = len(text[:end].encode())
    if end == len(text):
        return f"invalid format string starting at offset {offset}"
    return f"unrecognized format character '{text[end]}' at offset {offset}"


# -- whole numbers ---------------------------------------------------------------------------

_PREFIXES: Final = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}


def format_integer(verb: Verb, value: int) -> str:
    """A whole number as `%d`, `%b`, `%o`, `%x` or `%X`."""
    if _too_wide(verb):
        return f"%!(NOVERB)%!(EXTRA *big.Int={value})"
    digits = format(abs(value), "d" if verb.letter == "d" else verb.letter)
    sign = _sign(value < 0, verb.flags)
    prefix = _PREFIXES.get(verb.letter, "") if "#" in verb.flags else ""
    zeros = 0
    if verb.precision is not None:
        if digits == "0" and verb.precision == 0:
            return ""
        zeros = max(0, verb.precision - len(digits))
    missing = (verb.width or 0) - len(sign) - len(prefix) - zeros - len(digits)
    body = f"{sign}{prefix}{'0' * zeros}{digits}"
    if missing <= 0:
        return body
    if "-" in verb.flags:
        return body + " " * missing
    if "0" in verb.flags and verb.precision is None:
        return f"{sign}{prefix}{'0' * missing}{digits}"
    return " " * missing + body


def _sign(negative: bool, flags: str) -> str:
    if negative:
        return "-"
    return "+" if "+" in flags else " " if " " in flags else ""


def _too_wide(verb: Verb) -> bool:
    # Go looks before it reads another digit.
    return (verb.width or 0) // 10 > WIDEST or (verb.precision or 0) // 10 > WIDEST


# -- numbers with a fraction -----------------------------------------------------------------


def format_float(verb: Verb, value: Number) -> str:
    """A number as `%e`, `%f`, `%g` or their capital forms."""
    if _too_wide(verb):
        return f"%!(NOVERB)%!(EXTRA *big.Float={general(value)})"
    infinite = number.is_infinite(value)
    text = "Inf" if infinite else _float_digits(verb, value)
    sign = _sign(number.compare(value, 0) < 0, verb.flags)
    if infinite and sign != "-":
        sign = " " if " " in verb.flags else "+"
    missing = max(0, (verb.width or 0) - len(sign) - len(text))
    if "0" in verb.flags and not infinite:
        # Go's formatter of large numbers does this even when it is asked to pad on the right.
        return f"{sign}{'0' * missing}{text}"
    if "-" in verb.flags:
        return sign + text + " " * missing
    return " " * missing + sign + text


def _float_digits(verb: Verb, value: Number) -> str:
    digits, point = exact(value)
    letter = verb.letter.lower()
    capital = verb.letter.isupper()
    if letter == "g":
        if verb.precision is None:
            return _general(*shortest(value), precision=None, capital=capital)
        precision = max(1, verb.precision)
        return _general(*rounded(digits, point, precision), precision=precision, capital=capital)
    precision = 6 if verb.precision is None else verb.precision
    if letter == "e":
        return _scientific(*rounded(digits, point, precision + 1), precision, capital)
    return _fixed(*rounded(digits, point, point + precision), precision)


def general(value: Number) -> str:
    """A number as `%v` writes it: the shortest digits, with an exponent from 1e+06 on."""
    if number.is_infinite(value):
        return "+Inf" if number.compare(value, 0) > 0 else "-Inf"
    sign = "-" if number.compare(value, 0) < 0 else ""
    return sign + _general(*shortest(value), precision=None, capital=False)


def _general(digits: str, point: int, *, precision: int | None, capital: bool) -> str:
    places = 6 if precision is None else precision
    if precision is not None and places > len(digits) and len(digits) >= point:
        places = len(digits)
    exponent = point - 1
    if exponent < -4 or exponent >= places:
        return _scientific(digits, point, max(0, len(digits) - 1), capital)
    return _fixed(digits, point, max(len(digits) - point, 0))


def _scientific(digits: str, point: int, precision: int, capital: bool) -> str:
    padded = digits.ljust(precision + 1, "0")
    fraction = f".{padded[1 : precision + 1]}" if precision else ""
    exponent = point - 1 if digits else 0
    sign = "-" if exponent < 0 else "+"
    return f"{padded[0]}{fraction}{'E' if capital else 'e'}{sign}{abs(exponent):02d}"


def _fixed(digits: str, point: int, precision: int) -> str:
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    if not precision:
        return whole
    rest = digits[point:] if point > 0 else "0" * -point + digits
    return f"{whole}.{rest[:precision].ljust(precision, '0')}"


def exact(value: Number) -> tuple[str, int]:
    """All decimal digits of a finite number's magnitude, and the place of the point in them.

    No zeros at either end; zero has no digits. Raises `NumberError` where they would fill pages.
    """
    mantissa, exponent = (
        (abs(value.mantissa), value.exponent) if isinstance(value, Float) else (abs(int(value)), 0)
    )
    if abs(exponent) > number.PRINTABLE_EXPONENT:
        raise NumberError("a number this large or small cannot be written out")
    whole = mantissa << exponent if exponent >= 0 else mantissa * 5**-exponent
    text = format(Decimal(whole), "f") if whole else ""
    return text.rstrip("0"), len(text) - max(0, -exponent)


def shortest(value: Number) -> tuple[str, int]:
    """As `exact`, with no more digits than tell the number from its neighbours."""
    text = number.text(value).lstrip("-")
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "", 0
    return digits.rstrip("0"), len(whole) - (len(whole + fraction) - len(digits))


def rounded(digits: str, point: int, places: int) -> tuple[str, int]:
    """The first so many digits, rounded half to even."""
    if places < 0:
        return "", 0
    if places >= len(digits):
        return digits, point
    kept, rest = digits[:places], digits[places:]
    half = rest == "5"
    up = (bool(kept) and int(kept[-1]) % 2 == 1) if half else rest[0] >= "5"
    if up:
        head = kept.rstrip("9")
        if not head:
            return "1", point + 1
        return head[:-1] + chr(ord(head[-1]) + 1), point
    kept = kept.rstrip("0")
    return (kept, point) if kept else ("", 0)
