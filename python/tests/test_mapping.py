"""Dynamic task mapping."""

import pytest
from airflow.decorators import task, task_group
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

from conftest import states

SEEN = []


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()


@task
def give(value):
    return value


@task
def see(x, y=None):
    SEEN.append((x, y) if y is not None else x)
    return x


@task
def gather(values):
    SEEN.append(list(values))


def test_mistakes_in_expand_are_found_when_the_file_is_read(each_level, make_dag):
    with make_dag():
        for call in (
            lambda: see.expand(),
            lambda: see.expand(z=[1]),
            lambda: see.partial(x=1).expand(x=[1]),
            lambda: BashOperator.partial(task_id="a", bash_command="x").expand(bash_command=["y"]),
            lambda: BashOperator.partial(task_id="a", bash_command="x").expand(retries=[1]),
            lambda: BashOperator.partial(task_id="a", nonsense=1),
            lambda: PythonOperator.partial(task_id="a", python_callable=print).expand_kwargs("text"),
            lambda: give(1).zip([1]),
        ):
            with pytest.raises(TypeError):
                call()
        for call in (lambda: see.expand(x="text"), lambda: see.expand(x=give(1)["key"])):
            with pytest.raises(ValueError, match="map over|unexpected type"):
                call()


def test_the_last_argument_varies_fastest_and_dicts_give_pairs(each_level, make_dag):
    with make_dag() as dag:
        see.expand(x=[1, 2], y={"a": 1, "b": 2})
    dag.test()
    assert SEEN == [(1, ("a", 1)), (1, ("b", 2)), (2, ("a", 1)), (2, ("b", 2))]


def test_an_empty_list_is_skipped_and_so_is_what_follows(each_level, make_dag):
    with make_dag() as dag:
        gather(see.expand(x=give([])))
    assert states(dag.test()) == {"give": "success", "see": "skipped", "gather": "skipped"}


@pytest.mark.parametrize("value", [None, "text", 3, list(range(1025))])
def test_what_cannot_be_mapped_over_fails_the_task_that_returns_it(each_level, make_dag, value):
    with make_dag() as dag:
        see.expand(x=give(value))
    assert states(dag.test()) == {"give": "failed", "see": "upstream_failed"}


def test_map_zip_and_concat(each_level, make_dag):
    def double(value):
        if value == 2:
            raise AirflowSkipException
        return value * 2

    with make_dag() as dag:
        one, other = give([1, 2, 3]), give([10, 20])
        see.override(task_id="m").expand(x=one.map(double))
        see.override(task_id="z").expand(x=one.zip(other))
        see.override(task_id="f").expand(x=one.zip(other, fillvalue=0))
        see.override(task_id="c").expand(x=other.concat(one))
    run = dag.test()
    pairs = [(1, 10), (2, 20)]
    assert sorted(SEEN, key=repr) == sorted([2, 6, *pairs, *pairs, (3, 0), 10, 20, 1, 2, 3], key=repr)
    assert states(run)["m[1]"] == "skipped"


def test_a_reduce_sees_no_holes_and_is_skipped_under_all_success(each_level, make_dag):
    @task
    def odd(x):
        if x % 2 == 0:
            raise AirflowSkipException
        return x

    with make_dag() as dag:
        some = odd.expand(x=[1, 2, 3])
        gather(some)
        gather.override(task_id="all_done", trigger_rule="all_done")(some)
    run = dag.test()
    assert SEEN == [[1, 3]]
    assert states(run)["gather"] == "skipped"


def test_expand_kwargs_gives_each_copy_its_own_arguments(each_level, make_dag):
    with make_dag() as dag:
        see.expand_kwargs([{"x": 1, "y": 2}, {"x": 3}])
        PythonOperator.partial(task_id="op", python_callable=SEEN.append).expand(op_args=[["a"], ["b"]])
    dag.test()
    assert SEEN == [(1, 2), 3, "a", "b"]


def test_a_mapped_group_has_all_its_tasks_once_per_item(each_level, make_dag):
    @task_group
    def g(n):
        see.override(task_id="second")(see.override(task_id="first")(n))

    with make_dag() as dag:
        g.expand(n=give([1, 2]))
    run = dag.test()
    assert SEEN == [1, 2, 1, 2]
    assert states(run)["g.second[1]"] == "success"


def test_copies_are_named_after_they_ran(each_level, make_dag):
    with make_dag() as dag:
        see.override(map_index_template="{{ task.op_kwargs['x'] }}!").expand(x=[7])
    assert dag.test().task_instances[0].rendered_map_index == "7!"
