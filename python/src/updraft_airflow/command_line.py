"""The arguments of `python -m updraft_airflow`."""

from __future__ import annotations

import argparse


def parser() -> argparse.ArgumentParser:
    """The parser; `command` is the command."""
    made = argparse.ArgumentParser(prog="python -m updraft_airflow", description="Updraft's side of Airflow DAG files.")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parse = commands.add_parser("parse", help="print the DAGs of files as JSON, one object per line and file")
    parse.add_argument("files", nargs="+", metavar="FILE")
    parse.add_argument("--pretty", action="store_true", help="over several lines, for people")
    _check(
        commands.add_parser("check", help="say what files use, what would not run, and what Airflow 2 and 3 differ in")
    )
    serve = commands.add_parser("serve", help="serve the engine, whose socket is standard input")
    serve.add_argument("--parent", type=int, metavar="PID", help="the process that starts this one; both end together")
    return made


def _check(check: argparse.ArgumentParser) -> None:
    check.add_argument("paths", nargs="+", metavar="PATH", help="a DAG file, an archive, or a folder of them")
    check.add_argument("--compat", choices=("2", "3"), help="the level of files that do not say their own")
    check.add_argument("-o", "--output", choices=("table", "json"), default="table")
    check.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="for each file; by default `dagbag_import_timeout`"
    )
