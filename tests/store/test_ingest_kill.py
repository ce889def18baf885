"""Uploads survive SIGKILL: a true process, a true server, and nothing twice (reliability D3)."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx

from tui.core.clock import SystemClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

ROOT = Path(__file__).resolve().parents[2]
FILES = 24


def start(sandbox: RunningSandbox, store: str, folder: Path) -> subprocess.Popen[str]:
    arguments = [sandbox.base_url, sandbox.api_key, store, str(folder / "docs"), str(folder / "j")]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.ingest_child", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def rows(api: httpx.Client, path: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = api.get(path, params={"limit": 100}).json()["data"]
    return found


def test_a_killed_upload_goes_on_and_sends_nothing_twice(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(FILES):
        (docs / f"{number}.md").write_text(f"# {number}\n" + f"Line of note {number}.\n" * 5)
    with running_sandbox(clock=SystemClock(speed=10), seed="empty") as sandbox:
        headers = {
            "Authorization": f"Bearer {sandbox.api_key}",
            "OpenAI-Beta": "assistants=v2",
        }
        with httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False) as api:
            store = api.post("/vector_stores", json={"name": "kill"}).json()["id"]
            for arrivals in (1, 9, 20):
                child = start(sandbox, store, tmp_path)
                assert child.stdout is not None
                for _ in range(arrivals):
                    if not child.stdout.readline().startswith("arrived"):
                        break
                child.send_signal(signal.SIGKILL)
                child.communicate()
            last = start(sandbox, store, tmp_path)
            said, _ = last.communicate(timeout=60)
            assert said.splitlines()[-1] == "done"
            names = Counter(str(row["filename"]) for row in rows(api, "/files"))
            assert names == {f"{number}.md": 1 for number in range(FILES)}
            attached = rows(api, f"/vector_stores/{store}/files")
            assert len({row["id"] for row in attached}) == len(attached) == FILES
            # Once more: nothing is left to do.
            again = start(sandbox, store, tmp_path)
            said, _ = again.communicate(timeout=60)
            assert said == "done\n"
