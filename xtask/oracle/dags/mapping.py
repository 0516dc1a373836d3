"""Mapping: how many copies there are, what they get, and what those that follow get of them."""

from common import (
    AirflowSkipException,
    BashOperator,
    EmptyOperator,
    PythonOperator,
    Show,
    TaskGroup,
    rule,
    task,
    task_group,
    tell,
)


@task
def give(value):
    return value


@task
def take(x, y=None):
    return [x, y]


@task
def collect(values):
    tell(list(values))
    return len(values)


@rule()
def lists_make_copies():
    collect(take.expand(x=[3, 1, 2]))


@rule()
def the_last_argument_varies_fastest():
    collect(take.expand(x=["a", "b"], y=[1, 2]))


@rule()
def dicts_make_pairs():
    collect(take.expand(x={"a": 1, "b": 2}))
    collect(take.expand(x=give({"c": 3})))


@rule()
def results_make_copies():
    collect(take.partial(y="same").expand(x=give([1, 2])))


@rule()
def an_empty_list_skips():
    collect(take.expand(x=give([])))


@rule()
def an_empty_literal_skips():
    take.expand(x=[]) >> EmptyOperator(task_id="after")


@rule()
def nothing_to_map_over_fails_who_gave_it():
    take.expand(x=give(None)) >> EmptyOperator(task_id="after")


@rule()
def text_to_map_over_fails_who_gave_it():
    take.expand(x=give("text"))


@rule()
def too_much_to_map_over_fails_who_gave_it():
    take.expand(x=give(list(range(1025))))


@rule()
def results_are_mapped():
    def only_odd(n):
        if n % 2 == 0:
            raise AirflowSkipException
        return n * 10

    def broken(n):
        return 1 // (n - 2)

    given = give([1, 2, 3])
    collect.override(task_id="odd", trigger_rule="all_done")(take.expand(x=given.map(only_odd)))
    collect.override(task_id="after_broken", trigger_rule="all_done")(take.expand(x=given.map(broken)))
    collect.override(task_id="twice")(take.expand(x=given.map(lambda n: n + 1).map(lambda n: str(n))))


@rule()
def results_are_zipped_and_joined():
    one, other = give([1, 2, 3]), give(["a", "b"])
    collect(take.expand(x=one.zip(other)))
    collect(take.expand(x=one.zip(other, fillvalue="-")))
    collect(take.expand(x=one.concat(other)))


@rule()
def several_arguments_at_once():
    collect(take.expand_kwargs([{"x": 1, "y": 2}, {"x": 3}]))
    collect(take.partial(y=9).expand_kwargs(give([{"x": 5}, {"x": 6}])))


@rule()
def lists_may_hold_results():
    take.expand(x=[give(1), 2, give.override(task_id="other")([3])])


@rule()
def copies_of_operators():
    BashOperator.partial(task_id="bash", env={"N": "0"}).expand(bash_command=["echo $N a", "echo '{{ ti.map_index }}'"])
    PythonOperator.partial(task_id="python", python_callable=lambda x, y: x + y).expand(op_args=[[1, 2], [3, 4]])
    Show.partial(task_id="show", retries=1).expand(value=["{{ ds }}", {"k": "{{ ds }}"}])


@rule()
def copies_of_copies():
    collect(take.expand(x=take.override(task_id="first").expand(x=[1, 2])))


@task
def odd(n):
    if n % 2 == 0:
        raise AirflowSkipException
    if n == 5:
        raise ValueError("five")
    return n


@rule()
def holes_are_left_out():
    collect.override(trigger_rule="all_done")(odd.expand(n=[1, 2, 3, 4]))
    collect.override(task_id="all_success")(odd.override(task_id="again").expand(n=[1, 2, 3]))
    collect.override(task_id="failing", trigger_rule="all_done")(odd.override(task_id="bad").expand(n=[3, 5]))
    odd.override(task_id="even").expand(n=[2, 4]) >> EmptyOperator(task_id="after_even")


@task_group
def both(n):
    take.override(task_id="second")(odd(n))


@rule()
def copies_of_groups():
    both.expand(n=[1, 2, 3]) >> EmptyOperator(task_id="after", trigger_rule="all_done")


@rule()
def copies_of_groups_over_results():
    @task_group
    def g(x, y):
        take(x, y)

    g.partial(y="y").expand(x=give(["a", "b"]))


@rule()
def copies_have_names():
    BashOperator.partial(task_id="named", map_index_template="{{ task.bash_command }}").expand(bash_command=["echo a"])


@rule()
def what_is_pulled_of_copies():
    def pull(ti):
        tell(
            list(ti.xcom_pull("take")),
            ti.xcom_pull("take", map_indexes=1),
            list(ti.xcom_pull("take", map_indexes=[1, 0])),
        )
        values = ti.xcom_pull(task_ids=["take", "give"])
        tell(list(values))

    [take.expand(x=[1, 2]), give(7)] >> PythonOperator(task_id="pull", python_callable=pull)


@rule()
def sequences_of_copies_can_be_sliced():
    @task
    def slices(values):
        tell(values[0], values[-1], list(values[1:]), list(reversed(values)), len(values), 20 in values)

    slices(give.expand(value=[10, 20, 30]))


@rule()
def branches_in_copied_groups():
    with TaskGroup("g"):
        EmptyOperator(task_id="plain")

    @task.branch
    def choose(n):
        return f"copied.{'a' if n == 1 else 'b'}"

    @task_group
    def copied(n):
        choose(n) >> [EmptyOperator(task_id="a"), EmptyOperator(task_id="b")]

    copied.expand(n=[1, 2])
