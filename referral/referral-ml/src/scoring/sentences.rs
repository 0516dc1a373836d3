//! An assessment in words.

use super::assessment::{Assessment, Part};
use super::gates::{Gate, GateVerdict, Verdict};
use super::units::Points;
use super::weights::Category;

impl Assessment {
    /// The assessment as sentences for people: the result, each part, the skills, and the gates that are not simply met.
    pub fn sentences(&self, threshold: Points) -> Vec<String> {
        let mut sentences = vec![self.result(threshold)];
        sentences.extend(self.parts.iter().map(|part| self.part(*part)));
        if !self.matched_skills.is_empty() {
            sentences.push(format!("Has {}.", self.matched_skills.join(", ")));
        }
        if !self.missing_skills.is_empty() {
            sentences.push(format!("Not found: {}.", self.missing_skills.join(", ")));
        }
        sentences.extend(self.gates.iter().filter_map(gate));
        sentences
    }

    fn result(&self, threshold: Points) -> String {
        let score = self.score;
        if self.is_match(threshold) {
            format!("Suggested: {score} of 100 points, at or above {threshold}.")
        } else if self.score >= threshold {
            format!("Not suggested: {score} of 100 points would be enough, but a condition is not met.")
        } else {
            format!("Not suggested: {score} of 100 points, below {threshold}.")
        }
    }

    fn part(&self, part: Part) -> String {
        let subject = match part.name {
            Category::Semantic => format!("Likeness of the texts (cosine {:.3})", self.cosine),
            Category::RequiredSkills => "Required skills, rare ones counting more".to_owned(),
            Category::NiceSkills => "Skills that would be nice".to_owned(),
            Category::Level => "Seniority and years".to_owned(),
        };
        let most = part.weight_bp.basis_points();
        format!(
            "{subject}: {} of {}.{:02} points.",
            Hundredths(part.points),
            most / 100,
            most % 100
        )
    }
}

fn gate(verdict: &GateVerdict) -> Option<String> {
    let subject = match verdict.gate {
        Gate::WorkPermit => "work permit",
        Gate::Licence => "licences",
        Gate::Location => "place",
        Gate::Availability => "start",
        Gate::Salary => "pay",
    };
    match verdict.verdict {
        Verdict::Pass => None,
        Verdict::Fail => Some(format!("Condition not met, {subject}: {}.", verdict.reason)),
        Verdict::Unknown => Some(format!("Please check, {subject}: {}.", verdict.reason)),
    }
}

/// Points with both decimals, so that the parts in an explanation visibly sum.
struct Hundredths(Points);

impl std::fmt::Display for Hundredths {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = self.0.hundredths();
        write!(formatter, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}
