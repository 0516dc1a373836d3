"""How arguments reach operators."""

import asyncio
import datetime as dt

import pytest
from airflow.decorators import task
from airflow.exceptions import AirflowException
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule


class Mine(BaseOperator):
    def __init__(self, *, table, mode="append", **kwargs):
        super().__init__(**kwargs)
        self.table, self.mode = table, mode


class Narrow(BaseOperator):
    def __init__(self, task_id, size=1):
        super().__init__(task_id=task_id)
        self.size = size


def test_default_args_reach_the_arguments_of_ones_own_operators_and_others_are_dropped(each_level, make_dag):
    with make_dag(default_args={"table": "t", "mode": "replace", "retries": "3", "catchup": False, "tags": ["x"]}):
        task = Mine(task_id="a")
        plain = BashOperator(task_id="b", bash_command="true")
    assert (task.table, task.mode, task.retries, plain.retries) == ("t", "replace", 3, 3)


def test_the_nearest_default_wins(each_level, make_dag):
    with (
        make_dag(default_args={"owner": "dag", "retries": 1, "queue": "dag", "pool": "dag"}),
        TaskGroup("g", default_args={"owner": "group", "retries": 2, "queue": "group"}),
    ):
        task = BashOperator(
            task_id="a", bash_command="true", default_args={"owner": "own", "retries": 3}, owner="given"
        )
    assert (task.owner, task.retries, task.queue, task.pool) == ("given", 3, "group", "dag")


def test_an_operator_without_further_arguments_gets_the_defaults_all_the_same(each_level, make_dag):
    with make_dag(default_args={"retries": 4}) as dag:
        task = Narrow(task_id="a")
    assert (task.retries, task.dag is dag) == (4, True)


def test_undeclared_arguments_that_are_given_and_missing_ones_are_mistakes(level, make_dag):
    for number, wrong in ((2, AirflowException), (3, TypeError)):
        level(number)
        with make_dag():
            with pytest.raises(wrong, match="nonsense"):
                BashOperator(task_id="a", bash_command="true", nonsense=1)
            with pytest.raises(wrong, match="table"):
                Mine(task_id="b")
            with pytest.raises(wrong):
                BashOperator("c", bash_command="true")


def test_a_task_without_id_a_weight_that_is_none_and_an_unknown_weight_rule_are_mistakes(level, make_dag):
    for number, wrong in ((2, AirflowException), (3, TypeError)):
        level(number)
        with make_dag():
            with pytest.raises(TypeError, match="task_id"):
                BashOperator(bash_command="true")
            with pytest.raises(wrong, match="priority_weight"):
                BashOperator(task_id="a", bash_command="true", priority_weight="x")
    level(2)
    with make_dag(), pytest.raises(AirflowException, match="weight_rule"):
        BashOperator(task_id="a", bash_command="true", weight_rule="heavy")


def test_values_are_converted(each_level, make_dag):
    with make_dag():
        task = BashOperator(task_id="a", bash_command="true", retries="3", retry_delay=30, wait_for_downstream=True)
        none = BashOperator(task_id="b", bash_command="true", retries=None)
        with pytest.raises(ValueError, match="pool"):
            BashOperator(task_id="c", bash_command="true", pool_slots=0)
        with pytest.raises(ValueError, match="timedelta"):
            BashOperator(task_id="e", bash_command="true", execution_timeout=3)
    assert (task.retries, task.retry_delay, task.depends_on_past) == (3, dt.timedelta(seconds=30), True)
    assert (none.retries, none.retry_delay, none.owner) == (0, dt.timedelta(minutes=5), "airflow")


def test_ignore_first_depends_on_past_follows_the_level(level, make_dag):
    for number in (2, 3):
        level(number)
        with make_dag():
            assert BashOperator(task_id="a", bash_command="true").ignore_first_depends_on_past == (number == 2)


def test_provide_context_and_task_concurrency_are_taken(level, make_dag):
    level(2)
    with make_dag(default_args={"provide_context": True}):
        PythonOperator(task_id="a", python_callable=print, provide_context=True)
        assert BashOperator(task_id="b", bash_command="true", task_concurrency=2).max_active_tis_per_dag == 2


@pytest.mark.parametrize(
    ("rule", "two", "three"),
    [
        ("all_success", True, True),
        ("dummy", True, False),
        ("none_failed_or_skipped", True, False),
        ("all_done_min_one_success", False, True),
        ("sometimes", False, False),
    ],
)
def test_there_are_other_trigger_rules_in_each_generation(level, make_dag, rule, two, three):
    for number, known, wrong in ((2, two, AirflowException), (3, three, ValueError)):
        level(number)
        with make_dag():
            if known:
                assert BashOperator(task_id="a", bash_command="true", trigger_rule=rule).trigger_rule == rule
                continue
            with pytest.raises(wrong, match="trigger_rule"):
                BashOperator(task_id="a", bash_command="true", trigger_rule=rule)


def test_old_trigger_rules_have_their_names_of_today_in_the_description():
    assert TriggerRule.DUMMY.today == "always"
    assert TriggerRule.NONE_FAILED_OR_SKIPPED.today == "none_failed_min_one_success"


def test_parameters_named_like_context_keys_may_be_missing_but_have_no_other_default(each_level, make_dag):
    with make_dag():

        @task
        def right(x, ds, ti=None, y=2):
            pass

        right(1)

        @task
        def wrong(ds="2024-01-01"):
            pass

        with pytest.raises(ValueError, match="ds"):
            wrong()
        with pytest.raises(TypeError):
            right(1, 2, 3, 4, 5)


def test_task_ids_of_functions_repeat_with_numbers(each_level, make_dag):
    with make_dag() as dag:

        @task
        def f():
            pass

        f(), f(), f.override(task_id="g")()
        with TaskGroup("group"):
            f()
    assert dag.task_ids == ["f", "f__1", "g", "group.f"]


def test_a_function_that_says_it_returns_a_dict_has_several_outputs(make_dag):
    @task
    def plain() -> int: ...

    @task
    def several() -> dict[str, int]: ...

    assert (plain.multiple_outputs, several.multiple_outputs) == (False, True)


def test_a_trigger_takes_a_file_of_that_name_from_a_folder(tmp_path):
    from airflow.providers.standard.triggers.file import DirectoryFileDeleteTrigger

    trigger = DirectoryFileDeleteTrigger(directory=str(tmp_path), filename="flag", poke_interval=0.01)
    path, arguments = trigger.serialize()
    assert path.endswith(".DirectoryFileDeleteTrigger")
    assert arguments == {"directory": str(tmp_path), "filename": "flag", "poke_interval": 0.01}
    for name in ("flag", "other"):
        (tmp_path / name).touch()

    async def first():
        return [event async for event in trigger.run()]

    assert [event.payload for event in asyncio.run(first())] == [True]
    assert [file.name for file in tmp_path.iterdir()] == ["other"]
