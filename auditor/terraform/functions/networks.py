"""IP network functions.

Source: Terraform 1.11 `lang/funcs/cidr.go`.
"""

from __future__ import annotations

from typing import Final, NoReturn

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import cidr
from auditor.terraform.functions.arguments import any_whole, refuse, whole
from auditor.terraform.types import NUMBER, STRING, List

_PREFIX: Final = Parameter("prefix", STRING)


def _network(value: Value, argument: int | None = None) -> cidr.Network:
    try:
        return cidr.parse(value.v)
    except ValueError as wrong:
        refuse(str(wrong), argument)


def _host(args: list[Value], _context: Context) -> Value:
    number = any_whole(args[1])
    try:
        return cty.string(cidr.host(_network(args[0]), number))
    except ValueError as wrong:
        refuse(str(wrong))


def _netmask(args: list[Value], _context: Context) -> Value:
    try:
        return cty.string(cidr.netmask(_network(args[0])))
    except ValueError as wrong:
        refuse(str(wrong))


def _subnet(args: list[Value], _context: Context) -> Value:
    newbits, number = whole(args[1]), any_whole(args[2])
    try:
        return cty.string(str(cidr.subnet(_network(args[0]), newbits, number)))
    except ValueError as wrong:
        refuse(str(wrong))


def _subnets(args: list[Value], context: Context) -> Value:
    context.budget.spend(len(args))
    newbits = [whole(arg, place) for place, arg in enumerate(args[1:], start=1)]
    try:
        found = list(cidr.subnets(_network(args[0], 0), newbits))
    except ValueError as wrong:
        _refuse_subnet(wrong)
    return cty.list_([cty.string(str(network)) for network in found], STRING)


def _refuse_subnet(wrong: ValueError) -> NoReturn:
    message, place = wrong.args
    refuse(message, place + 1)


FUNCTIONS: Final = {
    "cidrhost": Function("cidrhost", (_PREFIX, Parameter("hostnum", NUMBER)), STRING, _host),
    "cidrnetmask": Function("cidrnetmask", (_PREFIX,), STRING, _netmask),
    "cidrsubnet": Function(
        "cidrsubnet",
        (_PREFIX, Parameter("newbits", NUMBER), Parameter("netnum", NUMBER)),
        STRING,
        _subnet,
    ),
    "cidrsubnets": Function(
        "cidrsubnets",
        (_PREFIX,),
        List(STRING),
        _subnets,
        variadic=Parameter("newbits", NUMBER),
    ),
}
