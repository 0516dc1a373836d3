"""The recruiting pipeline as an Airflow 2 DAG file.

Every six hours candidates and positions are synced from Bullhorn, embedded and matched. The work is done by two
services; the tasks call them, write their progress to the log and return their counts. The native bundle
`referral.bundle.toml` defines the same DAG in Rust and gives the same rows.
"""

import json
import logging
import os
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from airflow import DAG
from airflow.exceptions import AirflowFailException
from airflow.operators.python import PythonOperator

ETL_SERVICE_URL = os.environ.get("ETL_SERVICE_URL", "http://127.0.0.1:8001")
ML_SERVICE_URL = os.environ.get("ML_SERVICE_URL", "http://127.0.0.1:8000")

# A service that is being restarted is back within this time; after it the task fails and Airflow retries it.
CONNECT_DEADLINE_S = 60
READ_TIMEOUT_S = 300

log = logging.getLogger(__name__)


class ServiceError(Exception):
    """A service answered with an error, or not at all."""


def call_service(url, run_id):
    """POSTs to a service, logs the progress it streams and returns its summary.

    The service keeps its own state: calling again with the same `run_id` resumes and repeats nothing.
    """
    deadline = time.monotonic() + CONNECT_DEADLINE_S
    wait_s = 0.5
    while True:
        try:
            return stream(url, run_id)
        except (urllib.error.URLError, ConnectionError, TimeoutError, EOFError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                raise AirflowFailException(f"{url} refused the request: HTTP {error.code}") from error
            if time.monotonic() > deadline:
                raise ServiceError(f"{url} does not answer: {error}") from error
            log.warning("%s does not answer (%s); trying again in %.1f s", url, error, wait_s)
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, 10)


def stream(url, run_id):
    headers = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}
    token = os.environ.get("REFERRAL_SERVICE_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"run_id": run_id}).encode()
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=READ_TIMEOUT_S) as response:
        for line in response:
            message = json.loads(line)
            event = message.pop("event")
            if event == "progress":
                log.info("%s of %s: %s", message.get("done"), message.get("total"), message.get("message"))
            elif event == "summary":
                log.info("done: %s", json.dumps(message, sort_keys=True))
                return message
            elif event == "error":
                failure = ServiceError if message.get("retryable") else AirflowFailException
                raise failure(f"{url}: {message.get('message')}")
    raise EOFError("the answer ended before its summary")


def sync_candidates(run_id, **_):
    return call_service(f"{ETL_SERVICE_URL}/sync/candidates", run_id)


def generate_candidate_embeddings(run_id, **_):
    return call_service(f"{ML_SERVICE_URL}/embeddings/candidates", run_id)


def sync_positions(run_id, **_):
    return call_service(f"{ETL_SERVICE_URL}/sync/positions", run_id)


def generate_position_embeddings(run_id, **_):
    return call_service(f"{ML_SERVICE_URL}/embeddings/positions", run_id)


def find_matches(run_id, **_):
    return call_service(f"{ML_SERVICE_URL}/matches", run_id)


def notify(ti, **_):
    names = ["sync_candidates", "sync_positions", "find_matches"]
    for name, counts in zip(names, ti.xcom_pull(task_ids=names)):
        log.info("%s: %s", name, json.dumps(counts, sort_keys=True))


default_args = {
    "owner": "referral-system",
    "depends_on_past": False,
    "email_on_failure": True,
    "email_on_retry": False,
    "retries": 3,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=30),
}

with DAG(
    "bullhorn_sync_optimized",
    default_args=default_args,
    description="Sync Bullhorn data and run matching",
    schedule_interval="0 */6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    concurrency=16,
    tags=["etl", "bullhorn", "production"],
) as dag:
    steps = [
        PythonOperator(task_id=function.__name__, python_callable=function)
        for function in (
            sync_candidates,
            generate_candidate_embeddings,
            sync_positions,
            generate_position_embeddings,
            find_matches,
            notify,
        )
    ]
    for before, after in zip(steps, steps[1:]):
        before >> after
