"""Workers fed by tables, what they may send, and where goes what they cannot do."""

import json
from typing import Any

from infra.catalogue import FUNCTIONS, TABLES
from local.cloud import of_type
from tests.infra.reading import actions, function_properties, granted_to, only, resources, shown


def _table(mapping: dict[str, Any]) -> tuple[str]:
    return (mapping["Properties"]["EventSourceArn"]["Fn::GetAtt"][0][: -len("Table")].lower(),)


FED = [row for row in FUNCTIONS if row.streams]


def test_each_stream_of_a_row_feeds_its_function_in_part_and_again(
    template: dict[str, Any],
) -> None:
    handlers = {
        name: resource["Properties"]["Handler"].split(".")[0]
        for name, resource in of_type(template, "AWS::Lambda::Function").items()
    }
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    fed = sorted(
        (handlers[item["Properties"]["FunctionName"]["Ref"]], *_table(item)) for item in mappings
    )
    assert fed == sorted((row.name, name) for row in FED for name in row.streams)
    for item in mappings:
        properties = item["Properties"]
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["BisectBatchOnFunctionError"] is True
        assert 0 < properties["MaximumRetryAttempts"] < 20
        assert properties["StartingPosition"] == "TRIM_HORIZON"
        assert properties["ParallelizationFactor"] == 1, "a new account runs ten at once"
        assert properties["DestinationConfig"]["OnFailure"]["Destination"]


def test_counts_are_gathered_and_mails_are_not(template: dict[str, Any]) -> None:
    """A mail that is asked for is not later for it in any way that shows."""
    sizes = {
        item["Properties"]["FunctionName"]["Ref"].partition("Function")[0]: (
            item["Properties"]["BatchSize"],
            item["Properties"]["MaximumBatchingWindowInSeconds"],
        )
        for item in of_type(template, "AWS::Lambda::EventSourceMapping").values()
    }
    assert sizes.pop("Aggregation") == (1000, 60)
    assert set(sizes.values()) == {(25, 1)}


def test_a_worker_is_started_only_for_what_it_has_work_with(template: dict[str, Any]) -> None:
    """A million first captures would start `notifications` for nothing."""
    heard = {
        (
            item["Properties"]["FunctionName"]["Ref"].partition("Function")[0],
            *_table(item),
        ): json.loads(item["Properties"]["FilterCriteria"]["Filters"][0]["Pattern"])
        for item in of_type(template, "AWS::Lambda::EventSourceMapping").values()
    }
    assert all(pattern["eventName"] == ["INSERT"] for pattern in heard.values())
    narrowed = {place: p["dynamodb"]["Keys"] for place, p in heard.items() if "dynamodb" in p}
    assert narrowed == {
        ("Notifications", "ledger"): {"subject": {"S": [{"prefix": "p_"}]}},
        ("Notifications", "records"): {"person": {"S": [{"prefix": "p_"}]}},
        ("Aggregation", "records"): {"record": {"S": [{"prefix": "visit#"}]}},
    }


def test_what_a_row_hears_is_a_key_of_a_table_that_feeds_it() -> None:
    """A filter on anything else would let nothing through."""
    tables = {table.name: table for table in TABLES}
    for row in FUNCTIONS:
        for table, (attribute, prefix) in row.hears.items():
            assert table in row.streams
            assert attribute in {tables[table].partition, tables[table].sort}
            assert prefix


def test_what_cannot_be_done_is_kept_encrypted_for_two_weeks(template: dict[str, Any]) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    assert len(queues) == len([row for row in FUNCTIONS if not row.serves_http])
    for queue in queues.values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86_400
    policies = of_type(template, "AWS::SQS::QueuePolicy")
    assert len(policies) == len(queues)


def test_only_the_rows_that_say_so_may_send_mail(template: dict[str, Any]) -> None:
    """S12: and only from the configured address, in the stack's own region.

    The recipient's identity is asked for too while the account is in the sandbox; the condition
    on the sender is what holds.
    """
    for row in FUNCTIONS:
        sends = [
            statement
            for statement in granted_to(template, row.name)
            if any(action.startswith("ses:") for action in actions(statement))
        ]
        assert bool(sends) is row.mails
        for statement in sends:
            assert actions(statement) == {"ses:SendEmail", "ses:SendRawEmail"}
            ses = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>"
            assert [shown(each) for each in resources(statement)] == [
                f"{ses}:identity/*",
                f"{ses}:configuration-set/<MailEvents>",
            ]
            assert statement["Condition"] == {
                "StringEquals": {"ses:FromAddress": "privacy@khoocommerce.example"}
            }
            variables = function_properties(template, row.name)["Environment"]["Variables"]
            assert {"MAIL_SENDER", "MAIL_INBOX", "API_URL"} <= set(variables)


def test_the_functions_do_not_depend_on_the_stage_that_depends_on_them(
    template: dict[str, Any],
) -> None:
    address = str(
        function_properties(template, "notifications")["Environment"]["Variables"]["API_URL"]
    )
    (stage,) = of_type(template, "AWS::ApiGateway::Stage")
    assert "execute-api" in address
    assert stage not in address


def test_a_mail_that_bounces_comes_back_to_who_sent_it(template: dict[str, Any]) -> None:
    """What the mail service tells of goes to the function that sends, by our own mails alone."""
    rule = of_type(template, "AWS::Events::Rule")["BouncedMails"]
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.ses"]
    assert pattern["detail-type"] == ["Email Bounced", "Email Complaint Received"]
    destination = only(template, "AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    assert destination["MatchingEventTypes"] == ["bounce", "complaint"]
    assert pattern["detail"]["mail"]["tags"] == {"ses:configuration-set": [{"Ref": "MailEvents"}]}
    (target,) = rule["Properties"]["Targets"]
    assert "DeadLetterConfig" not in target, "set aside, it would keep an address"
    name = target["Arn"]["Fn::GetAtt"][0]
    sends = [
        name
        for name, it in of_type(template, "AWS::Lambda::Function").items()
        if "MAIL_EVENTS" in it["Properties"]["Environment"]["Variables"]
    ]
    assert [name] == sends


def test_the_mail_services_own_list_is_kept_whatever_the_account_says(
    template: dict[str, Any],
) -> None:
    suppression = only(template, "AWS::SES::ConfigurationSet")["SuppressionOptions"]
    assert suppression == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
