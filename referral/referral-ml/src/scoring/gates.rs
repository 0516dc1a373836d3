//! Conditions that a score cannot express. A gate is a reason, never a part of the score: a pair that fails one is no match,
//! but stays visible with the reason, and a person decides.

use jiff::{ToSpan, civil::Date};
use referral_store::candidate::Place;
use serde::{Deserialize, Serialize};

use super::facts::{CandidateFacts, PositionFacts};
use super::skill_names::skill_key;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The person may work where the tenant recruits.
    WorkPermit,
    /// The person has the certificates and licences asked for.
    Licence,
    /// The person can be where the job is.
    Location,
    /// The person is free in time.
    Availability,
    /// The pay reaches what the person wants.
    Salary,
}

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Met, or not asked for.
    Pass,
    /// Not met: no match.
    Fail,
    /// Not known: a person should check.
    Unknown,
}

/// One gate of one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateVerdict {
    /// What was checked.
    pub gate: Gate,
    /// How it stands.
    pub verdict: Verdict,
    /// Why, as a phrase for people. It names no amount, date or place, so that a log of it holds nothing personal.
    pub reason: &'static str,
}

/// How strict the gates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRules {
    /// Days after the start at which a person may still become available.
    pub start_grace_days: u16,
    /// By how many per cent a wish may exceed the most that a position pays.
    pub salary_tolerance_percent: u16,
}

impl Default for GateRules {
    fn default() -> Self {
        Self {
            start_grace_days: 30,
            salary_tolerance_percent: 10,
        }
    }
}

impl GateRules {
    /// All gates of a pair, in the order of [`Gate`].
    pub fn verdicts(self, position: &PositionFacts, candidate: &CandidateFacts) -> Vec<GateVerdict> {
        let gates = [
            (Gate::WorkPermit, work_permit(candidate.work_authorized)),
            (
                Gate::Licence,
                licence(&position.certifications, &candidate.certifications),
            ),
            (Gate::Location, location(position, candidate)),
            (
                Gate::Availability,
                self.availability(position.start_on, candidate.available_on),
            ),
            (
                Gate::Salary,
                self.salary(position.salary_yearly_max, candidate.salary_yearly),
            ),
        ];
        gates
            .into_iter()
            .map(|(gate, (verdict, reason))| GateVerdict {
                gate,
                verdict,
                reason,
            })
            .collect()
    }

    fn availability(self, start: Option<Date>, available: Option<Date>) -> (Verdict, &'static str) {
        match (start, available) {
            (None, _) => (Verdict::Pass, "the position names no start"),
            (_, None) => (Verdict::Unknown, "the first day of availability is not known"),
            (Some(start), Some(available)) => {
                if available <= start.saturating_add(i64::from(self.start_grace_days).days()) {
                    (Verdict::Pass, "available in time")
                } else {
                    (Verdict::Fail, "available too late")
                }
            }
        }
    }

    fn salary(self, most: Option<i64>, wish: Option<i64>) -> (Verdict, &'static str) {
        match (most, wish) {
            (None, _) => (Verdict::Pass, "the position names no highest pay"),
            (_, None) => (Verdict::Unknown, "the wanted pay is not known"),
            (Some(most), Some(wish)) => {
                let limit = i128::from(most) * (100 + i128::from(self.salary_tolerance_percent));
                if i128::from(wish) * 100 <= limit {
                    (Verdict::Pass, "the pay reaches the wish")
                } else {
                    (Verdict::Fail, "the wish exceeds the pay")
                }
            }
        }
    }
}

fn work_permit(authorized: Option<bool>) -> (Verdict, &'static str) {
    match authorized {
        Some(true) => (Verdict::Pass, "may work here"),
        Some(false) => (Verdict::Fail, "may not work here"),
        None => (Verdict::Unknown, "whether the person may work here is not known"),
    }
}

/// A licence that a resume does not list may still be held, so this gate never fails by itself.
fn licence(wanted: &[String], held: &[String]) -> (Verdict, &'static str) {
    let held: Vec<String> = held.iter().map(|name| skill_key(name)).collect();
    if wanted.is_empty() {
        (Verdict::Pass, "the position asks for no licence")
    } else if wanted.iter().all(|name| held.contains(&skill_key(name))) {
        (Verdict::Pass, "lists every licence asked for")
    } else {
        (Verdict::Unknown, "does not list every licence asked for")
    }
}

fn location(position: &PositionFacts, candidate: &CandidateFacts) -> (Verdict, &'static str) {
    if position.remote == Some(true) && candidate.remote_ok == Some(true) {
        return (Verdict::Pass, "both sides can work remotely");
    }
    let unwilling = |reason| match candidate.will_relocate {
        Some(true) => (Verdict::Pass, "would relocate"),
        Some(false) => (Verdict::Fail, reason),
        None => (Verdict::Unknown, reason),
    };
    match compare(&position.place, &candidate.place) {
        Distance::SameCity => (Verdict::Pass, "in the same city"),
        Distance::SameRegion => match candidate.will_relocate {
            Some(true) => (Verdict::Pass, "would relocate"),
            Some(false) | None => (Verdict::Unknown, "in the same region, the distance is not known"),
        },
        Distance::OtherRegion => unwilling("in another region"),
        Distance::OtherCountry => match candidate.will_relocate {
            Some(false) => (Verdict::Fail, "in another country"),
            Some(true) | None => (Verdict::Unknown, "in another country"),
        },
        Distance::Unknown => (Verdict::Unknown, "the place of one side is not known"),
    }
}

/// How far two places are apart, as far as names tell. The records carry no coordinates.
enum Distance {
    SameCity,
    SameRegion,
    OtherRegion,
    OtherCountry,
    Unknown,
}

fn compare(left: &Place, right: &Place) -> Distance {
    let equal = |left: &Option<String>, right: &Option<String>| {
        left.as_ref()
            .zip(right.as_ref())
            .map(|(left, right)| left.trim().to_lowercase() == right.trim().to_lowercase())
    };
    if equal(&left.country_code, &right.country_code) == Some(false) {
        return Distance::OtherCountry;
    }
    match (equal(&left.state, &right.state), equal(&left.city, &right.city)) {
        (Some(true) | None, Some(true)) => Distance::SameCity,
        (Some(true), Some(false) | None) => Distance::SameRegion,
        (Some(false), _) => Distance::OtherRegion,
        (None, Some(false) | None) => Distance::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use referral_store::EntityId;

    use super::*;

    fn position() -> PositionFacts {
        let place = place("Springfield", "IL", "US");
        PositionFacts {
            salary_yearly_max: Some(100_000),
            start_on: Some(date(2026, 3, 1)),
            certifications: vec!["CDL-A".to_owned()],
            place,
            ..PositionFacts::new(EntityId(1))
        }
    }

    fn candidate() -> CandidateFacts {
        CandidateFacts {
            salary_yearly: Some(110_000),
            available_on: Some(date(2026, 3, 31)),
            certifications: vec!["cdl a".to_owned()],
            work_authorized: Some(true),
            place: place("springfield", "il", "US"),
            ..CandidateFacts::new(EntityId(2))
        }
    }

    fn place(city: &str, state: &str, country: &str) -> Place {
        Place {
            city: Some(city.to_owned()),
            state: Some(state.to_owned()),
            zip: None,
            country_code: Some(country.to_owned()),
        }
    }

    fn verdict(gate: Gate, position: &PositionFacts, candidate: &CandidateFacts) -> Verdict {
        let verdicts = GateRules::default().verdicts(position, candidate);
        verdicts
            .iter()
            .find(|verdict| verdict.gate == gate)
            .unwrap()
            .verdict
    }

    #[test]
    fn at_the_limits_every_gate_passes() {
        let verdicts = GateRules::default().verdicts(&position(), &candidate());
        assert!(
            verdicts.iter().all(|verdict| verdict.verdict == Verdict::Pass),
            "{verdicts:?}"
        );
    }

    #[test]
    fn just_past_the_limits_pay_and_start_fail() {
        let late = CandidateFacts {
            available_on: Some(date(2026, 4, 1)),
            ..candidate()
        };
        assert_eq!(verdict(Gate::Availability, &position(), &late), Verdict::Fail);
        let dear = CandidateFacts {
            salary_yearly: Some(110_001),
            ..candidate()
        };
        assert_eq!(verdict(Gate::Salary, &position(), &dear), Verdict::Fail);
        let barred = CandidateFacts {
            work_authorized: Some(false),
            ..candidate()
        };
        assert_eq!(verdict(Gate::WorkPermit, &position(), &barred), Verdict::Fail);
    }

    #[test]
    fn what_is_not_known_is_left_to_a_person() {
        let verdicts = GateRules::default().verdicts(&position(), &CandidateFacts::new(EntityId(2)));
        assert!(
            verdicts.iter().all(|verdict| verdict.verdict == Verdict::Unknown),
            "{verdicts:?}"
        );
    }

    #[test]
    fn what_the_position_does_not_ask_passes() {
        let silent = PositionFacts::new(EntityId(1));
        for gate in [Gate::Licence, Gate::Availability, Gate::Salary] {
            assert_eq!(verdict(gate, &silent, &candidate()), Verdict::Pass);
        }
    }

    #[test]
    fn distance_fails_only_those_who_would_not_move() {
        let far = |country: &str, state: &str, will_relocate| CandidateFacts {
            place: place("Riverton", state, country),
            will_relocate,
            ..candidate()
        };
        let cases = [
            ("US", "IL", None, Verdict::Unknown),
            ("US", "IL", Some(true), Verdict::Pass),
            ("US", "WY", None, Verdict::Unknown),
            ("US", "WY", Some(false), Verdict::Fail),
            ("US", "WY", Some(true), Verdict::Pass),
            ("CA", "IL", Some(true), Verdict::Unknown),
            ("CA", "IL", Some(false), Verdict::Fail),
        ];
        for (country, state, will_relocate, expected) in cases {
            let found = verdict(Gate::Location, &position(), &far(country, state, will_relocate));
            assert_eq!(found, expected, "{country} {state} {will_relocate:?}");
        }
        let remote = CandidateFacts {
            remote_ok: Some(true),
            ..far("CA", "ON", Some(false))
        };
        let anywhere = PositionFacts {
            remote: Some(true),
            ..position()
        };
        assert_eq!(verdict(Gate::Location, &anywhere, &remote), Verdict::Pass);
    }
}
