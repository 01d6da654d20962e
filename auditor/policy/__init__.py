"""What an IAM policy says: the one reader of policy JSON that every rule uses.

Identity policies, role trust policies and the policies of buckets, queues, topics, keys, functions,
repositories, secrets, endpoints and APIs are one language; this package reads it and answers
questions. `Policy.parse(value)` takes whatever the attribute holds (nothing, JSON, JSON with holes,
a whole unknown, URL-encoded JSON, a decoded dict) and never raises anything but `PolicyError`,
which is an `Undetermined`: a rule that does nothing special is honest about a broken document.

Every question has three answers: True, False, or `Undetermined` is raised. Questions that return
an iterator yield each *certain* violation first and raise `Undetermined` at the end if there might
be more, so a rule is one loop:

    policy = Policy.parse(bucket_policy["policy"])
    for statement in policy.public_statements():
        yield finding("lets anyone in", line=statement.line_of("Principal"))

A predicate of one's own joins three-valued claims with `all_of`/`any_of` (a plain `and` would let
an open question hide a certain no):

    policy.granting(lambda s: all_of(lambda: s.covers_action("kms:*"), s.is_on_star))

Identity policies (a `Grant` has `statement`, `action` and `line`):

    policy.granting(Statement.grants_full_admin)             # Action * on Resource *
    policy.granting(Statement.has_star_action)               # Action * on anything
    policy.granting(Statement.has_service_wildcard)          # Action "s3:*"
    policy.granting(lambda s: s.grants_service("iam"))       # iam:* on *
    policy.actions_matching(DATA_EXFILTRATION)               # Grant(statement, action) each
    policy.actions_matching(PERMISSIONS_MANAGEMENT, unconditional=True)
    policy.actions_matching({"kms:Decrypt", "kms:ReEncryptFrom"})
    policy.unscoped_grants()                                 # Grants: * where an ARN would do
    policy.unconstrained_writes()                            # write actions on *, no condition
    policy.escalations()                                     # Escalation(name, actions, statements)
    policy.allows("s3:GetObject", "arn:aws:s3:::x/*")        # True / False, Deny subtracted
    policy.uses_condition_key("aws:MultiFactorAuthPresent")

Resource policies:

    policy.public_statements()                               # anyone, and no condition pins it
    policy.public_statements(("kms:ViaService",))            # … this key counts as a pin too
    policy.foreign_principals(own_account, trusted)          # (statement, principal)
    policy.unsourced_service_statements()                    # confused deputy
    policy.denies_insecure_transport(("s3:*",), resources)   # TLS only
    policy.denies_unencrypted_puts()
    policy.lockout_statements("s3")                          # Deny everyone everything
    policy.denies_all_but_named()
    policy.denies("backup:DeleteRecoveryPoint")
    policy.account_root_statements()                         # a key policy's delegation to IAM

Role trust policies:

    policy.public_statements()
    policy.account_root_statements()                         # trusts a whole account
    policy.unsourced_service_statements(CALLS_FOR_OTHERS)
    policy.federation_problems()                             # (statement, why): OIDC, SAML, GitHub

A statement knows where it stands: `statement.index`, `statement.line`,
`statement.line_of("Action", 2)` are lines within the JSON text, counted from 0, so that a finding
points into a heredoc. `same_policy(a, b)` compares two documents by meaning, for drift.
"""

from auditor.policy.access import is_write, takes_resource
from auditor.policy.conditions import Condition
from auditor.policy.equality import same_policy
from auditor.policy.json_text import PolicyError
from auditor.policy.permissions import (
    CALLS_FOR_OTHERS,
    CREDENTIALS_EXPOSURE,
    DATA_EXFILTRATION,
    EC2_ROLE_DANGERS,
    PERMISSIONS_MANAGEMENT,
    S3_NOT_FOR_FOREIGN_ACCOUNTS,
)
from auditor.policy.principals import Principal
from auditor.policy.questions import Escalation, Grant, Policy
from auditor.policy.statement import Statement

__all__ = [
    "CALLS_FOR_OTHERS",
    "CREDENTIALS_EXPOSURE",
    "DATA_EXFILTRATION",
    "EC2_ROLE_DANGERS",
    "PERMISSIONS_MANAGEMENT",
    "S3_NOT_FOR_FOREIGN_ACCOUNTS",
    "Condition",
    "Escalation",
    "Grant",
    "Policy",
    "PolicyError",
    "Principal",
    "Statement",
    "is_write",
    "same_policy",
    "takes_resource",
]
