//! The messages of Airflow's supervisor schema.

/// Property names per message in the supervisor schema of 2026-10-30, required ones marked with `*`. `dag_run` and
/// the like are checked on their own.
pub(crate) const SCHEMA: [(&str, &str); 82] = [
    (
        "SucceedTask",
        "state end_date* task_outlets outlet_events rendered_map_index type",
    ),
    (
        "RetryTask",
        "state end_date* rendered_map_index retry_delay_seconds retry_reason type",
    ),
    ("TaskState", "state* end_date rendered_map_index type"),
    ("RescheduleTask", "state reschedule_date* end_date* type"),
    (
        "DeferTask",
        "state classpath* trigger_kwargs trigger_timeout queue next_method* next_kwargs rendered_map_index type",
    ),
    ("SkipDownstreamTasks", "tasks* type"),
    (
        "GetXCom",
        "key* dag_id* run_id* task_id* map_index include_prior_dates type",
    ),
    (
        "SetXCom",
        "key* value* dag_id* run_id* task_id* map_index dag_result mapped_length type",
    ),
    ("DeleteXCom", "key* dag_id* run_id* task_id* map_index type"),
    ("GetXComCount", "key* dag_id* run_id* task_id* type"),
    ("XComCountResponse", "len* type"),
    (
        "GetXComSequenceItem",
        "key* dag_id* run_id* task_id* offset* type",
    ),
    ("XComSequenceIndexResult", "root* type"),
    (
        "GetXComSequenceSlice",
        "key* dag_id* run_id* task_id* start* stop* step* include_prior_dates type",
    ),
    ("XComSequenceSliceResult", "root* type"),
    ("SetRenderedMapIndex", "rendered_map_index* type"),
    ("GetVariable", "key* type"),
    ("PutVariable", "key* value* description* type"),
    ("DeleteVariable", "key* type"),
    ("GetConnection", "conn_id* type"),
    ("MaskSecret", "value* name type"),
    (
        "DagFileParsingResult",
        "fileloc* serialized_dags* warnings import_errors type",
    ),
    (
        "StartupDetails",
        "ti* dag_rel_path* bundle_info* start_date* ti_context* sentry_integration* type",
    ),
    (
        "DagFileParseRequest",
        "file* bundle_path* bundle_name* callback_requests type",
    ),
    ("XComResult", "key* value* type"),
    ("VariableResult", "key* value* type"),
    (
        "ConnectionResult",
        "conn_id* conn_type* host* schema* login* password* port* extra* type",
    ),
    (
        "TriggerDagRun",
        "dag_id* run_id* logical_date run_after conf reset_dag_run partition_key note type",
    ),
    ("SetRenderedFields", "rendered_fields* type"),
    ("GetDag", "dag_id* type"),
    ("GetDagRun", "dag_id* run_id* type"),
    ("GetDagRunState", "dag_id* run_id* type"),
    ("GetPreviousDagRun", "dag_id* logical_date* state type"),
    ("GetPrevSuccessfulDagRun", "ti_id* type"),
    (
        "GetPreviousTI",
        "dag_id* task_id* logical_date map_index state type",
    ),
    ("GetDRCount", "dag_id* logical_dates run_ids states type"),
    (
        "GetTICount",
        "dag_id* map_index task_ids task_group_id logical_dates run_ids states type",
    ),
    (
        "GetTaskStates",
        "dag_id* map_index task_ids task_group_id logical_dates run_ids type",
    ),
    ("GetTaskRescheduleStartDate", "ti_id* try_number type"),
    ("GetVariableKeys", "prefix limit offset type"),
    ("GetAssetByName", "name* type"),
    ("GetAssetByUri", "uri* type"),
    (
        "GetAssetEventByAsset",
        "name* uri* after before limit ascending partition_key partition_key_regexp_pattern extra type",
    ),
    ("GetAssetsByAlias", "alias_name* type"),
    (
        "GetAssetEventByAssetAlias",
        "alias_name* after before limit ascending type",
    ),
    ("ValidateInletsAndOutlets", "ti_id* type"),
    (
        "DagRunResult",
        "dag_id* run_id* logical_date* data_interval_start* data_interval_end* run_after* start_date* end_date* \
         clear_number run_type* state* conf triggering_user_name consumed_asset_events* partition_key* \
         partition_date note team_name type",
    ),
    (
        "DagResult",
        "dag_id* is_paused* bundle_name* bundle_version* relative_fileloc* owners* tags* next_dagrun* type",
    ),
    ("DagRunStateResult", "state* type"),
    ("PreviousDagRunResult", "dag_run type"),
    (
        "PrevSuccessfulDagRunResult",
        "data_interval_start data_interval_end start_date end_date type",
    ),
    ("PreviousTIResult", "task_instance type"),
    ("DRCount", "count* type"),
    ("TICount", "count* type"),
    ("TaskStatesResult", "task_states* type"),
    ("TaskRescheduleStartDate", "start_date* type"),
    ("VariableKeysResult", "keys* total_entries* type"),
    ("AssetResult", "name* uri* group* extra type"),
    ("AssetEventsResult", "asset_events* type"),
    ("AssetsByAliasResult", "assets* type"),
    ("InactiveAssetsResult", "inactive_assets type"),
    ("GetTaskStateStore", "ti_id* key* type"),
    ("SetTaskStateStore", "ti_id* key* value* expires_at* type"),
    ("DeleteTaskStateStore", "ti_id* key* type"),
    ("ClearTaskStateStore", "ti_id* type"),
    ("GetAssetStateStoreByName", "name* key* type"),
    ("GetAssetStateStoreByUri", "uri* key* type"),
    ("SetAssetStateStoreByName", "name* key* value* type"),
    ("SetAssetStateStoreByUri", "uri* key* value* type"),
    ("DeleteAssetStateStoreByName", "name* key* type"),
    ("DeleteAssetStateStoreByUri", "uri* key* type"),
    ("ClearAssetStateStoreByName", "name* type"),
    ("ClearAssetStateStoreByUri", "uri* type"),
    ("TaskStateStoreResult", "value* type"),
    ("AssetStateStoreResult", "value* type"),
    (
        "CreateHITLDetailPayload",
        "ti_id* options* subject* body defaults multiple params assigned_users type",
    ),
    ("UpdateHITLDetail", "ti_id* chosen_options* params_input type"),
    ("GetHITLDetailResponse", "ti_id* type"),
    (
        "HITLDetailResponse",
        "response_received* responded_by_user responded_at* chosen_options* params_input type",
    ),
    ("OKResponse", "ok* type"),
    ("ErrorResponse", "error detail type"),
    (
        "ti",
        "id* task_id* dag_id* run_id* try_number* dag_version_id* map_index hostname context_carrier queue",
    ),
];
