"""Where the objects live that the `airflow` namespace offers: by module of `updraft_airflow`, their names."""

from __future__ import annotations

HOMES: dict[str, str] = {
    "api_details": "AccessView AssetAliasDetails AssetDetails",
    "authoring.abstract": "AbstractOperator DEFAULT_OWNER DEFAULT_POOL_SLOTS DEFAULT_PRIORITY_WEIGHT DEFAULT_QUEUE "
    "DEFAULT_RETRIES DEFAULT_RETRY_DELAY DEFAULT_TRIGGER_RULE",
    "authoring.asset_decorator": "asset AssetDefinition MultiAssetDefinition",
    "authoring.assets": "Asset AssetAccessControl AssetAlias AssetAll AssetAny AssetNameRef AssetRef AssetUniqueKey AssetUriRef "
    "AssetWatcher BaseAsset Dataset Metadata Model expand_alias_to_assets",
    "authoring.dag": "DAG",
    "authoring.dag_graph": "check_cycle",
    "authoring.deadline": "AsyncCallback DeadlineAlert DeadlineReference SyncCallback",
    "authoring.decorator": "DecoratedOperator TaskDecorator get_unique_task_id task_decorator_factory",
    "authoring.decorators": "dag setup task task_group teardown",
    "authoring.edges": "EdgeModifier Label chain chain_linear cross_downstream",
    "authoring.expand": "DictOfListsExpandInput ListOfDictsExpandInput MappedArgument",
    "authoring.mapped": "MappedOperator OperatorPartial",
    "authoring.node": "DAGNode DependencyMixin",
    "authoring.notifier": "BaseNotifier",
    "authoring.operator": "BaseAsyncOperator BaseOperator BaseOperatorLink",
    "authoring.param": "DagParam Param ParamsDict",
    "authoring.retry_policy": "ExceptionRetryPolicy RetryAction RetryDecision RetryPolicy RetryRule",
    "authoring.stack": "DagContext TaskGroupContext",
    "authoring.taskgroup": "MappedTaskGroup TaskGroup",
    "authoring.xcom_arg": "ConcatXComArg MapXComArg PlainXComArg XComArg XCOM_RETURN_KEY ZipXComArg",
    "configuration": "AirflowConfigParser conf",
    "connections.connection": "Connection",
    "connections.filesystem": "FSHook PackageIndexHook SubprocessHook SubprocessResult",
    "connections.hook": "BaseHook DiscoverableHook",
    "connections.providers": "HookInfo ProvidersManager",
    "connections.variable": "Variable",
    "exceptions": "AirflowBadRequest AirflowClusterPolicyViolation AirflowConfigException "
    "AirflowContextDeprecationWarning AirflowException AirflowFailException AirflowNotFoundException "
    "AirflowOptionalProviderFeatureException AirflowProviderDeprecationWarning AirflowRescheduleException "
    "AirflowRuntimeError AirflowSensorTimeout AirflowSkipException AirflowTaskTerminated AirflowTaskTimeout "
    "AirflowTimetableInvalid DagRunTriggerException DeserializingResultError DownstreamTasksSkipped DuplicateStateError "
    "ErrorType ExternalDagFailedError ExternalDagNotFoundError ExternalTaskFailedError ExternalTaskGroupFailedError "
    "ExternalTaskGroupNotFoundError ExternalTaskNotFoundError ParamValidationError TaskDeferralError TaskDeferralTimeout "
    "TaskDeferred XComNotFound",
    "extras": "File ResumableJobMixin Stats Table cron_presets days_ago mkdirs",
    "helpers": "iter_namespace KeywordParameters add_deprecated_classes apply_defaults at_most_one chunks convert_camel_to_snake "
    "determine_kwargs exactly_one getuser import_string is_async_callable make_kwargs_callable md5 merge_dicts partition "
    "patch_environ prune_dict qualname to_boolean validate_key",
    "lineage": "AssetLineageInfo ExtraLineageInfo HookLineage HookLineageCollector HookLineageReader LineageContext "
    "get_hook_lineage_collector",
    "log": "LoggingMixin mask_secret redact should_hide_value_for_key",
    "operators.bash": "BashOperator",
    "operators.conditions": "run_if skip_if",
    "operators.decorated": "BranchDecoratedOperator PythonDecoratedOperator ShortCircuitDecoratedOperator branch_task "
    "python_task short_circuit_task",
    "operators.decorated_bash": "BashDecoratedOperator bash_task",
    "operators.decorated_other": "branch_external_python_task branch_virtualenv_task external_python_task virtualenv_task",
    "operators.decorated_sensor": "SensorDecoratedOperator sensor_task",
    "operators.email": "EmailOperator build_mime_message get_email_address_list send_email send_email_smtp send_mime_email",
    "operators.empty": "BranchDateTimeOperator BranchDayOfWeekOperator EmptyOperator LatestOnlyOperator",
    "operators.hitl": "ApprovalOperator HITLBranchOperator HITLEntryOperator HITLOperator HITLRejectException HITLTimeoutError "
    "HITLTriggerEventError",
    "operators.other_python": "BranchExternalPythonOperator BranchPythonVirtualenvOperator ExternalPythonOperator "
    "PythonVirtualenvOperator is_venv_installed",
    "operators.python": "BranchPythonOperator PythonOperator ShortCircuitOperator",
    "operators.skip": "BaseBranchOperator BranchMixIn SkipMixin XCOM_SKIPMIXIN_FOLLOWED XCOM_SKIPMIXIN_KEY "
    "XCOM_SKIPMIXIN_SKIPPED",
    "operators.subdag": "SkippedStatePropagationOptions SubDagOperator",
    "operators.trigger_dagrun": "DagIsPaused TriggerDagRunOperator XCOM_LOGICAL_DATE_ISO XCOM_RUN_ID",
    "orm.tables": "BaseJob DagBag DagModel DagTag DagWarning DatasetEvent DatasetModel ImportError Job Log NEW_SESSION Pool "
    "RenderedTaskInstanceFields SASession SerializedDagModel Session SlaMiss TaskFail TaskReschedule Trigger "
    "clear_task_instances create_session engine provide_session trigger_dag",
    "plugins.listeners": "ListenerManager get_listener_manager hookimpl",
    "plugins.plugin": "AirflowPlugin",
    "runtime.context": "AIRFLOW_VAR_NAME_FORMAT_MAPPING AirflowParsingContext ConnectionAccessor Context VariableAccessor "
    "context_merge context_to_airflow_vars get_current_context get_parsing_context set_current_context",
    "runtime.instances": "DagRun RuntimeTaskInstance TaskInstance TaskInstanceKey",
    "runtime.outlets": "OutletEventAccessor",
    "runtime.runner": "timeout",
    "runtime.template": "literal",
    "runtime.hitl": "HITLUser get_hitl_detail_content_detail update_hitl_detail_response upsert_hitl_detail",
    "runtime.state_store": "NEVER_EXPIRE AssetStateStoreAccessor AssetStateStoreAccessors TaskStateStoreAccessor",
    "runtime.xcom": "BaseXCom LazyXComAccess LazyXComSelectSequence LazyXComSequence XCom",
    "sensors.base": "BaseSensorOperator PokeReturnValue poke_mode_only",
    "sensors.external_task": "ExternalTaskMarker ExternalTaskSensor",
    "sensors.plain": "BashSensor DateTimeSensor DateTimeSensorAsync DayOfWeekSensor FileSensor PythonSensor TimeDeltaSensor "
    "TimeDeltaSensorAsync TimeSensor TimeSensorAsync WaitSensor",
    "states": "DagRunState DagRunTriggeredByType DagRunType IntermediateTIState PriorityWeightStrategy State "
    "TaskInstanceState TerminalTIState TriggerRule WeightRule",
    "storage.filesystems": "ObjectStore attach get_fs has_fs",
    "storage.path": "ObjectStoragePath",
    "timetables.base": "DagRunInfo DataInterval TimeRestriction Timetable",
    "timetables.clock": "CronDataIntervalTimetable CronTriggerTimetable DeltaDataIntervalTimetable DeltaTriggerTimetable "
    "EventsTimetable MultipleCronTriggerTimetable",
    "timetables.other": "AssetOrTimeSchedule AssetTriggeredTimetable ContinuousTimetable NullTimetable OnceTimetable",
    "timezone": "utc utcnow",
    "triggers.base": "BaseEventTrigger BaseTaskEndEvent BaseTrigger StartTriggerArgs TaskFailedEvent TaskSkippedEvent "
    "TaskSuccessEvent TriggerEvent",
    "triggers.external_task": "DagStateTrigger",
    "triggers.file": "DirectoryFileDeleteTrigger FileDeleteTrigger FileTrigger",
    "triggers.hitl": "HITLTrigger",
    "triggers.temporal": "DateTimeTrigger TimeDeltaTrigger",
    "unset": "ArgNotSet NOTSET SET_DURING_EXECUTION is_arg_set",
    "weekday": "WeekDay",
}
