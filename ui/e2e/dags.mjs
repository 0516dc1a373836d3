// DAG files of the tests.
const HEAD = `
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta

from airflow import DAG
from airflow.models import Variable
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.utils.task_group import TaskGroup

HOME = os.environ["AIRFLOW_HOME"]
BY_HAND = {"schedule_interval": None, "start_date": datetime(2024, 1, 1), "is_paused_upon_creation": False}


def wait_for(name):
    """Goes on once the test has made the file."""
    while not os.path.exists(os.path.join(HOME, name)):
        time.sleep(0.05)
`;

/** Three tasks in a row on a schedule that begins in the future. */
export const FLOW = `${HEAD}
with DAG(
    "flow",
    description="Three tasks in a row",
    schedule_interval="0 */6 * * *",
    start_date=datetime(2030, 1, 1),
    is_paused_upon_creation=False,
    default_args={"owner": "data-team"},
    tags=["tested", "sync", "people"],
    params={"greeting": "hello"},
) as dag:
    first = PythonOperator(task_id="first", python_callable=lambda dag_run: print("conf is", dict(dag_run.conf)))
    second = BashOperator(task_id="second", bash_command="echo second")
    third = BashOperator(task_id="third", bash_command="true")
    first >> second >> third
`;

/** On a schedule: one run is made at once, and the next is known. */
export const TIMED = `${HEAD}
with DAG(
    "timed",
    schedule_interval="0 */6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"owner": "data-team"},
    tags=["tested", "sync", "people"],
) as dag:
    EmptyOperator(task_id="done")
`;

/** The first task fails until the test makes the file \`mended\`. */
export const REPAIRED = `${HEAD}
FLAG = os.path.join(HOME, "mended")


def open_valve():
    if not os.path.exists(FLAG):
        raise ValueError("the pump is broken")


def work():
    print("looking for", FLAG)
    open_valve()


with DAG("repaired", **BY_HAND) as dag:
    before = BashOperator(task_id="before", bash_command="true")
    pump = PythonOperator(task_id="pump", python_callable=work)
    after = PythonOperator(task_id="after", python_callable=lambda: print("after all"))
    before >> pump >> after
`;

/** Params of several types. */
export const ASKED = `${HEAD}
with DAG(
    "asked",
    params={
        "region": Param("eu", type="string", enum=["eu", "us"]),
        "rows": Param(10, type="integer", minimum=1, maximum=500),
        "options": Param({"deep": True}, type="object"),
    },
    **BY_HAND,
) as dag:
    PythonOperator(task_id="says", python_callable=lambda params: print("params are", dict(params)))
`;

/** A diamond in a group, then one task. \`slow\` goes on when the test makes the file \`go\`. */
export const SHAPED = `${HEAD}
with DAG("shaped", **BY_HAND) as dag:
    begin = BashOperator(task_id="begin", bash_command="true")
    with TaskGroup("middle") as middle:
        slow = PythonOperator(task_id="slow", python_callable=lambda: wait_for("go"))
        quick = BashOperator(task_id="quick", bash_command="true")
    end = BashOperator(task_id="end", bash_command="true")
    begin >> middle >> end
`;

/** What is retried: fails twice, then passes. */
export const RETRIED = `${HEAD}
def third_time(ti):
    print("attempt", ti.try_number)
    if ti.try_number < 3:
        raise RuntimeError(f"not yet at {ti.try_number}")


with DAG("retried", **BY_HAND) as dag:
    PythonOperator(task_id="stubborn", python_callable=third_time, retries=2, retry_delay=timedelta(seconds=3))
`;

/** A task with a process of its own below it that would run for an hour. */
export const ENDLESS = `${HEAD}
def endless():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    print("child is", child.pid, flush=True)
    child.wait()


with DAG("endless", **BY_HAND) as dag:
    PythonOperator(task_id="sleeper", python_callable=endless) >> EmptyOperator(task_id="never")
`;

/** Marks have consequences: \`always\` runs whatever happens, \`needs\` does not. */
export const RULED = `${HEAD}
with DAG("ruled", **BY_HAND) as dag:
    gate = PythonOperator(task_id="gate", python_callable=lambda: wait_for("never-made"))
    needs = BashOperator(task_id="needs", bash_command="true")
    always = BashOperator(task_id="always", bash_command="true", trigger_rule="all_done")
    gate >> needs >> always
`;

/** Says the value of a variable. */
export const READER = `${HEAD}
with DAG("reader", **BY_HAND) as dag:
    PythonOperator(task_id="says", python_callable=lambda: print("colour is", Variable.get("colour")))
`;

/** A line each 100 ms until the test makes the file \`enough\`. */
export const CHATTY = `${HEAD}
def chat():
    number = 0
    while not os.path.exists(os.path.join(HOME, "enough")):
        number += 1
        print(f"line {number} said at {time.time():.3f}", flush=True)
        time.sleep(0.1)
    print("that was all", flush=True)


with DAG("chatty", **BY_HAND) as dag:
    PythonOperator(task_id="chat", python_callable=chat)
`;

/** What nobody should print. */
export const HOSTILE = `${HEAD}
def shout():
    print("<img src=x onerror=alert(1)><script>alert(2)</script>")
    print("\\033[31mred\\033[0m plain \\033[1;38;2;10;200;90mgreen\\033[0m \\033]0;title\\007\\033[2J gone")
    print("nul [\\0] here")
    print("carriage\\rreturn")
    print("one line of two\\r")
    print("emoji \\U0001F680 and \\u05e9\\u05dc\\u05d5\\u05dd and \\u202eturned\\u202c")
    print("x" * 1_000_000 + " end of the long line")
    print("see https://example.org/a?b=1 for more, or javascript:alert(3)")
    print("after it all")


with DAG("hostile", **BY_HAND) as dag:
    PythonOperator(task_id="shout", python_callable=shout)
`;

/** A schedule in New York, across the night in which its clocks change. */
export const ZONED = `${HEAD}
import pendulum

with DAG(
    "zoned",
    schedule_interval="30 6 * * *",
    start_date=pendulum.datetime(2024, 3, 8, tz="America/New_York"),
    end_date=pendulum.datetime(2024, 3, 12, tz="America/New_York"),
    catchup=True,
    is_paused_upon_creation=False,
) as dag:
    EmptyOperator(task_id="done")
`;

/** Names that break layouts and pages that trust them. */
export const LONG = 'n'.repeat(240);
export const NAMED = `${HEAD}
with DAG("named.${'d'.repeat(200)}", description="<b>bold</b> <script>alert(1)</script>", tags=["<i>tag</i>", "\\u05ea\\u05d2"], **BY_HAND) as dag:
    EmptyOperator(task_id="${LONG}", doc_md="<script>alert(1)</script>")
with DAG("right_to_left", dag_display_name="\\u202eevil\\u202c \\u05e9\\u05dc\\u05d5\\u05dd <img src=x onerror=alert(1)>", **BY_HAND) as rtl:
    EmptyOperator(task_id="only")
with DAG("empty", **BY_HAND) as empty:
    pass
`;

/** So many tasks, ten in a row, in groups of fifty. */
export const many = (dag, tasks) => `${HEAD}
with DAG("${dag}", **BY_HAND) as dag:
    row = []
    for group in range(${Math.ceil(tasks / 50)}):
        with TaskGroup(f"group_{group:03}"):
            for number in range(min(50, ${tasks} - group * 50)):
                task = EmptyOperator(task_id=f"task_{number:02}")
                if row and len(row) % 10:
                    row[-1] >> task
                row.append(task)
`;

export const WRONG = 'import no_such_module  # a file of an airflow dag\n';

/** Asks people: for one choice with something to fill in, for several, and for what is decided by default if nobody answers. */
export const ASKING = `
# updraft: compat=3
from datetime import datetime, timedelta
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import DAG, Param, task

with DAG("asking", schedule=None, start_date=datetime(2024, 1, 1), is_paused_upon_creation=False):
    release = HITLOperator(
        task_id="release",
        subject="Release the matches of {{ run_id }}?",
        body="212 matches, <b>3</b> of them below the threshold.\\nSee the report.",
        options=["Release", "Hold back"],
        defaults=["Hold back"],
        response_timeout=timedelta(hours=2),
        params={"limit": Param(50, type="integer", minimum=1, maximum=500, description="At most so many")},
    )
    clients = HITLOperator(task_id="clients", subject="Which clients are told?", options=["Acme", "Bolt", "Crane"], multiple=True)
    late = HITLOperator(
        task_id="late", subject="Anybody?", options=["yes", "no"], defaults=["no"], response_timeout=timedelta(seconds=0.1)
    )
    theirs = ApprovalOperator(task_id="theirs", subject="For somebody else", assigned_users=[{"id": "9999", "name": "Somebody"}])

    @task
    def told(answer):
        print("chosen", answer["chosen_options"], answer["params_input"])

    told(release.output)
`;
