"""Every setting of the installation: its name, its default, what is allowed, and one line of meaning."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"


class WrongSetting(Exception):
    """A setting that stops the start; its text is the one sentence to show."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the environment; `read` turns its text into the value or raises ValueError."""

    name: str
    default: str
    allowed: str
    help: str
    read: Callable[[str], Any] = str
    secret: bool = False

    def value(self, text: str) -> Any:
        try:
            return self.read(text)
        except ValueError:
            shown = "set to something else" if self.secret else f"“{text}”"
            raise WrongSetting(f"{self.name} is {shown}, but must be {self.allowed}.") from None


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not low <= (number := int(text)) <= high:
            raise ValueError
        return number

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return read


def _switch(text: str) -> bool:
    return {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}[
        _one_of("on", "true", "1", "yes", "off", "false", "0", "no")(text)
    ]


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    parts.port  # noqa: B018 (a port that is no port raises ValueError)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError
    return text.rstrip("/")


def _database(text: str) -> str:
    """One spelling for SQLAlchemy: every PostgreSQL address means psycopg 3."""
    if not text:
        return f"sqlite:///{INSTANCE / 'booking.db'}"
    scheme, _, rest = text.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and rest:
        urlsplit(f"postgresql://{rest}").port  # noqa: B018 (a port that is no number raises ValueError)
        return f"postgresql+psycopg://{rest}"
    # A database in memory would be a new, empty one for every connection.
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and ":memory:" not in rest:
        return text
    raise ValueError


def _key(text: str) -> str:
    if text and len(text) < 16:
        raise ValueError
    return text


_SWITCH = "on or off"

# fmt: off
SETTINGS = (
    Setting("DATABASE_URL", "", "sqlite:////folder/file.db or postgresql://user:password@host/name",
            "where the books are kept; without it a SQLite file in instance/", _database, secret=True),
    Setting("FILES_DIR", "", "a folder",
            "where files that people send lie, for this database alone; without it instance/files"),
    Setting("SECRET_KEY", "", "at least 16 characters",
            "signs cookies and links; made once and kept in instance/, but required in production", _key, secret=True),
    Setting("HOST", "127.0.0.1", "an address of this machine", "the address the server listens on"),
    Setting("PORT", "5000", "a whole number from 1 to 65535", "the port the server listens on", _number(1, 65535)),
    Setting("BOOKING_ENV", "development", "development or production",
            "production: cookies over HTTPS only, no demo data, a SECRET_KEY of your own",
            _one_of("development", "production")),
    Setting("BASE_URL", "", "an address such as https://book.example.com",
            "the address people reach this server by, for links in mail; without it http://HOST:PORT", _web_address),
    Setting("MAIL_SERVER", "", "a host name", "the SMTP server; without it mail stays in the outbox, readable there"),
    Setting("MAIL_PORT", "587", "a whole number from 1 to 65535", "the SMTP server's port", _number(1, 65535)),
    Setting("MAIL_USE_TLS", "on", _SWITCH, "speaks STARTTLS with the SMTP server", _switch),
    Setting("MAIL_USERNAME", "", "a name", "the account on the SMTP server"),
    Setting("MAIL_PASSWORD", "", "a password", "its password", secret=True),
    Setting("MAIL_DEFAULT_SENDER", "", "an e-mail address", "the sender of all mail; needed with MAIL_SERVER"),
    Setting("SCHEDULER", "on", _SWITCH, "runs the jobs inside the server; off where another process does", _switch),
    Setting("SMS_PROVIDER", "log", "log", "who sends text messages; log: nobody, they are only written down",
            _one_of("log")),
    Setting("STRIPE_SECRET_KEY", "", "a key of Stripe", "card payments; without it there are none", secret=True),
    Setting("STRIPE_WEBHOOK_SECRET", "", "a secret of Stripe", "proves that a payment notice is Stripe's", secret=True),
    Setting("LOG_FORMAT", "text", "text or json", "how the log is written", _one_of("text", "json")),
    Setting("METRICS_TOKEN", "", "at least 16 characters",
            "lets a monitor elsewhere read /metrics, as a bearer token", _key, secret=True),
    Setting("TRUSTED_PROXIES", "0", "a whole number from 0 to 5",
            "how many proxies stand in front and tell the visitor's address", _number(0, 5)),
    Setting("ALLOW_DEMO", "off", _SWITCH, "lets demo data stay where others can reach it", _switch),
    Setting("MAX_UPLOAD_MB", "10", "a whole number from 1 to 100", "the largest form or file taken", _number(1, 100)),
)
# fmt: on

# Defaults of every tenant's own settings. Their bounds stand in rules/settings.py, which checks them.
TENANT_DEFAULTS = (
    "BOOKING_ADVANCE_DAYS",
    "BOOKING_CUTOFF_HOURS",
    "MIN_BOOKING_SIZE",
    "MAX_BOOKING_SIZE",
    "WAITLIST_NOTIFICATION_EXPIRY_HOURS",
    "WAITLIST_AUTO_PROCESS",
    "DEFAULT_CHILD_DISCOUNT",
    "TAX_RATE",
    "INFANT_MAX_AGE",
    "CHILD_MAX_AGE",
    "DEFAULT_DEPOSIT",
)


def environment() -> dict[str, str]:
    """The variables of this process, and those of .env that it does not set itself."""
    from dotenv import dotenv_values

    kept = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    return {**kept, **os.environ}


def read(variables: Mapping[str, str]) -> dict[str, Any]:
    """The app's configuration; raises WrongSetting."""
    own = {each.name: each.value(variables.get(each.name, "").strip() or each.default) for each in SETTINGS}
    production = own["BOOKING_ENV"] == "production"
    if own["MAIL_SERVER"] and "@" not in own["MAIL_DEFAULT_SENDER"]:
        raise WrongSetting(
            f"MAIL_DEFAULT_SENDER is “{own['MAIL_DEFAULT_SENDER']}”, but must be an e-mail address "
            "when MAIL_SERVER is set."
        )
    if own["DATABASE_URL"].startswith("postgresql") and importlib.util.find_spec("psycopg") is None:
        raise WrongSetting(
            "DATABASE_URL is an address of PostgreSQL, but must be one of SQLite until "
            "`pip install -r requirements/postgres.txt` has brought the driver."
        )
    if production and not own["SECRET_KEY"]:
        raise WrongSetting("SECRET_KEY is not set, but must be at least 16 characters when BOOKING_ENV=production.")
    host = f"[{own['HOST']}]" if ":" in own["HOST"] else own["HOST"]
    return {
        **own,
        "PRODUCTION": production,
        "BASE_URL": own["BASE_URL"] or f"http://{host}:{own['PORT']}",
        "SECRET_KEY": own["SECRET_KEY"] or _generated_key(),
        "FILES_DIR": own["FILES_DIR"] or str(INSTANCE / "files"),
        "SQLALCHEMY_DATABASE_URI": own["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 10,
            "max_overflow": 10,
            "pool_pre_ping": True,
            "hide_parameters": True,  # else names and password hashes would stand in the log of a refused statement
        },
        "MAX_CONTENT_LENGTH": own["MAX_UPLOAD_MB"] * 1024 * 1024,
        # The __Host- prefix makes browsers refuse a cookie that a neighbouring subdomain set.
        "SESSION_COOKIE_NAME": "__Host-booking" if production else "booking",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": production,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open as long as its session lives
        "BABEL_DEFAULT_LOCALE": "en",
        # The cost of one password hash (argon2id): 19 MiB and two rounds.
        "PASSWORD_TIME_COST": 2,
        "PASSWORD_MEMORY_COST": 19456,
    }


def tenant_defaults(variables: Mapping[str, str]) -> dict[str, str]:
    """What the environment says about tenants' settings, as text, under their own lower-case names."""
    return {name.lower(): text for name in TENANT_DEFAULTS if (text := variables.get(name, "").strip())}


def folder_refusal(folder: str) -> str | None:
    """Why files can't be kept in a folder, which is made where it is missing; None where they can."""
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return None
        why = "Permission denied"
    except OSError as error:
        why = error.strerror or str(error)
    return f"FILES_DIR is “{folder}”, but must be a folder in which this program may write: {why}."


def shown(address: str) -> str:
    """A database's address without its password."""
    parts = urlsplit(address)
    if not parts.password:
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")))


def demo_refusal(settings: Mapping[str, Any]) -> str | None:
    """Why the demo tenants, whose password everybody knows, may not be served like this; None where they may."""
    if settings["PRODUCTION"]:
        return "BOOKING_ENV is “production”, but must be development as long as demo tenants exist."
    if settings["ALLOW_DEMO"]:
        return None
    if not _loopback(settings["HOST"]):
        return (
            f"HOST is “{settings['HOST']}”, but must be 127.0.0.1 as long as demo tenants exist, or set ALLOW_DEMO=1."
        )
    if settings["MAIL_SERVER"]:
        return (
            f"MAIL_SERVER is “{settings['MAIL_SERVER']}”, but must be empty as long as demo tenants exist, "
            "or set ALLOW_DEMO=1."
        )
    return None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _generated_key() -> str:
    """The key in instance/, made by whoever starts first."""
    file = INSTANCE / "secret_key"
    if not file.exists():
        INSTANCE.mkdir(mode=0o700, exist_ok=True)
        draft = INSTANCE / f"secret_key.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, file)  # of two that start together one wins, and both read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()
