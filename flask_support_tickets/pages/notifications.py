"""``/settings/ticket/notifications``: the preferences of a user (O5)."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..services.notifications.preferences import Choice, list_preferences, save_preferences
from ..transaction import unit_of_work
from ..web.forms import ActionForm
from ..web.identity import require_actor
from ..web.notification_labels import channel_label, kind_label
from .blueprint import page, render_page


@page("/notifications", methods=["GET"])
def edit_notifications() -> Response:
    """Render a checkbox for each kind of notification and each channel."""
    return _form_page(ActionForm(formdata=None), None, 200)


@page("/notifications", methods=["POST"])
def save_notifications() -> ResponseReturnValue:
    """Save which checkboxes are checked, or render the form again if it has expired."""
    values = (value.partition(":") for value in request.form.getlist("enabled"))
    chosen = {(kind, channel) for kind, _, channel in values}
    form = ActionForm()
    if not form.validate():
        return _form_page(form, chosen, 400)
    unit_of_work(save_preferences, actor=require_actor(), enabled=chosen)
    return redirect(url_for(".edit_notifications", saved="yes"), 303)


def _form_page(form: ActionForm, chosen: set[Choice] | None, status: int) -> Response:
    actor = require_actor()
    preferences = list_preferences(actor=actor)
    if chosen is not None:
        preferences = {
            kind: {name: (kind, name) in chosen for name in channels}
            for kind, channels in preferences.items()
        }
    return render_page(
        "notifications.html",
        status,
        form=form,
        preferences=preferences,
        kind_label=lambda kind: kind_label(kind, is_staff=actor.is_staff),
        channel_label=channel_label,
    )
