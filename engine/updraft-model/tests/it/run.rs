//! How runs are named.

use jiff::Timestamp;
use updraft_model::{RunType, isoformat};

#[test]
fn run_ids_are_airflows() {
    let at: Timestamp = "2024-01-12T00:00:00Z".parse().unwrap();
    assert_eq!(
        RunType::Scheduled.run_id(at).as_str(),
        "scheduled__2024-01-12T00:00:00+00:00"
    );
    let at: Timestamp = "2024-01-12T06:07:08.000123Z".parse().unwrap();
    assert_eq!(
        RunType::Manual.run_id(at).as_str(),
        "manual__2024-01-12T06:07:08.000123+00:00"
    );
}

#[test]
fn nanoseconds_are_not_written() {
    let at: Timestamp = "2024-01-12T00:00:00.000000999Z".parse().unwrap();
    assert_eq!(isoformat(at), "2024-01-12T00:00:00+00:00");
}

#[test]
fn run_types_come_back_from_their_text() {
    for run_type in RunType::ALL {
        assert_eq!(run_type.as_str().parse(), Ok(run_type));
        assert_eq!(serde_json::to_value(run_type).unwrap(), run_type.as_str());
    }
    assert!("backfilled".parse::<RunType>().is_err());
}
