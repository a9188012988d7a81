"""The settings: the own name, and the way to the own tickets."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired, Length

from flask_support_tickets.current import find_state

from .extensions import db
from .models import DISPLAY_NAME_MAX

settings_pages = Blueprint("settings", __name__, url_prefix="/settings")


class ProfileForm(FlaskForm):
    """What others see of somebody."""

    display_name = StringField(
        "Display name",
        validators=[
            DataRequired("Please enter a name."),
            Length(max=DISPLAY_NAME_MAX, message=f"Use up to {DISPLAY_NAME_MAX} characters."),
        ],
        filters=[lambda value: value and value.strip()],
    )

    def validate_display_name(self, field: StringField) -> None:
        """Refuse what cannot be seen."""
        if not field.data.isprintable():
            raise ValidationError("Use letters, digits, spaces and punctuation only.")


@settings_pages.get("")
@login_required
def show_settings() -> ResponseReturnValue:
    """Show the parts of the settings."""
    return render_template("settings.html")


@settings_pages.get("/profile")
@login_required
def show_profile() -> ResponseReturnValue:
    """Show the form with the name as it is."""
    return render_template("profile.html", form=ProfileForm(formdata=None, obj=current_user))


@settings_pages.post("/profile")
@login_required
def save_profile() -> ResponseReturnValue:
    """Save: 303 back to the form, or 422 with the name as typed."""
    form = ProfileForm()
    if not form.validate_on_submit():
        return render_template("profile.html", form=form), 422
    current_user.display_name = form.display_name.data
    db.session.commit()
    flash("Your name is saved.", "success")
    return redirect(url_for("settings.show_profile"), 303)


@settings_pages.app_context_processor
def offer_tickets() -> dict[str, bool]:
    """Tell the templates whether the entry "Ticket" is shown: only while licensed."""
    state = find_state(current_app)
    return {"has_tickets": state is not None and state.is_licensed}
