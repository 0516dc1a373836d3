"""Retry policies: what a task says about its own failures."""

import datetime as dt

import pytest

from conftest import states

FILE = """
from datetime import datetime, timedelta
from airflow.exceptions import AirflowFailException
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryDecision, RetryPolicy, RetryRule, task

class Asked(RetryPolicy):
    def evaluate(self, exception, try_number, max_tries, context=None):
        if context is None:
            raise RuntimeError("a policy that fails")
        return RetryDecision.retry(timedelta(seconds=try_number + 10 * max_tries), reason=str(exception))

policy = ExceptionRetryPolicy([
    RetryRule("builtins.ConnectionError", retry_delay=timedelta(seconds=7)),
    RetryRule([KeyError, "nowhere.at.All"], RetryAction.FAIL, reason="no use"),
    RetryRule(ValueError, RetryAction.FAIL, match_subclasses=False),
])

def raises(error):
    def function():
        raise error
    return function

with DAG("d", schedule=None) as dag:
    for name, error, asked in (
        ("waits", ConnectionResetError("x"), policy),
        ("fails", KeyError("x"), policy),
        ("is_no_subclass", UnicodeError("x"), policy),
        ("is_itself", ValueError("x"), policy),
        ("decides", TypeError("x"), Asked()),
        ("is_final", AirflowFailException("x"), Asked()),
    ):
        task(task_id=name, retries=2, retry_policy=asked)(raises(error))()
"""


@pytest.fixture
def dag(parse):
    (found,) = parse(FILE).dags
    return found


def test_a_policy_decides_whether_there_is_another_try(dag):
    from updraft_airflow.runtime import runner
    from updraft_airflow.runtime.dag_test import TestRequest, make_run
    from updraft_airflow.runtime.instances import TaskInstance
    from updraft_airflow.runtime.memory import MemorySupervisor
    from updraft_airflow.runtime.supervisor import supervised_by

    run = make_run(dag, TestRequest())

    def ends(task_id):
        ti = TaskInstance(dag.get_task(task_id), run_id=run.run_id)
        ti.dag_run, ti.try_number, ti.max_tries = run, 1, 2
        with supervised_by(MemorySupervisor()):
            ended = runner.run(ti)
        return str(ended.state), ended.retry_delay

    assert ends("waits") == ("up_for_retry", dt.timedelta(seconds=7))
    assert ends("fails") == ("failed", None)
    assert ends("is_no_subclass") == ("up_for_retry", None)
    assert ends("is_itself") == ("failed", None)
    assert ends("decides") == ("up_for_retry", dt.timedelta(seconds=21))
    assert ends("is_final") == ("failed", None)


@pytest.mark.parametrize(("again", "told"), [(True, ("RetryTask", 7.0)), (False, ("TaskState", None))])
def test_the_engine_is_told_how_long_to_wait_if_there_is_another_try(again, told):
    from airflow.utils.state import TaskInstanceState

    from updraft_airflow.runtime.runner import Ended
    from updraft_airflow.serve import end

    ended = Ended(TaskInstanceState.UP_FOR_RETRY, ValueError("x"), retry_delay=dt.timedelta(seconds=7))
    message = end.message(ended, None, again=again)
    assert (message["type"], message.get("retry_delay_seconds")) == told


def test_dag_test_asks_policies(dag):
    assert set(states(dag.test()).values()) == {"failed"}


def test_policies_are_written_and_read_again():
    from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

    rules = [
        RetryRule(["builtins.KeyError", ValueError], RetryAction.FAIL, dt.timedelta(seconds=3), "why", False),
        RetryRule(OSError),
    ]
    policy = ExceptionRetryPolicy(rules, RetryAction.RETRY)
    told = policy.serialize()
    assert told["rules"][0]["exception"] == ["builtins.KeyError", "builtins.ValueError"]
    again = ExceptionRetryPolicy.deserialize(told)
    assert again.serialize() == told
    assert again.evaluate(KeyError(), 1, 2).reason == "why"
    assert again.evaluate(TypeError(), 1, 2).action == RetryAction.RETRY
    with pytest.raises(ValueError, match="by its path"):
        RetryRule("KeyError")
