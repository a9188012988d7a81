"""``python -m example_app`` serves the demo on http://127.0.0.1:5000."""

from __future__ import annotations

import argparse

from flask import Flask

from . import create_app
from .accounts import MAIN_ACCOUNTS, PASSWORD

THREADS = 8


def main() -> None:
    """Make the demo, say where it is and who can sign in, and serve it until stopped."""
    parser = argparse.ArgumentParser(prog="python -m example_app", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=5000, type=int, help="port to listen on (%(default)s)")
    options = parser.parse_args()
    address = f"http://{options.host}:{options.port}"
    app = create_app(address=address)
    print(introduction(address), flush=True)
    try:
        serve(app, options.host, options.port)
    except OSError as error:
        raise SystemExit(
            f"Cannot listen on {options.host}:{options.port} ({error.strerror}). "
            "Choose another one with --port."
        ) from error
    except KeyboardInterrupt:
        print("\nStopped.")


def introduction(address: str) -> str:
    """Return what to open and who to be."""
    pages = {
        "Feed": "/",
        "Sign in": "/login",
        "My tickets": "/settings/ticket",
        "Admin (staff)": "/admin/",
        "Tickets (staff)": "/admin/tickets/",
        "Mail": "/demo/mail",
        "JSON API": "/api/tickets",
        "API document": "/api/tickets/docs",
    }
    lines = [f"Acme Commons is on {address}", ""]
    lines += [f"  {name:<16} {address}{path}" for name, path in pages.items()]
    lines += ["", f'Accounts (password "{PASSWORD}"):', ""]
    lines += [f"  {each.username:<16} {each.display_name}, {each.role}" for each in MAIN_ACCOUNTS]
    return "\n".join([*lines, "", "Press Ctrl+C to stop."])


def serve(app: Flask, host: str, port: int) -> None:
    """Serve with waitress when it is installed, else with Werkzeug's development server."""
    try:
        import waitress
    except ImportError:
        app.run(host, port, threaded=True)
    else:
        waitress.serve(app, host=host, port=port, threads=THREADS)


if __name__ == "__main__":
    main()
