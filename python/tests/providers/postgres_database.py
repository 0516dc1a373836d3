"""Makes a database in a cluster and prints its name as JSON, or drops one."""

import json
import sys
import uuid

import psycopg2

if __name__ == "__main__":
    action, cluster, *rest = sys.argv[1:]
    name = rest[0] if rest else f"providers_{uuid.uuid4().hex}"
    connection = psycopg2.connect(cluster)
    connection.autocommit = True
    statement = f'CREATE DATABASE "{name}"' if action == "create" else f'DROP DATABASE "{name}" WITH (FORCE)'
    connection.cursor().execute(statement)
    json.dump(name, sys.stdout)
