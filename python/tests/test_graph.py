"""Edges, groups, setups and teardowns."""

import pytest
from airflow.decorators import setup, task, task_group, teardown
from airflow.exceptions import AirflowException, DuplicateTaskIdFound
from airflow.models.baseoperator import chain, chain_linear, cross_downstream
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup


def edges(dag):
    return sorted(f"{task.task_id}>{after}" for task in dag.tasks for after in task.downstream_task_ids)


def empties(*names):
    return [EmptyOperator(task_id=name) for name in names]


def test_operators_results_groups_labels_and_lists_mix(each_level, make_dag):
    with make_dag() as dag:
        a, b, c, d = empties("a", "b", "c", "d")
        with TaskGroup("g") as group:
            EmptyOperator(task_id="x") >> EmptyOperator(task_id="y")
        a >> Label("yes") >> [b, c] >> group
        group >> d.output
        d << Label("back") << b
    assert edges(dag) == ["a>b", "a>c", "b>d", "b>g.x", "c>g.x", "g.x>g.y", "g.y>d"]
    assert dag.get_edge_info("a", "c") == {"label": "yes"}
    assert dag.get_edge_info("b", "d") == {"label": "back"}


def test_two_lists_cannot_be_joined(each_level, make_dag):
    with make_dag():
        a, b = empties("a", "b")
        with pytest.raises(TypeError):
            [a] >> [b]  # type: ignore[operator]


def test_tasks_without_a_dag_cannot_be_joined(each_level):
    with pytest.raises((AirflowException, ValueError), match="no dag"):
        EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")


def test_chains(each_level, make_dag):
    with make_dag() as dag:
        a, b, c, d, e, f = empties(*"abcdef")
        chain(a, [b, c], [d, e], f)
    assert edges(dag) == ["a>b", "a>c", "b>d", "c>e", "d>f", "e>f"]
    with make_dag() as dag:
        a, b, c, d, e = empties(*"abcde")
        chain_linear([a, b], [c, d, e])
        with pytest.raises((AirflowException, ValueError)):
            chain([a, b], [c, d, e])
    assert len(edges(dag)) == 6
    with make_dag() as dag:
        a, b, c, d = empties(*"abcd")
        cross_downstream([a, b], [c, d])
    assert edges(dag) == ["a>c", "a>d", "b>c", "b>d"]


def test_a_result_anywhere_in_a_template_field_makes_an_edge(each_level, make_dag):
    with make_dag() as dag:
        a, b, c = empties("a", "b", "c")
        work = PythonOperator(task_id="w", python_callable=print, op_kwargs={"x": [{"y": a.output["key"]}], "z": b})
        work.op_args = [c.output]
    assert edges(dag) == ["a>w", "b>w", "c>w"]
    assert str(a.output["key"]) == "{{ task_instance.xcom_pull(task_ids='a', dag_id='d', key='key') }}"
    with pytest.raises(ValueError, match="str"):
        a.output[0]
    with pytest.raises(TypeError):
        list(a.output)


def test_an_empty_group_passes_order_through_only_in_airflow_3(level, make_dag):
    for number, expected in ((2, []), (3, ["a>z"])):
        level(number)
        with make_dag() as dag:
            a, z = empties("a", "z")
            a >> TaskGroup("empty") >> z
        assert edges(dag) == expected


def test_groups_prefix_ids_and_repeated_ones_are_refused_or_numbered(each_level, make_dag):
    with make_dag() as dag:
        with TaskGroup("a"), TaskGroup("b"), TaskGroup("c", prefix_group_id=False):
            EmptyOperator(task_id="x")
        with pytest.raises(DuplicateTaskIdFound):
            TaskGroup("a")

        @task_group
        def g():
            """What it is for."""
            EmptyOperator(task_id="x")

        g(), g()
    assert dag.task_ids == ["x", "g.x", "g__1.x"]
    assert list(dag.task_group_dict) == ["a", "a.b", "a.b.c", "g", "g__1"]
    assert dag.task_group_dict["g"].tooltip == "What it is for."


def test_a_teardown_follows_its_setup_and_the_work_in_its_block(each_level, make_dag):
    with make_dag() as dag:

        @setup
        def s():
            pass

        @teardown
        def t():
            pass

        @task
        def w(n):
            pass

        with t().as_teardown(setups=s()):
            w(1) >> w(2)
    assert edges(dag) == ["s>t", "s>w", "w>w__1", "w__1>t"]
    assert dag.get_task("t").trigger_rule == "all_done_setup_success"


def test_what_follows_a_group_follows_its_work_and_not_its_teardown(each_level, make_dag):
    with make_dag() as dag:
        with TaskGroup("g") as group:
            s, w, t = empties("s", "w", "t")
            s >> w >> t.as_teardown(setups=s)
        group >> EmptyOperator(task_id="after")
    assert edges(dag) == ["g.s>g.t", "g.s>g.w", "g.w>after", "g.w>g.t"]


def test_a_task_is_not_both_setup_and_teardown(each_level, make_dag):
    with make_dag():
        task = EmptyOperator(task_id="a").as_setup()
        with pytest.raises(ValueError, match="setup"):
            task.as_teardown()


def test_part_of_a_dag(each_level, make_dag):
    with make_dag() as dag:
        a, b, c, d = empties(*"abcd")
        a >> b >> c
        d >> c
    assert dag.partial_subset("^b$").task_ids == ["a", "b"]
    assert dag.partial_subset(["b"], include_downstream=True, include_upstream=False).task_ids == ["b", "c"]
