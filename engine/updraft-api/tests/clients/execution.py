"""Airflow's own Task SDK as a worker of a running server: `execution.py URL PROGRAM FOLDER`.

It takes attempts from the server at URL as long as runs go on, and has each run by the SDK's own program, which supervises it. PROGRAM is
`updraft`, FOLDER the home of the server; the token of the worker stands in the environment variable WORKER_TOKEN.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

url, program, home = sys.argv[1:]
home = pathlib.Path(home)


def updraft(*arguments):
    """What a command of the server prints."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def next_workload():
    """An attempt to run; nothing if there was none for a while."""
    request = urllib.request.Request(f"{url}/execution/updraft/workloads/next?wait=2", method="POST")
    request.add_header("Authorization", f"Bearer {os.environ['WORKER_TOKEN']}")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer) if answer.status == 200 else None


def run(workload):
    """Runs an attempt as the executors of Airflow that start a process for each do it."""
    settings = {
        "AIRFLOW_HOME": str(home / "worker"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "PATH": os.environ["PATH"],
        "HOME": str(home),
    }
    module = "airflow.sdk.execution_time.execute_workload"
    # What the workload holds is secret: it stands in no list of processes.
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(workload, file)
        file.flush()
        command = [sys.executable, "-m", module, "--json-path", file.name]
        ended = subprocess.run(command, env=settings, capture_output=True, text=True)
    return ended.stdout + ended.stderr


def state(dag, run_id):
    """The state of a run."""
    runs = json.loads(updraft("dags", "list-runs", "-d", dag, "-o", "json"))
    return next(run["state"] for run in runs if run["run_id"] == run_id)


def finish(dag):
    """Has a run of a DAG and works until it is over; its state, what its tasks came to, and what the SDK wrote."""
    updraft("dags", "trigger", dag, "--run-id", "one")
    said, start = [], time.monotonic()
    while state(dag, "one") not in ("success", "failed"):
        assert time.monotonic() - start < 600, said
        workload = next_workload()
        if workload is not None:
            said.append(run(workload))
    rows = json.loads(updraft("tasks", "states-for-dag-run", dag, "one", "-o", "json"))
    return state(dag, "one"), {row["task_id"]: row["state"] for row in rows}, said


updraft("variables", "set", "greeting", "hello")
came_to, tasks, said = finish("elsewhere")
everything = dict.fromkeys(["gather", "leave", "second_look", "second_time_lucky", "waits"], "success")
assert (came_to, tasks) == ("success", everything), (came_to, tasks, "\n".join(said))
# Deferral, reschedule and retry are attempts of their own.
assert len(said) == 8, len(said)
assert updraft("variables", "get", "left").strip() == "by the worker"
log = updraft("tasks", "logs", "elsewhere", "leave", "one")
assert "what a task prints stands in its log" in log, log
log = (home / "logs/dag_id=elsewhere/run_id=one/task_id=second_time_lucky/attempt=1.log").read_text()
assert "the first time it fails" in log, log

came_to, tasks, said = finish("fails_elsewhere")
assert (came_to, tasks) == ("failed", {"give_up": "failed"}), (came_to, tasks, "\n".join(said))
print("the Task SDK runs its tasks")
