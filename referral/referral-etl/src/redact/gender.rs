//! Pronouns and gendered words: removed, or replaced by a neutral word where they name an occupation.

use std::borrow::Cow;

use super::words::{possessive_length, without_article, words};

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

/// They count only as titles: `MS Office` and `to miss a target` are something else.
const TITLES: [&str; 9] = ["Mr", "Mrs", "Ms", "Miss", "Mister", "Madam", "Mx", "MR", "MRS"];

/// No word of the tables is longer.
const LONGEST: usize = 14;

/// Per first letter and length, the last letters that words of the tables have, one bit each: nearly all other words are told by
/// that.
static ENDINGS: [[u32; LONGEST + 1]; 26] = endings();

const fn endings() -> [[u32; LONGEST + 1]; 26] {
    let mut endings = [[0; LONGEST + 1]; 26];
    let mut index = 0;
    while index < GENDERED.len() + TITLES.len() {
        let word = if index < GENDERED.len() {
            GENDERED[index].0.as_bytes()
        } else {
            TITLES[index - GENDERED.len()].as_bytes()
        };
        endings[letter(word[0])][word.len()] |= 1 << letter(word[word.len() - 1]);
        index += 1;
    }
    endings
}

/// Which letter of the alphabet it is, from 0 on; more than 25 for what is no letter.
const fn letter(byte: u8) -> usize {
    byte.to_ascii_lowercase().wrapping_sub(b'a') as usize
}

/// The word tells a person's gender.
pub(super) fn is_gendered(word: &str) -> bool {
    neutral_word(word).is_some()
}

/// What stands in place of a gendered word; `None` for other words.
fn neutral_word(word: &str) -> Option<&'static str> {
    let bytes = word.as_bytes();
    let (first, last) = (letter(*bytes.first()?), letter(*bytes.last()?));
    let endings = ENDINGS.get(first)?.get(word.len())?;
    if last >= ENDINGS.len() || endings & (1 << last) == 0 || !word.is_ascii() {
        return None;
    }
    if TITLES.contains(&word) {
        return Some("");
    }
    let mut buffer = [0; LONGEST];
    let lower = buffer.get_mut(..word.len())?;
    lower.copy_from_slice(bytes);
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
    fn every_word_of_the_tables_is_found_in_any_case() {
        for (word, neutral) in GENDERED {
            assert_eq!(neutral_word(word), Some(neutral));
            assert_eq!(neutral_word(&word.to_uppercase()), Some(neutral));
        }
        assert!(TITLES.into_iter().all(is_gendered));
        for other in ["", "h", "hi\u{df}", "\u{df}e", "1e", "h3", "he\u{301}"] {
            assert!(!is_gendered(other), "{other:?}");
        }
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
