"""Text as Go's `fmt` writes it, where Terraform's results depend on it."""

from __future__ import annotations

from unicodedata import category

from auditor.terraform.number import Float, Number, is_infinite, text

_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    "\\": "\\\\", '"': '\\"',
}  # fmt: skip


def quoted(value: str) -> str:
    """The string as Go's `%q` writes it."""
    return '"' + "".join(map(_quoted_character, value)) + '"'


def _quoted_character(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if " " <= char <= "~":
        return char
    code = ord(char)
    # Go prints letters, marks, numbers, punctuation, symbols, and no space but U+0020.
    if code > 0xA0 and category(char)[0] in "LMNPS":
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def number_10g(value: Number) -> str:
    """The number as Go's `big.Float.String` writes it: `%.10g`."""
    if isinstance(value, Float) and is_infinite(value):
        return "-Inf" if value.mantissa < 0 else "+Inf"
    sign, digits, point = _ten_digits(value)
    exponent = point - 1
    if exponent < -4 or exponent >= 10:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _ten_digits(value: Number) -> tuple[str, str, int]:
    """Sign, up to ten digits (half to even), place of the point."""
    written = text(value)
    sign = "-" if written.startswith("-") else ""
    whole, _, fraction = written.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) - (len(whole + fraction) - len(digits))
    if not digits:
        return sign, "0", 1
    kept, rest = digits[:10], digits[10:]
    if rest and (rest[0] > "5" or (rest[0] == "5" and (rest[1:].strip("0") or int(kept[-1]) % 2))):
        kept = str(int(kept) + 1)
        if len(kept) > 10:
            point += 1
    return sign, kept.rstrip("0"), point
