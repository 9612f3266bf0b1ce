"""What somebody can ask of the company, one row a type: what the law allows and what follows.

Mails, models, the desk, workers and tests read these rows; the clock of each type is in
`regime.py`. Grounds are ids with the words that the person reads. Sources: UK GDPR Art. 12, 15
to 21; Data Protection Act 2018 s.164A (complaints) and Sch. 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class RequestType(StrEnum):
    """The types of request."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    COMPLAINT = "complaint"


TYPES = tuple(map(str, RequestType))

# Who carries a request out once nothing stands in its way.
Worker = Literal["system", "staff"]
# What those are told to whom data was passed on (UK GDPR Art. 19).
RecipientNotice = Literal["corrected", "erased", "restricted"]

Grounds = Mapping[str, str]

# For a refusal whose reason says it all; the reason is told in any case.
STATED = "stated"
_AS_STATED: Grounds = {STATED: "for the reason that we give below"}
_ABUSE: Grounds = {
    "manifestly_unfounded": "the request is manifestly unfounded (UK GDPR Art. 12(5))",
    "manifestly_excessive": "the request is manifestly excessive (UK GDPR Art. 12(5))",
}
_OTHERS: Grounds = {
    "rights_of_others": "it would harm the rights of others (UK GDPR Art. 15(4) and 20(4))"
}

FEE_GROUNDS: Grounds = _ABUSE
EXTENSION_GROUNDS: Grounds = {
    "complex": "the request is complex",
    "number": "you have made a number of requests",
    **_AS_STATED,
}
# What part of a copy may be withheld for (UK GDPR Art. 15(4), Data Protection Act 2018 Sch. 2).
REDACTION_GROUNDS: Grounds = {
    "rights_of_others": "it is about somebody else, too (UK GDPR Art. 15(4), Sch. 2 para. 16)",
    "confidential_reference": "it is a reference given in confidence (Sch. 2 para. 24)",
    "legal_privilege": "it is legally privileged (Sch. 2 para. 19)",
    "crime_or_taxation": "it would hinder work against crime or on tax (Sch. 2 para. 2)",
    "negotiations": "it would harm negotiations with you (Sch. 2 para. 23)",
}
# Why use is restricted (UK GDPR Art. 18(1)).
RESTRICTION_GROUNDS: Grounds = {
    "accuracy": "you contest that the data is right, while we look into it (Art. 18(1)(a))",
    "unlawful": "the use is unlawful and you want the data kept (Art. 18(1)(b))",
    "claims": "you need the data for a legal claim (Art. 18(1)(c))",
    "objection": "you objected, while we weigh it (Art. 18(1)(d))",
}
# Grounds for which the data has to be there for as long as the restriction is.
KEPT_FOR = frozenset({"unlawful", "claims"})


@dataclass(frozen=True, slots=True)
class TypeRow:
    """What holds for one type.

    `words` follow "your request for". `worker` carries it out. `copy`: its answer is a copy of
    data; `reviewed`: staff look at what others wrote in it first. `identity`: nothing is done
    before it is shown who asks. `fee`: one can be asked (Art. 12(5)). `refusals`: the grounds on
    which it can be refused; none: it never is. `lapses`: it is closed where nobody answers us.
    `corrections`: it says which fields are wrong. `at_once`: in force in the permission decision
    with the step that shows who asks. `on_receipt`: the purposes of marketing are objected to as
    soon as it comes (Art. 21(2) and (3)). `recipients`: what recipients are told.
    """

    words: str
    worker: Worker
    copy: bool = False
    reviewed: bool = False
    identity: bool = True
    fee: bool = True
    refusals: Grounds = field(default_factory=dict)
    lapses: bool = True
    corrections: bool = False
    at_once: bool = False
    on_receipt: bool = False
    recipients: RecipientNotice | None = None
    grounds: Grounds = field(default_factory=dict)


ROWS: Mapping[str, TypeRow] = {
    RequestType.ACCESS: TypeRow(
        "a copy of your data",
        worker="system",
        copy=True,
        reviewed=True,
        refusals={**_ABUSE, **_OTHERS, **_AS_STATED},
    ),
    RequestType.PORTABILITY: TypeRow(
        "your data to take with you",
        worker="system",
        copy=True,
        refusals={
            **_ABUSE,
            "not_consent_or_contract": "the data does not rest on consent or contract (Art. 20(1))",
            **_OTHERS,
            **_AS_STATED,
        },
    ),
    RequestType.RECTIFICATION: TypeRow(
        "a correction of your data",
        worker="staff",
        corrections=True,
        refusals={**_ABUSE, "accurate": "our records are right", **_AS_STATED},
        recipients="corrected",
    ),
    RequestType.ERASURE: TypeRow(
        "the erasure of your data",
        worker="system",
        refusals={
            **_ABUSE,
            "expression": "freedom of expression and information (Art. 17(3)(a))",
            "legal_obligation": "a law makes us keep it (Art. 17(3)(b))",
            "public_health": "public health (Art. 17(3)(c))",
            "archiving": "archiving, research or statistics (Art. 17(3)(d))",
            "claims": "it is needed for a legal claim (Art. 17(3)(e))",
            **_AS_STATED,
        },
        recipients="erased",
    ),
    RequestType.RESTRICTION: TypeRow(
        "a restriction of the use of your data",
        worker="system",
        refusals={
            **_ABUSE,
            "no_ground": "none of the grounds of Art. 18(1) is met",
            **_AS_STATED,
        },
        at_once=True,
        recipients="restricted",
        grounds=RESTRICTION_GROUNDS,
    ),
    RequestType.OBJECTION: TypeRow(
        "an end to uses of your data",
        worker="system",
        fee=False,
        lapses=False,
        at_once=True,
        on_receipt=True,
    ),
    RequestType.COMPLAINT: TypeRow(
        "an answer to your complaint",
        worker="staff",
        identity=False,
        fee=False,
        lapses=False,
    ),
}


def row(request_type: str) -> TypeRow:
    """Give the row of a type."""
    return ROWS[request_type]


def chosen_ground(grounds: Grounds, given: str | None, reason: str) -> str:
    """Give the ground that is recorded: the one named, or the one that the reason speaks of.

    A reason such as "It is manifestly excessive." names its ground itself. Where neither says, the
    ground is the reason as it stands, if the row allows that.

    Raises:
        ValueError: the ground is none of the list, or none is named and one has to be.
    """
    if given is not None:
        if given not in grounds:
            raise ValueError(f"must be one of {', '.join(grounds)}")
        return given
    said = reason.lower()
    meant = [name for name in grounds if name.replace("_", " ") in said]
    if not meant and STATED not in grounds:
        meant = [name for name in grounds if name.rpartition("_")[2] in said]
    if len(meant) == 1:
        return meant[0]
    if STATED in grounds:
        return STATED
    raise ValueError(f"is required: one of {', '.join(grounds)}")
