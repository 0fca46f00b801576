"""The machine on both engines, and the proof that it finds what it is for."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.machine import Desk, seeded

# More by an option: ENGINE_RUNS=1000 for a long night.
RUNS = int(os.environ.get("ENGINE_RUNS", "50"))
ORDINARY = settings(
    max_examples=RUNS, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    print_blob=True,
)  # fmt: skip


@pytest.mark.timeout(900)
def test_the_books_add_up_whatever_happens(app):
    run_state_machine_as_test(Desk, settings=ORDINARY)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "bug",
    ["double release", "forgotten hold", "swapped lock order", "queue not run after a smaller party"],
)
def test_it_finds_a_seeded_bug(app, bug):
    # It stops at the first find; the rest is there so that chance alone fails nobody.
    hunting = settings(ORDINARY, max_examples=1_200, phases=[Phase.generate], report_multiple_bugs=False)

    with seeded(bug), pytest.raises(AssertionError):
        run_state_machine_as_test(Desk, settings=hunting)
