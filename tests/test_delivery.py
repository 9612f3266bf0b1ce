"""How it is delivered: workflows that trust nobody with more than they need."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import synth

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(name: str) -> Any:
    """Parse a workflow; YAML takes its key `on` for the truth."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))


def steps(job: Any) -> str:
    return "\n".join(step.get("run", step.get("uses", "")) for step in job.get("steps", []))


def test_the_workflows_have_no_findings() -> None:
    ran = subprocess.run(
        [str(BIN / "zizmor"), "--offline", "--no-progress", str(ROOT / ".github")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_templates_deployed_by_hand_have_no_findings() -> None:
    lint = [
        str(BIN / "cfn-lint"),
        "--regions",
        "eu-west-1",
        "--",
        *(str(ROOT / "infra" / f"{name}.yaml") for name in ("account", "delivery", "execution")),
    ]
    ran = subprocess.run(lint, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text("utf-8"))
    assert used
    for action in used:
        assert action.startswith("./") or PINNED.fullmatch(action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nobody_may_more_than_read_unless_their_job_says_so(path: Path) -> None:
    workflow = read(path.stem)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        more = {right for right, level in job.get("permissions", {}).items() if level == "write"}
        assert more == {
            ("deploy", "diff"): {"id-token"},
            ("deploy", "deploy"): {"id-token"},
            ("update", "propose"): {"contents", "pull-requests"},
        }.get((path.stem, name), set()), name


def test_a_delivery_is_checked_shown_and_approved_before() -> None:
    jobs = read("deploy")["jobs"]
    assert jobs["check"]["uses"] == "./.github/workflows/check.yml"
    assert (jobs["diff"]["needs"], jobs["deploy"]["needs"]) == ("check", "diff")
    assert (jobs["diff"]["environment"], jobs["deploy"]["environment"]) == ("diff", "production")
    for job in ("diff", "deploy"):
        assert "actions/download-artifact" in steps(jobs[job])
        assert "--app cdk.out" in steps(jobs[job]), "what was checked, not built anew"
    assert ".ci/run" in steps(read("check")["jobs"]["check"])


def test_what_writes_to_the_repository_runs_no_new_package() -> None:
    jobs = read("update")["jobs"]
    assert ".ci/run" in steps(jobs["try"])
    assert not re.search(r"make|pip|python|\.ci", steps(jobs["propose"]))


class _Tags(yaml.SafeLoader):
    """CloudFormation's short forms, read as what they say."""


_Tags.add_multi_constructor(
    "!",
    lambda loader, tag, node: (
        f"{tag} {loader.construct_scalar(node)}"
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node)
    ),
)


@pytest.mark.parametrize(("role", "environment"), [("Diff", "diff"), ("Deploy", "production")])
def test_a_role_is_for_one_environment_of_one_repository(role: str, environment: str) -> None:
    template = yaml.load((ROOT / "infra" / "delivery.yaml").read_text("utf-8"), _Tags)
    properties = template["Resources"][f"{role}Role"]["Properties"]
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": (
                f"Sub repo:${{Repository}}:environment:{environment}"
            ),
        }
    }


def policy_of(role: str) -> list[dict[str, Any]]:
    template = yaml.load((ROOT / "infra" / "delivery.yaml").read_text("utf-8"), _Tags)
    (policy,) = template["Resources"][f"{role}Role"]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_who_deploys_only_takes_on_the_roles_of_the_bootstrap() -> None:
    (may,) = policy_of("Deploy")
    assert may["Action"] == "sts:AssumeRole"
    assert all(
        ":role/cdk-${Qualifier}-" in each and "*" not in each for each in listed(may["Resource"])
    )


def test_who_shows_the_difference_reads_templates_and_no_data() -> None:
    """The CDK's lookup role would read the whole account: staff, logs, tables."""
    allowed = {action for may in policy_of("Diff") for action in listed(may["Action"])}
    assert allowed == {
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "ssm:GetParameter",
    }
    places = [place for may in policy_of("Diff") for place in listed(may["Resource"])]
    assert all(
        "stack/privacy-*/*" in place or "CDKToolkit" in place or "/version" in place
        for place in places
    )


@pytest.mark.parametrize(
    ("repository", "fits"),
    [
        ("example/privacy", True),
        ("example@1234/privacy@5678", True),
        ("example@1234/privacy", False),
        ("example/privacy@5678", False),
        ("example/privacy:environment:production", False),
        ("example/*", False),
        ("*", False),
    ],
)
def test_a_repository_is_named_as_githubs_tokens_do(repository: str, fits: bool) -> None:
    """With both ids, or, of an older one, without; never with a wildcard."""
    template = yaml.load((ROOT / "infra" / "delivery.yaml").read_text("utf-8"), _Tags)
    pattern = template["Parameters"]["Repository"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, repository)) is fits


# How IAM calls the service of a CloudFormation type, where that is not the type's own second word.
SERVICES = {"CloudWatch": "cloudwatch", "Cognito": "cognito-idp", "IAM": "iam"}


def execution() -> list[dict[str, Any]]:
    """Return the statements of the policy that deployments work with."""
    template = yaml.load((ROOT / "infra" / "execution.yaml").read_text("utf-8"), _Tags)
    properties = template["Resources"]["Execution"]["Properties"]
    found: list[dict[str, Any]] = properties["PolicyDocument"]["Statement"]
    return found


def test_deployments_may_do_what_the_stacks_are_made_of_and_no_more() -> None:
    statements = execution()
    allowed = {action for may in statements for action in listed(may["Action"])}
    options = {"dashboard": True, "alarm_address": "ops@example.com"}
    kinds = {r["Type"] for r in synth.template(options)["Resources"].values()}
    needed = {kind.split("::")[1] for kind in kinds}
    services = {SERVICES.get(name, name.lower()) for name in needed} - {"iam"}
    whole = {action.removesuffix(":*") for action in allowed if action.endswith(":*")}
    assert whole == services
    for may in statements:
        if any(action.startswith("iam:") for action in listed(may["Action"])):
            assert "role/privacy-*" in may["Resource"] or "aws-service-role" in may["Resource"]
    assert not [action for action in allowed if action in ("*", "iam:*", "sts:AssumeRole")]
