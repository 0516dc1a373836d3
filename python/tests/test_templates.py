"""What is rendered, and which names there are."""

import datetime as dt

import pytest
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.utils.template import literal

from conftest import states

WHEN = dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone.utc)


class Part:
    template_fields = ("inside",)

    def __init__(self, inside):
        self.inside = inside


class Show(BaseOperator):
    template_fields = ("value",)
    template_ext = (".sql",)

    def __init__(self, *, value, **kwargs):
        super().__init__(**kwargs)
        self.value = value

    def execute(self, context):
        rendered.append(self.value)


rendered = []


@pytest.fixture
def render(make_dag):
    """What a value becomes in a task."""

    def one(value, **options):
        rendered.clear()
        with make_dag(**options) as dag:
            Show(task_id="a", value=value)
        run = dag.test(logical_date=WHEN, run_conf={"k": "v"})
        return rendered[0] if states(run)["a"] == "success" else states(run)["a"]

    return one


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ ds }} {{ ds_nodash }}", "2024-03-01 20240301"),
        (
            "{{ ts }} {{ ts_nodash }} {{ ts_nodash_with_tz }}",
            "2024-03-01T12:00:00+00:00 20240301T120000 20240301T120000+0000",
        ),
        ("{{ macros.ds_add(ds, -1) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%Y') }}", "2024-02-29 01.03.2024"),
        ("{{ logical_date | ds }} {{ dag_run.conf['k'] }} {{ params.p }}", "2024-03-01 v 3"),
        ("{{ task_instance_key_str }}", "d__a__20240301"),
        ("{{ yesterday_ds }} {{ tomorrow_ds_nodash }}", "2024-02-29 20240302"),
        ("{% set x = [] %}{% do x.append(1) %}{{ x }}", "[1]"),
        ("{{ nothing | default('x') }}", "x"),
        ("plain\n", "plain"),
    ],
)
def test_texts_are_rendered(each_level, render, template, text):
    assert render(template, params={"p": 3}) == text


@pytest.mark.parametrize(
    "template", ["{{ nothing }}", "{{ ds.nothing }}", "{{ ds.__class__ }}", "{{ var.value.nothing }}"]
)
def test_unknown_names_fail_the_task(each_level, render, template):
    assert render(template) == "failed"


def test_values_of_collections_are_rendered_and_keys_are_not(each_level, render):
    value = {"{{ ds }}": ["{{ ds }}", ("{{ ds }}", {"{{ ds }}"})], "n": 3}
    day = "2024-03-01"
    assert render(value) == {"{{ ds }}": [day, (day, {day})], "n": 3}
    assert render(Part("{{ ds }}")).inside == day
    assert render(literal("{{ ds }}")) == "{{ ds }}"


def test_text_that_ends_like_a_file_is_one(each_level, render, tmp_path):
    (tmp_path / "q.sql").write_text("SELECT '{{ ds }}'")
    assert render("q.sql", template_searchpath=str(tmp_path)) == "SELECT '2024-03-01'"
    assert render("q.sql ", template_searchpath=str(tmp_path)) == "q.sql "
    assert render("missing.sql", template_searchpath=str(tmp_path)) == "failed"


@pytest.mark.parametrize(
    ("template", "value"),
    [("{{ [1, 2] }}", [1, 2]), ("{{ 1 }}", 1), ("{{ '2024-01-01' }}", "2024-01-01"), ("{{ '007' }}", "007")],
)
def test_native_objects(each_level, render, template, value):
    assert render(template, render_template_as_native_obj=True) == value


def test_macros_and_filters_of_the_dag(each_level, render):
    options = {"user_defined_macros": {"m": 4}, "user_defined_filters": {"twice": lambda value: value * 2}}
    assert render("{{ m | twice }}", **options) == "8"


def test_derived_keys_are_absent_in_a_run_without_logical_date(level, make_dag):
    level(3)
    with make_dag() as dag:
        BashOperator(task_id="a", bash_command="echo {{ ds }}")
        BashOperator(task_id="b", bash_command="echo {{ run_id }}")
    assert states(dag.test(logical_date=None)) == {"a": "failed", "b": "success"}


def test_variables_and_connections_in_templates(each_level, render, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_PLAIN", "text")
    monkeypatch.setenv("AIRFLOW_VAR_OBJECT", '{"a": [1]}')
    monkeypatch.setenv("AIRFLOW_CONN_MINE", "http://u:p@h:1/s")
    template = "{{ var.value.plain }} {{ var.json.object.a }} {{ var.value.get('no', 'd') }} {{ conn.mine.host }}"
    assert render(template) == "text [1] d h"
