"""What the OpenAPI document says beside what the handlers' own signatures say."""

from shared.domain.identifiers import CONSENT_ID

WORDS = {
    "400": "The body is not JSON.",
    "401": "No valid credentials.",
    "403": "The credentials, or the consent that is on record, do not allow this.",
    "404": "Nothing is there under that name.",
    "406": "No representation that Accept allows.",
    "409": "This does not fit how things stand; the detail says how they stand.",
    "410": "The link is used up or too old.",
    "412": "Somebody changed it since it was read; the detail says how.",
    "413": "The body is too large.",
    "415": "The body is in none of the media types that are read here.",
    "422": "A field is wrong; errors names each.",
    "429": "Too many requests; Retry-After tells when to come back.",
    "500": "Something failed here.",
    "503": "Busy; the same request may work in a moment.",
}
DONE = {
    200: "How things stand now, or what was asked for.",
    201: "It is stored.",
    202: "It is stored; what follows from it happens in its time.",
}
TABLE = "email,name,job_title\nsam@example.com,Sam Example,Buyer\n"
ALWAYS = ("429", "500", "503")
WITH_BODY = ("400", "413", "415", "422")
WITH_PARAMETER = ("404",)

# Operations that anybody may call, but only with a consent on record.
ASK_CONSENT = ("take_visit",)
HEADERS = {
    "Idempotency-Key": "16 to 128 characters, fresh and random for each thing wanted: a repetition "
    "with the same body gets the first answer again, another body 422.",
    "Sec-GPC": "Global Privacy Control; only the value 1 counts.",
    "If-Match": "The `version` that was seen, in quotes; 412 if somebody acted since.",
    "If-None-Match": "The ETag that is at hand; 304 if it is still the current one.",
}
# The parts of paths, by their names.
PARTS = {
    "action": "What is done with the request, as its own page of actions names it.",
    "breach_id": "The breach, as the answer that recorded it names it.",
    "consent_id": "The browser; who knows it may read and change that browser's choices.",
    "disclosure_id": "The disclosure, as lists name it.",
    "hold_id": "The hold, as the answer that placed it names it.",
    "import_id": "The import, as its report names it.",
    "letter_id": "The letter, as the list of a request's letters names it.",
    "month": "A month, such as 2026-02.",
    "notice_id": "The notice, as the policy names it.",
    "person_id": "The person, by the name that a search at the desk answers with.",
    "record_id": "The record, by the name that it has in the person's view.",
    "request_id": "The request, as the answer that took it names it.",
    "source": "The other system, by its name in the policy.",
    "token": "The signed token of a mailed link.",
    "version": "A published version, such as 2026-10.",
}
# What those must look like whose handlers refuse another form with the reason.
FORMS_OF_PARTS = {
    "consent_id": f"^{CONSENT_ID}$",
    "month": "^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$",
}
# What the operations are called where their handlers' names are no verbs.
OPERATIONS = {
    ("access", "ask"): "createRequest",
    ("access", "ask_for_link"): "requestLinkToRequest",
    ("access", "cancel"): "cancelRequest",
    ("access", "export"): "fetchExport",
    ("access", "read"): "getRequest",
    ("access", "verify"): "verifyRequest",
    ("consent", "capture"): "recordConsent",
    ("consent", "current_policy"): "getCurrentPolicy",
    ("consent", "gpc_support"): "getGpcSupport",
    ("consent", "history"): "listConsentHistory",
    ("consent", "notice"): "getNotice",
    ("consent", "object_to"): "objectToPurposes",
    ("consent", "policy_changes"): "listPolicyChanges",
    ("consent", "policy_version"): "getPolicyVersion",
    ("consent", "proofs"): "listConsentProofs",
    ("consent", "read"): "getConsent",
    ("consent", "receipt"): "getConsentReceipt",
    ("consent", "signing_keys"): "getSigningKeys",
    ("consent", "withdraw"): "withdrawConsent",
    ("contact", "account"): "submitAccountForm",
    ("contact", "contact"): "submitContactForm",
    ("contact", "newsletter"): "submitNewsletterForm",
    ("desk", "change_preferences"): "enterPreferences",
    ("desk", "consent_statistics"): "getConsentStatistics",
    ("desk", "insights"): "getVisitStatistics",
    ("desk", "month_report"): "getMonthReport",
    ("desk", "record_of_processing"): "getRecordOfProcessing",
    ("desk", "today"): "getWorkToday",
    ("preferences", "change"): "changePreferences",
    ("preferences", "link"): "requestPreferencesLink",
    ("preferences", "one_click"): "unsubscribe",
    ("preferences", "permissions"): "checkPermissions",
    ("preferences", "read"): "getPreferences",
    ("preferences", "read_history"): "getPreferencesHistory",
    ("preferences", "session"): "openPreferencesSession",
    ("preferences", "unsubscribe_page"): "showUnsubscribePage",
}
TAGS = {
    "access": "Requests about one's own data: ask, confirm, follow, fetch.",
    "consent": "What a browser agreed to, with evidence, and the policy that it was asked under.",
    "contact": "The website's forms and their confirmations.",
    "desk": "What privacy staff do.",
    "preferences": "A person's choices, and what other back ends may do with an address.",
    "visits": "What a browser that agreed to it tells of a visit.",
}
