//! What holds for every trigger rule.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use updraft_model::{TaskInstanceState, TriggerDecision, TriggerRule, UpstreamCounts, evaluate};

const ENDS: [TaskInstanceState; 4] = [
    TaskInstanceState::Success,
    TaskInstanceState::Failed,
    TaskInstanceState::UpstreamFailed,
    TaskInstanceState::Skipped,
];

fn counts(upstreams: &[(Option<TaskInstanceState>, bool)]) -> UpstreamCounts {
    let mut counts = UpstreamCounts::NONE;
    for (state, is_setup) in upstreams {
        counts.expect(*is_setup);
        if let Some(state) = state {
            counts.record(*state, *is_setup);
        }
    }
    counts
}

proptest! {
    #[test]
    fn no_rule_waits_when_all_upstreams_have_ended(
        rule in select(&TriggerRule::ALL),
        upstreams in vec((select(&ENDS).prop_map(Some), any::<bool>()), 0..20),
    ) {
        prop_assert_ne!(evaluate(rule, &counts(&upstreams)), TriggerDecision::Wait);
    }

    #[test]
    fn what_is_decided_stays_decided(
        rule in select(&TriggerRule::ALL),
        upstreams in vec((select(&ENDS).prop_map(Some), any::<bool>()), 1..20),
        ended in 0..20_usize,
    ) {
        let mut some = upstreams.clone();
        some.iter_mut().skip(ended).for_each(|(state, _)| *state = None);
        let (early, late) = (evaluate(rule, &counts(&some)), evaluate(rule, &counts(&upstreams)));
        match early {
            TriggerDecision::Wait => {}
            TriggerDecision::Run => prop_assert_eq!(late, TriggerDecision::Run),
            TriggerDecision::Skipped | TriggerDecision::UpstreamFailed => {
                prop_assert_ne!(late, TriggerDecision::Run);
            }
        }
    }

    #[test]
    fn the_order_of_upstreams_does_not_matter(
        rule in select(&TriggerRule::ALL),
        upstreams in vec((proptest::option::of(select(&ENDS)), any::<bool>()), 0..20),
    ) {
        let mut reversed = upstreams.clone();
        reversed.reverse();
        prop_assert_eq!(evaluate(rule, &counts(&upstreams)), evaluate(rule, &counts(&reversed)));
    }
}

#[test]
fn a_task_without_upstreams_runs_under_every_rule() {
    for rule in TriggerRule::ALL {
        assert_eq!(
            evaluate(rule, &UpstreamCounts::NONE),
            TriggerDecision::Run,
            "{rule}"
        );
    }
}

#[test]
fn an_upstream_that_is_under_way_counts_as_not_ended() {
    for state in TaskInstanceState::ALL
        .into_iter()
        .filter(|state| !state.is_finished())
    {
        assert_eq!(counts(&[(Some(state), false)]).unfinished(), 1, "{state}");
    }
}

#[test]
fn rules_come_back_from_their_text() {
    for rule in TriggerRule::ALL {
        assert_eq!(rule.as_str().parse(), Ok(rule));
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
    let error = "all_good".parse::<TriggerRule>().unwrap_err().to_string();
    assert!(
        error.starts_with("`all_good` is no trigger rule, known are `all_success`, `all_failed`"),
        "{error}"
    );
}
