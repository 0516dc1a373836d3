"""Secrets that boto3 puts into the services of AWS, which moto plays, are found by the command line.

Arguments: the program, and an empty folder as its home.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
AMAZON = "airflow.providers.amazon.aws.secrets"
URI = "postgres://ann:opensesame@db.example:5432/sales"
FIELDS = {"username": "ann", "password": "opensesame", "engine": "postgres", "host": "db.example", "port": 5432}


def fill(service: dict[str, str]) -> None:
    """Puts the secrets there."""
    secrets = boto3.client("secretsmanager", **service)
    for name, text in {
        "airflow/connections/uri": URI,
        "airflow/connections/fields": json.dumps(FIELDS),
        "airflow/variables/region": "eu",
        "airflow/variables/going": "gone",
        "airflow/config/fernet": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    }.items():
        secrets.create_secret(Name=name, SecretString=text)
    secrets.delete_secret(SecretId="airflow/variables/going", RecoveryWindowInDays=7)
    parameters = boto3.client("ssm", **service)
    for name, text in {"/airflow/connections/uri": URI, "/airflow/variables/region": "us"}.items():
        parameters.put_parameter(Name=name, Value=text, Type="SecureString")


def main(program: str, home: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret-of-this-check"}
    os.environ.update(keys)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        fill({"region_name": REGION, "endpoint_url": address})
        base = {"PATH": os.environ["PATH"], "HOME": home, "AIRFLOW_HOME": home, **keys}

        def updraft(backend: str, kwargs: dict[str, object], *words: str) -> str:
            environment = {
                **base,
                "AIRFLOW__SECRETS__BACKEND": f"{AMAZON}.{backend}",
                "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"region_name": REGION, "endpoint_url": address, **kwargs}),
                "AWS_ENDPOINT_URL_STS": address,
            }
            if words[0] == "config":
                environment["AIRFLOW__CORE__FERNET_KEY_SECRET"] = "fernet"
            done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=False)
            return (done.stdout if done.returncode == 0 else f"{done.returncode}: {done.stderr}").strip()

        manager = "secrets_manager.SecretsManagerBackend"
        store = "systems_manager.SystemsManagerParameterStoreBackend"
        print(updraft(manager, {}, "db", "migrate"))
        role = {"role_arn": "arn:aws:iam::123456789012:role/reader"}
        for backend, region in [(manager, "eu"), (store, "us")]:
            for kwargs in ({}, role):
                assert (found := updraft(backend, kwargs, "variables", "get", "region")) == region, found
            missing = updraft(backend, {}, "variables", "get", "none", "--default", "nothing")
            assert missing == "nothing", missing
            shown = json.loads(updraft(backend, {}, "connections", "get", "uri", "-o", "json"))[0]
            assert (shown["host"], shown["password"], int(shown["port"])) == ("db.example", "opensesame", 5432), shown
        shown = json.loads(updraft(manager, {}, "connections", "get", "fields", "-o", "json"))[0]
        assert (shown["conn_type"], shown["login"]) == ("postgres", "ann"), shown
        going = updraft(manager, {}, "variables", "get", "going", "--default", "nothing")
        assert going == "nothing", going
        key = updraft(manager, {}, "config", "get-value", "core", "fernet_key")
        assert key == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", key
    finally:
        server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
