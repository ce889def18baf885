"""The command `cupola`. Imports nothing here but `sys`: the first frame waits for it."""

from __future__ import annotations

import sys

from tui import __version__


def main() -> int:
    """Run with `sys.argv`; returns the exit status (design 11)."""
    argv = sys.argv[1:]
    if argv == ["--version"]:
        sys.stdout.write(f"cupola {__version__}\n")
        return 0
    from tui import cli

    return cli.main(argv)


if __name__ == "__main__":
    sys.exit(main())
