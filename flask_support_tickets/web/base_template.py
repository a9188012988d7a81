"""The host's layout: whether our pages fit into it, and where their titles go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakSet

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, Environment, TemplateNotFound, nodes
from markupsafe import Markup, escape

from ..errors import ConfigurationError

#: The template that all requester pages extend. Hosts can override it.
PAGE = "support_tickets/_page.html"
_BODY = "st_body"
_TITLE = re.compile(r"(<title\b[^>]*>)(.*?)(</title>)", re.IGNORECASE | re.DOTALL)
#: The apps whose layouts could not be read during `init_app`.
_undecided: WeakSet[Flask] = WeakSet()


def title_in(parent: Callable[[], str], title: str) -> Markup:
    """Return ``title`` for a title block, in a ``<title>`` element if the host's block has one.

    ``parent`` is ``super`` in the block. The rest of the host's block is kept.
    """
    title = escape(title)
    try:
        block = parent()
    except Exception:  # the host's default title may use variables that our pages do not have
        return title
    filled, count = _TITLE.subn(lambda match: f"{match[1]}{title}{match[3]}", block, count=1)
    return Markup(filled) if count else title


def check_base_template(app: Flask, name: str, shipped: BaseLoader | None) -> None:
    """Raise `ConfigurationError` if the layout ``name`` does not exist or does not show our pages.

    A layout that cannot be read yet, because it needs an extension or a database that is set up
    later, is checked again when the first page is rendered.
    """
    try:
        try:
            _check(app, name, shipped)
        except RuntimeError:  # the host's loader needs an app context
            with app.app_context():
                _check(app, name, shipped)
        _undecided.discard(app)
    except ConfigurationError:
        raise
    except Exception:
        _undecided.add(app)


def recheck_base_template(app: Flask, name: str, shipped: BaseLoader | None) -> None:
    """Run `check_base_template` again if it could not read the layout."""
    if app in _undecided:
        check_base_template(app, name, shipped)
        _undecided.discard(app)  # rendering shows what is wrong


def _check(app: Flask, name: str, shipped: BaseLoader | None) -> None:
    # Do not create ``app.jinja_env`` here: the host may still change its options.
    is_created = "jinja_env" in vars(app)
    environment = app.jinja_env if is_created else app.create_jinja_environment()
    loader = ChoiceLoader([each for each in (environment.loader, shipped) if each is not None])
    try:
        chain = list(_chain_of(environment, loader, name))
    except TemplateNotFound as error:
        raise ConfigurationError(
            f"SUPPORT_TICKETS_BASE_TEMPLATE = {name!r}: the template {error.name!r} was not found. "
            "Check the name. If the template belongs to a blueprint, register the blueprint before "
            "init_app."
        ) from error
    if chain[-1].find(nodes.Extends) is None and _BODY not in _rendered_blocks(chain):
        raise ConfigurationError(
            f"SUPPORT_TICKETS_BASE_TEMPLATE = {name!r}: the template has no block named 'content', "
            "so the pages would be empty. Add {% block content %}{% endblock %} to it, or override "
            f"the template {PAGE!r} and put the block {_BODY!r} into one of your blocks."
        )


def _chain_of(environment: Environment, loader: BaseLoader, base: str) -> Iterator[nodes.Template]:
    """Yield the parsed templates of a page, up to one that extends nothing or a variable."""
    name: object = PAGE
    while isinstance(name, str):
        source, filename, _ = loader.get_source(environment, name)
        template = environment.parse(source, name, filename)
        yield template
        extends = template.find(nodes.Extends)
        parent = extends.template if extends else None
        if isinstance(parent, nodes.Name) and parent.name == "base_template":
            name = base
        else:
            name = parent.value if isinstance(parent, nodes.Const) else None


def _rendered_blocks(chain: list[nodes.Template]) -> set[str]:
    """Return the names of the blocks that are rendered, starting from the last template's."""
    definitions: dict[str, list[nodes.Block]] = {}
    for template in chain:
        for block in template.find_all(nodes.Block):
            definitions.setdefault(block.name, []).append(block)
    found: set[str] = set()
    waiting = [block.name for block in _outer_blocks(chain[-1])]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for block in _with_parents(definitions[name]):
                waiting += [inner.name for inner in _outer_blocks(block)]
    return found


def _with_parents(definitions: list[nodes.Block]) -> Iterator[nodes.Block]:
    """Yield the definition that is rendered, and those that it calls with ``super()``."""
    for block in definitions:
        yield block
        if not any(name.name == "super" for name in block.find_all(nodes.Name)):
            return


def _outer_blocks(node: nodes.Node) -> Iterable[nodes.Block]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outer_blocks(child)
