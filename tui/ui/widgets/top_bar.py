"""The top line: the product, whose platform this is, where we are; at the right what is alive."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.core.formats import counted, percent
from tui.store.views import ActivityView, ProfileView
from tui.ui.text import cells, cut, line, segments_width
from tui.ui.theme import band_style
from tui.ui.widgets.lines import Inked

PRODUCT = "cupola"
SEPARATOR = " › "
_LONGEST_NAME = 24
_LONGEST_NOTE = 40


class TopBar(Inked):
    """One line; each of its parts is shown by its own method and repaints only when it differs."""

    class ProfileClicked(Message):
        """The band was clicked: the person may want another profile."""

    class NoticesClicked(Message):
        """The count of notices was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._profile: ProfileView | None = None
        self._crumbs: tuple[str, ...] = ()
        self._activity = ActivityView()
        self._wait = 0
        self._notices = 0
        self._detail = ""

    def show_profile(self, profile: ProfileView) -> None:
        """Whose platform it is; its colour is the band's."""
        if profile != self._profile:
            self._profile = profile
            self.refresh()

    def show_crumbs(self, crumbs: tuple[str, ...], detail: str = "") -> None:
        """Where we are, outermost first; `detail` stands at the right, such as a chat's model."""
        if (crumbs, detail) != (self._crumbs, self._detail):
            self._crumbs, self._detail = crumbs, detail
            self.refresh()

    def show_activity(self, activity: ActivityView, now: float) -> None:
        """What is alive; `now` (unix time) tells how long the server still asks to wait."""
        wait = max(0, round(activity.wait - now)) if activity.wait is not None else 0
        if (activity, wait) != (self._activity, self._wait):
            self._activity, self._wait = activity, wait
            self.refresh()

    def show_notices(self, unread: int) -> None:
        """How many notices were not read yet."""
        if unread != self._notices:
            self._notices = unread
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y:
            return self.strip([], width)
        head = self._head()
        alive = self._alive()
        trail = cells(SEPARATOR.join(line(name) for name in self._crumbs))
        kept = segments_width(head) + min(trail, width // (3 if width >= 100 else 4)) + 2
        while alive and segments_width(alive) > max(0, width - kept):
            # What comes first is told last where there is no room.
            alive = alive[2:]
        room = width - segments_width(head) - segments_width(alive)
        crumbs = self._trail(max(0, room - 1))
        gap = " " * max(0, room - segments_width(crumbs))
        return self.strip([*head, *crumbs, Segment(gap, self.ink("plain")), *alive], width)

    def _head(self) -> list[Segment]:
        segments = [Segment(f" {PRODUCT} ", self.ink("accent") + Style(bold=True))]
        profile = self._profile
        if profile is None:
            return segments
        # Only the sixteen-colour themes show a match by reversing it.
        few_colors = bool(self.ink("line--match").reverse)
        band = band_style(profile.color, profile.kind, ansi=few_colors)
        segments.append(Segment(f" {cut(line(profile.name), _LONGEST_NAME)} ", band))
        if profile.note:
            segments.append(Segment(f" {cut(line(profile.note), _LONGEST_NOTE)}", self.ink("warn")))
        if profile.read_only:
            segments.append(Segment(" read-only", self.ink("warn")))
        segments.append(Segment("  ", self.ink("plain")))
        return segments

    def _trail(self, room: int) -> list[Segment]:
        """The breadcrumb: the last part stays whole longest, the first ones are cut."""
        names = [line(name) for name in self._crumbs]
        while len(names) > 1 and cells(SEPARATOR.join(names)) > room:
            if names[0] == "…":
                del names[1]
            else:
                names[0] = "…"
            if len(names) == 2 and names[0] == "…" and cells(SEPARATOR.join(names)) > room:
                names = names[1:]
        segments: list[Segment] = []
        for number, name in enumerate(names):
            last = number == len(names) - 1
            if number:
                segments.append(Segment(SEPARATOR, self.ink("muted")))
            segments.append(
                Segment(cut(name, room) if last else name, self.ink("strong" if last else "muted"))
            )
        return segments

    def _alive(self) -> list[Segment]:
        activity = self._activity
        told: list[tuple[str, str]] = []
        if self._detail:
            told.append((line(self._detail), "muted"))
        if activity.loading:
            told.append(("◌ loading", "muted"))
        if activity.streams:
            told.append((f"● {counted(activity.streams, 'stream')}", "busy"))
        if activity.uploads:
            share = percent(activity.upload_share) if activity.upload_share is not None else ""
            told.append((f"↑ {counted(activity.uploads, 'upload')} {share}".rstrip(), "busy"))
        if activity.jobs:
            told.append((f"● {counted(activity.jobs, 'job')} running", "busy"))
        if self._wait:
            told.append((f"▲ rate limit, {self._wait} s", "warn"))
        if self._notices:
            told.append((f"✉ {counted(self._notices, 'notice')}", "accent"))
        segments: list[Segment] = []
        for text, tone in told:
            segments += [Segment(text, self.ink(tone)), Segment("   ", self.ink("plain"))]
        if segments:
            segments[-1] = Segment(" ", self.ink("plain"))
        return segments

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.x < segments_width(self._head()):
            self.post_message(self.ProfileClicked())
        elif self._notices and offset.x > self.content_size.width - 14:
            self.post_message(self.NoticesClicked())
