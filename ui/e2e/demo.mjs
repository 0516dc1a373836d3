// An installation with something in it, for pictures: a few DAGs of a recruiting team, a history, and one run that failed.
const HEAD = `
import time
from datetime import datetime, timedelta

from airflow import DAG, Dataset
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.utils.task_group import TaskGroup

SHARED = {"start_date": datetime(2024, 1, 1), "catchup": False, "is_paused_upon_creation": False, "default_args": {"owner": "recruiting-data"}}
`;

const SYNC = `${HEAD}
def fetch(what):
    print(f"::group::Pages of {what}")
    for page in range(1, 9):
        print(f"page {page} of 8: 500 {what} in {180 + page * 7} ms")
    print("::endgroup::")
    print(f"4,000 {what} fetched, 37 of them new, see https://bullhorn.example/reports/{what}")
    return {"fetched": 4000, "new": 37}


def validate():
    print("checking e-mail addresses, duplicates and dates")
    print("\\033[33m12 candidates have no e-mail address\\033[0m")


with DAG(
    "bullhorn_sync_optimized",
    description="Candidates, positions and placements from Bullhorn, every six hours",
    schedule_interval="0 */6 * * *",
    tags=["bullhorn", "sync", "production"],
    params={"full_sync": Param(False, type="boolean", description="Everything, not only what changed"), "page_size": Param(500, type="integer", minimum=50, maximum=500)},
    doc_md="Brings what changed in Bullhorn into the application database, embeds it and matches it.",
    **SHARED,
) as dag:
    check = BashOperator(task_id="check_connection", bash_command="echo connected to bullhorn")
    with TaskGroup("fetch", tooltip="What changed since the last run") as fetched:
        for what in ("candidates", "positions", "placements"):
            PythonOperator(task_id=what, python_callable=fetch, op_args=[what], outlets=[Dataset(f"bullhorn://{what}")])
    valid = PythonOperator(task_id="validate", python_callable=validate)
    with TaskGroup("embed") as embedded:
        BashOperator(task_id="candidates", bash_command="echo 37 embeddings written")
        BashOperator(task_id="positions", bash_command="echo 4 embeddings written")
    match = BashOperator(task_id="find_matches", bash_command="echo 212 matches above 70")
    report = BashOperator(task_id="report", bash_command="echo report sent")
    check >> fetched >> valid >> embedded >> match >> report
`;

const QUALITY = `${HEAD}
class MissingColumn(Exception):
    pass


def read_rules(path):
    raise MissingColumn(f"{path}: column 'salary_from' is missing, found salary_min, salary_max")


def check():
    print("reading rules")
    read_rules("s3://recruiting/rules/positions.csv")


with DAG("data_quality_gate", description="Stops what would spoil the matches", schedule_interval="30 6 * * *", tags=["quality", "production"], **SHARED) as dag:
    begin = EmptyOperator(task_id="begin")
    rules = PythonOperator(task_id="check_rules", python_callable=check)
    duplicates = BashOperator(task_id="find_duplicates", bash_command="echo none")
    gate = EmptyOperator(task_id="gate")
    begin >> [rules, duplicates] >> gate
`;

const REST = `${HEAD}
with DAG("candidate_embeddings", description="Embeds candidates once they have come", schedule=[Dataset("bullhorn://candidates")], tags=["ml"], **SHARED) as embeddings:
    EmptyOperator(task_id="embed") >> EmptyOperator(task_id="index", outlets=[Dataset("index://candidates")])
with DAG("weekly_report", description="What the week brought, by client", schedule_interval="0 7 * * 1", tags=["report"], **SHARED) as weekly:
    EmptyOperator(task_id="collect") >> EmptyOperator(task_id="send")
with DAG("gdpr_erasure", description="Forgets candidates who asked for it", schedule_interval="@daily", tags=["privacy", "production"], **SHARED) as erasure:
    EmptyOperator(task_id="find") >> EmptyOperator(task_id="erase") >> EmptyOperator(task_id="confirm")
with DAG("backfill_history", description="By hand, after a change of the model", schedule_interval=None, tags=["ml"], start_date=datetime(2024, 1, 1), default_args={"owner": "ml-platform"}) as backfill:
    EmptyOperator(task_id="all")
`;

export const DEMO = {
  'bullhorn_sync.py': SYNC,
  'quality.py': QUALITY,
  'others.py': REST,
  'draft.py': 'from recruiting import scoring  # a draft of an airflow dag\n',
};
export const DEMO_DAGS = 6;
export const SYNC_TASKS = [
  'check_connection', 'fetch.candidates', 'fetch.positions', 'fetch.placements', 'validate', 'embed.candidates', 'embed.positions',
  'find_matches', 'report',
]; // biome-ignore format: a list
