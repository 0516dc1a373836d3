//! What the Python package prints for DAG files is what the engine reads.

use std::path::PathBuf;
use std::sync::Arc;

use updraft_model::{CompatLevel, DagSpec, Schedule};
use updraft_protocol::message::{DagFileParsingResult, ToSupervisor};

/// What `python -m updraft_airflow parse` printed for one of the files in `python/tests/dags`.
fn recorded(name: &str) -> Vec<Arc<DagSpec>> {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../python/tests/golden");
    let text = std::fs::read_to_string(golden.join(name)).unwrap();
    // The same bytes are one of the messages of a task process.
    assert!(matches!(
        serde_json::from_str(&text),
        Ok(ToSupervisor::DagFileParsingResult(_))
    ));
    let DagFileParsingResult {
        serialized_dags,
        import_errors,
        ..
    } = serde_json::from_str(&text).unwrap();
    assert_eq!(import_errors, None);
    serialized_dags
        .into_iter()
        .map(|dag| Arc::new(dag.data))
        .collect()
}

#[test]
fn python_dags_are_valid() {
    for (name, level, dags) in [
        ("two.json", CompatLevel::Two, 11),
        ("three.json", CompatLevel::Three, 5),
    ] {
        let recorded = recorded(name);
        assert_eq!(recorded.len(), dags, "{name}");
        for dag in recorded {
            assert_eq!(dag.compat, level);
            let valid = Arc::clone(&dag).validate();
            assert!(valid.is_ok(), "{name}: {:?}", valid.err());
        }
    }
}

#[test]
fn every_schedule_that_the_engine_has_comes_from_python() {
    let dags = [recorded("two.json"), recorded("three.json")].concat();
    let has = |wanted: fn(&Schedule) -> bool| assert!(dags.iter().any(|dag| wanted(&dag.schedule)));
    has(|schedule| matches!(schedule, Schedule::None));
    has(|schedule| matches!(schedule, Schedule::Once));
    has(|schedule| matches!(schedule, Schedule::Continuous));
    has(|schedule| matches!(schedule, Schedule::Cron { .. }));
    has(|schedule| matches!(schedule, Schedule::Crons { .. }));
    has(|schedule| matches!(schedule, Schedule::Delta { .. }));
    has(|schedule| matches!(schedule, Schedule::Events { .. }));
    has(|schedule| matches!(schedule, Schedule::Assets { .. }));
    has(|schedule| matches!(schedule, Schedule::AssetsOrTime { .. }));
    has(|schedule| matches!(schedule, Schedule::Custom(_)));
}
