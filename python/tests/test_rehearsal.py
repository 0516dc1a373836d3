"""What a warm interpreter does before its first order."""

import json
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"

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
