"""What `check` says of DAG files, and that it is true."""

import itertools
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from updraft_airflow.check import differences
from updraft_airflow.check.look import see
from updraft_airflow.files import ignore
from updraft_airflow.files.walk import Discovery, walk

HEAD = """
import datetime as dt
from datetime import datetime, timedelta
from airflow import DAG
from airflow.decorators import task
from airflow.models import Variable
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
"""
PLAIN = f"{HEAD}DAY = datetime(2024, 1, 1)\n"


def notes(tmp_path, text, name="x.py"):
    file = tmp_path / name
    file.write_text(text)
    told = see(str(file))
    return told, [tuple(one) for one in told["notes"]]


def differing(found):
    """The names of the differences that are noted."""
    texts = {one.text: name for name, one in differences.MEANINGS.items()}
    return {texts[text] for _, kind, text in found if kind == "differs"}


SCHEDULES = {
    "": "schedule", "schedule=None": "none", "schedule='@daily'": "cron", "schedule='0 1 * * *'": "cron",
    "schedule_interval='@hourly'": "cron", "schedule=timedelta(hours=3)": "delta", "schedule='@once'": "once",
    "schedule=TEXT": "cron", "schedule=DELTA": "delta",
}  # fmt: skip
CATCHUPS = ("", "catchup=True", "catchup=False")
STARTS = ("start_date=DAY", "default_args={'start_date': DAY}", "")
GROUPS = (
    "a >> z", "with TaskGroup('g') as g: pass\n    a >> g >> z", "with TaskGroup('g') as g: pass\n    a >> g",
    "with TaskGroup('g') as g:\n        m = EmptyOperator(task_id='m')\n    a >> g >> z", "with TaskGroup('g') as g: pass\n    z << g << a",
)  # fmt: skip


def described(parse, level, level_of, text):
    level(level_of)
    parsed = parse(text)
    return None if parsed.problems else parsed.descriptions[0].data


def test_what_is_said_to_differ_is_what_differs_between_the_descriptions_of_both_levels(parse, level, tmp_path):
    """Files of all combinations are described at both levels; each difference has its note and each note its difference."""
    count = 0
    for schedule, catchup, start, (place, group) in itertools.product(SCHEDULES, CATCHUPS, STARTS, enumerate(GROUPS)):
        if place and (catchup or start != "start_date=DAY"):
            continue
        past = "depends_on_past=True" if count % 3 == 0 else "ignore_first_depends_on_past=False, depends_on_past=True"
        options = ", ".join(filter(None, ("'d'", schedule, catchup, start)))
        text = (
            f"{HEAD}from airflow.utils.task_group import TaskGroup\n{'DAY = datetime(2024, 1, 1)' if start else ''}\n"
            "TEXT = '5 4 * * *'\nDELTA = dt.timedelta(days=2)\n"
            f"with DAG({options}) as dag:\n    a = EmptyOperator(task_id='a', {past})\n    z = EmptyOperator(task_id='z')\n    {group}\n"
        )
        two, three = (described(parse, level, one, text) for one in (2, 3))
        found = differing(notes(tmp_path, text)[1])
        assert three is not None, text
        assert (two is None) == ("no_start_date" in found), text
        if two is None:
            continue
        assert (two["schedule"] != three["schedule"]) == bool(found & {"cron", "delta", "no_schedule"}), text
        never = two["schedule"]["type"] == three["schedule"]["type"] == "none"
        assert (two["catchup"] != three["catchup"] and not never) == ("catchup" in found), text
        edges = [{task["task_id"]: task["upstream_task_ids"] for task in one["tasks"]} for one in (two, three)]
        assert (edges[0] != edges[1]) == ("empty_group" in found), text
        first = [one["tasks"][0].get("ignore_first_depends_on_past") for one in (two, three)]
        assert (first[0] != first[1]) == ("depends_on_past" in found), text
        count += 1
    assert count > 60


def test_a_setting_that_makes_both_levels_the_same_leaves_nothing_to_note(tmp_path, monkeypatch):
    text = f"{PLAIN}x = DAG('d', schedule='@daily', start_date=DAY)\n"
    assert differing(notes(tmp_path, text)[1]) == {"cron", "catchup"}
    monkeypatch.setenv("AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT", "False")
    monkeypatch.setenv("AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS", "False")
    assert differing(notes(tmp_path, text)[1]) == set()


DAG_LINE = "with DAG('d', schedule=None, start_date=DAY) as dag:\n    "
FUNCTION = f"{PLAIN}def f(ti, **kwargs):\n    BODY\n{DAG_LINE}PythonOperator(task_id='a', python_callable=f)\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("ti.xcom_pull()", {"pull_without_task"}),
        ("ti.xcom_pull(key='k', task_ids=None)", {"pull_without_task"}),
        ("ti.xcom_pull('a')", set()),
        ("ti.xcom_pull(**kwargs)", set()),
        ("ti.xcom_pull(task_ids=['a', 'b'])", {"pull_of_several"}),
        ("ti.xcom_pull('a', default=9)", {"pull_default"}),
        ("ti.xcom_pull('a', default=None)", set()),
        ("return 1, 2", {"tuple"}),
        ("return [1, 2]", set()),
        ("def g(): return 1, 2\n    return [g()]", set()),
        ("try: Variable.get('v')\n    except KeyError: pass", {"missing_variable"}),
        ("try: Variable.get('v', default_var=1)\n    except KeyError: pass", set()),
        ("try: Variable.get('v')\n    except (KeyError, Exception): pass", set()),
    ],
)
def test_functions_are_looked_into(tmp_path, body, expected):
    assert differing(notes(tmp_path, FUNCTION.replace("BODY", body))[1]) == expected


def test_templates_are_looked_into_and_lines_are_those_of_the_file(tmp_path):
    command = (
        "\"\"\"echo\n  {{ ti.xcom_pull() }}\n  {{ ti.xcom_pull(task_ids=['a', 'b']) }} {{ ti.xcom_pull('a') }}\"\"\""
    )
    text = f"{PLAIN}from airflow.operators.bash import BashOperator\n{DAG_LINE}BashOperator(task_id='b', bash_command={command})\n"
    _, found = notes(tmp_path, text)
    lines = {text: line for line, kind, text in found if kind == "differs"}
    assert lines == {
        differences.MEANINGS["pull_without_task"].text: 13,
        differences.MEANINGS["pull_of_several"].text: 14,
    }


def test_pulls_from_mapped_tasks_and_branches_are_known_by_what_the_file_makes(tmp_path):
    text = f"""{PLAIN}
@task
def copies(x): return x
@task.branch
def choose(): return 'use'
@task
def use(ti=None): return [ti.xcom_pull('copies'), ti.xcom_pull('choose'), ti.xcom_pull('choose', key='other')]
{DAG_LINE}[copies.expand(x=[1, 2]), choose()] >> use()
"""
    told, found = notes(tmp_path, text)
    assert told["error"] is None
    assert differing(found) == {"pull_of_copies", "pull_of_branch"}


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("from airflow.operators.nothing import X", "unsupported", "does not offer `nothing`"),
        ("import airflow.operators.nothing", "unsupported", "does not offer `nothing`"),
        ("def f():\n    from airflow.providers.nobody.hooks.x import Y", "unsupported", "providers-nobody"),
        ("from airflow.settings import Session\nSession().query(1)", "unsupported", "asks Airflow's database"),
        ("from airflow.models import DagModel\ndef f(): DagModel.get_dagmodel('d')", "unsupported", "`DagModel.get_dagmodel`"),
        ("from airflow.utils.session import provide_session\n@provide_session\ndef f(session=None): session.query(1)", "unsupported", "`session.query`"),
        ("EmptyOperator(task_id='t', trigger_rule='all_done_min_one_success')", "unsupported", "refused at level 2"),
        ("EmptyOperator(task_id='t', retry_exponential_backoff=3.0)", "differs", "twice the one before"),
        ("EmptyOperator(task_id='t', start_date=datetime(2025, 1, 1), dag=DAG('e', schedule=None, start_date=DAY))\nx = DAG('f', schedule=None)", "uses", "airflow: DAG"),
        ("DAG('d', schedule=None, concurrency=3)", "generation", "`concurrency` is of Airflow 2 alone"),
        ("DAG('d', schedule=None, fail_fast=True)", "generation", "`fail_fast` is of Airflow 3 alone"),
        ("from airflow.operators.dummy import DummyOperator", "generation", "of Airflow 2 alone"),
        ("from airflow.operators.bash_operator import BashOperator", "generation", "of Airflow 2 alone"),
        ("from airflow.sdk import Asset", "generation", "of Airflow 3 alone"),
    ],
)  # fmt: skip
def test_what_would_not_run_and_what_is_not_followed_is_noted_with_its_line(tmp_path, line, kind, words):
    text = f"{PLAIN}{line}\n"
    _, found = notes(tmp_path, text)
    last = next((one for one in found if one[1] == kind and words in one[2]), None)
    assert last is not None, found
    assert last[0] >= 4
    assert last[0] <= text.count("\n")


def test_dates_of_single_tasks_are_noted_where_the_task_is_made(tmp_path):
    text = f"{PLAIN}{DAG_LINE}EmptyOperator(task_id='a')\n    EmptyOperator(task_id='b', start_date=datetime(2025, 1, 1))\n"
    _, found = notes(tmp_path, text)
    assert [(line, text) for line, kind, text in found if kind == "ignored"] == [
        (12, "`start_date` of task `b` is passed over: it runs in all runs of its DAG")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    from airflow.nothing import X\nexcept ImportError:\n    X = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from airflow.nothing import X\n",
        "from airflow.models import DagModel\nfrom airflow.utils.session import provide_session, create_session\n",
        "class Session:\n    def query(self): pass\nsession = Session()\nsession.query()\n",
        "def DAG(*a, **k): pass\nDAG('d', 'description', '@daily')\n",
    ],
)
def test_what_only_looks_like_it_is_not_noted(tmp_path, text):
    told, found = notes(tmp_path, text)
    assert told["error"] is None
    assert {kind for _, kind, _ in found} <= {"uses"}


def run(*arguments, cwd=None, **env):
    source = str(Path(__file__).parents[1] / "src")
    return subprocess.run(
        [sys.executable, "-m", "updraft_airflow", "check", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=cwd,
        env={"PYTHONPATH": source, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **env},
    )  # fmt: skip


GOOD = f"{PLAIN}with DAG('NAME', schedule=None, start_date=DAY):\n    EmptyOperator(task_id='a') >> EmptyOperator(task_id='b')\n"


def test_a_file_that_does_not_behave_is_told_of_and_the_others_go_on(tmp_path):
    bad = {
        "a_hangs": "import time; time.sleep(600)",
        "b_exits": "import os; os._exit(0)",
        "c_crashes": "import os; os.kill(os.getpid(), 11)",
        "d_prints": "import sys; sys.stdout.write('x' * 3_000_000); sys.stdout.flush()",
        "e_forks": "import os, time\nif not os.fork(): time.sleep(600)",
        "f_is_no_python": "x = (",
        "g_leaves": "import sys; sys.exit(2)",
    }
    for name, text in bad.items():
        (tmp_path / f"{name}.py").write_text(f"# airflow dag\n{text}\n")
    (tmp_path / "z_good.py").write_text(GOOD.replace("NAME", "d"))
    done = run(tmp_path, "-o", "json", "--timeout", "3")
    told = {Path(one["file"]).stem: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1, done.stderr
    assert "takes longer than 3 seconds" in told["a_hangs"]["error"]
    assert "exit code 0" in told["b_exits"]["error"]
    assert "SIGSEGV" in told["c_crashes"]["error"]
    assert told["d_prints"]["ok"]
    assert [note["text"] for note in told["d_prints"]["notes"]] == ["reading the file prints 3000000 bytes"]
    assert told["e_forks"]["ok"]
    assert "SyntaxError" in told["f_is_no_python"]["error"]
    assert "sys.exit(2)" in told["g_leaves"]["error"]
    assert told["z_good"]["dags"] == [
        {"dag_id": "d", "tasks": {"a": {"type": "EmptyOperator", "downstream": ["b"]}, "b": {"type": "EmptyOperator", "downstream": []}}}
    ]  # fmt: skip
    assert run(tmp_path / "z_good.py").returncode == 0


def test_folders_are_searched_as_airflow_does_and_archives_are_opened(tmp_path):
    dags = tmp_path / "dags"
    (dags / "sub" / "deep").mkdir(parents=True)
    for name in ("one.py", "skipped.py", "sub/two.py", "sub/deep/three.py"):
        (dags / name).write_text(GOOD.replace("NAME", Path(name).stem))
    (dags / "plain.py").write_text("x = 1\n")
    (dags / "notes.txt").write_text("airflow dag")
    with zipfile.ZipFile(dags / "packed.zip", "w") as archive:
        archive.writestr("packed.py", "import beside\n" + GOOD.replace("NAME", "packed"))
        archive.writestr("beside.py", "x = 1\n")
        archive.writestr("inner/other.py", GOOD.replace("NAME", "inner"))
    (dags / ".airflowignore").write_text("skip.*d  # not now\n")
    (dags / "sub" / ".airflowignore").write_text("deep/three\n")
    done = run(dags, "-o", "json")
    files = [str(Path(json.loads(line)["file"]).relative_to(dags)) for line in done.stdout.splitlines()]
    assert (done.returncode, files) == (0, ["one.py", "packed.zip/packed.py", "sub/two.py"]), done.stdout
    assert "would not" in run(dags / "sub" / "deep", "--compat", "3").stdout
    named = run(dags / "skipped.py", dags / "packed.zip", "-o", "json").stdout.splitlines()
    assert len(named) == 3
    below = run(dags / "sub", "-o", "json", AIRFLOW__CORE__DAGS_FOLDER=str(dags)).stdout.splitlines()
    assert [Path(json.loads(line)["file"]).name for line in below] == ["two.py"]


def test_a_dag_id_in_two_files_is_told_of(tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(GOOD.replace("NAME", "same"))
    done = run(tmp_path)
    assert done.returncode == 1
    assert "is in" in done.stdout
    assert "2 files: 1 would run, 1 would not" in done.stdout


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("*.py", "a.py", True),
        ("*.py", "x/a.py", True),
        ("/*.py", "x/a.py", False),
        ("x/*.py", "x/a.py", True),
        ("x/*.py", "x/y/a.py", False),
        ("x/**/a.py", "x/y/z/a.py", True),
        ("x/**/a.py", "x/a.py", True),
        ("**/y", "x/y/a.py", True),
        ("y/", "x/y/a.py", True),
        ("a.py/", "a.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("?.py", "ab.py", False),
        ("# a.py", "a.py", False),
        ("*.py\n!a.py", "x/a.py", False),
        ("!a.py\n*.py", "a.py", True),
        ("a.+", "a.py", False),
    ],
)  # fmt: skip
def test_globs_are_those_of_gitignore(tmp_path, pattern, path, ignored):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(GOOD)
    (tmp_path / ignore.NAME).write_text(pattern)
    found = list(walk(str(tmp_path), str(tmp_path), Discovery("glob", safe_mode=True)))
    assert (found == []) == ignored


def test_links_that_lead_back_and_files_that_cannot_be_read_do_no_harm(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "back").symlink_to(tmp_path)
    (tmp_path / "x" / "gone.py").symlink_to(tmp_path / "nothing")
    (tmp_path / "a.py").write_text(GOOD)
    found = list(walk(str(tmp_path), str(tmp_path), Discovery("regexp", safe_mode=True)))
    assert found == [str(tmp_path / "a.py")]


def test_a_file_is_looked_at_on_the_level_that_its_place_says(tmp_path, monkeypatch):
    (tmp_path / "v3").mkdir()
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT_FILES", "v3/*=3")
    text = f"{PLAIN}from airflow.sdk import Asset\nEmptyOperator(task_id='t', trigger_rule='all_done_min_one_success')\nx = DAG('d', schedule=None)\n"
    for name, level, kinds in (("x.py", 2, {"unsupported"}), ("v3/x.py", 3, set())):
        told, found = notes(tmp_path, text, name)
        assert told["level"] == level
        assert {kind for _, kind, _ in found} - {"uses", "generation", "differs"} == kinds


@pytest.mark.parametrize("answers", [True, False])
def test_what_asks_the_engine_is_noted_as_long_as_it_is_not_answered(tmp_path, monkeypatch, answers):
    monkeypatch.setattr("updraft_airflow.check.support.is_answered", lambda _: answers)
    text = f"""{PLAIN}from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor
def f(ti): ti.xcom_pull(key="k")
with DAG("d", schedule=None, start_date=DAY):
    TriggerDagRunOperator(task_id="t", trigger_dag_id="e")
    ExternalTaskSensor(task_id="s", external_dag_id="e")
    ExternalTaskSensor(task_id="s2", external_dag_id="e", deferrable=True)
    PythonOperator(task_id="p", python_callable=f)
"""
    told, found = notes(tmp_path, text)
    assert told["error"] is None
    lines = [line for line, kind, _ in found if kind == "unsupported"]
    assert lines == ([] if answers else [12, 14, 15])
