"""What records, decisions and requests call their data, and what they say in names of ours.

A copy of somebody's data shows them in words (`fulfilment/access_copy/formatting.py`); each
language has words for every one. A copy with a little of everything holds no other
(`tests/functions/test_export.py`).
"""

from typing import get_args

from shared.domain import consent, disclosure, person_fields
from shared.domain.request_actions import ACTIONS, STATUSES
from shared.domain.request_types import ROWS
from shared.storage import records

_DECLARED = (consent.Event, consent.NoticeReference, consent.SignUp, records.Provenance)

# Names of data, as they are stored, beside those that are declared.
_NAMES = """
acknowledged action after agent amount answered answers_to asked asks authority because before
begun by calculation change changes channel classes closed_accounts closed_at confirmed
confirmed_ip conflicts content corrections country currency decision decisions deferral_begun
deferral_done deferred_at deferred_erased details device_type disclosed_at disclosures due ends
engaged_ms entry erased exit extension failed fee_amount fee_asked fee_asked_on fee_calculation
fee_currency fee_ground fee_paid fee_reason fee_waived field fields former_person ground held
identified identified_by import kept kept_because late lawful_basis left lifted lifted_at lifting
lines location made_at_once made_by_person mail mail_refused mail_withheld mails new_person note
obtained_on on opt_out outcome pages pauses permitted_use places postcode posted progress proved
provenance purpose purposes reason received received_on recipient recipient_email recipient_name
records redacted reduced reference released request request_id result review row safeguard
second_look_at signed_up_at since source sources status suppressed_since target tell theme
timeline told type typed_unverified until url value version whose_decision_it_is withheld
"""
# Values of data that are names of ours, too: of doors, methods, grounds, forms.
_CODES = """
accept_all accepted account account_form accuracy accurate added agent another_website archiving
call_back choose claims compelling_grounds complex confidential_reference conflicting
contact_form cookie_banner crime_or_taxation desk desktop document_seen done email expression
form gpc in_person known_address legal_privilege letter manifestly_excessive
manifestly_unfounded merged mobile negotiations newsletter_form no_ground
not_consent_or_contract not_upheld number one_click other partly partly_upheld phone
phone_script post preference_centre privacy_pages program public_health public_interest
reject_all request_form rights_of_others session social_media source staff stated system tablet
undoubted unlawful unsubscribe upheld web you
"""

NAMES = frozenset(_NAMES.split()).union(
    person_fields.ROWS, *(declared.__annotations__ for declared in _DECLARED)
)
CODES = frozenset(_CODES.split()).union(
    STATUSES, ACTIONS, ROWS, get_args(consent.Kind), get_args(disclosure.Change)
)
