"""Where Cupola keeps things, and the one way in which it writes small files."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "cupola"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one person's Cupola; each is made on first use, 0700."""

    config_file: Path
    data_dir: Path
    """The ledger and the sandbox's world."""
    state_dir: Path
    """The log, the last route, drafts."""

    @classmethod
    def of_user(cls, config: Path | None = None) -> Paths:
        """The platform's usual places; `config` (flag or CUPOLA_CONFIG) moves the settings file."""
        chosen = config or _environment_path("CUPOLA_CONFIG")
        return cls(
            config_file=chosen or usual_config_file(),
            data_dir=Path(platformdirs.user_data_dir(APP)),
            state_dir=Path(platformdirs.user_state_dir(APP)),
        )

    @property
    def log_file(self) -> Path:
        return self.state_dir / "cupola.log"

    @property
    def sandbox_dir(self) -> Path:
        return self.data_dir / "sandbox"

    @property
    def ledger_dir(self) -> Path:
        return self.data_dir / "ledger"


def usual_config_file() -> Path:
    """Where the settings are when nobody says otherwise."""
    return Path(platformdirs.user_config_dir(APP)) / "config.toml"


def _environment_path(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None


def private_dir(path: Path) -> Path:
    """The folder, made with mode 0700 if it was not there, and so are parents that are missing."""
    # `mkdir(parents=True)` would leave the parents' mode to the umask.
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    return path


def write_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file whole or not at all: temporary file, fsync, rename; links are followed.

    A file that exists keeps its mode. Raises `OSError` and leaves the old file as it was.
    """
    target = path.resolve()
    private_dir(target.parent)
    with contextlib.suppress(FileNotFoundError):
        mode = target.stat().st_mode & 0o777
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
