"""The tables of screens, held against the descriptors and against what is really there."""

from __future__ import annotations

import pytest
from textual.screen import Screen

from tui.catalog.registry import Catalog
from tui.ui import places
from tui.ui.navigation import SCREENS, Route
from tui.ui.page import Page

CATALOG = Catalog()


@pytest.mark.parametrize("name", sorted(places.PAGES))
def test_every_page_is_there(name: str) -> None:
    assert issubclass(places.load(places.PAGES[name]), Page)


@pytest.mark.parametrize("name", sorted(places.FLOWS))
def test_every_flow_is_there(name: str) -> None:
    assert issubclass(places.load(places.FLOWS[name]), Screen)


def test_hand_made_screens_are_those_of_the_descriptors() -> None:
    described = {key: CATALOG[key].screen for key in CATALOG if CATALOG[key].screen is not None}
    assert described == SCREENS
    assert set(SCREENS.values()) <= set(places.PAGES)


def test_every_flow_that_an_action_names_can_be_started() -> None:
    named = {action.flow for key in CATALOG for action in CATALOG[key].actions if action.flow}
    assert named <= set(places.FLOWS)


def test_a_route_to_a_list_is_no_object() -> None:
    with pytest.raises(ValueError, match="files is a list"):
        _ = Route("browser", "files").ref
