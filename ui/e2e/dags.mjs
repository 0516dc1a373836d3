// DAG files of the tests.
export const FLOW = `
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

with DAG(
    "flow",
    description="Three tasks in a row",
    schedule_interval="0 */6 * * *",
    start_date=datetime(2030, 1, 1),
    is_paused_upon_creation=False,
    tags=["tested"],
    params={"greeting": "hello"},
) as dag:
    first = PythonOperator(task_id="first", python_callable=lambda dag_run: print("conf is", dict(dag_run.conf)))
    second = BashOperator(task_id="second", bash_command="printf '\\\\033[31mred\\\\033[0m <img src=x onerror=alert(1)>\\\\n'")
    third = BashOperator(task_id="third", bash_command="true")
    first >> second >> third
`;

export const BROKEN = `
import os
from datetime import datetime

from airflow import DAG
from airflow.operators.python import PythonOperator

FLAG = os.path.join(os.environ["AIRFLOW_HOME"], "mended")


def work():
    print("looking for", FLAG)
    if not os.path.exists(FLAG):
        raise ValueError("the pump is broken")


with DAG("repaired", schedule_interval=None, start_date=datetime(2024, 1, 1), is_paused_upon_creation=False) as dag:
    pump = PythonOperator(task_id="pump", python_callable=work)
    after = PythonOperator(task_id="after", python_callable=lambda: None)
    pump >> after
`;

export const WRONG = 'import no_such_module  # a file of an airflow dag\n';
