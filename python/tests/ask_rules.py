"""Small DAGs, one for each rule, and what comes of them: run by real Airflow once, and by the tests.

`LEVEL=2 ANSWERS=FILE python ask_rules.py` in an environment with Airflow 2.11.2 (its FAB models imported before), or `LEVEL=3` with
3.3.2, with this folder as DAGs folder. `oracle/python_rules.json` holds what they said.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import warnings

from airflow.decorators import setup, task, task_group, teardown
from airflow.exceptions import AirflowException, AirflowSkipException

from airflow import DAG

LEVEL = int(os.environ.get("LEVEL", "2"))
if LEVEL == 2:
    from airflow.models.baseoperator import BaseOperator, chain
    from airflow.operators.bash import BashOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
    from airflow.utils.task_group import TaskGroup
else:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
    from airflow.sdk import BaseOperator, TaskGroup, chain

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
WHEN = dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone.utc)
OPTIONS = {"start_date": START, "schedule": None, "catchup": False}


def tell(question, answer):
    """Writes an answer down; a task may do that in a process of its own."""
    with open(os.environ["ANSWERS"], "a", encoding="utf-8") as file:
        file.write(json.dumps([question, answer], default=lambda value: f"<{type(value).__name__}>") + "\n")


class Show(BaseOperator):
    """Tells what its template has become."""

    template_fields = ("value",)
    template_ext = (".sql",)

    def __init__(self, *, value, **kwargs):
        super().__init__(**kwargs)
        self.value = value

    def execute(self, context):
        tell(f"template {self.dag_id} {self.task_id}", [type(self.value).__name__, str(self.value)])


def well():
    """Does nothing."""


def fail():
    """Fails."""
    raise AirflowException("no")


def skip():
    """Skips itself."""
    raise AirflowSkipException("no")


def told_of_context(**context):
    """Tells values of the context that both generations have."""
    for key in ("ds", "ts", "ts_nodash", "ts_nodash_with_tz", "task_instance_key_str", "ds_nodash", "templates_dict"):
        tell(f"context {key}", str(context[key]))
    ti = context["ti"]
    tell("context params", dict(context["params"]))
    tell("context interval", [str(context["data_interval_start"]), str(context["data_interval_end"])])
    tell("context ti", [ti.try_number, ti.map_index, ti.task_id, ti.max_tries])
    tell("context logical_date", type(context["logical_date"]).__module__)


with DAG("context", start_date=START, schedule="@daily", catchup=False, params={"p": 3}) as context_dag:
    PythonOperator(task_id="keys", python_callable=told_of_context, templates_dict={"a": "{{ ds }}"})

TEMPLATES = {
    "line_break": "{{ ds }}\n",
    "nested": {"{{ ds }}": ["{{ ds }}", ("{{ ds_nodash }}",)]},
    "unknown": "{{ nope }}",
    "unknown_attribute": "{{ ds.nope }}",
    "objects": "{{ ti.task_id }} {{ dag.dag_id }} {{ task.owner }}",
    "macros": "{{ macros.ds_add(ds, 7) }} {{ macros.datetime(2024, 1, 1) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d %b') }}",
    "filters": "{{ logical_date | ds_nodash }} {{ logical_date | ts }} {{ data_interval_end | ts_nodash_with_tz }}",
    "variables": "{{ var.value.get('zz', 'dd') }} {{ var.json.get('zz', {'a': 1}) }}",
    "connections": "{{ conn.get('zz', 'none') }}",
    "params": "{{ params.p }} {{ params['p'] + 1 }} {{ params }}",
    "conf": "{{ dag_run.conf.get('k', 'none') }}",
    "modules": "{{ macros.uuid.UUID(int=1) }} {{ macros.dateutil.parser.parse('2024-01-01') }} {{ macros.json.dumps({}) }}",
    "do": "{% do [].append(1) %}x",
    "default": "{{ 'a' ~ undefined_x | default('y') }}",
    "dunder": "{{ task_instance.__class__ }}",
    "lists": "{{ inlets }} {{ outlets }}",
    "previous": "{{ prev_start_date_success }} {{ prev_data_interval_start_success }}",
    "no_file": "missing.sql",
}
with DAG("templates", start_date=START, schedule="@daily", catchup=False, params={"p": 3}) as templates:
    for name, template in TEMPLATES.items():
        Show(task_id=name, value=template)

NATIVE = {
    "list": "{{ [1, 2] }}",
    "text_of_list": "[1, 2]",
    "day": "{{ ds }}",
    "zeros": "{{ '007' }}",
    "number": "{{ 1 }}",
    "mixed": "x{{ 1 }}",
    "none": "{{ none }}",
    "sum": "1 + 1",
}
with DAG("native", render_template_as_native_obj=True, **OPTIONS) as native:
    for name, template in NATIVE.items():
        Show(task_id=name, value=template)


def push(ti):
    """Leaves values."""
    ti.xcom_push("k", {"x": (1, 2), "d": dt.timedelta(1)})
    return "ret"


def pull(ti):
    """Takes them in all ways."""
    ways = {
        "one": lambda: ti.xcom_pull("a"),
        "key": lambda: ti.xcom_pull("a", key="k"),
        "nothing": lambda: ti.xcom_pull("n"),
        "default": lambda: ti.xcom_pull("n", default=9),
        "list": lambda: list(ti.xcom_pull(["a", "n"])),
        "mapped": lambda: list(ti.xcom_pull("m")),
        "one copy": lambda: ti.xcom_pull("m", map_indexes=1),
        "some copies": lambda: list(ti.xcom_pull("m", map_indexes=[0, 1])),
        "mixed": lambda: list(ti.xcom_pull(["a", "m"])),
        "no key": lambda: ti.xcom_pull("a", key="zz"),
        "mapped list": lambda: list(ti.xcom_pull(["m"])),
        "no task": lambda: ti.xcom_pull("zzz"),
    }
    for way, call in ways.items():
        tell(f"pull {way}", call())


@task
def double(x):
    return x * 2


@task
def reduce(values):
    tell("reduce", [list(values), len(values), values[0], values[-1]])


with DAG("xcoms", **OPTIONS) as xcoms:
    pushed = PythonOperator(task_id="a", python_callable=push)
    nothing = EmptyOperator(task_id="n")
    doubled = double.override(task_id="m").expand(x=[1, 2])
    [pushed, nothing, doubled] >> PythonOperator(task_id="p", python_callable=pull)
    reduce(doubled)

RULES = (
    "all_success all_failed all_done one_success one_failed one_done none_failed none_failed_min_one_success none_skipped "
    "all_skipped always"
)
with DAG("flow", **OPTIONS) as flow:
    branch = BranchPythonOperator(task_id="b", python_callable=lambda: "x")
    x, y, z = (EmptyOperator(task_id=name) for name in "xyz")
    branch >> [x, y]
    x >> y
    [x, y] >> z
    circuit = ShortCircuitOperator(task_id="sc", python_callable=lambda: False, ignore_downstream_trigger_rules=False)
    circuit >> EmptyOperator(task_id="s1") >> EmptyOperator(task_id="s2", trigger_rule="all_done")
    skipped = PythonOperator(task_id="skipped", python_callable=skip)
    failed = PythonOperator(task_id="failed", python_callable=fail)
    right = EmptyOperator(task_id="right")
    for rule in RULES.split():
        [skipped, failed, right] >> EmptyOperator(task_id=f"three_{rule}", trigger_rule=rule)
        [skipped, right] >> EmptyOperator(task_id=f"two_{rule}", trigger_rule=rule)


@task
def odd(n):
    if n % 2 == 0:
        raise AirflowSkipException
    return n


@task
def not_two(n):
    if n == 2:
        raise AirflowException("two")
    return n


@task
def gather(values, name):
    tell(f"gather {name}", list(values))


@task_group
def group_of_copies(n):
    odd.override(task_id="w")(odd.override(task_id="u")(n))


with DAG("mapping", **OPTIONS) as mapping:
    gather.override(task_id="g1")(odd.expand(n=[1, 2, 3]), "with a hole")
    some = odd.override(task_id="odd2").expand(n=[1, 2, 3])
    gather.override(task_id="g2", trigger_rule="all_done")(some, "all done")
    gather.override(task_id="g3")(not_two.expand(n=[1, 2]), "with a failure")
    gather.override(task_id="g4")(odd.override(task_id="none").expand(n=[2, 4]), "of nothing")
    group_of_copies.expand(n=[1, 2, 3]) >> EmptyOperator(task_id="after", trigger_rule="all_done")

SETUPS = {
    "well": (well, well, well),
    "setup_fails": (fail, well, well),
    "work_fails": (well, fail, well),
    "setup_skipped": (skip, well, well),
    "teardown_fails": (well, well, fail),
}
with DAG("setups", **OPTIONS) as setups:
    for name, functions in SETUPS.items():
        made = [
            PythonOperator(task_id=f"{part}_{name}", python_callable=function)
            for part, function in zip("swt", functions, strict=True)
        ]
        made[0] >> made[1] >> EmptyOperator(task_id=f"v_{name}") >> made[2].as_teardown(setups=made[0])

DAGS = [context_dag, templates, native, xcoms, flow, mapping, setups]

MISTAKES = {
    "id with a blank": lambda: DAG("q q", schedule=None),
    "unknown argument": lambda: EmptyOperator(task_id="q", zzz=1),
    "no id": lambda: EmptyOperator(),
    "id by place": lambda: EmptyOperator("q"),
    "unknown rule": lambda: EmptyOperator(task_id="q", trigger_rule="zz"),
    "timeout of a number": lambda: EmptyOperator(task_id="q", execution_timeout=3),
    "no slots": lambda: EmptyOperator(task_id="q", pool_slots=0),
    "retries of text": lambda: EmptyOperator(task_id="q", retries="x"),
    "weight of text": lambda: EmptyOperator(task_id="q", priority_weight="x"),
    "unknown weight rule": lambda: EmptyOperator(task_id="q", weight_rule="zz"),
    "expand nothing": lambda: double.expand(),
    "expand unknown": lambda: double.expand(zz=[1]),
    "expand text": lambda: double.expand(x="abc"),
    "expand a number": lambda: double.expand(x=3),
    "expand a key": lambda: double.expand(x=pushed.output["k"]),
    "expand retries": lambda: BashOperator.partial(task_id="q", bash_command="x").expand(retries=[1]),
    "expand twice": lambda: BashOperator.partial(task_id="q", bash_command="x").expand(bash_command=["x"]),
    "partial unknown": lambda: BashOperator.partial(task_id="q", zz=1),
    "index a result": lambda: pushed.output[0],
    "iterate a result": lambda: list(pushed.output),
    "list before list": lambda: [pushed] >> [nothing],
    "long tag": lambda: DAG("q", tags=["x" * 101], schedule=None),
    "schedule of nonsense": lambda: DAG("q", schedule="nonsense", start_date=START),
    "schedule of an object": lambda: DAG("q", schedule=object(), start_date=START),
    "continuous and many": lambda: DAG("q", schedule="@continuous", start_date=START, max_active_runs=3),
    "no function": lambda: PythonOperator(task_id="q", python_callable=3),
    "group id with a dot": lambda: TaskGroup("a.b", dag=context_dag),
    "group without dag": lambda: TaskGroup("ab"),
    "edge without dag": lambda: EmptyOperator(task_id="q") >> EmptyOperator(task_id="w"),
    "repeated id": lambda: EmptyOperator(task_id="a", dag=xcoms),
    "setup and teardown": lambda: EmptyOperator(task_id="q").as_setup().as_teardown(),
    "chain of lengths": lambda: chain([pushed, nothing], [pushed]),
    "unknown dag argument": lambda: DAG("q", zzz=1),
    "missing task": lambda: context_dag.get_task("zz"),
    "empty id": lambda: EmptyOperator(task_id=""),
}


def ask_of_graphs():
    """Ids and edges."""
    with DAG("graph", **OPTIONS) as dag:
        with TaskGroup("g1") as group:
            first, work, last = (EmptyOperator(task_id=name) for name in "swt")
            first.as_setup() >> work >> last.as_teardown(setups=first)
        group >> EmptyOperator(task_id="after")
        EmptyOperator(task_id="before") >> group
        EmptyOperator(task_id="ea") >> TaskGroup("empty") >> EmptyOperator(task_id="ez")
        with TaskGroup("o") as outer:
            with TaskGroup("i") as inner:
                EmptyOperator(task_id="1") >> EmptyOperator(task_id="2")
            inner >> EmptyOperator(task_id="3")
        EmptyOperator(task_id="x0") >> outer

        @task
        def f(value=None):
            pass

        f(), f(), f.override(task_id="f")()

        @setup
        def make():
            pass

        @teardown
        def drop():
            pass

        @teardown
        def other_drop():
            pass

        with drop():
            f(1)
        with make() >> other_drop():
            f(2) >> f(3)
    tell("graph ids", dag.task_ids)
    tell("graph edges", sorted(f"{one.task_id}>{after}" for one in dag.tasks for after in one.downstream_task_ids))
    tell("graph ends", [sorted(one.task_id for one in ends) for ends in (group.get_roots(), group.get_leaves())])
    tell("graph results", [str(pushed.output), str(pushed.output["k"])])


def ask_of_mistakes():
    """Which errors mistakes are."""
    for name, make in MISTAKES.items():
        try:
            make()
        except Exception as error:
            tell(f"mistake {name}", type(error).__name__)
        else:
            tell(f"mistake {name}", "none")


def tasks_of(run):
    """The tasks of a run, from where Airflow keeps them."""
    if not hasattr(run, "metadata") or LEVEL == 2:
        return run.get_task_instances()
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        chosen = session.query(TaskInstance).filter(
            TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id
        )
        found = chosen.all()
        session.expunge_all()
    return found


def ask_of_runs():
    """How tasks end."""
    for dag in DAGS:
        run = dag.test(**{"execution_date" if LEVEL == 2 else "logical_date": WHEN})
        states = {f"{ti.task_id}[{ti.map_index}]": str(getattr(ti.state, "value", ti.state)) for ti in tasks_of(run)}
        tell(f"states {dag.dag_id}", [str(getattr(run.state, "value", run.state)), dict(sorted(states.items()))])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    ask_of_graphs()
    ask_of_mistakes()
    ask_of_runs()
