"""The record of processing activities (UK GDPR Art. 30(1)), made from what is declared.

Each purpose of the policy in force is an activity: whose data, which, on what basis, who receives
it where under which safeguard. Beside it stands what lives: how much of each class is stored, how
old the oldest is, what the last run of retention saw. Where the two disagree, or something that
the law wants shown is not there, it is a finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shared.domain import policy
from shared.domain.consent_signals import HARMLESS

# A look at a recipient's terms that is older than this is due again.
_CHECKED_YEARLY = timedelta(days=366)
# A run is daily; after this long without one something is wrong.
_RUN_WITHIN = timedelta(days=2)
# Years after which a period is no plan any more, and is looked at yearly.
_FOR_LONG = 10
_NUMBERS = {
    "registered_name": "registered name",
    "company_number": "company number",
    "ico_registration": "registration with the regulator (data protection fee)",
    "data_protection_officer": 'data protection officer, or "none"',
    "eu_representative": 'representative in the European Union, or "none"',
}


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest finished run of retention: its day, and how many of each class were overdue."""

    on: date
    overdue: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a class: how much, since when the oldest, the latest day that is due.

    Unless `complete`, there may be more: not all was counted in time, or some of it lies where only
    a table's time to live looks.
    """

    count: int
    oldest: date | None = None
    due: date | None = None
    complete: bool = True


def record(
    document: Mapping[str, Any],
    region: str,
    run: LastRun | None,
    on: date,
    stored: Mapping[str, Stored],
) -> dict[str, Any]:
    """Write the record as of a day, with its findings.

    `document` is the policy in force with its controller; `region` is where the tables are,
    `stored` what is in them by class.
    """
    return {
        "as_of": on.isoformat(),
        "policy_version": document["version"],
        "controller": document["controller"],
        "activities": [_activity(item, document, stored) for item in document["purposes"]],
        "classes": [_kept(item, run, stored) for item in document["retention"]],
        "recipients": list(document["recipients"]),
        "sources": list(document["sources"]),
        "security": [
            "encrypted at rest by keys of our own and in transit (TLS)",
            "access by role; each look of staff is noted",
            "decisions are append-only and hash-chained; deletion has a report",
        ],
        "stored_in": region,
        "last_retention_run": run.on.isoformat() if run else None,
        "findings": [*findings(document, run, on), *differences(document, stored)],
    }


def findings(document: Mapping[str, Any], run: LastRun | None, on: date) -> Iterator[str]:
    """Tell what is missing or contradicts, each in one sentence."""
    yield from undeclared(document, on)
    if run is None:
        yield "Retention has never finished a run."
        return
    if on - run.on > _RUN_WITHIN:
        yield f"Retention last finished a run on {run.on.isoformat()}."
    titles = {item["id"]: item["title"] for item in document["retention"]}
    for name, count in sorted(run.overdue.items()):
        if count:
            yield f"{titles.get(name, name)}: {count} were overdue at the last run of retention."


def undeclared(document: Mapping[str, Any], on: date) -> Iterator[str]:
    """Tell what a policy and its company would have to show and do not, each in one sentence."""
    controller = document["controller"]
    for key, name in _NUMBERS.items():
        if not controller.get(key):
            yield f"The company's {name} is not known: say it in company.json."
    for purpose in document["purposes"]:
        yield from _of_purpose(purpose, on)
    for recipient in document["recipients"]:
        yield from _of_recipient(recipient, on)
    for item in document["retention"]:
        yield from _of_class(item, on)


def differences(document: Mapping[str, Any], stored: Mapping[str, Stored]) -> Iterator[str]:
    """Tell where what is stored is not what is declared, each in one sentence."""
    declared = {item["id"]: item["title"] for item in document["retention"]}
    for name, found in sorted(stored.items()):
        if name not in declared:
            if found.count:
                yield f"{found.count} of class {name} are stored, which the policy does not name."
            continue
        # A day's run may be under way or missed once; what a hold keeps is older, too.
        if found.oldest and found.due and found.oldest < found.due - _RUN_WITHIN:
            yield (
                f"{declared[name]}: the oldest is of {found.oldest.isoformat()}, and what is of "
                f"{found.due.isoformat()} or earlier is due; a hold keeps it, or nobody deleted it."
            )


def lines(made: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the activities one to a line, as a table has them."""
    for activity in made["activities"]:
        yield {
            **activity,
            "data": "; ".join(activity["data"]),
            "recipients": "; ".join(_told(item) for item in activity["recipients"]),
            "kept": "; ".join(map(_how_long, activity["kept"])),
        }


def _how_long(item: Mapping[str, Any]) -> str:
    count = "" if item["stored"] is None else f" ({counted(item)} stored)"
    return f"{item['title']}: {item['keep']}{count}"


def counted(item: Mapping[str, Any]) -> str:
    """Say how much of a class is stored; what was not all counted is more than was."""
    if item["stored"] is None:
        return ""
    return f"{item['stored']}{'' if item['counted_all'] else ' or more'}"


def _told(recipient: Mapping[str, Any]) -> str:
    guarded = f", {recipient['safeguard']}" if recipient["safeguard"] else ""
    return f"{recipient['name']} ({recipient['role']}, {recipient['location']}{guarded})"


def _activity(
    purpose: Mapping[str, Any], document: Mapping[str, Any], stored: Mapping[str, Stored]
) -> dict[str, Any]:
    name = purpose["id"]
    return {
        "purpose": name,
        "title": purpose["title"],
        "lawful_basis": purpose["lawful_basis"],
        "stands_on": _stands_on(purpose),
        "people": "visitors" if policy.purpose(purpose).of_a_browser else "customers and enquirers",
        "data": list(purpose["data"]),
        "recipients": [
            {key: item.get(key) for key in ("id", "name", "role", "location", "safeguard")}
            for item in document["recipients"]
            if name in item["purposes"]
        ],
        "kept": [
            {
                "id": item["id"],
                "title": item["title"],
                "keep": item["keep"],
                **_count(stored.get(item["id"])),
            }
            for item in document["retention"]
            if name in (item.get("provided_for"), item.get("ends_with"), item.get("rests_on"))
        ],
    }


def _stands_on(purpose: Mapping[str, Any]) -> str | None:
    assessment = purpose.get("assessment")
    if assessment:
        return f"{assessment['purpose']} {assessment['necessity']} {assessment['balance']}"
    law: str | None = purpose.get("law")
    return law


def _kept(
    item: Mapping[str, Any], run: LastRun | None, stored: Mapping[str, Stored]
) -> dict[str, Any]:
    wanted = ("id", "title", "keep", "starts", "why", "personal", "survives_erasure", "ground")
    found = stored.get(item["id"])
    return {
        **{key: item.get(key) for key in wanted},
        **_count(found),
        "oldest": found.oldest.isoformat() if found and found.oldest else None,
        "overdue": run.overdue.get(item["id"], 0) if run else None,
    }


def _count(found: Stored | None) -> dict[str, Any]:
    return {
        "stored": found.count if found else None,
        "counted_all": found.complete if found else None,
    }


def _of_purpose(purpose: Mapping[str, Any], on: date) -> Iterator[str]:
    name, assessment = f"“{purpose['title']}”", purpose.get("assessment")
    tags = {kind for kinds in purpose["signals"].values() for kind in kinds} - HARMLESS
    if tags and not purpose.get("impact_assessment"):
        yield f"No impact assessment (Art. 35) is noted for {name}, where others' tags take part."
    if purpose["lawful_basis"] != "legitimate_interests":
        return
    if not assessment:
        yield f"The interest behind {name} has no assessment."
    elif not assessment.get("decided_on"):
        yield f"The assessment of {name} is a proposal that nobody has decided."
    elif date.fromisoformat(assessment["review_by"]) < on:
        yield f"The assessment of {name} was to be reviewed by {assessment['review_by']}."


def _of_class(item: Mapping[str, Any], on: date) -> Iterator[str]:
    """Ask for a look at what is kept for longer than anybody plans (Art. 5(1)(e))."""
    years = item["keep"].removeprefix("P").removesuffix("Y")
    if not years.isdigit() or int(years) < _FOR_LONG:
        return
    reviewed = item.get("reviewed_on")
    if reviewed is None or on - date.fromisoformat(reviewed) > _CHECKED_YEARLY:
        yield (
            f"{item['title']}: kept for {years} years, and whether it still has to be was not "
            "looked at within a year."
        )


def _of_recipient(recipient: Mapping[str, Any], on: date) -> Iterator[str]:
    name = recipient["name"]
    if recipient["role"] == "processor" and not recipient.get("contract_on"):
        yield f"No day of a processor's contract (Art. 28) is noted for {name}."
    checked = recipient.get("checked_on")
    if recipient.get("safeguard") and (
        checked is None or on - date.fromisoformat(checked) > _CHECKED_YEARLY
    ):
        yield f"The safeguard of {name} was not checked within a year."


COLUMNS: Sequence[str] = (
    "purpose",
    "title",
    "lawful_basis",
    "stands_on",
    "people",
    "data",
    "recipients",
    "kept",
)
