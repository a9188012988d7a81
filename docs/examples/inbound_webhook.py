"""Receive replies by email from Mailgun. The URL of the route in Mailgun must end in /mime."""

import hmac
import time

from flask import abort, current_app, request

from flask_support_tickets import StorageFull, Unavailable, receive_mail


def inbound_mail():
    form = request.form
    signed = f"{form['timestamp']}{form['token']}".encode()
    key = current_app.config["MAILGUN_SIGNING_KEY"].encode()
    is_genuine = hmac.compare_digest(hmac.digest(key, signed, "sha256").hex(), form["signature"])
    if not is_genuine or abs(time.time() - int(form["timestamp"])) > 300:
        abort(403)
    try:
        receive_mail(form["body-mime"].encode(), recipient=form["recipient"])
    except (StorageFull, Unavailable):
        abort(503)  # Mailgun tries again
    return "", 204
