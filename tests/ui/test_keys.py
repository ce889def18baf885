"""Keys mean one thing: no action of a resource takes a key that the program or the list has."""

from __future__ import annotations

import pytest
from textual.binding import Binding

from tui.catalog.registry import Catalog
from tui.ui.list_page import ListPage
from tui.ui.page import Page
from tui.ui.screens.browser import BrowserPage
from tui.ui.shell import Shell
from tui.ui.widgets.table import Table

CATALOG = Catalog()


def keys_of(*owners: type) -> set[str]:
    """Every key that the classes bind themselves."""
    return {
        key.strip()
        for owner in owners
        for binding in owner.__dict__["BINDINGS"]
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    }


TAKEN = keys_of(Shell, Page, ListPage, BrowserPage, Table)


@pytest.mark.parametrize("resource", [CATALOG[key] for key in CATALOG], ids=lambda r: r.key)
def test_actions_take_no_key_that_is_taken(resource: object) -> None:
    actions = {action.key for action in resource.actions}  # type: ignore[attr-defined]
    children = {child.key for child in resource.children} - {"enter"}  # type: ignore[attr-defined]
    assert actions & TAKEN == set()
    assert children & TAKEN == set()


def test_the_app_and_its_lists_do_not_fight_over_keys() -> None:
    shell, page = keys_of(Shell), keys_of(Page, ListPage, BrowserPage)
    assert shell & page == set()
