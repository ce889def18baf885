"""Profiles and settings as values: addresses, bounds, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from tui.core.keys import EnvironmentKey, LiteralKey
from tui.core.settings import (
    OPENAI_BASE_URL,
    Profile,
    ServerKind,
    Settings,
    kind_of_address,
    kind_of_host,
    normalise_base_url,
    same_place,
    sandbox_profile,
)


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/chat/completions ", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/models/", "https://api.openai.com/v1"),
        ("https://api.openai.com//v1//", "https://api.openai.com/v1"),
        ("HTTPS://API.OpenAI.com/v1", "https://api.openai.com/v1"),
        ("api.example.com", "https://api.example.com/v1"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://host/openai/v1/responses", "https://host/openai/v1"),
        ("https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1"),
        ("https://r.openai.azure.com/openai/", "https://r.openai.azure.com/openai/v1"),
        (
            "https://r.openai.azure.com/openai/v1/?api-version=preview#x",
            "https://r.openai.azure.com/openai/v1",
        ),
        ("https://host/v1?x=1", "https://host/v1"),
    ],
)
def test_pasted_addresses(pasted: str, address: str) -> None:
    assert normalise_base_url(pasted) == address
    assert normalise_base_url(address) == address


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "  ",
        "ftp://host/v1",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://user:pass@host/v1",
        "https://key@host",
        "user:pass@host",
        "https://host:99999/v1",
        "https://host:port/v1",
        "https://ho st/v1",
        "https://host/\x1b[2J",
        "https://[::1/v1",
        "javascript:alert(1)",
        "https://host/v1\nHost: evil",
    ],
)
def test_what_is_no_address(pasted: str) -> None:
    with pytest.raises(ValueError):
        normalise_base_url(pasted)


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        address = normalise_base_url(text)
    except ValueError:
        return
    assert address.startswith(("http://", "https://"))
    assert address.isprintable() and "@" not in address.split("/")[2]
    assert normalise_base_url(address) == address


def test_what_a_host_says_of_its_server() -> None:
    assert kind_of_host("API.openai.com") is ServerKind.OPENAI
    assert kind_of_host("eu.api.openai.com") is ServerKind.OPENAI
    assert kind_of_host("api.openai.com.evil.example") is ServerKind.COMPATIBLE
    assert kind_of_host("evilapi.openai.com.example") is ServerKind.COMPATIBLE
    assert kind_of_host("notapi.openai.com") is ServerKind.COMPATIBLE
    assert kind_of_address("https://r.openai.azure.com/openai/v1") is ServerKind.AZURE
    assert kind_of_address("http://localhost:1/v1") is ServerKind.COMPATIBLE


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com:443/v1/x", True),
        ("https://api.openai.com/v1", "https://eu.api.openai.com/v1", True),
        ("https://api.openai.com/v1", "http://api.openai.com/v1", False),
        ("http://eu.api.openai.com/v1", "https://api.openai.com/v1", False),
        ("http://localhost:1/v1", "http://localhost:2/v1", False),
        ("http://localhost:1/v1", "http://127.0.0.1:1/v1", False),
        ("https://host/a", "https://HOST/b", True),
        ("https://api.openai.com/v1", "https://api.openai.com.evil.example/v1", False),
    ],
)
def test_where_a_key_may_go(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same
    assert same_place(other, one) is same


def test_defaults_of_a_profile() -> None:
    profile = Profile(name="p")
    assert profile.kind is ServerKind.OPENAI
    assert profile.base_url == OPENAI_BASE_URL
    assert (profile.connect_timeout, profile.read_only, profile.key) == (5.0, False, None)


def test_the_sandbox_needs_no_address() -> None:
    profile = sandbox_profile()
    assert profile.sandbox and profile.starts_sandbox
    running = Profile(name="s", kind=ServerKind.SANDBOX, base_url="http://127.0.0.1:9/v1")
    assert running.sandbox and not running.starts_sandbox


@pytest.mark.parametrize("kind", [ServerKind.AZURE, ServerKind.COMPATIBLE])
def test_other_kinds_need_one(kind: ServerKind) -> None:
    with pytest.raises(ValidationError, match="needs a base_url"):
        Profile(name="p", kind=kind)


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "opnai"},
        {"base_url": "ftp://x"},
        {"base_url": 5},
        {"key": 5},
        {"key": ["", "x"]},
        {"read_only": "perhaps"},
        {"connect_timeout": 0},
        {"read_timeout": -1},
        {"read_timeout": float("nan")},
        {"headers": {"Bad Name": "x"}},
        {"headers": {"X": "a\r\nHost: evil"}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"API-Key": "x"}},
        {"headers": ["x"]},
        {"organization": "a\nb"},
        {"project": "ü"},
        {"color": "red; x"},
        {"color": "#12"},
        {"name": ""},
        {"name": " x"},
        {"name": "a\x1b"},
    ],
)
def test_what_no_profile_may_hold(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({"name": "p", **table})


def test_a_refusal_does_not_show_what_was_given() -> None:
    with pytest.raises(ValidationError) as caught:
        Profile.model_validate({"name": "p", "key": ["", "sk-cAnArY"], "headers": {"X": "sk-ü"}})
    assert "cAnArY" not in str(caught.value)
    assert "sk-ü" not in str(caught.value)


def test_tables_take_numbers_and_booleans_as_texts() -> None:
    profile = Profile.model_validate(
        {"name": "p", "query": {"api-version": 2, "x": True}, "headers": {"X-A": 1.5}}
    )
    assert profile.query == {"api-version": "2", "x": "true"}
    assert profile.headers == {"X-A": "1.5"}


def test_keys_are_sources_and_shown_nowhere() -> None:
    profile = Profile.model_validate({"name": "p", "key": "sk-cAnArY", "admin_key": "env:A"})
    assert profile.key == LiteralKey(SecretStr("sk-cAnArY"))
    assert profile.admin_key == EnvironmentKey("A")
    assert profile.has_literal_key
    assert "cAnArY" not in f"{profile} {profile!r}"
    assert profile.model_copy(update={"read_only": True}).key == profile.key


def test_unencrypted_is_told_for_other_machines_only() -> None:
    def unencrypted(url: str) -> bool:
        return Profile(name="p", kind=ServerKind.COMPATIBLE, base_url=url).unencrypted

    assert unencrypted("http://10.0.0.1/v1")
    assert not unencrypted("https://10.0.0.1/v1")
    assert not unencrypted("http://localhost:1")
    assert not unencrypted("http://127.0.0.2:1")
    assert not unencrypted("http://[::1]:1")
    assert not sandbox_profile().unencrypted


def test_a_bundle_may_lie_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    profile = Profile.model_validate({"name": "p", "ca_bundle": "~/ca.pem"})
    assert profile.ca_bundle == Path("/home/me/ca.pem")


def test_bounds_of_the_settings() -> None:
    assert Settings().theme == "dark"
    for wrong in (
        {"page_size": 0},
        {"page_size": 101},
        {"uploads_at_once": 0},
        {"theme": ""},
        {"clipboard": "x"},
        {"confirm_typed_from": 0},
    ):
        with pytest.raises(ValidationError):
            Settings.model_validate(wrong)
