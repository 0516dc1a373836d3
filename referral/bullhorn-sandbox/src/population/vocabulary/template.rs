//! Sentences with slots, such as `Trained {few} colleagues in {noun}`.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::population::random::Random;

/// A sentence whose slots are filled with other values each time.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Slot(Slot),
}

/// What stands in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Few,
    Dozens,
    Hundreds,
    Thousands,
    Percent,
    Money,
    Noun,
    Title,
    ATitle,
    Trade,
    ATrade,
    Years,
    Skill,
    Company,
    City,
    Sector,
}

const SLOTS: [(&str, Slot); 16] = [
    ("few", Slot::Few),
    ("dozens", Slot::Dozens),
    ("hundreds", Slot::Hundreds),
    ("thousands", Slot::Thousands),
    ("percent", Slot::Percent),
    ("money", Slot::Money),
    ("noun", Slot::Noun),
    ("title", Slot::Title),
    ("a_title", Slot::ATitle),
    ("trade", Slot::Trade),
    ("a_trade", Slot::ATrade),
    ("years", Slot::Years),
    ("skill", Slot::Skill),
    ("company", Slot::Company),
    ("city", Slot::City),
    ("sector", Slot::Sector),
];

/// What a sentence is about: the values of the slots that are not figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// `{noun}`: things the occupation deals with.
    pub(crate) nouns: &'a [String],
    /// `{title}`, `{a_title}`: a job title as it stands on a card.
    pub(crate) title: &'a str,
    /// `{trade}`, `{a_trade}`: name of the occupation, put in lower case.
    pub(crate) trade: &'a str,
    /// `{years}`: of experience.
    pub(crate) years: i64,
    /// `{skill}`: different ones, one after the other from anywhere in the list.
    pub(crate) skills: &'a [&'a str],
    /// `{company}`.
    pub(crate) company: &'a str,
    /// `{city}`.
    pub(crate) city: &'a str,
    /// `{sector}`: an industry, put in lower case.
    pub(crate) sector: &'a str,
    /// Sign of the currency in `{money}`.
    pub(crate) currency: &'a str,
}

impl Facts<'_> {
    /// Nothing known yet.
    pub(crate) const NONE: Facts<'static> = Facts {
        nouns: &[],
        title: "",
        trade: "",
        years: 0,
        skills: &[],
        company: "",
        city: "",
        sector: "",
        currency: "$",
    };
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, next) = after
                .split_once('}')
                .ok_or_else(|| format!("`{text}` opens a slot that it never closes"))?;
            let slot = SLOTS.iter().find(|(known, _)| *known == name);
            let (_, slot) = slot.ok_or_else(|| format!("`{text}` has the unknown slot `{{{name}}}`"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Slot(*slot));
            rest = next;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { text, pieces })
    }
}

impl Template {
    /// The sentence with its slots.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether only figures and `{noun}` are asked for, as in the duties of an occupation.
    pub(super) fn is_plain(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Slot(slot) => matches!(
                slot,
                Slot::Few
                    | Slot::Dozens
                    | Slot::Hundreds
                    | Slot::Thousands
                    | Slot::Percent
                    | Slot::Money
                    | Slot::Noun
            ),
        })
    }

    /// The sentence alone.
    pub(crate) fn filled(&self, facts: &Facts<'_>, random: &mut Random) -> String {
        let mut out = String::with_capacity(self.text.len() + 32);
        self.fill(&mut out, facts, random);
        out
    }

    /// Writes the sentence behind `out`.
    pub(crate) fn fill(&self, out: &mut String, facts: &Facts<'_>, random: &mut Random) {
        let begin = out.len();
        let start = random.below(facts.skills.len());
        let mut skills = facts.skills.iter().cycle().skip(start);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(Slot::Skill) => out.push_str(skills.next().copied().unwrap_or_default()),
                Piece::Slot(slot) => fill_slot(*slot, out, facts, random),
            }
        }
        if matches!(self.pieces.first(), Some(Piece::Slot(_))) {
            capitalise(out, begin);
        }
    }
}

/// Words, so that `a {few}-day course` needs no `an`.
const FEW: [&str; 6] = ["two", "three", "four", "five", "six", "seven"];
/// Nothing that is said with a vowel first.
const PERCENTS: [u32; 16] = [12, 14, 15, 17, 19, 20, 22, 24, 25, 27, 30, 35, 40, 45, 50, 60];

fn fill_slot(slot: Slot, out: &mut String, facts: &Facts<'_>, random: &mut Random) {
    let written = match slot {
        Slot::Few => write!(out, "{}", random.pick(&FEW)),
        Slot::Dozens => write!(out, "{}", random.between(12, 79)),
        Slot::Hundreds => write!(out, "{}", random.between(11, 79) * 10 + 10),
        Slot::Thousands => {
            out.push_str(&grouped(thousands(random)));
            Ok(())
        }
        Slot::Percent => write!(out, "{}%", random.pick(&PERCENTS)),
        Slot::Money => write!(out, "{}{}", facts.currency, grouped(thousands(random) * 10)),
        Slot::Noun if facts.nouns.is_empty() => Ok(()),
        Slot::Noun => write!(out, "{}", random.pick(facts.nouns)),
        Slot::Title => write!(out, "{}", facts.title),
        Slot::ATitle => write!(out, "{} {}", article(facts.title), facts.title),
        Slot::Trade => write!(out, "{}", lower(facts.trade)),
        Slot::ATrade => write!(out, "{} {}", article(facts.trade), lower(facts.trade)),
        Slot::Years => write!(out, "{}", facts.years),
        Slot::Company => write!(out, "{}", facts.company),
        Slot::City => write!(out, "{}", facts.city),
        Slot::Sector => write!(out, "{}", lower(facts.sector)),
        Slot::Skill => Ok(()),
    };
    written.expect("writing to a String does not fail");
}

/// Makes the letter at `begin` a capital.
fn capitalise(out: &mut String, begin: usize) {
    let first = out.get(begin..).and_then(|text| text.chars().next());
    if let Some(letter) = first.filter(char::is_ascii_lowercase) {
        out.replace_range(begin..=begin, &letter.to_ascii_uppercase().to_string());
    }
}

/// 1,200 to 95,000, with two digits that are not zero.
fn thousands(random: &mut Random) -> i64 {
    if random.percent(50) {
        random.between(12, 95) * 100
    } else {
        random.between(10, 95) * 1_000
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a` or `an`, by the sound of the first letter or, for abbreviations, of its name.
fn article(phrase: &str) -> &'static str {
    let word = phrase.split([' ', '-', '/']).next().unwrap_or_default();
    let spelled = word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase());
    let vowels = if spelled { "AEFHILMNORSX" } else { "AEIOaeio" };
    let sounds_like_vowel = phrase.starts_with(|letter| vowels.contains(letter));
    if sounds_like_vowel || (!spelled && word.starts_with("Un") && !word.starts_with("Uni")) {
        "an"
    } else {
        "a"
    }
}

/// Lower case, except for abbreviations and names with capitals inside.
fn lower(phrase: &str) -> String {
    let word = |word: &str| {
        let inner_capital = word.chars().skip(1).any(char::is_uppercase);
        if inner_capital {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    };
    phrase.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::random::Stream;

    fn filled(text: &str) -> String {
        let facts = Facts {
            nouns: &["ledgers".to_owned()],
            title: "HR Advisor",
            trade: "IT Project Manager",
            years: 7,
            skills: &["Rust", "SQL"],
            company: "Thistlewick Inc.",
            city: "Harrowbend",
            sector: "Retail",
            currency: "$",
        };
        let mut out = String::new();
        let template = Template::try_from(text.to_owned()).expect("a valid template");
        template.fill(&mut out, &facts, &mut Random::new(1, Stream::Resume, 1));
        out
    }

    #[test]
    fn slots_take_their_values() {
        assert_eq!(
            filled("is {a_title}, {a_trade}, {trade}"),
            "is an HR Advisor, an IT project manager, IT project manager"
        );
        let skills = filled("{skill} and {skill} and {skill}");
        assert!(
            ["Rust and SQL and Rust", "SQL and Rust and SQL"].contains(&skills.as_str()),
            "{skills}"
        );
        assert_eq!(
            filled("{years} years, {noun}, {sector}"),
            "7 years, ledgers, retail"
        );
        assert_eq!(filled("no slot"), "no slot");
        assert_eq!(filled("{noun}: {noun}"), "Ledgers: ledgers");
        let money = filled("{money}");
        assert!(money.starts_with('$') && money.ends_with("000"), "{money}");
    }

    #[test]
    fn unknown_and_open_slots_are_refused() {
        let problem = |text: &str| Template::try_from(text.to_owned()).expect_err("a broken template");
        assert_eq!(
            problem("a {nuon} b"),
            "`a {nuon} b` has the unknown slot `{nuon}`"
        );
        assert_eq!(
            problem("a {noun b"),
            "`a {noun b` opens a slot that it never closes"
        );
    }

    #[test]
    fn figures_have_separators() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(12_000), "12,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn articles_follow_the_sound() {
        let articles = [
            "Actuary",
            "Baker",
            "HR Advisor",
            "UX Designer",
            "Underwriter",
            "University Lecturer",
        ]
        .map(article);
        assert_eq!(articles, ["an", "a", "an", "a", "an", "a"]);
    }
}
