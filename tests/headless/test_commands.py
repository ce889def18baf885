"""`cupola list`, `get` and `ledger` as scripts use them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.headless.conftest import ROOT, Cupola, run, upload
from tui.core.safe_text import harmless
from tui.sandbox.thread import RunningSandbox

HOSTILE = "a\x1b[2J\x9b31m\u202egnp.[red]x[/].txt"
FILES = 130


@pytest.fixture(scope="module")
def files(api: httpx.Client) -> list[str]:
    """More files than one page holds, oldest first."""
    ids = [upload(api, f"note {number:03}.txt", b"x" * (number + 1)) for number in range(FILES - 1)]
    return [*ids, upload(api, HOSTILE)]


@pytest.fixture(scope="module")
def store(api: httpx.Client, server: RunningSandbox, files: list[str]) -> str:
    made = api.post("/vector_stores", json={"name": "Shelf", "file_ids": files[:3]}).json()
    return str(made["id"])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


class TestList:
    def test_twenty_rows_as_a_table_and_a_word_on_the_rest(
        self, cupola: Cupola, files: list[str]
    ) -> None:
        result = cupola("list", "files")
        lines = result.stdout.splitlines()
        assert result.returncode == 0
        assert lines[0].split()[:3] == ["ID", "NAME", "PURPOSE"]
        assert len(lines) == 21
        assert result.stderr == (
            "cupola: the first 20; there are more: --limit N, or --limit all\n"
        )
        assert {line.split()[0] for line in lines[1:]} < set(files)
        assert "\x1b" not in result.stdout
        assert {line[29:38] for line in lines[2:]} == {"  note 12", "  note 11"}

    @pytest.mark.parametrize("name", ["files", "Files", "f", "FILE"])
    def test_names_and_aliases(self, cupola: Cupola, files: list[str], name: str) -> None:
        assert cupola("list", name, "--limit", "1", "--jsonl").stdout.count("\n") == 1

    @pytest.mark.parametrize("name", ["vector-stores", "vector.stores", "vector_stores", "vs"])
    def test_dashes_dots_and_underscores_are_one(
        self, cupola: Cupola, store: str, name: str
    ) -> None:
        result = cupola("list", name, "--jsonl")
        assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [store]

    def test_a_limit_is_paged_on_to(self, cupola: Cupola, files: list[str]) -> None:
        result = cupola("list", "files", "--limit", "125", "--jsonl")
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert len({one["id"] for one in found}) == 125
        assert result.stderr == ""
        everything = cupola("list", "files", "--limit", "all", "--json", "--order", "asc")
        assert [one["id"] for one in json.loads(everything.stdout)] == files

    def test_raw_objects_with_hostile_names(self, cupola: Cupola, files: list[str]) -> None:
        for form in ("--json", "--jsonl"):
            result = cupola("list", "files", "--limit", "1", form)
            found = json.loads(result.stdout)
            (one,) = found if form == "--json" else [found]
            assert one["filename"] == HOSTILE
            assert harmless(result.stdout)
            assert isinstance(one["created_at"], int)

    def test_csv_has_exact_values(self, cupola: Cupola, files: list[str]) -> None:
        result = cupola("list", "files", "--csv", "--limit", "2")
        hostile, last = rows(result.stdout)
        assert harmless(result.stdout)
        assert hostile["id"] == files[-1] and "␛[2J" in hostile["filename"]
        assert last["filename"] == f"note {FILES - 2:03}.txt"
        assert last["size"] == str(FILES - 1)
        assert last["status"] == "processed"
        assert last["age"].endswith("Z") and "T" in last["age"]
        assert last["expires"] == ""

    def test_children_of_a_parent(self, cupola: Cupola, store: str, files: list[str]) -> None:
        for name in ("vector-stores.files", "vsf", "files"):
            result = cupola("list", name, "--parent", store, "--csv")
            found = rows(result.stdout)
            assert {one["id"] for one in found} == set(files[:3]), result.stderr
            assert {one["name"] for one in found} == {f"note {n:03}.txt" for n in range(3)}

    def test_filters_of_the_server_and_of_ours(self, cupola: Cupola, files: list[str]) -> None:
        def ids(*filters: str) -> list[str]:
            words = [word for one in filters for word in ("--filter", one)]
            result = cupola("list", "files", "--jsonl", *words)
            assert result.returncode == 0, result.stderr
            return [json.loads(line)["id"] for line in result.stdout.splitlines()]

        assert ids("purpose=batch") == []
        assert ids("purpose=assistants", "bytes=1") == [files[0]]
        assert ids("filename=note 007.txt") == [files[7]]

    def test_nothing_there(self, cupola: Cupola, files: list[str]) -> None:
        result = cupola("list", "files", "--filter", "purpose=batch")
        assert (result.returncode, result.stdout) == (0, "")
        assert result.stderr == "cupola: no files\n"
        empty = cupola("list", "files", "--filter", "purpose=batch", "--json")
        assert json.loads(empty.stdout) == []

    def test_what_cannot_be_listed_comes_from_the_ledger(
        self, cupola: Cupola, api: httpx.Client, store: str, files: list[str]
    ) -> None:
        made = api.post(f"/vector_stores/{store}/file_batches", json={"file_ids": files[3:5]})
        batch = made.json()["id"]
        assert cupola("list", "file-batches", "--parent", store, "--jsonl").stdout == ""
        assert cupola("get", batch, "--parent", store).returncode == 0
        found = cupola("list", "vsb", "--parent", store, "--jsonl")
        assert json.loads(found.stdout)["id"] == batch
        # The ledger knows the store by now.
        inner = cupola("list", "vector_stores.file_batches.files", "--parent", batch, "--jsonl")
        assert {json.loads(line)["id"] for line in inner.stdout.splitlines()} == set(files[3:5])


class TestGet:
    def test_json_in_a_pipe(self, cupola: Cupola, files: list[str]) -> None:
        for words in ((files[3],), ("files", files[3])):
            result = cupola("get", *words)
            assert json.loads(result.stdout)["filename"] == "note 003.txt"
            assert result.stderr == ""

    def test_a_child_by_its_parent(self, cupola: Cupola, store: str, files: list[str]) -> None:
        found = json.loads(cupola("get", files[0], "--parent", store).stdout)
        assert found["object"] == "vector_store.file"
        assert json.loads(cupola("get", files[0]).stdout)["object"] == "file"

    def test_an_id_that_tells_nothing(self, cupola: Cupola) -> None:
        result = cupola("get", "gpt-4o")
        assert (result.returncode, result.stdout) == (2, "")
        assert "name its resource before it" in result.stderr
        assert json.loads(cupola("get", "models", "gpt-4o").stdout)["id"] == "gpt-4o"
        # It was seen: from now on the ledger tells.
        assert json.loads(cupola("get", "gpt-4o").stdout)["id"] == "gpt-4o"


class TestStatus:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["list"], "RESOURCE"),
            (["list", "nonsense"], "nonsense"),
            (["list", "fils"], "did you mean files?"),
            (["list", "files", "--limit", "0"], "limit"),
            (["list", "files", "--json", "--csv"], "--json"),
            (["list", "files", "--filter", "purpose"], "KEY=VALUE"),
            (["list", "files", "--filter", "nope=1"], "there are bytes, created_at"),
            (["list", "models", "--order", "asc"], "own order"),
            (["list", "vsf"], "--parent vs_"),
            (["list", "files", "--parent", "x"], "--parent"),
            (["list", "x\x1b[2J"], "␛"),
            (["get"], "ID"),
            (["get", "a", "b", "c"], "one object"),
            (["get", "vsfb_1"], "--parent"),
            (["watch", "file-1"], "do not change"),
            (["watch", "vs_1", "--interval", "0"], "interval"),
            (["ledger", "what"], "what"),
            (["ledger", "import"], "import what"),
            (["ledger", "import", "/nowhere/at/all"], "cannot be read"),
            (["ledger", "purge"], "--yes"),
            (["ledger", "search", "--kind", "x"], "x"),
            (["list", "files", "--profile", "nobody"], "nobody"),
        ],
    )
    def test_wrong_use_is_2(self, cupola: Cupola, arguments: list[str], says: str) -> None:
        result = cupola(*arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert says in result.stderr and result.stderr.count("\n") == 1
        assert harmless(result.stderr)

    def test_the_server_said_no_is_3(self, environ: dict[str, str], cupola: Cupola) -> None:
        missing = cupola("get", "file-nowhere")
        assert (missing.returncode, missing.stdout) == (3, "")
        assert "(request req_" in missing.stderr
        refused = run(environ | {"OPENAI_API_KEY": "sk-wrong-000000"}, "list", "files", "--json")
        assert (refused.returncode, refused.stdout) == (3, "")
        assert "sk-wrong" not in refused.stderr and "key" in refused.stderr
        assert refused.stderr.count("\n") == 1

    def test_no_connection_is_4(self, home: dict[str, str]) -> None:
        for command in (["list", "files"], ["get", "file-1"], ["watch", "vs_1"]):
            result = run(home, *command, "--base-url", "http://127.0.0.1:9/v1")
            assert (result.returncode, result.stdout) == (4, "")
            assert "refuses connections" in result.stderr and result.stderr.count("\n") == 1

    def test_a_key_that_cannot_be_had_is_2(self, home: dict[str, str], tmp_path: Path) -> None:
        config = tmp_path / "c.toml"
        config.write_text('[profiles.a]\nkey = "env:NOT_SET"\n')
        result = run(home, "list", "files", "--profile", "a", "--config", str(config))
        assert result.returncode == 2 and "NOT_SET" in result.stderr

    def test_a_reader_who_left(self, environ: dict[str, str], files: list[str]) -> None:
        for form in ("--jsonl", "--csv", ""):
            script = (
                f"set -o pipefail; '{sys.executable}' -m tui list files --limit all {form}"
                " | head -n 1; echo ${PIPESTATUS[0]}"
            )
            result = subprocess.run(
                ["bash", "-c", script], env=environ, capture_output=True, text=True, timeout=60
            )
            # All of it may fit into the pipe before head leaves.
            assert result.stdout.splitlines()[-1] in {"141", "0"}
            assert result.stderr == ""

    def test_closed_output(self, environ: dict[str, str], files: list[str]) -> None:
        result = subprocess.run(
            ["sh", "-c", f"'{sys.executable}' -m tui list files --jsonl >&-"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in result.stderr

    def test_a_full_disk_is_no_traceback(self, environ: dict[str, str], files: list[str]) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full here")
        with open("/dev/full", "w") as full:
            result = run(environ, "list", "files", "--jsonl", stdout=full)
        assert result.returncode == 2
        assert "No space left" in result.stderr
        assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr


class TestLedger:
    def test_from_seen_to_found_elsewhere(
        self, cupola: Cupola, home: dict[str, str], environ: dict[str, str], files: list[str]
    ) -> None:
        cupola("list", "files", "--limit", "3")
        offline = environ  # Nothing below speaks to the server.
        shown = run(offline, "ledger")
        assert shown.stdout.startswith("3 objects, ") and "3  files" in shown.stdout
        found = run(offline, "ledger", "search", f"note {FILES - 2:03}", "--jsonl")
        assert json.loads(found.stdout)["id"] == files[-2]
        assert files[-2] in run(offline, "ledger", "search", "note").stdout
        hostile = run(offline, "ledger", "search", "--kind", "files", "--limit", "all")
        assert harmless(hostile.stdout) and "␛[2J" in hostile.stdout
        exported = run(offline, "ledger", "export", "--csv")
        assert {one["id"] for one in rows(exported.stdout)} == set(files[-3:])
        gone = run(offline, "ledger", "purge", "--yes")
        assert gone.returncode == 0 and "forgot 3 objects" in gone.stderr
        back = run(offline, "ledger", "import", "-", input=exported.stdout)
        assert (back.returncode, back.stdout) == (0, "")
        assert back.stderr == "cupola: 3 ids imported, 0 lines refused\n"
        again = run(offline, "ledger", "export", "--csv")
        assert again.stdout == exported.stdout

    def test_plain_ids(self, cupola: Cupola, tmp_path: Path) -> None:
        ids = tmp_path / "ids.txt"
        ids.write_text("# mine\nvs_1\nvs_1/vsfb_1\nnonsense\n")
        result = cupola("ledger", "import", str(ids))
        assert result.returncode == 2
        assert result.stderr.splitlines() == [
            "cupola: line 4: nothing tells what nonsense is",
            "cupola: 2 ids imported, 1 line refused",
        ]
        (batch,) = rows(cupola("ledger", "export", "--csv", "--kind", "file-batches").stdout)
        assert (batch["id"], batch["parents"]) == ("vsfb_1", "vs_1")

    def test_the_server_tells_names_and_where_an_id_lives(
        self, cupola: Cupola, api: httpx.Client, files: list[str], store: str
    ) -> None:
        made = api.post(f"/vector_stores/{store}/file_batches", json={"file_ids": files[5:6]})
        batch = made.json()["id"]
        ids = f"{files[0]}\nfile-nowhere\n{batch}\nvsfb_nowhere\n"
        offline = cupola("ledger", "import", "-", input=ids)
        assert "2 ids imported, 2 lines refused" in offline.stderr
        result = cupola("ledger", "import", "-", "--check", input=ids)
        assert result.returncode == 2
        assert "cupola: the server has no file file-nowhere" in result.stderr
        assert "line 4: vsfb_nowhere lives in vector stores" in result.stderr
        assert "2 ids imported, 2 lines refused" in result.stderr
        (found,) = rows(cupola("ledger", "export", "--csv", "--kind", "vsb").stdout)
        assert (found["id"], found["parents"]) == (batch, store)
        titled = cupola("ledger", "search", files[0], "--jsonl")
        assert json.loads(titled.stdout)["title"] == "note 000.txt"

    def test_many_at_once_lose_nothing(
        self, environ: dict[str, str], files: list[str], tmp_path: Path
    ) -> None:
        command = [sys.executable, "-m", "tui", "ledger", "import"]
        running = []
        for number in range(4):
            ids = tmp_path / f"{number}.txt"
            ids.write_text("".join(f"vs_{number}_{n}\n" for n in range(2_500)))
            running.append(
                subprocess.Popen([*command, str(ids)], env=environ, stderr=subprocess.PIPE)
            )
        for process in running:
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        assert run(environ, "ledger").stdout.startswith("10,000 objects")


def test_nothing_loads_textual() -> None:
    code = (
        "import sys\n"
        "import tui.headless.commands, tui.headless.listing, tui.headless.getting\n"
        "import tui.headless.watching, tui.headless.bookkeeping\n"
        "from tui.catalog.registry import Catalog\n"
        "list(Catalog().values())\n"
        "print(*[m for m in sys.modules if m.partition('.')[0] in ('textual', 'starlette')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.split() == []


def test_help_and_wrong_use_wait_for_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from tui import cli\n"
        "for words in (['list', '--help'], ['get'], ['ledger', 'x']):\n"
        "    try:\n        cli.main(words)\n    except SystemExit:\n        pass\n"
        "print([m for m in ('httpx', 'pydantic', 'asyncio', 'textual') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.splitlines()[-1] == "[]"
