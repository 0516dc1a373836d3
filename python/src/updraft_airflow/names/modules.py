"""The modules of the `airflow` namespace: paths below `airflow.`, and the names that they offer.

Words of a value: `Name`, which lives where `homes.py` says; `Name=Other`, the same object under another name;
`name=module:` and `name=module:attribute`, a module of ours or something in it; `name=airflow.providers...:attribute`,
something in a provider; `@module`, all of a module of ours. Several paths
with the same names stand in one key. The three generations of paths, of Airflow 1.10, 2 and 3, stand side by side.
"""

from __future__ import annotations

from updraft_airflow.names.providers import OLD, PACKAGE_NAMES, REMOVED, RENAMED

_SDK = (
    "Asset AssetAccessControl AssetAlias AssetAll AssetAny AssetOrTimeSchedule AssetWatcher AsyncCallback BaseBranchOperator BaseHook BaseNotifier "
    "BaseOperator BaseOperatorLink BaseSensorOperator BaseXCom BranchMixIn Connection Context ConnectionAccessor "
    "ContinuousTimetable CronDataIntervalTimetable CronTriggerTimetable DAG DagRunState DeadlineAlert "
    "DeadlineReference DeltaDataIntervalTimetable DeltaTriggerTimetable EdgeModifier EventsTimetable ExceptionRetryPolicy Label Metadata "
    "MultipleCronTriggerTimetable NullTimetable ObjectStoragePath OnceTimetable Param ParamsDict PokeReturnValue "
    "RetryAction RetryDecision RetryPolicy RetryRule "
    "SkipMixin SyncCallback TaskGroup TaskInstanceState TriggerRule Variable WeightRule XCOM_RETURN_KEY XComArg asset chain "
    "chain_linear conf cross_downstream dag get_current_context get_parsing_context literal setup task task_group teardown "
    "timezone=timezone: VariableAccessor poke_mode_only"
)

_PYTHON = "PythonOperator BranchPythonOperator ShortCircuitOperator"
_PYTHONS = (
    f"{_PYTHON} BranchExternalPythonOperator BranchPythonVirtualenvOperator ExternalPythonOperator "
    "PythonVirtualenvOperator get_current_context is_venv_installed"
)
_BASEOPERATOR = "BaseOperator BaseOperatorLink chain chain_linear cross_downstream"
_DATASETS = "Asset Dataset DatasetAlias=AssetAlias DatasetAll=AssetAll DatasetAny=AssetAny BaseDataset=BaseAsset"
_DEFAULTS = (
    "DEFAULT_OWNER DEFAULT_POOL_SLOTS DEFAULT_PRIORITY_WEIGHT DEFAULT_QUEUE DEFAULT_RETRIES DEFAULT_RETRY_DELAY "
    "DEFAULT_TRIGGER_RULE"
)
_LINEAGE = (
    "AssetLineageInfo ExtraLineageInfo HookLineage HookLineageCollector HookLineageReader LineageContext "
    "get_hook_lineage_collector"
)
_TIMES = "TimeSensor TimeSensorAsync"
_DELTAS = "TimeDeltaSensor TimeDeltaSensorAsync WaitSensor"
_DATES = "DateTimeSensor DateTimeSensorAsync"
_EXTERNAL = "ExternalTaskMarker ExternalTaskSensor"

CORE: dict[str, str] = {
    "airflow": "DAG Asset Dataset XComArg AirflowException conf configuration=configuration: settings=settings:",
    "version": "version=version:version",
    "configuration": "@configuration",
    "exceptions": "@exceptions",
    "settings": "@settings",
    "macros": "@runtime.macros",
    "stats": "Stats",
    "models": "BaseOperator BaseOperatorLink BaseXCom Connection DAG DagBag DagModel DagRun DagTag ImportError Log "
    "MappedOperator Param Pool RenderedTaskInstanceFields SlaMiss TaskFail TaskInstance TaskReschedule Trigger Variable XCom "
    "DagParam XCOM_RETURN_KEY SkipMixin",
    "models.abstractoperator": f"AbstractOperator {_DEFAULTS} NotMapped=AbstractOperator",
    "models.baseoperator": f"{_BASEOPERATOR} {_DEFAULTS} BaseAsyncOperator",
    "models.baseoperatorlink": "BaseOperatorLink",
    "models.connection": "Connection",
    "models.dag": "DAG DagContext DagModel DagTag dag",
    "models.dagbag": "DagBag",
    "models.dagparam": "DagParam",
    "models.dagrun": "DagRun DagRunType",
    "models.dataset": "Dataset DatasetEvent DatasetModel",
    "models.asset": "expand_alias_to_assets",
    "models.errors": "ImportError",
    "models.expandinput": "DictOfListsExpandInput ListOfDictsExpandInput",
    "models.log": "Log",
    "models.mappedoperator": "MappedOperator OperatorPartial",
    "models.param": "DagParam Param ParamsDict",
    "models.pool": "Pool",
    "models.renderedtifields": "RenderedTaskInstanceFields",
    "models.skipmixin": "SkipMixin XCOM_SKIPMIXIN_FOLLOWED XCOM_SKIPMIXIN_KEY XCOM_SKIPMIXIN_SKIPPED",
    "models.taskfail": "TaskFail",
    "models.taskinstance": "TaskInstance TaskInstanceKey clear_task_instances get_current_context set_current_context",
    "models.taskinstancekey": "TaskInstanceKey",
    "models.taskmixin": "DAGNode DependencyMixin TaskMixin=DependencyMixin",
    "models.taskreschedule": "TaskReschedule",
    "models.trigger": "Trigger",
    "models.variable": "Variable",
    "models.xcom": "BaseXCom LazyXComAccess LazyXComSelectSequence XCOM_RETURN_KEY XCom",
    "models.xcom_arg": "MapXComArg PlainXComArg XComArg ZipXComArg",
    "decorators": "dag setup task task_group teardown",
    "decorators.base": "DecoratedMappedOperator=MappedOperator DecoratedOperator TaskDecorator get_unique_task_id task_decorator_factory",
    "decorators.task_group": "task_group",
    "hooks.base hooks.base_hook": "BaseHook DiscoverableHook",
    "hooks.filesystem": "FSHook",
    "hooks.subprocess": "SubprocessHook SubprocessResult",
    "hooks.package_index": "PackageIndexHook",
    "jobs": "BaseJob",
    "jobs.base_job": "BaseJob",
    "jobs.job": "Job",
    "lineage.hook": f"{_LINEAGE} DatasetLineageInfo=AssetLineageInfo",
    "lineage.entities": "File Table",
    "listeners": "hookimpl",
    "listeners.listener": "ListenerManager get_listener_manager",
    "policies": "hookimpl",
    "notifications.basenotifier": "BaseNotifier",
    "plugins_manager": "@plugins.manager AirflowPlugin",
    "providers_manager": "HookInfo ProvidersManager",
    "task.priority_strategy": "PriorityWeightStrategy",
    "io": "ObjectStoragePath attach get_fs has_fs",
    "io.path": "ObjectStoragePath",
    "io.store": "ObjectStore attach",
    "api_fastapi.auth.managers.models.resource_details": "AccessView AssetAliasDetails AssetDetails",
    "api.common.trigger_dag api.common.experimental.trigger_dag": "trigger_dag",
    "dag_processing.dagbag": "DagBag",
}

LEGACY_OPERATORS: dict[str, str] = {
    "operators": "BaseOperator BashOperator DummyOperator=EmptyOperator EmailOperator PythonOperator BranchPythonOperator "
    f"ShortCircuitOperator ExternalTaskSensor {PACKAGE_NAMES}",
    "operators.bash operators.bash_operator": "BashOperator",
    "operators.branch operators.branch_operator": "BaseBranchOperator BranchMixIn",
    "operators.datetime": "BranchDateTimeOperator",
    "operators.dummy operators.dummy_operator": "DummyOperator=EmptyOperator EmptyOperator",
    "operators.email operators.email_operator": "EmailOperator",
    "operators.empty": "EmptyOperator",
    "operators.latest_only operators.latest_only_operator": "LatestOnlyOperator",
    "operators.python operators.python_operator": _PYTHONS,
    "operators.sensors": "ExternalTaskSensor BaseSensorOperator TimeSensor TimeDeltaSensor",
    "operators.subdag operators.subdag_operator": "SkippedStatePropagationOptions SubDagOperator",
    "operators.trigger_dagrun operators.dagrun_operator": "TriggerDagRunOperator XCOM_LOGICAL_DATE_ISO XCOM_RUN_ID",
    "operators.weekday": "BranchDayOfWeekOperator",
    "contrib.operators.weekday": "BranchDayOfWeekOperator",
    "sensors": "BaseSensorOperator",
    "sensors.base sensors.base_sensor_operator": "BaseSensorOperator PokeReturnValue poke_mode_only",
    "sensors.bash contrib.sensors.bash_sensor": "BashSensor",
    "sensors.date_time sensors.date_time_sensor": _DATES,
    "sensors.external_task sensors.external_task_sensor": _EXTERNAL,
    "sensors.filesystem contrib.sensors.file_sensor": "FileSensor",
    "sensors.python contrib.sensors.python_sensor": "PythonSensor",
    "sensors.time_delta sensors.time_delta_sensor": _DELTAS,
    "sensors.time_sensor sensors.time": _TIMES,
    "sensors.weekday contrib.sensors.weekday_sensor": "DayOfWeekSensor",
    "contrib.hooks.fs_hook": "FSHook",
}

UTILS: dict[str, str] = {
    "utils.context": "AirflowContextDeprecationWarning ConnectionAccessor Context VariableAccessor context_merge",
    "utils.dag_cycle_tester": "check_cycle",
    "utils.dag_parsing_context": "AirflowParsingContext get_parsing_context",
    "utils.dates": "cron_presets days_ago datetime=dates:datetime timedelta=dates:timedelta timezone=timezone:",
    "utils.db": "create_session provide_session",
    "utils.decorators": "apply_defaults",
    "utils.deprecation_tools": "add_deprecated_classes",
    "utils.edgemodifier": "EdgeModifier Label",
    "utils.email": "build_mime_message get_email_address_list send_email send_email_smtp send_mime_email",
    "utils.file": "mkdirs",
    "utils.hashlib_wrapper": "md5",
    "utils.helpers": "@helpers chain cross_downstream",
    "utils.log.logging_mixin": "LoggingMixin",
    "utils.log.secrets_masker": "mask_secret redact should_hide_value_for_key",
    "utils.module_loading": "import_string iter_namespace qualname",
    "utils.operator_helpers": "AIRFLOW_VAR_NAME_FORMAT_MAPPING KeywordParameters context_to_airflow_vars determine_kwargs "
    "make_kwargs_callable",
    "utils.platform": "getuser",
    "utils.process_utils": "patch_environ",
    "utils.session": "NEW_SESSION create_session provide_session",
    "utils.state": "DagRunState IntermediateTIState State TaskInstanceState TerminalTIState",
    "utils.strings": "to_boolean",
    "utils.task_group": "MappedTaskGroup TaskGroup",
    "utils.template": "literal",
    "utils.timeout": "timeout",
    "utils.timezone": "@timezone",
    "utils.trigger_rule": "TriggerRule",
    "utils.types": "ArgNotSet DagRunTriggeredByType DagRunType NOTSET",
    "utils.weekday": "WeekDay",
    "utils.weight_rule": "WeightRule",
    "utils.xcom": "XCOM_RETURN_KEY",
    "utils.yaml": "@yaml",
}

SCHEDULES: dict[str, str] = {
    "assets": "Asset AssetAlias AssetAll AssetAny AssetWatcher BaseAsset",
    "assets.metadata datasets.metadata": "Metadata",
    "datasets": f"{_DATASETS} expand_alias_to_datasets=expand_alias_to_assets",
    "timetables.assets": "AssetOrTimeSchedule",
    "timetables.base": "DagRunInfo DataInterval TimeRestriction Timetable",
    "timetables.datasets": "DatasetOrTimeSchedule=AssetOrTimeSchedule",
    "timetables.events": "EventsTimetable",
    "timetables.interval": "CronDataIntervalTimetable DeltaDataIntervalTimetable",
    "timetables.simple": "AssetTriggeredTimetable ContinuousTimetable NullTimetable OnceTimetable "
    "DatasetTriggeredTimetable=AssetTriggeredTimetable",
    "timetables.trigger": "CronTriggerTimetable DeltaTriggerTimetable MultipleCronTriggerTimetable",
    "triggers.base": "BaseEventTrigger BaseTaskEndEvent BaseTrigger StartTriggerArgs TaskFailedEvent TaskSkippedEvent "
    "TaskSuccessEvent TriggerEvent",
    "triggers.external_task": "DagStateTrigger",
    "triggers.file": "DirectoryFileDeleteTrigger FileDeleteTrigger FileTrigger",
    "triggers.temporal": "DateTimeTrigger TimeDeltaTrigger",
}

SDK: dict[str, str] = {
    "sdk": _SDK,
    "sdk.bases.branch": "BaseBranchOperator BranchMixIn",
    "sdk.bases.decorator": "DecoratedMappedOperator=MappedOperator DecoratedOperator TaskDecorator get_unique_task_id "
    "is_async_callable task_decorator_factory",
    "sdk.bases.hook": "BaseHook",
    "sdk.bases.notifier": "BaseNotifier",
    "sdk.bases.operator": f"{_BASEOPERATOR} BaseAsyncOperator {_DEFAULTS}",
    "sdk.bases.operatorlink": "BaseOperatorLink",
    "sdk.bases.sensor": "BaseSensorOperator PokeReturnValue poke_mode_only",
    "sdk.bases.skipmixin": "SkipMixin",
    "sdk.bases.timetable": "Timetable",
    "sdk.bases.xcom": "BaseXCom",
    "sdk.configuration": "conf",
    "sdk.definitions._internal.types": "ArgNotSet NOTSET SET_DURING_EXECUTION is_arg_set",
    "sdk.definitions._internal.abstractoperator": f"AbstractOperator {_DEFAULTS}",
    "sdk.definitions._internal.templater": "literal",
    "sdk.definitions.asset": "Asset AssetAccessControl AssetAlias AssetAll AssetAny AssetNameRef AssetRef AssetUniqueKey "
    "AssetUriRef AssetWatcher BaseAsset Dataset Model",
    "sdk.definitions.asset.decorators": "asset",
    "sdk.definitions.asset.metadata": "Metadata",
    "sdk.definitions.connection": "Connection",
    "sdk.definitions.context": "Context get_current_context get_parsing_context",
    "sdk.definitions.dag": "DAG dag",
    "sdk.definitions.deadline": "AsyncCallback DeadlineAlert DeadlineReference SyncCallback",
    "sdk.definitions.decorators": "dag setup task task_group teardown",
    "sdk.definitions.edges": "EdgeModifier Label",
    "sdk.definitions.mappedoperator": "MappedOperator OperatorPartial",
    "sdk.definitions.param": "DagParam Param ParamsDict",
    "sdk.definitions.retry_policy": "ExceptionRetryPolicy RetryAction RetryDecision RetryPolicy RetryRule",
    "sdk.definitions.taskgroup": "MappedTaskGroup TaskGroup",
    "sdk.definitions.template": "literal",
    "sdk.definitions.variable": "Variable",
    "sdk.definitions.xcom_arg": "MapXComArg PlainXComArg XComArg ZipXComArg",
    "sdk.exceptions": "@exceptions",
    "sdk.execution_time.context": "AIRFLOW_VAR_NAME_FORMAT_MAPPING AssetStateStoreAccessor AssetStateStoreAccessors ConnectionAccessor "
    "NEVER_EXPIRE OutletEventAccessor TaskStateStoreAccessor VariableAccessor "
    "context_to_airflow_vars set_current_context get_current_context",
    "sdk.execution_time.hitl": "HITLUser get_hitl_detail_content_detail update_hitl_detail_response upsert_hitl_detail",
    "sdk.execution_time.secrets_masker": "mask_secret redact should_hide_value_for_key",
    "sdk.execution_time.task_runner": "RuntimeTaskInstance",
    "sdk.execution_time.timeout": "timeout TimeoutPosix=timeout",
    "sdk.execution_time.xcom": "BaseXCom XCom",
    "sdk.io": "ObjectStoragePath attach get_fs has_fs",
    "sdk.io.path": "ObjectStoragePath",
    "sdk.io.store": "ObjectStore attach",
    "sdk.lineage": f"{_LINEAGE} NoOpCollector=HookLineageCollector",
    "sdk.listener": "get_listener_manager hookimpl",
    "sdk.log": "mask_secret redact",
    "sdk.module_loading": "import_string iter_namespace qualname",
    "sdk.observability.stats": "Stats",
    "sdk.plugins_manager": "AirflowPlugin",
    "sdk.providers_manager_runtime": "ProvidersManagerTaskRuntime=ProvidersManager HookInfo",
    "sdk.timezone": "@timezone",
    "sdk.types": "ArgNotSet NOTSET DagRunType RuntimeTaskInstanceProtocol=TaskInstance Operator=AbstractOperator",
    "sdk.yaml": "@yaml",
}

STANDARD: dict[str, str] = {
    "providers.standard.decorators.bash": "bash_task",
    "providers.standard.decorators.branch_external_python": "branch_external_python_task",
    "providers.standard.decorators.branch_python": "branch_task",
    "providers.standard.decorators.branch_virtualenv": "branch_virtualenv_task",
    "providers.standard.decorators.external_python": "external_python_task",
    "providers.standard.decorators.python": "PythonDecoratedOperator _PythonDecoratedOperator=PythonDecoratedOperator python_task",
    "providers.standard.decorators.python_virtualenv": "virtualenv_task",
    "providers.standard.decorators.sensor": "sensor_task",
    "providers.standard.decorators.short_circuit": "short_circuit_task",
    "providers.standard.exceptions": "DuplicateStateError ExternalDagFailedError ExternalDagNotFoundError "
    "ExternalTaskFailedError ExternalTaskGroupFailedError ExternalTaskGroupNotFoundError ExternalTaskNotFoundError "
    "HITLRejectException HITLTimeoutError HITLTriggerEventError",
    "providers.standard.hooks.filesystem": "FSHook",
    "providers.standard.hooks.package_index": "PackageIndexHook",
    "providers.standard.hooks.subprocess": "SubprocessHook SubprocessResult",
    "providers.standard.operators.bash": "BashOperator",
    "providers.standard.operators.branch": "BaseBranchOperator BranchMixIn",
    "providers.standard.operators.datetime": "BranchDateTimeOperator",
    "providers.standard.operators.empty": "EmptyOperator",
    "providers.standard.operators.hitl": "ApprovalOperator HITLBranchOperator HITLEntryOperator HITLOperator",
    "providers.standard.operators.latest_only": "LatestOnlyOperator",
    "providers.standard.operators.python": _PYTHONS,
    "providers.standard.operators.trigger_dagrun": "DagIsPaused TriggerDagRunOperator XCOM_RUN_ID",
    "providers.standard.operators.weekday": "BranchDayOfWeekOperator",
    "providers.standard.sensors.bash": "BashSensor",
    "providers.standard.sensors.date_time": _DATES,
    "providers.standard.sensors.external_task": _EXTERNAL,
    "providers.standard.sensors.filesystem": "FileSensor",
    "providers.standard.sensors.python": "PythonSensor",
    "providers.standard.sensors.time": _TIMES,
    "providers.standard.sensors.time_delta": _DELTAS,
    "providers.standard.sensors.weekday": "DayOfWeekSensor",
    "providers.standard.triggers.external_task": "DagStateTrigger",
    "providers.standard.triggers.file": "DirectoryFileDeleteTrigger FileDeleteTrigger FileTrigger",
    "providers.standard.triggers.hitl": "HITLTrigger",
    "providers.standard.triggers.temporal": "DateTimeTrigger TimeDeltaTrigger",
    "providers.standard.utils.skipmixin": "SkipMixin XCOM_SKIPMIXIN_FOLLOWED XCOM_SKIPMIXIN_KEY XCOM_SKIPMIXIN_SKIPPED",
    "providers.standard.utils.weekday": "WeekDay",
}

MODULES: dict[str, str] = {
    **CORE,
    **LEGACY_OPERATORS,
    **UTILS,
    **SCHEDULES,
    **SDK,
    **STANDARD,
    **OLD,
    **REMOVED,
    **RENAMED,
}
"""All of them."""
