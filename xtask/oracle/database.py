"""Fills the database of an Airflow with a bit of everything: what `updraft db import` is to take over.

    python database.py HOME [FILE]

HOME is a new folder, which becomes the Airflow's home; its database is `airflow.db` there, or what `AIRFLOW__DATABASE__SQL_ALCHEMY_CONN` names.
With FILE, what is taken over of `airflow.db` is written there as SQL.
"""

import contextlib
import os
import sqlite3
import sys
from pathlib import Path

KEY = "cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ="
DAG = """
from datetime import datetime
from airflow.decorators import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def shop():
    @task(retries=1)
    def orders():
        return [1, 2, 3]

    @task
    def clean(order):
        return order

    @task
    def report(orders):
        raise ValueError("no paper")

    report(clean.expand(order=orders()))


shop()
"""
CONF = '{"full": true, "limits": [1, 2.5, null], "of": {"region": "eu", "again": "eu"}, "big": 123456789012, "less": -70000}'
TABLES = [
    "connection",
    "variable",
    "slot_pool",
    "ab_user",
    "ab_role",
    "ab_user_role",
    "ab_permission",
    "ab_view_menu",
    "ab_permission_view",
    "ab_permission_view_role",
    "dag",
    "dag_run",
    "task_instance",
]


def run(*words, fails=False):
    """Does what a command does."""
    from airflow.__main__ import main

    sys.argv = ["airflow", *words]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            main()
    except SystemExit as end:
        if end.code and not fails:
            raise
    except Exception:
        if not fails:
            raise


def fill(home):
    """Makes the home and gives the commands."""
    (home / "dags").mkdir(parents=True)
    (home / "dags/shop.py").write_text(DAG)
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__FERNET_KEY": KEY,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONWARNINGS": "ignore",
    }
    run("db", "migrate")
    extra = '{"sslmode": "require"}'
    uri = "postgres://etl:open%20sesame@db:5433/sales"
    run("connections", "add", "warehouse", "--conn-uri", uri, "--conn-extra", extra)
    run("connections", "add", "plain", "--conn-type", "http", "--conn-host", "shop.example")
    run("variables", "set", "region", "eu", "--description", "where we sell")
    run("variables", "set", "limits", '{"rows": 10}')
    run("pools", "set", "db", "4", "what it is for")
    from airflow.version import version

    if version.startswith("2."):
        run("sync-perm")
        run("roles", "create", "Sellers")
        run("roles", "add-perms", "Sellers", "-a", "can_read", "-r", "DAGs")
        run(
            *[
                "users",
                "create",
                "-u",
                "ann",
                "-f",
                "Ann",
                "-l",
                "Lee",
                "-r",
                "Sellers",
                "-e",
                "ann@example.com",
                "-p",
                "opensesame",
            ]
        )
    # The task `report` fails, and with it the command.
    run("dags", "test", "shop", "2024-01-12", fails=True)
    run("dags", "test", "shop", "2024-01-13", "-c", CONF, fails=True)
    run("dags", "reserialize")
    run("dags", "unpause", *([] if version.startswith("2.") else ["-y"]), "shop")


def dump(home, file):
    """Writes the tables as SQL."""
    database = sqlite3.connect(home / "airflow.db")
    database.execute("PRAGMA foreign_keys = OFF")
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        if name not in TABLES and not name.startswith("sqlite_"):
            database.execute(f'DROP TABLE "{name}"')
    if "ab_role" in names:
        # What the built-in roles may do is known.
        own = "SELECT id FROM ab_role WHERE name = 'Sellers'"
        database.execute(f"DELETE FROM ab_permission_view_role WHERE role_id NOT IN ({own})")
        used = "SELECT permission_view_id FROM ab_permission_view_role"
        database.execute(f"DELETE FROM ab_permission_view WHERE id NOT IN ({used})")
        database.execute("DELETE FROM ab_permission WHERE id NOT IN (SELECT permission_id FROM ab_permission_view)")
        database.execute("DELETE FROM ab_view_menu WHERE id NOT IN (SELECT view_menu_id FROM ab_permission_view)")
    database.commit()
    about = f"-- What real Airflow has written, by xtask/oracle/database.py. The fernet key is {KEY}\n"
    lines = [
        line for line in database.iterdump() if "INDEX" not in line.split("(")[0] and "sqlite_sequence" not in line
    ]
    # Tables that are left out are referred to.
    lines.insert(0, "PRAGMA foreign_keys = OFF;")
    Path(file).write_text(about + "\n".join(lines).replace(str(home), "/opt/airflow") + "\n")


home = Path(sys.argv[1])
files = sys.argv[2:]
fill(home)
for file in files:
    dump(home, file)
