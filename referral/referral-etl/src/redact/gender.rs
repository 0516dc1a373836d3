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

/// Gendered words in lower case, and what stands in their place: a neutral word, or nothing. Sorted.
const GENDERED: [(&str, &str); 131] = [
    ("actress", "actor"),
    ("actresses", "actors"),
    ("anchorman", "anchor"),
    ("anchorwoman", "anchor"),
    ("bachelorette", ""),
    ("barmaid", "bartender"),
    ("barman", "bartender"),
    ("boy", ""),
    ("boys", ""),
    ("brother", ""),
    ("brothers", ""),
    ("businessman", "businessperson"),
    ("businessmen", "businesspeople"),
    ("businesswoman", "businessperson"),
    ("businesswomen", "businesspeople"),
    ("cameraman", "camera operator"),
    ("camerawoman", "camera operator"),
    ("chairman", "chairperson"),
    ("chairwoman", "chairperson"),
    ("chambermaid", "housekeeper"),
    ("craftsman", "craftsperson"),
    ("craftsmanship", "craft"),
    ("craftswoman", "craftsperson"),
    ("dad", ""),
    ("daddy", ""),
    ("dads", ""),
    ("daughter", ""),
    ("daughters", ""),
    ("doorman", "door attendant"),
    ("draftsman", "drafter"),
    ("draftswoman", "drafter"),
    ("draughtsman", "drafter"),
    ("father", ""),
    ("fatherhood", ""),
    ("fathers", ""),
    ("female", ""),
    ("females", ""),
    ("fireman", "firefighter"),
    ("firemen", "firefighters"),
    ("firewoman", "firefighter"),
    ("firewomen", "firefighters"),
    ("foreman", "supervisor"),
    ("foremen", "supervisors"),
    ("forewoman", "supervisor"),
    ("forewomen", "supervisors"),
    ("gal", ""),
    ("gentleman", ""),
    ("gentlemen", ""),
    ("girl", ""),
    ("girls", ""),
    ("guy", ""),
    ("guys", ""),
    ("handyman", "handyperson"),
    ("handywoman", "handyperson"),
    ("he", ""),
    ("her", ""),
    ("heroine", "hero"),
    ("hers", ""),
    ("herself", ""),
    ("him", ""),
    ("himself", ""),
    ("his", ""),
    ("homemaker", ""),
    ("hostess", "host"),
    ("househusband", ""),
    ("housewife", ""),
    ("husband", ""),
    ("ladies", ""),
    ("lady", ""),
    ("maid", "housekeeper"),
    ("maids", "housekeeper"),
    ("mailman", "mail carrier"),
    ("mailwoman", "mail carrier"),
    ("male", ""),
    ("males", ""),
    ("man", ""),
    ("mankind", "humankind"),
    ("manned", "staffed"),
    ("manpower", "workforce"),
    ("masseur", "massage therapist"),
    ("masseuse", "massage therapist"),
    ("maternity", ""),
    ("men", ""),
    ("mens", ""),
    ("midwife", "birth attendant"),
    ("mom", ""),
    ("mommy", ""),
    ("moms", ""),
    ("mother", ""),
    ("motherhood", ""),
    ("mothers", ""),
    ("mum", ""),
    ("mums", ""),
    ("paternity", ""),
    ("policeman", "police officer"),
    ("policemen", "police officers"),
    ("policewoman", "police officer"),
    ("policewomen", "police officers"),
    ("postman", "mail carrier"),
    ("postwoman", "mail carrier"),
    ("repairman", "repairer"),
    ("repairwoman", "repairer"),
    ("saleslady", "salesperson"),
    ("salesman", "salesperson"),
    ("salesmen", "salespeople"),
    ("saleswoman", "salesperson"),
    ("saleswomen", "salespeople"),
    ("seamstress", "tailor"),
    ("serviceman", "service member"),
    ("servicewoman", "service member"),
    ("she", ""),
    ("sister", ""),
    ("sisters", ""),
    ("son", ""),
    ("sons", ""),
    ("spokesman", "spokesperson"),
    ("spokeswoman", "spokesperson"),
    ("steward", "attendant"),
    ("stewardess", "attendant"),
    ("tailoress", "tailor"),
    ("waiter", "server"),
    ("waiters", "servers"),
    ("waitress", "server"),
    ("waitresses", "servers"),
    ("wife", ""),
    ("woman", ""),
    ("women", ""),
    ("womens", ""),
    ("workman", "worker"),
    ("workmanship", "quality of work"),
    ("workwoman", "worker"),
];

/// What stands in place of a gendered word; `None` for other words.
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
    let lower = std::str::from_utf8(lower).ok()?;
    let found = GENDERED.binary_search_by_key(&lower, |(word, _)| word).ok()?;
    GENDERED.get(found).map(|(_, neutral)| *neutral)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(GENDERED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

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
