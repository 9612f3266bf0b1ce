"""A decision as a consent record after ISO/IEC TS 27560:2023, for people and for machines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.consent import Event, choices
from shared.domain.permission import ConsentState, decide
from shared.domain.policy import Policies
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
CONTROLLER = "controller"


def receipt(
    event: Event,
    people: Sequence[ConsentState],
    policies: Policies,
    storage_region: str,
    now: datetime,
) -> dict[str, Any]:
    """Write the record of `event` under the policy that it was made under.

    The states of its purposes are those of the one decision about permission, which `people`,
    those whose browser it is, have a say in. `record_id` is the event's place in the ledger;
    `digest` lets the holder prove later that
    the ledger still says what it said then. `storage_region` is the AWS region of the tables.
    """
    policy = policies.versions[event["policy_version"]]
    document = policies.document(policy.version, now)
    states = (ConsentState(event), *people)
    return {
        "schema_version": SCHEMA_VERSION,
        "record_id": f"{event['subject']}/{event['sequence']}",
        "pii_principal_id": event["subject"],
        "issued_at": format_timestamp(now),
        "digest": event["digest"],
        "privacy_notice": {
            "id": event["notice"]["id"],
            "sha256": event["notice"]["sha256"],
            "policy_version": policy.version,
            "url": f"{document['controller']['url']}/privacy",
        },
        "language": event["notice"]["language"],
        "purposes": [
            _purpose(item, event, document, storage_region)
            for item in document["purposes"]
            if item["id"] in event["choices"]
        ],
        "party_identification": [_controller(document["controller"])],
        "events": [
            _event(name, event, states, policies, now)
            for name in event["choices"]
            if name in policy.purposes
        ],
    }


def _purpose(
    purpose: Mapping[str, Any], event: Event, document: Mapping[str, Any], region: str
) -> dict[str, Any]:
    controller = document["controller"]
    recipients = [one for one in document["recipients"] if purpose["id"] in one["purposes"]]
    return {
        "purpose_id": purpose["id"],
        "purpose": purpose["title"],
        "purpose_description": purpose["text"],
        "lawful_basis": purpose["lawful_basis"],
        "granted": event["choices"][purpose["id"]],
        "pii_information": [
            {"pii_type": kind, "pii_optional": True, "sensitive_pii_category": False}
            for kind in purpose["data"]
        ],
        "pii_controllers": [CONTROLLER],
        "collection_method": f"{event['method']} on {event['property']}",
        "storage_locations": [region],
        "processing_locations": sorted({region, *(one["location"] for one in recipients)}),
        "retention_period": f"P{purpose['lifetime_days']}D",
        "record_retention_period": _kept(document),
        "jurisdiction": controller["country"],
        "recipient_third_parties": [
            {"name": recipient["name"], "location": recipient["location"]}
            for recipient in recipients
        ],
        "withdrawal_method": (
            "Change your choices on the website at any time; this is as easy as it was to give "
            f"them. You can also write to {controller['email']} or {controller['postal_address']}."
        ),
        "privacy_rights": [right["title"] for right in document["rights"]["rights"]],
    }


def _kept(document: Mapping[str, Any]) -> str:
    return next(
        str(kind["keep"])
        for kind in document["retention"]
        if kind["id"] == RecordClass.CONSENT_EVIDENCE
    )


def _controller(controller: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "party_id": CONTROLLER,
        "party_role": "PII controller",
        "party_name": controller["name"],
        "party_address": controller["postal_address"],
        "party_email": controller["email"],
        "party_url": controller["url"],
        "party_country": controller["country"],
    }


def _event(
    name: str,
    event: Event,
    states: Sequence[ConsentState],
    policies: Policies,
    now: datetime,
) -> dict[str, Any]:
    """Tell since when one purpose stands as it does, and for how long."""
    purpose = policies.versions[event["policy_version"]].purposes[name]
    made = choices(event).get(name)
    return {
        "purpose_id": name,
        "event_time": made.since if made else event["decided_at"],
        "validity_duration": f"P{purpose.lifetime_days}D",
        "entity_id": event["subject"],
        "event_type": "explicit" if made else "default",
        "event_state": _STATES.get(decide(purpose, states, policies, now).reason, _no(name, event)),
    }


# Any other reason is somebody's no.
_STATES = {
    "granted": "consent given",
    "expired": "consent expired",
    "policy_changed": "consent expired",
    "never_asked": "consent not requested",
}


def _no(name: str, event: Event) -> str:
    was_granted = (event["previous_choices"] or {}).get(name, False)
    withdrawn = event["kind"] == "withdrawal" or was_granted or event["choices"][name]
    return "consent withdrawn" if withdrawn else "consent refused"
