"""What expressions come to, and what is known of those that Terraform does not know yet.

Agreement with Terraform is what the vectors are for; here is what goes beyond it.
"""

from __future__ import annotations

import time

import pytest

from auditor.terraform import cty
from auditor.terraform.cty import SENSITIVE, FunctionError, TerraformError, UnknownVal, Value
from auditor.terraform.expressions import calls, evaluate, references
from auditor.terraform.function import Budget, Function, Parameter
from auditor.terraform.plain import to_plain
from auditor.terraform.scope import Scope, head_of
from auditor.terraform.syntax import parse_expression
from auditor.terraform.types import BOOL, DYNAMIC, NUMBER, STRING, List, Map, Set
from auditor.values import REDACTED, Ref, Sensitive, Unknown, reveal


def upper(args, _context):
    if args[0].v == "refuse":
        raise FunctionError(0, "no such text")
    return cty.string(args[0].v.upper())


FUNCTIONS = {"upper": Function("upper", (Parameter("str", STRING),), STRING, upper)}


def unset(name, type_=DYNAMIC, **known):
    return cty.unknown(type_, refs=(Ref(f"var.{name}"),), exact=True, **known)


VALUES = {
    ("var", "n"): cty.number(3),
    ("var", "s"): cty.string("text"),
    ("var", "list"): cty.list_([cty.string("a"), cty.string("b")]),
    ("var", "secret"): cty.mark(cty.string("hunter2"), SENSITIVE),
    ("var", "any"): unset("any"),
    ("var", "name"): unset("name", STRING),
    ("var", "flag"): unset("flag", BOOL),
    ("var", "cidrs"): unset("cidrs", List(STRING)),
    ("var", "tags"): unset("tags", Map(STRING)),
    ("var", "open"): cty.unknown(
        Set(STRING), refs=(Ref("var.open"),), items=(cty.string("0.0.0.0/0"),)
    ),
    ("local", "rule"): cty.object_({"names": cty.tuple_([unset("name", STRING)])}),
    ("aws_kms_key", "main"): cty.object_(
        {"arn": cty.unknown(STRING, refs=(Ref("aws_kms_key.main", ("arn",)),), exact=True)}
    ),
}


def resolve(head, reference):
    if head not in VALUES:
        raise TerraformError("Reference to undeclared thing", ".".join(head), reference.span)
    return VALUES[head]


def value_of(text, **scope):
    return evaluate(parse_expression(text), Scope(resolve, FUNCTIONS, **scope))


def plain(text):
    return to_plain(value_of(text))


def refusal(text):
    with pytest.raises(TerraformError) as caught:
        value_of(text)
    return str(caught.value)


# -- references ------------------------------------------------------------------------------


def test_an_unknown_names_what_it_hangs_on():
    found = plain("var.any.vpc.id")

    assert (found.exact, [str(ref) for ref in found.refs]) == (True, ["var.any.vpc.id"])


def test_a_reference_passed_through_stays_exact():
    found = plain('{ key = "${aws_kms_key.main.arn}" }')["key"]

    assert found.exact
    assert found.refs == (Ref("aws_kms_key.main", ("arn",)),)


def test_operations_hang_on_all_their_operands():
    found = plain("var.any.n + var.any.m")

    assert found.exact is False
    assert found.reason == "var.any.n, var.any.m"


def test_static_references_leave_out_loop_variables():
    expr = parse_expression('[for k, v in var.m : "${k}-${v.x}-${local.y}" if each.key == k]')

    assert [head_of(ref) for ref in references(expr)] == [
        ("var", "m"), ("local", "y"), ("each", "key"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("data.aws_ami.x.id", ("data", "aws_ami", "x")),
        ("module.a[0].b", ("module", "a")),
        ("aws_vpc.main[0].id", ("aws_vpc", "main")),
        ("resource.aws_vpc.main", ("aws_vpc", "main")),
        ("self.id", ("self",)),
    ],
)
def test_heads_of_references(text, head):
    assert head_of(parse_expression(text)) == head


@pytest.mark.parametrize("text", ["var", "data.x", "aws_vpc", "module", 'var["x"]'])
def test_references_that_stop_too_early(text):
    assert "Invalid reference" in refusal(text)


def test_calls_are_found_at_all_depths():
    expr = parse_expression("[f(g(1)), { a = h() }]")

    assert sorted(call.name for call in calls(expr)) == ["f", "g", "h"]


# -- the known part of unknown values --------------------------------------------------------


def test_a_template_keeps_its_text():
    found = plain('"arn:aws:s3:::${var.name}/*"')

    assert found.parts == ("arn:aws:s3:::", found.parts[1], "/*")
    assert found.parts[1].reason == "var.name"


def test_templates_inside_templates_become_one():
    found = plain('"a-${"b-${var.name}-c"}-d"')

    assert [part for part in found.parts if isinstance(part, str)] == ["a-b-", "-c-d"]


def test_a_conditional_on_an_unknown_is_one_of_two():
    assert plain('var.flag ? "on" : "off"').one_of == ("on", "off")
    assert plain('var.flag ? "a" : var.flag ? "b" : "c"').one_of == ("a", "b", "c")


def test_a_side_that_terraform_refuses_is_no_option():
    assert plain('var.flag ? var.list[7] : "off"').one_of == ("off",)


def test_conditional_lists_of_one_length_are_lists_of_options():
    found = plain("var.flag ? [1] : [2]")

    assert found.one_of == ([1], [2])


def test_a_loop_over_a_partly_known_collection_keeps_what_is_certain():
    found = plain("[for c in var.open : { cidr = c, port = 22 }]")

    assert found.items == ({"cidr": "0.0.0.0/0", "port": 22},)
    assert found.reason == "var.open"


def test_a_loop_with_an_unknown_condition_keeps_what_is_certain():
    assert plain('[for x in var.list : x if x == "a" || x == var.name]').items is not None


def test_a_loop_that_makes_an_object_keeps_certain_entries():
    found = plain('{ for x in ["a", var.name] : x => 1 }')

    assert found.entries == {"a": 1}


def test_a_splat_over_a_partly_known_collection():
    assert plain("var.open[*]").items == ("0.0.0.0/0",)


def test_an_unknown_key_leaves_the_other_entries():
    assert plain("{ a = 1, (var.name) = 2 }").entries == {"a": 1}


def test_an_unknown_index_is_one_of_the_elements():
    assert plain("var.list[var.any]").refs == (Ref("var.any"),)
    assert plain("var.list[var.any.n + 0]").one_of == ("a", "b")


def test_an_entry_of_a_conditional_object():
    found = plain("(var.flag ? { port = 22 } : { port = 443 }).port")

    assert found.one_of == (22, 443)


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ('upper(var.flag ? "a" : "b")', ("A", "B")),
        ('(var.flag ? 1 : 2) * 10', (10, 20)),
        ('-(var.flag ? 1 : 2)', (-1, -2)),
        ('(var.flag ? "private" : "log") == "public"', (False,)),
        ('(var.flag ? "a" : "b") == "public" ? "open" : "closed"', ("closed",)),
        ('upper(var.flag ? "a" : "refuse")', ("A",)),
    ],
)  # fmt: skip
def test_each_option_is_followed(text, results):
    assert plain(text).one_of == results


def test_try_may_come_to_any_of_its_arguments():
    found = plain('try(var.any.x, "default")')

    assert found.one_of[1] == "default"
    assert found.one_of[0].reason == "var.any.x"


def test_try_comes_to_a_name_whose_value_only_holds_something_open():
    """The name is there, so only what is in its list is not known yet."""
    (only,) = plain('try(local.rule.names, ["a", "b"])').one_of

    assert [each.reason for each in only] == ["var.name"]


def test_known_parts_are_dropped_when_they_grow_too_large():
    text = '"${var.name}"'
    for _ in range(20):
        text = f'"${{var.flag ? {text} : "a${{var.name}}"}}b"'
    begun = time.perf_counter()

    assert isinstance(plain(text), Unknown)
    assert time.perf_counter() - begun < 2


# -- sensitive values ------------------------------------------------------------------------


def test_sensitive_leaves_are_wrapped():
    found = plain('{ a = "x", b = [var.secret] }')

    assert found["b"] == [Sensitive("hunter2")]
    assert str(found["b"][0]) == REDACTED
    assert reveal(found) == {"a": "x", "b": ["hunter2"]}


def test_what_follows_from_a_secret_is_one():
    for text in ('"${var.secret}!"', 'var.secret == "x"', "upper(var.secret)", "[var.secret][*]"):
        value = value_of(text)
        assert cty.deep_marks(value) == SENSITIVE, text


def test_errors_do_not_show_secrets():
    assert "hunter2" not in refusal("var.secret + 1")
    assert "hunter2" not in refusal("var.list[var.secret]")


# -- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("var.nope", "<expression>:1:1: Reference to undeclared thing: var.nope"),
        ("[1, var.list[5]]", "<expression>:1:13: Invalid index"),
        ("var.s.x", "<expression>:1:6: Unsupported attribute"),
        ('1 + "x"', "<expression>:1:1: Invalid operand"),
        ("null + 1", "<expression>:1:1: Operation failed"),
        ("nope(1)", "<expression>:1:1: Call to unknown function"),
        ("upper()", "<expression>:1:1: Not enough function arguments"),
        ('upper("a", "b")', "<expression>:1:1: Too many function arguments"),
        ('upper("refuse")', '<expression>:1:7: Invalid function argument: Invalid value for "str"'),
        ("upper([])", '<expression>:1:7: Invalid function argument: Invalid value for "str"'),
        ("upper(null)", "<expression>:1:7: Invalid function argument"),
        ("upper(1...)", "<expression>:1:7: Invalid expanding argument value"),
        ('"${null}x"', "<expression>:1:4: Invalid template interpolation value"),
        ('"a${[]}"', "<expression>:1:5: Invalid template interpolation value"),
        ("[for x in null : x]", "<expression>:1:11: Iteration over null value"),
        ("[for x in 1 : x]", "<expression>:1:11: Iteration over non-iterable value"),
        ('{ for x in ["a", "a"] : x => 1 }', "<expression>:1:25: Duplicate object key"),
        ("{ (null) = 1 }", "<expression>:1:3: Null value as key"),
        ("{ a.b = 1 }", "<expression>:1:3: Ambiguous attribute key"),
        ("true ? 1 : []", "<expression>:1:8: Inconsistent conditional result types"),
        ("null ? 1 : 2", "<expression>:1:1: Null condition"),
        ("try()", "<expression>:1:1: Error in function call"),
        ("try(var.s.x, var.s.y)", "<expression>:1:1: Error in function call"),
    ],
)  # fmt: skip
def test_refusals_say_what_and_where(text, message):
    assert refusal(text).startswith(message)


def test_a_refusal_does_not_leave_loop_variables_behind():
    scope = Scope(resolve, FUNCTIONS, variables={"x": cty.number(1)})
    with pytest.raises(TerraformError):
        evaluate(parse_expression("[for x in var.list : x + 1]"), scope)

    assert scope.variables["x"].v == 1


def test_nested_loops_hide_and_give_back_names():
    assert plain("[for x in [1, 2] : [[for x in [x * 10] : x], x]]") == [[[10], 1], [[20], 2]]


def test_a_node_is_evaluated_anew_for_each_scope():
    expr = parse_expression("[for x in it : x + 1]")
    one = evaluate(expr, Scope(variables={"it": cty.tuple_([cty.number(1)])}))
    two = evaluate(expr, Scope(variables={"it": cty.tuple_([cty.number(5)])}))

    assert (to_plain(one), to_plain(two)) == ([2], [6])


# -- limits ----------------------------------------------------------------------------------


def limited(text, **variables):
    scope = Scope(resolve, FUNCTIONS, variables=variables, budget=Budget(100_000, 1_000_000))
    begun = time.perf_counter()
    with pytest.raises(TerraformError) as caught:
        evaluate(parse_expression(text), scope)
    assert time.perf_counter() - begun < 3
    return caught.value.summary


def ten():
    return cty.tuple_([cty.number(n) for n in range(10)])


def test_loops_inside_loops_run_out_of_steps():
    text = "1"
    for depth in range(12):
        text = f"[for x{depth} in ten : {text}]"

    assert limited(text, ten=ten()) == "Evaluation limit reached"
    assert limited(f"try({text}, 1)", ten=ten()) == "Evaluation limit reached"


def test_text_that_doubles_runs_out():
    assert limited('[for x in ten : "${s}${s}"]', ten=ten(), s=cty.string("y" * 200_000)) == (
        "Evaluation limit reached"
    )


def test_a_value_that_doubles_from_local_to_local_is_refused():
    expr = parse_expression("[v, v]")

    def double(times):
        value = cty.tuple_([cty.number(1)])
        for _ in range(times):
            value = evaluate(expr, Scope(variables={"v": value}))

    double(15)
    with pytest.raises(TerraformError, match="more elements"):
        double(60)


def test_erroneous_sides_inside_one_another_cost_no_more_than_the_budget():
    text = "var.list[9]"
    for _ in range(16):
        text = f"(false ? 1 : [{text}])"

    assert limited(text) == "Evaluation limit reached"


def test_long_chains_of_operators_evaluate():
    assert plain(" + ".join(["1"] * 5000)) == 5000


def test_a_chain_of_references_that_is_too_deep_is_refused():
    scope = Scope()

    def resolve_next(head, _reference):
        return evaluate(parse_expression(f"local.a{int(head[1][1:]) + 1}"), scope)

    scope.resolve = resolve_next
    with pytest.raises(TerraformError, match="Nested too deeply"):
        evaluate(parse_expression("local.a0"), scope)


# -- values as plain trees -------------------------------------------------------------------


def test_plain_trees():
    assert plain('{ n = 1.5, i = 7, big = 1e40, z = null, l = [true], s = "x" }') == {
        "n": 1.5, "i": 7, "big": 10**40, "z": None, "l": [True], "s": "x",
    }  # fmt: skip


def test_unknowns_in_plain_trees_refuse_to_decide():
    found = plain("var.cidrs")

    assert isinstance(found, Unknown)
    assert isinstance(value_of("var.cidrs").v, UnknownVal)
    assert plain("var.n == 3") is True


def test_a_value_is_shown_for_debugging():
    assert repr(Value(NUMBER, 1)) == "<number 1>"
