"""When a DAG runs and what its runs are about: schedules, catchup, start dates, zones."""

import pendulum
from common import DAG, LEVEL, START, BaseOperator, EmptyOperator, PythonOperator, Show, dt, rule, tell

EVERYTHING = (
    "{{ ds }} {{ ts }} {{ data_interval_start }} {{ data_interval_end }} {{ logical_date }} {{ run_id.split('__')[0] }}"
)


@rule(schedule="@daily")
def a_daily_run():
    Show(task_id="show", value=EVERYTHING)


@rule(schedule="30 6 * * 1-5")
def a_run_on_weekdays():
    Show(task_id="show", value=EVERYTHING)


@rule(schedule="@monthly")
def a_monthly_run():
    Show(task_id="show", value=EVERYTHING)


@rule(schedule="@once")
def a_run_of_once():
    Show(task_id="show", value=EVERYTHING)


@rule(schedule=dt.timedelta(hours=6))
def a_run_every_six_hours():
    Show(task_id="show", value=EVERYTHING)


@rule()
def a_run_without_schedule():
    Show(task_id="show", value=EVERYTHING)


@rule(schedule="0 6 * * *", start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"))
def a_run_in_another_zone():
    Show(task_id="show", value=EVERYTHING)
    Show(task_id="local", value="{{ logical_date.in_timezone('Europe/Berlin') }} {{ dag.timezone.name }}")


@rule(start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"))
def a_naive_date_of_a_task_is_in_the_default_zone():
    zoned = pendulum.datetime(2024, 2, 1, tz="Europe/Berlin")
    for name, date in {"naive": dt.datetime(2024, 2, 1), "zoned": zoned, "none": None}.items():
        EmptyOperator(task_id=name, start_date=date)


with DAG("all_defaults_of_a_dag", start_date=START):
    EmptyOperator(task_id="a")

with DAG("a_date_of_default_args", schedule=None, default_args={"start_date": "2024-01-05", "retries": 2}):
    EmptyOperator(task_id="a")
    EmptyOperator(task_id="b", start_date=dt.datetime(2024, 1, 6))

with DAG(
    "dates_of_default_args", schedule=None, default_args={"start_date": START, "end_date": dt.datetime(2030, 1, 1)}
):
    EmptyOperator(task_id="a")


@rule(schedule="@daily")
def old_dates_of_the_context():
    names = (
        "prev_ds next_ds prev_ds_nodash next_ds_nodash yesterday_ds tomorrow_ds yesterday_ds_nodash tomorrow_ds_nodash"
    )
    if LEVEL == 2:
        Show(task_id="show", value=[f"{{{{ {name} }}}}" for name in names.split()])
        Show(task_id="dates", value="{{ execution_date }} {{ prev_execution_date }} {{ next_execution_date }}")


def tell_types(**context):
    """Tells which types dates of the context have."""
    for key in ("logical_date", "data_interval_start", "data_interval_end"):
        tell(key, type(context[key]).__module__, context[key])
    tell(context["dag_run"].run_type, context["dag_run"].conf)


@rule(schedule="@daily")
def dates_of_the_context_are_those_of_pendulum():
    PythonOperator(task_id="tell", python_callable=tell_types)


class Early(BaseOperator):
    """Tells dates of itself."""

    def execute(self, context):
        tell(self.start_date, self.end_date, context["task"].dag.start_date)


@rule(end_date=dt.datetime(2030, 1, 1))
def dates_of_the_dag_are_those_of_its_tasks():
    Early(task_id="tell")
    Early(task_id="own", end_date=dt.datetime(2026, 1, 1))
