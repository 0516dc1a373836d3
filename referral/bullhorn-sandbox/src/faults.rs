//! Faults on demand: what goes wrong, on which calls, how often.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};

use crate::http::Endpoint;

/// Longest delay that a fault may cause.
const DELAY_MAX_MS: u64 = 600_000;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fault {
    /// 429, with a gateway's body.
    RateLimited {
        /// Also the `X-RateLimit-` headers; off when the rule does not say.
        #[serde(default)]
        headers: bool,
        retry_after_s: Option<u32>,
    },
    /// 500 with the text of an overloaded gateway, or with its key.
    CapacityExceeded {
        #[serde(default)]
        as_key: bool,
    },
    /// 503 as JSON.
    Unavailable,
    /// 502 as the page of a proxy.
    BadGateway,
    /// A page with status 200 where JSON belongs.
    HtmlOnOk,
    /// An `errorMessage` with status 200.
    ErrorOnOk,
    /// 400: the access token is said to be bad, although it is good.
    InvalidOauthToken,
    /// The session ends; this call is the first to notice.
    SessionKilled,
    /// The call does its work, then the answer never comes: the connection breaks after the delay.
    ReplyLost { hold_ms: u64 },
    /// 307 to another data centre.
    Redirected,
    /// Authorize redirects with `error=`.
    OauthError { error: String },
    /// The page with the terms of service.
    TermsOfService,
    /// The answer starts late.
    SlowStart { delay_ms: u64 },
    /// The body comes in this many pieces, with a delay before each.
    SlowBody { pieces: u32, delay_ms: u64 },
    /// The body ends in the middle.
    Truncated,
    /// 200 without a body.
    EmptyBody,
    /// Each `every`-th record of a search says `_error` instead of its values.
    ErrorRows { every: u32 },
    /// After the answer, records change: the next page sees others.
    MutateAfter {
        entity: String,
        #[serde(default)]
        change: u32,
        #[serde(default)]
        delete: u32,
        #[serde(default)]
        anonymise: u32,
        #[serde(default)]
        seed: u64,
    },
    /// After the answer, this many records get the same new `dateLastModified`.
    MassUpdateAfter {
        entity: String,
        count: u32,
        #[serde(default)]
        seed: u64,
    },
    /// Every event subscription is gone.
    SubscriptionsExpired,
}

impl Fault {
    /// The `kind`, as in JSON.
    pub(crate) fn name(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json.get("kind")
            .and_then(|kind| kind.as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// A fault and the calls that it strikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRule {
    pub(crate) fault: Fault,
    /// Only these calls; none: any call of Bullhorn's interface.
    pub(crate) endpoint: Option<Endpoint>,
    /// Only calls whose path and query contain this.
    pub(crate) path_contains: Option<String>,
    /// So many calls that would be struck go unharmed first.
    pub(crate) skip: Option<u32>,
    /// So many calls are struck, then the rule is gone; none: without end.
    pub(crate) times: Option<u32>,
    /// How likely each call is struck, 0 to 1; none: surely.
    pub(crate) probability: Option<f64>,
    /// Of the dice for `probability`.
    pub(crate) seed: Option<u64>,
}

/// A rule at work.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ArmedFault {
    pub(crate) id: u64,
    pub(crate) rule: FaultRule,
    /// Calls struck so far.
    pub(crate) struck: u32,
    skipped: u32,
    #[serde(skip)]
    dice: ChaCha12Rng,
}

/// All rules, in the order in which they were set; the first that fits a call strikes it.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<ArmedFault>,
    set_so_far: u64,
}

impl Faults {
    /// Adds a rule and returns its id.
    pub(crate) fn arm(&mut self, rule: FaultRule) -> u64 {
        self.set_so_far += 1;
        let dice = ChaCha12Rng::seed_from_u64(rule.seed.unwrap_or(0));
        self.armed.push(ArmedFault {
            id: self.set_so_far,
            rule,
            struck: 0,
            skipped: 0,
            dice,
        });
        self.set_so_far
    }

    /// The rules that may still strike.
    pub(crate) fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    /// Removes one rule; false when there is none with this id.
    pub(crate) fn disarm(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    /// Removes all rules.
    pub(crate) fn disarm_all(&mut self) {
        self.armed.clear();
    }

    /// What strikes this call.
    pub(crate) fn strike(&mut self, endpoint: Endpoint, path_and_query: &str) -> Option<Fault> {
        let position = self
            .armed
            .iter_mut()
            .position(|armed| armed.strikes(endpoint, path_and_query))?;
        let armed = self.armed.get_mut(position)?;
        armed.struck += 1;
        let fault = armed.rule.fault.clone();
        if armed.rule.times.is_some_and(|times| armed.struck >= times) {
            self.armed.remove(position);
        }
        Some(fault)
    }
}

impl ArmedFault {
    fn strikes(&mut self, endpoint: Endpoint, path_and_query: &str) -> bool {
        let rule = &self.rule;
        if rule.endpoint.is_some_and(|wanted| wanted != endpoint)
            || rule
                .path_contains
                .as_ref()
                .is_some_and(|part| !path_and_query.contains(part.as_str()))
        {
            return false;
        }
        if rule
            .probability
            .is_some_and(|probability| !self.dice.random_bool(probability.clamp(0.0, 1.0)))
        {
            return false;
        }
        if self.skipped < rule.skip.unwrap_or(0) {
            self.skipped += 1;
            return false;
        }
        true
    }
}

/// A delay that a fault may cause.
pub(crate) fn delay(ms: u64) -> std::time::Duration {
    std::time::Duration::from_millis(ms.min(DELAY_MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(fault: Fault) -> FaultRule {
        FaultRule {
            fault,
            endpoint: None,
            path_contains: None,
            skip: None,
            times: None,
            probability: None,
            seed: None,
        }
    }

    #[test]
    fn a_rule_skips_then_strikes_then_is_gone() {
        let mut faults = Faults::default();
        faults.arm(FaultRule {
            skip: Some(1),
            times: Some(2),
            ..rule(Fault::Unavailable)
        });
        let struck: Vec<bool> = (0..5)
            .map(|_| faults.strike(Endpoint::Search, "/").is_some())
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert!(faults.armed().is_empty());
    }

    #[test]
    fn a_rule_strikes_only_what_it_names() {
        let mut faults = Faults::default();
        faults.arm(FaultRule {
            endpoint: Some(Endpoint::Search),
            path_contains: Some("Candidate".to_owned()),
            ..rule(Fault::EmptyBody)
        });
        assert_eq!(faults.strike(Endpoint::Query, "/query/Candidate"), None);
        assert_eq!(faults.strike(Endpoint::Search, "/search/JobOrder"), None);
        assert_eq!(
            faults.strike(Endpoint::Search, "/search/Candidate"),
            Some(Fault::EmptyBody)
        );
    }

    #[test]
    fn dice_with_the_same_seed_fall_the_same_way() {
        let fall = |seed| {
            let mut faults = Faults::default();
            faults.arm(FaultRule {
                probability: Some(0.3),
                seed: Some(seed),
                ..rule(Fault::Truncated)
            });
            (0..50)
                .map(|_| faults.strike(Endpoint::Search, "/").is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(fall(7), fall(7));
        assert_ne!(fall(7), fall(8));
        assert!(fall(7).contains(&true) && fall(7).contains(&false));
    }
}
