"""Several processes send at once, and some of them are killed: each message arrives once, or twice and says so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from booking_admin.database import db, transaction
from booking_admin.models import Message
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules import clock
from booking_admin.rules.states import MessageStatus
from booking_admin.services import messages, outbox
from tests.jobs.at_work import BY, deliver
from tests.jobs.post_office import PostOffice
from tests.services.together import in_processes


def child(app: Flask, tenant: TenantFacts, office: PostOffice, **more: Any) -> subprocess.Popen[str]:
    asked = {"address": app.config["SQLALCHEMY_DATABASE_URI"], "slug": tenant.slug, "port": office.port,
             "rounds": 1, **more}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.child", json.dumps(asked)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def queue(number: int) -> None:
    with transaction(BY):
        for each in range(number):
            to = messages.Recipient(f"Cora {each}", f"cora{each}@example.com")
            messages.queue("booking_confirmed", to, messages.About(facts={"reference": f"NOR-{each}"}))
    db.session.rollback()


def statuses() -> Counter[MessageStatus]:
    db.session.rollback()
    return Counter(db.session.scalars(db.select(Message.status)))


def test_two_processes_with_two_hundred_messages_deliver_each_once(app, tenant, office):
    queue(200)

    answers = in_processes([child(app, tenant, office) for _ in range(2)])

    assert sum(answer["done"] for answer in answers) == 200
    assert sum(answer["failed"] for answer in answers) == 0
    assert len(office.ids) == 200
    assert set(office.ids.values()) == {1}
    assert statuses() == {MessageStatus.sent: 200}


@pytest.mark.parametrize("dies", ["claimed", "worded", "sent"])
def test_of_a_killed_process_at_most_one_message_goes_out_twice_and_is_marked(app, tenant, office, dies):
    queue(5)
    process = child(app, tenant, office, dies=dies)
    process.communicate("go\n", timeout=60)
    assert process.returncode == -signal.SIGKILL
    before = statuses()

    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(minutes=1), tick=False):
        deliver()

    marked = db.session.scalars(db.select(Message).where(Message.is_maybe_duplicate)).all()
    assert before == {MessageStatus.sending: 1, MessageStatus.queued: 4}
    assert statuses() == {MessageStatus.sent: 5}
    assert len(office.ids) == 5
    assert sorted(office.ids.values()) == [1, 1, 1, 1, 2 if dies == "sent" else 1]
    assert len(marked) == 1
