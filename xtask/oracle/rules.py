"""Runs the DAGs of `dags/` once each by `dag.test()`, and writes what came of them as JSON: by real Airflow for `oracle/dags.json`, by the
tests of the package with ours.

    LEVEL=2 AIRFLOW_HOME=FOLDER python rules.py [DAG...] > FILE

For each DAG: the state of the run and of its tasks, its edges, arguments that it fills in, XComs, what its tasks and callbacks told, or
which error the run was.
"""

import contextlib
import importlib
import json
import logging
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

HERE = Path(__file__).parent / "dags"
FILES = ("dates", "templates", "arguments", "flow", "mapping", "ends")
SETTINGS = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(HERE),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # Not every file of the folder has the word `airflow` in it.
    "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",
    "AIRFLOW__CORE__ALLOWED_DESERIALIZATION_CLASSES": "airflow.* datetime.* decimal.*",
    "AIRFLOW_VAR_WORD": "w",
    "AIRFLOW_VAR_NUMBERS": "[1, 2]",
    "AIRFLOW_CONN_PLACE": "http://user:secret@host.example:8080/path?a=1",
    "AIRFLOW_CONN_FILES": "fs://",
}


def plain(value):
    return str(getattr(value, "value", value))


def facts(dag):
    """What the DAG is, apart from its tasks' work."""
    tasks = {
        one.task_id: [
            sorted(one.downstream_task_ids),
            one.start_date.isoformat() if one.start_date else None,
            one.end_date.isoformat() if one.end_date else None,
            plain(one.trigger_rule),
        ]
        for one in dag.tasks
    }
    labels = {
        f"{a}>{b}": info["label"] for a, ends in dag.edge_info.items() for b, info in ends.items() if "label" in info
    }
    start = dag.start_date.isoformat() if dag.start_date else None
    return {
        "catchup": dag.catchup,
        "start_date": start,
        "schedule": type(dag.timetable).__name__,
        "tasks": tasks,
        **({"labels": labels} if labels else {}),
    }


def rows(run):
    """By task and copy its state, and by task, copy and key its XComs, from the database of a real Airflow."""
    import sqlite3

    from airflow.settings import engine

    with contextlib.closing(sqlite3.connect(engine.url.database)) as database:
        where = (run.dag_id, run.run_id)
        ask = "SELECT task_id, map_index, state FROM task_instance WHERE dag_id = ? AND run_id = ?"
        states = {name(task, index): state for task, index, state in database.execute(ask, where)}
        ask = "SELECT task_id, map_index, key, value FROM xcom WHERE dag_id = ? AND run_id = ?"
        xcoms = {f"{name(task, index)} {key}": read(value) for task, index, key, value in database.execute(ask, where)}
    return states, xcoms


def read(value):
    """A stored XCom, as it is given to tasks."""
    try:
        from airflow.sdk.serde import deserialize
    except ImportError:
        from airflow.serialization.serde import deserialize
    # SQLite gives numbers back as numbers.
    return deserialize(json.loads(value) if isinstance(value, (str, bytes)) else value)


def kept(run):
    """The same from our memory."""
    from updraft_airflow.runtime.serde import deserialize

    states = {name(ti.task_id, ti.map_index): plain(ti.state) for ti in run.task_instances}
    xcoms = {
        f"{name(task, index)} {key}": deserialize(value)
        for (dag_id, _, task, index, key), value in run.memory.xcoms.items()
        if dag_id == run.dag_id
    }
    return states, xcoms


def sorted_ids(key, value):
    """What skipped others names them in any order."""
    return {what: sorted(ids) for what, ids in value.items()} if key.endswith(" skipmixin_key") else value


def name(task, index):
    return task if index < 0 else f"{task}[{index}]"


def answer(dag, shown):
    """What comes of one DAG."""
    answers = Path(os.environ["ANSWERS"])
    answers.write_text("")
    found = facts(dag)
    when = dates.dt.datetime(2024, 3, 1, 12, tzinfo=dates.dt.timezone.utc)
    try:
        run = dag.test(**{"execution_date" if LEVEL == 2 else "logical_date": when})
        states, xcoms = kept(run) if hasattr(run, "memory") else rows(run)
        found["state"] = plain(run.state)
        found["states"] = dict(sorted(states.items()))
        if xcoms:
            found["xcoms"] = {key: shown(sorted_ids(key, value)) for key, value in sorted(xcoms.items())}
    except BaseException as error:
        # Airflow 2 lets a task's AirflowTaskTimeout and SystemExit end the run.
        found["error"] = type(error).__name__
        print(f"{dag.dag_id}: {error}", file=sys.stderr)
    told = [json.loads(line) for line in answers.read_text().splitlines()]
    return found | ({"told": sorted(told, key=json.dumps)} if told else {})


if __name__ == "__main__":
    LEVEL = int(os.environ["LEVEL"])
    os.environ.update(SETTINGS, ANSWERS=tempfile.mkstemp()[1])
    sys.path.insert(0, str(HERE))
    warnings.simplefilter("ignore")
    wanted = set(sys.argv[1:])
    found = {}
    # Airflow logs to standard output.
    with contextlib.redirect_stdout(sys.stderr):
        if LEVEL == 2:
            # Tables of Airflow 2 refer to those of its users, which nothing else imports here.
            with contextlib.suppress(ImportError):
                importlib.import_module("airflow.providers.fab.auth_manager.models")
        import common
        import dates

        modules = [importlib.import_module(file) for file in FILES]
        logging.disable(logging.CRITICAL)
        dags = [one for module in modules for one in vars(module).values() if isinstance(one, common.DAG)]
        for dag in {one.dag_id: one for one in dags}.values():
            if not wanted or dag.dag_id in wanted:
                began = time.monotonic()
                found[dag.dag_id] = answer(dag, common.shown)
                print(f"{dag.dag_id}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    # One DAG a line: differences stay readable.
    sys.stdout.write(
        "{\n" + ",\n".join(f"{json.dumps(dag)}: {json.dumps(told)}" for dag, told in found.items()) + "\n}\n"
    )
