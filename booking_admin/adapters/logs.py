"""The log: plain lines for people or JSON for collectors, each with the id of its request."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from flask import g, has_app_context


class RequestId(logging.Filter):
    """Gives each record the id of the request at work, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = g.get("request_id", "-") if has_app_context() else "-"
        return True


class JsonLines(logging.Formatter):
    """One object a line; what a caller passes as `extra={"facts": {…}}` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start(form: str) -> None:
    """Sends everything to standard error in the form asked for: text or json."""
    handler = logging.StreamHandler()
    handler.addFilter(RequestId())
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(request_id)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("booking_admin").setLevel(logging.INFO)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it would log addresses, with the secrets of links
