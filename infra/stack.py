"""The one stack: stores, functions over them, the API over those, alarms over all."""

from typing import Any

from aws_cdk import Annotations, CfnOutput, Environment, Stack, Tags
from constructs import Construct

from infra import (
    alarms,
    api,
    backups,
    dashboard,
    dead_letters,
    functions,
    staff,
    storage,
    waf,
    watches,
)
from infra.context import Context


class PrivacyStack(Stack):
    """Everything that keeps the published notice's promises, in one region of the EEA (S12)."""

    def __init__(self, scope: Construct, context: Context, **more: Any) -> None:
        """Declare all resources for `context`; no call to AWS is made."""
        super().__init__(
            scope,
            f"privacy-{context.stage}",
            env=Environment(region=context.region),
            description="Keeps the promises of the published privacy notice.",
            termination_protection=context.stage == "prod",
            **more,
        )
        Tags.of(self).add("service", "privacy")
        Tags.of(self).add("stage", context.stage)
        for number, warning in enumerate(context.warnings):
            Annotations.of(self).add_warning_v2(f"privacy:context-{number}", warning)

        roles = functions.roles(self)
        stores = storage.build(self, roles)
        backups.build(self, context, stores)
        queues = dead_letters.build(self)
        rest = api.build(self, context)
        by_name = functions.build(self, context, roles, stores, queues, api.url(rest, context))
        pool = staff.pool(self)
        api.serve(rest, context, by_name, staff.authoriser(self, pool))
        waf.protect(self, waf.build(self, context), rest, pool.user_pool_arn)
        watched = watches.all_of(by_name, queues, rest)
        dashboard.build(self, by_name, rest, alarms.build(self, context, watched))
        CfnOutput(
            self,
            "ApiUrl",
            value=api.url(rest, context),
            description="Where websites call; paths such as /v1/policy follow it.",
        )
