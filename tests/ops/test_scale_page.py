"""The page of walls speaks of every part that the catalogue declares."""

import re

import pytest

from infra import catalogue, synth
from ops.cost.estimate import ROOT

PARTS = [
    *(row.name for row in (*catalogue.TABLES, *catalogue.FUNCTIONS)),
    *catalogue.BUCKETS,
    *catalogue.BUSES,
    *catalogue.LOCKED_BUCKETS,
    *catalogue.SECRETS,
    *catalogue.SIGNING_KEYS,
]
RATES = 4
# What of the template takes traffic, by the words of the page.
TRAFFIC = {
    "AWS::ApiGateway::RestApi": "API Gateway",
    "AWS::ApiGateway::Stage": "stage throttle",
    "AWS::Backup::BackupPlan": "backups",
    "AWS::Cognito::UserPool": "Cognito",
    "AWS::DynamoDB::Table": "table `ledger`",
    "AWS::Events::EventBus": "bus `domain`",
    "AWS::KMS::Key": "KMS",
    "AWS::Lambda::Function": "function `consent`",
    "AWS::Lambda::EventSourceMapping": "stream of `ledger`",
    "AWS::Logs::LogGroup": "logs",
    "AWS::S3::Bucket": "buckets",
    "AWS::SES::EmailIdentity": "SES",
    "AWS::SNS::Topic": "SNS",
    "AWS::SQS::Queue": "dead letters: a queue for each worker",
    "AWS::Scheduler::Schedule": "schedules",
    "AWS::SecretsManager::Secret": "secrets",
    "AWS::WAFv2::WebACL": "firewall",
}
# What traffic goes through is theirs: what describes them, who may do what, and who is told.
ABOUT = re.compile(
    "AWS::(IAM|SQS::QueuePolicy|S3::BucketPolicy|SNS::TopicPolicy|CloudWatch|Backup::Backup[SV]"
    "|ApiGateway::(Account|Deployment)|Events::Rule|SES::Configuration|Scheduler::ScheduleGroup"
    "|Lambda::(EventInvokeConfig|LayerVersion|Permission)|WAFv2::WebACLAssociation"
    "|Cognito::(Managed|UserPool[CDGR]))"
)


def rows() -> list[list[str]]:
    page = (ROOT / "docs" / "operations" / "scale.md").read_text("utf-8")
    (table,) = re.findall(r"^## By part\n\n(.+?)\n\n", page, re.MULTILINE | re.DOTALL)
    return [line.strip("|").split("|") for line in table.splitlines()[2:]]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_its_wall(part: str) -> None:
    assert any(f"`{part}`" in cell for row in rows() for cell in row[:2])


def test_every_index_and_stream_has_its_wall() -> None:
    cells = " ".join(row[0] for row in rows())
    for table in catalogue.TABLES:
        if table.name == "ledger":
            continue  # it has rows of its own
        for index in table.indexes:
            own = rf"`{table.name}` \([^)]*`{index.name}`|index `{index.name}` of `{table.name}`"
            assert re.search(own, cells), (table.name, index.name)
        assert not table.stream or re.search(rf"streams? of [^|]*`{table.name}`", cells)


def test_whatever_the_template_declares_has_its_wall() -> None:
    declared = {one["Type"] for one in synth.template()["Resources"].values()}
    assert {kind for kind in declared if not ABOUT.match(kind)} == set(TRAFFIC)
    cells = " ".join(row[0] for row in rows())
    assert [words for words in TRAFFIC.values() if words not in cells] == []


def test_every_wall_is_said_for_every_rate_and_with_what_to_do() -> None:
    for row in rows():
        assert len(row) == 2 + RATES + 1
        assert all(cell.strip() for cell in row)
