//! `/resume/...`: a resume turned into plain text or into the draft of a candidate. The parser behind it is a simple
//! one: the first line is the name, and whatever looks like an address or a phone number is one.

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::http::{ApiError, Call, Reply};

/// Answers `convertToText` and `parseToCandidateViaJson`.
pub(crate) fn resume(call: &Call<'_>) -> Result<Reply, ApiError> {
    if call.method != Method::POST {
        return Err(ApiError::MethodNotAllowed);
    }
    let resume = call
        .params
        .get("resume")
        .ok_or_else(|| ApiError::missing("resume"))?;
    let text = text_of(resume);
    match call.route.part(0) {
        Some("convertToText") => Ok(Reply::json(&json!({ "text": text }))),
        Some("parseToCandidateViaJson" | "parseToCandidate") => Ok(Reply::json(&draft(&text, resume))),
        other => Err(ApiError::NoSuchPath {
            path: format!("/resume/{}", other.unwrap_or_default()),
        }),
    }
}

/// The text between the tags, one line for each piece.
fn text_of(html: &str) -> String {
    let pieces = html
        .split('<')
        .enumerate()
        .map(|(index, piece)| match piece.split_once('>') {
            Some((_, after)) => after,
            None if index == 0 => piece,
            None => "",
        });
    let lines = pieces
        .flat_map(str::lines)
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace("&amp;", "&")
        .replace("&nbsp;", " ")
}

fn draft(text: &str, resume: &str) -> Json {
    let words = || {
        text.split_whitespace()
            .map(|word| word.trim_matches([',', ';', '(', ')', '<', '>']))
    };
    let email = words().find(|word| word.contains('@') && word.contains('.'));
    let phone = text
        .lines()
        .find(|line| line.chars().filter(char::is_ascii_digit).count() >= 9);
    let name = text.lines().next().unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    json!({
        "candidate": {
            "firstName": first,
            "lastName": last,
            "name": name,
            "email": email,
            "phone": phone.map(|line| line.chars().take(20).collect::<String>()),
            "description": resume,
        },
        "candidateEducation": [],
        "candidateWorkHistory": [],
        "skillList": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_resume_becomes_a_draft() {
        let text = text_of("<p>Ada Example</p><p>Mail: ada@mail.example, (+1) 555 010 0199</p>");
        let draft = draft(&text, "");
        assert_eq!(draft["candidate"]["firstName"], "Ada");
        assert_eq!(draft["candidate"]["email"], "ada@mail.example");
    }

    proptest! {
        #[test]
        fn no_resume_makes_the_parser_panic(html in "\\PC{0,80}") {
            let _ = draft(&text_of(&html), &html);
        }
    }
}
