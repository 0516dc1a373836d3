"""Arguments: default_args, conversions, what functions get, params."""

from common import (
    LEVEL,
    BaseOperator,
    BashOperator,
    EmptyOperator,
    Param,
    PythonOperator,
    Show,
    TaskGroup,
    dt,
    rule,
    task,
    tell,
)


class Own(BaseOperator):
    """Has arguments of its own."""

    def __init__(self, *, mine="own default", yours, **kwargs):
        super().__init__(**kwargs)
        self.mine, self.yours = mine, yours

    def execute(self, context):
        tell(self.task_id, self.mine, self.yours, self.owner, self.retries)


class Sub(Own):
    """Hands on what it does not know."""

    def __init__(self, *, third=None, **kwargs):
        super().__init__(**kwargs)
        self.third = third

    def execute(self, context):
        tell(self.task_id, self.mine, self.yours, self.third)


@rule(
    default_args={
        "mine": "m",
        "yours": "y",
        "third": "t",
        "owner": "o",
        "nobody_has": 1,
        "catchup": True,
        "tags": ["x"],
    }
)
def default_args_reach_arguments_of_ones_own():
    Own(task_id="own")
    Sub(task_id="sub")
    Own(task_id="explicit", mine="e")
    Own(task_id="of_task", default_args={"yours": "task"})
    with TaskGroup("g", default_args={"yours": "group", "owner": "g"}):
        Own(task_id="in_group")
        Own(task_id="of_both", default_args={"owner": "task"})
        with TaskGroup("inner", default_args={"owner": "inner"}):
            Own(task_id="deep")


def tell_operator(task, **_):
    tell(task.task_id, task.retries, task.retry_delay, task.wait_for_downstream, task.depends_on_past, task.pool)


@rule(default_args={"retries": "2", "retry_delay": 30})
def arguments_are_converted():
    PythonOperator(task_id="defaults", python_callable=tell_operator)
    PythonOperator(task_id="no_retries", python_callable=tell_operator, retries=None)
    PythonOperator(
        task_id="follows", python_callable=tell_operator, wait_for_downstream=True, retry_delay=dt.timedelta(1)
    )
    PythonOperator(task_id="swims", python_callable=tell_operator, pool="default_pool", depends_on_past=True)


@rule()
def functions_get_what_they_name():
    def names(ds, ti, a=0):
        tell(ds, ti.task_id, a)

    def everything(**context):
        tell(sorted(name for name in ("ds", "ti", "dag_run", "params", "a", "nothing") if name in context))

    def nothing():
        tell("called")

    def by_place(a, b, ds=None):
        tell(a, b, ds)

    PythonOperator(task_id="names", python_callable=names, op_kwargs={"a": 1, "unused": 2})
    PythonOperator(task_id="everything", python_callable=everything, op_kwargs={"a": 1})
    PythonOperator(task_id="nothing", python_callable=nothing, op_kwargs={"a": 1})
    PythonOperator(task_id="by_place", python_callable=by_place, op_args=[1, 2])
    PythonOperator(task_id="missing", python_callable=by_place, op_args=[1])


@rule()
def functions_may_overwrite_the_context():
    def own(ds):
        tell(ds)

    PythonOperator(task_id="own", python_callable=own, op_kwargs={"ds": "mine"})


@task
def with_context(a, ti=None, ds=None, dag_run=None, **context):
    tell(a, ti.task_id, ds, dag_run is not None, "params" in context)


@task
def counted(n: int, *more, factor=2):
    return [n * factor, list(more)]


@rule()
def taskflow_gets_context_and_arguments():
    with_context(1)
    counted(3)
    counted.override(task_id="named")(3, 4, 5, factor=10)


@task(multiple_outputs=True)
def several():
    return {"a": 1, "b": [2]}


@task
def annotated() -> dict[str, int]:
    return {"c": 3}


@task
def plain():
    return {"d": 4}


@rule()
def several_outputs_are_said_or_annotated():
    Show(task_id="show", value=[several()["a"], annotated()["c"], plain()])


@rule(params={"n": Param(3, type="integer", minimum=1), "word": Param("x", enum=["x", "y"]), "plain": [1, 2]})
def params_of_the_dag():
    def told(params):
        tell(dict(params), params["n"])

    PythonOperator(task_id="told", python_callable=told)
    PythonOperator(task_id="own", python_callable=told, params={"n": 5, "more": None})


@rule(params={"n": Param(type="integer")})
def a_param_without_value_makes_no_run():
    EmptyOperator(task_id="a")


@rule(params={"n": Param("text", type=["string", "null"])})
def params_may_have_several_types():
    Show(task_id="a", value="{{ params.n }}")


@rule()
def hooks_of_tasks_are_called_around_it():
    PythonOperator(
        task_id="a",
        python_callable=lambda: tell("execute"),
        pre_execute=lambda context: tell("before", "ds" in context),
        post_execute=lambda context, result=None: tell("after", result),
    )


class Whole(BaseOperator):
    """Has all methods that are called."""

    def pre_execute(self, context):
        tell("pre_execute", context["ti"].task_id)

    def execute(self, context):
        tell("execute")
        return 7

    def post_execute(self, context, result=None):
        tell("post_execute", result)


@rule()
def methods_of_operators_are_called_around_it():
    Whole(task_id="a")


@rule()
def bash_commands_get_environments():
    BashOperator(task_id="own", bash_command='echo "$A ${HOME:-none} $AIRFLOW_CTX_DAG_ID"', env={"A": "{{ ds }}"})
    BashOperator(task_id="appended", bash_command='echo "$A ${PATH:+path}"', env={"A": "1"}, append_env=True)
    BashOperator(task_id="lines", bash_command="echo one; echo two")
    BashOperator(task_id="silent", bash_command="true")
    BashOperator(task_id="skips", bash_command="exit 99")
    BashOperator(task_id="skips_too", bash_command="exit 7", skip_on_exit_code=[7, 8])
    BashOperator(task_id="fails", bash_command="exit 99", skip_on_exit_code=None)
    BashOperator(task_id="parsed", bash_command="echo '[1, 2]'", output_processor=lambda text: len(text))


if LEVEL == 2:

    @rule()
    def provide_context_is_taken():
        PythonOperator(task_id="a", python_callable=lambda **context: tell(context["ds"]), provide_context=True)
