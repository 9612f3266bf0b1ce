"""A decision as a consent receipt after ISO/IEC TS 27560, in the terms of the W3C's DPV.

It follows the profiles `receipt` and `record` of the Data Privacy Vocabularies and Controls
Community Group (final report of 15 February 2026, no standard), as JSON-LD: one record, with a
process for each purpose. Only what was observed or published stands in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.consent import Event, choices
from shared.domain.permission import ConsentState, decide
from shared.domain.policy import Policies, in_language
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"
CONTEXT: Mapping[str, str] = {
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "legal-gb": "https://w3id.org/dpv/legal/gb#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    # What proves the record against the ledger is no term of DPV's.
    "ledger": "urn:privacy-ledger:",
    "record_id": "ledger:record_id",
    "pii_principal_id": "ledger:pii_principal_id",
    "digest": "ledger:digest",
}
# Where the tables are: the country of the region that is deployed to.
_COUNTRIES = {"eu-west-1": "IE"}
_ROLES = {"processor": "dpv:DataProcessor", "controller": "dpv:DataController"}
_BASES = {"consent": "dpv:Consent"}
# Any other reason is somebody's no.
_STATES = {
    "granted": "dpv:ConsentGiven",
    "expired": "dpv:ConsentExpired",
    "policy_changed": "dpv:ConsentExpired",
    "never_asked": "dpv:ConsentUnknown",
}


def receipt(
    event: Event,
    people: Sequence[ConsentState],
    policies: Policies,
    storage_region: str,
    now: datetime,
) -> dict[str, Any]:
    """Write the receipt of `event` under the policy that it was made under.

    The states of its purposes are those of the one decision about permission, which `people`,
    those whose browser it is, have a say in. `record_id` is the event's place in the ledger;
    `digest` lets the holder prove later that the ledger still says what it said then.
    `storage_region` is the AWS region of the tables.
    """
    name = f"{event['subject']}/{event['sequence']}"
    controller = policies.controller(now)
    return {
        "@context": dict(CONTEXT),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": f"{PROFILE}receipt",
        "dpv:hasIdentifier": f"{name}/{format_timestamp(now)}",
        "dct:created": format_timestamp(now),
        "dct:publisher": controller["name"],
        "record_id": name,
        "pii_principal_id": event["subject"],
        "digest": event["digest"],
        "dpv:hasRecordOfActivity": {
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": f"{PROFILE}record",
            # The report's table has one, its text the other.
            "dpv:hasIdentifier": name,
            "dct:identifier": name,
            "dct:created": event["decided_at"],
            "dct:language": event["notice"]["language"],
            "dpv:hasDataSubject": {"dpv:hasIdentifier": event["subject"]},
            "dpv:hasEntity": [_controller(controller)],
            "dpv:hasNotice": _notice(event, controller),
            "dpv:hasProcess": list(_processes(event, people, policies, storage_region, now)),
        },
    }


def _controller(controller: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": controller["url"],
        "dpv:hasName": controller["name"],
        "dpv:hasCountry": f"loc:{controller['country']}",
        "schema:address": {
            "@type": "schema:PostalAddress",
            "schema:streetAddress": controller["postal_address"],
        },
        "schema:contactPoint": {
            "@type": "schema:ContactPoint",
            "schema:email": controller["email"],
            "schema:url": controller["url"],
        },
    }


def _notice(event: Event, controller: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentNotice",
        "dpv:hasIdentifier": event["notice"]["id"],
        "dct:isPartOf": f"{controller['url']}/privacy",
        "dct:hasVersion": event["policy_version"],
        "dct:language": event["notice"]["language"],
        "dct:date": event["decided_at"],
        "ledger:sha256": event["notice"]["sha256"],
    }


def _processes(
    event: Event,
    people: Sequence[ConsentState],
    policies: Policies,
    region: str,
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """Yield a process for each purpose of the event, in the words that were shown."""
    document = policies.document(event["policy_version"], now)
    states = (ConsentState(event), *people)
    for item in document["purposes"]:
        if item["id"] in event["choices"]:
            shown = in_language(item, event["notice"]["language"])
            yield {
                **_process(shown, document, policies.controller(now), region),
                "dpv:hasConsentStatus": _status(item["id"], event, states, policies, now),
            }


def _process(
    purpose: Mapping[str, Any],
    document: Mapping[str, Any],
    controller: Mapping[str, Any],
    region: str,
) -> dict[str, Any]:
    country = controller["country"]
    law = "legal-gb:law-GDPR" if country == "GB" else "legal-eu:law-GDPR"
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dpv:hasIdentifier": purpose["id"],
            "dct:title": purpose["title"],
            "dct:description": purpose["text"],
            "ledger:sha256": purpose["sha256"],
        },
        "dpv:hasLegalBasis": _BASES.get(purpose["lawful_basis"], purpose["lawful_basis"]),
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "dct:title": kind} for kind in purpose["data"]
        ],
        "dpv:hasDataController": controller["url"],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": _place(region)},
            *_durations(purpose, document),
        ],
        "dpv:hasRecipient": [
            {
                "@type": ["dpv:Recipient", _ROLES[one["role"]]],
                "dpv:hasName": one["name"],
                "dpv:hasLocation": f"loc:{one['location']}",
            }
            for one in document["recipients"]
            if purpose["id"] in one["purposes"]
        ],
        "dpv:hasJurisdiction": f"loc:{country}",
        "dpv:hasApplicableLaw": law,
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": controller["url"],
            "dct:description": (
                "Change your choices on the website at any time; this is as easy as it was to "
                f"give them. You can also write to {controller['email']} or "
                f"{controller['postal_address']}."
            ),
        },
        "dpv:hasRight": [
            {
                "@type": "dpv:DataSubjectRight",
                "dpv:hasIdentifier": right["id"],
                "dct:title": right["title"],
                "dpv:isExercisedAt": controller["url"],
            }
            for right in document["rights"]["rights"]
        ],
    }


def _place(region: str) -> str:
    return f"loc:{_COUNTRIES[region]}" if region in _COUNTRIES else region


def _durations(purpose: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell how long what the purpose brings about is kept, and the evidence of its consent."""
    for kind in document["retention"]:
        if kind.get("ends_with") == purpose["id"] or kind["id"] == RecordClass.CONSENT_EVIDENCE:
            yield {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": kind["keep"],
                "dct:title": kind["title"],
            }


def _status(
    name: str,
    event: Event,
    states: Sequence[ConsentState],
    policies: Policies,
    now: datetime,
) -> dict[str, Any]:
    """Tell since when one purpose stands as it does, how it came about, and for how long."""
    purpose = policies.versions[event["policy_version"]].purposes[name]
    made = choices(event).get(name)
    state = _STATES.get(decide(purpose, states, policies, now).reason, _no(name, event))
    return {
        "@type": [state, "dpv:ExpressedConsent"] if made and made.granted else [state],
        "dpv:isIndicatedBy": "dpv:DataController" if _by_staff(event) else "dpv:DataSubject",
        "dpv:hasIndicationMethod": f"{event['method']} on {event['property']}",
        "dpv:isIndicatedAtTime": made.since if made else event["decided_at"],
        "dct:valid": f"P{purpose.lifetime_days}D",
    }


def _by_staff(event: Event) -> bool:
    """Tell whether staff noted it, for somebody who wrote; a call is confirmed by a press."""
    return event["method"] == "staff" and event["ip"] is None


def _no(name: str, event: Event) -> str:
    was_granted = (event["previous_choices"] or {}).get(name, False)
    withdrawn = event["kind"] == "withdrawal" or was_granted or event["choices"][name]
    return "dpv:ConsentWithdrawn" if withdrawn else "dpv:ConsentRefused"
