//! Pronouns and gendered words: removed, or replaced by a neutral word where they name an occupation.

use std::borrow::Cow;

/// The text without words that tell a person's gender.
pub(super) fn neutralise(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (start, word) in words(text) {
        let Some(neutral) = neutral_word(word) else {
            continue;
        };
        // `a waiter` and `an actress` must not differ in what is left of them.
        let keep_until = if neutral.is_empty() {
            without_article(text, start)
        } else {
            start
        }
        .max(copied);
        out.push_str(&text[copied..keep_until]);
        out.push_str(neutral);
        copied = start + word.len();
        if neutral.is_empty() {
            copied += possessive_length(&text[copied..]);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The words of a text with their positions: letters and digits, with apostrophes only where a letter follows `o` or `d`.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let length = text[start..]
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}

/// Where the text before `start` ends without an article that belongs to the word at `start`.
pub(super) fn without_article(text: &str, start: usize) -> usize {
    let before = text[..start].trim_end();
    let is_word_start = |at: usize| {
        text[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric())
    };
    for article in [" an", " a", "An", "A", "an", "a"] {
        if let Some(rest) = before.strip_suffix(article)
            && (article.starts_with(' ') || is_word_start(rest.len()))
        {
            return rest.len();
        }
    }
    start
}

/// The bytes of `'s` or `’s` at the start of a text.
pub(super) fn possessive_length(rest: &str) -> usize {
    ["'s", "\u{2019}s", "'", "\u{2019}"]
        .into_iter()
        .find(|ending| {
            rest.strip_prefix(ending)
                .is_some_and(|tail| !tail.starts_with(|c: char| c.is_alphanumeric()))
        })
        .map_or(0, str::len)
}

/// What stands in place of a gendered word: a neutral one, or nothing. `None` for other words.
fn neutral_word(word: &str) -> Option<&'static str> {
    const LONGEST: usize = 14;
    if word.len() > LONGEST || !word.is_ascii() {
        return None;
    }
    // Titles count only as titles: `MS Office` and `to miss a target` are something else.
    if matches!(
        word,
        "Mr" | "Mrs" | "Ms" | "Miss" | "Mister" | "Madam" | "Mx" | "MR" | "MRS"
    ) {
        return Some("");
    }
    let mut buffer = [0; LONGEST];
    let lower = buffer.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    match std::str::from_utf8(lower).ok()? {
        "he" | "him" | "his" | "himself" | "she" | "her" | "hers" | "herself" => Some(""),
        "male" | "males" | "female" | "females" | "man" | "men" | "woman" | "women" | "mens" | "womens"
        | "gentleman" | "gentlemen" | "lady" | "ladies" | "boy" | "boys" | "girl" | "girls" | "guy"
        | "guys" | "gal" | "mother" | "mothers" | "father" | "fathers" | "mom" | "moms" | "mum" | "mums"
        | "dad" | "dads" | "mommy" | "daddy" | "husband" | "wife" | "housewife" | "househusband"
        | "homemaker" | "son" | "sons" | "daughter" | "daughters" | "brother" | "brothers" | "sister"
        | "sisters" | "bachelorette" | "maternity" | "paternity" | "motherhood" | "fatherhood" => Some(""),
        "salesman" | "saleswoman" | "saleslady" => Some("salesperson"),
        "salesmen" | "saleswomen" => Some("salespeople"),
        "chairman" | "chairwoman" => Some("chairperson"),
        "businessman" | "businesswoman" => Some("businessperson"),
        "businessmen" | "businesswomen" => Some("businesspeople"),
        "spokesman" | "spokeswoman" => Some("spokesperson"),
        "foreman" | "forewoman" => Some("supervisor"),
        "foremen" | "forewomen" => Some("supervisors"),
        "fireman" | "firewoman" => Some("firefighter"),
        "firemen" | "firewomen" => Some("firefighters"),
        "policeman" | "policewoman" => Some("police officer"),
        "policemen" | "policewomen" => Some("police officers"),
        "mailman" | "mailwoman" | "postman" | "postwoman" => Some("mail carrier"),
        "repairman" | "repairwoman" => Some("repairer"),
        "handyman" | "handywoman" => Some("handyperson"),
        "craftsman" | "craftswoman" => Some("craftsperson"),
        "craftsmanship" => Some("craft"),
        "workman" | "workwoman" => Some("worker"),
        "workmanship" => Some("quality of work"),
        "serviceman" | "servicewoman" => Some("service member"),
        "cameraman" | "camerawoman" => Some("camera operator"),
        "anchorman" | "anchorwoman" => Some("anchor"),
        "draftsman" | "draftswoman" | "draughtsman" => Some("drafter"),
        "doorman" => Some("door attendant"),
        "barman" | "barmaid" => Some("bartender"),
        "waiter" | "waitress" => Some("server"),
        "waiters" | "waitresses" => Some("servers"),
        "actress" => Some("actor"),
        "actresses" => Some("actors"),
        "hostess" => Some("host"),
        "stewardess" | "steward" => Some("attendant"),
        "seamstress" | "tailoress" => Some("tailor"),
        "heroine" => Some("hero"),
        "masseuse" | "masseur" => Some("massage therapist"),
        "midwife" => Some("birth attendant"),
        "manpower" => Some("workforce"),
        "manned" => Some("staffed"),
        "mankind" => Some("humankind"),
        "maid" | "maids" | "chambermaid" => Some("housekeeper"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gendered_words_go_and_occupations_become_neutral() {
        for (raw, neutral) in [
            ("She led the team", " led the team"),
            ("his work", " work"),
            ("a male nurse", " nurse"),
            ("an actress", "an actor"),
            ("Waitress and barmaid", "server and bartender"),
            ("women's chess club", " chess club"),
            ("the he/she form", "the / form"),
            ("MS Office and miss nothing", "MS Office and miss nothing"),
            ("Ms Example", " Example"),
            ("the sheet, theory and others", "the sheet, theory and others"),
            ("banana man", "banana "),
        ] {
            assert_eq!(neutralise(raw), neutral, "{raw:?}");
        }
    }
}
