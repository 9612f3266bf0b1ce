"""What a person reads: every mail of every type and outcome, as text under `tests/mails/`.

`RECORD_MAILS=1` writes the texts anew; they are read before they are kept. A language's are
`*.de.txt`, the English `*.txt`.
"""

import email
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from notifications import request_mails, request_words
from notifications.email import Email, compose, page
from notifications.request_mails import MAILS, Mail, Reader
from shared import languages
from shared.bank_holidays import england
from shared.domain import data_subject_request, rectification
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.regime import REGIMES
from shared.domain.request_actions import ACTIONS
from shared.domain.request_types import FEE_GROUNDS, ROWS, STATED, TYPES, TypeRow, row
from shared.domain.timestamps import format_timestamp
from shared.languages import ENGLISH
from shared.storage import disclosures, policies
from shared.storage.requests.request_items import event_of
from shared.storage.requests.request_store import RequestAction
from tests import factories

FOLDER = Path(__file__).parent / "mails"
MAIL = re.compile(r"^===== .*\((\w+)\)\n((?:(?!=====).*\n?)*)", re.MULTILINE)
# To us, and by when; the regulator; the court (Art. 12(4), s.164A).
REMEDIES = (
    "164A",
    r"\b30\b",
    "https://ico.org.uk/make-a-complaint/",
    "court|Gericht",
)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ID = "r_4yypm6hupscq7mlbesekbdzzza"
LINK = f"https://privacy.khoocommerce.example/requests/{ID}#token=…"
WHY = "The reason, in the words of our staff."
FEE = {
    "ground": "manifestly_excessive",
    "amount": "24.00",
    "currency": "GBP",
    "calculation": "Two hours at GBP 12.00.",
}
FIXES = [{"field": "phone", "value": "+44 1233 000000"}, {"field": "name", "value": "S. Example"}]
LAW_KEPT = "Showing that the law was kept (UK GDPR Art. 5(2)) and legal claims (Art. 17(3)(e))."
PARTLY: dict[str, dict[str, Any]] = {
    "access": {"withheld": {"rights_of_others": 2}, "outcome": "partly"},
    "erasure": {
        "kept": 1,
        "held": 1,
        "kept_because": {"case": LAW_KEPT},
    },
    "rectification": {
        "outcome": "partly",
        "decisions": [
            {"field": "phone", "accepted": True},
            {"field": "name", "accepted": False, "reason": "The contract has another name."},
            {"field": "email", "accepted": False, "reason": rectification.REFUSED["email"]},
        ],
    },
    "objection": {"outcome": "partly", "ground": "compelling_grounds"},
}


@pytest.fixture(autouse=True)
def passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data was passed on to two, one of whom has no e-mail address."""
    told = [("Eastern Carriers", True), ("The auditors", False)]
    monkeypatch.setattr(disclosures, "recipients", lambda _person: told)


@dataclass(frozen=True)
class Told:
    """One mail: the step that called for it, its template and what it says."""

    story: str
    template: str
    text: str


def opened(kind: str, *, letter: bool = False, language: str = ENGLISH) -> DataSubjectRequest:
    """Return a request as it comes in."""
    facts = {"received": "2026-11-03"}
    case = factories.request(
        id=ID,
        type=kind,
        status=data_subject_request.first_status(kind, facts),
        email=None if letter else "sam@example.com",
        corrections=FIXES if row(kind).corrections else [],
        policy_version="2026-10",
        channel="post" if letter else "web",
        received_at="2026-11-03T09:00:00.000Z",
        facts=facts,
        version=1,
        language=language,
        postal_address={"lines": ["1 High Street"], "postcode": "TN23 1AA", "country": "GB"},
    )
    return dated(case)


def dated(case: DataSubjectRequest) -> DataSubjectRequest:
    return data_subject_request.with_dates(case, REGIMES["uk_gdpr"].terms(case.type), england())


def step(
    case: DataSubjectRequest,
    action: str,
    story: str,
    result: Any = None,
    details: dict[str, Any] | None = None,
) -> tuple[DataSubjectRequest, list[Told]]:
    """Take a step; return the request after it and the mails to the person that it calls for."""
    reason = WHY if ACTIONS[action].reason or action == "completion" else None
    if action == "opened":
        after, before = case, None
    else:
        before = case
        after = dated(
            data_subject_request.apply_action(case, action, NOW, reason, details=details or {})
        )
        after = replace(after, version=case.version + 1, result=result or case.result)
    happened = event_of(
        after, before, RequestAction(action, "x", NOW, None, None, reason, details or {})
    )
    mails = [
        mail
        for mail in MAILS.get(action, ())
        if mail.reader != Reader.STAFF and mail.wanted(happened, after)
    ]
    said = languages.read(after.language or ENGLISH)
    values = {**request_words.values(happened, after, said, NOW), **known(said.code)}
    return after, [_told(story, mail, values, after) for mail in mails]


def _told(story: str, mail: Mail, values: dict[str, Any], case: DataSubjectRequest) -> Told:
    """Write a mail to whom it goes; only with an agent it is said who that is."""
    to, reader = request_mails._addressee(mail.reader, case)
    form: dict[str, Any] = {
        "blocks": mail.blocks,
        "letter": to is None,
        "to_agent": reader == Reader.AGENT,
    }
    whom = f" to the {reader}" if case.agent else ""
    spoken = case.language or ENGLISH
    if reader == Reader.NEW:
        form["link"] = "https://privacy.khoocommerce.example/address/confirmation#token=…"
    text = read(mail.template, {**values, **form}, letter=to is None, language=spoken)
    return Told(f"{story}{whom}", mail.template, text)


def known(language: str = ENGLISH) -> dict[str, Any]:
    published = policies.published()
    return {
        "controller": published.controller(NOW),
        "policy": languages.read(language).shown(published.current(NOW).document),
        "pages": "https://privacy.khoocommerce.example",
        "link": LINK,
        "days": 7,
    }


def read(
    template: str, values: dict[str, Any], *, letter: bool = False, language: str = ENGLISH
) -> str:
    if letter:
        to = ["Sam Example", "1 High Street"]
        subject, html = page(template, {**values, "to": to}, language)
        assert subject in html
        assert f'<html lang="{language}">' in html
        return (
            f"Subject: {subject}\n\n{html.partition('</h1>')[2].partition('</body>')[0].strip()}\n"
        )
    mail = Email("sam@example.com", template, values, language=language)
    raw = compose(mail, "privacy@khoocommerce.example")
    message = email.message_from_bytes(raw, policy=default)
    part = message.get_body(("plain",))
    assert part is not None
    return f"Subject: {message['Subject']}\n\n{part.get_content().strip()}\n".replace("\r\n", "\n")


def stories(kind: str, *, letter: bool = False, language: str = ENGLISH) -> Iterator[Told]:
    """Tell every outcome that a request of a type can have."""
    it, said = step(opened(kind, letter=letter, language=language), "opened", "received")
    yield from said
    known_row, begun = row(kind), it
    if not it.identified:
        begun, said = step(it, "identity" if letter else "verified", "confirmed")
        yield from said
    if known_row.lapses:
        yield from step(it, "lapse", "lapsed")[1]
    if known_row.fee:
        owing, said = step(begun, "fee", "fee asked", details=FEE)
        yield from said
        yield from step(owing, "lapse", "fee not paid")[1]
    if not letter:
        told = replace(begun, facts={**begun.facts, "acknowledged": format_timestamp(NOW)})
        yield from step(told if kind == "complaint" else begun, "link_asked", "new link")[1]
    yield from step(begun, "clarification", "question")[1]
    if known_row.extensions:
        yield from step(begun, "extension", "takes longer", details={"ground": "complex"})[1]
    yield from step(begun, "note", "progress", details={"tell": True})[1]
    yield from step(begun, "cancellation", "cancelled")[1]
    for ground in known_row.refusals:
        yield from step(begun, "refusal", f"refused: {ground}", details={"ground": ground})[1]
    yield from ends(known_row, kind, begun)


def ends(known_row: TypeRow, kind: str, begun: DataSubjectRequest) -> Iterator[Told]:
    answer = "completion" if kind in ("rectification", "complaint") else "fulfilled"
    done = {"outcome": "done"} if kind == "rectification" else {}
    for outcome in known_row.outcomes or ("",):
        details = {"outcome": outcome} if outcome else {}
        result = {**done, **details}
        closed, said = step(begun, answer, f"done {outcome}".strip(), result, details)
        yield from said
    if kind == "rectification":
        yield from step(begun, "completion", "all refused", {"outcome": "refused", **refused()})[1]
    if kind in PARTLY:
        by = "completion" if kind in ("rectification", "objection") else "fulfilled"
        named = {"ground": "compelling_grounds", "goes_on": ["security", "improvement"]}
        ground = named if kind == "objection" else {}
        yield from step(begun, by, "done in part", PARTLY[kind], ground)[1]
    if kind == "restriction":
        yield from step(closed, "lifting", "ends", details={"ends_on": "2026-11-17"})[1]
    if kind == "erasure":
        yield from step(closed, "deferral_done", "what was held is erased")[1]


def with_an_agent(*, letter: bool, language: str = ENGLISH) -> Iterator[Told]:
    """Tell what is told of an access request that an agent made, as their authority is shown."""
    agent = {
        "name": "A. Gent",
        "email": "gent@law.example",
        "authority": "I am the solicitor.",
        **({} if letter else {"organisation": "Law & Co"}),
    }
    asked = replace(opened("access", letter=letter, language=language), agent=agent)
    it, said = step(asked, "opened", "received")
    yield from said
    seen = {"answers_to": "agent"}
    proved = {"authority": {"shown": "2026-11-03", **seen}}
    known_so = replace(it, agent=agent, facts={**it.facts, **proved})
    yield from step(known_so, "opened", "received with the authority", details=seen)[1]
    it, said = step(it, "identity", "confirmed")
    yield from said
    for whom in ("person", "agent"):
        details = {"answers_to": whom}
        shown, said = step(it, "authority", f"shown, answers to the {whom}", details=details)
        yield from said
        for action in ("clarification", "extension", "fulfilled", "cancellation", "link_asked"):
            ground = {"ground": "complex"} if action == "extension" else {}
            yield from step(shown, action, f"{action}, answers to the {whom}", details=ground)[1]
        refusal = {"ground": "manifestly_excessive"}
        yield from step(shown, "refusal", f"refusal, answers to the {whom}", details=refusal)[1]


# What the steps say that staff are told of.
DETAILS: dict[str, dict[str, Any]] = {
    "mail_refused": {"mail": "request_fee"},
    "reminder": {"overdue": True},
    "source_failed": {"source": "orders"},
}


def for_staff() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Tell what staff read of requests: the first step that calls for it, template and values."""
    told = set[str]()
    case, said = step(opened("access"), "verified", "confirmed")[0], languages.read(ENGLISH)
    for action, mails in MAILS.items():
        taken = RequestAction(action, "x", NOW, None, None, None, DETAILS.get(action, {}))
        values = {**request_words.values(event_of(case, None, taken), case, said, NOW)}
        for mail in mails:
            if mail.reader == Reader.STAFF and mail.template not in told:
                told.add(mail.template)
                yield action, mail.template, {**values, "blocks": mail.blocks}


def with_another_address(language: str) -> Iterator[Told]:
    """Tell what is told of a change of address, in both mailboxes."""
    wanted = [{"field": "email", "value": "new@example.com"}]
    asked = replace(opened("rectification", language=language), corrections=wanted)
    it, said = step(asked, "verified", "confirmed")
    yield from said
    yield from step(it, "link_asked", "new link")[1]
    yield from step(asked, "identity", "noted by staff", details={"method": "call_back"})[1]
    change = {"field": "email", "before": it.email, "after": "new@example.com", "record": "*"}
    decision = {"field": "email", "accepted": True, "proved": True}
    result = {"outcome": "done", "corrections": [change], "decisions": [decision]}
    moved = replace(it, email="new@example.com", facts={**it.facts, "new_person": "p_new"})
    yield from step(moved, "address_changed", "changed", result)[1]


def as_kept(name: str, language: str, told: list[Told]) -> None:
    """Compare with the text that was read before it was kept."""
    text = "\n".join(f"===== {each.story} ({each.template})\n{each.text}" for each in told)
    path = FOLDER / f"{name}.{'' if language == ENGLISH else f'{language}.'}txt"
    if "RECORD_MAILS" in os.environ:
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("language", languages.codes())
@pytest.mark.parametrize("form", ["mail", "letter"])
def test_what_is_told_of_an_agent_is_what_was_read_before_it_was_kept(
    form: str, language: str
) -> None:
    told = list(with_an_agent(letter=form == "letter", language=language))
    as_kept(f"agent.{form}", language, told)


@pytest.mark.parametrize("language", languages.codes())
def test_what_is_told_of_another_address_is_what_was_read_before_it_was_kept(
    language: str,
) -> None:
    told = list(with_another_address(language))
    as_kept("address.mail", language, told)
    asking = [each.text for each in told if each.template == "address_confirmation"]
    assert len(asking) == 3
    assert all("sam@" not in text and "Sam" not in text for text in asking)


@pytest.mark.parametrize("form", ["mail", "letter"])
def test_an_agent_reads_what_their_authority_lets_them_and_the_person_hears_of_it(
    form: str,
) -> None:
    """Art. 80, 12(1): whoever was named learns nothing of a person before it is shown."""
    told = list(with_an_agent(letter=form == "letter"))
    for each in told:
        to_agent = each.story.endswith("to the agent")
        if each.template == "agent_received":
            assert "Sam" not in each.text
        elif to_agent:
            assert "act for Sam Example" in each.text, each
        if to_agent and not each.template.startswith("agent_"):
            assert "answers to the agent" in each.story, each
    answered = [each.story for each in told if each.template == "agent_answered"]
    assert len(answered) == 2
    assert all("answers to the agent to the person" in story for story in answered)


def refused() -> dict[str, Any]:
    why = {"accepted": False, "reason": "Our records are right."}
    return {"decisions": [{"field": fix["field"], **why} for fix in FIXES]}


@pytest.mark.parametrize("language", languages.codes())
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("form", ["mail", "letter"])
def test_what_a_person_reads_is_what_was_read_before_it_was_kept(
    kind: str, form: str, language: str
) -> None:
    others = list(row(kind).refusals)[1:-1]  # their words are the table's
    told = [
        each
        for each in stories(kind, letter=form == "letter", language=language)
        if each.story.removeprefix("refused: ") not in others
    ]
    as_kept(f"{kind}.{form}", language, told)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("letter", [False, True])
def test_what_is_not_done_wholly_or_now_is_told_with_its_reason_and_three_remedies(
    kind: str, *, letter: bool
) -> None:
    """UK GDPR Art. 12(4); Data Protection Act 2018 s.164A and 165."""
    told = list(stories(kind, letter=letter))
    for each in told:
        if not each.story.startswith(
            ("refused", "lapsed", "fee", "takes", "all", "done in", "ends")
        ):
            continue
        words = each.text.lower()
        assert WHY.lower() in words or "reason" in words or "because" in words, each
        assert "complain" in words, each
        assert "to us" in words, each
        assert "information commission" in words, each
        assert "ico.org.uk" in words, each
        assert "court" in words, each
        assert ID in words, each


@pytest.mark.parametrize("kind", TYPES)
def test_every_ground_of_a_refusal_is_told_in_words(kind: str) -> None:
    refusals = {each.story: each.text for each in stories(kind) if "refused: " in each.story}
    for ground, words in row(kind).refusals.items():
        assert ground == STATED or words in refusals[f"refused: {ground}"]


@pytest.mark.parametrize("language", languages.codes())
@pytest.mark.parametrize("letter", [False, True])
def test_who_takes_data_along_reads_why_nobody_else_is_sent_it(
    language: str, *, letter: bool
) -> None:
    """UK GDPR Art. 20(2): straight to another company, where that is feasible."""
    told = stories("portability", letter=letter, language=language)
    ready = [each.text for each in told if each.template == "request_ready"]
    assert ready
    assert all(re.search(r"Art\. 20(\(2\)| Abs\. 2)", words) for words in ready)


def test_no_absolute_right_has_a_refusal_a_fee_or_a_gate() -> None:
    """Art. 21(2) and (3), Data Protection Act 2018 s.164A: marketing objections and complaints."""
    for kind in ("objection", "complaint"):
        held = ROWS[kind]
        assert (held.refusals, held.fee, held.lapses) == ({}, False, False), kind
        for action in ("refusal", "fee", "lapse"):
            case = opened(kind)
            if action == "lapse" and case.status == "in_progress":
                continue
            if action != "lapse":
                with pytest.raises(Conflict):
                    data_subject_request.apply_action(case, action, NOW, WHY, details=FEE)
    assert ROWS["objection"].on_receipt
    assert ROWS["complaint"].identity == "nothing"


@pytest.mark.parametrize("kind", TYPES)
def test_the_clock_waits_only_where_the_table_asks_who_it_is(kind: str) -> None:
    """Art. 12(6) and 12A(2): identity stops the clock where it has to be shown, nowhere else."""
    terms = REGIMES["uk_gdpr"].terms(kind)
    assert terms.waits == (row(kind).identity != "nothing")
    assert (opened(kind).due is None) == terms.waits
    assert bool(terms.extended) == bool(row(kind).extensions)


@pytest.mark.parametrize("kind", TYPES)
def test_a_fee_has_one_of_two_grounds_and_only_where_the_law_knows_one(kind: str) -> None:
    """Art. 12(5)."""
    assert set(FEE_GROUNDS) == {"manifestly_unfounded", "manifestly_excessive"}
    assert row(kind).fee == any(ground in row(kind).refusals for ground in FEE_GROUNDS)


def test_every_mail_that_may_say_no_says_where_to_go_with_it() -> None:
    """A row that leads to a refusal, a delay or an end without the data being as asked."""
    told = {mail.template for mails in MAILS.values() for mail in mails if mail.remedies}
    silent = {
        mail.template
        for mails in MAILS.values()
        for mail in mails
        if not mail.remedies and mail.reader != Reader.STAFF
    }
    assert told.isdisjoint(silent)
    assert silent == {
        "request_received",
        "request_confirmed",
        "request_clarification",
        "request_cancelled",
        "request_progress",
        "complaint_received",
        "request_link",
        "agent_received",
        "agent_named",
        "agent_accepted",
        "agent_link",
        "address_changing",
        "address_confirmation",
        "address_changed",
    }
    assert timedelta(days=30) == data_subject_request.PATIENCE["awaiting_identity"]
    # In whatever language, by mail and by letter: what was read, mail by mail.
    seen = set()
    for path in FOLDER.glob("*.txt"):
        text = path.read_text("utf-8")
        for template, words in MAIL.findall(text):
            if template in told:
                seen.add(template)
                missing = [each for each in REMEDIES if not re.search(each, words)]
                assert not missing, (path.name, template, missing)
    assert seen == told


def test_whoever_reads_of_the_regulator_reads_of_complaining_to_us() -> None:
    """Art. 13(2)(ca), 14(2)(da); s.164A: being glad to hear from somebody is no right."""
    for path in languages.FOLDER.glob("*/mails/*.j2"):
        words = path.read_text("utf-8")
        if "authority.url" in words and path.name != "complaint_received.j2":
            for told in (r"(?i)\bto us|bei uns", r"\b30\b", "court|Gericht"):
                assert re.search(told, words), (path, told)
