"""A message goes out once, whatever happens; what does not get through is tried again and then seen."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from booking_admin.adapters import sms, wording
from booking_admin.database import db, transaction
from booking_admin.models import Message
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.actor import Role
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.states import MessageStatus
from booking_admin.rules.words import MessageChannel
from booking_admin.services import accounts, bookings, members, messages, outbox, waitlist
from tests.factories import elsewhere, make_customer, make_slot, make_user
from tests.jobs.at_work import BY, deliver, say, told
from tests.services.door import visitor

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def claim() -> outbox.Letter:
    with transaction(BY):
        letter = outbox.claim()
    assert letter is not None
    return letter


def record(letter: outbox.Letter, outcome: outbox.Outcome) -> bool:
    with transaction(BY):
        return outbox.record(letter, outcome)


def test_a_message_goes_out_once_and_its_words_are_kept(app, tenant, office):
    message_id = say(reference="NOR-1", session="Gas safety")

    first, second = deliver(), deliver()

    row = told(message_id)
    (mail,) = office.mails
    assert (first.done, second.total) == (1, 0)
    assert (row.status, row.attempts, row.data, row.claimed_by) == (MessageStatus.sent, 1, None, None)
    assert row.sent_at is not None
    assert row.provider_ref == mail["Message-ID"]
    assert row.subject == mail["Subject"] == "Your booking is confirmed: Gas safety"
    assert "Reference: NOR-1" in (row.body_text or "")
    assert mail["From"].addresses[0].display_name == "North Training"
    assert mail["Reply-To"] == "north@example.com"


def test_what_is_to_be_sent_later_waits(app, tenant, office):
    with transaction(BY):
        messages.queue(
            "waitlist_joined",
            messages.Recipient("Cora", "cora@example.com"),
            messages.About(),
            after=timedelta(hours=2),
        )

    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        early = deliver()
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        late = deliver()

    assert (early.total, late.done) == (0, 1)


def test_pauses_grow_until_it_fails_and_is_seen(app, tenant, office):
    office.refuse["cora@example.com"] = "451 Come back later"
    waits = []
    with time_machine.travel(NOON, tick=False) as now:
        message_id = say()
        while (row := told(message_id)).status is MessageStatus.queued:
            assert row.next_try_at is not None
            waits.append((row.next_try_at - clock.now()) // MINUTE)
            now.move_to(row.next_try_at - timedelta(seconds=1))
            assert deliver().total == 0
            now.move_to(row.next_try_at)
            assert deliver().failed == 1

    assert waits == [0, 1, 5, 15, 60, 240, 720]
    assert (row.status, row.attempts) == (MessageStatus.failed, 7)
    assert row.failed_reason == "The address was refused: 451 Come back later"
    assert row.data is not None  # it can be tried again by hand


def test_one_address_that_is_refused_stops_nobody_else(app, tenant, office):
    office.refuse["gone@example.com"] = "550 No such person"
    first, gone, last = (say(to=f"{name}@example.com") for name in ("ana", "gone", "eva"))

    tally = deliver()

    assert (tally.total, tally.done, tally.failed) == (3, 2, 1)
    assert tally.error == "The address was refused: 550 No such person"
    assert [told(each).status for each in (first, gone, last)] == [
        MessageStatus.sent,
        MessageStatus.failed,
        MessageStatus.sent,
    ]


def test_a_failed_message_goes_out_when_somebody_tries_it_again(app, tenant, office):
    office.refuse["cora@example.com"] = "550 Mailbox full"
    message_id = say()
    deliver()
    office.refuse.clear()

    with transaction(BY):
        messages.retry(db.session.get_one(Message, message_id), by=BY)
    deliver()

    assert told(message_id).status is MessageStatus.sent
    assert len(office.mails) == 1


def test_a_server_that_is_down_is_asked_once_and_the_others_lose_no_try(app, tenant, office, monkeypatch):
    ids = [say() for _ in range(3)]
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        monkeypatch.setattr(app.extensions["mail"], "port", deaf.getsockname()[1])

        tally = deliver()

    assert (tally.total, tally.failed) == (1, 1)
    assert [told(each).attempts for each in ids] == [1, 0, 0]


def test_a_wording_that_fails_is_the_failure_of_one(app, tenant, office, monkeypatch):
    broken, whole = say("waitlist_left"), say()
    made = wording.mail

    def mail(kind, *rest):
        if kind == "waitlist_left":
            raise ValueError("no such fare")
        return made(kind, *rest)

    monkeypatch.setattr(wording, "mail", mail)
    deliver()

    assert told(broken).failed_reason == "This message can't be worded: no such fare"
    assert told(whole).status is MessageStatus.sent


# --- not worth sending any more ---------------------------------------------------------------------------------------


def test_an_offer_that_was_declined_meanwhile_is_not_sent(app, tenant, office):
    slot = make_slot(capacity=1)
    with transaction(BY):
        waiting = NewEntry(slot.course_id, make_customer().id, {"adult": 1}, slot_id=slot.id)
        entry = waitlist.join(waiting, by=BY, notify=False)
    with transaction(BY):
        waitlist.decline(db.session.merge(entry), by=BY)

    deliver()

    (row,) = db.session.query(Message).filter_by(kind="waitlist_offer")
    assert (row.status, row.failed_reason) == (
        MessageStatus.failed,
        "The offer had run out before this could be sent.",
    )
    assert [mail["Subject"].split(":")[0] for mail in office.mails] == ["You are off the waitlist"]


def test_what_was_kept_until_its_session_was_over_is_not_sent(app, tenant, office):
    slot = make_slot()
    with transaction(BY):
        bookings.book(NewBooking(slot.id, make_customer().id, {"adult": 1}), by=BY)

    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        tally = deliver()

    assert (tally.failed, tally.error) == (1, "The session was over before this could be sent.")
    assert office.mails == []


# --- a process that dies ----------------------------------------------------------------------------------------------


def test_a_message_in_a_dead_hand_goes_out_once_more_and_is_marked(app, tenant, office):
    message_id = say()
    with outbox.Post() as post:
        outbox.send(claim(), post)  # … and the process dies before it is written down

    early = deliver()
    with time_machine.travel(clock.now() + outbox.LEASE + MINUTE, tick=False):
        late = deliver()

    row = told(message_id)
    assert (early.total, late.done) == (0, 1)
    assert (row.status, row.is_maybe_duplicate) == (MessageStatus.sent, True)
    assert list(office.ids.values()) == [2]  # the same id: a mailbox may see that they are one


def test_a_message_that_died_in_two_hands_waits_for_somebody_to_look(app, tenant, office):
    message_id = say()
    with time_machine.travel(NOON, tick=False) as now:
        now.move_to(clock.now() + timedelta(days=365))
        claim()
        now.shift(outbox.LEASE + MINUTE)
        with transaction(BY):
            outbox.take_back()
        claim()
        now.shift(outbox.LEASE + MINUTE)
        deliver()

    row = told(message_id)
    assert (row.status, row.failed_reason) == (MessageStatus.failed, outbox.BROKE_OFF_TWICE)
    assert office.mails == []


def test_who_comes_back_after_its_lease_changes_nothing(app, tenant, office):
    message_id = say()
    slow = claim()
    with time_machine.travel(clock.now() + outbox.LEASE + MINUTE, tick=False):
        deliver()
        before = told(message_id).updated_at

        assert record(slow, outbox.Outcome(reason="Too late", is_final=True)) is False

    assert (told(message_id).status, told(message_id).updated_at) == (MessageStatus.sent, before)


def test_a_line_that_broke_under_a_mail_counts_as_perhaps_sent(app, tenant, office):
    message_id = say()
    office.cut = 2

    deliver()
    once = told(message_id)
    first = (once.status, once.is_maybe_duplicate)
    with time_machine.travel(clock.now() + 2 * MINUTE, tick=False):
        deliver()

    twice = told(message_id)
    assert first == (MessageStatus.queued, True)
    assert (twice.status, twice.failed_reason) == (MessageStatus.failed, outbox.BROKE_OFF_TWICE)
    assert list(office.ids.values()) == [2]


# --- where nobody sends -----------------------------------------------------------------------------------------------


def test_without_a_server_mail_is_kept_and_can_be_read_and_goes_out_later(app, tenant, office, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(app.extensions["mail"], "server", "")
        message_id = say(session="Gas safety")
        first, second = deliver(), deliver()
        row = told(message_id)

        assert (first.done, second.total) == (1, 0)
        assert (row.status, row.attempts) == (MessageStatus.queued, 0)
        assert row.subject == "Your booking is confirmed: Gas safety"
        assert [number for number, _why in outbox.kept()] == [1]
        assert "MAIL_SERVER" in (outbox.kept_reason(MessageChannel.email) or "")

    deliver()

    assert told(message_id).status is MessageStatus.sent
    assert outbox.kept() == []


def test_a_text_message_is_kept_until_somebody_sends_them(app, tenant, monkeypatch):
    with transaction(BY):
        messages.queue("booking_confirmed", messages.Recipient("Cora", phone="+447700900123"), messages.About())
        (message_id,) = db.session.scalars(db.select(Message.id))
    kept = deliver()
    sent: list[sms.Text] = []

    def provider(text: sms.Text) -> str:
        sent.append(text)
        return "provider-7"

    monkeypatch.setitem(sms.PROVIDERS, "log", provider)

    deliver()

    row = told(message_id)
    assert kept.done == 1
    assert (row.status, row.provider_ref) == (MessageStatus.sent, "provider-7")
    assert (sent[0].to, sent[0].text) == ("+447700900123", "North Training: your booking is confirmed.")


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "kept"])
def test_a_link_that_opens_an_account_is_in_the_mail_alone(app, tenant, office, monkeypatch, is_sent):
    if not is_sent:
        monkeypatch.setattr(app.extensions["mail"], "server", "")
    with transaction(BY):
        members.invite("nia@example.com", name="Nia", role=Role.staff, by=BY)
    (row,) = db.session.query(Message)

    deliver()

    row = told(row.id)
    stored = f"{row.subject}{row.body_text}{row.body_html}{row.data}"
    assert app.config["BASE_URL"] not in stored
    assert "in the mail alone" in stored
    if is_sent:
        assert f"{app.config['BASE_URL']}/invite/" in office.mails[0].get_body(("plain",)).get_content()


def test_a_link_that_was_asked_for_yesterday_is_not_sent(app, tenant, office):
    user = make_user(email="ada@example.com")
    with elsewhere(tenant):
        from tests.factories import make_member

        make_member(Role.staff, user=user)
    db.session.info.pop("tenant")  # nobody has signed in yet
    with transaction(visitor()):
        accounts.ask_reset("ada@example.com", by=visitor())
    enter(tenant)

    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        tally = deliver()

    assert tally.error == "The link was asked for too long ago."
    assert office.mails == []
