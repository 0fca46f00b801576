"""Desks at work: browsers without pictures, each with a connection and a sign-in of its own, in a process of its own.

Read from standard input: one plan, as JSON. Written to standard output: what came of it, as JSON. Knows nothing but the
standard library and HTTP, so that what it costs is small beside what it measures.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

# Names of fields and what stands in them. In a plan {n} is the number of the request, {key} a fresh key, and any other
# word in brackets is what the row of this request says.
Fields = dict[str, str]
TICKS = os.sysconf("SC_CLK_TCK")  # of the processor's clock, a second


@dataclass(frozen=True, slots=True)
class Plan:
    """What the desks do: the same request again and again, each with a number of its own from `first` on."""

    email: str
    path: str
    password: str = ""
    port: int = 0
    fields: Fields | None = None  # sent with the form of the page `form_at`; None asks for the page itself
    form_at: str = ""
    form: str = ""  # the id of the form on it
    by_script: bool = False  # as the page's script sends it, which shows what is answered in the page that stands there
    rows: list[dict[str, int]] = field(default_factory=list)  # one for each request, in turn
    server: list[int] = field(default_factory=list)  # the processes that answer
    desks: int = 8
    requests: int = 200  # of all desks together
    first: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds from the first request to the last answer, of each answer, and of the processor; and how many had which
    status.
    """

    took: float
    cpu: float
    waits: list[float]
    statuses: dict[str, int]


def computed(processes: list[int]) -> float:
    """Seconds of processor that these processes have used so far."""
    spent = 0
    for process in processes:
        # Its name, which may hold anything, ends with the last bracket.
        facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += int(facts[11]) + int(facts[12])
    return spent / TICKS


class Form(HTMLParser):
    """The fields of one form of a page, by the form's id, as a browser would send them."""

    def __init__(self, page: str, form: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._form, self._is_inside, self._select = form, False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self._is_inside = given.get("id", "") == self._form
        if not self._is_inside:
            return
        if tag == "input" and name:
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.fields[name] = value or ("on" if is_box else "")
        elif tag == "textarea" and name:
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "form":
            self._is_inside = False


class Desk:
    """One browser: keeps its connection and its cookies."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.connection.makefile("rb")
        self.host = f"127.0.0.1:{port}"
        self.cookies: Fields = {}

    def ask(
        self, path: str, fields: Fields | None = None, *, keep: bool = True, by_script: bool = False
    ) -> tuple[int, str]:
        """Sends a form, or asks for a page; answers status and page. Cookies are kept, unless said otherwise."""
        body = urlencode(fields).encode() if fields is not None else b""
        head = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: {self.host}",
            "User-Agent: Mozilla/5.0 (desk)",
            "Accept: text/html",
        ]
        if by_script:
            head.append("HX-Request: true")
        if self.cookies:
            head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if fields is not None:
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        return self._answer(keep)

    def _answer(self, keep: bool) -> tuple[int, str]:
        status = int(self.answers.readline().split()[1])
        length, chunked = 0, False
        while (line := self.answers.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "transfer-encoding":
                    chunked = True
                case "set-cookie" if keep:
                    cookie, _, content = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = content
        return status, (self._chunks() if chunked else self.answers.read(length)).decode()

    def _chunks(self) -> bytes:
        page = b""
        while size := int(self.answers.readline(), 16):
            page += self.answers.read(size)
            self.answers.readline()
        self.answers.readline()
        return page

    def sign_in(self, email: str, password: str) -> None:
        form = Form(self.ask("/login")[1], "").fields
        status, page = self.ask("/login", {**form, "email": email, "password": password})
        assert status == 303, page


def work(plan: Plan) -> Outcome:
    """Everybody signs in and opens their page; then all begin at once."""
    numbers = iter(range(plan.first, plan.first + plan.requests))
    turn, waits, statuses = threading.Lock(), [], Counter[str]()
    begun: list[tuple[float, float]] = []
    ready = threading.Barrier(plan.desks, action=lambda: begun.append((perf_counter(), computed(plan.server))))
    failures: list[Exception] = []

    def one() -> None:
        try:
            desk = Desk(plan.port)
            desk.sign_in(plan.email, plan.password)
            # Everything on the page is sent along, as a browser does.
            form = Form(desk.ask(plan.form_at)[1], plan.form).fields if plan.fields is not None else {}
            ready.wait()
            while True:
                with turn:
                    number = next(numbers, None)
                if number is None:
                    return
                fields = None if plan.fields is None else form | _filled(plan, number)
                path = plan.path.format(**_row(plan, number))
                began = perf_counter()
                # What the next page would say and take away again is not collected.
                status, _page = desk.ask(path, fields, keep=False, by_script=plan.by_script)
                with turn:
                    waits.append(perf_counter() - began)
                    statuses[str(status)] += 1
        except Exception as failure:  # noqa: BLE001 (whatever it was, the others must not wait for this desk)
            failures.append(failure)
            ready.abort()

    threads = [threading.Thread(target=one) for _ in range(plan.desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        if not isinstance(failure, threading.BrokenBarrierError):
            raise failure
    began, spent = begun[0]
    return Outcome(perf_counter() - began, computed(plan.server) - spent, waits, dict(statuses))


def _row(plan: Plan, number: int) -> dict[str, int]:
    return plan.rows[number % len(plan.rows)] if plan.rows else {}


def _filled(plan: Plan, number: int) -> Fields:
    assert plan.fields is not None
    values = {"n": number, "key": uuid4(), **_row(plan, number)}
    return {name.format(**values): text.format(**values) for name, text in plan.fields.items()}


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(work(Plan(**given))), sys.stdout)


if __name__ == "__main__":
    main()
