"""What there really is on a server and what it should do, so that made-up calls do not only hear that nothing is there."""

from urllib.parse import quote

RUNS = "/api/v2/dags/~/dagRuns"
TASKS = f"{RUNS}/~/taskInstances"

ADA = {
    "username": "ada",
    "email": "ada@example.org",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "password": "a password of hers",
    "roles": [{"name": "auditor"}],
}
SOME_DAYS = {"from_date": "2025-12-01T00:00:00Z", "to_date": "2025-12-08T00:00:00Z"}

# What the check itself cannot do without.
KEPT = {"username": "admin", "role_name": "Admin", "pool_name": "default_pool"}


def made(get):
    """What is to be made before anything is asked: methods, addresses and bodies."""
    yield "POST", "/api/v2/variables", {"key": "bucket", "value": "s3://lake"}
    yield "POST", "/api/v2/connections", {"connection_id": "warehouse", "conn_type": "postgres"}
    yield "POST", "/api/v2/pools", {"name": "narrow", "slots": 2}
    yield "POST", "/api/v1/roles", {"name": "auditor", "actions": []}
    yield "POST", "/api/v1/users", ADA
    yield from updates(get)
    for asset in get("/api/v2/assets")["assets"]:
        yield "PUT", f"/api/v2/assets/{asset['id']}/state-store/cursor", {"value": 1}
    scheduled = [dag["dag_id"] for dag in get("/api/v2/dags?tags=made-up")["dags"]]
    yield "POST", "/api/v2/backfills", {"dag_id": scheduled[0], **SOME_DAYS}
    task = get(f"{TASKS}?state=success")["task_instances"][0]
    yield "PUT", f"{address(task)}/state-store/progress", {"value": 1, "expires_at": None}
    yield "POST", f"{address(task)}/xcomEntries", {"key": "rows", "value": [1, 2]}


def updates(get):
    """An event of each asset, for which DAGs then wait in queues: those that are not paused."""
    for asset in get("/api/v2/assets")["assets"]:
        for dag in asset["scheduled_dags"]:
            yield "PATCH", f"/api/v2/dags/{dag['dag_id']}", {"is_paused": False}
        yield "POST", "/api/v2/assets/events", {"asset_id": asset["id"]}


def address(task):
    run = f"/api/v2/dags/{quote(task['dag_id'])}/dagRuns/{quote(task['dag_run_id'])}"
    return f"{run}/taskInstances/{quote(task['task_id'])}"


def rows(get):
    """What there is: names of parameters and values that belong together."""
    found = [row for row in listed(get) if not any(row.get(name) == value for name, value in KEPT.items())]
    group = {"dag_id": "cities", "dag_run_id": "first", "group_id": "city"}
    return found + [group, {"section": "core", "option": "parallelism"}]


def listed(get):
    for name, key in [("connections", "connection_id"), ("variables", "variable_key"), ("pools", "pool_name")]:
        for entry in get(f"/api/v1/{name}")[name]:
            yield {key: entry.get("connection_id") or entry.get("key") or entry.get("name")}
    yield from ({"username": user["username"]} for user in get("/api/v1/users")["users"])
    yield from ({"role_name": role["name"]} for role in get("/api/v1/roles")["roles"])
    for error in get("/api/v1/importErrors")["import_errors"]:
        yield {"import_error_id": error["import_error_id"]}
    for entry in get("/api/v1/eventLogs?limit=5")["event_logs"]:
        yield {"event_log_id": entry["event_log_id"]}
    for dag in get("/api/v1/dags")["dags"]:
        yield {"dag_id": dag["dag_id"], "file_token": dag["file_token"], "version_number": 1}
        for backfill in get(f"/api/v2/backfills?dag_id={dag['dag_id']}")["backfills"]:
            yield {"dag_id": dag["dag_id"], "backfill_id": backfill["id"]}
    for asset in get("/api/v2/assets")["assets"]:
        for dag in asset["scheduled_dags"]:
            yield {"asset_id": asset["id"], "uri": asset["uri"], "dag_id": dag["dag_id"], "key": "cursor"}
    for run in get(f"{RUNS}?state=success")["dag_runs"]:
        yield {"dag_id": run["dag_id"], "dag_run_id": run["dag_run_id"]}
    for task in get(f"{TASKS}?state=success")["task_instances"]:
        tried = {"task_try_number": task["try_number"], "try_number": task["try_number"]}
        yield of_task(task, task["dag_run_id"]) | tried | {"key": "progress"}
    for value in get(f"{TASKS}/~/xcomEntries")["xcom_entries"]:
        yield of_task(value, value["run_id"]) | {"xcom_key": value["key"]}


def of_task(entry, run_id):
    names = {name: entry[name] for name in ("dag_id", "task_id", "map_index")}
    return names | {"dag_run_id": run_id}
