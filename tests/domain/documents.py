"""Small policy documents for tests of decisions: three consent purposes, two that need none."""

from typing import Any

from shared.domain.policy import Policies, Policy, read

# What a browser decides; everything else is a person's, who may have browsers object to some.
BROWSERS = ("strictly_necessary", "analytics", "advertising", "personalisation")
OBJECTING = ("statistics",)
GPC = ("advertising", "third_party_promotions", "third_party_sharing")
MARKETING = ("direct_marketing", "third_party_promotions", "third_party_sharing", "publicity")


def purpose(name: str, basis: str = "consent", days: int = 182, words: str = "") -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "text": words,
        "lawful_basis": basis,
        "subject": "browser" if name in BROWSERS else "person",
        "browser_may_object": name in OBJECTING,
        "gpc": name in GPC,
        "marketing": name in MARKETING,
        "signals": {"google": ["ad_storage"]} if name == "advertising" else {},
        "cookie": name in (*BROWSERS, *OBJECTING),
        "required": basis != "consent" and name not in ("improvement", "statistics"),
        "lifetime_days": days if basis == "consent" else None,
        "data": ["device"],
        "sha256": f"sha256 of {name} {words}",
    }


CONSENT = (
    purpose("analytics"),
    purpose("advertising"),
    purpose("personalisation"),
    purpose("direct_marketing", days=730),
    purpose("third_party_promotions", days=730),
    purpose("third_party_sharing", days=730),
    purpose("publicity", days=730),
)
OTHERS = (
    purpose("strictly_necessary", "legitimate_interests"),
    purpose("improvement", "legitimate_interests"),
)


def document(
    version: str = "2023-06",
    revised: str = "2023-06-01",
    purposes: tuple[dict[str, Any], ...] = CONSENT + OTHERS,
) -> dict[str, Any]:
    consents = [item["id"] for item in purposes if item["lawful_basis"] == "consent"]
    return {
        "version": version,
        "effective": "2016-09-01",
        "revised": revised,
        "language": "en-GB",
        "controller": {
            "name": "Example",
            "postal_address": "1 Example Street",
            "email": "privacy@example.com",
            "url": "https://www.example.com",
            "country": "GB",
        },
        "purposes": list(purposes),
        "notices": [
            {"id": "cookie_banner", "sha256": "b" * 64, "text": "Words.", "asks": consents},
            {"id": "newsletter_form", "sha256": "n" * 64, "asks": ["direct_marketing"]},
            {"id": "preference_centre", "sha256": "p" * 64, "text": "Words.", "asks": consents},
        ],
        "recipients": [
            {"id": "host", "name": "Host", "location": "IE", "purposes": consents},
        ],
        "rights": {"rights": [{"id": "access", "title": "Access"}]},
        "retention": [
            {"id": "consent_evidence", "keep": "P6Y"},
            {"id": "visit", "keep": "P90D", "ends_with": "analytics"},
            {"id": "visit_statistics", "keep": "P26M", "rests_on": "statistics"},
        ],
    }


def policies(*documents: dict[str, Any]) -> Policies:
    read_all = [read(item) for item in documents or (document(),)]
    return Policies({policy.version: policy for policy in read_all})


def policy(**changes: Any) -> Policy:
    return read(document(**changes))
