//! What is an id and what is not.

use proptest::prelude::*;
use updraft_model::{AttemptId, DagId, MapIndex, RunId, RunKey, StructureHash, TaskId};

#[test]
fn ids_take_airflows_characters_and_no_others() {
    for good in [
        "bullhorn_sync_optimized",
        "a",
        "group.task-1",
        "датасет",
        "タスク",
        "ünïcode",
        "1.2.3",
        "x²",
    ] {
        assert_eq!(DagId::parse(good).unwrap().as_str(), good);
    }
    let errors =
        ["", "a b", "a/b", "dag\n", &"x".repeat(251)].map(|bad| TaskId::parse(bad).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n").replace(&"x".repeat(251), "x..."), @r"
    task_id is empty
    task_id `a b` contains ` `, allowed are letters, digits, `_`, `-` and `.`
    task_id `a/b` contains `/`, allowed are letters, digits, `_`, `-` and `.`
    task_id `dag
    ` contains `
    `, allowed are letters, digits, `_`, `-` and `.`
    task_id `x...` has 251 characters, at most 250 are allowed
    ");
    assert!(DagId::parse(&"ü".repeat(250)).is_ok());
}

#[test]
fn run_ids_take_dates_but_no_paths() {
    for good in [
        "scheduled__2024-01-12T00:00:00+00:00",
        "manual__2024-01-12T00:00:00.123456+00:00",
        "my~run_1",
    ] {
        assert_eq!(RunId::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "a b", "../etc", "run/1", "ünï", "a%20b"] {
        assert!(RunId::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn keys_read_well() {
    let run = RunKey {
        dag_id: DagId::parse("d").unwrap(),
        run_id: RunId::parse("r").unwrap(),
    };
    let task = |index| run.task(TaskId::parse("t").unwrap(), MapIndex(index));
    assert_eq!(task(-1).to_string(), "d r t");
    assert_eq!(task(3).to_string(), "d r t[3]");
    assert_eq!(task(3).run_key(), run);
}

#[test]
fn a_wrong_id_in_a_document_is_an_error_that_says_why() {
    let error = serde_json::from_str::<DagId>("\"a b\"").unwrap_err().to_string();
    assert!(error.contains("dag_id `a b` contains ` `"), "{error}");
    assert!(serde_json::from_str::<StructureHash>("\"12\"").is_err());
}

proptest! {
    #[test]
    fn what_parses_comes_back_from_json(text in "[\\pL\\pN_.-]{1,40}") {
        if let Ok(id) = DagId::parse(&text) {
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<DagId>(&json).unwrap(), id);
        }
    }

    #[test]
    fn hashes_and_attempts_come_back_from_their_text(bytes in any::<[u8; 32]>(), number in any::<u128>()) {
        let hash = StructureHash(bytes);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        let attempt = AttemptId(uuid::Uuid::from_u128(number));
        let json = serde_json::to_string(&attempt).unwrap();
        prop_assert_eq!(serde_json::from_str::<AttemptId>(&json).unwrap(), attempt);
    }
}
