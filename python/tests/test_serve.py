"""The program that serves the engine, played by the tests over a socket."""

import datetime as dt
import os
import pwd
import signal
import struct
import subprocess
import sys
import time

import pytest

from engine import PROTOCOL, Engine, Refused, startup
from updraft_airflow.serve import frames

FILE = """
import logging, os, signal, sys, threading, time
import datetime as dt
from airflow import DAG
from airflow.decorators import task
from airflow.exceptions import *
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator, get_current_context
from airflow.sensors.base import BaseSensorOperator
from airflow.triggers.temporal import DateTimeTrigger
from airflow.models.baseoperator import BaseOperator

SEEN = []

def raises(error):
    def function():
        raise error
    return function

class Wait(BaseOperator):
    def execute(self, context):
        at = dt.datetime(2030, 1, 1, tzinfo=dt.timezone.utc)
        self.defer(trigger=DateTimeTrigger(moment=at), method_name="go_on", kwargs={"n": 1}, timeout=dt.timedelta(seconds=90))

    def go_on(self, context, event=None, n=None):
        return [event, n]

class Long(BaseOperator):
    def execute(self, context):
        print("begins", flush=True)
        logging.info("begins")
        time.sleep(600)

    def on_kill(self):
        print("on_kill", Variable.get("v", default_var="none"), flush=True)

class Never(BaseSensorOperator):
    def poke(self, context):
        return False

with DAG("d", start_date=dt.datetime(2024, 1, 1), schedule=None) as dag:
%s
"""


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "dags").mkdir()
    with Engine(tmp_path / "dags") as engine:
        yield engine


def dag(engine, *lines, at_import="", head=""):
    engine.write(head + FILE % "\n".join(f"    {line}" for line in "\n".join(lines).split("\n")) + at_import)


def python(name, code):
    return f"def {name}(**context):\n    {code}\nPythonOperator(task_id={name!r}, python_callable={name})"


def refuse(error):
    def answer(_):
        raise Refused(error)

    return answer


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_frames_are_the_bytes_of_the_engine():
    text = (PROTOCOL / "it__messages__the_bytes_of_frames_are_fixed.snap").read_text().split("---", 2)[2]
    succeed, done, refused = map(bytes.fromhex, text.split())
    id, body, error = frames.decode(succeed)
    assert frames.encode(id, body) == succeed
    assert (body["type"], error) == ("SucceedTask", None)
    assert frames.decode(done) == (5, None, None)
    id, body, error = frames.decode(refused)
    assert (id, body, error["error"]) == (6, None, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("state", "said"), [("success", "SucceedTask"), ("skipped", "TaskState"), ("failed", "TaskState")]
)
def test_a_trigger_may_end_its_task(engine, state, said):
    dag(engine, "Wait(task_id='w')")
    xcoms = {"return_value": 7, "rows": 3}
    ended = engine.run("w", context={"next_method": "__end__", "next_kwargs": {"state": state, "xcoms": xcoms}})
    assert (ended["type"], ended["state"]) == (said, state)
    assert engine.kept == (xcoms if state == "success" else {"rows": 3})


def test_a_file_is_described_as_parse_prints_it(engine):
    file = engine.write(FILE % "    Never(task_id='a')")
    described = engine.parse(file)
    assert described["import_errors"] is None
    assert [one["data"]["dag_id"] for one in described["serialized_dags"]] == ["d"]
    broken = engine.write("import nothing_such", "broken.py")
    assert list(engine.parse(broken)["import_errors"]) == [f"{broken}:1"]


def test_the_level_of_a_file_holds_where_it_is_read_and_where_its_tasks_run(tmp_path):
    (tmp_path / "dags" / "v3").mkdir(parents=True)
    with Engine(tmp_path / "dags", AIRFLOW__UPDRAFT__COMPAT_FILES="v3/**=3") as engine:
        text = (
            FILE
            % f"    {python('a', 'context[chr(116)+chr(105)].xcom_push(chr(120), [(1, 2)]); return 1')}".replace(
                "\n", "\n    "
            )
        )
        for file, level, kept in (("v3/x.py", 3, dict), ("x.py", 2, list)):
            described = engine.parse(engine.write(text, file))
            assert described["serialized_dags"][0]["data"]["compat"] == level
            assert engine.run("a", file=file)["type"] == "SucceedTask"
            assert isinstance(engine.kept["x"][0], kept)
        assert (
            "by `[updraft] compat"
            in engine.parse(engine.write("from airflow.sdk import DAG\nx = DAG('d', schedule=None)", "y.py"))[
                "warnings"
            ][0]
        )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import os; os._exit(3)", "the process ended by itself, with exit code 3"),
        ("import os; os.kill(os.getpid(), 11)", "the process was killed by SIGSEGV"),
        (
            "import os, stat\nfor fd in range(3, 64):\n  try:\n    stat.S_ISSOCK(os.fstat(fd).st_mode) and os.write(fd, b'xxxxx')\n"
            "  except OSError: pass\n",
            "the process sent something that is no message",
        ),
    ],
)
def test_a_file_that_ends_its_process_is_an_import_error(engine, text, error):
    file = engine.write(text)
    for _ in range(2):
        described = engine.parse(file)
        assert error in described["import_errors"][file]
    assert engine.children() == []


def test_what_a_file_does_at_import_ends_with_its_fork(engine):
    noisy = (
        "\nthreading.Thread(target=time.sleep, args=(600,)).start()\nprint('x' * 3_000_000)\nos.environ['LEAK'] = '1'\n"
    )
    dag(engine, python("a", "return os.environ.get('LEAK', 'none')"), at_import=noisy)
    assert engine.parse(str(engine.dags / "dags.py"))["import_errors"] is None
    assert engine.run("a")["type"] == "SucceedTask"
    dag(engine, python("a", "return os.environ.get('LEAK', 'none')"))
    assert engine.run("a")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == "none"
    assert engine.children() == []


def test_attempts_succeed_one_after_the_other_in_processes_of_their_own(engine):
    dag(
        engine,
        python("a", "SEEN.append(1); print('printed'); logging.getLogger('mine').warning('logged'); return len(SEEN)"),
    )
    for _ in range(2):
        assert engine.run("a")["type"] == "SucceedTask"
        assert engine.kept["return_value"] == 1
        assert engine.children() == []
        assert ("warning", "mine", "logged") in engine.events()
        line = next(line for line in engine.lines if line["logger"] == "mine")
        assert line["file"].endswith("dags.py")
        assert line["line"] > 0
    assert engine.stdout.read_text() == "printed\n" * 2


def test_the_ends_of_attempts_are_those_of_the_engine(engine):
    dag(
        engine,
        "PythonOperator(task_id='fails', python_callable=raises(ValueError('no')))",
        "PythonOperator(task_id='for_good', python_callable=raises(AirflowFailException('never')))",
        "PythonOperator(task_id='skips', python_callable=raises(AirflowSkipException('not now')))",
        "PythonOperator(task_id='slow', python_callable=lambda: time.sleep(60), execution_timeout=dt.timedelta(seconds=0.2))",
        "Never(task_id='looks', mode='reschedule', poke_interval=60)",
        "Wait(task_id='waits')",
    )
    fails = engine.run("fails")
    assert (fails["type"], fails["retry_reason"]) == ("RetryTask", "ValueError: no")
    assert any(level == "error" and "Traceback" in text for level, _, text in engine.events())
    last = engine.run("fails", context={"should_retry": False})
    assert (last["type"], last["state"], last["reason"]) == ("TaskState", "failed", "ValueError: no")
    assert engine.run("for_good")["state"] == "failed"
    skipped = engine.run("skips")
    assert (skipped["state"], skipped["reason"]) == ("skipped", "not now")
    assert engine.run("slow")["retry_reason"].startswith("AirflowTaskTimeout")
    looks = engine.run("looks")
    assert 50 < (looks["reschedule_date"] - looks["end_date"]).total_seconds() <= 60
    waits = engine.run("waits")
    assert waits["classpath"].endswith("DateTimeTrigger")
    assert waits["trigger_kwargs"]["moment"]["__data__"] == "2030-01-01T00:00:00+00:00"
    assert (waits["trigger_timeout"], waits["next_method"], waits["next_kwargs"]) == (90, "go_on", {"n": 1})
    resumed = {"next_method": "go_on", "next_kwargs": {"event": "e", "n": 1}}
    assert engine.run("waits", context=resumed)["type"] == "SucceedTask"
    assert engine.kept["return_value"] == ["e", 1]
    failed = {"next_method": "__fail__", "next_kwargs": {"error": "Trigger timeout"}}
    assert engine.run("waits", context=failed)["retry_reason"].startswith("TaskDeferralTimeout")


def test_the_time_that_a_sensor_has_waited_counts_over_its_looks(engine):
    dag(engine, "Never(task_id='looks', mode='reschedule', poke_interval=60, timeout=3600)")
    began = startup("looks")["start_date"]
    ended = engine.run("looks", context={"start_date": began})
    assert (ended["type"], ended["state"]) == ("TaskState", "failed")


def test_what_is_not_in_the_file_fails_for_good_and_a_broken_file_may_pass(engine):
    dag(engine, python("a", "pass"))
    assert engine.run("b")["reason"] == f"DAG `d` has no task `b` in `{engine.dags}/dags.py`"
    assert engine.run("a", dag_id="other")["reason"].startswith("DAG `other` is not in")
    engine.write("import nothing_such")
    assert "ModuleNotFoundError" in engine.run("a")["retry_reason"]


def test_tasks_ask_for_xcoms_variables_and_connections(engine):
    dag(
        engine,
        python("x", "ti = context['ti']; ti.xcom_push('k', {1, 2}); return ti.xcom_pull('x', key='k') == {1, 2}"),
        python(
            "v",
            "Variable.set('a', '1'); got = Variable.get('a'); Variable.delete('a'); return [got, Variable.get('a', None)]",
        ),
        python("no", "Variable.set('forbidden', '1')"),
        python("c", "from airflow.hooks.base import BaseHook; return BaseHook.get_connection('c').get_uri()"),
        python("nc", "from airflow.hooks.base import BaseHook; return BaseHook.get_connection('nc')"),
        python("new", "return context['ti'].xcom_pull()"),
        python("big", "return 'x' * (65 << 20)"),
        python(
            "other",
            "pid = os.fork() or os._exit(0 if not _asks() else 1); return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])",
        ),
        "@task\ndef copies(n):\n    return n\ncopied = copies.expand(n=[1, 2, 3])",
        "@task(task_id='all')\ndef take(n):\n    return [n[1], n[-1], list(n)[:2], len(n)]\ntake(copied)",
        "@task\ndef items():\n    return [1, 2]\n@task(map_index_template='copy {{ task.task_id }}')\ndef each(n):\n    return n\neach.expand(n=items())",
        at_import="\ndef _asks():\n    try:\n        Variable.get('x')\n    except Exception as error:\n        return 'alone' not in str(error)\n",
    )
    engine.run("x")
    assert engine.kept["return_value"] is True
    engine.run("v")
    assert engine.kept["return_value"] == ["1", None]
    assert "PERMISSION_DENIED" in engine.run("no")["retry_reason"]
    engine.run("c")
    assert engine.kept["return_value"] == "http://localhost:8000"
    assert engine.run("nc")["retry_reason"].startswith("AirflowNotFoundException")
    engine.kept = {"return_value": 7}
    assert engine.run("new")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == 7
    engine.kept = {}
    assert engine.run("new")["type"] == "SucceedTask"
    assert engine.told("SetXCom") == []
    assert "64 MiB" in engine.run("big")["retry_reason"]
    assert engine.run("other")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == 0
    engine.kept["copies"] = [1, 2, 3]
    assert engine.run("all")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == [2, 3, [1, 2], 3]
    engine.run("items")
    assert engine.told("SetXCom")[0]["mapped_length"] == 2
    engine.run("each", map_index=1)
    assert engine.kept["return_value"] == 2
    assert engine.told("SetRenderedMapIndex") == [{"type": "SetRenderedMapIndex", "rendered_map_index": "copy each"}]


def test_a_task_has_another_dag_run(engine):
    dag(
        engine,
        "from airflow.operators.trigger_dagrun import TriggerDagRunOperator",
        "call = dict(trigger_dag_id='other', trigger_run_id='mine', conf={'limit': 3}, poke_interval=0)",
        "TriggerDagRunOperator(task_id='go', note='again', reset_dag_run=True, **call)",
        "TriggerDagRunOperator(task_id='wait', wait_for_completion=True, **call)",
        "TriggerDagRunOperator(task_id='defer', wait_for_completion=True, deferrable=True, **call)",
        "TriggerDagRunOperator(task_id='skip', skip_when_already_exists=True, **call)",
        "TriggerDagRunOperator(task_id='unless', fail_when_dag_is_paused=True, **call)",
        "TriggerDagRunOperator(task_id='dated', logical_date=dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc), **call)",
    )
    assert engine.run("go")["type"] == "SucceedTask"
    (asked,) = engine.told("TriggerDagRun")
    date = asked.pop("logical_date")
    assert date.tzinfo is dt.timezone.utc
    assert asked == {
        "type": "TriggerDagRun", "dag_id": "other", "run_id": "mine", "run_after": None, "conf": {"limit": 3},
        "reset_dag_run": True, "note": "again",
    }  # fmt: skip
    assert engine.kept["trigger_run_id"] == "mine"
    assert engine.run("dated")["type"] == "SucceedTask"
    assert engine.told("TriggerDagRun")[0]["logical_date"] == dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc)

    states = ["queued", "running", "success"]
    engine.runs["GetDagRunState"] = lambda _: {"type": "DagRunStateResult", "state": states.pop(0)}
    assert engine.run("wait")["type"] == "SucceedTask"
    assert states == []
    engine.runs["GetDagRunState"] = lambda _: {"type": "DagRunStateResult", "state": "failed"}
    assert "other failed with failed state failed" in engine.run("wait")["retry_reason"]
    engine.runs["GetDagRunState"] = refuse("API_SERVER_ERROR")
    assert "API_SERVER_ERROR" in engine.run("wait")["retry_reason"]

    waits = engine.run("defer")
    assert (waits["type"], waits["next_method"]) == ("DeferTask", "execute_complete")
    assert waits["classpath"].endswith("external_task.DagStateTrigger")
    told = {"dag_id": "other", "states": ["success", "failed"], "poll_interval": 0, "run_ids": ["mine"]}
    assert waits["trigger_kwargs"] == told
    for state, end in (("success", "SucceedTask"), ("failed", "RetryTask"), ("running", "RetryTask")):
        event = [waits["classpath"], {**told, "mine": state}]
        resumed = {"next_method": "execute_complete", "next_kwargs": {"event": event}}
        assert engine.run("defer", context=resumed)["type"] == end

    told = {"dag_id": "other", "is_paused": True, "bundle_name": "dags-folder", "bundle_version": None}
    told |= {
        "relative_fileloc": "a.py",
        "owners": "ann",
        "tags": ["a"],
        "next_dagrun": dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc),
    }
    engine.runs["GetDag"] = lambda _: {"type": "DagResult", **told}
    assert engine.run("unless")["retry_reason"] == "DagIsPaused: Dag other is paused"
    assert engine.told("TriggerDagRun") == []
    told["is_paused"] = False
    assert engine.run("unless")["type"] == "SucceedTask"
    engine.runs["GetDag"] = refuse("GENERIC_ERROR")
    assert engine.run("unless")["retry_reason"].startswith("AirflowRuntimeError: GENERIC_ERROR")

    engine.runs["TriggerDagRun"] = refuse("DAGRUN_ALREADY_EXISTS")
    assert engine.run("go")["retry_reason"].startswith("DagRunAlreadyExists")
    assert engine.run("skip")["state"] == "skipped"
    engine.runs["TriggerDagRun"] = refuse("API_SERVER_ERROR")
    assert engine.run("go")["retry_reason"].startswith("AirflowRuntimeError: API_SERVER_ERROR")


def test_tasks_ask_about_runs(engine):
    dag(
        engine,
        "from airflow.datasets import Dataset",
        "from airflow.sensors.external_task import ExternalTaskSensor",
        "at = dict(external_dag_id='other', poke_interval=0)",
        "ExternalTaskSensor(task_id='run', **at)",
        "ExternalTaskSensor(task_id='tasks', external_task_ids=['a', 'b'], **at)",
        "ExternalTaskSensor(task_id='group', external_task_group_id='g', **at)",
        python(
            "before",
            "run, ti = context['dag_run'].get_previous_dagrun(), context['ti'].get_previous_ti(); "
            "return [run.run_id, str(run.state), run.logical_date.isoformat(), ti.run_id, ti.duration]",
        ),
        python(
            "dates",
            "return [str(context[f'prev_{name}_success']) for name in ('data_interval_start', 'start_date', 'execution_date')]",
        ),
        python(
            "events",
            "return [(e.extra, e.asset.uri, e.source_dag_id) for e in context['inlet_events'][Dataset('s3://a')]]",
        ),
    )
    engine.runs["GetTICount"] = lambda ask: {"type": "TICount", "count": 2 * ("success" in ask["states"])}
    engine.runs["GetDRCount"] = lambda ask: {"type": "DRCount", "count": int("success" in ask["states"])}
    states = {"r": {"g.a": "success", "g.b": "success"}}
    engine.runs["GetTaskStates"] = lambda _: {"type": "TaskStatesResult", "task_states": states}
    for task_id in ("run", "tasks", "group"):
        assert engine.run(task_id)["type"] == "SucceedTask"
    assert engine.run("before")["type"] == "SucceedTask"
    name = "manual__2024-01-12T06:00:00+00:00"
    assert engine.kept["return_value"] == [name, "running", "2024-01-12T06:00:00+00:00", "r", 2.5]
    assert engine.run("dates")["type"] == "SucceedTask"
    dates = ["2024-01-12 06:00:00+00:00", "2024-01-12 06:00:09+00:00", "2024-01-12 06:00:00+00:00"]
    assert engine.kept["return_value"] == dates
    assert engine.told("GetPreviousDagRun")[0]["state"] == "success"
    assert engine.run("events")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == [[{"rows": 3}, "s3://a/", "d"]]
    assert engine.told("GetAssetEventByAsset")[0]["uri"] == "s3://a/"


def test_a_task_of_level_3_with_an_asset_that_no_dag_names_any_more_fails_for_good(engine):
    told = {"type": "InactiveAssetsResult", "inactive_assets": [{"name": "a", "uri": "s3://a/", "type": "Asset"}]}
    engine.runs["ValidateInletsAndOutlets"] = lambda _: told
    lines = (
        "from airflow.sdk import Asset",
        "PythonOperator(task_id='a', python_callable=lambda: None, outlets=[Asset('s3://a')])",
        python("b", "pass"),
    )
    dag(engine, *lines)
    assert engine.run("a")["type"] == "SucceedTask"
    dag(engine, *lines, head="# updraft: compat=3\n")
    ended = engine.run("a")
    assert (ended["type"], ended["state"]) == ("TaskState", "failed")
    assert "inactive assets in its inlets or outlets: Asset(name='a', uri='s3://a/')" in ended["reason"]
    assert engine.run("b")["type"] == "SucceedTask"
    told["inactive_assets"] = []
    assert engine.run("a")["type"] == "SucceedTask"


def test_rendered_fields_are_told_as_documents(engine):
    dag(
        engine,
        "BashOperator(task_id='a', bash_command='echo {{ ds }}', env={'X': '{{ run_id }}'}, append_env=True)",
        "PythonOperator(task_id='b', python_callable=lambda *args: None, op_args=[{1, 2}, (3, '{{ ds }}')])",
    )
    assert engine.run("a")["type"] == "SucceedTask"
    (told,) = engine.told("SetRenderedFields")
    assert told["rendered_fields"]["bash_command"] == "echo 2024-01-12"
    assert told["rendered_fields"]["env"] == {"X": "r"}
    assert engine.run("b")["type"] == "SucceedTask"
    (told,) = engine.told("SetRenderedFields")
    assert told["rendered_fields"]["op_args"] == "[{1, 2}, (3, '2024-01-12')]"
    assert told["rendered_fields"]["op_kwargs"] == {}


def test_secrets_are_named_and_masked(engine):
    dag(engine, python("a", "Variable.get('my_password'); logging.warning('it is %s', 'hush-hush')"))
    engine.kept["my_password"] = "hush-hush"
    assert engine.run("a")["type"] == "SucceedTask"
    assert engine.told("MaskSecret") == [{"type": "MaskSecret", "value": "hush-hush", "name": None}]
    assert ("warning", "root", "it is ***") in engine.events()
    hides = "from updraft_airflow.log import mask_secret\n    if (pid := os.fork()) == 0:\n        mask_secret('hush-hush')\n        os._exit(0)\n    return os.waitpid(pid, 0)[1]"
    dag(engine, python("a", hides))
    assert engine.run("a")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == 0


def test_a_branch_names_what_is_skipped(engine):
    dag(
        engine,
        "from airflow.operators.empty import EmptyOperator",
        "@task.branch\ndef choose():\n    return 'left'",
        "choose() >> [EmptyOperator(task_id='left'), EmptyOperator(task_id='right')]",
    )
    assert engine.run("choose")["type"] == "SucceedTask"
    assert engine.told("SkipDownstreamTasks") == [{"type": "SkipDownstreamTasks", "tasks": ["right"]}]


@pytest.mark.parametrize(("level", "key"), [(2, "key"), (3, "key.uri")])
def test_assets_are_told_with_what_the_task_says_of_them_and_what_caused_the_run(engine, level, key):
    dag(
        engine,
        "from airflow.sdk import Asset\nasset = Asset(name='n', uri='s3://b/k')",
        "def a(outlet_events, **context):\n    outlet_events[asset].extra['rows'] = 3\n"
        "    events = context['triggering_asset_events']\n"
        f"    return [[{key}, [event.timestamp.isoformat() for event in events[key]]] for key in events]",
        "PythonOperator(task_id='a', python_callable=a, outlets=[asset])",
    )
    file = engine.dags / "dags.py"
    file.write_text(f"# updraft: compat={level}\n{file.read_text()}")
    caused = {
        "asset": {"name": "n", "uri": "s3://b/k", "extra": {}},
        "extra": {},
        "source_aliases": [],
    }
    order = startup("a")
    caused["timestamp"] = order["start_date"]
    order["ti_context"]["dag_run"]["consumed_asset_events"] = [caused]
    engine.order(order)
    ended = engine.until(lambda body: "task_outlets" in body)
    assert engine.kept["return_value"] == [["s3://b/k", ["2024-01-12T06:00:01+00:00"]]]
    assert ended["task_outlets"] == [{"name": "n", "uri": "s3://b/k", "type": "Asset"}]
    assert ended["outlet_events"] == [{"dest_asset_key": {"name": "n", "uri": "s3://b/k"}, "extra": {"rows": 3}}]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("os._exit(7)", "the process ended by itself, with exit code 7"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the process was killed by SIGKILL"),
    ],
)
def test_the_end_of_the_process_of_a_task_is_told_in_words(engine, code, words):
    dag(engine, python("a", f"print('before'); {code}"), python("b", "return 1"))
    ended = engine.run("a")
    assert (ended["type"], ended["retry_reason"]) == ("RetryTask", words)
    assert engine.run("a", context={"should_retry": False})["reason"] == words
    assert engine.run("b")["type"] == "SucceedTask"
    assert engine.stdout.read_text() == "before\n" * 2


def test_what_a_task_leaves_running_ends_with_it(engine):
    dag(engine, python("a", "import subprocess; return subprocess.Popen(['sleep', '600']).pid"))
    assert engine.run("a")["type"] == "SucceedTask"
    eventually(lambda: gone(engine.kept["return_value"]))


def begins(engine, task_id="a"):
    engine.order(startup(task_id))
    engine.until(lambda body: body["type"] == "UpdraftLog" and body["lines"][0]["event"] == "begins")


def test_sigterm_reaches_on_kill_which_may_still_ask(engine):
    dag(engine, "Long(task_id='a')")
    engine.kept["v"] = "asked"
    begins(engine)
    engine.terminate()
    ended = engine.until(lambda body: body["type"] == "RetryTask")
    assert ended["retry_reason"].startswith("AirflowTaskTerminated")
    assert engine.stdout.read_text() == "begins\non_kill asked\n"
    assert engine.program.wait(30) == 143


def test_sigterm_ends_an_idle_program(engine):
    dag(engine, python("a", "return 1"))
    engine.run("a")
    engine.terminate()
    assert engine.program.wait(30) == 143


@pytest.mark.parametrize("how", ["hangs up", "sends garbage", "announces too much", "orders twice", "kills"])
def test_no_process_is_left_after_a_supervisor_that(engine, how):
    dag(engine, "Long(task_id='a')")
    begins(engine)
    (child,) = engine.children()
    if how == "hangs up":
        engine.socket.close()
    elif how == "sends garbage":
        engine.socket.sendall(struct.pack(">I", 3) + b"\xc1\xc1\xc1")
    elif how == "announces too much":
        engine.socket.sendall(struct.pack(">I", 65 << 20))
    elif how == "orders twice":
        engine.order(startup("a"))
    else:
        engine.program.kill()
    code = engine.program.wait(30)
    assert code == {"hangs up": 0, "kills": -signal.SIGKILL}.get(how, 1)
    eventually(lambda: gone(child))


def test_a_task_runs_as_another_user_if_the_engine_is_root(engine):
    whom = "[os.geteuid(), os.getgid(), os.getgroups(), os.environ['USER']]"
    dag(
        engine,
        f"PythonOperator(task_id='a', run_as_user='nobody', python_callable=lambda: {whom})",
        "PythonOperator(task_id='c', run_as_user='nobody-at-all', python_callable=print)",
        "PythonOperator(task_id='d', python_callable=lambda: os.geteuid())",
        "dag.on_success_callback = lambda _: print(os.geteuid())",
    )
    nobody = pwd.getpwnam("nobody")
    if os.geteuid() == 0:
        assert engine.run("a")["type"] == "SucceedTask"
        assert engine.kept["return_value"] == [nobody.pw_uid, nobody.pw_gid, [nobody.pw_gid], "nobody"]
    else:
        told = engine.run("a")
        assert (told["type"], told["state"]) == ("TaskState", "failed")
        assert "NOPASSWD:SETENV" in told["reason"]
    gone = engine.run("c")
    assert (gone["state"], "there is no such user here" in gone["reason"]) == ("failed", True)
    assert engine.run("d")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == os.geteuid()
    order = {"id": "i", "event": "on_success_callback", "scope": "dag", "delivery": 1, "reason": "success", "done": []}
    assert engine.run("a", callback=order)["type"] == "SucceedTask"
    assert engine.stdout.read_text().splitlines()[-1] == str(os.geteuid())


def test_callbacks_are_called_when_they_are_ordered_and_not_before(engine):
    dag(
        engine,
        "def first(context): print('first', context['exception'], context['ti'].state)",
        "def second(context): raise ValueError('no')",
        "def third(context): print('third')",
        "PythonOperator(task_id='a', python_callable=raises(ValueError('x')), on_failure_callback=[first, second, third])",
        "dag.on_success_callback = lambda context: print('run', context['reason'])",
    )
    assert engine.run("a", context={"should_retry": False})["state"] == "failed"
    assert engine.stdout.read_text() == ""
    order = {
        "id": "i", "event": "on_failure_callback", "scope": "task", "delivery": 1, "reason": "failed: x", "done": []
    }  # fmt: skip
    assert engine.run("a", callback=order)["retry_reason"] == "ValueError: no"
    assert engine.stdout.read_text() == "first failed: x failed\nthird\n"
    assert [done["place"] for done in engine.told("UpdraftCallbackDone")] == [0, 2]
    assert engine.run("a", callback={**order, "done": [0, 1, 2]})["type"] == "SucceedTask"
    dag(
        engine, "PythonOperator(task_id='a', python_callable=print, on_success_callback=lambda c: print(c['ti'].state))"
    )
    for reason in ("success", "skipped: no"):
        assert (
            engine.run("a", callback={**order, "event": "on_success_callback", "reason": reason})["type"]
            == "SucceedTask"
        )
    assert engine.stdout.read_text().splitlines()[-2:] == ["success", "skipped"]
    dag(
        engine,
        "PythonOperator(task_id='a', python_callable=print)",
        "dag.on_success_callback = lambda context: print('run', context['reason'])",
    )
    missing = engine.run("a", callback={**order, "event": "on_success_callback"})
    assert missing["reason"] == "task `a` has no on_success_callback any more"
    of_dag = {**order, "scope": "dag", "event": "on_success_callback", "reason": "success"}
    assert engine.run("a", callback=of_dag)["type"] == "SucceedTask"
    assert engine.stdout.read_text().splitlines()[-1] == "run success"


def test_callbacks_of_missed_deadlines_and_slas_are_called(engine):
    dag(
        engine,
        "from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference, SyncCallback",
        "from airflow.sdk.bases.notifier import BaseNotifier",
        "class Tells(BaseNotifier):",
        "    template_fields = ('text',)",
        "    def __init__(self, text, **kwargs):",
        "        super().__init__(**kwargs)",
        "        self.text = text",
        "    def notify(self, context):",
        "        print(self.text)",
        "async def late(context, whom): print(whom, context['dag_run']['dag_id'], context['deadline']['deadline_time'].year)",
        "def plain(whom): print('plain', whom)",
        "def fails(**kwargs): raise ValueError(sorted(kwargs))",
        "callbacks = [AsyncCallback(late, {'whom': 'ann'}), SyncCallback(plain, kwargs={'whom': 'bob'}), SyncCallback(fails)]",
        "text = {'text': '{{ dag_run.dag_run_id }} is late by {{ deadline.deadline_time.year }}'}",
        "callbacks += [AsyncCallback(Tells, text), SyncCallback(Tells, text), AsyncCallback(plain, {'whom': 'x'})]",
        "after = dt.timedelta(hours=1)",
        "alerts = [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, after, callback) for callback in callbacks]",
        "dag.deadline = alerts",
        "def missed(dag, tasks, blockers, slas, tis): print(dag.dag_id, [tasks, blockers], slas, [(ti.task_id, ti.map_index, str(ti.state)) for ti in tis])",
        "dag.sla_miss_callback = missed",
        "PythonOperator(task_id='a', python_callable=print)",
        "PythonOperator(task_id='b', python_callable=print)",
    )
    order = {"id": "i", "event": "deadline", "scope": "dag", "delivery": 1, "reason": "no success", "done": []}
    for place, printed in enumerate(("ann d 2024", "plain bob", None, "r is late by 2024", "r is late by 2024")):
        told = {"place": place, "task_id": None, "due": "2024-01-12T07:00:00Z"}
        # No task is named: the run goes on.
        ended = engine.run("d", callback={**order, "deadline": told})
        if printed is None:
            assert ended["retry_reason"] == "ValueError: ['context']"
            continue
        assert ended["type"] == "SucceedTask"
        assert [done["place"] for done in engine.told("UpdraftCallbackDone")] == [place]
        assert engine.stdout.read_text().splitlines()[-1] == printed
    told = {"place": 5, "task_id": None, "due": "2024-01-12T07:00:00Z"}
    assert "cannot be awaited" in engine.run("a", callback={**order, "deadline": told})["retry_reason"]
    gone = engine.run("a", callback={**order, "deadline": {**told, "place": 6}})
    assert gone["reason"] == "the DAG has no deadline any more"

    states = {"a": "running", "b": "success", "a_b_3": "failed", "b_3": "upstream_failed", "c": None}
    engine.runs["GetTaskStates"] = lambda _: {"type": "TaskStatesResult", "task_states": {"r": states}}
    told = {"place": None, "task_id": "a", "due": "2024-01-12T07:00:00Z"}
    ended = engine.run("a", callback={**order, "event": "sla_miss_callback", "deadline": told})
    assert ended["type"] == "SucceedTask"
    date = "2024-01-12T06:00:00+00:00"
    lists = [f"a on {date}", f"a on {date}\nb on {date}"]
    tis = [("a", -1, "running"), ("b", 3, "upstream_failed")]
    assert engine.stdout.read_text().splitlines()[-1] == f"d {lists} [('d', 'a', '{date}')] {tis}"


def test_what_signals_raise_tears_no_frame(engine):
    dag(
        engine,
        "def a():\n    from airflow.utils.timeout import timeout\n    ended = 0\n    for n in range(200):\n        try:\n"
        "            with timeout(0.0002 + n / 100_000):\n                while Variable.get('v') == 'v' * 3000:\n"
        "                    logging.info('asked')\n        except AirflowTaskTimeout:\n            ended += 1\n"
        "    return [ended, Variable.get('v') == 'v' * 3000]",
        "PythonOperator(task_id='a', python_callable=a)",
    )
    engine.kept["v"] = "v" * 3000
    assert engine.run("a")["type"] == "SucceedTask"
    assert engine.kept["return_value"] == [200, True]


def test_threads_of_a_task_ask_at_the_same_time(engine):
    dag(
        engine,
        "def a():\n    from concurrent.futures import ThreadPoolExecutor\n"
        "    import contextvars\n    def ask(n):\n        logging.info('asks')\n        return Variable.get(f'v{n % 7}')\n"
        "    with ThreadPoolExecutor(4) as pool:\n"
        "        found = [pool.submit(contextvars.copy_context().run, ask, n) for n in range(70)]\n"
        "        return [one.result() for one in found] == [str(n % 7) for n in range(70)]",
        "PythonOperator(task_id='a', python_callable=a)",
    )
    engine.kept.update({f"v{n}": str(n) for n in range(7)})
    assert engine.run("a")["type"] == "SucceedTask"
    assert engine.kept["return_value"] is True


def test_the_conf_of_a_run_goes_over_params_unless_that_is_forbidden(engine):
    dag(engine, "dag.params['limit'] = 1", python("a", "return context['params']['limit']"))
    for overrides, limit in (True, 10), (False, 1):
        engine.run("a", context={"dag_run_conf_overrides_params": overrides})
        assert engine.kept["return_value"] == limit


def test_unknown_orders_end_the_program(engine):
    engine.order({"type": "StartupDetails"})
    assert engine.program.wait(30) == 1
    assert "error: the supervisor orders `StartupDetails` without what it needs" in engine.stderr.read_text()


def test_standard_input_must_be_a_socket_and_the_parent_alive(tmp_path):
    serve = [sys.executable, "-m", "updraft_airflow", "serve"]
    env = {**os.environ, "PYTHONPATH": os.path.join(os.path.dirname(__file__), "../src")}
    for more, error in ([], "is not the socket"), (["--parent", "1"], "is gone"):
        ended = subprocess.run([*serve, *more], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env)
        assert ended.returncode == 1
        assert error in ended.stderr
