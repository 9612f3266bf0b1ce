"""`python -m ops doctor`: is a deployment as it should be, and if not, what mends it?"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ops import stores
from ops.doctor import checks, dns
from ops.doctor.deployment import Deployment, Missing
from ops.doctor.findings import BAD, GOOD, UNSEEN, Finding

# What is in the code of an answer that says that there is no such thing.
_GONE = ("NotFound", "NonExistent", "NoSuch", "DoesNotExist")
_WORDS = {GOOD: "ok", BAD: "BAD", UNSEEN: "NOT SEEN"}


ABOUT = "look whether a deployment is as it should be, and say what mends it"
DESCRIPTION = (
    "Reads the state of everything that the deployment rests on and changes "
    "nothing: stacks and what was changed by hand, tables, keys, stream mappings, dead letters, "
    "schedules, mail and its DNS, alarms, backups, the API's name, stage and firewall, staff, whom "
    "GitHub may be, the account's limits. One line each; what "
    "is not right says how to mend it. Exits with 0 if all was seen and is right, else 1."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    stores.add_stack(parser)
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Look at everything; 0 if all of it was seen and is right, else 1.

    Raises:
        CommandError: there is no such stack.
    """
    deployment = Deployment.of(chosen.stack)
    found = list(examined(deployment, datetime.now(UTC)))
    if chosen.json:
        print(json.dumps([finding.document() for finding in found], indent=2))
    else:
        for finding in found:
            print(f"{_WORDS[finding.state]:8} {finding.area}: {finding.what}")
            if finding.mend:
                print(f"{'':8} -> {finding.mend}")
        wrong = sum(finding.state != GOOD for finding in found)
        print(f"{len(found)} looked at, {wrong} to see to")
    return 1 if any(finding.state != GOOD for finding in found) else 0


def _refused(area: str, refusal: Any) -> Finding:
    """Say what AWS answered instead: that what the stacks name is gone, or that nobody may look."""
    code, said = (str(refusal.response["Error"][part]) for part in ("Code", "Message"))
    if any(word in code for word in _GONE) or "does not exist" in said:
        mend = "docs/operations/restore.md if it kept data, else deploy again"
        return Finding(area, BAD, f"it is not there: {said}", mend)
    what = f"{refusal.operation_name} was answered {code}"
    return Finding(area, UNSEEN, what, "let the caller's role read it, and look again")


def examined(deployment: Deployment, now: datetime) -> Iterator[Finding]:
    """Make every check; one that may not look, or cannot, says so and stops no other."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - AWS is asked

    for area, check in checks.ALL.items():
        try:
            yield from check(deployment, now)
        except ClientError as refusal:
            yield _refused(area, refusal)
        except Missing as part:
            yield Finding(area, BAD, f"neither stack has {part}", "deploy: make deploy")
        except dns.Unanswered as fault:
            yield Finding(area, UNSEEN, str(fault), "look again where the DNS can be asked")
        except BotoCoreError as fault:
            yield Finding(area, UNSEEN, type(fault).__name__, "look again when AWS can be reached")
        except (LookupError, TypeError, ValueError) as fault:
            what = f"AWS answered otherwise than the check expects: {fault!r}"
            yield Finding(
                area, UNSEEN, what, "look at it in AWS's console: deploy again if it lacks"
            )
