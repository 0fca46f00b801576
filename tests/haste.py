"""Nothing slow while somebody writes: rendering, hashing, mail, programs and pauses are watched for."""

from __future__ import annotations

import contextlib
import functools
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import jinja2
from argon2 import PasswordHasher
from flask import has_app_context

from booking_admin.database import db

# On SQLite everybody waits for who writes, so the write transaction holds nothing of these. Each was measured: a
# page takes 5 to 50 ms to render, a password 50 to 100 ms to hash, and a mail server has 15 seconds to answer.
SLOW: tuple[tuple[Any, str], ...] = (
    (jinja2.Template, "render"),
    (jinja2.Template, "generate"),
    (PasswordHasher, "hash"),
    (PasswordHasher, "verify"),
    (smtplib.SMTP, "connect"),
    (smtplib.SMTP, "sendmail"),
    (socket.socket, "connect"),
    (socket, "getaddrinfo"),
    (subprocess.Popen, "__init__"),
    (time, "sleep"),
)


def is_writing() -> bool:
    """Whether this thread is inside transaction()."""
    return has_app_context() and "writing" in db.session.info


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Refuses what is slow inside transaction(); at the end nothing may have been tried, whoever caught the refusal."""
    caught: list[str] = []

    def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **more: Any) -> Any:
            if is_writing():
                caught.append(name)
                raise AssertionError(f"{name} was called inside transaction()")
            return function(*args, **more)

        return call

    with contextlib.ExitStack() as stack:
        for owner, name in SLOW:
            label = f"{owner.__name__}.{name}"
            stack.enter_context(mock.patch.object(owner, name, guarded(label, getattr(owner, name))))
        yield caught
    assert caught == [], f"{caught} inside transaction()"
