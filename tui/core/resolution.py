"""Which profile opens and with which settings: flags over environment over file over defaults.

A key goes only to the place that it was given for. `OPENAI_*` belongs to api.openai.com, or to
`OPENAI_BASE_URL` where that is set, and feeds the profile `openai` alone; a profile's own key
belongs to the profile's address. Another profile gets a variable only by saying `env:NAME`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from tui.core.environment import Environment
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.keys import EnvironmentKey, LiteralKey, RefusedKey
from tui.core.paths import Paths, usual_config_file
from tui.core.profiles import PROFILE_NAMES, SETTING_NAMES, profile_of, reasons_of
from tui.core.safe_text import clean
from tui.core.settings import (
    OPENAI,
    SANDBOX,
    Profile,
    ServerKind,
    Settings,
    kind_of_address,
    normalise_base_url,
    same_place,
    sandbox_profile,
)
from tui.core.settings_file import SettingsFile, Table, read_settings_file

T = TypeVar("T")

DEFAULT = "default"
BROKEN_FILE = "the settings file cannot be read"
_OTHER_NAMES = {
    "api_key": "key",
    "token": "key",
    "api_key_command": "key_command",
    "url": "base_url",
    "api_base": "base_url",
    "org": "organization",
    "organisation": "organization",
    "timeout": "read_timeout",
    "colour": "color",
    "profile": "default_profile",
}


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value, and what said so: `flag --theme`, `env:CUPOLA_PROFILE`, `file`, `default`."""

    value: T
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line said; `None` and `False` where it said nothing."""

    profile: str | None = None
    sandbox: bool = False
    read_only: bool = False
    base_url: str | None = None
    theme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What holds for this run."""

    profile: Profile
    settings: Settings
    path: Path
    """Of the settings file, whether it exists or not."""
    profiles: Mapping[str, Profile]
    """All that can be switched to, by name; the chosen one and `sandbox` are among them."""
    values: Mapping[str, Sourced[object]]
    """By name (`theme`, `profile`, `profile.base_url`), with the source. Keys as their source."""
    warnings: tuple[str, ...] = ()
    problem: Problem | None = None
    """The settings file is broken; defaults hold and real servers are read only."""
    implicit_sandbox: bool = False
    """Nobody chose a profile and there is no key: the band says so."""


def load(flags: Flags, *, environ: Mapping[str, str], paths: Paths) -> Resolved:
    """Read the file and resolve. Raises `ProblemError` when what was asked for cannot be had."""
    file = read_settings_file(paths.config_file)
    resolved = resolve(flags, environ, file)
    if file.exists or file.path == usual_config_file():
        return resolved
    missing = f"the settings file {clean(file.path, limit=200)} is not there: defaults hold"
    return replace(resolved, warnings=(missing, *resolved.warnings))


def resolve(flags: Flags, environ: Mapping[str, str], file: SettingsFile) -> Resolved:
    """Flags > environment > file > defaults.

    Raises `ProblemError` when a flag or the environment asks for a profile that is not there or
    cannot be used. What is wrong in the file alone is a warning, and the program starts.
    """
    return _Resolver(flags, environ, file).resolve()


@dataclass(slots=True)
class _Made:
    """A profile with the source of each of its values."""

    profile: Profile
    sources: dict[str, str] = field(default_factory=dict)


class _Resolver:
    def __init__(self, flags: Flags, environ: Mapping[str, str], file: SettingsFile) -> None:
        self._flags = flags
        self._environment = Environment(environ)
        self._file = file
        self._warnings: list[str] = []
        self._broken: dict[str, str] = {}
        self._made: dict[str, _Made] = {}

    def resolve(self) -> Resolved:
        if self._file.problem is not None:
            self._warn(str(self._file.problem))
        settings, sources = self._settings()
        self._made[SANDBOX] = _Made(sandbox_profile())
        self._read_profiles()
        made, chosen_by = self._choose(settings)
        self._made[made.profile.name] = made
        self._lock(settings)
        if made.profile.unencrypted:
            self._warn(f"{made.profile.base_url}: keys and data travel unencrypted")
        values: dict[str, Sourced[object]] = {
            name: Sourced(getattr(settings, name), sources.get(name, DEFAULT))
            for name in Settings.model_fields
        }
        values["profile"] = Sourced(made.profile.name, chosen_by)
        for name in Profile.model_fields:
            if name != "name":
                source = made.sources.get(name, DEFAULT)
                values[f"profile.{name}"] = Sourced(_shown(made.profile, name), source)
        return Resolved(
            profile=made.profile,
            settings=settings,
            path=self._file.path,
            profiles=MappingProxyType({n: entry.profile for n, entry in self._made.items()}),
            values=MappingProxyType(values),
            warnings=tuple(dict.fromkeys(self._warnings)),
            problem=self._file.problem,
            implicit_sandbox=chosen_by == DEFAULT,
        )

    def _warn(self, text: str) -> None:
        self._warnings.append(clean(text, limit=300))

    # The top level.

    def _settings(self) -> tuple[Settings, dict[str, str]]:
        table = {k: v for k, v in self._file.table.items() if k != "profiles"}
        self._warn_unknown(table, SETTING_NAMES, "")
        given = {name: value for name, value in table.items() if name in Settings.model_fields}
        try:
            settings = Settings.model_validate(given)
        except ValidationError as error:
            for name, reason in reasons_of(error):
                given.pop(name, None)
                self._warn(f"{name}: {reason}; the default holds")
                if name == "read_only":
                    # Somebody wanted to be careful: a slip of the pen must not undo that.
                    given[name] = True
            settings = Settings.model_validate(given)
        sources = dict.fromkeys(given, "file")
        for name in ("theme", "read_only"):
            if value := getattr(self._flags, name):
                settings = settings.model_copy(update={name: value})
                sources[name] = f"flag --{name.replace('_', '-')}"
        return settings, sources

    def _lock(self, settings: Settings) -> None:
        """Make every profile read only, if anything says so."""
        if settings.read_only:
            source = "flag --read-only" if self._flags.read_only else "file"
        elif self._file.problem is not None:
            # What cannot be read may have said read_only; the sandbox has nothing to lose.
            source = BROKEN_FILE
        else:
            return
        for made in self._made.values():
            spared = source == BROKEN_FILE and made.profile.sandbox
            if not made.profile.read_only and not spared:
                made.profile = made.profile.model_copy(update={"read_only": True})
                made.sources["read_only"] = source

    def _warn_unknown(self, names: Iterable[str], known: frozenset[str], where: str) -> None:
        for name in names:
            if name in known:
                continue
            meant = _OTHER_NAMES.get(name.lower())
            if meant not in known:
                meant = _nearest(name, known)
            hint = f"; did you mean {meant}?" if meant else ""
            self._warn(f"settings file: {where}{name} is not known{hint}")

    # Profiles.

    def _read_profiles(self) -> None:
        tables = self._file.table.get("profiles", {})
        if not isinstance(tables, dict):
            self._warn("settings file: profiles is not a table")
            tables = {}
        for name, table in tables.items():
            if not isinstance(table, dict):
                self._broken[name] = "it is not a table"
            else:
                self._read_profile(name, table)
        wanted = OPENAI in tables or self._environment.key_variable
        if OPENAI not in self._broken and wanted and (made := self._openai()):
            self._made[OPENAI] = made
        for name, reason in self._broken.items():
            self._warn(f"the profile {name} is set aside: {reason}")

    def _read_profile(self, name: str, table: Table) -> None:
        self._warn_unknown(table, PROFILE_NAMES, f"profiles.{name}.")
        try:
            profile = profile_of(name, table)
            if name == SANDBOX and profile.kind is not ServerKind.SANDBOX:
                raise ValueError("the profile sandbox is always of kind sandbox")
        except ValidationError as error:
            self._broken[name] = "; ".join(
                f"{field_name}: {reason}" if field_name else reason
                for field_name, reason in reasons_of(error)
            )
            return
        except ValueError as error:
            self._broken[name] = str(error)
            return
        sources = {k.removesuffix("_command"): "file" for k in table if k in PROFILE_NAMES}
        self._made[name] = _Made(self._guarded(profile), sources)

    def _guarded(self, profile: Profile) -> Profile:
        """A key in the file counts only where nobody else can read the file."""
        if not profile.has_literal_key:
            return profile
        if self._file.private:
            self._warn(
                f"profile {profile.name}: the key itself stands in the settings file;"
                " env:NAME, a key_command or keyring:SERVICE/USER keep it elsewhere"
            )
            return profile
        path = clean(self._file.path)
        refused = RefusedKey(f"others can read it in {path}", f"chmod 600 {path}")
        self._warn(f"profile {profile.name}: its key is not used: others can read it in {path}")
        return profile.model_copy(
            update={
                name: refused
                for name in ("key", "admin_key")
                if isinstance(getattr(profile, name), LiteralKey)
            }
        )

    def _openai(self) -> _Made | None:
        """The implicit profile: the file's `[profiles.openai]`, overlaid by the environment."""
        own = self._made.pop(OPENAI, None)
        environment = self._environment_address()
        if environment is None:
            return None
        from_variable = self._environment["OPENAI_BASE_URL"] is not None
        address = environment if from_variable or own is None else own.profile.base_url
        values: dict[str, object] = {"base_url": address, "kind": kind_of_address(address)}
        sources = dict(own.sources) if own else {}
        if from_variable:
            sources["base_url"] = "env:OPENAI_BASE_URL"
        if own is not None and same_place(address, own.profile.base_url):
            values["kind"] = own.profile.kind
        elif own is not None:
            self._warn(
                f"profile {OPENAI}: OPENAI_BASE_URL names another server than the settings"
                " file; the file's keys are not sent there"
            )
            values |= {"key": None, "admin_key": None}
        if same_place(address, environment):
            values |= self._credentials(sources)
        elif variable := self._environment.key_variable:
            self._warn(
                f"profile {OPENAI}: {variable} is not sent to {_host(address)};"
                f' write key = "env:{variable}" there if it should be'
            )
        base = own.profile if own else Profile(name=OPENAI)
        made = base.model_copy(update=values)
        if made.key is None and same_place(address, environment):
            # So that the screen can say which variable is missing.
            made = made.model_copy(update={"key": EnvironmentKey("OPENAI_API_KEY")})
        return _Made(made, sources)

    def _environment_address(self) -> str | None:
        try:
            return self._environment.address()
        except ValueError as error:
            self._broken.setdefault(OPENAI, str(error))
            return None

    def _credentials(self, sources: dict[str, str]) -> dict[str, object]:
        """The environment's keys and scopes, noted in `sources`."""
        values: dict[str, object] = {}
        for name, (value, variable) in self._environment.credentials().items():
            if isinstance(value, str) and not (value.isascii() and value.isprintable()):
                self._warn(f"{variable} is not plain text and is left out")
                continue
            values[name] = value
            sources[name] = f"env:{variable}"
        return values

    # The choice.

    def _choose(self, settings: Settings) -> tuple[_Made, str]:
        return (
            self._by_flags()
            or self._by_environment(settings)
            or self._by_file(settings)
            or (self._made[SANDBOX], DEFAULT)
        )

    def _by_flags(self) -> tuple[_Made, str] | None:
        flags = self._flags
        if flags.sandbox:
            return self._made[SANDBOX], "flag --sandbox"
        if flags.profile:
            made = self._named(flags.profile, "--profile")
            return (self._at(made, flags.base_url) if flags.base_url else made), "flag --profile"
        if flags.base_url:
            return self._ad_hoc(flags.base_url), "flag --base-url"
        return None

    def _by_environment(self, settings: Settings) -> tuple[_Made, str] | None:
        """CUPOLA_PROFILE; else a key, unless the file chooses: then a profile *is* chosen."""
        if variable := self._environment["CUPOLA_PROFILE"]:
            return self._named(variable, "CUPOLA_PROFILE"), "env:CUPOLA_PROFILE"
        by = self._environment.key_variable
        if settings.default_profile or not by:
            return None
        if self._environment_address() is None:
            raise _unusable(f"{by} is set, but not for an address", self._broken[OPENAI])
        return (self._made[OPENAI], f"env:{by}") if OPENAI in self._made else None

    def _by_file(self, settings: Settings) -> tuple[_Made, str] | None:
        name = settings.default_profile
        if not name:
            return None
        if made := self._made.get(name):
            return made, "file"
        self._warn(f"default_profile: there is no usable profile {name}; the sandbox opens")
        return None

    def _named(self, name: str, asked_by: str) -> _Made:
        if made := self._made.get(name):
            return made
        if name == OPENAI and name not in self._broken and (implicit := self._openai()):
            return implicit
        shown = clean(name, limit=60)
        if name in self._broken:
            raise _unusable(f"The profile {shown} cannot be used", self._broken[name])
        if self._file.problem is not None:
            raise ProblemError(self._file.problem)
        nearest = _nearest(name, self._made)
        hint = f"did you mean {nearest}?" if nearest else f"known: {', '.join(self._made)}"
        raise _unusable(f"There is no profile {shown} ({asked_by})", hint)

    def _at(self, made: _Made, base_url: str) -> _Made:
        """A named profile at another address: both flags were given, so its keys go along."""
        address = _flag_address(base_url)
        kind = made.profile.kind
        if kind is ServerKind.OPENAI and not same_place(address, made.profile.base_url):
            kind = kind_of_address(address)
        profile = made.profile.model_copy(update={"base_url": address, "kind": kind})
        return _Made(profile, {**made.sources, "base_url": "flag --base-url"})

    def _ad_hoc(self, base_url: str) -> _Made:
        """A server by address alone. It gets the environment's keys only if they are for it.

        Anything else would hand OPENAI_API_KEY to whatever address was pasted; who wants a key
        sent there makes a profile, or gives `--profile` as well.
        """
        address = _flag_address(base_url)
        sources = {"base_url": "flag --base-url", "kind": "flag --base-url"}
        values: dict[str, Any] = {}
        if variable := self._environment.key_variable:
            environment = self._environment_address()
            if environment and same_place(address, environment):
                values = self._credentials(sources)
            else:
                self._warn(f"{variable} is not sent to {_host(address)}: give --profile as well")
        name = _host(address)
        while name in self._made:
            name += "*"
        return _Made(
            Profile(name=name[:60], kind=kind_of_address(address), base_url=address, **values),
            sources,
        )


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _flag_address(base_url: str) -> str:
    try:
        return normalise_base_url(base_url)
    except ValueError as error:
        raise _unusable("--base-url cannot be used", str(error)) from None


def _unusable(title: str, detail: str) -> ProblemError:
    return ProblemError(Problem(title, clean(detail, limit=300), kind=ProblemKind.LOCAL))


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.7)), None)


def _shown(profile: Profile, name: str) -> object:
    """A profile's value as it may be shown: keys as their source, headers by name."""
    value = getattr(profile, name)
    match name:
        case "key" | "admin_key":
            return str(value) if value is not None else None
        case "headers" | "query":
            return tuple(value)
        case _:
            return value
