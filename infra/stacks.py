"""The two stacks of a deployment, made by one command: what keeps data, and what works on it.

Stores hardly fail and are never taken back; functions, API, firewall and alarms are many and may
fail, and then roll back alone. The service reads the stores' names by CloudFormation's exports,
and all of them are exported whether or not the service reads them today: an export that vanished
because a function no longer needs it could not be taken back while the deployed service imports
it, and the deployment would stop there.
"""

from collections.abc import Iterable

from aws_cdk import Annotations, App, CfnOutput, Environment, Stack, Tags
from constructs import Construct

from infra import (
    alarm_definitions,
    alarms,
    api,
    backups,
    cognito,
    dashboard,
    dead_letters,
    functions,
    incidents,
    mail,
    storage,
    waf,
)
from infra.context import Context


class _PrivacyStack(Stack):
    """One stack in the context's region of the EEA (S12)."""

    def __init__(self, scope: Construct, name: str, context: Context, about: str) -> None:
        super().__init__(
            scope,
            name,
            env=Environment(region=context.region),
            description=about,
            termination_protection=context.protected,
        )
        Tags.of(self).add("service", "privacy")
        Tags.of(self).add("stage", context.stage)


class StoresStack(_PrivacyStack):
    """Whatever keeps something: tables, keys, secrets, bucket, backups, staff, mail domain."""

    def __init__(self, scope: Construct, context: Context) -> None:
        """Declare the stores for `context`; no call to AWS is made."""
        super().__init__(
            scope,
            f"privacy-{context.stage}-stores",
            context,
            "Keeps what the published privacy notice promises to keep, and nothing longer.",
        )
        self.roles = functions.roles(self, functions.erasers())
        self.kept = storage.build(self, context, self.roles)
        self.backups = backups.build(self, context, self.kept)
        self.mail = mail.build(self, context)
        self.staff = cognito.pool(self, context)
        for value in self._named():
            self.export_value(value)

    @property
    def keys(self) -> list[str]:
        """Return the ARNs of all keys."""
        signing = [key.attr_arn for key in self.kept.signing_keys.values()]
        return [self.kept.data_key.attr_arn, *signing, self.backups.key]

    @property
    def secrets(self) -> list[str]:
        """Return the ARNs of all secrets."""
        return [secret.ref for secret in self.kept.secrets.values()]

    def _named(self) -> Iterable[str]:
        """Yield every name by which the service may come to know a store."""
        for table in self.kept.tables.values():
            yield table.ref
            yield table.attr_arn
        for table in self.kept.tables.values():
            if table.stream_specification is not None:
                yield table.attr_stream_arn
        yield from self.keys
        yield from self.secrets
        for bucket in self.kept.buckets.values():
            yield bucket.ref
            yield bucket.attr_arn
        for bus in self.kept.buses.values():
            yield bus.ref
            yield bus.attr_arn
        for role in self.roles.values():
            yield role.role_name
            yield role.role_arn
        yield self.staff.user_pool_id
        yield self.staff.user_pool_arn
        yield self.backups.vault


class ServiceStack(_PrivacyStack):
    """What works on the stores: functions, the API over them, the firewall, the alarms."""

    def __init__(self, scope: Construct, context: Context, stores: StoresStack) -> None:
        """Declare the service over `stores`; no call to AWS is made."""
        super().__init__(
            scope,
            f"privacy-{context.stage}",
            context,
            "Keeps the promises of the published privacy notice.",
        )
        for number, warning in enumerate(context.warnings):
            Annotations.of(self).add_warning_v2(f"privacy:context-{number}", warning)
        queues = dead_letters.build(self)
        rest = api.build(self, context)
        by_name = functions.build(
            self, context, stores.roles, stores.kept, queues, api.url(rest, context)
        )
        client = cognito.client(self, stores.staff, api.url(rest, context))
        api.tell(
            rest,
            {
                "sign_in_url": cognito.sign_in_url(context),
                "sign_in_client": client.user_pool_client_id,
            },
        )
        api.serve(rest, context, by_name, stores.staff.user_pool_arn)
        waf.protect(self, waf.build(self, context), rest, stores.staff.user_pool_arn)
        watched = alarm_definitions.all_of(by_name, queues, rest, stores.backups.vault)
        topic = alarms.topic(self, context)
        rung = alarms.build(self, topic, watched)
        told = incidents.all_of(stores.keys, stores.secrets, context.certificate)
        incidents.build(self, topic, told)
        if context.dashboard:
            dashboard.build(self, by_name, rest, rung)
        CfnOutput(
            self,
            "ApiUrl",
            value=api.url(rest, context),
            description="Where websites call; paths such as /v1/policy follow it.",
        )


def build(app: App, context: Context) -> tuple[StoresStack, ServiceStack]:
    """Declare both stacks of `context` in `app`, in the order of their deployment."""
    stores = StoresStack(app, context)
    return stores, ServiceStack(app, context, stores)
