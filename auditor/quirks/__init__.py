"""AWS's and the provider's oddities, taken away below the rules.

Each quirk is one function with one test; they run once per model, in this order, over code, plan,
state and live alike. After them there is one way to say a thing, and rules know only that.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.model import Model
from auditor.quirks.aliased_types import take_aliased_types
from auditor.quirks.iam_inline import split_iam_arguments
from auditor.quirks.prefix_list_entries import fold_prefix_list_entries
from auditor.quirks.s3_inline import split_inline_bucket_arguments
from auditor.quirks.security_group_rules import fold_security_group_rules
from auditor.quirks.sqs_sns_inline import split_inline_policies
from auditor.quirks.vpc_rules import fold_routes_and_acl_rules

QUIRKS: tuple[Callable[[Model], None], ...] = (
    take_aliased_types,
    fold_security_group_rules,
    fold_routes_and_acl_rules,
    fold_prefix_list_entries,
    split_inline_bucket_arguments,
    split_inline_policies,
    split_iam_arguments,
)


def settle(model: Model) -> Model:
    """Applies every quirk to a model that was just built; returns it."""
    for quirk in QUIRKS:
        quirk(model)
    return model
