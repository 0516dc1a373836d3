"""Makes the database of an Airflow with a bit of everything, and writes what `updraft db import` reads of it as SQL.

Run with the Python of an environment that has `requirements.txt`: `python database.py FILE`.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

KEY = "cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ="
DAG = '''
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
'''
TABLES = """connection variable slot_pool ab_user ab_role ab_user_role ab_permission ab_view_menu ab_permission_view
ab_permission_view_role dag dag_run task_instance""".split()


def run(*arguments, check=True):
    subprocess.run([Path(sys.executable).with_name("airflow"), *arguments], check=check, stdout=subprocess.DEVNULL)


def fill(home):
    (home / "dags").mkdir()
    (home / "dags/shop.py").write_text(DAG)
    os.environ |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__FERNET_KEY": KEY, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    run("db", "migrate")
    extra = '{"sslmode": "require"}'
    run("connections", "add", "warehouse", "--conn-uri", "postgres://etl:open%20sesame@db:5433/sales", "--conn-extra", extra)
    run("connections", "add", "plain", "--conn-type", "http", "--conn-host", "shop.example")
    run("variables", "set", "region", "eu", "--description", "where we sell")
    run("variables", "set", "limits", '{"rows": 10}')
    run("pools", "set", "db", "4", "what it is for")
    run("roles", "create", "Sellers")
    run("roles", "add-perms", "Sellers", "-a", "can_read", "-r", "DAGs")
    user = "users create -u ann -f Ann -l Lee -r Sellers -e ann@example.com -p opensesame".split()
    run(*user)
    # The task `report` fails, and with it the command.
    run("dags", "test", "shop", "2024-01-12", check=False)
    run("dags", "test", "shop", "2024-01-13", "-c", '{"full": true}', check=False)
    run("dags", "reserialize")
    run("dags", "unpause", "shop")


def dump(database, file):
    database.execute("PRAGMA foreign_keys = OFF")
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        if name not in TABLES and not name.startswith("sqlite_"):
            database.execute(f'DROP TABLE "{name}"')
    # What the built-in roles may do is known.
    own = "SELECT id FROM ab_role WHERE name = 'Sellers'"
    database.execute(f"DELETE FROM ab_permission_view_role WHERE role_id NOT IN ({own})")
    used = "SELECT permission_view_id FROM ab_permission_view_role"
    database.execute(f"DELETE FROM ab_permission_view WHERE id NOT IN ({used})")
    database.execute("DELETE FROM ab_permission WHERE id NOT IN (SELECT permission_id FROM ab_permission_view)")
    database.execute("DELETE FROM ab_view_menu WHERE id NOT IN (SELECT view_menu_id FROM ab_permission_view)")
    database.commit()
    about = f"-- What real Airflow has written, by xtask/oracle/database.py. The fernet key is {KEY}\n"
    lines = [line for line in database.iterdump() if "INDEX" not in line.split("(")[0]]
    Path(file).write_text(about + "\n".join(lines) + "\n")


with tempfile.TemporaryDirectory() as folder:
    fill(Path(folder))
    dump(sqlite3.connect(Path(folder) / "airflow.db"), sys.argv[1])
