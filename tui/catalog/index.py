"""The feather-weight table behind sidebar and palette: names only, standard library only.

The first paint needs to know which sections there are, long before pydantic or the descriptors are
imported. A test holds it against the descriptors.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One resource by name."""

    key: str
    title: str
    section: str
    aliases: tuple[str, ...] = ()
    id_prefixes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    module: str = ""
    """Module below `tui.catalog.resources` that holds the descriptor."""
    listed: bool = True
    """Stands in the sidebar."""


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "chat.completions",
        "Chat",
        "Chat",
        ("chat", "completions", "completion", "cc"),
        ("chatcmpl-",),
        module="chat",
    ),
    Entry(
        "chat.completions.messages",
        "Messages",
        "Chat",
        (),
        (),
        ("chat.completions",),
        module="chat",
        listed=False,
    ),
    Entry("files", "Files", "Files", ("file", "f"), ("file-", "file_"), module="files"),
    Entry(
        "vector_stores",
        "Vector stores",
        "Vector stores",
        ("vector_store", "vs", "stores", "store"),
        ("vs_",),
        module="vector_stores",
    ),
    Entry(
        "vector_stores.files",
        "Files in the store",
        "Vector stores",
        ("vsf",),
        (),
        ("vector_stores",),
        module="vector_store_files",
        listed=False,
    ),
    Entry(
        "vector_stores.file_batches",
        "File batches",
        "Vector stores",
        ("vsb",),
        ("vsfb_",),
        ("vector_stores",),
        module="vector_store_files",
        listed=False,
    ),
    Entry(
        "vector_stores.file_batches.files",
        "Files of the batch",
        "Vector stores",
        (),
        (),
        ("vector_stores", "vector_stores.file_batches"),
        module="vector_store_files",
        listed=False,
    ),
    Entry(
        "fine_tuning.jobs",
        "Fine-tuning",
        "Fine-tuning",
        ("ft", "jobs", "job", "ftjobs"),
        ("ftjob-",),
        module="fine_tuning",
    ),
    Entry(
        "fine_tuning.jobs.events",
        "Events",
        "Fine-tuning",
        (),
        (),
        ("fine_tuning.jobs",),
        module="fine_tuning",
        listed=False,
    ),
    Entry(
        "fine_tuning.jobs.checkpoints",
        "Checkpoints",
        "Fine-tuning",
        (),
        (),
        ("fine_tuning.jobs",),
        module="fine_tuning",
        listed=False,
    ),
    Entry(
        "fine_tuning.checkpoints.permissions",
        "Checkpoint permissions",
        "Fine-tuning",
        (),
        (),
        ("models",),
        module="fine_tuning",
        listed=False,
    ),
    Entry(
        "assistants",
        "Assistants",
        "Assistants",
        ("assistant", "asst"),
        ("asst_",),
        module="assistants",
    ),
    Entry("threads", "Threads", "Assistants", ("thread", "th"), ("thread_",), module="threads"),
    Entry(
        "threads.messages",
        "Messages",
        "Assistants",
        (),
        ("msg_",),
        ("threads",),
        module="threads",
        listed=False,
    ),
    Entry(
        "threads.runs",
        "Runs",
        "Assistants",
        (),
        ("run_",),
        ("threads",),
        module="runs",
        listed=False,
    ),
    Entry(
        "threads.runs.steps",
        "Steps",
        "Assistants",
        (),
        ("step_",),
        ("threads", "threads.runs"),
        module="runs",
        listed=False,
    ),
    Entry("models", "Models", "Models", ("model", "m"), (), module="models"),
)


def normal(name: str) -> str:
    """A resource's name as it is compared: `-`, `_` and `.` are one, case is none."""
    return name.strip().casefold().replace("-", "_").replace(".", "_").replace(" ", "_")


_NAMES: dict[str, str] = {
    normal(name): entry.key
    for entry in ENTRIES
    for name in (entry.key, entry.title, *entry.aliases)
}


def resource_named(name: str) -> str | None:
    """The key of the resource that a word means, if it is one."""
    return _NAMES.get(normal(name))


def entry(key: str) -> Entry:
    """The entry of a resource; raises `KeyError`."""
    for found in ENTRIES:
        if found.key == key:
            return found
    raise KeyError(key)
