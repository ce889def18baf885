"""`cupola list`, `get`, `watch` and `ledger`: arguments in, exit status out (design 11).

0; 1 for `watch --exit-status` of a job that failed; 2 wrong use; 3 the server said no; 4 no
connection. Heavy imports wait until the arguments hold.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.arguments import (
    WRONG_USE,
    Parser,
    add_profile_options,
    check_place,
    complain,
    row_limit,
    seconds,
    text,
)

if TYPE_CHECKING:
    from tui.core.errors import Problem
    from tui.headless.output import Output
    from tui.headless.place import Place

SERVER_SAID_NO = 3
NO_CONNECTION = 4

_FORMS = ("json", "jsonl", "csv")


def list_command(argv: Sequence[str]) -> int:
    """`cupola list RESOURCE`."""
    parser = _parser("list", "The objects of a resource, as a table or for programs.")
    parser.add_argument(
        "resource", metavar="RESOURCE", type=text, help="files, vector-stores, fine-tuning.jobs, …"
    )
    _add_parents(parser)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=row_limit,
        default=20,
        help="so many at most, or all (default: 20)",
    )
    parser.add_argument(
        "--filter",
        metavar="KEY=VALUE",
        type=text,
        action="append",
        default=[],
        help="only what holds this value; by the server where it can, else by any field",
    )
    parser.add_argument("--order", choices=("asc", "desc"), help="oldest or newest first")
    _add_forms(parser, _FORMS)
    parsed = _parsed(parser, argv)
    from tui.headless.listing import ListOptions, list_objects
    from tui.headless.writers import Form

    options = ListOptions(
        place=_place(parsed),
        resource=parsed.resource,
        parents=tuple(parsed.parent),
        limit=parsed.limit,
        filters=tuple(parsed.filter),
        order=parsed.order,
        form=Form(parsed.form),
    )
    environ = dict(os.environ)
    return run(lambda output: list_objects(options, environ=environ, output=output))


def get_command(argv: Sequence[str]) -> int:
    """`cupola get ID`, `cupola get RESOURCE ID`."""
    parser = _parser("get", "One object: details on a terminal, JSON elsewhere.")
    parser.add_argument("words", metavar="[RESOURCE] ID", nargs="+", type=text, help="which one")
    _add_parents(parser)
    parser.add_argument("--json", action="store_true", help="JSON, on a terminal too")
    parsed = _parsed(parser, argv)
    if len(parsed.words) > 2:
        parser.error("one object at a time: ID, or RESOURCE ID")
    from tui.headless.getting import GetOptions, get_object

    options = GetOptions(
        place=_place(parsed),
        words=tuple(parsed.words),
        parents=tuple(parsed.parent),
        json=parsed.json,
    )
    environ = dict(os.environ)
    return run(lambda output: get_object(options, environ=environ, output=output))


def watch_command(argv: Sequence[str]) -> int:
    """`cupola watch ID`."""
    parser = _parser("watch", "An object that moves, one line a change, until it comes to rest.")
    parser.add_argument(
        "words", metavar="[RESOURCE] ID", nargs="+", type=text, help="what to watch"
    )
    _add_parents(parser)
    parser.add_argument(
        "--exit-status", action="store_true", help="end with status 1 when it failed"
    )
    parser.add_argument("--interval", metavar="S", type=seconds, help="look every so many seconds")
    parsed = _parsed(parser, argv)
    if len(parsed.words) > 2:
        parser.error("one object at a time: ID, or RESOURCE ID")
    from tui.headless.watching import WatchOptions, watch_object

    options = WatchOptions(
        place=_place(parsed),
        words=tuple(parsed.words),
        parents=tuple(parsed.parent),
        exit_status=parsed.exit_status,
        interval=parsed.interval,
    )
    environ = dict(os.environ)
    return run(lambda output: watch_object(options, environ=environ, output=output))


def ledger_command(argv: Sequence[str]) -> int:
    """`cupola ledger [search TEXT|export|import FILE|purge]`."""
    parser = _parser("ledger", "The ids that were seen or made: kept here, found again offline.")
    parser.add_argument(
        "act",
        metavar="search|export|import|purge",
        nargs="?",
        choices=("search", "export", "import", "purge"),
        help="nothing: how much there is of what",
    )
    parser.add_argument(
        "what",
        metavar="TEXT|FILE",
        nargs="?",
        type=text,
        help="search: the beginning of an id, or a part of a title (nothing: the latest);"
        " import: a file of ids, one a line, or an export; - is standard input",
    )
    parser.add_argument("--kind", metavar="RESOURCE", type=text, help="search, export: only these")
    parser.add_argument(
        "--limit", metavar="N", type=row_limit, default=50, help="search: so many (default: 50)"
    )
    parser.add_argument(
        "--check", action="store_true", help="import: ask the server for each id first"
    )
    parser.add_argument("--yes", action="store_true", help="purge: do not ask")
    _add_parents(parser)
    _add_forms(parser, _FORMS)
    parsed = _parsed(parser, argv)
    _check_ledger(parser, parsed)
    from tui.headless.bookkeeping import LedgerOptions, keep_book
    from tui.headless.writers import Form

    options = LedgerOptions(
        place=_place(parsed),
        act=parsed.act,
        text=parsed.what or "",
        file=Path(parsed.what) if parsed.act == "import" else None,
        kind=parsed.kind,
        limit=parsed.limit,
        parents=tuple(parsed.parent),
        form=Form(parsed.form),
        yes=parsed.yes,
        check=parsed.check,
    )
    return guarded(lambda output: keep_book(options, environ=dict(os.environ), output=output))


def _check_ledger(parser: Parser, parsed: argparse.Namespace) -> None:
    if parsed.act == "import" and parsed.what is None:
        parser.error("import what? A file of ids, or - for standard input")
    if parsed.act in ("export", "purge") and parsed.what is not None:
        parser.error(f"unrecognized arguments: {parsed.what}")


def run(work: Callable[[Output], Coroutine[Any, Any, int]]) -> int:
    """Run a command that speaks to a server, to its status."""
    import asyncio

    return guarded(lambda output: asyncio.run(work(output)))


def guarded(work: Callable[[Output], int]) -> int:
    """Run a command to its status; what goes wrong is one line on standard error."""
    from tui.core.errors import ProblemError
    from tui.headless.output import Output, UsageError

    output = Output(os.environ)
    try:
        return work(output)
    except UsageError as error:
        return complain(str(error))
    except ProblemError as error:
        output.tell(error.problem)
        return status_of(error.problem)


def status_of(problem: Problem) -> int:
    """The exit status that a problem is."""
    from tui.core.errors import ProblemKind

    if problem.status is not None:
        return SERVER_SAID_NO
    match problem.kind:
        case ProblemKind.NETWORK | ProblemKind.TIMEOUT | ProblemKind.INTERRUPTED:
            return NO_CONNECTION
        case ProblemKind.LOCAL if problem.retryable:
            # The sandbox did not start.
            return NO_CONNECTION
        case (
            ProblemKind.LOCAL
            | ProblemKind.UNAUTHORIZED
            | ProblemKind.NEEDS_ADMIN
            | ProblemKind.INVALID
            | ProblemKind.BLOCKED
        ):
            # Nothing was sent: the settings are not what the command wants.
            return WRONG_USE
        case _:
            return SERVER_SAID_NO


def _parser(command: str, description: str) -> Parser:
    parser = Parser(prog=f"cupola {command}", description=description, allow_abbrev=False)
    add_profile_options(parser)
    return parser


def _add_parents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parent",
        metavar="ID",
        type=text,
        action="append",
        default=[],
        help="the object that it lives in; again for one inside that",
    )


def _add_forms(parser: argparse.ArgumentParser, forms: Sequence[str]) -> None:
    group = parser.add_mutually_exclusive_group()
    says = {
        "json": "one JSON array",
        "jsonl": "one JSON object a line, as they come",
        "csv": "the columns with exact values: numbers, times in UTC",
    }
    for form in forms:
        group.add_argument(
            f"--{form}", dest="form", action="store_const", const=form, help=says[form]
        )
    parser.set_defaults(form="table")


def _parsed(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    parsed = parser.parse_args(argv)
    check_place(parser, parsed)
    return parsed


def _place(parsed: argparse.Namespace) -> Place:
    from tui.headless.place import Place

    return Place(
        profile=parsed.profile,
        sandbox=parsed.sandbox,
        base_url=parsed.base_url,
        read_only=parsed.read_only,
        config=parsed.config,
    )
