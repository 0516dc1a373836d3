//! The shapes of messages: exactly the names that Airflow's supervisor schema has.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{
    AttemptId, DagId, DagRunState, DagSpec, DagVersionId, DataInterval, HitlUser, MapIndex, RunId, RunType,
    TaskEnd, TaskEndState, TaskId, TaskInstanceState, TimeRestriction, ToldRun,
};
use updraft_protocol::frame::{FrameDecoder, Reply, encode_reply, encode_request};
use updraft_protocol::message::*;
use uuid::Uuid;

use crate::schema::SCHEMA;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_705_039_200 + second).unwrap()
}

fn startup() -> StartupDetails {
    StartupDetails {
        ti: TaskInstance {
            id: AttemptId(Uuid::from_u128(1)),
            task_id: "sync".parse().unwrap(),
            dag_id: "etl".parse().unwrap(),
            run_id: "manual__2024-01-12T06:00:00+00:00".parse().unwrap(),
            try_number: 1,
            dag_version_id: DagVersionId(Uuid::from_u128(2)),
            map_index: MapIndex::UNMAPPED,
            hostname: Some("host".to_owned()),
            queue: "default".to_owned(),
        },
        dag_rel_path: "referral.bundle.toml".to_owned(),
        bundle_info: BundleInfo {
            name: "referral".to_owned(),
            version: None,
        },
        start_date: at(1),
        ti_context: TiRunContext {
            dag_run: DagRun {
                dag_id: "etl".parse().unwrap(),
                run_id: "manual__2024-01-12T06:00:00+00:00".parse().unwrap(),
                logical_date: Some(at(0)),
                data_interval_start: Some(at(-21600)),
                data_interval_end: Some(at(0)),
                run_after: at(0),
                start_date: Some(at(1)),
                end_date: None,
                clear_number: 0,
                run_type: RunType::Manual,
                state: DagRunState::Running,
                conf: Some(Map::from_iter([("limit".to_owned(), json!(10))])),
                triggering_user_name: None,
                consumed_asset_events: Vec::new(),
                partition_key: None,
            },
            task_reschedule_count: 0,
            max_tries: 3,
            xcom_keys_to_clear: Vec::new(),
            should_retry: true,
            next_method: None,
            next_kwargs: None,
            dag_run_conf_overrides_params: true,
            map_lengths: std::collections::BTreeMap::new(),
            start_date: None,
        },
        sentry_integration: String::new(),
        callback: None,
    }
}

fn from_tasks() -> Vec<ToSupervisor> {
    [
        ends(),
        xcoms(),
        mapping(),
        secrets(),
        descriptions(),
        runs(),
        state_stores(),
        questions(),
        counts(),
        assets(),
        triggers(),
    ]
    .concat()
}

fn ends() -> Vec<ToSupervisor> {
    vec![
        ToSupervisor::SucceedTask(SucceedTask::at(at(2))),
        ToSupervisor::RetryTask(RetryTask::at(at(2), "service down".to_owned())),
        ToSupervisor::RescheduleTask(RescheduleTask {
            state: UpForReschedule::UpForReschedule,
            reschedule_date: at(60),
            end_date: at(2),
        }),
        ToSupervisor::DeferTask(DeferTask {
            state: Deferred::Deferred,
            classpath: "airflow.triggers.temporal.DateTimeTrigger".to_owned(),
            trigger_kwargs: Map::from_iter([("moment".to_owned(), json!("2024-01-12T06:00:00+00:00"))]),
            trigger_timeout: Some(Duration::from_millis(90_500)),
            next_method: "execute_complete".to_owned(),
            next_kwargs: Map::new(),
        }),
        ToSupervisor::TaskState(TaskState {
            state: EndedState::Skipped,
            end_date: Some(at(2)),
            reason: None,
        }),
        ToSupervisor::SkipDownstreamTasks(SkipDownstreamTasks {
            tasks: vec![
                SkippedTask::from("after".parse::<TaskId>().unwrap()),
                SkippedTask {
                    task_id: "mapped".parse().unwrap(),
                    map_index: MapIndex(3),
                },
            ],
        }),
    ]
}

fn xcoms() -> Vec<ToSupervisor> {
    let (dag_id, run_id, task_id) = ("d".parse().unwrap(), "r".parse().unwrap(), "t".parse().unwrap());
    let key = "return_value".to_owned();
    vec![
        ToSupervisor::GetXCom(GetXCom {
            key: key.clone(),
            dag_id,
            run_id,
            task_id,
            map_index: None,
            include_prior_dates: false,
        }),
        ToSupervisor::SetXCom(SetXCom {
            key: key.clone(),
            value: json!({"rows": 3, "rate": 0.5}),
            dag_id: "d".parse().unwrap(),
            run_id: "r".parse().unwrap(),
            task_id: "t".parse().unwrap(),
            map_index: Some(MapIndex::UNMAPPED),
            mapped_length: None,
        }),
        ToSupervisor::DeleteXCom(DeleteXCom {
            key,
            dag_id: "d".parse().unwrap(),
            run_id: "r".parse().unwrap(),
            task_id: "t".parse().unwrap(),
            map_index: None,
        }),
    ]
}

fn mapping() -> Vec<ToSupervisor> {
    let (dag_id, run_id, task_id) = ("d".parse().unwrap(), "r".parse().unwrap(), "t".parse().unwrap());
    let count = GetXComCount {
        key: "return_value".to_owned(),
        dag_id,
        run_id,
        task_id,
    };
    let GetXComCount {
        key,
        dag_id,
        run_id,
        task_id,
    } = count.clone();
    vec![
        ToSupervisor::GetXComSequenceItem(GetXComSequenceItem {
            key: key.clone(),
            dag_id: dag_id.clone(),
            run_id: run_id.clone(),
            task_id: task_id.clone(),
            offset: -1,
        }),
        ToSupervisor::GetXComSequenceSlice(GetXComSequenceSlice {
            key: key.clone(),
            dag_id: dag_id.clone(),
            run_id: run_id.clone(),
            task_id: task_id.clone(),
            start: Some(0),
            stop: Some(100),
            step: None,
        }),
        ToSupervisor::UpdraftGetXComItem(UpdraftGetXComItem {
            key,
            dag_id,
            run_id,
            task_id,
            offset: 7,
        }),
        ToSupervisor::GetXComCount(count),
        ToSupervisor::SetRenderedMapIndex(SetRenderedMapIndex {
            rendered_map_index: "Berlin".to_owned(),
        }),
    ]
}

fn secrets() -> Vec<ToSupervisor> {
    vec![
        ToSupervisor::GetVariable(GetVariable { key: "v".to_owned() }),
        ToSupervisor::PutVariable(PutVariable {
            key: "v".to_owned(),
            value: Some("1".to_owned()),
            description: None,
        }),
        ToSupervisor::DeleteVariable(DeleteVariable { key: "v".to_owned() }),
        ToSupervisor::GetConnection(GetConnection {
            conn_id: "c".to_owned(),
        }),
        ToSupervisor::MaskSecret(MaskSecret {
            value: json!("secret"),
            name: None,
        }),
    ]
}

fn descriptions() -> Vec<ToSupervisor> {
    vec![
        ToSupervisor::DagFileParsingResult(Box::new(DagFileParsingResult {
            fileloc: "x.bundle.toml".to_owned(),
            serialized_dags: vec![SerializedDag {
                data: DagSpec::new("etl".parse().unwrap()),
            }],
            warnings: None,
            import_errors: None,
            updraft_failed_dags: None,
            updraft_reads: None,
        })),
        ToSupervisor::UpdraftLog(UpdraftLog {
            lines: vec![LogLine {
                timestamp: at(1),
                level: LogLevel::Info,
                logger: "etl::sync".to_owned(),
                file: Some("src/sync.rs".to_owned()),
                line: Some(12),
                event: "page done".to_owned(),
                fields: Map::from_iter([("page".to_owned(), json!(3))]),
            }],
        }),
        ToSupervisor::UpdraftProgress(UpdraftProgress {
            done: 1,
            total: Some(10),
            message: None,
        }),
        ToSupervisor::UpdraftTimetableResult(UpdraftTimetableResult::Runs {
            runs: vec![ToldRun {
                data_interval: interval(),
                run_after: at(9),
                run_id: None,
            }],
        }),
        ToSupervisor::UpdraftTimetableResult(UpdraftTimetableResult::Failed {
            message: "no calendar".to_owned(),
        }),
    ]
}

fn state_stores() -> Vec<ToSupervisor> {
    let ti_id = AttemptId(Uuid::from_u128(1));
    vec![
        ToSupervisor::GetTaskStateStore(GetTaskStateStore {
            ti_id,
            key: "k".to_owned(),
        }),
        ToSupervisor::SetTaskStateStore(SetTaskStateStore {
            ti_id,
            key: "k".to_owned(),
            value: json!({"n": [1]}),
            expires_at: Some(at(5)),
        }),
        ToSupervisor::DeleteTaskStateStore(DeleteTaskStateStore {
            ti_id,
            key: "k".to_owned(),
        }),
        ToSupervisor::ClearTaskStateStore(ClearTaskStateStore { ti_id }),
        ToSupervisor::GetAssetStateStoreByName(GetAssetStateStoreByName {
            name: "orders".to_owned(),
            key: "k".to_owned(),
        }),
        ToSupervisor::GetAssetStateStoreByUri(GetAssetStateStoreByUri {
            uri: "s3://orders".to_owned(),
            key: "k".to_owned(),
        }),
        ToSupervisor::SetAssetStateStoreByName(SetAssetStateStoreByName {
            name: "orders".to_owned(),
            key: "k".to_owned(),
            value: json!({"n": [1]}),
        }),
        ToSupervisor::SetAssetStateStoreByUri(SetAssetStateStoreByUri {
            uri: "s3://orders".to_owned(),
            key: "k".to_owned(),
            value: json!({"n": [1]}),
        }),
        ToSupervisor::DeleteAssetStateStoreByName(DeleteAssetStateStoreByName {
            name: "orders".to_owned(),
            key: "k".to_owned(),
        }),
        ToSupervisor::DeleteAssetStateStoreByUri(DeleteAssetStateStoreByUri {
            uri: "s3://orders".to_owned(),
            key: "k".to_owned(),
        }),
        ToSupervisor::ClearAssetStateStoreByName(ClearAssetStateStoreByName {
            name: "orders".to_owned(),
        }),
        ToSupervisor::ClearAssetStateStoreByUri(ClearAssetStateStoreByUri {
            uri: "s3://orders".to_owned(),
        }),
    ]
}

fn questions() -> Vec<ToSupervisor> {
    let ti_id = AttemptId(Uuid::from_u128(1));
    vec![
        ToSupervisor::CreateHitlDetailPayload(CreateHitlDetailPayload {
            ti_id,
            options: vec!["yes".to_owned(), "no".to_owned()],
            subject: "Go on?".to_owned(),
            body: Some("It is late.".to_owned()),
            defaults: Some(vec!["no".to_owned()]),
            multiple: Some(false),
            params: Some(Map::from_iter([("why".to_owned(), json!({ "value": "" }))])),
            assigned_users: Some(vec![HitlUser {
                id: "1".to_owned(),
                name: "ann".to_owned(),
            }]),
        }),
        ToSupervisor::UpdateHitlDetail(UpdateHitlDetail {
            ti_id,
            chosen_options: vec!["no".to_owned()],
            params_input: Some(Map::new()),
        }),
        ToSupervisor::GetHitlDetailResponse(GetHitlDetailResponse { ti_id }),
    ]
}

fn run_ids() -> (DagId, RunId) {
    ("d".parse().unwrap(), "r".parse().unwrap())
}

fn runs() -> Vec<ToSupervisor> {
    let (dag_id, run_id) = run_ids();
    let ti_id = AttemptId(Uuid::from_u128(1));
    let trigger = TriggerDagRun {
        logical_date: Some(at(5)),
        run_after: Some(at(6)),
        conf: Some(Map::from_iter([("limit".to_owned(), json!(3))])),
        reset_dag_run: true,
        note: Some("again".to_owned()),
        ..TriggerDagRun::new(dag_id.clone(), run_id.clone())
    };
    vec![
        ToSupervisor::TriggerDagRun(trigger),
        ToSupervisor::SetRenderedFields(SetRenderedFields {
            rendered_fields: Map::from_iter([("bash_command".to_owned(), json!("echo 1"))]),
        }),
        ToSupervisor::GetDagRun(GetDagRun {
            dag_id: dag_id.clone(),
            run_id: run_id.clone(),
        }),
        ToSupervisor::GetDag(GetDag {
            dag_id: dag_id.clone(),
        }),
        ToSupervisor::GetDagRunState(GetDagRunState {
            dag_id: dag_id.clone(),
            run_id: run_id.clone(),
        }),
        ToSupervisor::GetPreviousDagRun(GetPreviousDagRun {
            dag_id: dag_id.clone(),
            logical_date: at(5),
            state: Some(DagRunState::Success),
        }),
        ToSupervisor::GetPrevSuccessfulDagRun(GetPrevSuccessfulDagRun { ti_id }),
        ToSupervisor::GetPreviousTi(GetPreviousTi {
            dag_id: dag_id.clone(),
            task_id: "t".parse().unwrap(),
            logical_date: Some(at(5)),
            map_index: MapIndex(3),
            state: None,
        }),
        ToSupervisor::GetTaskRescheduleStartDate(GetTaskRescheduleStartDate { ti_id, try_number: 2 }),
        ToSupervisor::UpdraftGetNewestXCom(UpdraftGetNewestXCom {
            key: "return_value".to_owned(),
            dag_id,
            run_id,
        }),
        ToSupervisor::GetVariableKeys(GetVariableKeys {
            prefix: Some("etl_".to_owned()),
            limit: 10,
            offset: 0,
        }),
    ]
}

fn counts() -> Vec<ToSupervisor> {
    let (dag_id, run_id) = run_ids();
    vec![
        ToSupervisor::GetDrCount(GetDrCount {
            dag_id: dag_id.clone(),
            logical_dates: Some(vec![Moment(at(5))]),
            run_ids: None,
            states: Some(vec!["success".to_owned()]),
        }),
        ToSupervisor::GetTiCount(GetTiCount {
            dag_id: dag_id.clone(),
            map_index: Some(MapIndex(3)),
            task_ids: Some(vec!["t".parse().unwrap()]),
            task_group_id: None,
            logical_dates: None,
            run_ids: Some(vec![run_id.clone()]),
            states: Some(vec!["null".to_owned()]),
        }),
        ToSupervisor::GetTaskStates(GetTaskStates {
            dag_id,
            map_index: None,
            task_ids: None,
            task_group_id: Some("g".parse().unwrap()),
            logical_dates: None,
            run_ids: Some(vec![run_id]),
        }),
    ]
}

fn assets() -> Vec<ToSupervisor> {
    let ti_id = AttemptId(Uuid::from_u128(1));
    vec![
        ToSupervisor::GetAssetByName(GetAssetByName { name: "a".to_owned() }),
        ToSupervisor::GetAssetByUri(GetAssetByUri {
            uri: "s3://a".to_owned(),
        }),
        ToSupervisor::GetAssetEventByAsset(GetAssetEventByAsset {
            name: Some("a".to_owned()),
            uri: None,
            after: Some(at(1)),
            before: None,
            limit: Some(10),
            ascending: false,
        }),
        ToSupervisor::GetAssetsByAlias(GetAssetsByAlias {
            alias_name: "all".to_owned(),
        }),
        ToSupervisor::GetAssetEventByAssetAlias(GetAssetEventByAssetAlias {
            alias_name: "all".to_owned(),
            after: None,
            before: Some(at(2)),
            limit: None,
            ascending: true,
        }),
        ToSupervisor::ValidateInletsAndOutlets(ValidateInletsAndOutlets { ti_id }),
    ]
}

fn answers_about_runs() -> Vec<ToTask> {
    let (dag_id, run_id) = run_ids();
    let task_id: TaskId = "t".parse().unwrap();
    let run = || Box::new(startup().ti_context.dag_run);
    let states = [
        ("t".to_owned(), Some(TaskInstanceState::Success)),
        ("m_0".to_owned(), None),
    ];
    vec![
        ToTask::DagRunResult(run()),
        ToTask::DagResult(DagResult {
            dag_id: "etl".parse().unwrap(),
            is_paused: true,
            bundle_name: Some("dags-folder".to_owned()),
            bundle_version: None,
            relative_fileloc: Some("etl.py".to_owned()),
            owners: Some("ann, bob".to_owned()),
            tags: vec!["sales".to_owned()],
            next_dagrun: Some(at(1)),
        }),
        ToTask::DagRunStateResult(DagRunStateResult {
            state: DagRunState::Queued,
        }),
        ToTask::PreviousDagRunResult(PreviousDagRunResult { dag_run: Some(run()) }),
        ToTask::PrevSuccessfulDagRunResult(PrevSuccessfulDagRunResult {
            data_interval_start: Some(at(0)),
            data_interval_end: Some(at(8)),
            start_date: Some(at(9)),
            end_date: None,
        }),
        ToTask::PreviousTiResult(PreviousTiResult {
            task_instance: Some(PreviousTi {
                task_id: task_id.clone(),
                dag_id: dag_id.clone(),
                run_id: run_id.clone(),
                logical_date: Some(at(0)),
                start_date: Some(at(9)),
                end_date: Some(at(11)),
                state: Some(TaskInstanceState::Success),
                try_number: 1,
                map_index: MapIndex::UNMAPPED,
                duration: Some(2.5),
            }),
        }),
        ToTask::DrCount(DrCount { count: 2 }),
        ToTask::TiCount(TiCount { count: 3 }),
        ToTask::TaskStatesResult(TaskStatesResult {
            task_states: [(run_id.clone(), states.into_iter().collect())].into(),
        }),
        ToTask::TaskRescheduleStartDate(TaskRescheduleStartDate {
            start_date: Some(at(7)),
        }),
        ToTask::HitlDetailResponse(HitlDetailResponse {
            response_received: true,
            responded_by_user: None,
            responded_at: Some(at(5)),
            chosen_options: Some(vec!["no".to_owned()]),
            params_input: Map::new(),
        }),
        ToTask::TaskStateStoreResult(TaskStateStoreResult { value: json!([1]) }),
        ToTask::AssetStateStoreResult(AssetStateStoreResult { value: json!("x") }),
        ToTask::VariableKeysResult(VariableKeysResult {
            keys: vec!["etl_limit".to_owned()],
            total_entries: 1,
        }),
    ]
}

fn answers_about_assets() -> Vec<ToTask> {
    let (dag_id, run_id) = run_ids();
    let task_id: TaskId = "t".parse().unwrap();
    let asset = AssetResult {
        name: "a".to_owned(),
        uri: "s3://a".to_owned(),
        group: "asset".to_owned(),
        extra: Some(Map::new()),
    };
    vec![
        ToTask::AssetResult(asset.clone()),
        ToTask::AssetEventsResult(AssetEventsResult {
            asset_events: vec![AssetEvent {
                id: 7,
                timestamp: at(3),
                extra: Some(Map::from_iter([("rows".to_owned(), json!(3))])),
                asset,
                created_dagruns: vec![CausedRun {
                    run_id: run_id.clone(),
                    dag_id: dag_id.clone(),
                    logical_date: None,
                    start_date: Some(at(4)),
                    end_date: None,
                    state: DagRunState::Running,
                    data_interval_start: None,
                    data_interval_end: None,
                    partition_key: None,
                }],
                source_task_id: Some(task_id),
                source_dag_id: Some(dag_id),
                source_run_id: Some(run_id),
                source_map_index: Some(MapIndex::UNMAPPED),
            }],
        }),
        ToTask::InactiveAssetsResult(InactiveAssetsResult {
            inactive_assets: Some(vec![AssetProfile::new("a", "s3://a")]),
        }),
    ]
}

fn interval() -> DataInterval {
    DataInterval {
        start: at(0),
        end: at(8),
    }
}

fn asked(question: TimetableAsk) -> ToTask {
    ToTask::UpdraftTimetableRequest(Box::new(UpdraftTimetableRequest {
        dag_id: "etl".parse().unwrap(),
        class_path: "bundle::AfterWorkday".to_owned(),
        parameters: Map::from_iter([("holidays".to_owned(), json!(["2024-01-01"]))]),
        now: at(5),
        question,
    }))
}

fn triggers() -> Vec<ToSupervisor> {
    let line = LogLine {
        timestamp: at(3),
        level: LogLevel::Info,
        logger: "company.triggers".to_owned(),
        file: None,
        line: None,
        event: "asked again".to_owned(),
        fields: Map::new(),
    };
    let end = TaskEnd {
        state: TaskEndState::Skipped,
        xcoms: Map::from_iter([("rows".to_owned(), json!(3))]),
    };
    let news = [
        UpdraftTriggerer::Ready { pid: 77, mark: 5 },
        UpdraftTriggerer::Beat { running: 2 },
        UpdraftTriggerer::Event {
            trigger: 1,
            payload: json!({"status": "shipped"}),
        },
        UpdraftTriggerer::TaskEnd { trigger: 1, end },
        UpdraftTriggerer::Failed {
            trigger: 1,
            error: "ValueError: no".to_owned(),
        },
        UpdraftTriggerer::Over { trigger: 1 },
        UpdraftTriggerer::Blocks {
            trigger: 1,
            seconds: 0.25,
            stack: "line 3, in run".to_owned(),
        },
        UpdraftTriggerer::Log {
            trigger: 1,
            lines: vec![line],
        },
    ];
    let ask = UpdraftTriggerAsk {
        trigger: 1,
        request: Box::new(ToSupervisor::GetVariable(GetVariable { key: "v".to_owned() })),
    };
    let news = news.map(|news| ToSupervisor::UpdraftTriggerer(Box::new(news)));
    news.into_iter()
        .chain([ToSupervisor::UpdraftTriggerAsk(ask)])
        .collect()
}

fn to_tasks() -> Vec<ToTask> {
    [orders(), answers(), answers_about_runs(), answers_about_assets()].concat()
}

fn orders() -> Vec<ToTask> {
    vec![
        ToTask::UpdraftRunTrigger(Box::new(UpdraftRunTrigger {
            trigger: 1,
            classpath: "company.triggers.OrderShipped".to_owned(),
            kwargs: Map::from_iter([("order".to_owned(), json!(7))]),
            dag_id: "d".parse().unwrap(),
            task_id: "t".parse().unwrap(),
            run_id: "r".parse().unwrap(),
            map_index: MapIndex::UNMAPPED,
            try_number: 1,
        })),
        ToTask::UpdraftCancelTrigger(UpdraftCancelTrigger { trigger: 1 }),
        ToTask::StartupDetails(Box::new(startup())),
        ToTask::DagFileParseRequest(DagFileParseRequest {
            file: "/dags/x.bundle.toml".to_owned(),
            bundle_path: "/dags".to_owned(),
            bundle_name: "x".to_owned(),
            callback_requests: Vec::new(),
        }),
        asked(TimetableAsk::NextDagrunInfo {
            last_automated_data_interval: Some(interval()),
            restriction: TimeRestriction {
                earliest: Some(at(-60)),
                latest: None,
                catchup: true,
            },
            runs_max: 1,
            until: None,
            run_type: RunType::Scheduled,
        }),
        asked(TimetableAsk::InferManualDataInterval { run_after: at(3) }),
    ]
}

fn answers() -> Vec<ToTask> {
    vec![
        ToTask::XComResult(XComResult {
            key: "return_value".to_owned(),
            value: json!([1, 2]),
        }),
        ToTask::XComCountResponse(XComCountResponse { len: 3 }),
        ToTask::XComSequenceIndexResult(XComSequenceIndexResult { root: json!("x") }),
        ToTask::XComSequenceSliceResult(XComSequenceSliceResult {
            root: vec![json!(1), json!(null)],
        }),
        ToTask::VariableResult(VariableResult {
            key: "v".to_owned(),
            value: Some("1".to_owned()),
        }),
        ToTask::ConnectionResult(ConnectionResult {
            conn_id: "c".to_owned(),
            conn_type: "http".to_owned(),
            host: Some("localhost".to_owned()),
            schema: None,
            login: None,
            password: None,
            port: Some(8000),
            extra: None,
        }),
        ToTask::OkResponse(OkResponse { ok: true }),
    ]
}

#[test]
fn the_shapes_of_messages_are_fixed() {
    insta::assert_json_snapshot!("from_tasks", from_tasks());
    insta::assert_json_snapshot!("to_tasks", to_tasks());
    let error = ErrorResponse::new(ErrorType::XComNotFound, "there is no XCom `k`");
    insta::assert_json_snapshot!("error", error);
}

#[test]
fn the_bytes_of_frames_are_fixed() {
    let hex = |bytes: Vec<u8>| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let succeed = encode_request(5, &ToSupervisor::SucceedTask(SucceedTask::at(at(2)))).unwrap();
    let done = encode_reply(&Reply {
        id: 5,
        body: Ok(None),
    })
    .unwrap();
    let refused = encode_reply(&Reply {
        id: 6,
        body: Err(ErrorResponse::new(ErrorType::PermissionDenied, "no")),
    });
    insta::assert_snapshot!([hex(succeed), hex(done), hex(refused.unwrap())].join("\n"));
}

#[test]
fn every_message_survives_the_wire() {
    for body in from_tasks() {
        let mut decoder = FrameDecoder::new();
        decoder.push(&encode_request(1, &body).unwrap());
        assert_eq!(
            decoder
                .next_frame()
                .unwrap()
                .unwrap()
                .into_request()
                .unwrap()
                .body,
            body
        );
    }
    for body in to_tasks() {
        let reply = Reply {
            id: 0,
            body: Ok(Some(body)),
        };
        let mut decoder = FrameDecoder::new();
        decoder.push(&encode_reply(&reply).unwrap());
        assert_eq!(
            decoder.next_frame().unwrap().unwrap().into_reply().unwrap(),
            reply
        );
    }
}

fn assert_schema(kind: &str, message: &Value) {
    let Some((_, names)) = SCHEMA.iter().find(|(name, _)| *name == kind) else {
        assert!(
            kind.starts_with("Updraft"),
            "`{kind}` is neither Airflow's nor ours"
        );
        return;
    };
    let known: Vec<&str> = names.split(' ').map(|name| name.trim_end_matches('*')).collect();
    for name in message.as_object().unwrap().keys() {
        assert!(
            known.contains(&name.as_str()),
            "`{kind}.{name}` is not in the schema"
        );
    }
    for name in names.split(' ').filter_map(|name| name.strip_suffix('*')) {
        assert!(message.get(name).is_some(), "`{kind}.{name}` is missing");
    }
}

#[test]
fn field_names_are_those_of_airflows_schema() {
    let messages = from_tasks()
        .into_iter()
        .map(|body| serde_json::to_value(body).unwrap());
    let answers = to_tasks()
        .into_iter()
        .map(|body| serde_json::to_value(body).unwrap());
    for message in messages.chain(answers) {
        assert_schema(message["type"].as_str().unwrap(), &message);
    }
    assert_schema("ti", &serde_json::to_value(startup().ti).unwrap());
}
