"""Templates: what is rendered, when, and with what."""

import os

from common import LEVEL, BaseOperator, BashOperator, PythonOperator, Show, rule, task, tell

if LEVEL == 2:
    from airflow.utils.template import literal
else:
    from airflow.sdk import literal


@rule()
def unknown_names_fail():
    Show(task_id="name", value="{{ nothing }}")
    Show(task_id="attribute", value="{{ ti.nothing }}")
    Show(task_id="key", value="{{ params.nothing }}")
    Show(task_id="default", value="{{ nothing | default('given') }}")
    Show(task_id="condition", value="{% if nothing is defined %}yes{% else %}no{% endif %}")


@rule()
def keys_are_not_rendered_and_values_are():
    Show(task_id="all", value={"{{ ds }}": {"inner": ["{{ ds }}", ("{{ ds }}", 1)]}, "set": {"{{ ds }}"}, "none": None})


@rule(template_searchpath=[os.path.dirname(__file__)])
def texts_that_end_like_files_are_files():
    Show(task_id="found", value="texts/query.sql")
    Show(task_id="beside", value="texts/nothing.sql")
    Show(task_id="blank", value="texts/query.sql ")
    Show(task_id="list", value=["texts/query.sql", "x"])


@rule(template_searchpath=[os.path.dirname(__file__)])
def bash_scripts_are_rendered():
    BashOperator(task_id="script", bash_command="texts/say.sh", env={"WORD": "{{ ds }}"}, append_env=True)
    BashOperator(task_id="command", bash_command="echo '{{ ds }}' ")


@rule(user_defined_macros={"double": lambda x: x * 2, "word": "w"}, user_defined_filters={"shout": lambda x: x.upper()})
def own_macros_and_filters():
    Show(task_id="both", value="{{ double(3) }} {{ word | shout }}")


@rule(jinja_environment_kwargs={"variable_start_string": "[[", "variable_end_string": "]]"})
def own_settings_of_jinja():
    Show(task_id="both", value="[[ ds ]] {{ ds }}")


@rule(render_template_as_native_obj=True)
def native_values():
    values = {
        "list": "{{ [1, 2] }}", "int": "{{ 1 + 1 }}", "day": "{{ ds }}", "zeros": "{{ '007' }}", "dict": "{{ {'a': 1} }}",
        "true": "{{ true }}", "none": "{{ none }}", "float": "{{ 1.5 }}", "mixed": "{{ 1 }}{{ 2 }}", "text": "plain",
    }  # fmt: skip
    Show(task_id="all", value=values)


class Inner:
    """Has templates of its own."""

    template_fields = ("a", "b")

    def __init__(self):
        self.a, self.b, self.c = "{{ ds }}", ["{{ ds_nodash }}"], "{{ ds }}"


class ShowInner(Show):
    """Tells what the object has become."""

    def execute(self, context):
        tell(self.value.a, self.value.b, self.value.c)


@rule()
def objects_with_templates_of_their_own():
    ShowInner(task_id="show", value=Inner())


class ShowMore(Show):
    """Has a further template."""

    template_fields = (*Show.template_fields, "more")

    def __init__(self, *, more, **kwargs):
        super().__init__(**kwargs)
        self.more = more

    def execute(self, context):
        tell(self.value, self.more)


@rule()
def further_templates_of_subclasses():
    ShowMore(task_id="show", value="{{ ds }}", more="{{ task.task_id }}")


@task
def template_text():
    return "{{ ds }}"


@rule()
def what_a_task_returned_is_no_template():
    Show(task_id="direct", value=template_text())
    Show(task_id="nested", value=["{{ ds }}", template_text()])


@rule()
def literals_are_not_rendered():
    Show(task_id="show", value=[literal("{{ ds }}"), "{{ ds }}"])


def tell_rendered(templates_dict, **context):
    tell(templates_dict, context["templates_dict"])


@rule()
def arguments_of_functions_are_rendered():
    def arguments(*args, **kwargs):
        tell(args, {name: value for name, value in kwargs.items() if name in ("a", "b")})

    PythonOperator(
        task_id="args", python_callable=arguments, op_args=["{{ ds }}", 1], op_kwargs={"a": "{{ ds }}", "b": [2]}
    )
    PythonOperator(task_id="dict", python_callable=tell_rendered, templates_dict={"a": "{{ ds }}"})


@task(templates_dict={"day": "{{ ds }}"})
def taskflow(a, b=None, templates_dict=None):
    tell(a, b, templates_dict)


@rule()
def arguments_of_taskflow_are_rendered():
    taskflow("{{ ds }}", b={"k": "{{ ds_nodash }}"})


@rule()
def xcoms_in_templates():
    pushed = template_text()
    pulled = Show(task_id="show", value="{{ ti.xcom_pull('template_text') }}|{{ ti.xcom_pull(task_ids='none') }}")
    pushed >> pulled


@rule(params={"n": 3, "text": "t"})
def params_in_templates():
    Show(task_id="show", value="{{ params.n + 1 }} {{ params['text'] }} {{ params }}")
    Show(task_id="own", value="{{ params.n }} {{ params.m }}", params={"n": 4, "m": 5})


@rule()
def variables_and_connections_in_templates():
    Show(task_id="value", value="{{ var.value.word }} {{ var.value.get('none', 'fallback') }}")
    Show(task_id="json", value="{{ var.json.numbers[1] }} {{ var.json.get('none', {'a': 1}).a }}")
    Show(task_id="conn", value="{{ conn.place.host }} {{ conn.place.login }} {{ conn.get('none', 'fallback') }}")
    Show(task_id="missing", value="{{ var.value.none }}")
    Show(task_id="missing_connection", value="{{ conn.none.host }}")


@rule()
def loops_and_conditions():
    Show(task_id="show", value="{% for i in range(3) %}{{ i }},{% endfor %}{% set x = ds[:4] %}{{ x }}")
    Show(task_id="line", value="a\n{{ ds }}\n")


@rule()
def the_sandbox_allows_one_underscore():
    Show(task_id="private", value="{{ ti.__class__.__name__ }}")
    Show(task_id="format", value="{{ '%s-%s' | format(ds, 1) }} {{ 'a'.upper() }}")


class Broken(BaseOperator):
    """Names a template that it has not."""

    template_fields = ("nothing",)

    def execute(self, context):
        tell("ran")


if LEVEL == 2:

    @rule()
    def a_template_field_that_is_no_attribute():
        Broken(task_id="broken")
