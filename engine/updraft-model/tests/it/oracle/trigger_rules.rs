//! Which trigger rule decides what: `trigger_rules.json`.

use serde::Deserialize;
use updraft_model::{TaskInstanceState, TriggerDecision, TriggerRule, UpstreamCounts, evaluate};

use super::{Comparison, read};

#[derive(Deserialize)]
struct Recording {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    rule: TriggerRule,
    upstream: Vec<TaskInstanceState>,
    /// Whether each upstream is a setup task; absent: none is.
    upstream_is_setup: Option<Vec<bool>>,
    result: String,
}

#[test]
fn trigger_rules_decide_as_the_oracle_says() {
    let mut comparison = Comparison::of("trigger_rules.json");
    for row in read::<Recording>("trigger_rules.json").rows {
        let setups = row
            .upstream_is_setup
            .unwrap_or_else(|| vec![false; row.upstream.len()]);
        let mut counts = UpstreamCounts::NONE;
        for (state, is_setup) in row.upstream.iter().zip(&setups) {
            counts.expect(*is_setup);
            counts.record(*state, *is_setup);
        }
        let ours = match evaluate(row.rule, &counts) {
            TriggerDecision::Run => "run",
            TriggerDecision::Wait => "wait",
            TriggerDecision::Skipped => "skipped",
            TriggerDecision::UpstreamFailed => "upstream_failed",
        };
        let name = format!("{} {:?} setups {setups:?}", row.rule, row.upstream);
        comparison.row(name, &row.result.as_str(), &ours);
    }
    comparison.finish();
}
