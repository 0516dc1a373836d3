//! When schedules that are no cron expressions make runs: `schedules.json`, which `cargo xtask oracle` records.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use updraft_model::{
    Asset, AssetEventId, AssetExpression, DataInterval, QueuedAssetEvent, Schedule, ScheduleKind,
    TimeRestriction, Timetable, UpdatedAssets,
};

use super::{Comparison, read};

#[derive(Deserialize)]
struct Recording {
    runs: Vec<Table>,
    manual: Vec<Manual>,
    expressions: Vec<Condition>,
    intervals: Vec<OfEvents>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "timetable")]
enum Described {
    #[serde(rename = "DeltaDataIntervalTimetable")]
    DeltaDataInterval { seconds: u64 },
    #[serde(rename = "EventsTimetable")]
    Events {
        dates: Vec<Timestamp>,
        restrict_to_events: bool,
    },
    #[serde(rename = "OnceTimetable")]
    Once,
    #[serde(rename = "ContinuousTimetable")]
    Continuous,
}

#[derive(Deserialize)]
struct Table {
    #[serde(flatten)]
    described: Described,
    start_date: Timestamp,
    end_date: Option<Timestamp>,
    catchup: bool,
    runs: Vec<Run>,
}

/// What was made at `now`; nothing any more, without a `start`.
#[derive(Deserialize)]
struct Run {
    now: Timestamp,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    run_after: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Manual {
    #[serde(flatten)]
    described: Described,
    run_after: Timestamp,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct Condition {
    expression: Value,
    updated: Vec<String>,
    met: bool,
}

#[derive(Deserialize)]
struct OfEvents {
    events: Vec<Event>,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct Event {
    at: Timestamp,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Described {
    fn timetable(&self) -> Timetable {
        let schedule = match self {
            Self::DeltaDataInterval { seconds } => Schedule::Delta {
                delta: Duration::from_secs(*seconds),
                kind: ScheduleKind::DataInterval,
            },
            Self::Events {
                dates,
                restrict_to_events,
            } => Schedule::Events {
                dates: dates.clone(),
                restrict_to_events: *restrict_to_events,
                description: None,
            },
            Self::Once => Schedule::Once,
            Self::Continuous => Schedule::Continuous,
        };
        Timetable::compile(&schedule, "UTC", "a dag").unwrap()
    }
}

#[test]
fn runs_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("schedules.json");
    for (number, table) in read::<Recording>("schedules.json").runs.iter().enumerate() {
        let timetable = table.described.timetable();
        let restriction = TimeRestriction {
            earliest: Some(table.start_date),
            latest: table.end_date,
            catchup: table.catchup,
        };
        let mut last = None;
        for run in &table.runs {
            let recorded = run.start.zip(run.end).zip(run.run_after);
            let ours = timetable.next(last, &restriction, run.now).unwrap();
            let ours = ours.map(|ours| ((ours.data_interval.start, ours.data_interval.end), ours.run_after));
            let name = format!("run {number} {:?} at {}", table.described, run.now);
            comparison.row(name, &recorded, &ours);
            last = recorded.map(|((start, end), _)| DataInterval { start, end });
        }
    }
    comparison.finish();
}

#[test]
fn manual_data_intervals_of_schedules_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("schedules.json");
    for manual in read::<Recording>("schedules.json").manual {
        let recorded = DataInterval {
            start: manual.start,
            end: manual.end,
        };
        let ours = manual.described.timetable().manual(manual.run_after).unwrap();
        let name = format!("manual {:?} at {}", manual.described, manual.run_after);
        comparison.row(name, &recorded, &ours);
    }
    comparison.finish();
}

/// An expression as it is recorded: an address, or `all` or `any` of several.
fn expression(described: &Value) -> AssetExpression {
    if let Some(uri) = described.as_str() {
        return Asset::new(uri, uri).into();
    }
    let parts = |name: &str| {
        let parts = described[name].as_array()?;
        Some(parts.iter().map(expression).collect::<Vec<_>>())
    };
    match parts("all") {
        Some(all) => AssetExpression::all(all),
        None => AssetExpression::any(parts("any").unwrap()),
    }
}

#[test]
fn conditions_on_assets_are_met_as_the_oracle_says() {
    let mut comparison = Comparison::of("schedules.json");
    for condition in read::<Recording>("schedules.json").expressions {
        let updated = UpdatedAssets {
            uris: condition.updated.iter().cloned().collect(),
            ..UpdatedAssets::default()
        };
        let ours = expression(&condition.expression).is_met(&updated);
        let name = format!("{} with {:?}", condition.expression, condition.updated);
        comparison.row(name, &condition.met, &ours);
    }
    comparison.finish();
}

#[test]
fn data_intervals_of_events_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("schedules.json");
    for (number, of_events) in read::<Recording>("schedules.json").intervals.iter().enumerate() {
        let event = |event: &Event| QueuedAssetEvent {
            event: AssetEventId(0),
            name: "a".to_owned(),
            uri: "s3://lake/a".to_owned(),
            aliases: Vec::new(),
            counts: true,
            at: event.at,
            data_interval: event
                .start
                .zip(event.end)
                .map(|(start, end)| DataInterval { start, end }),
        };
        let events: Vec<QueuedAssetEvent> = of_events.events.iter().map(event).collect();
        let recorded = DataInterval {
            start: of_events.start,
            end: of_events.end,
        };
        let name = format!("interval {number}");
        comparison.row(
            name,
            &Some(recorded),
            &QueuedAssetEvent::data_interval_of(&events),
        );
    }
    comparison.finish();
}
