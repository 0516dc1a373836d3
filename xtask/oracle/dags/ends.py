"""How tasks end, what they leave, and who is told: XComs, exceptions, retries, callbacks, sensors, deferral."""

import decimal
import sys
import time

from airflow.exceptions import AirflowTaskTimeout
from common import (
    LEVEL,
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
    BaseSensorOperator,
    DateTimeSensor,
    DateTimeSensorAsync,
    EmptyOperator,
    FileSensor,
    PokeReturnValue,
    PythonOperator,
    PythonSensor,
    does,
    dt,
    fails,
    rule,
    skips,
    task,
    tell,
    told,
)

NOW = dt.timedelta(0)


def returns(name, value, **options):
    return PythonOperator(task_id=name, python_callable=lambda: value, **options)


@rule()
def what_is_returned_is_left():
    returns("number", 1)
    returns("none", None)
    returns("false", False)
    returns("unwanted", 1, do_xcom_push=False)
    returns("nested", {"a": [1, {"b": None}], "c": "é"})
    returns("tuple", (1, ("a",)))
    returns("set", {1, 2})
    returns("dates", [dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), dt.timedelta(hours=1)])
    returns("naive", dt.datetime(2024, 1, 1))
    returns("decimal", decimal.Decimal("1.5"))
    returns("bytes", b"bytes")
    returns("object", object())
    returns("keys", {1: "a"})
    returns("generator", (n for n in (1, 2)))
    returns("function", does)


@rule()
def several_outputs_are_several_xcoms():
    returns("two", {"a": 1, "b": None}, multiple_outputs=True) if LEVEL == 3 else None

    @task(multiple_outputs=True)
    def wrong_keys():
        return {1: 2}

    @task(multiple_outputs=True)
    def no_dict():
        return [1]

    @task(multiple_outputs=True)
    def nothing():
        return None

    @task(multiple_outputs=True)
    def right():
        return {"a": 1, "b": {"c": (1, 2)}}

    wrong_keys(), no_dict(), nothing(), right()


@rule()
def xcoms_are_pushed_and_pulled():
    def push(ti):
        ti.xcom_push(key="k", value={"a": 1})
        ti.xcom_push("again", 1)
        ti.xcom_push("again", 2)
        return "returned"

    def pull(ti, **context):
        tell(ti.xcom_pull("push"), ti.xcom_pull("push", key="k"), ti.xcom_pull("push", key="again"))
        tell(ti.xcom_pull("push", key="none"), list(ti.xcom_pull(task_ids=["push", "nobody"], key="k")))
        tell(ti.xcom_pull(), ti.xcom_pull(key="k"))

    PythonOperator(task_id="push", python_callable=push) >> PythonOperator(task_id="pull", python_callable=pull)


@rule()
def tuples_come_back():
    @task
    def give():
        return (1, [("a",)])

    @task
    def take(value, ti):
        tell(value, ti.xcom_pull("give"))

    take(give())


def once(name):
    """A function that fails when it is called first."""

    def function(ti):
        tell(name, ti.try_number, ti.max_tries, ti.xcom_pull(name, key="mark"))
        ti.xcom_push("mark", ti.try_number)
        if ti.try_number == 1:
            raise AirflowException("first")
        return ti.try_number

    return function


@rule(default_args={"retries": 2, "retry_delay": NOW})
def retries_begin_without_xcoms():
    PythonOperator(task_id="once", python_callable=once("once"))
    PythonOperator(task_id="always", python_callable=lambda ti: (tell("always", ti.try_number), fails()))


@rule(default_args={"retries": 2, "retry_delay": NOW})
def some_failures_are_for_good():
    def for_good(ti):
        tell("for_good", ti.try_number)
        raise AirflowFailException("no")

    def skipped(ti):
        tell("skipped", ti.try_number)
        raise AirflowSkipException("no")

    PythonOperator(task_id="for_good", python_callable=for_good)
    PythonOperator(task_id="skipped", python_callable=skipped)


@rule()
def a_timeout_is_no_ordinary_exception():
    def catches():
        try:
            time.sleep(5)
        except Exception:
            tell("caught")

    def knows():
        try:
            time.sleep(5)
        except AirflowTaskTimeout as error:
            tell("known", isinstance(error, Exception), isinstance(error, BaseException))

    limit = {"execution_timeout": dt.timedelta(seconds=0.3)}
    PythonOperator(task_id="catches", python_callable=catches, **limit)
    PythonOperator(task_id="knows", python_callable=knows, **limit)


@rule()
def processes_that_exit():
    def exits(code):
        sys.exit(code)

    PythonOperator(task_id="one", python_callable=exits, op_args=[1])


def all_told(**more):
    names = (
        "on_execute_callback",
        "on_success_callback",
        "on_failure_callback",
        "on_retry_callback",
        "on_skipped_callback",
    )
    return {name: told(name.split("_")[1]) for name in names} | more


@rule()
def callbacks_of_a_success():
    PythonOperator(task_id="a", python_callable=does, **all_told())


@rule()
def callbacks_of_a_failure():
    PythonOperator(task_id="a", python_callable=fails, **all_told())


@rule()
def callbacks_of_a_skip():
    PythonOperator(task_id="a", python_callable=skips, **all_told())


@rule()
def callbacks_of_a_retry():
    PythonOperator(task_id="once", python_callable=once("once"), retries=1, retry_delay=NOW, **all_told())


def broken(context):
    tell("broken", context["ti"].task_id)
    raise ValueError("broken")


@rule()
def callbacks_that_fail_change_nothing():
    PythonOperator(task_id="a", python_callable=does, on_success_callback=[broken, told("second")])
    PythonOperator(task_id="b", python_callable=fails, on_failure_callback=broken)


@rule(on_success_callback=told("dag succeeded"), on_failure_callback=told("dag failed"))
def a_dag_tells_of_its_success():
    EmptyOperator(task_id="a")


@rule(on_success_callback=told("dag succeeded"), on_failure_callback=[told("dag failed"), told("and again")])
def a_dag_tells_of_its_failure():
    PythonOperator(task_id="a", python_callable=fails)


@rule(default_args=all_told())
def callbacks_of_tasks_that_do_nothing():
    EmptyOperator(task_id="a")


class Look(BaseSensorOperator):
    """Finds something after a few looks."""

    seen = {}

    def __init__(self, *, answers, **kwargs):
        super().__init__(**{"poke_interval": 0.05, "timeout": 5, **kwargs})
        self.answers = answers

    def poke(self, context):
        count = Look.seen[self.task_id] = Look.seen.get(self.task_id, -1) + 1
        answer = self.answers[min(count, len(self.answers) - 1)]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@rule()
def sensors_wait():
    Look(task_id="plain", answers=[False, True])
    Look(task_id="truthy", answers=[0, "yes"])
    Look(task_id="value", answers=[False, PokeReturnValue(True, {"found": 1})])
    Look(task_id="no_value", answers=[PokeReturnValue(True)])
    Look(task_id="fails", answers=[False, ValueError("no")])
    Look(task_id="skips", answers=[AirflowSkipException("no")])


@rule()
def sensors_give_up():
    Look(task_id="times_out", answers=[False], timeout=0.2)
    Look(task_id="soft", answers=[False], timeout=0.2, soft_fail=True)
    Look(task_id="soft_error", answers=[ValueError("no")], soft_fail=True)
    Look(task_id="retried", answers=[False], timeout=0.2, retries=2, retry_delay=NOW, on_retry_callback=told("retry"))
    Look(task_id="never", answers=[ValueError("no")], never_fail=True)
    Look(task_id="silent", answers=[ValueError("no"), True], silent_fail=True)


@rule()
def sensors_in_functions():
    @task.sensor(poke_interval=0.05, timeout=5)
    def value() -> PokeReturnValue:
        return PokeReturnValue(is_done=True, xcom_value=[1, 2])

    @task.sensor(poke_interval=0.05, timeout=5)
    def plain():
        return True

    value(), plain()
    PythonSensor(task_id="python", python_callable=lambda a, ds: a == 1 and bool(ds), op_args=[1])


@rule()
def sensors_of_dates_and_files():
    DateTimeSensor(task_id="past", target_time="{{ ds }}", poke_interval=0.05)
    FileSensor(task_id="there", filepath=__file__, poke_interval=0.05, fs_conn_id="files")
    FileSensor(task_id="nowhere", filepath="/nowhere/at/all", poke_interval=0.05, timeout=0.2, fs_conn_id="files")


@rule()
def deferred_sensors_come_back():
    DateTimeSensorAsync(task_id="past", target_time="{{ ds }}") >> EmptyOperator(task_id="after")


class Waits(BaseOperator):
    """Waits for a moment that has passed, and goes on."""

    def execute(self, context):
        context["ti"].xcom_push("before", 1)
        if LEVEL == 2:
            from airflow.triggers.temporal import DateTimeTrigger
        else:
            from airflow.providers.standard.triggers.temporal import DateTimeTrigger
        self.defer(trigger=DateTimeTrigger(moment=dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)), method_name="go_on")

    def go_on(self, context, event=None):
        tell(type(event).__module__.split(".")[0], context["ti"].xcom_pull(self.task_id, key="before"))
        return "went on"


@rule()
def deferred_tasks_go_on_with_their_xcoms():
    Waits(task_id="waits") >> EmptyOperator(task_id="after")


def of_context(**context):
    """Tells what context and settings say."""
    from airflow.configuration import conf
    from airflow.models import Variable

    ti = context["ti"]
    tell(ti.task_id, ti.dag_id, ti.map_index, ti.try_number, context["task_instance_key_str"])
    tell(sorted(context["var"]), context["var"]["value"].word, context["var"]["json"].get("none", 5))
    tell(Variable.get("word"), Variable.get("numbers", deserialize_json=True), Variable.get("none", "given"))
    tell(context["dag_run"].run_type, context["run_id"] == ti.run_id, context["task"].task_id, context["dag"].dag_id)
    tell(conf.get("core", "nothing", fallback="f"), conf.getint("core", "parallelism"), conf.has_option("core", "nope"))
    tell(sorted(context["task"].upstream_task_ids), [one.task_id for one in context["task"].get_direct_relatives()])


@rule()
def contexts_and_settings():
    (
        EmptyOperator(task_id="before")
        >> PythonOperator(task_id="a", python_callable=of_context)
        >> EmptyOperator(task_id="z")
    )


def errors_of_lookups():
    """Tells which errors missing things are."""
    from airflow.configuration import conf
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable

    def error(call):
        try:
            call()
        except Exception as found:
            return type(found).__name__
        return None

    tell(error(lambda: Variable.get("none")), error(lambda: BaseHook.get_connection("none")))
    tell(error(lambda: conf.get("core", "nothing_such")), error(lambda: conf.getint("core", "dags_folder")))
    place = BaseHook.get_connection("place")
    tell(place.conn_type, place.host, place.port, place.login, place.schema, place.extra_dejson, place.get_uri())


@rule()
def what_is_missing_is_an_error():
    PythonOperator(task_id="a", python_callable=errors_of_lookups)
