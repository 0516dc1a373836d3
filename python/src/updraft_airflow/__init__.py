"""What stands behind the `airflow` namespace.

| package | what it is |
|---|---|
| `names` | which name is offered under which `airflow.*` path, and the finder that makes those modules |
| `authoring` | what a DAG file says: DAGs, operators, groups, TaskFlow, mapping, params, assets |
| `timetables` | when a DAG runs, as a file says it |
| `operators`, `sensors`, `triggers` | those of Airflow's standard provider |
| `connections` | Variables, Connections and hooks |
| `runtime` | runs a task in this process: context, templates, XCom, callbacks, `dag.test()` |
| `manifest` | from a DAG file to the description that the engine reads |
| `plugins` | plugins of an installation, and listeners; `policies` beside it |
| `files` | which files of a folder count, and what stands in them |
| `check` | what of DAG files would run, and what Airflow 2 and 3 differ in |
| `by_hand` | `test-dag`, `test-task` and `render-task` |
| `serve` | the program for the engine: attempts, descriptions and timetables, each in a fork |
| `orm` | names of Airflow's database classes: they import, and say what to use instead when used |
"""
