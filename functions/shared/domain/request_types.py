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

# Before what it has to be shown who asks: before anything; before the rest of what is asked, as
# the first part is in force on receipt; or before nothing, and the clock runs from receipt.
Identity = Literal["anything", "the_rest", "nothing"]
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
# Why an answer may take longer (UK GDPR Art. 12A(3)).
EXTENSION_GROUNDS: Grounds = {
    "complex": "the request is complex",
    "number": "you have made a number of requests",
    **_AS_STATED,
}
# Why an erasure may leave something (UK GDPR Art. 17(3)).
_KEPT: Grounds = {
    "expression": "freedom of expression and information (Art. 17(3)(a))",
    "legal_obligation": "a law makes us keep it (Art. 17(3)(b))",
    "public_health": "public health (Art. 17(3)(c))",
    "archiving": "archiving, research or statistics (Art. 17(3)(d))",
    "claims": "it is needed for a legal claim (Art. 17(3)(e))",
}
# Why a use that was objected to may go on (UK GDPR Art. 21(1)); marketing never does.
_GOES_ON: Grounds = {
    "compelling_grounds": "our reasons for it outweigh yours (Art. 21(1))",
    "claims": "it is needed for a legal claim (Art. 21(1))",
}
# What part of a copy may be withheld for (UK GDPR Art. 15(4), Data Protection Act 2018 Sch. 2).
REDACTION_GROUNDS: Grounds = {
    "rights_of_others": "it is about somebody else, too (UK GDPR Art. 15(4), Sch. 2 para. 16)",
    "confidential_reference": "it is a reference given in confidence (Sch. 2 para. 24)",
    "legal_privilege": "it is legally privileged (Sch. 2 para. 19)",
    "crime_or_taxation": "it would hinder work against crime or on tax (Sch. 2 para. 2)",
    "negotiations": "it would harm negotiations with you (Sch. 2 para. 23)",
}
# What a copy withholds by itself, and staff are not asked about.
UNPROVEN = "unproven"
WITHHOLDING_GROUNDS: Grounds = {
    **REDACTION_GROUNDS,
    UNPROVEN: (
        "anybody may have typed it with your address, so that it may be about somebody else (UK "
        "GDPR Art. 12(6) and 15(4)); if it was you, tell us what you wrote, or its reference, and "
        "we send it"
    ),
}
# Why use is restricted (UK GDPR Art. 18(1)).
RESTRICTION_GROUNDS: Grounds = {
    "accuracy": "you contest that the data is right, while we look into it (Art. 18(1)(a))",
    "unlawful": "the use is unlawful and you want the data kept (Art. 18(1)(b))",
    "claims": "you need the data for a legal claim (Art. 18(1)(c))",
    "objection": "you objected, while we weigh it (Art. 18(1)(d))",
}
# What data may be used for while its use is restricted, beside storing it (UK GDPR Art. 18(2)).
PERMITTED_USES: Grounds = {
    "consent": "you consented to it (Art. 18(2))",
    "claims": "it is for a legal claim (Art. 18(2))",
    "rights_of_others": "it protects the rights of somebody else (Art. 18(2))",
    "public_interest": "it is for an important public interest (Art. 18(2))",
}


@dataclass(frozen=True, slots=True)
class TypeRow:
    """What holds for one type.

    `words` follow "your request for", unless it has `own_words`. `worker` carries it out. `copy`:
    its answer is a copy of data; `reviewed`: staff look at what others wrote in it first.
    `identity`: before what it has to be shown who asks. `fee`: one can be asked (Art. 12(5)).
    `extensions`: the grounds on which the answer can be put off, `refusals` those on which all of
    it can be refused, `partly` those on which a part can be left undone; none: never. `outcomes`:
    what its answer comes to, where that is counted. `lapses`: it is closed where nobody answers us.
    `corrections`: it says which fields are wrong. `at_once`: in force in the permission decision
    with the step that shows who asks. `on_receipt`: the purposes of marketing are objected to as
    soon as it comes (Art. 21(2) and (3)). `recipients`: what recipients are told. `grounds`: why
    it is asked, where the law wants one. `uses`: what data may be used for meanwhile.
    """

    words: str
    worker: Worker
    copy: bool = False
    reviewed: bool = False
    identity: Identity = "anything"
    fee: bool = True
    extensions: Grounds = field(default_factory=lambda: EXTENSION_GROUNDS)
    refusals: Grounds = field(default_factory=dict)
    partly: Grounds = field(default_factory=dict)
    outcomes: Grounds = field(default_factory=dict)
    lapses: bool = True
    corrections: bool = False
    at_once: bool = False
    on_receipt: bool = False
    recipients: RecipientNotice | None = None
    grounds: Grounds = field(default_factory=dict)
    uses: Grounds = field(default_factory=dict)
    own_words: str | None = None

    @property
    def staff_grounds(self) -> frozenset[str]:
        """Name the grounds of the law among which staff may have to choose."""
        chosen = (self.refusals, self.partly, self.uses, self.extensions, FEE_GROUNDS)
        return frozenset().union(*chosen)

    @property
    def called(self) -> str:
        """Return what we call it to the person who asks."""
        return self.own_words or f"your request for {self.words}"


ROWS: Mapping[str, TypeRow] = {
    RequestType.ACCESS: TypeRow(
        "a copy of your data",
        worker="system",
        copy=True,
        reviewed=True,
        refusals={**_ABUSE, **_OTHERS, **_AS_STATED},
        partly=WITHHOLDING_GROUNDS,
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
        partly={"accurate": "our records are right", **_AS_STATED},
        recipients="corrected",
    ),
    RequestType.ERASURE: TypeRow(
        "the erasure of your data",
        worker="system",
        refusals={**_ABUSE, **_KEPT, **_AS_STATED},
        partly=_KEPT,
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
        uses=PERMITTED_USES,
    ),
    RequestType.OBJECTION: TypeRow(
        "an end to uses of your data",
        worker="system",
        identity="the_rest",
        fee=False,
        partly=_GOES_ON,
        lapses=False,
        at_once=True,
        on_receipt=True,
    ),
    RequestType.COMPLAINT: TypeRow(
        "an answer to your complaint",
        own_words="your complaint",
        worker="staff",
        identity="nothing",
        fee=False,
        extensions={},
        outcomes={
            "upheld": "we agree with your complaint",
            "partly_upheld": "we agree with part of your complaint",
            "not_upheld": "we do not agree with your complaint",
        },
        lapses=False,
    ),
}


def row(request_type: str) -> TypeRow:
    """Return the row of a type."""
    return ROWS[request_type]


def chosen_ground(grounds: Grounds, given: str | None, reason: str) -> str:
    """Return the ground that is recorded: the one named, or the one that the reason speaks of.

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
