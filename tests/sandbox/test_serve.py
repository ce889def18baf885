"""`cupola sandbox` as a process: its line, its signals, its lifeline, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import OpenAI

PATIENCE = 30

Start = Callable[..., "subprocess.Popen[str]"]

LAUNCH = """
import sys
from argparse import Namespace
from pathlib import Path
from tui.sandbox.serve import main
port, data, lifeline = sys.argv[1:]
sys.exit(main(Namespace(
    port=int(port), data=Path(data) if data else None, memory=not data, seed="empty",
    speed=1.0, json=True, lifeline=int(lifeline) if lifeline else None)))
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a sandbox; what still runs at the end is killed by its id."""
    running: list[subprocess.Popen[str]] = []

    def begin(
        data: Path | None = None,
        *,
        port: int = 0,
        lifeline: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                LAUNCH,
                str(port),
                "" if data is None else str(data),
                "" if lifeline is None else str(lifeline),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=() if lifeline is None else (lifeline,),
            env={**os.environ, **(environment or {})},
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def sdk(address: dict[str, Any]) -> OpenAI:
    return OpenAI(base_url=address["base_url"], api_key=address["api_key"], max_retries=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_status_0(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(tmp_path / "world")
    address = line(process)
    assert set(address) == {"base_url", "api_key", "admin_key"}
    assert address["base_url"].startswith("http://127.0.0.1:")
    with sdk(address) as client:
        file = client.files.create(file=("a.txt", b"kept"), purpose="evals")
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, errors) == (0, "", "")
    assert not (tmp_path / "world" / "running.json").exists()
    with sdk(line(start(tmp_path / "world"))) as client:
        assert client.files.content(file.id).read() == b"kept"


def test_nothing_acknowledged_is_lost_by_a_kill(start: Start, tmp_path: Path) -> None:
    process = start(tmp_path)
    with sdk(line(process)) as client:
        file = client.files.create(file=("a.md", b"The tide is high."), purpose="evals")
        store = client.vector_stores.create(name="kept", file_ids=[file.id])
    process.kill()
    process.wait(PATIENCE)
    assert (tmp_path / "running.json").exists()
    with sdk(line(start(tmp_path))) as client:
        assert client.files.content(file.id).read() == b"The tide is high."
        assert client.vector_stores.retrieve(store.id).name == "kept"
        polled = client.vector_stores.files.poll(file.id, vector_store_id=store.id)
        assert polled.status == "completed", "interrupted work was taken up again"


def test_it_ends_when_its_lifeline_does(start: Start) -> None:
    theirs, ours = os.pipe()
    process = start(lifeline=theirs)
    os.close(theirs)
    line(process)
    os.close(ours)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_folder_has_one_server(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path)
    address = line(first)
    second = start(tmp_path)
    output, errors = second.communicate(timeout=PATIENCE)
    assert (second.returncode, output) == (1, "")
    assert "already serves" in errors
    assert address["base_url"] in errors
    assert address["api_key"] not in errors
    announced = json.loads((tmp_path / "running.json").read_text("utf-8"))
    assert announced.items() >= {**address, "pid": first.pid}.items()


def test_only_the_owner_can_read_it(start: Start, tmp_path: Path) -> None:
    with sdk(line(start(tmp_path / "world"))) as client:
        client.files.create(file=("a.txt", b"x"), purpose="evals")
    assert stat.S_IMODE((tmp_path / "world").stat().st_mode) == 0o700
    for path in (tmp_path / "world").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert {path.name for path in tmp_path.iterdir()} == {"world"}


def test_keys_come_from_the_environment(start: Start) -> None:
    keys = {"CUPOLA_SANDBOX_API_KEY": "one", "CUPOLA_SANDBOX_ADMIN_KEY": "two"}
    address = line(start(environment=keys))
    assert (address["api_key"], address["admin_key"]) == ("one", "two")
    same = start(environment={name: "one" for name in keys})
    assert "must differ" in same.communicate(timeout=PATIENCE)[1]
    assert same.returncode == 1
    fresh = line(start())
    assert fresh["api_key"].startswith("sk-cupola-")
    assert len(fresh["api_key"]) > 40
    assert fresh["api_key"] != fresh["admin_key"]


def test_a_taken_port_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(port=port)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"port {port} cannot be used" in errors


def test_data_of_a_newer_program_is_left_alone(start: Start, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "sandbox.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    process = start(tmp_path)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "newer Cupola" in errors
    (tmp_path / "sandbox.sqlite3").write_bytes(b"this is no database" * 1000)
    process = start(tmp_path)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "not a readable database" in errors


def test_it_ends_while_an_answer_is_under_way(start: Start) -> None:
    process = start()
    address = line(process)
    rules = f"{address['base_url']}/sandbox/faults"
    headers = {"Authorization": f"Bearer {address['admin_key']}"}
    httpx.post(rules, json={"effect": "hang", "times": 1}, headers=headers)
    port = int(address["base_url"].split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        waiting.sendall(
            f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {address['api_key']}\r\n\r\n".encode()
        )
        while httpx.get(rules, headers=headers).json()["data"]:
            continue
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
