"""Runs the example DAGs that Airflow publishes once each by `dag.test()`, and writes how they ended as JSON: by real Airflow for
`oracle/examples.json`, by the tests of the package with ours.

    LEVEL=2 AIRFLOW_HOME=FOLDER python examples.py EXAMPLES [DAG...] > FILE

EXAMPLES is their folder or package. For each DAG: its file, the state of the run, of its tasks and their copies, and which XComs there are; or which
error the run was; or why it is not asked. Each DAG runs in a process of its own, `JOBS` of them at a time. It is the same moment whenever
it runs, and `time.sleep` takes a second at most.
"""

import contextlib
import datetime as dt
import importlib.util
import json
import logging
import os
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import rules

OURS = importlib.util.find_spec("updraft_airflow") is not None
NOW = dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone.utc)
"""A Friday. For DAGs that start later it is the first Friday after their start."""
LIMIT = 90
"""Seconds that a DAG may take."""
INDEX = "installs packages from the package index"
NETWORK = "asks a server of the internet"
OF_AIRFLOW = (" pipeline_inlets", " pipeline_outlets", " _link_")
"""XComs that Airflow writes for itself: of Airflow 2 for lineage, of Airflow 3 for links."""
NOT_ASKED = {
    "example_branch_operator": INDEX,
    "example_branch_python_operator_decorator": INDEX,
    "example_python_decorator": INDEX,
    "example_python_operator": INDEX,
    "tutorial_taskflow_api_virtualenv": INDEX,
    "example_dag_decorator": NETWORK,
    "example_retry_policy": NETWORK,
    "tutorial_objectstorage": NETWORK,
    "example_external_task_marker_child": "waits ten minutes for tasks that its parent does not have",
    "example_hitl_operator": "asks people",
    "example_sensors": "waits an hour for a time of day",
    "example_subdag_operator": "waits for runs of its sub-DAGs, which only a scheduler runs",
    "example_external_task": "waits for a run of another DAG, which only a scheduler runs",
}


def load(file):
    """The DAGs of a file."""
    if OURS:
        from updraft_airflow.manifest.parse import parse

        return {dag.dag_id: dag for dag in parse(file, describe=False).dags}
    if LEVEL == 2:
        from airflow.models.dagbag import DagBag

        return DagBag(file, include_examples=False).dags
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(file).dags


def register(folder):
    """Tells a real Airflow of all examples: some name others. Airflow 3 would read them all again for each run."""

    def two():
        from airflow.models.dagbag import DagBag

        DagBag(folder, include_examples=False).sync_to_db()

    def three():
        from airflow.dag_processing.bundles.manager import DagBundlesManager

        bundles = DagBundlesManager()
        bundles.sync_bundles_to_db()
        bundle = bundles.get_bundle("dags-folder")
        bundle.initialize()
        found = dagbag.BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        dagbag.sync_bag_to_db(found, bundle.name, bundle.version)

    if LEVEL == 2:
        all_of({"all": two})
        return
    from airflow.dag_processing import dagbag

    all_of({"all": three})
    dagbag.BundleDagBag = dagbag.sync_bag_to_db = lambda *_, **__: None


def answer(dag, when):
    """What comes of a DAG."""
    try:
        run = dag.test(**{"execution_date" if LEVEL == 2 else "logical_date": when})
        states, xcoms = rules.kept(run) if OURS else rules.rows(run)
        told = sorted(name for name in xcoms if not any(word in name for word in OF_AIRFLOW))
        return {"state": rules.plain(run.state), "states": dict(sorted(states.items())), "xcoms": told}
    except BaseException as error:
        print(f"{dag.dag_id}: {error}", file=sys.stderr)
        return {"error": type(error).__name__}


def apart(work):
    """Begins work in a process of its own, and says which it is and where its answer will be."""
    place = Path(tempfile.mkstemp()[1])
    pid = os.fork()
    if pid:
        return pid, place
    status = 1
    try:
        os.setsid()
        place.write_text(json.dumps(work()))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def list_dags(file):
    return lambda: sorted(load(file))


def run_dag(file, dag_id):
    def work():
        import time_machine

        sleep = time.sleep
        time.sleep = lambda seconds: sleep(min(seconds, 1))
        when, start = NOW, load(file)[dag_id].start_date
        while start is not None and when < start:
            when += dt.timedelta(weeks=1)
        with time_machine.travel(when):
            return answer(load(file)[dag_id], when)

    return work


def all_of(jobs):
    """The answers of jobs by name, some at a time; None of one that has none."""
    waiting, running, told = dict(jobs), {}, {}
    while waiting or running:
        while waiting and len(running) < int(os.environ.get("JOBS", "1")):
            name = next(iter(waiting))
            pid, place = apart(waiting.pop(name))
            running[pid] = name, place, time.monotonic()
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            name, place, began = running.pop(pid)
            told[name] = json.loads(place.read_text()) if not status else None
            place.unlink()
            print(f"{name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
        for pid, (_, _, began) in running.items():
            if time.monotonic() - began > LIMIT:
                os.killpg(pid, signal.SIGKILL)
        time.sleep(0.02)
    return told


def ask(folder, wanted):
    """What comes of all DAGs of a folder, by id."""
    files = sorted(str(file) for file in folder.glob("*.py") if file.name != "__init__.py")
    listed = all_of({file: list_dags(file) for file in files})
    places = {dag_id: file for file, dag_ids in listed.items() for dag_id in dag_ids or ()}
    places = {dag_id: file for dag_id, file in sorted(places.items()) if not wanted or dag_id in wanted}
    if not OURS:
        register(folder)
    told = all_of({dag_id: run_dag(file, dag_id) for dag_id, file in places.items() if dag_id not in NOT_ASKED})
    took_too_long = {"error": "TookTooLong"}
    return {
        dag_id: {"file": Path(file).name}
        | ({"not_asked": NOT_ASKED[dag_id]} if dag_id in NOT_ASKED else told[dag_id] or took_too_long)
        for dag_id, file in places.items()
    }


def main():
    named, *wanted = sys.argv[1:]
    package = None if os.path.isdir(named) else importlib.util.find_spec(named)
    folder = named if package is None else package.submodule_search_locations[0]
    # Airflow finds the plugins of examples with the examples.
    os.environ.update(rules.SETTINGS, AIRFLOW__CORE__DAGS_FOLDER=folder, AIRFLOW__CORE__LOAD_EXAMPLES="True")
    # Some look for their files from here.
    os.chdir(next(above for above in Path(folder).resolve().parents if (above / "airflow").is_dir()))
    warnings.simplefilter("ignore")
    # Airflow logs to standard output.
    with contextlib.redirect_stdout(sys.stderr):
        if LEVEL == 2:
            # Tables of Airflow 2 refer to those of its users, which nothing else imports here.
            with contextlib.suppress(ImportError):
                importlib.import_module("airflow.providers.fab.auth_manager.models")
        # What all processes need is imported once.
        for module in ("airflow.models", "jinja2.sandbox", "pendulum", "time_machine"):
            importlib.import_module(module)
        if "LOG" not in os.environ:
            logging.disable(logging.CRITICAL)
        told = ask(Path(folder), set(wanted))
    # One DAG a line: differences stay readable.
    print("{\n" + ",\n".join(f"{json.dumps(dag)}: {json.dumps(what)}" for dag, what in told.items()) + "\n}")


if __name__ == "__main__":
    LEVEL = int(os.environ["LEVEL"])
    main()
