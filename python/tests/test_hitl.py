"""Operators that ask people: what they refuse, and what they do in `dag.test()`, where the defaults are taken."""

import datetime as dt

import pytest

from conftest import states

FILE = """
from datetime import timedelta
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLBranchOperator, HITLEntryOperator, HITLOperator
from airflow.sdk import DAG, Param, task
from airflow.sdk.bases.notifier import BaseNotifier

class Tell(BaseNotifier):
    template_fields = ("message",)

    def __init__(self, message):
        super().__init__()
        self.message = message

    def notify(self, context):
        link = HITLOperator.generate_link_to_ui_from_context(context=context, base_url="http://here:1", options=["a"])
        print(self.message, link)

with DAG("d", schedule=None) as dag:
    choose = HITLOperator(
        task_id="choose", subject="for {{ run_id }}", options=["a", "b"], defaults="a",
        response_timeout=timedelta(minutes=5), notifiers=Tell("{{ task.subject }}"),
    )
    fill = HITLEntryOperator(task_id="fill", subject="s", params={"n": Param(3, type="integer")})
    branch = HITLBranchOperator(
        task_id="branch", subject="s", options=["x", "y"], defaults=["y"], options_mapping={"y": "two"}
    )
    no = ApprovalOperator(task_id="no", subject="s", defaults="Reject")
    yes = ApprovalOperator(task_id="yes", subject="s", defaults=["Approve"])

    @task
    def one(): ...

    @task
    def two(): ...

    @task
    def never(): ...

    @task
    def after(): ...

    [choose, fill] >> branch >> [one(), two()]
    no >> never()
    yes >> after()
"""


@pytest.fixture
def dag(parse):
    (found,) = parse(FILE).dags
    return found


def test_the_defaults_are_taken(dag, capfd):
    run = dag.test()
    skipped = {name for name, state in states(run).items() if state == "skipped"}
    assert skipped == {"one", "never"}
    assert {state for name, state in states(run).items() if name not in skipped} == {"success"}
    left = {place[2]: value for place, value in run.memory.xcoms.items() if place[4] == "return_value"}
    assert left["fill"]["params_input"] == {"n": 3}
    assert (left["choose"]["chosen_options"], left["choose"]["responded_by_user"]) == (["a"], None)
    told = capfd.readouterr().out
    assert "/tasks/choose/required_actions?_options=%5B%27a%27%5D&map_index=-1" in told
    assert f"for {run.run_id} http://here:1/dags/d/runs/" in told


def test_without_defaults_there_is_nobody_to_ask(make_dag):
    from airflow.providers.standard.operators.hitl import HITLOperator

    with make_dag() as dag:
        HITLOperator(task_id="t", subject="s", options=["a"])
    assert states(dag.test()) == {"t": "failed"}


def test_mistakes_say_what_is_wrong(make_dag):
    from airflow.providers.standard.exceptions import HITLTimeoutError
    from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLBranchOperator, HITLOperator

    with make_dag():
        mistakes = [
            ({"options": []}, "cannot be empty"),
            ({"options": ["a"], "defaults": "b"}, "should be a subset"),
            ({"options": ["a", "b"], "defaults": ["a", "b"]}, "More than one defaults"),
            ({"options": ["a"], "params": {"_options": 1}}, "not allowed in params"),
        ]
        for number, (wrong, words) in enumerate(mistakes):
            with pytest.raises(ValueError, match=words):
                HITLOperator(task_id=f"t{number}", subject="s", **wrong)
        with pytest.raises(ValueError, match="not allowed"):
            ApprovalOperator(task_id="approve", subject="s", options=["a"])
        with pytest.raises(ValueError, match="not in `options`"):
            HITLBranchOperator(task_id="branch", subject="s", options=["a"], options_mapping={"b": "x"})
        with pytest.warns(DeprecationWarning, match="response_timeout"):
            old = HITLOperator(
                task_id="old", subject="s", options=["a"], params={"n": 1}, execution_timeout=dt.timedelta(seconds=9)
            )
        assert (old.response_timeout, old.execution_timeout) == (dt.timedelta(seconds=9), None)
        with pytest.raises(ValueError, match="not valid options"):
            old.generate_link_to_ui(task_instance=None, base_url="http://x", options="b")
        with pytest.raises(HITLTimeoutError):
            old.process_trigger_event_error({"error": "late", "error_type": "timeout"})
        with pytest.raises(ValueError, match="not in"):
            old.validate_chosen_options(["b"])
        with pytest.raises(ValueError, match="does not match"):
            old.validate_params_input({"m": 1})
