"""The page of the jobs: what each came to, run now, and why nothing goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking_admin import jobs
from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.models import JobRun
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.actor import job_actor
from booking_admin.rules.states import JobStatus
from booking_admin.services import messages, runs
from booking_admin.services.runs import Tally

BY = job_actor("test")
PAGE = "/north/admin/jobs/"


def ended(name: str, tally: Tally) -> None:
    with transaction(BY):
        run_id = runs.claim(runs.chore(name), owner="test", is_forced=True)
        assert run_id is not None
        runs.finish(run_id, tally, owner="test")


def test_each_job_says_what_it_does_and_what_came_of_it(tenant, sign_in):
    admin = sign_in("admin")
    enter(tenant)
    ended("expire_offers", Tally(total=3, done=2, failed=1, error="7: The seats are <gone>."))

    page = admin.get(PAGE).text

    for chore in runs.CHORES.values():
        assert chore.sentence in page
    assert "3 found, 2 done, 1 failed" in page
    assert "7: The seats are &lt;gone&gt;." in page


def test_a_failure_is_seen_for_a_day_whatever_came_after_it(tenant, sign_in):
    admin = sign_in("admin")
    for tally in (Tally(total=1, failed=1, error="The disk is full."), Tally(total=5, done=5), Tally()):
        enter(tenant)
        ended("expire_offers", tally)

    today = admin.get(PAGE).text
    enter(tenant)
    with transaction(BY):
        for run in db.session.scalars(select(JobRun).where(JobRun.error.is_not(None))):
            run.ended_at = clock.now() - timedelta(hours=25)
    tomorrow = admin.get(PAGE).text

    assert "5 found, 5 done, 0 failed" in today
    assert "The disk is full." in today
    assert "The disk is full." not in tomorrow


def test_run_now_shows_as_waiting_until_the_ticker_comes(tenant, sign_in):
    admin = sign_in("admin")

    answer = admin.post(f"{PAGE}tidy_up/run")

    page = admin.get(answer.location).text
    enter(tenant)
    assert "“Tidy up” runs within seconds." in page
    assert "Waiting" in page
    assert db.session.scalars(select(JobRun.status)).all() == [JobStatus.requested]
    base.round_(*jobs.TABLE)
    assert "Waiting" not in admin.get(PAGE).text


@pytest.mark.parametrize("role", ["staff", "instructor"])
def test_jobs_are_for_admins(tenant, sign_in, role):
    person = sign_in(role)

    answers = person.get(PAGE), person.post(f"{PAGE}tidy_up/run")

    enter(tenant)
    assert [answer.status_code for answer in answers] == [403, 403]
    assert db.session.scalars(select(JobRun.id)).all() == []


def test_run_now_needs_a_form_of_ours(tenant, sign_in):
    admin = sign_in("admin")

    answers = [
        admin.post(f"{PAGE}tidy_up/run", csrf=False).status_code,
        admin.get(f"{PAGE}tidy_up/run").status_code,
        admin.post(f"{PAGE}drop_everything/run").status_code,
    ]

    enter(tenant)
    assert answers == [400, 405, 404]
    assert db.session.scalars(select(JobRun.id)).all() == []


def test_it_says_when_the_clock_stands_still_and_why_mail_stays(tenant, sign_in):
    admin = sign_in("admin")
    enter(tenant)
    with transaction(BY):
        messages.queue("booking_confirmed", messages.Recipient("Cora", "cora@example.com"), messages.About())
    still = admin.get(PAGE).text
    enter(tenant)
    with transaction(BY):
        runs.tick()

    going, listed = admin.get(PAGE).text, admin.get("/north/admin/messages/").text

    assert "The clock has not started." in still
    assert "1 message waits. No mail server is set up (MAIL_SERVER)" in still
    assert "1 message waits. No mail server is set up (MAIL_SERVER)" in listed
    assert "The clock" not in going
