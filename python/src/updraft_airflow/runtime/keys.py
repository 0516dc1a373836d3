"""The keys of a task's context."""

from __future__ import annotations

BOTH = frozenset(
    [
        "conn",
        "dag",
        "dag_run",
        "data_interval_start",
        "data_interval_end",
        "ds",
        "ds_nodash",
        "exception",
        "expanded_ti_count",
        "inlets",
        "inlet_events",
        "logical_date",
        "macros",
        "map_index_template",
        "outlets",
        "outlet_events",
        "params",
        "prev_data_interval_start_success",
        "prev_data_interval_end_success",
        "prev_start_date_success",
        "prev_end_date_success",
        "reason",
        "run_id",
        "task",
        "task_instance",
        "task_instance_key_str",
        "templates_dict",
        "test_mode",
        "ti",
        "try_number",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
        "var",
    ]
)
"""Those of both generations."""

ONLY_TWO = frozenset(
    [
        "conf",
        "execution_date",
        "next_ds",
        "next_ds_nodash",
        "next_execution_date",
        "prev_ds",
        "prev_ds_nodash",
        "prev_execution_date",
        "prev_execution_date_success",
        "tomorrow_ds",
        "tomorrow_ds_nodash",
        "yesterday_ds",
        "yesterday_ds_nodash",
        "triggering_dataset_events",
    ]
)
"""Those that Airflow 3 has no more."""

ONLY_THREE = frozenset(["triggering_asset_events", "task_state_store", "asset_state_store"])
"""Those that Airflow 2 did not have."""

CONTEXT_KEYS = BOTH | ONLY_TWO | ONLY_THREE
"""All of them: a parameter of a `@task` function with such a name is filled in."""
