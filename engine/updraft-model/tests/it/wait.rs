//! Triggers and the waits that they stand for.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_model::{Deferral, FileWait, Resumption, Trigger, Wait, WaitEnd, WaitTimes};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn trigger(classpath: &str, kwargs: Value) -> Trigger {
    serde_json::from_value(json!({"classpath": classpath, "kwargs": kwargs})).unwrap()
}

const DATE_TIME: &str = "airflow.triggers.temporal.DateTimeTrigger";
const FILE: &str = "airflow.triggers.file.FileTrigger";
const TIME_DELTA: &str = "airflow.providers.standard.triggers.temporal.TimeDeltaTrigger";

#[test]
fn times_are_read_as_airflow_writes_them() {
    let six = Ok(Wait::Until(at("2024-01-12T06:00:00Z")));
    for moment in [
        json!("2024-01-12T06:00:00+00:00"),
        json!("2024-01-12T07:00:00+01:00"),
        json!("2024-01-12 06:00:00"),
        json!({"__type": "datetime", "__var": 1_705_039_200.0}),
        json!({"__classname__": "datetime.datetime", "__version__": 1, "__data__": "2024-01-12T07:00:00+01:00"}),
        json!({"__classname__": "pendulum.datetime.DateTime", "__version__": 2, "__data__": {"timestamp": 1_705_039_200.0, "tz": "UTC"}}),
    ] {
        let kwargs = json!({"moment": moment, "end_from_trigger": false});
        assert_eq!(Wait::of(&trigger(DATE_TIME, kwargs)), six, "{moment}");
    }
    for delta in [
        json!(90),
        json!(90.0),
        json!({"__type": "timedelta", "__var": 90}),
        json!({"__classname__": "datetime.timedelta", "__version__": 1, "__data__": 90.0}),
    ] {
        let wait = Wait::of(&trigger(TIME_DELTA, json!({"delta": delta})));
        assert_eq!(wait, Ok(Wait::For(Duration::from_secs(90))), "{delta}");
    }
    let file = trigger(
        FILE,
        json!({"filepath": "/in/*.csv", "recursive": true, "poke_interval": 5.0}),
    );
    let expected = FileWait {
        filepath: "/in/*.csv".to_owned(),
        recursive: true,
        poke_interval: Duration::from_secs(5),
    };
    assert_eq!(Wait::of(&file), Ok(Wait::File(expected.clone())));
    let file = Wait::of(&Trigger::file("/in/*.csv").kwarg("recursive", true));
    let poke_interval = Duration::from_mins(1);
    assert_eq!(
        file,
        Ok(Wait::File(FileWait {
            poke_interval,
            ..expected
        }))
    );
    let hasty = Wait::of(&Trigger::file("x").kwarg("poke_interval", 0));
    assert_eq!(hasty.unwrap().poke_interval(), Some(Duration::from_millis(100)));
    let made = [
        Trigger::date_time(at("2024-01-12T06:00:00Z")),
        Trigger::time_delta(Duration::from_secs(90)),
    ];
    assert_eq!(Wait::of(&made[0]), six);
    assert_eq!(Wait::of(&made[1]), Ok(Wait::For(Duration::from_secs(90))));
}

#[test]
fn what_cannot_be_waited_for_says_why() {
    let problems = [
        (DATE_TIME, json!({})),
        (DATE_TIME, json!({"moment": "tomorrow"})),
        (DATE_TIME, json!({"moment": 1_705_039_200})),
        (
            DATE_TIME,
            json!({"moment": {"__type": "datetime", "__var": 1e300}}),
        ),
        (TIME_DELTA, json!({"delta": -1})),
        (TIME_DELTA, json!({"delta": null})),
        (FILE, json!({"filepath": ""})),
        (FILE, json!({"filepath": "/x", "recursive": "yes"})),
        (FILE, json!({"filepath": "/x", "poke_interval": "soon"})),
        ("Oracle", json!({})),
        ("company.triggers.", json!({})),
    ];
    let problems: Vec<String> = problems
        .into_iter()
        .map(|(classpath, kwargs)| Wait::of(&trigger(classpath, kwargs)).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(problems.join("\n"));
}

#[test]
fn triggers_of_other_classes_are_those_of_python() {
    let kwargs =
        json!({"at": {"__classname__": "datetime.datetime", "__version__": 1, "__data__": "2024-01-12"}});
    let wait = Wait::of(&trigger("company.triggers.Oracle", kwargs.clone())).unwrap();
    assert_eq!(wait.to_string(), "for trigger `company.triggers.Oracle`");
    let Wait::Python(python) = &wait else {
        panic!("{wait:?}")
    };
    assert_eq!(
        serde_json::to_value(&python.kwargs).unwrap(),
        kwargs,
        "as they were given"
    );
    assert!(!wait.is_timed() && wait.is_noted() && wait.poke_interval().is_none());
    let ends_the_task = json!({"moment": "2024-01-12T06:00:00+00:00", "end_from_trigger": true});
    let wait = Wait::of(&trigger(DATE_TIME, ends_the_task)).unwrap();
    assert!(matches!(wait, Wait::Python(_)), "{wait:?}");
}

#[test]
fn a_trigger_may_end_its_task() {
    let deferral = Deferral {
        trigger: Trigger::time_delta(Duration::from_secs(90)),
        next_method: "collect".to_owned(),
        next_kwargs: serde_json::Map::new(),
        timeout: None,
    };
    let end = json!({"task": {"state": "skipped", "xcoms": {"rows": 3}}});
    let goes_on = deferral.resumed_by(serde_json::from_value::<WaitEnd>(end).unwrap());
    assert_eq!(goes_on.next_method, Resumption::END);
    assert_eq!(
        json!(goes_on.next_kwargs),
        json!({"state": "skipped", "xcoms": {"rows": 3}})
    );
}

#[test]
fn of_two_times_the_earlier_one_ends_a_wait() {
    let (one, two) = (at("2024-01-12T06:00:00Z"), at("2024-01-12T07:00:00Z"));
    let times = |fires_at, times_out_at| WaitTimes {
        fires_at,
        times_out_at,
    };
    let event = || Some(WaitEnd::Event(json!("2024-01-12T06:00:00+00:00")));
    assert_eq!(times(Some(one), Some(two)).end_at(two), event());
    assert_eq!(times(Some(one), Some(one)).end_at(two), event());
    assert_eq!(times(Some(two), Some(one)).end_at(two), Some(WaitEnd::TimedOut));
    assert_eq!(times(Some(two), Some(two)).end_at(one), None);
    assert_eq!(times(None, None).end_at(Timestamp::MAX), None);
    let wait = Wait::For(Duration::MAX).times(one, Some(Duration::from_hours(1)));
    assert_eq!(wait, times(Some(Timestamp::MAX), Some(two)));
    assert_eq!(wait.next(), Some(two));
}

#[test]
fn a_task_goes_on_with_the_event_and_with_what_it_has_left() {
    let deferral = Deferral {
        trigger: Trigger::time_delta(Duration::from_secs(90)),
        next_method: "collect".to_owned(),
        next_kwargs: serde_json::from_value(json!({"job": 7})).unwrap(),
        timeout: Some(Duration::from_mins(5)),
    };
    let text = serde_json::to_string(&deferral).unwrap();
    assert_eq!(text.parse::<Deferral>().unwrap(), deferral);
    let resumption = deferral
        .clone()
        .resumed_by(WaitEnd::Event(json!({"status": "done"})));
    assert_eq!(resumption.next_method, "collect");
    assert_eq!(
        Value::Object(resumption.next_kwargs),
        json!({"job": 7, "event": {"status": "done"}})
    );
    assert_eq!(
        deferral.resumed_by(WaitEnd::TimedOut).next_method,
        Resumption::FAIL
    );
}
