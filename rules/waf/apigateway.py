"""Web ACLs of APIs."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.apigateway import ApiStage, RestApi
from auditor.services.wafv2 import WafWebAclAssociation


@rule(
    "WAF-APIGW-WEB-ACL",
    severity="medium",
    on=ApiStage,
    family="waf",
    reads=(RestApi, WafWebAclAssociation),
    aliases={
        "checkov": "CKV2_AWS_29",
        "prowler": "apigateway_restapi_waf_acl_attached",
    },
    frameworks={
        "fsbp": "APIGateway.4",
        "nist-800-53-r5": "AC-4(21)",
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.1 1.4.2 1.4.4 1.5.1 6.4.1 6.4.2 A1.1.3",
    },
)
def stage_without_web_acl(stage: ApiStage) -> Finding | NotApplicable | None:
    """Public REST stages have a WAF web ACL.

    Why: attacks that any rule set knows reach the backend.
    Fix: add an `aws_wafv2_web_acl_association` with the stage's ARN.
    Source: WAFV2 API, GetWebACLForResource; API Gateway API, Stage.webAclArn.
    """
    if stage.web_acl_arn:
        return None
    for _ in stage.related(WafWebAclAssociation):
        return None
    api: RestApi = stage.follow("rest_api_id")
    if api.is_private():
        return not_applicable("it can be reached from VPC endpoints only")
    return stage.finding("is public and has no web ACL")
