"""Reading policy text: JSON, JSON with holes, and what is no policy."""

import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_samples import allow, deny, hole, policy, text

from auditor.policy import Policy, PolicyError
from auditor.values import Sensitive, Undetermined, Unknown

HEREDOC = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:PutObject"
      ],
      "Resource": "<aws_s3_bucket.b.arn>/*"
    },
    {
      "Effect": "Allow",
      "Principal": {
        "AWS": ["111122223333", "*"],
        "Service": "logs.amazonaws.com"
      },
      "Action": "sqs:*",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    }
  ]
}
"""


def only(parsed):
    (statement,) = parsed.statements
    return statement


def test_statement_is_one_object_or_a_list():
    one = Policy.parse('{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}')
    assert only(one).actions == ("s3:*",)
    assert only(policy(allow("s3:*"))).actions == ("s3:*",)


def test_version_is_2008_where_none_is_written():
    parsed = Policy.parse('{"Statement": [{"Effect": "Deny", "Action": ["a:b"], "Resource": "*"}]}')
    assert parsed.version == "2008-10-17"
    assert not only(parsed).variables


def test_element_names_in_whatever_case():
    parsed = Policy.parse('{"STATEMENT": {"effect": "allow", "action": "*", "resource": "*"}}')
    assert only(parsed).grants_full_admin()


def test_two_spellings_of_an_element_are_refused():
    with pytest.raises(PolicyError, match='both "Action" and "action"'):
        Policy.parse('{"Statement": {"Effect": "Allow", "Action": "*", "action": "s3:Get*"}}')


def test_the_last_of_a_repeated_element_counts():
    parsed = Policy.parse(
        '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Action": "*",'
        ' "Resource": "*"}}'
    )
    assert only(parsed).actions == ("*",)


def test_numbers_and_booleans_in_conditions_are_strings():
    condition = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:TlsVersion": 1.2}}
    first, second = only(policy(allow(Condition=condition))).conditions
    assert (first.operator, first.key, first.values) == ("Bool", "aws:SecureTransport", ("false",))
    assert second.values == ("1.2",)


def test_condition_operators_are_taken_apart():
    condition = {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": ["o-1/*"]}}
    (found,) = only(policy(allow(Condition=condition))).conditions
    assert (found.operator, found.quantifier) == ("StringLike", "ForAnyValue")
    assert found.if_exists


def test_url_encoded_text_is_what_iam_returns():
    encoded = quote(json.dumps({"Statement": [allow("*")]}))
    assert only(Policy.parse(encoded)).grants_full_admin()


def test_a_decoded_document():
    assert only(Policy.parse({"Statement": allow("*")})).grants_full_admin()


def test_sensitive_text_is_read():
    assert only(Policy.parse(Sensitive(json.dumps({"Statement": allow("*")})))).is_allow()


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_no_policy(nothing):
    parsed = Policy.parse(nothing)
    assert parsed.absent
    assert parsed.statements == ()
    assert not parsed.allows("s3:GetObject")


def test_a_document_without_statements_allows_nothing():
    assert not Policy.parse('{"Version": "2012-10-17"}').allows("s3:GetObject")


# -- places --------------------------------------------------------------------------------------


def test_lines_within_the_text_count_from_nought():
    first, second = Policy.parse(text(HEREDOC)).statements
    assert first.line == 3
    assert first.line_of("Action") == 6
    assert first.line_of("Action", 1) == 8
    assert first.line_of("resource") == 10
    assert second.line_of("Principal", 0) == 15
    assert second.line_of("Principal", 2) == 16
    assert second.line_of("Condition", 0) == 20
    assert second.line_of("NotAction") == second.line == 12


def test_a_statement_is_named_by_its_sid_or_its_number():
    first, second = Policy.parse(text(HEREDOC)).statements
    assert (first.label, second.label) == ('"Read"', "statement 2")


def test_a_decoded_document_has_no_lines():
    assert only(Policy.parse({"Statement": allow("*")})).line_of("Action") == 0


# -- holes ----------------------------------------------------------------------------------------


def test_a_hole_inside_a_string():
    first, _ = Policy.parse(text(HEREDOC)).statements
    (resource,) = first.resources
    assert str(resource) == "(aws_s3_bucket.b.arn)/*"


def test_a_string_that_is_one_hole_is_that_hole():
    (resource,) = only(policy(allow(resource="<aws_s3_bucket.b.arn>"))).resources
    assert resource.exact
    assert str(resource.refs[0]) == "aws_s3_bucket.b.arn"


def test_a_hole_in_place_of_a_list_keeps_its_certain_items():
    actions = Unknown(hole("var.actions").refs, items=("s3:*",))
    parts = ('{"Statement": {"Effect": "Allow", "Action": ', actions, ', "Resource": "*"}}')
    statement = only(Policy.parse(Unknown(parts=parts)))
    assert statement.covers_action("s3:GetObject")
    with pytest.raises(Undetermined, match=r"var\.actions"):
        statement.covers_action("sqs:SendMessage")


def test_a_hole_among_statements_leaves_more_of_them_open():
    parsed = Policy.parse(text('{"Statement": [' + json.dumps(allow("*")) + ", <var.more>]}"))
    assert parsed.allows("s3:GetObject")
    with pytest.raises(Undetermined, match=r"var\.more"):
        parsed.denies("s3:GetObject")


def test_a_hole_in_place_of_all_statements():
    parsed = Policy.parse(text('{"Version": "2012-10-17", "Statement": <var.statements>}'))
    with pytest.raises(Undetermined, match=r"var\.statements"):
        parsed.allows("s3:GetObject")


def test_statements_that_a_hole_certainly_has():
    statements = Unknown(hole("var.more").refs, items=(allow("*"),))
    parsed = Policy.parse(Unknown(parts=('{"Statement": ', statements, "}")))
    assert parsed.allows("iam:CreateUser")


def test_a_hole_among_elements_may_be_a_condition():
    whole = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*" <var.extra>}]}'
    with pytest.raises(Undetermined, match=r"var\.extra"):
        list(Policy.parse(text(whole)).public_statements())


def test_a_hole_in_a_condition_key():
    condition = {"StringEquals": {"<aws_iam_openid_connect_provider.eks.url>:sub": "x"}}
    statement = only(policy(allow(Condition=condition)))
    assert not statement.has_condition_on("aws:SourceArn")
    assert statement.is_conditional()


def test_a_hole_in_place_of_principals():
    statement = only(policy(allow(Principal={"AWS": "<var.who>"})))
    with pytest.raises(Undetermined, match=r"var\.who"):
        statement.is_for_anyone()


def test_a_hole_that_is_json_is_read_as_json():
    inner = Unknown(hole("var.b").refs, parts=('["s3:*", "', hole("var.b"), '"]'))
    parts = ('{"Statement": {"Effect": "Allow", "Action": ', inner, ', "Resource": "*"}}')
    assert only(Policy.parse(Unknown(parts=parts))).covers_action("s3:GetObject")


def test_an_unknown_effect():
    parsed = policy({"Effect": "<var.effect>", "Action": "*", "Resource": "*"})
    with pytest.raises(Undetermined, match=r"var\.effect"):
        parsed.allows("s3:GetObject")


def test_a_policy_of_which_nothing_is_known():
    parsed = Policy.parse(hole("data.aws_iam_policy_document.d.json"))
    assert not parsed.absent
    with pytest.raises(Undetermined, match=r"data\.aws_iam_policy_document\.d\.json"):
        parsed.allows("s3:GetObject")
    with pytest.raises(Undetermined):
        list(parsed.public_statements())


def test_an_unknown_object_with_known_entries():
    value = Unknown(hole("var.p").refs, entries={"Statement": [allow("*")]})
    assert Policy.parse(value).allows("s3:GetObject")


# -- what is no policy --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "message", "offset"),
    [
        ("{", "ends too early", 1),
        ('{"Statement": [}', "a value is missing", 15),
        ('{"Statement": [{"Effect": "Allow" "Action": "*"}]}', '"," or "}" is missing', 34),
        ('{"Statement": [], }', "a key in quotation marks is missing", 18),
        ('{"Statement" []}', '":" is missing', 13),
        ('{"Statement": "a\nb"}', "line break", 16),
        ('{"Statement": "abc', "not closed", 14),
        ('{"Statement": "\\x"}', "escape", 15),
        ('{"Statement": []} {', "more text after its end", 18),
        ("[]", "no JSON object", 0),
        ("policy", "a value is missing", 0),
        ('{"Statement": ["x"]}', "statement 1 is no JSON object", 15),
        ('{"Statement": {"Action": "*"}}', "has no Effect", 14),
        ('{"Statement": {"Effect": "Permit", "Action": "*"}}', "neither Allow nor Deny", 25),
        ('{"Statement": {"Effect": "Allow"}}', "has no Action", 14),
        ('{"Statement": {"Effect": "Allow", "Action": []}}', "empty action", 44),
        ('{"Statement": {"Effect": "Allow", "Action": {"a": 1}}}', "where strings belong", 44),
        ('{"Statement": {"Effect": "Allow", "Action": [["a"]]}}', "other than a string", 45),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "me"}}',
            "neither",
            62,
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}',
            "both Action and NotAction",
            14,
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": "x"}}}',
            "no object",
            71,
        ),
    ],
)
def test_faults_are_named_with_their_place(broken, message, offset):
    with pytest.raises(PolicyError, match=message) as caught:
        Policy.parse(broken)
    assert caught.value.offset == offset


def test_a_fault_says_line_and_column():
    with pytest.raises(PolicyError, match="line 3, column 5 of the policy") as caught:
        Policy.parse('{\n  "Statement": [\n    nope\n]}')
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_a_broken_policy_is_undetermined_for_a_rule_that_does_nothing_special():
    with pytest.raises(Undetermined, match="the policy cannot be read: it ends too early"):
        Policy.parse("{")


@pytest.mark.parametrize("value", [3, True, [], [1], b"{}", 1.5])
def test_values_that_hold_no_policy(value):
    with pytest.raises(PolicyError):
        Policy.parse(value)


def test_an_element_that_the_language_lacks_weakens_a_deny_only():
    strange = {"Principal": "*", "Conditions": {}}
    assert policy(allow(**strange)).allows("s3:GetObject")
    with pytest.raises(Undetermined, match='"Conditions" is no element'):
        policy({"Effect": "Deny", "Action": "*", "Resource": "*", "Conditions": {}}).denies("a:b")


# -- hostile documents ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 100_000,
        '{"a":' * 20_000,
        '{"Statement": ' + "[" * 1000 + "]" * 1000 + "}",
        '{"Statement": "' + "a" * 500_000 + '"}',
        '{"Statement": ' + "9" * 100_000 + "}",
        '"' + "\\u0041" * 20_000,
    ],
    ids=["lists", "objects", "nested", "long", "number", "escapes"],
)
def test_hostile_text_is_refused_soon(hostile):
    start = time.perf_counter()
    with pytest.raises(PolicyError):
        Policy.parse(hostile)
    assert time.perf_counter() - start < 2


def test_a_policy_of_a_thousand_statements_is_answered_soon():
    public = '{"Effect":"Allow","Principal":"*","Action":"a:b%d","Resource":"*"}'
    refused = (
        '{"Effect":"Deny","Principal":"*","Action":"a:c%d","Resource":"*",'
        '"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}'
    )
    statements = [public % n for n in range(300)] + [refused % n for n in range(300)]
    parsed = Policy.parse('{"Statement":[' + ",".join(statements) + "]}")
    start = time.perf_counter()
    assert len(list(parsed.public_statements())) == 300
    assert time.perf_counter() - start < 10


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Effect", "Action", "Principal", "Condition", "AWS", "Bool", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_read_or_refused(value):
    for whole in (value, {"Statement": value}, {"Statement": [value]}):
        try:
            parsed = Policy.parse(json.dumps(whole, ensure_ascii=False))
            list(parsed.public_statements())
            parsed.allows("s3:GetObject")
        except Undetermined:
            pass


PUBLIC = json.dumps({"Version": "2012-10-17", "Statement": [allow("*", Principal="*")]})
STRINGS = [match.span(1) for match in re.finditer(r'"([^"]*)"', PUBLIC)]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PUBLIC)), st.integers(0, len(PUBLIC)))
def test_a_hole_anywhere_is_read_or_refused(start, end):
    parts = (PUBLIC[:start], hole("var.x"), PUBLIC[max(start, end) :])
    try:
        parsed = Policy.parse(Unknown(hole("var.x").refs, parts=parts))
        assert len(list(parsed.public_statements())) <= 1
    except Undetermined:
        pass


@given(st.sampled_from(STRINGS), st.data())
def test_a_hole_in_a_string_never_hides_what_is_public(span, data):
    start = data.draw(st.integers(*span))
    end = data.draw(st.integers(start, span[1]))
    parts = (PUBLIC[:start], hole("var.x"), PUBLIC[end:])
    try:
        parsed = Policy.parse(Unknown(hole("var.x").refs, parts=parts))
        assert len(list(parsed.public_statements())) == 1
    except Undetermined:
        pass


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}[]":,\\u0a "truefalsenull1.e-\n', max_size=40))
def test_any_text_is_read_as_the_standard_parser_reads_it(any_text):
    from auditor.policy.json_text import read_text

    try:
        json.loads(any_text, parse_constant=lambda name: json.loads("x"))
        readable = True
    except ValueError:
        readable = False
    try:
        read_text((any_text,))
        assert readable
    except PolicyError:
        assert not readable


def decoded(**elements):
    return {"Statement": {"Effect": "Allow", "Action": "*", **elements}}


def test_decoded_numbers_booleans_and_secrets():
    condition = {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"s3:max-keys": 10}}
    document = decoded(Condition=condition, Resource=Sensitive("*"))
    statement = only(Policy.parse(document))
    assert [condition.values for condition in statement.conditions] == [("true",), ("10",)]
    assert statement.resources == ("*",)


def test_decoded_documents_that_are_refused():
    deep = "*"
    for _ in range(50):
        deep = [deep]
    for broken in (decoded(Resource=deep), decoded(Resource=b"*"), {"Statement": {1: 2}}):
        with pytest.raises(PolicyError):
            Policy.parse(broken)


def test_a_byte_order_mark_and_surrogates():
    sid = json.dumps({"Statement": allow("*", Sid="𝄞 é")})
    assert "\\ud834\\udd1e" in sid
    assert only(Policy.parse("\ufeff" + sid)).sid == "𝄞 é"
    assert only(Policy.parse(sid.replace("\\udd1e", ""))).sid == "\ufffd é"


def test_holes_that_bring_their_own_commas():
    whole = '{"Statement": [' + json.dumps(allow("*")) + "<var.more>" + json.dumps(deny()) + ", ]}"
    parsed = Policy.parse(text(whole))
    assert [statement.effect for statement in parsed.statements.items] == ["Allow", "Deny"]


def test_a_hole_in_place_of_a_key():
    parsed = Policy.parse(text('{<var.key>: "x", "Statement": ' + json.dumps(allow("*")) + "}"))
    assert parsed.allows("s3:GetObject")


def test_a_number_with_a_hole():
    whole = '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"NumericLessThan":'
    (condition,) = only(Policy.parse(text(whole + '{"s3:max-keys": 1<var.zeros>}}}}'))).conditions
    assert str(condition.values[0]) == "1(var.zeros)"


def test_a_hole_that_is_an_object_with_known_entries():
    statement = Unknown(hole("var.s").refs, entries=allow("*", Principal="*"))
    parsed = Policy.parse(Unknown(parts=('{"Statement": [', statement, "]}")))
    with pytest.raises(Undetermined, match=r"var\.s"):
        list(parsed.public_statements())
    assert parsed.statements[0].covers_action("s3:GetObject")


def test_a_hole_of_broken_json_is_named():
    inner = Unknown(hole("var.b").refs, parts=('["s3:*" "', hole("var.b"), '"]'))
    with pytest.raises(PolicyError, match='"," or "]" is missing'):
        Policy.parse(Unknown(parts=('{"Statement": ', inner, "}")))


def test_holes_in_place_of_conditions():
    for condition in ("<var.c>", '{"StringEquals": <var.c>}'):
        whole = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": '
        with pytest.raises(Undetermined, match=r"var\.c"):
            list(Policy.parse(text(whole + condition + "}}")).public_statements())
    with pytest.raises(PolicyError, match="Condition that is no object"):
        Policy.parse('{"Statement": {"Effect": "Allow", "Action": "*", "Condition": []}}')


@pytest.mark.parametrize(
    ("bare", "covered"),
    [
        (Unknown(one_of=("a:b", "a:*")), True),
        (Unknown(hole("var.x").refs, parts=("a:b", hole("var.x"))), None),
    ],
    ids=["a choice", "a string"],
)
def test_bare_holes_that_are_one_string(bare, covered):
    parts = ('{"Statement": {"Effect": "Allow", "Resource": "*", "Action": ', bare, "}}")
    statement = only(Policy.parse(Unknown(parts=parts)))
    if covered is None:
        with pytest.raises(Undetermined):
            statement.covers_action("a:b")
    else:
        assert statement.covers_action("a:b") is covered


def test_a_bare_arn_is_one_string():
    bare = hole("aws_s3_bucket.b.arn")
    parts = ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": ', bare, "}}")
    statement = only(Policy.parse(Unknown(parts=parts)))
    assert not statement.is_on_star()


def test_a_document_that_is_one_hole_in_pieces():
    with pytest.raises(Undetermined, match=r"var\.p"):
        Policy.parse(Unknown(parts=(" ", hole("var.p"), "\n"))).allows("s3:GetObject")
