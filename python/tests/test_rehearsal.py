"""What a warm interpreter does before its first order."""

import json
import os
import subprocess
import sys
from pathlib import Path

from engine import ENDS, Engine, startup

SOURCE = Path(__file__).parents[1] / "src"


def test_modules_of_the_settings_are_imported_before_the_first_fork(tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/heavy.py").write_text("import os\nBY = os.getpid()\n")
    (tmp_path / "modules/threads.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    with Engine(
        tmp_path / "dags",
        AIRFLOW__UPDRAFT__PYTHON_PRELOAD="heavy, not_there, threads",
        PYTHONPATH=os.pathsep.join((str(SOURCE), str(tmp_path / "modules"))),
    ) as engine:
        engine.write(
            "import sys\nfrom datetime import datetime\nfrom airflow import DAG\nfrom airflow.operators.python import PythonOperator\n"
            "with DAG('d', schedule=None, start_date=datetime(2024, 1, 1)):\n"
            "    PythonOperator(task_id='a', python_callable=lambda: sys.modules['heavy'].BY)\n"
        )
        engine.order(startup("a"))
        assert engine.until(lambda body: body["type"] in ENDS)["type"] == "SucceedTask"
        assert engine.kept["return_value"] == engine.program.pid
        told = engine.stderr.read_text().splitlines()
    assert told == [
        "[updraft] python_preload: `not_there` cannot be imported: ModuleNotFoundError: No module named 'not_there'",
        "[updraft] python_preload: `threads` starts threads, which forks of this interpreter do not have; take it out of the list",
    ]


LOOK = """
import json, logging, os, sys
from updraft_airflow import policies, search_path
from updraft_airflow.plugins import loaded
from updraft_airflow.serve.rehearsal import FILE, rehearse
search_path.prepare()
def state():
    return {"environment": dict(os.environ), "modules": sorted(name for name in sys.modules if "rehearsed_dag" in name),
            "handlers": len(logging.getLogger().handlers), "disabled": logging.root.manager.disable,
            "theirs": [name for name in ("airflow_local_settings", "own_plugin") if name in sys.modules]}
before = state()
rehearse()
after = state()
known = [plugin.name for plugin in loaded.plugins().found]
print(json.dumps([before, after, known, policies.is_there("dag_policy")]))
"""


def test_a_rehearsal_runs_nothing_of_the_installation_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/airflow_local_settings.py").write_text("def dag_policy(dag): raise ValueError('is called')\n")
    (tmp_path / "plugins").mkdir()
    plugin = "from airflow.plugins_manager import AirflowPlugin\nclass Own(AirflowPlugin):\n    name = 'own'\n"
    (tmp_path / "plugins/own_plugin.py").write_text(plugin)
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    before, after, known, has_policy = json.loads(looked.stdout)
    assert after == before
    assert after["theirs"] == []
    # What is there is found afterwards.
    assert known == ["own"]
    assert has_policy
