//! Text that says nothing about the work: formalities of resumes and advertisements.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// Headings of sections that are about the person or other people, or about the offer, and not about the work.
const DROPPED_SECTIONS: [&str; 32] = [
    "references",
    "referees",
    "personal details",
    "personal data",
    "personal information",
    "personal particulars",
    "personal",
    "hobbies",
    "interests",
    "hobbies and interests",
    "interests and hobbies",
    "personal interests",
    "free time",
    "family",
    "declaration",
    "contact",
    "contact details",
    "contact information",
    "how to apply",
    "next steps",
    "interested",
    "we offer",
    "what we offer",
    "benefits",
    "perks",
    "perks and benefits",
    "what you get",
    "why us",
    "why join us",
    "equal opportunity",
    "equal opportunities",
    "disclaimer",
];

/// Headings that end a dropped section: words with which one begins, or all of it.
const KEPT_SECTIONS: [&str; 58] = [
    "summary",
    "professional summary",
    "career summary",
    "executive summary",
    "summary of qualifications",
    "profile",
    "professional profile",
    "about me",
    "objective",
    "career objective",
    "looking for",
    "experience",
    "work experience",
    "professional experience",
    "employment",
    "employment history",
    "work history",
    "career history",
    "education",
    "academic background",
    "schooling",
    "training",
    "further training",
    "continuing education",
    "courses",
    "qualifications",
    "skills",
    "key skills",
    "technical skills",
    "language skills",
    "core competencies",
    "competencies",
    "knowledge",
    "certifications",
    "certificates",
    "licenses",
    "licences",
    "projects",
    "selected projects",
    "key projects",
    "assignments",
    "publications",
    "languages",
    "awards",
    "achievements",
    "selected achievements",
    "highlights",
    "accomplishments",
    "volunteering",
    "memberships",
    "additional information",
    "requirements",
    "responsibilities",
    "duties",
    "key duties",
    "job description",
    "your profile",
    "your tasks",
];

/// Further headings of advertisements that end a dropped section.
const KEPT_ADVERT_SECTIONS: [&str; 14] = [
    "the role",
    "what you will do",
    "what you bring",
    "must have",
    "nice to have",
    "would be a plus",
    "desirable",
    "preferred",
    "about us",
    "about the company",
    "the company",
    "who we are",
    "our client",
    "the job",
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
            if is_dropped(&heading) {
                self.dropping = DROPPED_LINES_MAX;
                return true;
            }
            if is_kept(&heading) {
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

/// The line is the heading of a section that resumes and advertisements are known to have.
pub(crate) fn is_heading(line: &str) -> bool {
    let heading = heading(line);
    is_dropped(&heading) || is_kept(&heading)
}

/// Letters and single blanks in lower case; `and` for `&`.
fn heading(line: &str) -> String {
    let mut heading = String::with_capacity(line.len() + "and".len());
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '&');
    for word in words.filter(|word| !word.is_empty()) {
        if !heading.is_empty() {
            heading.push(' ');
        }
        heading.push_str(if word == "&" { "and" } else { word });
    }
    heading.make_ascii_lowercase();
    heading
}

fn is_dropped(heading: &str) -> bool {
    static DROPPED: LazyLock<HashSet<&str>> = LazyLock::new(|| DROPPED_SECTIONS.into());
    DROPPED.contains(heading)
}

/// A known heading, also with `and ...` behind it, as in `Education & Training`.
fn is_kept(heading: &str) -> bool {
    static KEPT: LazyLock<HashSet<&str>> =
        LazyLock::new(|| KEPT_SECTIONS.into_iter().chain(KEPT_ADVERT_SECTIONS).collect());
    let mut beginnings = heading
        .match_indices(" and ")
        .filter_map(|(end, _)| heading.get(..end));
    KEPT.contains(heading) || beginnings.any(|beginning| KEPT.contains(beginning))
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

/// Phrases by which a sentence is known to be a formality. Word boundaries are those of ASCII: the fast engine cannot see others
/// in a line with a bullet or an accent, and this looks at every line of every resume.
pub(super) const FORMALITY_PATTERN: &str = concat!(
    r"(?i)references (?:are |will be |can be )?(?:available|furnished|provided|supplied)|(?:up)?on request(?-u:\b)",
    r"|i hereby (?:declare|certify|confirm)|to the best of my knowledge|last updated",
    r"|equal[- ](?:employment )?opportunit|without regard to|all qualified applicants|protected (?:veteran|class)",
    r"|reasonable accommodation|affirmative action|e-?verify|regardless of (?:race|age|gender|sex)",
    r"|(?:click|tap) (?:here )?to apply|apply (?:now|today|online|here)|(?:send|submit|forward|e-?mail) (?:us )?(?:your|a|an updated) (?:resume|cv|curriculum)",
    r"|only shortlisted|looking forward to hearing|look forward to hearing from you",
    r"|background (?:check|screening)|drug (?:test|screen)|no (?:agencies|third part)|privacy (?:policy|notice)|all rights reserved",
);

static FORMALITY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(FORMALITY_PATTERN).expect("the pattern is constant"));

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
