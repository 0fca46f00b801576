"""The extensions, before there is an app."""

from __future__ import annotations

from pathlib import Path

from flask_babel import Babel
from flask_login import LoginManager
from flask_mail import Mail
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

babel = Babel()
csrf = CSRFProtect()
login = LoginManager()
mail = Mail()
migrate = Migrate(directory=str(Path(__file__).resolve().parent.parent / "migrations"))
