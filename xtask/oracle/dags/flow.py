"""Branches, short circuits, skips, setups and teardowns, groups: which tasks run, and which are what instead."""

from common import (
    LEVEL,
    AirflowFailException,
    BranchDateTimeOperator,
    BranchDayOfWeekOperator,
    BranchPythonOperator,
    EmptyOperator,
    Label,
    LatestOnlyOperator,
    PythonOperator,
    ShortCircuitOperator,
    TaskGroup,
    chain,
    cross_downstream,
    does,
    dt,
    fails,
    rule,
    skips,
    task,
    task_group,
)


def branch(answer, **options):
    return BranchPythonOperator(task_id="branch", python_callable=lambda: answer, **options)


def empties(*names, **options):
    return [EmptyOperator(task_id=name, **options) for name in names]


@rule()
def a_branch_to_an_unknown_task_fails():
    branch("nobody") >> empties("a", "b")


@rule()
def a_branch_to_a_task_that_is_not_direct_skips_all():
    a, b, far = empties("a", "b", "far")
    branch("far") >> [a, b]
    a >> far


@rule()
def a_branch_to_none_skips_all():
    branch(None) >> empties("a", "b")


@rule()
def a_branch_to_nothing_skips_all():
    branch([]) >> empties("a", "b")


@rule()
def a_branch_to_several():
    branch(["a", "b"]) >> empties("a", "b", "c")


@rule()
def a_branch_to_a_group():
    with TaskGroup("g") as group:
        first, second = empties("first", "second")
        first >> second
    (other,) = empties("other")
    branch("g") >> [group, other]


@rule()
def a_branch_to_a_number_fails():
    branch(3) >> empties("a", "b")


@rule()
def what_follows_branches_obeys_its_rule():
    a, b = empties("a", "b")
    branch("a") >> [a, b]
    for name in (
        "all_success",
        "none_failed_min_one_success",
        "none_failed",
        "one_success",
        "all_done",
        "none_skipped",
    ):
        [a, b] >> EmptyOperator(task_id=name, trigger_rule=name)


@rule()
def a_task_that_is_followed_and_below_a_skipped_one():
    a, b, c = empties("a", "b", "c")
    branch(["b"]) >> [a, b]
    a >> b >> c


@rule()
def branches_of_taskflow():
    @task.branch
    def choose(n):
        return ["a"] if n else None

    choose(1) >> empties("a", "b")
    choose.override(task_id="none")(0) >> empties("c")


@rule()
def branches_by_date():
    day = {"follow_task_ids_if_true": "yes", "follow_task_ids_if_false": "no", "use_task_logical_date": True}
    BranchDayOfWeekOperator(task_id="day", week_day="Friday", **day) >> empties("yes", "no")
    times = {"follow_task_ids_if_true": "in", "follow_task_ids_if_false": "out", "use_task_logical_date": True}
    window = {"target_lower": dt.datetime(2024, 3, 1), "target_upper": dt.datetime(2024, 3, 2)}
    BranchDateTimeOperator(task_id="time", **times, **window) >> empties("in", "out")


def circuit(answer, **options):
    return ShortCircuitOperator(task_id="circuit", python_callable=lambda: answer, **options)


@rule()
def a_short_circuit_skips_all_that_follows():
    a, b = empties("a", "b")
    circuit(False) >> a >> b >> EmptyOperator(task_id="done", trigger_rule="all_done")


@rule()
def a_short_circuit_may_leave_rules_alone():
    (
        circuit(0, ignore_downstream_trigger_rules=False)
        >> empties("a")[0]
        >> EmptyOperator(task_id="done", trigger_rule="all_done")
    )


@rule()
def a_closed_circuit_goes_on():
    circuit([1]) >> empties("a")


@rule()
def a_short_circuit_spares_teardowns():
    work, after = empties("work", "after")
    teardown = EmptyOperator(task_id="teardown").as_teardown(setups=EmptyOperator(task_id="setup"))
    circuit(False) >> work >> teardown
    work >> after


@rule()
def short_circuits_of_taskflow():
    @task.short_circuit
    def closed():
        return []

    closed() >> empties("a")


@rule()
def conditions_of_taskflow():
    @task.run_if(lambda context: False)
    @task
    def never():
        pass

    @task.skip_if(lambda context: False)
    @task
    def always():
        return 1

    never() >> empties("after_never")
    always() >> empties("after_always")


@rule()
def the_latest_only_of_a_manual_run():
    LatestOnlyOperator(task_id="latest") >> empties("a")


@rule()
def skips_spread():
    skipped = PythonOperator(task_id="skipped", python_callable=skips)
    failed = PythonOperator(task_id="failed", python_callable=fails)
    skipped >> empties("after") >> EmptyOperator(task_id="done", trigger_rule="all_done")
    [skipped, failed] >> EmptyOperator(task_id="both")
    for name in ("all_failed", "one_failed", "one_done", "all_skipped", "none_failed"):
        [skipped, failed] >> EmptyOperator(task_id=name, trigger_rule=name)


def three(name, setup=does, work=does, teardown=does, **options):
    made = [
        PythonOperator(task_id=f"{part}_{name}", python_callable=function)
        for part, function in {"setup": setup, "work": work, "teardown": teardown}.items()
    ]
    made[0] >> made[1] >> made[2].as_teardown(setups=made[0], **options)
    return made


@rule()
def a_teardown_that_fails_fails_no_run():
    three("x", teardown=fails)


@rule()
def a_teardown_that_fails_may_fail_the_run():
    three("x", teardown=fails, on_failure_fail_dagrun=True)


@rule()
def work_that_fails_is_torn_down():
    three("x", work=fails)


@rule()
def a_setup_that_fails_has_no_teardown():
    three("x", setup=fails)


@rule()
def a_setup_that_is_skipped_has_no_teardown():
    three("x", setup=skips)


@rule()
def one_of_two_setups_is_enough():
    one, other = (PythonOperator(task_id=name, python_callable=f) for name, f in {"one": does, "other": fails}.items())
    work = EmptyOperator(task_id="work")
    teardown = EmptyOperator(task_id="teardown")
    [one.as_setup(), other.as_setup()] >> work >> teardown.as_teardown(setups=[one, other])


@rule()
def what_follows_a_group_does_not_wait_for_its_teardown():
    with TaskGroup("g") as group:
        three("x", teardown=fails)
    group >> EmptyOperator(task_id="after")


@rule()
def teardowns_are_contexts():
    with EmptyOperator(task_id="teardown").as_teardown(setups=EmptyOperator(task_id="setup")):
        a, b = empties("a", "b")
        a >> b
        empties("c")


@rule()
def a_failure_without_leaves_is_no_failure_of_the_run():
    PythonOperator(task_id="failed", python_callable=fails) >> EmptyOperator(task_id="done", trigger_rule="all_done")


@rule(**{"fail_stop" if LEVEL == 2 else "fail_fast": True})
def a_run_that_fails_fast():
    def for_good():
        raise AirflowFailException("no")

    PythonOperator(task_id="failed", python_callable=for_good) >> empties("after")


@rule()
def groups_have_prefixes_edges_and_labels():
    with TaskGroup("outer") as outer:
        with TaskGroup("inner", prefix_group_id=False) as inner:
            a, b = empties("a", "b")
        (c,) = empties("c")
        inner >> Label("then") >> c
    (first, last) = empties("first", "last")
    first >> outer >> last
    a >> Label("why") >> b


@rule()
def groups_of_taskflow_repeat():
    @task_group
    def g(n):
        EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")

    g(1) >> g(2)
    g.override(group_id="named")(3)


@rule()
def lists_and_chains_make_edges():
    a, b, c, d, e, f = empties(*"abcdef")
    chain(a, [b, c], [d, e], f)
    cross_downstream([a, b], [f])
    g, h = empties("g", "h")
    [g, h] >> a
    g << [b] if False else g


@rule()
def results_make_edges():
    @task
    def make():
        return {"k": 1}

    @task
    def use(value, more=None):
        return value

    made = make()
    first = use(made)
    second = use({"deep": [made["k"], {"er": first}]})
    use(1, more=[second]) >> empties("last")
