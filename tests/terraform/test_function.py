"""What all calls of built-in functions have in common."""

from __future__ import annotations

import pytest

from auditor.terraform import cty
from auditor.terraform.cty import SENSITIVE, FunctionError
from auditor.terraform.function import Budget, Function, LimitReachedError, Parameter
from auditor.terraform.plain import to_plain
from auditor.terraform.scope import Scope
from auditor.terraform.types import DYNAMIC, NUMBER, STRING, List
from auditor.values import Ref


def first(args, _context):
    return args[0]


UNSET = cty.unknown(STRING, refs=(Ref("var.x"),))
SECRET = cty.mark(cty.string("s"), SENSITIVE)


def function(*params, returns=STRING, **options):
    return Function("f", params, returns, first, **options)


def call(of, *args):
    return of.call(list(args), Scope())


def test_arguments_are_converted():
    assert call(function(Parameter("a", STRING)), cty.number(1)).v == "1"


def test_null_is_refused_unless_allowed():
    with pytest.raises(FunctionError) as caught:
        call(function(Parameter("a", STRING)), cty.null())

    assert (caught.value.argument, caught.value.message) == (0, "argument must not be null")
    assert call(function(Parameter("a", STRING, allow_null=True)), cty.null()).v is None


def test_an_unknown_argument_makes_the_result_unknown():
    found = call(function(Parameter("a", STRING)), UNSET)

    assert (found.ty, found.v.refs, found.v.not_null) == (STRING, (Ref("var.x"),), True)


def test_what_is_certain_in_spite_of_it():
    partial = function(Parameter("a", STRING), partial=lambda _args: {"one_of": (cty.string("p"),)})

    assert to_plain(call(partial, UNSET)).one_of == ("p",)


def test_a_value_of_no_type_yet_makes_the_result_one():
    found = call(function(Parameter("a", DYNAMIC)), cty.unknown(DYNAMIC))

    assert found.ty is DYNAMIC


def test_marks_are_taken_off_and_put_on_the_result():
    assert call(function(Parameter("a", STRING)), SECRET).marks == SENSITIVE
    inside = cty.tuple_([SECRET])
    assert call(function(Parameter("a", DYNAMIC), returns=DYNAMIC), inside).marks == SENSITIVE


def test_a_secret_does_not_get_out_with_the_known_part():
    marked = Parameter("a", List(STRING), allow_marked=True)
    partial = function(
        marked, Parameter("b", STRING), partial=lambda args: {"items": tuple(args[0].v)}
    )
    secrets = cty.mark(cty.list_([cty.string("hunter2")]), SENSITIVE)

    found = call(partial, secrets, UNSET)
    assert "hunter2" not in str(to_plain(found).items)


@pytest.mark.parametrize(
    ("given", "message"), [(1, "Missing value for"), (3, "expects only 2 argument")]
)
def test_counts_are_checked(given, message):
    two = function(Parameter("a", NUMBER), Parameter("b", NUMBER))
    with pytest.raises(FunctionError, match=message):
        call(two, *[cty.number(1)] * given)


def test_variadic_parameters_take_the_rest():
    many = function(Parameter("a", STRING), variadic=Parameter("more", NUMBER))

    assert call(many, cty.string("x"), cty.number(1), cty.number(2)).v == "x"
    with pytest.raises(FunctionError) as caught:
        call(many, cty.string("x"), cty.string("y"))
    assert caught.value.argument == 1


def test_a_budget_runs_out():
    budget = Budget(steps=10, text=5)
    budget.spend(10)
    budget.grow(5)
    with pytest.raises(LimitReachedError):
        budget.spend(1)
    with pytest.raises(LimitReachedError):
        budget.grow(1)
