"""Profiles in the settings file: a table as a profile, a profile as a table, and saving one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.keys import KeySource, key_source_as_toml, parse_key_source
from tui.core.paths import Paths
from tui.core.settings import (
    OPENAI_BASE_URL,
    SANDBOX,
    Profile,
    ServerKind,
    Settings,
    kind_of_address,
    normalise_base_url,
)
from tui.core.settings_file import Table, change_table, remove_table

SETTING_NAMES = frozenset({*Settings.model_fields, "profiles"})
"""What the top level of the file may hold."""
PROFILE_NAMES = frozenset({*Profile.model_fields, "key_command", "admin_key_command"} - {"name"})
"""What a `[profiles.NAME]` table may hold."""


def reasons_of(error: ValidationError) -> list[tuple[str, str]]:
    """Field and reason, without the values: one of them may be a key."""
    found: dict[str, str] = {}
    for entry in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(entry["loc"][0]) if entry["loc"] else ""
        found.setdefault(name, entry["msg"].removeprefix("Value error, "))
    return list(found.items())


def profile_of(name: str, table: Mapping[str, object]) -> Profile:
    """A `[profiles.NAME]` table as a profile. Raises `ValueError` (pydantic's is one)."""
    values = {k: v for k, v in table.items() if k in Profile.model_fields and k != "name"}
    for key in ("key", "admin_key"):
        if command := table.get(f"{key}_command"):
            if key in values:
                raise ValueError(f"{key} and {key}_command are both given")
            if isinstance(command, str):
                command = f"command:{command}"
            values[key] = parse_key_source(command)
    if "kind" not in values and isinstance(values.get("base_url"), str):
        # What is no address is told by the profile's own check.
        with contextlib.suppress(ValueError):
            values["kind"] = kind_of_address(normalise_base_url(str(values["base_url"])))
    return Profile.model_validate({**values, "name": name})


def check_profile(name: str, table: Mapping[str, object]) -> Profile | dict[str, str]:
    """The profile, or the reasons by field why it is none; under "" what belongs to no field."""
    try:
        return profile_of(name, table)
    except ValidationError as refusal:
        return dict(reasons_of(refusal))
    except ValueError as refusal:
        return {"": str(refusal)}


def profile_as_table(profile: Profile) -> Table:
    """What to write into the file: only what differs from the defaults. Keys as sources."""
    table: Table = {"kind": str(profile.kind)}
    for name, info in Profile.model_fields.items():
        value = getattr(profile, name)
        if name in {"name", "kind"} or value in (None, "", {}) or value == info.default:
            continue
        if name == "base_url" and (profile.kind, value) == (ServerKind.OPENAI, OPENAI_BASE_URL):
            continue
        if isinstance(value, KeySource):
            written = key_source_as_toml(value)
            table[f"{name}_command" if isinstance(written, list) else name] = written
        else:
            table[name] = str(value) if isinstance(value, Path) else value
    return table


def save_profile(paths: Paths, profile: Profile, *, make_default: bool = False) -> None:
    """Add the profile to the settings file, or change what differs; the rest stays as it is.

    Not on the event loop. Raises `ProblemError`; the file is then as it was.
    """
    if profile.name == SANDBOX and not profile.sandbox:
        raise ProblemError(
            Problem(
                "The name sandbox is taken", "it is the built-in profile", kind=ProblemKind.LOCAL
            )
        )
    changes: dict[str, object] = dict.fromkeys(PROFILE_NAMES)
    changes |= profile_as_table(profile)
    private = profile.has_literal_key
    change_table(paths.config_file, ("profiles", profile.name), changes, private=private)
    if make_default:
        save_settings(paths, {"default_profile": profile.name})


def remove_profile(paths: Paths, name: str) -> None:
    """Take a profile out of the settings file. Not on the event loop; raises `ProblemError`."""
    remove_table(paths.config_file, ("profiles", name))


def save_settings(paths: Paths, changes: Mapping[str, object]) -> None:
    """Change top-level settings, such as the theme; `None` goes back to the default.

    Not on the event loop. Raises `ProblemError`; `ValueError` for what no setting may be.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    unknown = set(changes) - set(Settings.model_fields)
    if unknown:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    Settings.model_validate(given)
    change_table(paths.config_file, (), changes)
