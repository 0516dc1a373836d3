//! A vocabulary that breaks a rule is refused with the place and the reason.

use std::error::Error as _;

use super::catalogue::Vocabulary;
use super::phrases::Phrases;
use super::source::{FAMILIES, Source};

/// The message for the families as they are, but for one change in the first file.
fn message(old: &str, new: &str) -> String {
    let first = FAMILIES.first().expect("there are families");
    assert!(first.text.contains(old), "`{old}` is in the file");
    let text = first.text.replacen(old, new, 1);
    let changed = Source {
        file: first.file,
        text: &text,
    };
    let sources: Vec<Source<'_>> = std::iter::once(changed)
        .chain(FAMILIES.iter().skip(1).copied())
        .collect();
    let phrases = Phrases::read().expect("valid phrases");
    match Vocabulary::read(&sources, phrases) {
        Ok(_) => format!("accepted `{new}`"),
        Err(error) => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

#[test]
fn a_slot_nobody_fills_is_named_with_its_line() {
    let message = message("Designed and shipped {noun}", "Designed and shipped {nuon}");
    insta::assert_snapshot!(message, @r"
    `occupations/software.toml` cannot be read: TOML parse error at line 26, column 17
       |
    26 | resume_duties = [
       |                 ^
    `Designed and shipped {nuon} that answer {thousands} requests a minute without a missed release` has the unknown slot `{nuon}`
    ");
}

#[test]
fn unknown_keys_and_missing_lists_are_refused() {
    insta::assert_snapshot!(message("remote = \"often\"", "remote = \"always\""), @r#"
    `occupations/software.toml` cannot be read: TOML parse error at line 8, column 10
      |
    8 | remote = "always"
      |          ^^^^^^^^
    unknown variant `always`, expected one of `never`, `sometimes`, `often`
    "#);
    let message = message("sectors = [", "sektors = [");
    assert!(message.contains("unknown field `sektors`"), "{message}");
}

#[test]
fn every_rule_names_the_entry_and_what_to_do() {
    let messages = [
        message("id = \"backend-developer\"", "id = \"Backend Developer\""),
        message("id = \"frontend-developer\"", "id = \"backend-developer\""),
        message("\"Junior Backend Developer\", \"Graduate Backend Engineer\"", ""),
        message(
            "\"Graduate Backend Engineer\"",
            "\"Graduate Engineer for the Back Ends of Very Large Systems\"",
        ),
        message("[58, 76,", "[78, 76,"),
        message("nice = [\"Kubernetes\", ", "nice = [\"Kubernetes\", \"Redis\", "),
        message("\"Spring Boot\"", "\"Spring, Boot\""),
        message(
            "[\"full-stack-developer\", \"data-engineer\"",
            "[\"backend-developer\", \"data-engineer\"",
        ),
        message(
            "[\"full-stack-developer\", \"data-engineer\"",
            "[\"full-stack-developer\", \"date-engineer\"",
        ),
        message(
            "\"payment services\", ",
            "\"payment services\", \"payment services\", ",
        ),
        message(
            "Plan schema migrations that run without downtime",
            "Plan schema migrations without downtime.",
        ),
        message(
            "Plan schema migrations that run without downtime",
            "Mentor less experienced engineers with {skill}",
        ),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    `occupations/software.toml`: `Backend Developer` is no id; use small letters and hyphens
    `occupations/software.toml`: `backend-developer` is there twice; give it another id
    `occupations/software.toml`: `backend-developer` has a level without a title
    `occupations/software.toml`: `backend-developer` has the title `Graduate Engineer for the Back Ends of Very Large Systems`, which is longer than 50 characters
    `occupations/software.toml`: `backend-developer` has `pay` that does not rise from level to level, in thousands of dollars a year
    `occupations/software.toml`: `backend-developer` has the skill `Redis` among the required and the nice ones
    `occupations/software.toml`: `backend-developer` has the skill `Spring, Boot`, which has a comma or over 40 characters
    `occupations/software.toml`: `backend-developer` is related to itself
    `occupations/software.toml`: `backend-developer` is related to `date-engineer`, which no family has
    `occupations/software.toml`: `backend-developer` has `payment services` twice in `nouns`
    `occupations/software.toml`: `backend-developer` has the duty `Plan schema migrations without downtime.`, which has no capital first or a dot last
    `occupations/software.toml`: `backend-developer` has the duty `Mentor less experienced engineers with {skill}`, in which only figures and {noun} may vary
    ");
}
