"""`python -m updraft_airflow parse FILE...` prints what DAG files hold, one JSON object per line; `serve` serves the engine, `trigger` waits for it."""

from __future__ import annotations

import argparse
import importlib
import json
import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 1 if a file could not be read, 2 if a real Airflow is in the way."""
    parser = argparse.ArgumentParser(
        prog="python -m updraft_airflow", description="Updraft's side of Airflow DAG files."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parse = commands.add_parser("parse", help="print the DAGs of files as JSON, one object per line and file")
    parse.add_argument("files", nargs="+", metavar="FILE")
    parse.add_argument("--pretty", action="store_true", help="over several lines, for people")
    serve = commands.add_parser("serve", help="serve the engine, whose socket is standard input")
    serve.add_argument("--parent", type=int, metavar="PID", help="the process that starts this one; both end together")
    trigger = commands.add_parser(
        "trigger", help="wait for triggers of deferred tasks, for the engine on standard input"
    )
    # The engine has every program that it starts serve it.
    trigger.add_argument("how", nargs="?", choices=["serve"], help=argparse.SUPPRESS)
    trigger.add_argument(
        "--parent", type=int, metavar="PID", help="the process that starts this one; both end together"
    )
    options = parser.parse_args(arguments)
    try:
        importlib.import_module("airflow")
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.command in ("serve", "trigger"):
        return _serve(options.command, options.parent)
    return _parse(options.files, pretty=options.pretty)


def _serve(command: str, parent: int | None) -> int:
    try:
        if command == "trigger":
            from updraft_airflow.triggerer.program import trigger as serve
        else:
            from updraft_airflow.serve.program import serve
    except ModuleNotFoundError as error:
        print(f"error: {error}; install what `requirements.txt` lists", file=sys.stderr)
        return 2
    return serve(parent)


def _parse(files: list[str], *, pretty: bool) -> int:
    from updraft_airflow.manifest.parse import parse

    failed = False
    for file in files:
        parsed = parse(file)
        failed = failed or bool(parsed.problems)
        print(json.dumps(parsed.as_json(), indent=2 if pretty else None), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
