"""Remove the writing parts of ``ModelView``, so that tickets change only through the services."""

from __future__ import annotations

import inspect
from typing import Any

from flask_admin.contrib.sqla import ModelView

from ..errors import ConfigurationError

#: The views of a ``ModelView`` by name. A class that inherits from it holds wrapped copies of them.
_STOCK_VIEWS = {
    name: inspect.unwrap(view)
    for name, view in inspect.getmembers(ModelView)
    if hasattr(view, "_urls")
}


class Refused:
    """An attribute that is always false, and that raises `ConfigurationError` if it is set."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, view: Any, owner: type[Any]) -> bool:
        return False

    def __set__(self, view: Any, value: object) -> None:
        if value:
            raise _error(type(view), self._name)


class NoStockWrites(ModelView):
    """A ``ModelView`` without the routes and the action that write."""

    can_create: Any = Refused()
    can_edit: Any = Refused()
    can_delete: Any = Refused()
    column_editable_list: Any = Refused()
    inline_models: Any = Refused()
    action_delete: Any = None

    # The constructor calls this, but the host's other models may not be imported yet.
    def _refresh_cache(self) -> None:
        pass

    # ModelView builds its forms for creating and editing rows here. This view has none.
    def _refresh_forms_cache(self) -> None:
        pass

    def _refresh_form_rules_cache(self) -> None:
        pass

    def _validate_form_class(self, *args: Any, **kwargs: Any) -> None:
        pass

    _create_form_class = _edit_form_class = _form_edit_rules = _form_create_rules = None

    def scaffold_pk(self) -> str:
        return "id"

    def scaffold_auto_joins(self) -> list[Any]:
        return []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Remove the stock views, which a mixin that is a ``ModelView`` would bring back.

        Raises `ConfigurationError` if the class or a mixin sets an attribute that lets it write.
        """
        super().__init_subclass__(**kwargs)
        check_no_writes(cls)
        for (
            name,
            refused,
        ) in _REFUSED.items():  # False would not catch assignments on instances
            setattr(cls, name, refused)
        for name, stock in _STOCK_VIEWS.items():
            if inspect.unwrap(getattr(cls, name) or stock) is stock:
                setattr(cls, name, _our_view(cls, name))
        if inspect.unwrap(cls.action_delete or ModelView.action_delete) is ModelView.action_delete:
            cls.action_delete = None


#: The descriptors for the attributes that let a ``ModelView`` write, by name.
_REFUSED = {
    name: value for name, value in vars(NoStockWrites).items() if isinstance(value, Refused)
}


def check_no_writes(cls: type[Any]) -> None:
    """Raise `ConfigurationError` if ``cls`` has an attribute that lets it write."""
    for name in _REFUSED:
        value = inspect.getattr_static(cls, name)
        if not isinstance(value, Refused) and value:
            raise _error(cls, name)


def _our_view(cls: type[Any], name: str) -> Any:
    """Return the first version of a view that is not Flask-Admin's, or None."""
    for parent in cls.__mro__[1:]:
        view = vars(parent).get(name)
        if view is not None and inspect.unwrap(view) is not _STOCK_VIEWS[name]:
            return view
    return None


def _error(cls: type[Any], name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{cls.__name__}.{name} would let staff change tickets without the workflow. Remove it, "
        "and use row_action or Flask-Admin's action."
    )
