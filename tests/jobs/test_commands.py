"""`flask jobs list` and `flask jobs run`."""

from __future__ import annotations

from booking_admin.database import transaction
from booking_admin.jobs import base
from booking_admin.models.tenancy import enter, leave
from booking_admin.services import runs
from tests.jobs.at_work import BY, all_runs, say


def call(app, *words: str):
    leave()
    return app.test_cli_runner().invoke(args=["jobs", *words])


def test_list_names_every_job_with_its_last_run_and_its_next(app, tenant):
    with transaction(BY):
        runs.request("tidy_up", by=BY)
    say()
    call(app, "run", "deliver_messages")

    answer = call(app, "list")

    assert answer.exit_code == 0
    assert [name for name in base.TABLE if f"{name}: " not in answer.output] == []
    assert "\tnorth\tnever ran\tnext now\n" in answer.output
    assert "\t1 found, 1 done, 0 failed\tnext " in answer.output


def test_run_runs_for_every_business_whatever_the_time(app, tenant, south):
    answers = [call(app, "run", "expire_offers") for _ in range(2)]

    enter(tenant)
    assert [answer.output for answer in answers] == [
        "north: 0 found, 0 done, 0 failed.\nsouth: 0 found, 0 done, 0 failed.\n"
    ] * 2
    assert len(all_runs("expire_offers")) == 1


def test_run_for_one_business_leaves_the_others_alone(app, tenant, south):
    assert call(app, "run", "expire_offers", "--tenant", "south").output.startswith("south: ")

    enter(tenant)
    assert all_runs("expire_offers") == []


def test_run_fails_where_something_failed(app, tenant, office):
    office.refuse["cora@example.com"] = "550 No such person"
    say()

    answer = call(app, "run", "deliver_messages")

    assert answer.exit_code == 1
    assert "north: 1 found, 0 done, 1 failed.\n" in answer.stdout
    assert "The address was refused: 550 No such person" in answer.stderr


def test_wrong_words_are_said_so(app, tenant):
    unknown, nowhere = call(app, "run", "nothing"), call(app, "run", "expire_offers", "--tenant", "nowhere")

    assert (unknown.exit_code, nowhere.exit_code) == (2, 1)
    assert "There is no business called nowhere." in nowhere.stderr
