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
    for name, what in (
        ("trigger", "wait for triggers of deferred tasks, for the engine on standard input"),
        ("zygote", "fork programs that serve the engine, which orders them on standard input"),
    ):
        program = commands.add_parser(name, help=what)
        # The engine has every program that it starts serve it.
        program.add_argument("how", nargs="?", choices=["serve"], help=argparse.SUPPRESS)
        program.add_argument(
            "--parent", type=int, metavar="PID", help="the process that starts this one; both end together"
        )
    commands.add_parser("as-user", help="run an attempt of another user, for `serve`, which starts this by sudo")
    stand_ins = commands.add_parser("stand-ins", help="write packages that keep pip from installing a real Airflow")
    stand_ins.add_argument("folder", metavar="FOLDER")
    plugins = commands.add_parser("plugins", help="list the plugins, what of them is used, and which cannot be loaded")
    plugins.add_argument("-o", "--output", choices=("table", "json"), default="table")
    commands.add_parser("providers", help="list the installed providers as JSON, for the engine")
    _test_dag(commands.add_parser("test-dag", help="run a DAG once, in this process"))
    test_task = commands.add_parser("test-task", help="run a task alone, in this process")
    _task(test_task)
    test_task.add_argument("-t", "--task-params", metavar="JSON", help="parameters of the task")
    _task(commands.add_parser("render-task", help="print the rendered templates of a task"))
    return made


def _check(check: argparse.ArgumentParser) -> None:
    check.add_argument("paths", nargs="+", metavar="PATH", help="a DAG file, an archive, or a folder of them")
    check.add_argument("--compat", choices=("2", "3"), help="the level of files that do not say their own")
    check.add_argument("-o", "--output", choices=("table", "json"), default="table")
    check.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="for each file; by default `dagbag_import_timeout`"
    )


def _test_dag(test: argparse.ArgumentParser) -> None:
    test.add_argument("place", metavar="FILE|FOLDER", help="where the DAG is")
    test.add_argument("dag_id")
    test.add_argument("logical_date", nargs="?", help="the logical date of the run; by default now")
    test.add_argument("-c", "--conf", metavar="JSON", help="the conf of the run")
    test.add_argument("--mark-success-pattern", metavar="RE", help="tasks that are not run and count as successful")


def _task(task: argparse.ArgumentParser) -> None:
    task.add_argument("dag_id")
    task.add_argument("task_id")
    task.add_argument("date", nargs="?", metavar="LOGICAL_DATE|RUN_ID", help="by default now")
    task.add_argument("-S", "--subdir", metavar="FILE|FOLDER", help="where the DAG is; by default the DAGs folder")
    task.add_argument("--map-index", type=int, default=-1, metavar="N", help="which copy of a mapped task")
