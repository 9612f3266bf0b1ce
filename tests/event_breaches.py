"""Making the breach or the import that a sample event names, in the state that it is for."""

import secrets as randomness
from typing import Any

from tests.support import call

EXAMPLES = ("b_agobq3roqaaaaaaaaaaaaaaaaa", "i_aaaaaaaaaaaaaaaaaaaaaaaaaa")


def wanted(text: str) -> bool:
    """Tell whether an event names one of the examples."""
    return any(example in text for example in EXAMPLES)


def filled_in(operation: str, text: str) -> str:
    """Return the event with a real breach and a real import in place of the example's."""
    breach, brought = EXAMPLES
    if brought in text:
        return text.replace(brought, _import())
    return text.replace(breach, _breach(operation))


def _import() -> str:
    about = {"source": "public_resources", "obtained_on": "2026-01-20"}
    rows = [{"email": f"{randomness.token_hex(6)}@example.com"}]
    body = {**about, "lawful_basis": "legitimate_interests", "rows": rows}
    return str(call("desk", "POST", "/v1/desk/imports", body, staff="support").json["import_id"])


def _breach(operation: str) -> str:
    found = {
        "title": "A list went astray",
        "facts": "It was attached to a mail.",
        "severity": "low",
        "discovered_at": "2026-02-01T08:00:00Z",
        "classes": ["enquiry"],
        "from": "1985-01-01T00:00:00Z",
        "to": "1985-01-02T00:00:00Z",
    }
    name = str(_call(found)["breach_id"])
    if operation in ("report_breach", "notify_people", "close_breach"):
        tells = operation != "close_breach"
        decision = {"notify_authority": tells, "notify_people": tells, "reason": "It may matter."}
        _call(decision, {"breach_id": name})
    return name


def _call(body: Any, names: Any = None) -> Any:
    resource = "/v1/desk/breaches" + ("/{breach_id}/decision" if names else "")
    return call("desk", "POST", resource, body, path=names, staff="privacy_officer").json
