"""The app that servers import; `python app.py` migrates, serves and ticks."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

from booking_admin import config, create_app

try:
    app = create_app()
except config.WrongSetting as wrong:
    print(wrong, file=sys.stderr)
    raise SystemExit(2) from None


def _settle() -> None:
    """Tells the machine what a server keeps and what it does not."""
    # All that was loaded stays: the collector need not look through it again and again.
    gc.freeze()
    # A password is hashed in a block of 19 MB. It goes back when it is free; else each thread would keep one for good.
    large_blocks, from_bytes = -3, 1 << 20  # M_MMAP_THRESHOLD
    with contextlib.suppress(AttributeError, OSError):  # C libraries that have no such knob have no such habit
        ctypes.CDLL(None).mallopt(large_blocks, from_bytes)


_settle()


def serve() -> None:
    """One process: brings the database up to date, then answers until it is stopped."""
    from waitress.server import create_server

    from booking_admin import cli, jobs

    cli.prepare(app)
    host, port = app.config["HOST"], app.config["PORT"]
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=8,
            ident=None,
            # What proxies say is for the app to judge; kept from it, every visitor would seem to come from the proxy.
            clear_untrusted_proxy_headers=False,
            # More than the app takes, so that the app itself says no; else a gigabyte would be written to the disk.
            max_request_body_size=2 * app.config["MAX_CONTENT_LENGTH"],
        )
    except (OSError, ValueError) as error:
        raise config.WrongSetting(
            f"HOST and PORT are “{host}” and “{port}”, but must be an address of this machine and a free port: {error}."
        ) from None
    clockwork = jobs.start(app)
    print(f"Booking Admin is at {app.config['BASE_URL']} (Ctrl-C stops it).", flush=True)
    try:
        server.run()
    finally:
        jobs.stop(clockwork)


if __name__ == "__main__":
    try:
        serve()
    except config.WrongSetting as wrong:
        print(wrong, file=sys.stderr)
        raise SystemExit(2) from None
