//! The ground truth: how well a candidate fits a job order.

use std::cmp::Reverse;
use std::fmt;

use super::order::{Order, WhereDone};
use super::profile::Profile;
use super::vocabulary::SkillId;
use super::world::World;

/// How well one candidate fits one job order, as the generator knows it: the record may say less.
///
/// The grade compares occupations alone, like the labels of the evaluation data; the rest says why one candidate of a
/// grade is better than another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// 3 the same occupation, 2 related occupations, 1 the same family or a relative in common, 0 anything else.
    pub grade: u8,
    /// Required skills that the candidate has.
    pub required_skills: Share,
    /// Nice-to-have skills that the candidate has.
    pub nice_skills: Share,
    /// Seniority of the candidate (1 to 5) less that of the order.
    pub level_difference: i8,
    /// Years of work of the candidate.
    pub years: u32,
    /// Years of work asked for; 0 for none.
    pub years_required: u32,
    /// What rules the candidate out, whatever the rest says; empty for most.
    pub failed_gates: Vec<Gate>,
}

/// So many out of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Those that are there.
    pub have: u32,
    /// All.
    pub of: u32,
}

/// A condition that no skill makes up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The candidate may not work in the country.
    WorkAuthorization,
    /// The work is elsewhere, is not remote on both sides, and nobody would move.
    Location,
    /// The candidate is free more than two weeks after the first day.
    Availability,
    /// The wanted pay is more than a tenth above the budget.
    Pay,
}

/// Days a client waits for a candidate.
const GRACE_DAYS: i64 = 14;

impl Fit {
    pub(crate) fn of(world: &World, order: &Order, profile: &Profile) -> Self {
        let has = |wanted: &[SkillId]| Share {
            have: wanted
                .iter()
                .filter(|skill| profile.skills().any(|known| known == **skill))
                .count() as u32,
            of: wanted.len() as u32,
        };
        Self {
            grade: world.vocabulary.grade(order.occupation, profile.occupation),
            required_skills: has(&order.required),
            nice_skills: has(&order.nice),
            level_difference: profile.level as i8 - order.level as i8,
            years: profile.years as u32,
            years_required: order.years as u32,
            failed_gates: failed_gates(order, profile),
        }
    }

    /// Whether nothing rules the candidate out.
    pub fn passes_gates(&self) -> bool {
        self.failed_gates.is_empty()
    }

    /// Orders fits of one job order, the best first.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        let percent = |share: Share| share.have * 100 / share.of.max(1);
        let level = 100 - u32::from(self.level_difference.unsigned_abs()).min(2) * 50;
        let years = if self.years >= self.years_required {
            100
        } else {
            self.years * 100 / self.years_required
        };
        let closeness = percent(self.required_skills) * 5 + percent(self.nice_skills) + level * 2 + years;
        (Reverse(self.grade), self.failed_gates.len(), Reverse(closeness))
    }

    /// The same in words, one reason a line.
    pub fn reasons(&self) -> Vec<String> {
        let occupation = match self.grade {
            3 => "same occupation",
            2 => "related occupation",
            1 => "neighbouring occupation",
            _ => "another occupation",
        };
        let level = match self.level_difference {
            0 => "same seniority".to_owned(),
            less @ i8::MIN..0 => format!("seniority {} below", -i16::from(less)),
            more => format!("seniority {more} above"),
        };
        let mut reasons = vec![
            occupation.to_owned(),
            format!("{} required skills", self.required_skills),
            format!("{} nice-to-have skills", self.nice_skills),
            level,
            format!(
                "years of work: {}, asked for: {}",
                self.years, self.years_required
            ),
        ];
        reasons.extend(self.failed_gates.iter().map(|gate| format!("ruled out: {gate}")));
        reasons
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.have, self.of)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::WorkAuthorization => "not authorised to work in the country",
            Self::Location => "the place does not suit",
            Self::Availability => "not available in time",
            Self::Pay => "wants more than the budget",
        })
    }
}

fn failed_gates(order: &Order, profile: &Profile) -> Vec<Gate> {
    let same_country = order.place.country == profile.place.country;
    let same_state = same_country && order.place.state == profile.place.state;
    let remote = order.where_done == WhereDone::Remote && profile.remote_ok && same_country;
    let moves = order.considers_moving && profile.would_move && same_country;
    let gates = [
        (Gate::WorkAuthorization, profile.authorized && same_country),
        (Gate::Location, same_state || remote || moves),
        (
            Gate::Availability,
            profile.available_in_days <= order.starts_in_days.max(0) + GRACE_DAYS,
        ),
        (Gate::Pay, profile.pay * 10 <= order.pay_high * 11),
    ];
    gates
        .into_iter()
        .filter(|(_, passed)| !passed)
        .map(|(gate, _)| gate)
        .collect()
}
