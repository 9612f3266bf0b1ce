"""What the OpenAPI document says beside what the handlers' own signatures say."""

WORDS = {
    "400": "The body is not JSON.",
    "401": "No valid credentials.",
    "403": "The credentials, or the consent that is on record, do not allow this.",
    "404": "Nothing is there under that name.",
    "406": "No representation that Accept allows.",
    "409": "This does not fit how things stand; the detail says how they stand.",
    "410": "The link is used up, too old, or replaced.",
    "413": "The body is too large.",
    "415": "The body is in none of the media types that are read here.",
    "422": "A field is wrong; errors names each.",
    "429": "Too many requests; Retry-After tells when to come back.",
    "500": "Something failed here.",
    "503": "Busy; the same request may work in a moment.",
}
ALWAYS = ("429", "500", "503")
WITH_BODY = ("400", "413", "415", "422")
WITH_PARAMETER = ("404", "422")

# Headers and queries that steer an operation, by the handler that reads them.
QUERIES = {
    "read_import": ("limit", "cursor"),
    "import_people": ("source", "obtained_on", "lawful_basis", "purpose"),
    "history": ("cursor",),
    "insights": ("from", "to"),
    "consent_statistics": ("from", "to"),
    "export": ("format",),
    "list_requests": ("status", "limit", "cursor"),
    "read_person": ("email", "at", "cursor", "history_cursor"),
    "list_disclosures": ("email", "person_id", "cursor"),
    "list_audit": ("person", "actor", "action", "from", "to", "limit", "cursor"),
}
HEADERS = {
    "capture": ("Idempotency-Key", "Sec-GPC"),
    "withdraw": ("Idempotency-Key", "Sec-GPC"),
    "contact": ("Idempotency-Key",),
    "newsletter": ("Idempotency-Key",),
    "account": ("Idempotency-Key",),
    "take_visit": ("Idempotency-Key",),
    "ask": ("Idempotency-Key",),
    "import_people": ("Idempotency-Key",),
    "record_breach": ("Idempotency-Key",),
    "place_hold": ("Idempotency-Key",),
    "take_in_request": ("Idempotency-Key",),
    "change_preferences": ("Idempotency-Key",),
    "record_disclosure": ("Idempotency-Key",),
    "current_policy": ("If-None-Match",),
    "policy_version": ("If-None-Match",),
}
# Operations that anybody may call, but only with a consent on record.
ASK_CONSENT = ("take_visit",)
PARAMETER_WORDS = {
    "source": "An id of the policy's sources, for rows as CSV.",
    "obtained_on": "The day on which the source gave the rows, for CSV.",
    "lawful_basis": "Why the data may be kept, for rows as CSV.",
    "purpose": "What the data is for, for rows as CSV.",
    "format": "zip (the default), json, html or csv.",
    "limit": "How many, 1 to 100 (of the audit 1000); 50 if it is left out.",
    "status": "Only requests of this status; all that are open if it is left out.",
    "cursor": "The `next` of the page before.",
    "from": "The first day, such as 2026-02-01; of the audit a moment, 2026-02-01T09:00:00Z.",
    "to": "The last day, such as 2026-02-28, or today; of the audit the moment before which.",
    "email": "Whose: it is in an address here; the search by POST keeps it out of all of them.",
    "at": "A past moment, such as 2026-02-01T09:00:00Z, at which consent is to be seen.",
    "history_cursor": "The `history_next` of the page before.",
    "person_id": "Whose, by the name that the desk gives to a person.",
    "person": "Only what concerned this person_id.",
    "actor": "Only what this member of staff did, by the sign-in's id.",
    "action": "Only this operation, such as read_person.",
    "Idempotency-Key": "Fresh and random for each thing wanted: a repetition with the same "
    "body gets the first answer again, another body 422.",
    "Sec-GPC": "Global Privacy Control; only the value 1 counts.",
    "If-None-Match": "The ETag that is at hand; 304 if it is still the current one.",
}
