"""Textual's driver for POSIX terminals, hardened where a terminal's input can end the program.

Textual decodes input strictly, so that one stray byte (a Latin-1 key, an old mouse report) is a
crash; and when the terminal is gone it reads its end for ever, at full speed. Only
`run_input_thread` is overridden; a canary test holds its neighbours in place.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

CHUNK = 4096
LOOK = 0.1
"""Seconds between two looks whether the program ends, and for keys that wait for their rest."""


class TerminalDriver(LinuxDriver):
    """Bad bytes become U+FFFD; the end of the input tells the app, and ends the thread."""

    def run_input_thread(self) -> None:
        """Read keys until the program ends or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(LOOK):
                    chunk = self._read()
                    if not chunk:
                        self._loop.call_soon_threadsafe(self._app.post_message, TerminalGone())
                        return
                    for event in parser.feed(decode(chunk)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """What was typed; nothing when the terminal is gone."""
        try:
            return os.read(self.fileno, CHUNK)
        except OSError:
            return b""


class TerminalGone(Message):
    """Nobody can type or see any more: save and leave."""
