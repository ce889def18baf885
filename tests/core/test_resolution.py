"""Flags over environment over file over defaults; and a key goes only where it was given for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tui.core.errors import ProblemError
from tui.core.keys import CommandKey, EnvironmentKey, LiteralKey, RefusedKey
from tui.core.paths import Paths
from tui.core.resolution import Flags, Resolved, load, resolve
from tui.core.safe_text import harmless
from tui.core.settings import ServerKind
from tui.core.settings_file import read_settings_file

PROFILES = """
[profiles.prod]
kind = "openai"
key = "env:PROD_KEY"
organization = "org-file"
[profiles.lab]
base_url = "localhost:8080"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def resolved(
    file: Path,
    text: str | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    mode: int = 0o600,
    **flags: Any,
) -> Resolved:
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    return resolve(Flags(**flags), environ or {}, read_settings_file(file))


# Which profile.


def test_nothing_said_is_the_sandbox_and_says_so(file: Path) -> None:
    found = resolved(file)
    assert found.profile.name == "sandbox" and found.profile.starts_sandbox
    assert found.implicit_sandbox
    assert found.values["profile"].source == "default"
    assert (found.warnings, found.problem) == ((), None)


CHOICES: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "flag": ({"profile": "lab"}, {}, "", "lab"),
    "variable": ({}, {"CUPOLA_PROFILE": "prod"}, "", "prod"),
    "file": ({}, {}, 'default_profile = "other"\n', "other"),
    "key": ({}, {"OPENAI_API_KEY": "sk-abcdefgh"}, "", "openai"),
}
"""From the strongest to the weakest."""


@pytest.mark.parametrize(
    "present",
    [c for n in range(1, 5) for c in itertools.combinations(CHOICES, n)],
    ids="+".join,
)
def test_the_strongest_choice_wins(file: Path, present: tuple[str, ...]) -> None:
    flags: dict[str, Any] = {}
    environ: dict[str, str] = {}
    text = ""
    for name in present:
        more_flags, more_environ, more_text, _ = CHOICES[name]
        flags |= more_flags
        environ |= more_environ
        text += more_text
    found = resolved(file, text + PROFILES + "[profiles.other]\n", environ, **flags)
    assert found.profile.name == CHOICES[present[0]][3]
    assert not found.implicit_sandbox
    assert found.warnings == ()


def test_the_sandbox_flag_wins_over_all(file: Path) -> None:
    environ = {"CUPOLA_PROFILE": "prod", "OPENAI_API_KEY": "sk-abcdefgh"}
    found = resolved(file, PROFILES, environ, sandbox=True)
    assert found.profile.name == "sandbox"
    assert not found.implicit_sandbox
    assert found.values["profile"].source == "flag --sandbox"


def test_an_admin_key_alone_opens_openai(file: Path) -> None:
    found = resolved(file, None, {"OPENAI_ADMIN_KEY": "sk-admin-abcdefgh"})
    assert found.profile.name == "openai"
    assert found.profile.admin_key == EnvironmentKey("OPENAI_ADMIN_KEY")
    assert found.profile.key == EnvironmentKey("OPENAI_API_KEY")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(file: Path, value: str) -> None:
    found = resolved(file, PROFILES, {"OPENAI_API_KEY": value, "CUPOLA_PROFILE": value})
    assert found.implicit_sandbox


def test_profiles_in_the_file_alone_are_not_opened(file: Path) -> None:
    found = resolved(file, PROFILES + '[profiles.openai]\nkey = "env:X"\n')
    assert found.implicit_sandbox
    assert set(found.profiles) == {"sandbox", "prod", "lab", "openai"}


@pytest.mark.parametrize(
    ("flags", "environ", "says"),
    [
        ({"profile": "prd"}, {}, "did you mean prod"),
        ({"profile": "zzz"}, {}, "known: sandbox, prod, lab"),
        ({}, {"CUPOLA_PROFILE": "prd"}, "CUPOLA_PROFILE"),
        ({"profile": "bad\x1b[2J"}, {}, "bad␛"),
        ({"base_url": "ftp://x"}, {}, "--base-url"),
        ({"base_url": "https://u:geheim@x"}, {}, "credentials"),
        ({"profile": "prod", "base_url": "nope://"}, {}, "--base-url"),
        ({}, {"OPENAI_API_KEY": "sk-abcdefgh", "OPENAI_BASE_URL": "ftp://x"}, "OPENAI_BASE_URL"),
        ({"profile": "openai"}, {"OPENAI_BASE_URL": "ftp://x"}, "OPENAI_BASE_URL"),
    ],
)
def test_what_was_asked_for_and_cannot_be_had(
    file: Path, flags: dict[str, Any], environ: dict[str, str], says: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        resolved(file, PROFILES, environ, **flags)
    text = str(caught.value.problem)
    assert says in text
    assert harmless(text) and "geheim" not in text and "sk-" not in text


def test_a_broken_variable_does_not_disturb_other_profiles(file: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-abcdefgh", "OPENAI_BASE_URL": "ftp://x"}
    assert resolved(file, PROFILES, environ, profile="prod").profile.name == "prod"
    assert resolved(file, PROFILES, environ, sandbox=True).profile.sandbox
    found = resolved(file, PROFILES, environ, base_url="http://h/v1")
    assert found.profile.key is None


def test_a_default_profile_that_is_not_there_is_a_warning(file: Path) -> None:
    found = resolved(file, 'default_profile = "gone"\n', {"OPENAI_API_KEY": "sk-abcdefgh"})
    assert found.profile.sandbox
    assert any("gone" in warning for warning in found.warnings)


# Values and where they come from.


def test_theme_by_flag_file_and_default(file: Path) -> None:
    assert resolved(file).values["theme"].source == "default"
    assert resolved(file, 'theme = "light"\n').values["theme"].source == "file"
    found = resolved(file, 'theme = "light"\n', theme="nord")
    assert (found.settings.theme, found.values["theme"].source) == ("nord", "flag --theme")


@pytest.mark.parametrize("by_flag", [False, True])
@pytest.mark.parametrize("by_settings", [False, True])
@pytest.mark.parametrize("by_profile", [False, True])
def test_read_only_when_anything_says_so(
    file: Path, by_flag: bool, by_settings: bool, by_profile: bool
) -> None:
    text = f"read_only = {str(by_settings).lower()}\n[profiles.a]\n"
    text += f"read_only = {str(by_profile).lower()}\n[profiles.b]\n"
    found = resolved(file, text, profile="a", read_only=by_flag)
    assert found.profile.read_only is (by_flag or by_settings or by_profile)
    assert found.profiles["b"].read_only is (by_flag or by_settings)
    assert found.profiles["a"] == found.profile
    by_flag_alone = by_flag and not by_profile
    source = found.values["profile.read_only"].source
    assert source == ("flag --read-only" if by_flag_alone else "file")


def test_each_value_knows_its_source(file: Path) -> None:
    text = '[profiles.openai]\norganization = "org-file"\nproject = "proj_file"\nread_timeout = 9\n'
    environ = {"OPENAI_API_KEY": "sk-abcdefgh", "OPENAI_ORG_ID": "org-env"}
    found = resolved(file, text, environ)
    profile, values = found.profile, found.values
    assert (profile.organization, profile.project) == ("org-env", "proj_file")
    assert values["profile.organization"].source == "env:OPENAI_ORG_ID"
    assert values["profile.project"].source == "file"
    assert values["profile.key"].value == "env:OPENAI_API_KEY"
    assert values["profile.key"].source == "env:OPENAI_API_KEY"
    assert values["profile.read_timeout"].source == "file"
    assert values["profile.connect_timeout"].source == "default"
    assert values["profile"].source == "env:OPENAI_API_KEY"


def test_no_value_shows_a_key_or_a_header(file: Path) -> None:
    text = (
        '[profiles.a]\nkey = "sk-cAnArY123"\nadmin_key_command = ["vault", "cAnArY"]\n'
        'headers = { X-Secret = "cAnArY" }\nquery = { token = "cAnArY" }\n'
    )
    found = resolved(file, text, profile="a")
    assert "cAnArY" not in repr(found.values)
    assert "cAnArY123" not in repr(found)
    assert "X-Secret" in repr(found.values["profile.headers"])


# Where keys go.

KEY = {"OPENAI_API_KEY": "sk-abcdefgh", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj_1"}


def test_the_environment_feeds_openai_alone(file: Path) -> None:
    found = resolved(file, PROFILES, KEY)
    assert found.profile.key == EnvironmentKey("OPENAI_API_KEY")
    assert (found.profile.organization, found.profile.project) == ("org-1", "proj_1")
    for name in ("prod", "lab", "sandbox"):
        other = found.profiles[name]
        assert other.key in (None, EnvironmentKey("PROD_KEY"))
        assert other.organization in (None, "org-file")
        assert other.project is None


def test_a_profile_may_ask_for_the_variable(file: Path) -> None:
    text = '[profiles.a]\nbase_url = "http://h/v1"\nkey = "env:OPENAI_API_KEY"\n'
    found = resolved(file, text, KEY, profile="a")
    assert found.profile.key == EnvironmentKey("OPENAI_API_KEY")
    assert found.profile.organization is None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://eu.api.openai.com", ServerKind.OPENAI),
        ("https://r.openai.azure.com", ServerKind.AZURE),
        ("http://localhost:4000", ServerKind.COMPATIBLE),
    ],
)
def test_the_environments_address_takes_the_environments_key(
    file: Path, url: str, kind: ServerKind
) -> None:
    found = resolved(file, None, KEY | {"OPENAI_BASE_URL": url})
    assert found.profile.base_url.startswith(url)
    assert found.profile.kind is kind
    assert found.profile.key == EnvironmentKey("OPENAI_API_KEY")
    assert found.values["profile.base_url"].source == "env:OPENAI_BASE_URL"


def test_a_files_address_does_not_take_the_environments_key(file: Path) -> None:
    text = '[profiles.openai]\nbase_url = "https://gateway.example/v1"\n'
    found = resolved(file, text, KEY | {"OPENAI_ADMIN_KEY": "sk-admin-abcdefgh"})
    assert found.profile.base_url == "https://gateway.example/v1"
    assert found.profile.admin_key is None
    assert found.profile.organization is None
    assert found.values["profile.key"].source == "default"
    assert any("is not sent to gateway.example" in warning for warning in found.warnings)


def test_the_missing_key_of_a_files_address_is_not_taken_from_the_environment_later(
    file: Path,
) -> None:
    """`env:OPENAI_API_KEY` as a placeholder would be resolved, and sent, after all."""
    text = '[profiles.openai]\nbase_url = "https://gateway.example/v1"\n'
    assert resolved(file, text, KEY).profile.key is None


def test_an_environments_address_does_not_take_the_files_key(file: Path) -> None:
    text = '[profiles.openai]\nkey_command = ["pass", "openai"]\nadmin_key = "env:MY_ADMIN"\n'
    found = resolved(file, text, {"OPENAI_BASE_URL": "http://localhost:4000"}, profile="openai")
    assert found.profile.base_url == "http://localhost:4000/v1"
    assert found.profile.admin_key is None
    assert not isinstance(found.profile.key, CommandKey)
    assert any("keys are not sent there" in warning for warning in found.warnings)


def test_the_files_key_serves_its_own_address(file: Path) -> None:
    text = '[profiles.openai]\nkey_command = ["pass", "openai"]\n'
    assert isinstance(resolved(file, text, profile="openai").profile.key, CommandKey)
    assert resolved(file, text, KEY).profile.key == EnvironmentKey("OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("flag", "variable", "sent"),
    [
        ("https://api.openai.com/v1", "", True),
        ("https://us.api.openai.com", "", True),
        ("http://api.openai.com/v1", "", False),
        ("https://evil.example/v1", "", False),
        ("http://localhost:4000/v1", "http://localhost:4000", True),
        ("http://localhost:4001/v1", "http://localhost:4000", False),
        ("https://api.openai.com/v1", "http://localhost:4000", False),
    ],
)
def test_an_address_by_flag_takes_a_key_only_if_it_is_its_own(
    file: Path, flag: str, variable: str, sent: bool
) -> None:
    found = resolved(file, None, KEY | {"OPENAI_BASE_URL": variable}, base_url=flag)
    assert (found.profile.key is not None) is sent
    assert (found.profile.organization == "org-1") is sent
    assert any("is not sent" in warning for warning in found.warnings) is not sent
    assert found.values["profile"].source == "flag --base-url"


def test_an_address_by_flag_is_not_the_chosen_default(file: Path) -> None:
    text = 'default_profile = "prod"\n' + PROFILES
    found = resolved(file, text, {"CUPOLA_PROFILE": "prod"}, base_url="http://localhost:1")
    assert (found.profile.name, found.profile.key) == ("localhost:1", None)
    assert found.profile.kind is ServerKind.COMPATIBLE


def test_profile_and_address_together_are_meant(file: Path) -> None:
    found = resolved(file, PROFILES, KEY, profile="prod", base_url="http://localhost:1")
    assert found.profile.key == EnvironmentKey("PROD_KEY")
    assert found.profile.base_url == "http://localhost:1/v1"
    assert found.profile.kind is ServerKind.COMPATIBLE
    assert found.values["profile.base_url"].source == "flag --base-url"


def test_unencrypted_is_told(file: Path) -> None:
    found = resolved(file, None, {}, base_url="http://10.0.0.1/v1")
    assert any("unencrypted" in warning for warning in found.warnings)
    assert resolved(file, None, {}, base_url="http://localhost/v1").warnings == ()


# The file's mistakes.


def test_a_key_in_a_private_file_is_used_with_a_warning(file: Path) -> None:
    found = resolved(file, '[profiles.a]\nkey = "sk-abcdefgh"\n', profile="a")
    assert found.profile.key == LiteralKey(SecretStr("sk-abcdefgh"))
    assert any("the key itself" in warning for warning in found.warnings)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_in_a_loose_file_is_refused(file: Path, mode: int) -> None:
    text = '[profiles.a]\nkey = "sk-abcdefgh"\nadmin_key = "env:ADMIN"\n'
    found = resolved(file, text, mode=mode, profile="a")
    assert isinstance(found.profile.key, RefusedKey)
    assert found.profile.key.hint == f"chmod 600 {file}"
    assert found.profile.admin_key == EnvironmentKey("ADMIN")
    assert any("is not used" in warning for warning in found.warnings)
    assert "sk-abcdefgh" not in repr(found)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('theem = "dark"', "did you mean theme"),
        ('api_key = "sk-abcdefgh"', "api_key is not known"),
        ("[profile.x]", "profile is not known; did you mean default_profile"),
        ('[profiles.a]\napi_key = "sk-abcdefgh"', "did you mean key?"),
        ('[profiles.a]\nurl = "x"', "did you mean base_url"),
        ("[profiles.a]\nread_olny = true", "did you mean read_only"),
        ("zzzzzz = 1", "zzzzzz is not known"),
        ('"a\\u001b[2J" = 1', "a␛[2J is not known"),
        ("page_size = 1000", "page_size: "),
        ("profiles = 5", "profiles is not a table"),
        ("[profiles]\na = 5", "the profile a is set aside: it is not a table"),
        ('[profiles.a]\nkind = "opnai"', "the profile a is set aside: kind"),
        ('[profiles.a]\nkind = "azure"', "needs a base_url"),
        ('[profiles.a]\nkey = "env:K"\nkey_command = ["x"]', "both given"),
        ('[profiles.a]\nkey = ""', "key source"),
        ("[profiles.a]\nkey = 5", "key: "),
        ('[profiles.sandbox]\nkind = "openai"', "always of kind sandbox"),
        ('[profiles."a\\nb"]', "plain printable"),
    ],
)
def test_mistakes_are_warnings_and_the_program_starts(file: Path, line: str, says: str) -> None:
    found = resolved(file, line + "\n")
    assert found.implicit_sandbox
    assert any(says in warning for warning in found.warnings), found.warnings
    assert all(harmless(warning) and "sk-" not in warning for warning in found.warnings)


def test_a_profile_set_aside_cannot_be_chosen(file: Path) -> None:
    text = '[profiles.a]\nread_only = "perhaps"\n'
    with pytest.raises(ProblemError, match="read_only"):
        resolved(file, text, profile="a")
    assert "a" not in resolved(file, text).profiles


def test_a_mistaken_read_only_is_careful(file: Path) -> None:
    found = resolved(file, 'read_only = "perhaps"\n', KEY)
    assert found.settings.read_only and found.profile.read_only


def test_one_wrong_setting_leaves_the_others(file: Path) -> None:
    found = resolved(file, 'page_size = 0\nclipboard = "x"\ntheme = "light"\n')
    assert found.settings.theme == "light"
    assert (found.settings.page_size, found.settings.clipboard) == (None, "auto")
    assert len(found.warnings) == 2


def test_the_sandbox_profile_can_be_dressed(file: Path) -> None:
    text = '[profiles.sandbox]\nkind = "sandbox"\ncolor = "green"\n'
    found = resolved(file, text)
    assert found.profile.color == "green" and found.profile.starts_sandbox


def test_a_broken_file_starts_with_defaults_and_real_servers_read_only(file: Path) -> None:
    found = resolved(file, "read_only = true\n[profiles\n", KEY)
    assert found.problem is not None and "line 2" in found.problem.detail
    assert found.profile.name == "openai" and found.profile.read_only
    assert found.values["profile.read_only"].source == "the settings file cannot be read"
    assert not found.profiles["sandbox"].read_only
    assert any("line 2" in warning for warning in found.warnings)
    assert file.read_text() == "read_only = true\n[profiles\n"


def test_a_profile_of_a_broken_file_names_the_line(file: Path) -> None:
    with pytest.raises(ProblemError, match="line 1"):
        resolved(file, "[profiles\n", profile="prod")
    assert resolved(file, "[profiles\n", profile="sandbox").profile.sandbox


def test_load_reads_the_file_of_the_paths(tmp_path: Path) -> None:
    paths = Paths(config_file=tmp_path / "c.toml", data_dir=tmp_path, state_dir=tmp_path)
    paths.config_file.write_text('theme = "light"\n')
    found = load(Flags(), environ={}, paths=paths)
    assert (found.settings.theme, found.warnings) == ("light", ())


def test_a_chosen_file_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defaults hold then, and a mistyped path may have meant read_only."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("CUPOLA_CONFIG", raising=False)
    chosen = Paths.of_user(tmp_path / "mistyped.toml")
    assert any("not there" in text for text in load(Flags(), environ={}, paths=chosen).warnings)
    assert load(Flags(), environ={}, paths=Paths.of_user()).warnings == ()


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(["openai", "sandbox", "env:X", "https://h/v1", "true"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [
        "kind",
        "base_url",
        "key",
        "key_command",
        "admin_key",
        "headers",
        "query",
        "read_only",
        "connect_timeout",
        "color",
        "ca_bundle",
        "organization",
        "theme",
        "default_profile",
        "odd",
    ]
)


@given(
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.dictionaries(
        st.sampled_from(["openai", "sandbox", "a", "b c"]),
        st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=5)),
        max_size=3,
    ),
    st.booleans(),
)
@settings(deadline=None, max_examples=120)
def test_no_content_of_the_file_stops_the_start(
    tmp_path_factory: pytest.TempPathFactory,
    top: dict[str, Any],
    profiles: dict[str, Any],
    with_key: bool,
) -> None:
    import dataclasses

    file = read_settings_file(tmp_path_factory.getbasetemp() / "none.toml")
    file = dataclasses.replace(file, table={**top, "profiles": profiles})
    found = resolve(Flags(), KEY if with_key else {}, file)
    assert found.profile.name in found.profiles
    assert "sandbox" in found.profiles
    assert all(harmless(warning) for warning in found.warnings)
