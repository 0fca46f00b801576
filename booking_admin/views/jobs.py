"""What the house does by itself: each job's last run, its next, what went wrong, and "run now"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, g, redirect
from flask_admin import expose
from flask_babel import gettext as _

from booking_admin.database import transaction
from booking_admin.forms.said import label
from booking_admin.rules import clock
from booking_admin.services import outbox, runs
from booking_admin.views.base import AdminPage

STILL = timedelta(minutes=3)


class JobsPage(AdminPage):
    permissions = {"index": "job.view", "run": "job.run"}

    @expose("/")
    def index(self) -> Any:
        ticked = runs.ticked_at()
        is_still = ticked is None or clock.now() - ticked > STILL
        return self.render("admin/jobs.html", lines=runs.lines(), ticked=ticked, is_still=is_still, kept=outbox.kept())

    @expose("/<job>/run", methods=("POST",))
    def run(self, job: str) -> Any:
        with transaction(g.actor):
            runs.request(job, by=g.actor)
        flash(_("“%(job)s” runs within seconds.", job=label(job)), "success")
        return redirect(self.get_url(".index"))
