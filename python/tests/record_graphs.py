"""Asks a real Airflow which tasks and edges the example DAGs have: `python record_graphs.py FOLDER...` in its environment.

Prints JSON: by DAG, by task, the ids directly after it. `oracle/example_graphs.json` holds what 2.11.2 and 3.3.2 said.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "false"

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag  # type: ignore[no-redef]

found = {}
for folder in sys.argv[1:]:
    bag = DagBag(folder)
    for dag_id, dag in bag.dags.items():
        found[dag_id] = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
json.dump(found, sys.stdout, indent=1, sort_keys=True)
