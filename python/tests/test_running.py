"""What happens when tasks run."""

import datetime as dt
import json
from pathlib import Path

import pytest
from airflow.decorators import setup, task, teardown
from airflow.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
)
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator, get_current_context
from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
from airflow.triggers.temporal import TimeDeltaTrigger
from airflow.utils.task_group import TaskGroup

from conftest import states
from updraft_airflow.runtime import trigger_rules
from updraft_airflow.runtime.memory import ASSET_EVENTS
from updraft_airflow.states import TriggerRule

SEEN = []


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()


@task
def see(value):
    SEEN.append(value)


def test_xcoms_keep_what_json_lacks(level, make_dag):
    value = {"at": dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), "for": dt.timedelta(hours=1), "set": {1, 2}}
    for number, pair in ((2, [1, 2]), (3, (1, 2))):
        SEEN.clear()
        level(number)
        with make_dag() as dag:

            @task
            def give():
                return {**value, "pair": (1, 2)}

            see(give())
        dag.test()
        assert [{**value, "pair": pair}] == SEEN


@pytest.mark.parametrize("value", [[object()], object()])
def test_values_that_cannot_be_kept_fail_the_task(each_level, make_dag, value):
    with make_dag() as dag:
        PythonOperator(task_id="a", python_callable=lambda: value)
        PythonOperator(task_id="b", python_callable=lambda: value, do_xcom_push=False)
    assert states(dag.test()) == {"a": "failed", "b": "success"}


def test_multiple_outputs_are_left_under_their_keys_and_as_a_whole(each_level, make_dag):
    with make_dag() as dag:

        @task(multiple_outputs=True)
        def give():
            return {"x": 1, "y": 2}

        given = give()
        see([given["x"], given])
    dag.test()
    assert SEEN == [[1, {"x": 1, "y": 2}]]


def test_pulling_without_task_is_the_newest_value_in_airflow_2_and_ones_own_in_3(level, make_dag):
    for number, expected in ((2, ["of a", 9, ["of a"]]), (3, [None, None, ["of a", None]])):
        SEEN.clear()
        level(number)
        with make_dag() as dag:
            a = PythonOperator(task_id="a", python_callable=lambda: "of a")
            nothing = EmptyOperator(task_id="nothing")

            @task
            def pull(ti=None):
                SEEN.append(ti.xcom_pull())
                SEEN.append(ti.xcom_pull(task_ids="nothing", default=9))
                SEEN.append(ti.xcom_pull(task_ids=["a", "nothing"]))

            [a, nothing] >> pull()
        dag.test()
        assert expected == SEEN


def test_functions_get_the_context_keys_that_they_name(each_level, make_dag):
    def named(ds, x, ti, **rest):
        SEEN.append((ds, x, ti.task_id, "dag_run" in rest, get_current_context()["run_id"] == rest["run_id"]))

    def few(x):
        SEEN.append(x)

    with make_dag() as dag:
        PythonOperator(task_id="a", python_callable=named, op_kwargs={"x": 1})
        PythonOperator(task_id="b", python_callable=few, op_kwargs={"x": "{{ ds }}", "unused": 2})
    dag.test(logical_date=dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc))
    assert SEEN == [("2024-01-02", 1, "a", True, True), "2024-01-02"]


def test_execute_is_called_whatever_its_argument_is_called(each_level, make_dag):
    class Odd(BaseOperator):
        def execute(self, c):
            return c["ti"].task_id

    with make_dag() as dag:
        Odd(task_id="a")
    assert states(dag.test()) == {"a": "success"}


@pytest.mark.parametrize(
    ("command", "options", "state", "left"),
    [
        ("echo a; echo b", {}, "success", "b"),
        ("true", {}, "success", ""),
        ("exit 99", {}, "skipped", None),
        ("exit 3", {"skip_on_exit_code": [3, 4]}, "skipped", None),
        ("exit 99", {"skip_on_exit_code": None}, "failed", None),
        ("echo $HOME.$X", {"env": {"X": "x"}}, "success", ".x"),
        ("echo $X$AIRFLOW_CTX_TASK_ID", {"env": {"X": "x"}, "append_env": True}, "success", "xa"),
        ("echo {{ 1 + 1 }}", {"cwd": "/nowhere"}, "failed", None),
    ],
)
def test_commands(each_level, make_dag, command, options, state, left):
    with make_dag() as dag:
        a = BashOperator(task_id="a", bash_command=command, **options)
        see(a.output)
    assert states(dag.test())["a"] == state
    assert ([left] if state == "success" else []) == SEEN


def test_a_branch_skips_what_it_does_not_name_and_a_group_means_its_roots(each_level, make_dag):
    with make_dag() as dag:
        branch = BranchPythonOperator(task_id="br", python_callable=lambda: ["a", "g"])
        a, b, join = (EmptyOperator(task_id=name) for name in ("a", "b", "join"))
        join.trigger_rule = TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
        with TaskGroup("g") as group:
            EmptyOperator(task_id="x")
        branch >> [a, b, group] >> join
    assert states(dag.test()) == {"br": "success", "a": "success", "b": "skipped", "g.x": "success", "join": "success"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, {"br": "success", "a": "skipped", "b": "skipped"}),
        ("far", {"br": "success", "a": "skipped", "b": "skipped"}),
        ("nobody", {"br": "failed", "a": "upstream_failed", "b": "upstream_failed"}),
        (["a", 3], {"br": "failed", "a": "upstream_failed", "b": "upstream_failed"}),
    ],
)
def test_what_a_branch_may_answer(each_level, make_dag, answer, expected):
    with make_dag() as dag:
        branch = BranchPythonOperator(task_id="br", python_callable=lambda: answer)
        branch >> [EmptyOperator(task_id="a"), EmptyOperator(task_id="b")]
        EmptyOperator(task_id="far")
    assert {**expected, "far": "success"} == states(dag.test())


@pytest.mark.parametrize(("ignore", "last"), [(True, "skipped"), (False, "success")])
def test_a_short_circuit_skips_all_or_only_what_is_directly_after_it_but_no_teardown(
    each_level, make_dag, ignore, last
):
    with make_dag() as dag:
        start = ShortCircuitOperator(task_id="s", python_callable=bool, ignore_downstream_trigger_rules=ignore)
        s, a, t = (EmptyOperator(task_id=name) for name in ("setup", "a", "t"))
        start >> a >> EmptyOperator(task_id="z", trigger_rule="all_done")
        s >> start >> t.as_teardown(setups=s)
    found = states(dag.test())
    assert (found["a"], found["z"], found["t"]) == ("skipped", last, "success")


@pytest.mark.parametrize("operator", [BranchPythonOperator, ShortCircuitOperator])
def test_deciders_that_skip_nothing_leave_a_return_value(each_level, make_dag, operator):
    SEEN.clear()
    with make_dag() as dag:
        see(operator(task_id="d", python_callable=lambda: "see").output)
    dag.test()
    assert SEEN == ["see"]


def test_a_branch_that_skips_leaves_a_return_value_in_airflow_2_alone(each_level, make_dag):
    SEEN.clear()
    with make_dag() as dag:
        branch = BranchPythonOperator(task_id="d", python_callable=lambda: "see")
        see(branch.output)
        branch >> EmptyOperator(task_id="other")
    dag.test()
    assert (["see"] if each_level == 2 else [None]) == SEEN


def test_retries_begin_anew_and_some_failures_are_final(each_level, make_dag):
    def flaky(ti):
        SEEN.append(ti.try_number)
        ti.xcom_push("k", ti.try_number)
        if ti.try_number < 3:
            raise AirflowException("again")

    def final(ti):
        raise AirflowFailException(str(ti.try_number))

    with make_dag(default_args={"retries": 2}) as dag:
        PythonOperator(task_id="flaky", python_callable=flaky)
        PythonOperator(task_id="final", python_callable=final, on_retry_callback=lambda _: SEEN.append("retried"))
    run = dag.test()
    assert states(run) == {"flaky": "success", "final": "failed"}
    assert SEEN == [1, 2, 3]
    assert str(run.state) == "failed"


def test_a_task_that_takes_too_long_fails_with_what_no_except_exception_catches(each_level, make_dag):
    def slow():
        try:
            while True:
                pass
        except Exception:
            SEEN.append("caught")

    with make_dag() as dag:
        PythonOperator(
            task_id="a",
            python_callable=slow,
            execution_timeout=dt.timedelta(seconds=0.05),
            on_failure_callback=lambda context: SEEN.append(type(context["exception"])),
        )
    assert states(dag.test()) == {"a": "failed"}
    assert [AirflowTaskTimeout] == SEEN


def test_callbacks_are_called_and_one_that_raises_changes_nothing(each_level, make_dag):
    def bad(context):
        raise ValueError

    def note(name):
        return lambda context: SEEN.append((name, context["ti"].task_id, context.get("reason")))

    def skip():
        raise AirflowSkipException

    told = {f"on_{name}_callback": [bad, note(name)] for name in ("execute", "success", "failure", "skipped")}
    with make_dag(on_failure_callback=note("run"), default_args=told) as dag:
        EmptyOperator(task_id="a") >> PythonOperator(task_id="b", python_callable=skip)
        PythonOperator(task_id="c", python_callable=lambda: 1 / 0)
    assert states(dag.test()) == {"a": "success", "b": "skipped", "c": "failed"}
    assert set(SEEN) == {
        ("execute", "a", None), ("success", "a", None), ("execute", "b", None), ("skipped", "b", None),
        ("execute", "c", None), ("failure", "c", None), ("run", "c", "task_failure"),
        # In Airflow 2 what skips itself has done well, too.
        *([("success", "b", None)] if each_level == 2 else []),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("breaks", "fails_run", "expected", "run_state"),
    [
        ("w", False, ("success", "failed", "success"), "failed"),
        ("t", False, ("success", "success", "failed"), "success"),
        ("t", True, ("success", "success", "failed"), "failed"),
        ("s", False, ("failed", "upstream_failed", "upstream_failed"), "failed"),
    ],
)
def test_setups_and_teardowns(each_level, make_dag, breaks, fails_run, expected, run_state):
    def work(name):
        if name == breaks:
            raise AirflowException(name)

    with make_dag() as dag:

        @setup
        def s():
            work("s")

        @teardown(on_failure_fail_dagrun=fails_run)
        def t():
            work("t")

        @task
        def w():
            work("w")

        first = s()
        first >> w() >> t().as_teardown(setups=first)
    run = dag.test()
    found = states(run)
    assert (found["s"], found["w"], found["t"]) == expected
    assert str(run.state) == run_state


def test_conditions_of_tasks(each_level, make_dag):
    with make_dag() as dag:

        @task.skip_if(lambda context: True, skip_message="no")
        @task
        def a():
            pass

        @task.run_if(lambda context: (True, "yes"))
        @task
        def b():
            pass

        a(), b()
    assert states(dag.test()) == {"a": "skipped", "b": "success"}


class Sensor(BaseSensorOperator):
    def __init__(self, *, answers, **kwargs):
        super().__init__(poke_interval=0.01, **kwargs)
        self.answers = answers

    def poke(self, context):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("poke")
        return answer


@pytest.mark.parametrize(
    ("answers", "options", "state"),
    [
        ([False, True], {}, "success"),
        ([False, False, True], {"mode": "reschedule"}, "success"),
        ([False], {"timeout": 0.02}, "failed"),
        ([False], {"timeout": 0.02, "retries": 5}, "failed"),
        ([False], {"timeout": 0.02, "soft_fail": True}, "skipped"),
        ([ValueError], {"soft_fail": True}, "failed"),
        ([ValueError], {"never_fail": True}, "skipped"),
        ([ValueError, True], {"silent_fail": True}, "success"),
        ([ValueError], {"silent_fail": True, "timeout": 0.02}, "failed"),
    ],
)
def test_sensors(each_level, make_dag, answers, options, state):
    with make_dag() as dag:
        Sensor(task_id="a", answers=list(answers), **options)
    run = dag.test()
    assert states(run) == {"a": state}
    assert run.task_instances[0].try_number == 1


def test_a_sensor_leaves_a_value_only_if_it_says_so(each_level, make_dag):
    with make_dag() as dag:
        see(Sensor(task_id="a", answers=[PokeReturnValue(True, xcom_value=5)]).output)
        see(Sensor(task_id="b", answers=["truthy"]).output)

        @task.sensor(poke_interval=0.01)
        def c():
            return PokeReturnValue(True, 6)

        see(c())
    dag.test()
    assert sorted(map(str, SEEN)) == ["5", "6", "None"]


def test_a_deferred_task_goes_on_with_its_arguments_and_the_event(each_level, make_dag):
    class Later(BaseOperator):
        def execute(self, context):
            self.defer(trigger=TimeDeltaTrigger(dt.timedelta(0)), method_name="go_on", kwargs={"x": 1})

        def go_on(self, context, x, event=None):
            SEEN.append((x, isinstance(event, dt.datetime)))

    with make_dag() as dag:
        Later(task_id="a")
    assert states(dag.test()) == {"a": "success"}
    assert SEEN == [(1, True)]


def test_tasks_that_match_a_pattern_are_not_run(each_level, make_dag):
    with make_dag() as dag:
        see.override(task_id="skip_me")(1) >> see.override(task_id="run")(2)
    assert states(dag.test(mark_success_pattern="skip.*")) == {"skip_me": "success", "run": "success"}
    assert SEEN == [2]


def test_files_with_variables_and_connections(each_level, make_dag, tmp_path):
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable

    (tmp_path / "v.json").write_text('{"v": "1"}')
    (tmp_path / "c.json").write_text('{"c": {"conn_type": "http", "host": "h"}}')
    with make_dag() as dag:
        PythonOperator(
            task_id="a", python_callable=lambda: SEEN.append((Variable.get("v"), BaseHook.get_connection("c").host))
        )
    dag.test(variable_file_path=str(tmp_path / "v.json"), conn_file_path=str(tmp_path / "c.json"))
    assert SEEN == [("1", "h")]


@pytest.mark.parametrize(("number", "interval"), [(2, ("2024-01-01", "2024-01-02")), (3, ("2024-01-02", "2024-01-02"))])
def test_a_manual_run_is_about_the_last_day_in_airflow_2_and_about_its_moment_in_3(level, make_dag, number, interval):
    level(number)
    with make_dag(schedule="@daily") as dag:
        EmptyOperator(task_id="a")
    run = dag.test(logical_date=dt.datetime(2024, 1, 2, 5, tzinfo=dt.timezone.utc))
    assert (str(run.data_interval_start.date()), str(run.data_interval_end.date())) == interval
    named = run.logical_date if number == 2 else run.run_after
    assert run.run_id == f"manual__{named.isoformat()}"


def test_the_python_of_a_task_may_be_another_one(each_level, make_dag):
    import sys

    def there(x, ds):
        import os

        return [x, ds, os.getpid()]

    with make_dag() as dag:
        out = task.external_python(there, python=sys.executable)(3)
        see(out)
    dag.test(logical_date=dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc))
    import os

    assert SEEN[0][:2] == [3, "2024-01-02"]
    assert SEEN[0][2] != os.getpid()


def test_the_rules_agree_with_the_oracle():
    rows = json.loads((Path(__file__).parents[2] / "oracle" / "trigger_rules.json").read_text())["rows"]
    over = {"success", "failed", "skipped", "upstream_failed", "removed"}
    checked = 0
    for row in rows:
        upstream = [(name, False) if isinstance(name, str) else tuple(name) for name in row["upstream"]]
        if "upstream_is_setup" in row:
            upstream = [(name, setup) for (name, _), setup in zip(upstream, row["upstream_is_setup"], strict=True)]
        if not all(state in over for state, _ in upstream):
            continue
        checked += 1
        verdict = trigger_rules.decide(TriggerRule(row["rule"]), upstream)
        assert ("run" if verdict is None else str(verdict)) == row["result"], row
    assert checked > 100


def test_a_limit_of_time_still_counts_after_one_inside_it_has_ended():
    import time

    from airflow.exceptions import AirflowTaskTimeout
    from airflow.utils.timeout import timeout

    with pytest.raises(AirflowTaskTimeout, match="the outer one"), timeout(0.2, "the outer one"):
        with timeout(60, "the inner one"):
            pass
        time.sleep(60)


def test_what_a_run_does_to_assets_is_read_by_runs_that_follow(each_level, make_dag):
    from airflow.sdk import Asset, AssetAlias, Metadata

    one, two, alias = Asset("s3://one"), Asset("s3://two"), AssetAlias("behind")
    with make_dag("writes") as writes:

        @task(outlets=[one, two])
        def write(outlet_events=None):
            outlet_events[one].extra["rows"] = 3

        @task(outlets=[alias])
        def write_behind(outlet_events=None):
            outlet_events[alias].add(two, extra={"behind": True})
            yield Metadata(one, {"said": True}, alias=alias)

        write() >> write_behind()

    with make_dag("reads") as reads:

        @task(inlets=[one, two, alias])
        def read(inlet_events=None):
            for asset in (one, two, alias):
                SEEN.append([(event.uri, event.extra, event.source_task_id) for event in inlet_events[asset]])

        read()
    before = len(ASSET_EVENTS)
    assert states(writes.test()) == {"write": "success", "write_behind": "success"}
    assert states(reads.test()) == {"read": "success"}
    del ASSET_EVENTS[before:]
    of_one, of_two, behind = SEEN
    assert of_one == [("s3://one/", {"rows": 3}, "write"), ("s3://one/", {"said": True}, "write_behind")]
    assert of_two == [("s3://two/", {}, "write"), ("s3://two/", {"behind": True}, "write_behind")]
    assert behind == [of_two[1], of_one[1]]
