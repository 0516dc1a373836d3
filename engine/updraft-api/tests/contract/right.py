"""Calls that are right, for operations that want more than what their path names: with made-up data alone few of those are ever done."""

from real import ADA, SOME_DAYS

RUN = "{dag_id}/dagRuns/{dag_run_id}"
TASK = f"{RUN}/taskInstances/{{task_id}}"
ADMIN = {"username": "admin", "password": "admin"}
STATE = {"new_state": "success"}


def queries():
    """Parameters of queries, by operation."""
    return {
        "GET /dagStats": lambda row: {"dag_ids": row["dag_id"]},
        "PATCH /dags": lambda _: {"dag_id_pattern": "shop"},
        "PATCH /api/v2/dags": lambda _: {"dag_id_pattern": "shop"},
        "GET /api/v2/backfills": lambda row: {"dag_id": row["dag_id"]},
        f"GET /api/v2/dags/{RUN}/wait": lambda _: {"interval": 1},
    }


def bodies():
    """Bodies, by operation."""
    connection = {"connection_id": "made", "conn_type": "http"}
    variable = {"key": "made", "value": "1"}
    pool = {"name": "made", "slots": 1}
    when = "2026-01-02T03:04:05Z"

    def bulk(entity):
        return lambda _: {"actions": [{"action": "create", "entities": [entity]}]}

    def backfill(row):
        return {"dag_id": row["dag_id"], **SOME_DAYS}

    def task_of(row):
        return {"task_ids": [row["task_id"]], "dag_run_id": row["dag_run_id"]}

    def mark(row):
        return {"task_id": row["task_id"], "dag_run_id": row["dag_run_id"], "dry_run": True, **STATE}

    v1 = {
        "POST /connections": connection,
        "PATCH /connections/{connection_id}": {},
        "POST /variables": variable,
        "POST /pools": pool,
        "POST /roles": {"name": "made", "actions": []},
        "POST /users": ADA | {"username": "bob", "email": "bob@example.org"},
        "PATCH /dags": {"is_paused": True},
        "PATCH /dags/{dag_id}": {"is_paused": True},
        "POST /dags/{dag_id}/updateTaskInstancesState": mark,
        "POST /dags/{dag_id}/clearTaskInstances": task_of,
        f"PATCH /dags/{RUN}": {"state": "success"},
        f"PATCH /dags/{TASK}": STATE,
        f"PATCH /dags/{TASK}/setNote": {"note": "seen"},
        f"PATCH /dags/{TASK}/{{map_index}}": STATE,
        f"PATCH /dags/{TASK}/{{map_index}}/setNote": {"note": "seen"},
        "PATCH /variables/{variable_key}": lambda row: {"key": row["variable_key"], "value": "2"},
        "POST /datasets/events": lambda row: {"dataset_uri": row["uri"]},
    }
    v2 = {
        "assets/events": lambda row: {"asset_id": row["asset_id"]},
        "assets/{asset_id}/state-store/{key}": {"value": 2},
        "backfills": backfill,
        "backfills/dry_run": backfill,
        "connections/{connection_id}": lambda row: connection | {"connection_id": row["connection_id"]},
        "dags": {"is_paused": True},
        "dags/{dag_id}": {"is_paused": True},
        "dags/{dag_id}/clearDagRuns": lambda row: {"dag_runs": [{"dag_run_id": row["dag_run_id"]}]},
        "dags/{dag_id}/clearTaskInstances": task_of,
        "dags/{dag_id}/dagRuns": {"logical_date": when},
        f"dags/{TASK}/state-store/{{key}}": {"value": 2},
        f"dags/{TASK}/xcomEntries": {"key": "made", "value": 2},
        f"dags/{TASK}/xcomEntries/{{xcom_key}}": {"value": 3},
        "variables/{variable_key}": lambda row: variable | {"key": row["variable_key"]},
    }
    changes = [f"dags/{TASK}", f"dags/{TASK}/{{map_index}}", f"dags/{RUN}/taskGroupInstances/{{group_id}}"]
    v2 |= {f"{path}{dry}": STATE for path in changes for dry in ("", "/dry_run")}
    of_2 = {f"{method} /api/v2/{path}": body for path, body in v2.items() for method in ("POST", "PUT", "PATCH")}
    of_2 |= {f"POST /api/v2/{name}": body for name, body in
             [("connections", connection), ("variables", variable), ("pools", pool)]}
    of_2 |= {f"PATCH /api/v2/{name}": bulk(body) for name, body in
             [("connections", connection | {"connection_id": "bulk"}), ("variables", variable | {"key": "bulk"}),
              ("pools", pool | {"name": "bulk"})]}
    return v1 | of_2 | {"POST /auth/token": ADMIN, "POST /auth/token/cli": ADMIN}
