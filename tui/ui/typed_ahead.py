"""Type-ahead: keys that follow a key which opens a dialog wait for the dialog.

Actions that ask run in workers, so the loop could give the next keys to the page below before the
dialog stands. They are held back instead, and given on in order once it is clear who has them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.worker import Worker

_LOOK = 0.004
"""Seconds between two looks whether the dialog stands."""
MOST_LOOKS = 100
"""Looks for an action which opens nothing after all; counted, since loading what it needs may
hold the loop up for long."""
LAST_LOOKS = 6
"""Looks after its worker ended: what it asked for may be on its way to the app."""


class TypedAhead(App[None]):
    """Holds keys back while an action that was asked for is still opening something."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._held: list[events.Key] = []
        self._opening: asyncio.Task[None] | None = None

    async def on_event(self, event: events.Event) -> None:
        """Both a key as it comes and one that no widget wanted pass here."""
        if isinstance(event, events.Key) and self._opening is not None:
            event.stop()
            event.prevent_default()
            self._held.append(event)
            return
        await super().on_event(event)

    async def run_action(
        self,
        action: Any,
        default_namespace: DOMNode | None = None,
        namespaces: Any = None,
    ) -> bool:
        """As Textual does; when that began a worker, the keys behind it wait for what it opens."""
        before, screen = set(self.workers), self.screen
        done = await super().run_action(action, default_namespace, namespaces)
        begun = [worker for worker in self.workers if worker not in before]
        if begun and self._opening is None:
            self._opening = asyncio.create_task(self._give_on(screen, begun))
        return done

    async def _give_on(self, screen: Screen[Any], begun: list[Worker[Any]]) -> None:
        """Wait until another screen stands or nothing opens; then give the keys on, oldest first.

        A key that came straight and one that a widget passed on may have overtaken each other.
        """
        looks = ended = 0
        while self._running and looks < MOST_LOOKS and ended < LAST_LOOKS:
            await asyncio.sleep(_LOOK)
            looks += 1
            ended += all(worker.is_finished for worker in begun)
            if self._opened(screen):
                break
        self._opening = None
        held, self._held = sorted(self._held, key=lambda key: key.time), []
        for key in held:
            self.post_message(events.Key(key.key, key.character))

    def _opened(self, before: Screen[Any]) -> bool:
        """Whether another screen stands, with its focus where keys are wanted."""
        if not self.screen_stack or self.screen is before:
            return False
        return self.screen.is_mounted and self.screen.focused is not None
