# updraft: compat=3
"""Runs on a worker of Airflow's own Task SDK: what a task leaves, reads, fails at and waits for goes over the Task Execution API."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseHook, BaseOperator, PokeReturnValue, Variable, dag, get_current_context, task


class Waits(BaseOperator):
    """Defers itself, and goes on with what it has left for itself."""

    def execute(self, context):
        """Begins to wait."""
        trigger = TimeDeltaTrigger(timedelta(seconds=1))
        self.defer(trigger=trigger, method_name="goes_on", kwargs={"left": {"number": 17}})

    def goes_on(self, context, event=None, left=None):
        """The wait has ended."""
        return left["number"]


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, is_paused_upon_creation=False)
def elsewhere():
    @task
    def leave():
        print("what a task prints stands in its log")
        Variable.set("left", "by the worker")
        return {"greeting": Variable.get("greeting"), "host": BaseHook.get_connection("warehouse").host}

    @task(retries=1, retry_delay=timedelta(0))
    def second_time_lucky():
        number = get_current_context()["ti"].try_number
        if number == 1:
            raise RuntimeError("the first time it fails")
        return number

    @task.sensor(poke_interval=1, mode="reschedule")
    def second_look():
        has_looked = get_current_context()["task_reschedule_count"] > 0
        return PokeReturnValue(is_done=has_looked, xcom_value="looked twice")

    @task
    def gather(found, number, waited, looked):
        assert found == {"greeting": "hello", "host": "db.example"}, found
        assert (number, waited, looked) == (2, 17, "looked twice"), (number, waited, looked)
        return "gathered"

    gather(leave(), second_time_lucky(), Waits(task_id="waits").output, second_look())


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, is_paused_upon_creation=False)
def fails_elsewhere():
    @task
    def give_up():
        raise RuntimeError("it fails for good")

    give_up()


elsewhere()
fails_elsewhere()
