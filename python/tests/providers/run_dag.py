"""Runs the DAG of a file once by `dag.test()`, and prints how its tasks ended and what they left, as JSON."""

import datetime as dt
import json
import runpy
import sys
import warnings

if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dag = runpy.run_path(sys.argv[1])["dag"]
    run = dag.test(logical_date=dt.datetime(2024, 3, 1, tzinfo=dt.timezone.utc))
    tasks = {}
    for ti in run.task_instances:
        key = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        tasks[key] = [str(ti.state), ti.xcom_pull(ti.task_id, map_indexes=ti.map_index)]
    warned = sorted({str(one.message) for one in caught})
    json.dump({"state": str(run.state), "tasks": tasks, "warnings": warned}, sys.stdout, default=repr)
