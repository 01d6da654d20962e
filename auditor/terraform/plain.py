"""From Terraform's values to the plain trees that resources are made of (`auditor.values`)."""

from __future__ import annotations

from typing import Any

from auditor.terraform.cty import SENSITIVE, UnknownVal, Value
from auditor.terraform.number import Float, is_whole, to_float
from auditor.values import Sensitive, Unknown


def to_plain(value: Value) -> Any:
    """A value as str, int, float, bool, None, list or dict, with `Unknown` and `Sensitive` inside.

    Sets are lists in Terraform's order. Numbers with a fraction become 64-bit floats.
    """
    plain = _plain(value)
    return Sensitive(plain) if value.marks & SENSITIVE else plain


def _plain(value: Value) -> Any:
    v = value.v
    kind = v.__class__
    if kind is str or kind is bool or kind is int or v is None:
        return v
    if kind is list:
        return [to_plain(item) for item in v]
    if kind is dict:
        return {key: to_plain(item) for key, item in v.items()}
    if kind is UnknownVal:
        return to_unknown(v)
    if isinstance(v, Float):
        return to_float(v) if not is_whole(v) or abs(v.exponent) > 512 else v.mantissa << v.exponent
    return int(v)


def to_unknown(v: UnknownVal) -> Unknown:
    """What is known of an unknown value, for rules."""
    parts = tuple(part if isinstance(part, str) else to_unknown(part.v) for part in v.parts or ())
    return Unknown(
        v.refs,
        v.because,
        exact=v.exact,
        parts=parts or None,
        items=None if v.items is None else tuple(map(to_plain, v.items)),
        entries=None
        if v.entries is None
        else {key: to_plain(item) for key, item in v.entries.items()},
        one_of=None if v.one_of is None else tuple(map(to_plain, v.one_of)),
    )
