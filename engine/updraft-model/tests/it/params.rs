//! Parameters: which values a run has, and what is refused where the DAG is read and where a run is made.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use updraft_model::{CompatLevel, DagId, DagSpec, ParamSpec, Schedule};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("`{other}` is no object"),
    }
}

/// A DAG without a schedule whose parameters have these defaults and schemas.
fn dag(defaults: Value, schemas: Value) -> DagSpec {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    dag.params = object(defaults);
    for (name, schema) in object(schemas) {
        let schema = object(schema);
        let spec = ParamSpec {
            schema,
            ..ParamSpec::default()
        };
        dag.param_specs.insert(name, spec);
    }
    dag
}

fn scheduled(defaults: Value, schemas: Value) -> DagSpec {
    let mut dag = dag(defaults, schemas);
    dag.schedule = Schedule::Once;
    dag.start_date = Some("2024-01-01T00:00:00Z".parse().unwrap());
    dag
}

#[test]
fn a_run_has_the_defaults_with_its_conf_over_them() {
    let dag = dag(
        json!({"limit": 10, "mode": "full"}),
        json!({"limit": {"type": "integer"}}),
    );
    let with = |conf| Value::Object(dag.params_with(&object(conf)).unwrap());
    assert_eq!(with(json!({})), json!({"limit": 10, "mode": "full"}));
    assert_eq!(
        with(json!({"limit": 3, "further": [1]})),
        json!({"limit": 3, "mode": "full", "further": [1]})
    );
    assert_eq!(with(json!({"mode": null}))["mode"], Value::Null);
}

#[test]
fn values_that_do_not_fit_are_named_with_the_reason() {
    let schemas = json!({
        "limit": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["full", "changes"]},
        "day": {"type": ["string", "null"], "format": "date"},
        "tables": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "name": {"type": "string", "pattern": "^(?!tmp_)"},
    });
    let defaults = json!({"limit": 10, "mode": "full", "day": null, "tables": [], "name": "a"});
    let dag = dag(defaults, schemas);
    let refused = [
        json!({"limit": "ten"}),
        json!({"limit": 0}),
        json!({"limit": 1.5}),
        json!({"mode": "some"}),
        json!({"day": "2024-02-30"}),
        json!({"tables": [{"name": "a"}, {}]}),
        json!({"name": "tmp_a"}),
    ];
    let complaints = refused.map(|conf| dag.params_with(&object(conf)).unwrap_err().to_string());
    insta::assert_snapshot!(complaints.join("\n"));
    let fits =
        json!({"limit": 1.0, "mode": "changes", "day": "2024-02-29", "tables": [{"name": 1}], "name": "b"});
    assert!(dag.params_with(&object(fits)).is_ok());
}

#[test]
fn without_a_schedule_a_run_may_be_made_to_give_a_value() {
    let schemas = || json!({"table": {"type": "string"}, "day": {"type": "string"}});
    let dag = dag(json!({"day": null}), schemas());
    assert!(Arc::new(dag.clone()).validate().is_ok());
    let complaint = |conf| dag.params_with(&object(conf)).unwrap_err().to_string();
    insta::assert_snapshot!(complaint(json!({"day": "2024-01-01"})), @"dag `d`: param `table` has no default, so a run must give it a value in its conf");
    insta::assert_snapshot!(complaint(json!({"table": "a"})), @r#"dag `d`: param `day` does not fit its schema: null is not of type "string""#);
    assert!(
        dag.params_with(&object(json!({"day": "today", "table": "a"})))
            .is_ok()
    );
}

#[test]
fn with_a_schedule_the_defaults_must_fit() {
    let schema = || json!({"table": {"type": "string"}});
    let refused = |defaults| {
        let dag = Arc::new(scheduled(defaults, schema()));
        dag.validate().expect_err("the default does not fit").to_string()
    };
    insta::assert_snapshot!(refused(json!({})), @"dag `d`: param `table` has no default, so a run must give it a value in its conf; the dag has a schedule, and scheduled runs have the default");
    insta::assert_snapshot!(refused(json!({"table": 1})), @r#"dag `d`: param `table` does not fit its schema: 1 is not of type "string"; the dag has a schedule, and scheduled runs have the default"#);
    assert!(
        Arc::new(scheduled(json!({"table": "a"}), schema()))
            .validate()
            .is_ok()
    );
}

#[test]
fn a_schema_that_is_none_is_refused_where_the_dag_is_read() {
    let refused = |schema| {
        let dag = Arc::new(dag(json!({"x": 1}), json!({"x": schema})));
        dag.validate().expect_err("the schema is none").to_string()
    };
    let errors = [
        json!({"type": "int"}),
        json!({"properties": {"a": {"minimum": "1"}}}),
        json!({"pattern": "("}),
        json!({"$ref": "#/$defs/missing"}),
        json!({"$ref": "https://example.org/schema.json"}),
        json!({"$ref": "file:///etc/hostname"}),
    ];
    insta::assert_snapshot!(errors.map(refused).join("\n"));
}

#[test]
fn airflow_2_takes_times_without_an_offset_and_airflow_3_does_not() {
    let fits = |compat, at: &str| {
        let mut dag = dag(
            json!({}),
            json!({"at": {"type": "string", "format": "date-time"}}),
        );
        dag.compat = compat;
        dag.params_with(&object(json!({"at": at}))).is_ok()
    };
    let cases = [
        ("2024-01-12T06:00:00Z", true, true),
        ("2024-01-12T06:00:00+01:00", true, true),
        ("2024-01-12T06:00:00", true, false),
        ("2024-01-12 06:00", true, false),
        ("2024-01-12", false, false),
        ("2024-13-12T06:00:00Z", false, false),
        ("soon", false, false),
    ];
    for (at, two, three) in cases {
        assert_eq!(fits(CompatLevel::Two, at), two, "{at}");
        assert_eq!(fits(CompatLevel::Three, at), three, "{at}");
    }
}

#[test]
fn what_is_known_of_a_parameter_is_part_of_the_document() {
    let mut dag = dag(json!({"limit": 10}), json!({"limit": {"type": "integer"}}));
    let table = ParamSpec {
        description: Some("what is loaded".to_owned()),
        ..ParamSpec::default()
    };
    dag.param_specs.insert("table".to_owned(), table);
    let document = serde_json::to_value(&dag).unwrap();
    assert_eq!(
        document["param_specs"],
        json!({"limit": {"schema": {"type": "integer"}}, "table": {"description": "what is loaded"}})
    );
    assert_eq!(serde_json::from_value::<DagSpec>(document).unwrap(), dag);
}
