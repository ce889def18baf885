"""Profiles as a list, and the test of a key in words."""

from __future__ import annotations

from tui.catalog.descriptor import Shown, Tone
from tui.core.formats import counted
from tui.store.fixed_rows import column, fixed_view
from tui.store.profiles import ProfileLine, ProfilesView, Trial, TrialPhase
from tui.store.views import CollectionView, Ref, RowView

PROFILES = "profiles"
COLUMNS = (
    column("name", "Profile", 16),
    column("kind", "Kind", 11),
    column("host", "Server", 28, grow=True),
    column("key", "Key", 20, priority=1),
    column("admin_key", "Admin key", 20, priority=3),
    column("state", "State", 34, priority=0),
)
NOTHING = Shown("–", Tone.MUTED)


def profile_ref(name: str) -> Ref:
    return Ref(PROFILES, name)


def profiles_view(view: ProfilesView) -> CollectionView:
    """The list, in the order of the settings."""
    rows = [
        RowView(
            profile_ref(line.name),
            (
                Shown(line.name, Tone.ACCENT if line.current else Tone.PLAIN),
                Shown(line.kind),
                Shown(line.host or ("embedded" if line.built_in else "–")),
                Shown(line.key) if line.key else NOTHING,
                Shown(line.admin_key) if line.admin_key else NOTHING,
                _state(line, view),
            ),
        )
        for line in view.lines
    ]
    return fixed_view(PROFILES, COLUMNS, rows)


def _state(line: ProfileLine, view: ProfilesView) -> Shown:
    if view.switching == line.name:
        return Shown("◌ opening", Tone.BUSY)
    trial = view.trial if view.trial is not None and view.trial.name == line.name else None
    words = []
    if line.current:
        words.append("● open")
    if line.read_only:
        words.append("read-only")
    if trial is not None:
        said = trial_words(trial)
        return Shown(" · ".join([*words, said.text]), said.tone)
    return Shown(" · ".join(words), Tone.GOOD if line.current else Tone.MUTED)


def trial_words(trial: Trial) -> Shown:
    """How the test of a key stands."""
    match trial.phase:
        case TrialPhase.RUNNING:
            return Shown("◌ trying the key", Tone.BUSY)
        case TrialPhase.PASSED:
            return Shown(f"✓ answers, {counted(trial.models, 'model')}", Tone.GOOD)
        case TrialPhase.FAILED:
            return Shown(f"✕ {trial.problem.title if trial.problem else 'failed'}", Tone.BAD)
