//! What programs tell of their timetables: what counts, and what makes no sense.

use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AnswerProblem, BackfillDates, BackfillError, CustomTimetable, DagId, DagSpec, DagVersionId, DataInterval,
    NextRun, ReprocessBehavior, Schedule, TimeRestriction, TimetableAnswer, TimetableQuestion, ToldRun,
    ValidDag,
};
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(number: i8) -> Timestamp {
    at(&format!("2024-01-{number:02}T00:00:00Z"))
}

fn told(start: Timestamp, end: Timestamp, run_after: Timestamp) -> ToldRun {
    ToldRun {
        data_interval: DataInterval { start, end },
        run_after,
        run_id: None,
    }
}

fn question() -> TimetableQuestion {
    TimetableQuestion {
        version: DagVersionId(Uuid::from_u128(1)),
        last: Some(DataInterval {
            start: day(4),
            end: day(5),
        }),
        last_run_after: Some(day(5)),
        restriction: TimeRestriction {
            earliest: Some(day(2)),
            latest: Some(day(20)),
            catchup: true,
        },
        failures: 0,
    }
}

fn custom() -> CustomTimetable {
    CustomTimetable::new("bundle::Moons")
}

fn dag(timetable: CustomTimetable) -> ValidDag {
    let mut spec = DagSpec::new(DagId::parse("d").unwrap());
    spec.schedule = Schedule::Custom(Box::new(timetable));
    spec.start_date = Some(day(2));
    Arc::new(spec).validate().unwrap()
}

#[test]
fn a_run_that_moves_on_counts_in_whole_microseconds() {
    let start = at("2024-01-05T00:00:00.123456789Z");
    let run = question().check(told(start, day(7), day(9))).unwrap().unwrap();
    assert_eq!(run.data_interval.start, at("2024-01-05T00:00:00.123456Z"));
    assert_eq!(run.info().logical_date, run.data_interval.start);
    assert_eq!(run.info().run_after, day(9));
    let next = question().after(&run);
    assert_eq!(
        (next.last, next.last_run_after),
        (Some(run.data_interval), Some(day(9)))
    );
}

#[test]
fn a_run_behind_the_end_date_is_none() {
    assert_eq!(question().check(told(day(21), day(22), day(22))), Ok(None));
    let last = question().check(told(day(20), day(22), day(22))).unwrap();
    assert!(last.is_some(), "the end date is the last day with a run");
}

#[test]
fn nonsense_is_refused_with_what_is_wrong() {
    let first = TimetableQuestion {
        last: None,
        last_run_after: None,
        ..question()
    };
    let early = at("-000001-01-01T00:00:00Z");
    let refused = |question: &TimetableQuestion, run| question.check(run).unwrap_err();
    assert!(matches!(
        refused(&question(), told(day(7), day(6), day(8))),
        AnswerProblem::EndsBeforeItBegins { .. }
    ));
    for start in [day(4), day(3)] {
        let problem = refused(&question(), told(start, day(6), day(8)));
        assert!(
            matches!(problem, AnswerProblem::DoesNotMoveOn { .. }),
            "{problem}"
        );
    }
    for due in [day(5), day(1)] {
        let problem = refused(&question(), told(day(5), day(6), due));
        assert!(matches!(problem, AnswerProblem::StandsStill { .. }), "{problem}");
    }
    for (start, end, due) in [
        (early, day(6), day(6)),
        (day(5), day(6), early),
        (early, early, early),
    ] {
        let problem = refused(&question(), told(start, end, due));
        assert!(matches!(problem, AnswerProblem::OutOfRange { .. }), "{problem}");
    }
    assert!(matches!(
        refused(&first, told(day(1), day(2), day(2))),
        AnswerProblem::TooEarly { .. }
    ));
    for name in ["", "with/slash\n"] {
        let run = ToldRun {
            run_id: Some(name.to_owned()),
            ..told(day(5), day(6), day(6))
        };
        assert!(matches!(refused(&question(), run), AnswerProblem::RunId(_)));
    }
}

#[test]
fn an_answer_is_written_and_read_as_it_was() {
    let run = ToldRun {
        run_id: Some("moon__1".to_owned()),
        ..told(day(5), day(6), day(7))
    };
    let run = question().check(run).unwrap().unwrap();
    let long = "x".repeat(10_000);
    for next in [
        NextRun::Run(run),
        NextRun::None { ask_again_at: day(8) },
        NextRun::failed(&long, 3, day(8)),
    ] {
        let answer = TimetableAnswer {
            version: question().version,
            last: question().last,
            last_run_after: question().last_run_after,
            at: day(6),
            next,
        };
        let text = serde_json::to_string(&answer).unwrap();
        assert!(text.len() < 2500, "problems are kept short");
        assert_eq!(serde_json::from_str::<TimetableAnswer>(&text).unwrap(), answer);
    }
}

#[test]
fn a_timetable_says_itself_what_can_be_done_with_it() {
    let moons = Schedule::Custom(Box::new(custom()));
    assert_eq!(moons.to_string(), "Moons");
    assert!(moons.can_be_scheduled() && moons.is_periodic());
    let by_hand = Schedule::Custom(Box::new(CustomTimetable {
        can_be_scheduled: false,
        periodic: false,
        ..custom()
    }));
    assert!(!by_hand.can_be_scheduled() && !by_hand.is_periodic());
}

#[test]
fn a_run_by_hand_has_the_interval_that_the_program_tells() {
    let run = dag(custom()).manual_run(Some(day(9)), day(10)).unwrap();
    let told = ToldRun {
        run_id: Some("by_hand".to_owned()),
        ..told(day(6), day(7), day(9))
    };
    let run = run.as_told(told.check().unwrap());
    assert_eq!(run.run_id.as_str(), "by_hand");
    assert_eq!(run.logical_date, Some(day(9)));
    let interval = run.data_interval.unwrap();
    assert_eq!((interval.start, interval.end), (day(6), day(7)));
    assert_eq!(run.run_after, day(9));
}

fn backfill(
    timetable: CustomTimetable,
    told: Vec<ToldRun>,
    backwards: bool,
) -> Result<Vec<Timestamp>, BackfillError> {
    let dates = BackfillDates {
        from: day(2),
        until: day(20),
        backwards,
    };
    let dag = dag(timetable);
    let asked = dag.backfill_question(question().version, &dates, ReprocessBehavior::None, day(10))?;
    let runs = dag.backfill_as_told(&dates, asked.unwrap(), told, day(10))?;
    Ok(runs.iter().map(|run| run.data_interval.start).collect())
}

#[test]
fn a_backfill_has_the_runs_that_the_program_tells_and_that_are_due() {
    let runs = || {
        vec![
            told(day(2), day(3), day(3)),
            told(day(5), day(6), day(6)),
            told(day(9), day(11), day(11)),
        ]
    };
    assert_eq!(backfill(custom(), runs(), false).unwrap(), [day(2), day(5)]);
    assert_eq!(backfill(custom(), runs(), true).unwrap(), [day(5), day(2)]);
    assert!(matches!(
        backfill(custom(), Vec::new(), false),
        Err(BackfillError::NoDates { .. })
    ));
    let stuck = vec![told(day(2), day(3), day(3)); 2];
    assert!(matches!(
        backfill(custom(), stuck, false),
        Err(BackfillError::Told { .. })
    ));
    let once = CustomTimetable {
        periodic: false,
        ..custom()
    };
    assert!(matches!(
        backfill(once, runs(), false),
        Err(BackfillError::NotPeriodic { .. })
    ));
    let dates = BackfillDates {
        from: day(2),
        until: day(20),
        backwards: false,
    };
    let unasked = dag(custom()).backfill(&dates, ReprocessBehavior::None, day(10));
    assert!(matches!(unasked, Err(BackfillError::NotAsked { .. })));
}
