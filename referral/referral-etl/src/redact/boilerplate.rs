//! Text that says nothing about the work: formalities of resumes and advertisements.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Headings of sections that are about the person, or about other people, and not about the work.
const DROPPED_SECTIONS: [&str; 17] = [
    "references",
    "referees",
    "personal details",
    "personal data",
    "personal information",
    "personal particulars",
    "personal",
    "about me",
    "hobbies",
    "interests",
    "hobbies and interests",
    "hobbies interests",
    "interests and hobbies",
    "personal interests",
    "family",
    "declaration",
    "contact",
];

/// Headings that end a dropped section.
const KEPT_SECTIONS: [&str; 38] = [
    "summary",
    "professional summary",
    "career summary",
    "profile",
    "professional profile",
    "objective",
    "career objective",
    "experience",
    "work experience",
    "professional experience",
    "employment",
    "employment history",
    "work history",
    "career history",
    "education",
    "education and training",
    "training",
    "qualifications",
    "skills",
    "key skills",
    "technical skills",
    "core competencies",
    "competencies",
    "certifications",
    "certificates",
    "licenses",
    "licences",
    "licenses and certifications",
    "projects",
    "publications",
    "languages",
    "awards",
    "achievements",
    "accomplishments",
    "volunteering",
    "volunteer experience",
    "memberships",
    "additional information",
];

/// A dropped section ends here even without another heading: a heading may have been missed.
const DROPPED_LINES_MAX: usize = 15;

/// Follows the headings of a text.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// Lines of a dropped section that may still be dropped.
    dropping: usize,
}

impl Sections {
    /// The line is a formality, the heading of a section that is dropped, or part of it.
    pub(super) fn drops(&mut self, line: &str) -> bool {
        const HEADING_MAX: usize = 40;
        if line.len() <= HEADING_MAX {
            let heading = heading(line);
            if DROPPED_SECTIONS.contains(&heading.as_str()) {
                self.dropping = DROPPED_LINES_MAX;
                return true;
            }
            if KEPT_SECTIONS.contains(&heading.as_str()) {
                self.dropping = 0;
                return false;
            }
            if is_formality(&heading) {
                return true;
            }
        }
        let drops = self.dropping > 0;
        self.dropping = self.dropping.saturating_sub(1);
        drops
    }
}

/// Letters and single blanks in lower case; `and` for `&`.
fn heading(line: &str) -> String {
    let spaced: String = line
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else if c == '&' {
                '&'
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<&str> = spaced
        .split_whitespace()
        .map(|word| if word == "&" { "and" } else { word })
        .collect();
    words.join(" ")
}

fn is_formality(heading: &str) -> bool {
    let page = heading
        .strip_prefix("page ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    page || matches!(
        heading,
        "resume"
            | "curriculum vitae"
            | "cv"
            | "confidential"
            | "photo"
            | "picture"
            | "photograph"
            | "signature"
            | "candidate"
            | "name"
            | "continued"
            | "end of resume"
            | "bio data"
            | "biodata"
    ) || heading.starts_with("resume of")
        || heading.starts_with("curriculum vitae of")
        || heading.starts_with("cv of")
}

/// Phrases by which a sentence is known to be a formality.
static FORMALITY: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"(?i)references (?:are |will be |can be )?(?:available|furnished|provided|supplied)|(?:up)?on request\b",
        r"|i hereby (?:declare|certify|confirm)|to the best of my knowledge|last updated",
        r"|equal[- ](?:employment )?opportunit|without regard to|all qualified applicants|protected (?:veteran|class)",
        r"|reasonable accommodation|affirmative action|e-?verify|regardless of (?:race|age|gender|sex)",
        r"|(?:click|tap) (?:here )?to apply|apply (?:now|today|online|here)|(?:send|submit|forward|e-?mail) (?:us )?(?:your|a|an updated) (?:resume|cv|curriculum)",
        r"|background (?:check|screening)|drug (?:test|screen)|no (?:agencies|third part)|privacy (?:policy|notice)|all rights reserved",
    );
    Regex::new(pattern).expect("the pattern is constant")
});

/// The line without its sentences that are formalities.
pub(super) fn remove_sentences(line: &str) -> Cow<'_, str> {
    if !FORMALITY.is_match(line) {
        return Cow::Borrowed(line);
    }
    let kept: Vec<&str> = line
        .split_inclusive(". ")
        .filter(|sentence| !FORMALITY.is_match(sentence))
        .collect();
    Cow::Owned(kept.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_about_the_person_are_dropped_up_to_the_next_heading() {
        let text = "CURRICULUM VITAE\nSummary\nWelder\nHOBBIES & INTERESTS:\nChess\nGolf\nWork Experience\nWelded\nReferences\nB. Example";
        let mut sections = Sections::default();
        let kept: Vec<&str> = text.lines().filter(|line| !sections.drops(line)).collect();
        assert_eq!(kept, ["Summary", "Welder", "Work Experience", "Welded"]);
    }

    #[test]
    fn formal_sentences_are_dropped() {
        for (raw, kept) in [
            (
                "Weld steel. We are an Equal Opportunity Employer. Apply now.",
                "Weld steel. ",
            ),
            ("References available upon request", ""),
            (
                "Responsible for background music",
                "Responsible for background music",
            ),
            ("Nothing formal. At all.", "Nothing formal. At all."),
        ] {
            assert_eq!(remove_sentences(raw), kept, "{raw:?}");
        }
    }
}
