//! The names of the person a text is about.

use std::borrow::Cow;

use super::ordinary_words::ORDINARY_WORDS;
use super::words::{possessive_length, without_article, words};

/// More parts than this are no name.
const PARTS_MAX: usize = 8;

/// The parts of one person's name. `Debug` shows how many there are, not what they are.
#[derive(Default, Clone)]
pub struct Names {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    lower: String,
    /// Also an ordinary word, such as `Baker`: alone it may mean something else.
    is_word: bool,
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Names({})", self.parts.len())
    }
}

impl Names {
    /// The parts of given and family name, also of double and compound names.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for name in names {
            all.add(name);
        }
        all
    }

    fn add(&mut self, name: &str) {
        for (_, word) in words(name) {
            let lower = word.to_lowercase();
            let initial = lower.chars().count() < 2;
            if !initial && self.parts.len() < PARTS_MAX && self.parts.iter().all(|part| part.lower != lower) {
                let is_word =
                    lower.chars().count() < 3 || ORDINARY_WORDS.binary_search(&lower.as_str()).is_ok();
                self.parts.push(Part { lower, is_word });
            }
        }
    }

    /// Learns from the name at the head of a text: middle names, and a part that the record lacks. Other words there, such as
    /// the occupation, are no names.
    pub fn learn_from_heading(&mut self, text: &str) {
        const HEADING_LINES: usize = 3;
        let only_one_known = self.parts.len() == 1;
        for line in text.lines().take(HEADING_LINES) {
            let line_words: Vec<&str> = words(line).map(|(_, word)| word).collect();
            let is_name = |word: &&str| is_capitalised(word) && word.chars().all(char::is_alphabetic);
            let known: Vec<usize> = line_words
                .iter()
                .enumerate()
                .filter(|(_, word)| self.part(word).is_some())
                .map(|(at, _)| at)
                .collect();
            let (Some(first), Some(last)) = (known.first(), known.last()) else {
                continue;
            };
            let learnt = if only_one_known && (2..=3).contains(&line_words.len()) {
                line_words.as_slice()
            } else if last - first <= 3 {
                line_words.get(*first..*last).unwrap_or_default()
            } else {
                continue;
            };
            if learnt.iter().all(is_name) {
                self.add(&learnt.join(" "));
            }
        }
    }

    /// The text without the names.
    ///
    /// A part that is no ordinary word goes wherever it stands as a name. One that is also a word (`Baker`, `Will`) goes next to
    /// another part, or where only a person can be meant, so that a baker called Baker stays a baker.
    pub(super) fn remove<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.parts.is_empty() {
            return Cow::Borrowed(text);
        }
        let words: Vec<(usize, &str)> = words(text).collect();
        let found: Vec<Option<&Part>> = words.iter().map(|(_, word)| self.part(word)).collect();
        if found.iter().all(Option::is_none) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        let mut at = 0;
        while let Some((start, word)) = words.get(at) {
            let run = Self::run_length(&found, &words, at);
            let is_name = run > 1
                || found
                    .get(at)
                    .copied()
                    .flatten()
                    .is_some_and(|part| part.stands_alone(text, *start, word));
            if !is_name {
                at += 1;
                continue;
            }
            at += run.max(1);
            let (last_start, last_word) = words.get(at - 1).copied().unwrap_or((*start, word));
            out.push_str(&text[copied..without_article(text, *start).max(copied)]);
            let end = last_start + last_word.len();
            copied = end + possessive_length(&text[end..]);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    /// The word is a part of the name.
    pub(super) fn has(&self, word: &str) -> bool {
        self.part(word).is_some()
    }

    fn part(&self, word: &str) -> Option<&Part> {
        let equal = |part: &&Part| part.lower.eq_ignore_ascii_case(word);
        self.parts.iter().find(equal).or_else(|| {
            let lower = (!word.is_ascii()).then(|| word.to_lowercase())?;
            self.parts.iter().find(|part| part.lower == lower)
        })
    }

    /// How many words from `at` on are a name of several different parts, initials between them included; 0 or 1 for none.
    fn run_length(found: &[Option<&Part>], words: &[(usize, &str)], at: usize) -> usize {
        let word = |at: usize| words.get(at).map_or("", |(_, word)| *word);
        let part = |at: usize| {
            let part = found.get(at).copied().flatten()?;
            (!part.is_word || is_capitalised(word(at))).then_some(part.lower.as_str())
        };
        let is_initial = |at: usize| word(at).chars().count() == 1 && is_capitalised(word(at));
        let Some(first) = part(at) else { return 0 };
        let mut seen = vec![first];
        let mut length = 1;
        loop {
            let skipped = usize::from(is_initial(at + length));
            match part(at + length + skipped) {
                // The second mention of a part begins another name, or is the word that it also is.
                Some(next) if !seen.contains(&next) => {
                    seen.push(next);
                    length += skipped + 1;
                }
                Some(_) | None => return length,
            }
        }
    }
}

fn is_capitalised(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

impl Part {
    /// A single occurrence means the person.
    fn stands_alone(&self, text: &str, start: usize, word: &str) -> bool {
        let capitalised = is_capitalised(word);
        if !self.is_word {
            return capitalised || self.lower.chars().count() >= 4;
        }
        let after = &text[start + word.len()..];
        let next = after
            .trim_start()
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let before = text[..start].trim_end().trim_end_matches('.');
        let title = ["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof"]
            .iter()
            .any(|title| before.ends_with(title));
        capitalised
            && (title
                || possessive_length(after) > 0
                || (after.starts_with(' ') && PERSON_VERBS.contains(&next)))
    }
}

/// What follows a person's name and hardly ever an occupation or a thing at the start of a resume's sentence.
const PERSON_VERBS: [&str; 24] = [
    "is",
    "was",
    "has",
    "had",
    "holds",
    "brings",
    "led",
    "leads",
    "joined",
    "works",
    "worked",
    "manages",
    "managed",
    "speaks",
    "enjoys",
    "earned",
    "graduated",
    "studied",
    "excels",
    "possesses",
    "began",
    "started",
    "served",
    "lives",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], text: &str, expected: &str) {
        assert_eq!(
            Names::new(names.iter().copied()).remove(text),
            expected,
            "{names:?} {text:?}"
        );
    }

    #[test]
    fn names_go_wherever_they_stand_as_names() {
        check(
            &["Zelda", "Quonset"],
            "Zelda Quonset is an engineer",
            " is an engineer",
        );
        check(&["Zelda", "Quonset"], "ZELDA M. QUONSET", "");
        check(&["Zelda", "Quonset"], "Quonset, Zelda", "");
        check(
            &["Zelda", "Quonset"],
            "reported to Zelda's manager",
            "reported to  manager",
        );
        check(
            &["Anne-Zelda", "O'Quonset"],
            "Anne-Zelda O\u{2019}Quonset left",
            " left",
        );
        check(&["Zoe"], "the zoe protein; Zoe", "the zoe protein; ");
        check(
            &["J\u{f6}rg", "\u{d6}zil"],
            "J\u{d6}RG \u{d6}ZIL, welder",
            ", welder",
        );
        check(&[], "nothing to do", "nothing to do");
    }

    #[test]
    fn names_that_are_words_go_only_where_a_person_is_meant() {
        check(
            &["Zelda", "Baker"],
            "Zelda Baker, baker. Head Baker at a bakery",
            ", baker. Head Baker at a bakery",
        );
        check(
            &["Will", "Swift"],
            "Will has written Swift and will write more",
            " has written Swift and will write more",
        );
        check(
            &["Mark", "An"],
            "An engineer. Mark's team had an office",
            "An engineer.  team had an office",
        );
        check(&["Ma", "Do"], "Do Ma can do it", " can do it");
    }

    #[test]
    fn a_heading_teaches_the_rest_of_a_name() {
        let mut names = Names::new(["Zelda", "Quonset"]);
        names.learn_from_heading("Resume\nZelda Viktoria Quonset, Welder\nSenior Welder");
        assert_eq!(names.remove("Viktoria is a senior welder"), " is a senior welder");
        let mut names = Names::new(["Zelda"]);
        names.learn_from_heading("Zelda Quonset\nSenior Welder");
        assert_eq!(names.remove("Quonset, senior welder"), ", senior welder");
    }
}
