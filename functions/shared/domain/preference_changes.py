"""From choices to a ledger decision: consents granted or refused, other uses objected to.

The same for somebody in the preference centre and for staff who act on a letter (S14, S48).
"""

from collections.abc import Mapping
from datetime import datetime

from shared.domain import choice_validation, consent
from shared.domain.consent import Decision, Evidence
from shared.domain.policy import Notice, Policy


def decision(
    subject: str,
    choices: Mapping[str, bool],
    evidence: Evidence,
    words: tuple[Policy, Notice],
    at: datetime,
) -> Decision:
    """Make the decision that `choices` are, under the notice that they were made by.

    Refusing what does not rest on consent, where the policy lets one, is an objection
    (Art. 21); allowing it again lifts the objection. What the browser's signal turns off is
    refused, unless the evidence says that it was overridden. What is so already is no decision.

    Raises:
        Invalid: an unknown purpose, one that nobody can refuse, or a grant that the notice does
            not ask for.
    """
    policy, notice = words
    objectable = {name: on for name, on in choices.items() if name in policy.objectable_purposes}
    asked = {name: on for name, on in choices.items() if name not in objectable}
    if asked:
        choice_validation.check(subject, policy, notice, asked, evidence)
    heard = choice_validation.heard(subject, policy, asked, evidence, None)
    objects = [name for name, on in objectable.items() if not on]
    return Decision(
        subject=subject,
        kind="objection" if objects else "decision",
        choices={**heard.choices, **{name: True for name, on in objectable.items() if on}},
        evidence=evidence,
        policy=policy,
        notice=consent.words(notice, evidence["language"]),
        at=at,
        objects=objects,
        turned_off=heard.turned_off,
        unless_so=True,
    )
