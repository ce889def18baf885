"""The log: rotating, private, and without keys; the ring of requests."""

from __future__ import annotations

import logging
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tui.core import log as log_module
from tui.core.clock import ManualClock
from tui.core.errors import Problem
from tui.core.log import (
    MASK,
    PREVIEW_LIMIT,
    KeyUsed,
    RequestLog,
    close_file_log,
    hide,
    open_file_log,
    preview,
    redact,
)
from tui.core.safe_text import harmless

CANARY = "cAnArY1234567890abcdef"


@pytest.fixture(autouse=True)
def forget_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_known", {})


@pytest.mark.parametrize(
    "text",
    [
        f"bad key sk-{CANARY}",
        f"bad key sk-proj-{CANARY}_x-y",
        f"sk-admin-{CANARY}",
        f"sk_{CANARY}",
        f"ek_{CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization=bearer {CANARY}",
        f'{{"Authorization": "Bearer {CANARY}"}}',
        f"{{'api-key': '{CANARY}', 'x': 1}}",
        f"Headers([('api-key', '{CANARY}')])",
        f"[(b'api-key', b'{CANARY}')]",
        f"x-api-key: {CANARY}",
        f"Api-Key={CANARY}",
        f'{{"api_key":"{CANARY}"}}',
        f'{{\\"api_key\\":\\"{CANARY}\\"}}',
        f"OPENAI_API_KEY={CANARY}",
        f"https://user:{CANARY}@host/v1",
        f"http://{CANARY}@host:8080/v1",
        f"https://host/v1?api-key={CANARY}&x=1",
        f"https://host/v1?x=1&token={CANARY}",
        f"https://host/?sig={CANARY}",
        f"Proxy-Authorization: Basic {CANARY}==",
        f"Set-Cookie: {CANARY}; Path=/",
        f"client_secret: '{CANARY}'",
    ],
)
def test_keys_are_taken_out(text: str) -> None:
    assert CANARY not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "a risk-averse task-oriented desk-bound reader",
        "token count: 1,204",
        "https://host/v1/files?after=file-abc&limit=20",
        '{"key": "department", "value": "legal"}',
        "mailto:someone@example.org",
        '{"max_tokens": 20, "model": "gpt-4o-mini"}',
        "path /a/b@c",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_known_secret_of_any_shape_is_taken_out() -> None:
    secret = "plain words of a proxy"
    assert redact(f"echo {secret}!") == f"echo {secret}!"
    hide(SecretStr(secret))
    hide(SecretStr(secret + " and more"))
    hide(SecretStr("abc"))
    assert redact(f"echo {secret}!") == f"echo {MASK}!"
    assert redact(f"echo {secret} and more!") == f"echo {MASK}!"
    assert redact("abc") == "abc"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_redacting_megabytes_is_linear() -> None:
    for text in (
        "sk-" * 200_000,
        "bearer " * 100_000,
        "a:" * 300_000,
        "http://" * 100_000,
        "x" * 1_000_000,
        "api-key" * 100_000,
        "a" * 500_000 + "://",
    ):
        redact(text)


def test_previews_are_capped_redacted_and_harmless() -> None:
    assert preview(None) == ""
    assert preview(b"") == ""
    long = preview("x" * 100_000)
    assert len(long) == PREVIEW_LIMIT and long.endswith("…")
    assert preview(b"\xff\x1b[2J sk-abcdefgh") == f"�␛[2J sk-{MASK}"


def test_a_key_across_the_cut_leaves_no_half() -> None:
    for length in range(1, 40):
        text = "x" * (PREVIEW_LIMIT - length) + f" sk-{CANARY}"
        assert CANARY[:4] not in preview(text)


def test_a_request_is_shown_from_start_to_finish() -> None:
    clock = ManualClock(start=1000.0)
    log = RequestLog(clock)
    heard: list[int] = []
    log.entries.subscribe(lambda entries: heard.append(len(entries)))
    handle = log.start(
        method="POST",
        url="http://127.0.0.1:1/v1/chat/completions?api-key=geheim123",
        operation="createChatCompletion",
        key=KeyUsed.PROJECT,
        body='{"model": "gpt-4o-mini", "note": "sk-abcdefghijk"}',
    )
    (entry,) = log.entries.value
    assert entry.running and entry.status is None and entry.duration is None
    assert entry.started_at == 1000.0
    assert "geheim123" not in entry.url
    assert "abcdefghijk" not in entry.request_preview
    assert entry.sent_bytes == 50
    clock._now += 2.5
    handle.retried()
    handle.responded(status=200, request_id="req_1\x1b")
    assert log.entries.value[0].attempts == 2
    assert log.entries.value[0].running
    handle.finish(received_bytes=99, response=b'{"ok": true}')
    (entry,) = log.entries.value
    assert not entry.running
    assert (entry.status, entry.duration, entry.received_bytes) == (200, 2.5, 99)
    assert entry.request_id == "req_1␛"
    assert entry.response_preview == '{"ok": true}'
    handle.finish(status=500)
    assert log.entries.value[0].status == 200
    assert heard == [1] * 4


def test_a_failed_request_keeps_its_problem_without_keys() -> None:
    log = RequestLog(ManualClock())
    handle = log.start(method="GET", url="http://x/v1/models", operation="listModels")
    handle.finish(problem=Problem("Refused", f"Incorrect API key: sk-{CANARY}\x1b[2J"))
    problem = log.entries.value[0].problem
    assert problem is not None
    assert CANARY not in problem.detail
    assert harmless(problem.detail)
    assert log.entries.value[0].status is None


def test_newest_first_and_the_oldest_fall_out() -> None:
    log = RequestLog(ManualClock(), capacity=3)
    handles = [
        log.start(method="GET", url=f"http://x/{n}", operation="listFiles") for n in range(5)
    ]
    assert [entry.id for entry in log.entries.value] == [5, 4, 3]
    handles[2].finish(status=200)
    assert [entry.id for entry in log.entries.value] == [5, 4, 3]
    log.clear()
    assert log.entries.value == ()


def test_a_request_that_fell_out_does_not_come_back() -> None:
    log = RequestLog(ManualClock(), capacity=2)
    first, *_ = [log.start(method="GET", url="http://x", operation="o") for _ in range(4)]
    first.finish(status=200)
    assert [entry.id for entry in log.entries.value] == [4, 3]


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    level, mask = root.level, os.umask(0)
    yield tmp_path / "state" / "cupola.log"
    os.umask(mask)
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.NOTSET)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_private_rotates_and_holds_no_key(log_file: Path) -> None:
    handler = open_file_log(log_file, max_bytes=2000, backups=2)
    logger = logging.getLogger("tui.test")
    try:
        for number in range(100):
            logger.warning("line %d with sk-%s and \x1b[2J", number, CANARY)
        try:
            raise RuntimeError(f"bad key sk-{CANARY}")
        except RuntimeError:
            logger.exception("it failed")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"Bearer {CANARY}", stacklevel=1)
    finally:
        close_file_log(handler)
    files = sorted(log_file.parent.iterdir())
    assert [file.name for file in files] == ["cupola.log", "cupola.log.1", "cupola.log.2"]
    assert {mode(file) for file in files} == {0o600}
    assert mode(log_file.parent) == 0o700
    text = "".join(file.read_text() for file in files)
    assert CANARY not in text
    assert "\x1b" not in text
    assert "RuntimeError: bad key" in text
    assert f"Bearer {MASK}" in text


def test_libraries_that_name_every_url_are_quiet(log_file: Path) -> None:
    handler = open_file_log(log_file)
    try:
        logging.getLogger("httpx").info("HTTP Request: GET http://x")
        logging.getLogger("tui.x").info("kept")
    finally:
        close_file_log(handler)
    assert "HTTP Request" not in log_file.read_text()
    assert "kept" in log_file.read_text()


def test_a_log_that_cannot_be_written_is_no_reason_not_to_start(
    tmp_path: Path, log_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    handler = open_file_log(log_file)
    try:
        logging.getLogger("tui.x").error("nowhere to go")
    finally:
        close_file_log(handler)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has /dev/full")
def test_a_failing_disk_writes_nothing_to_the_screen(
    log_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = open_file_log(log_file)
    try:
        assert isinstance(handler, logging.StreamHandler)
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, handler.stream.fileno())
        os.close(full)
        logging.getLogger("tui.x").error("lost")
    finally:
        close_file_log(handler)
    assert capfd.readouterr().err == ""
