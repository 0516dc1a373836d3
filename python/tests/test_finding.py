"""Which DAGs of a file count, and what is said of files that cannot be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "from datetime import datetime\nfrom airflow import DAG\nfrom airflow.decorators import dag, task\n"
OPTIONS = "start_date=datetime(2024, 1, 1), schedule=None"


def ids(parsed):
    assert not parsed.problems, [problem.trace for problem in parsed.problems]
    return sorted(description.data["dag_id"] for description in parsed.descriptions)


def test_a_with_block_counts_wherever_it_stands_and_a_bare_dag_only_in_a_global(each_level, parse):
    text = f"""{HEAD}
def f():
    with DAG("in_function", {OPTIONS}):
        pass
    DAG("lost", {OPTIONS})
f()
for name in ("a", "b"):
    globals()[name] = DAG(name, {OPTIONS})
"""
    assert ids(parse(text)) == ["a", "b", "in_function"]


def test_a_dag_function_counts_only_when_it_is_called(each_level, parse):
    text = f"""{HEAD}
@dag({OPTIONS})
def called(x: int = 3):
    '''What it is for.'''
@dag({OPTIONS})
def uncalled():
    pass
called()
"""
    parsed = parse(text)
    assert ids(parsed) == ["called"]
    assert parsed.descriptions[0].data["doc_md"] == "What it is for."
    assert parsed.descriptions[0].data["params"] == {"x": 3}


def test_a_repeated_dag_id_is_an_import_error_and_the_first_one_stays(each_level, parse):
    parsed = parse(f"{HEAD}\na = DAG('d', {OPTIONS})\nb = DAG('d', {OPTIONS})\n")
    assert [problem.kind for problem in parsed.problems] == ["AirflowDagDuplicatedIdException"]
    assert len(parsed.descriptions) == 1


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ("import airflow\n\nraise ValueError('no')\n", 3, "ValueError"),
        ("import airflow\nx = (\n", 2, "SyntaxError"),
        ("import airflow\nimport nothing_of_that_name\n", 2, "ModuleNotFoundError"),
        ("import airflow\nimport sys\nsys.exit(3)\n", 3, "ImportError"),
    ],
)
def test_what_a_file_raises_is_told_with_its_line(parse, text, line, kind):
    parsed = parse(text)
    problem = parsed.problems[0]
    assert (problem.line, problem.kind) == (line, kind)
    told = parsed.as_json()
    assert list(told["import_errors"]) == [f"{parsed.fileloc}:{line}"]
    assert "updraft_airflow" not in told["import_errors"][f"{parsed.fileloc}:{line}"]


def test_a_file_that_is_no_text_is_an_import_error(tmp_path):
    from updraft_airflow.manifest.parse import parse

    file = tmp_path / "x.py"
    file.write_bytes(b"x = '\xff\xfe'\n")
    assert parse(str(file)).problems[0].kind == "SyntaxError"


def test_cycles_and_wrong_cron_texts_are_found_when_the_dag_is_validated(each_level, parse):
    text = f"""{HEAD}
from airflow.operators.empty import EmptyOperator
with DAG("cycle", {OPTIONS}):
    a, b = EmptyOperator(task_id="a"), EmptyOperator(task_id="b")
    a >> b >> a
with DAG("cron", start_date=datetime(2024, 1, 1), schedule="61 * * * *"):
    pass
with DAG("right", {OPTIONS}):
    pass
"""
    parsed = parse(text)
    assert [problem.kind for problem in parsed.problems] == ["AirflowDagCycleException", "AirflowTimetableInvalid"]
    told = parsed.as_json()
    assert [error["dag_id"] for error in told["python"]["import_errors"]] == [
        problem.dag_id for problem in parsed.problems
    ]
    assert all(problem.message in "".join(told["import_errors"].values()) for problem in parsed.problems)
    assert [description.data["dag_id"] for description in parsed.descriptions] == ["right"]
    told = parsed.as_json()
    assert told["updraft_failed_dags"] == ["cycle", "cron"]
    (text,) = told["import_errors"].values()
    assert "dag `cycle`: AirflowDagCycleException" in text
    assert "dag `cron`: AirflowTimetableInvalid" in text
    assert parse("import airflow  # dag\n1 / 0\n").as_json()["updraft_failed_dags"] is None


def test_a_comment_in_the_first_lines_says_the_level_of_a_file(parse):
    parsed = parse(f"# updraft: compat=3\n{HEAD}\nDAGS = DAG('d', schedule='@daily')\n")
    assert parsed.descriptions[0].data["compat"] == 3
    assert parse(f"{HEAD}\nx = DAG('d', {OPTIONS})\n").descriptions[0].data["compat"] == 2


def test_a_file_of_level_2_that_imports_the_sdk_is_warned_with_its_line_and_the_setting(parse, monkeypatch, tmp_path):
    text = "\nfrom airflow.sdk import DAG\nx = DAG('d', schedule=None)\n"
    warning = parse(text).warnings[0]
    assert f"{tmp_path}/dags.py:2 imports `airflow.sdk`" in warning
    assert "by `[updraft] compat = 2`" in warning
    assert parse(f"# updraft: compat=3\n{text}").warnings == []
    assert parse(f"# updraft: compat=2\n{text}").warnings == []
    assert parse(text.replace("airflow.sdk import", "airflow import sdk,")).warnings
    assert parse('"""from airflow.sdk import DAG"""\n' + text.replace("airflow.sdk", "airflow")).warnings == []
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT_FILES", "*.py=2")
    assert "by `[updraft] compat_files: *.py=2`" in parse(text).warnings[0]
    monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT", "3")
    assert parse(text).warnings


@pytest.mark.parametrize(
    ("setting", "comment", "expected"),
    [
        ("v3/**=3", "", 3),
        ("v3/**=2, **=3", "", 2),
        ("**=3\nv3/**=2", "", 3),
        ("*.py=3", "", 2),
        ("**/*.py = 3", "", 3),
        ("v3/**=3", "# updraft: compat=2", 2),
        ("", "# updraft: compat=3", 3),
        ("v2/**=3", "", 2),
    ],
)
def test_the_level_of_a_file_is_that_of_its_comment_else_of_the_first_glob_that_matches_its_path(
    parse, monkeypatch, tmp_path, setting, comment, expected
):
    (tmp_path / "v3" / "deep").mkdir(parents=True)
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT_FILES", setting)
    text = f"{comment}\n{HEAD}\nx = DAG('d', {OPTIONS})\n"
    assert parse(text, "v3/deep/x.py").descriptions[0].data["compat"] == expected


def test_globs_of_levels_say_nothing_of_files_elsewhere_and_wrong_ones_are_an_import_error(
    parse, monkeypatch, tmp_path
):
    text = f"{HEAD}\nx = DAG('d', {OPTIONS})\n"
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path / "dags"))
    monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT_FILES", "**=3")
    assert parse(text).descriptions[0].data["compat"] == 2
    for wrong in ("**=4", "**", "=3"):
        monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT_FILES", wrong)
        assert "compat_files" in parse(text).problems[0].message


def test_the_level_of_the_installation_stands_in_airflow_cfg_too(parse, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "airflow.cfg").write_text(
        f"[updraft]\ncompat = 3\ncompat_files =\n    v2/**=2,\n    w2/**=2\n[core]\ndags_folder = {tmp_path}\n"
    )
    text = f"{HEAD}\nx = DAG('d', {OPTIONS})\n"
    assert parse(text).descriptions[0].data["compat"] == 3
    for folder in ("v2", "w2"):
        (tmp_path / folder).mkdir()
        assert parse(text, f"{folder}/x.py").descriptions[0].data["compat"] == 2


def test_an_archive_is_read_as_a_whole_or_by_the_file(tmp_path):
    import zipfile

    from updraft_airflow.manifest.parse import parse

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("one", "two"):
            archive.writestr(f"{name}.py", f"{HEAD}from beside_in_archive import x\nd = DAG('{name}', {OPTIONS})\n")
        archive.writestr("beside_in_archive.py", "x = 1\n")
    assert ids(parse(str(tmp_path / "a.zip"))) == ["one", "two"]
    one = parse(str(tmp_path / "a.zip" / "one.py"))
    assert ids(one) == ["one"]
    assert one.descriptions[0].data["fileloc"] == str(tmp_path / "a.zip" / "one.py")
    (tmp_path / "broken.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-40] + b"PK\x05\x06" + b"\xff" * 18)
    assert parse(str(tmp_path / "broken.zip")).problems


def test_a_timetable_that_the_engine_lacks_is_one_that_it_asks(parse):
    text = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.timetables.base import DagRunInfo, Timetable
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable, DeltaTriggerTimetable, MultipleCronTriggerTimetable
from airflow.timetables.datasets import DatasetOrTimeSchedule
from airflow.datasets import Dataset
from dateutil.relativedelta import relativedelta
class Mine(Timetable):
    '''Its own.'''
    description = "Now and then"
    def __init__(self, days=1): self.days = days
    def serialize(self): return {"days": self.days}
class Cron(CronDataIntervalTimetable):
    pass
day = timedelta(days=1)
for n, one in enumerate([
    CronTriggerTimetable("0 1 * * *", timezone="UTC"),
    CronTriggerTimetable("0 1 * * *", timezone="UTC", interval=day),
    MultipleCronTriggerTimetable("0 1 * * *", timezone="UTC"),
    MultipleCronTriggerTimetable("0 1 * * *", "0 2 * * *", timezone="UTC", interval=day),
    day, relativedelta(months=1), DeltaTriggerTimetable(day), DeltaTriggerTimetable(day, interval=day),
    Mine(3), Cron("@daily", "UTC"),
    DatasetOrTimeSchedule(timetable=Mine(4), datasets=[Dataset("s3://x")]),
]):
    globals()[f"d{n}"] = DAG(f"d{n}", start_date=datetime(2024, 1, 1), schedule=one)
"""
    parsed = parse(text)
    assert not parsed.problems, parsed.problems[0].trace
    schedules = [described.data["schedule"] for described in parsed.descriptions]
    kinds = "cron custom crons custom delta custom delta custom custom custom assets_or_time"
    assert [one["type"] for one in schedules] == kinds.split()
    assert schedules[1]["parameters"] == {"expression": "0 1 * * *", "timezone": "UTC", "interval": 86400}
    assert schedules[5]["parameters"] == {"delta": {"months": 1}}
    mine = {**schedules[8]}
    assert mine.pop("class_path").startswith("unusual_prefix_")
    assert mine == {
        "type": "custom", "parameters": {"days": 3}, "summary": "Mine", "description": "Now and then", "periodic": True,
        "can_be_scheduled": True, "active_runs_limit": None,
    }  # fmt: skip
    assert schedules[10]["time"]["parameters"] == {"days": 4}
    assert parsed.as_json()["warnings"] is None


def test_a_timetable_that_cannot_be_written_down_is_an_import_error(parse):
    text = f"{HEAD}from airflow.timetables.base import Timetable\nclass T(Timetable):\n    def serialize(self): return RETURNS\nx = DAG('d', start_date=datetime(2024, 1, 1), schedule=T())\n"
    for returns, words in (("{1, 2}", "JSON"), ("[]", "not a dict")):
        assert words in parse(text.replace("RETURNS", returns)).problems[0].message


def test_the_command_prints_one_object_per_file_and_nothing_of_what_files_print(tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(f"{HEAD}\nprint('noise')\nx = DAG('d', {OPTIONS})\n")
    bad.write_text("import airflow\n1 / 0\n")
    command = [sys.executable, "-m", "updraft_airflow", "parse", str(good), str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [bool(one["import_errors"]) for one in told] == [False, True]
    assert "noise" in done.stderr


def test_a_dag_file_as_a_script_prints_nothing(tmp_path):
    file = tmp_path / "x.py"
    file.write_text(f"{HEAD}\nwith DAG('d', {OPTIONS}):\n    @task\n    def f(): print('no')\n    f()\n")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=False, env=_environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_comment_counts_also_where_the_file_is_a_script_and_while_its_dag_runs(tmp_path):
    file = tmp_path / "x.py"
    file.write_text(
        '"""A script."""\n# updraft: compat=3\nfrom airflow.sdk import DAG, Variable, task\n'
        "with DAG('d', schedule='@daily') as dag:\n"
        "    @task\n    def f():\n"
        "        try:\n            Variable.get('nothing')\n"
        "        except Exception as error:\n            print(type(error).__name__)\n"
        "    f()\n"
        "if __name__ == '__main__':\n    print(dag.compat, dag.catchup)\n    dag.test()\n"
    )
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True, env=_environment())
    assert done.stdout.split() == ["3", "False", "AirflowRuntimeError"]


def test_a_script_has_the_level_that_its_place_says(tmp_path):
    (tmp_path / "v3").mkdir()
    file = tmp_path / "v3" / "x.py"
    file.write_text(f"{HEAD}\nprint(DAG('d', {OPTIONS}).compat)\n")
    env = {**_environment(), "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path), "AIRFLOW__UPDRAFT__COMPAT_FILES": "v3/**=3"}
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "3\n"


def test_a_normal_dag_file_imports_neither_jinja_nor_pendulum(tmp_path):
    text = (
        f"{HEAD}\nimport sys\nfrom airflow.operators.bash import BashOperator\n"
        f"with DAG('d', {OPTIONS}):\n    BashOperator(task_id='a', bash_command='echo {{{{ ds }}}}')\n"
        "heavy = {'jinja2', 'pendulum', 'asyncio', 'yaml', 'subprocess', 'email'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    file = tmp_path / "x.py"
    file.write_text(text)
    subprocess.run([sys.executable, str(file)], check=True, env=_environment())


def _environment():
    return {"PYTHONPATH": str(Path(__file__).parents[1] / "src"), "PATH": "/usr/bin:/bin"}
