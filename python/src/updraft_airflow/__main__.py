"""`python -m updraft_airflow COMMAND`: `parse` prints what DAG files hold, `check` what of it would run, `as-user` runs an attempt for `serve` as another user, `serve` serves the engine, `trigger` waits for it, `zygote` forks programs that serve it, `stand-ins` is for pip."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from updraft_airflow import command_line

_PROGRAMS = {
    "as-user": "updraft_airflow.serve.sudo:as_user",
    "check": "updraft_airflow.check.command:check",
    "plugins": "updraft_airflow.plugins.command:plugins",
    "providers": "updraft_airflow.installed:providers",
    "render-task": "updraft_airflow.by_hand.command:render_task",
    "serve": "updraft_airflow.serve.program:serve",
    "stand-ins": "updraft_airflow.stand_ins:stand_ins",
    "test-dag": "updraft_airflow.by_hand.command:test_dag",
    "test-task": "updraft_airflow.by_hand.command:test_task",
    "trigger": "updraft_airflow.triggerer.program:trigger",
    "zygote": "updraft_airflow.serve.zygote:zygote",
}
"""The functions behind the commands; each takes the arguments and returns the exit code."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 1 if a file could not be read, 2 if a real Airflow is in the way."""
    options = command_line.parser().parse_args(arguments)
    try:
        importlib.import_module("airflow")
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.command == "parse":
        return _parse(options.files, pretty=options.pretty)
    return _run(_PROGRAMS[options.command], options)


def _run(program: str, options: argparse.Namespace) -> int:
    module, _, function = program.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        print(f"error: {error}; install what `requirements.txt` lists", file=sys.stderr)
        return 2
    return getattr(found, function)(options)


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
