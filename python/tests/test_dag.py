"""What a DAG means at each level."""

import datetime as dt
import warnings

import pendulum
import pytest
from airflow.exceptions import AirflowException, DuplicateTaskIdFound
from airflow.models.param import Param
from airflow.operators.empty import EmptyOperator

from airflow import DAG
from conftest import START
from updraft_airflow.exceptions import ParamValidationError


@pytest.mark.parametrize(
    ("value", "two", "three"),
    [
        ("@daily", ("cron", "data_interval"), ("cron", "trigger")),
        ("0 6 * * *", ("cron", "data_interval"), ("cron", "trigger")),
        (dt.timedelta(hours=1), ("delta", "data_interval"), ("delta", "trigger")),
        ("@once", ("once", None), ("once", None)),
        ("@continuous", ("continuous", None), ("continuous", None)),
        (None, ("none", None), ("none", None)),
    ],
)
def test_a_schedule_has_data_intervals_in_airflow_2_and_moments_in_3(level, value, two, three):
    for number, expected in ((2, two), (3, three)):
        level(number)
        described = DAG("d", schedule=value, start_date=START).timetable.description_for_engine()
        assert (described["type"], described.get("kind")) == expected


def test_a_dag_without_schedule_runs_daily_in_airflow_2_and_never_in_3(level):
    level(2)
    two = DAG("d", start_date=START)
    assert two.timetable.description_for_engine() == {"type": "delta", "delta": 86400.0, "kind": "data_interval"}
    assert two.schedule_interval == dt.timedelta(days=1)
    level(3)
    assert DAG("d", start_date=START).timetable.description_for_engine() == {"type": "none"}


def test_catchup_is_on_in_airflow_2_unless_the_setting_says_otherwise(level, monkeypatch):
    level(2)
    assert DAG("d", start_date=START).catchup
    level(3)
    assert not DAG("d").catchup
    monkeypatch.setenv("AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT", "true")
    assert DAG("d").catchup


def test_a_schedule_wants_a_start_date_in_airflow_2(level):
    level(2)
    with pytest.raises(ValueError, match="start_date"), DAG("d", schedule="@daily"):
        EmptyOperator(task_id="a")
    with DAG("d", schedule="@daily"):
        EmptyOperator(task_id="a", start_date=START)
    level(3)
    with DAG("d", schedule="@daily"):
        EmptyOperator(task_id="a")


def test_the_start_date_in_default_args_is_that_of_the_dag_only_in_airflow_3(level):
    level(2)
    assert DAG("d", default_args={"start_date": START}).start_date is None
    assert DAG("d", default_args={"start_date": "2024-01-01"}).start_date == START
    level(3)
    assert DAG("d", default_args={"start_date": START}).start_date == START


def test_the_zone_is_that_of_the_start_date_and_a_naive_date_is_read_in_the_default_zone(each_level, monkeypatch):
    berlin = pendulum.timezone("Europe/Berlin")
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "America/New_York")
    with DAG("d", start_date=dt.datetime(2024, 1, 1, tzinfo=berlin), schedule="@daily") as dag:
        task = EmptyOperator(task_id="a", start_date=dt.datetime(2024, 6, 1))
    assert dag.timezone.name == "Europe/Berlin"
    assert task.start_date == dt.datetime(2024, 6, 1, 4, tzinfo=dt.timezone.utc)


def test_positional_arguments_are_taken_in_airflow_2_alone(level):
    level(2)
    assert DAG("d", "about", None).description == "about"
    level(3)
    with pytest.raises(TypeError):
        DAG("d", "about")


def test_arguments_of_airflow_2_warn_in_3(level):
    level(3)
    with pytest.warns(UserWarning, match="schedule_interval"):
        dag = DAG("d", schedule_interval="@daily", concurrency=3)
    assert dag.max_active_tasks == 3
    level(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DAG("d", schedule_interval="@daily", default_view="graph", orientation="LR", start_date=START)


def test_only_one_schedule_can_be_given(each_level):
    with warnings.catch_warnings(), pytest.raises(ValueError, match="at most one"):
        warnings.simplefilter("ignore")
        DAG("d", schedule="@once", schedule_interval="@daily", start_date=START)


@pytest.mark.parametrize(("name", "right"), [("ok_1-2.3", True), ("ümlaut", True), ("a b", False), ("x" * 251, False)])
def test_ids_have_letters_digits_and_three_signs(level, name, right):
    for number, wrong in ((2, AirflowException), (3, ValueError)):
        level(number)
        if right:
            DAG(name)
            continue
        with pytest.raises(wrong):
            DAG(name)


def test_a_tag_has_at_most_100_characters(level):
    level(2)
    DAG("d", tags=["x" * 100])
    with pytest.raises(AirflowException):
        DAG("d", tags=["x" * 101])
    level(3)
    with pytest.raises(ValueError, match="100"):
        DAG("d", tags=["x" * 101])


def test_a_repeated_task_id_is_refused(each_level, make_dag):
    with make_dag():
        EmptyOperator(task_id="a")
        with pytest.raises(DuplicateTaskIdFound):
            EmptyOperator(task_id="a")


def test_a_continuous_dag_has_one_active_run(level):
    level(2)
    assert DAG("d", schedule="@continuous", start_date=START).max_active_runs == 1
    with pytest.raises(AirflowException):
        DAG("d", schedule="@continuous", start_date=START, max_active_runs=2)


def test_a_required_param_forbids_a_schedule(level):
    level(2)
    with pytest.raises(AirflowException):
        DAG("d", schedule="@daily", start_date=START, params={"x": Param(type="string")}).validate()
    DAG("d", schedule=None, params={"x": Param(type="string")}).validate()


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer", "minimum": 2}, 2, 1),
        ({"type": ["null", "string"], "maxLength": 2}, None, "abc"),
        ({"enum": ["a", "b"]}, "a", "c"),
        ({"type": "string", "format": "date"}, "2024-02-29", "2023-02-29"),
        ({"type": "array", "items": {"type": "number"}}, [1, 2.5], ["x"]),
        ({"type": "object", "required": ["k"]}, {"k": 1}, {}),
        ({"anyOf": [{"type": "string"}, {"const": 1}]}, 1, 2),
    ],
)
def test_params_are_checked_against_their_schema(schema, right, wrong):
    assert Param(**schema).resolve(right) == right
    with pytest.raises(ParamValidationError):
        Param(**schema).resolve(wrong)


def test_a_param_without_value_is_an_error(each_level):
    with pytest.raises(ParamValidationError, match="no value"):
        Param(type="string").resolve()


@pytest.mark.parametrize("said", [False, True, 0, 1, 2.0, 3])
def test_delays_grow_by_a_factor_in_airflow_3_and_double_in_airflow_2(each_level, parse, said):
    parsed = parse(f"""
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    EmptyOperator(task_id="t", retry_exponential_backoff={said})
""")
    task = parsed.descriptions[0].data["tasks"][0]
    grows = bool(said) if each_level == 2 or said is True else said not in (0, 1)
    assert task["retry_exponential_backoff"] is grows
    assert task.get("retry_backoff_factor") == (3.0 if each_level == 3 and said == 3 else None)
