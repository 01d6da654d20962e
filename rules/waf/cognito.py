"""Web ACLs of user pools."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cognito import CognitoUserPool
from auditor.services.wafv2 import WafWebAclAssociation
from auditor.values import some


@rule(
    "WAF-COGNITO-WEB-ACL",
    severity="medium",
    on=CognitoUserPool,
    family="waf",
    production=True,
    reads=(WafWebAclAssociation,),
    aliases={
        "prowler": "cognito_user_pool_waf_acl_attached",
    },
)
def pool_without_web_acl(pool: CognitoUserPool) -> Finding | None:
    """User pools have a WAF web ACL.

    Why: passwords can be tried as fast as Cognito answers.
    Fix: add an `aws_wafv2_web_acl_association` with the pool's ARN.
    Source: WAFV2 API, GetWebACLForResource.
    """
    if not some(pool.related(WafWebAclAssociation), lambda _: True):
        return pool.finding("has no web ACL")
    return None
