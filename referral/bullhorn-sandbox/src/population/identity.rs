//! Who a person is: an invented name and ways to reach it.

use super::random::{Random, Stream};
use super::vocabulary::{Phrases, Place};
use super::world::World;

/// A person as the passport would have it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) first: &'static str,
    pub(crate) nickname: Option<&'static str>,
    pub(crate) middle: Option<&'static str>,
    pub(crate) last: String,
    pub(crate) email: String,
    pub(crate) email2: String,
    /// Digits with the trunk prefix of the country, as dialled at home.
    pub(crate) mobile: Number,
    pub(crate) landline: Number,
    pub(crate) street: String,
    pub(crate) flat: String,
    pub(crate) zip: String,
}

impl Identity {
    pub(crate) fn of(world: &World, person: u32, place: &'static Place) -> Self {
        let mut random = world.random(Stream::Identity, person);
        let phrases = &world.vocabulary.phrases;
        let first = random.pick(&phrases.names.first).as_str();
        let nickname = phrases
            .names
            .nicknames
            .get(first)
            .map(|names| random.pick(names).as_str());
        let middle = random
            .percent(30)
            .then(|| random.pick(&phrases.names.first).as_str());
        let last = surname(phrases, &mut random);
        let email = email(phrases, &mut random, first, &last);
        let email2 = email_second(phrases, &mut random, first);
        let mobile = Number::new(&mut random, place, true);
        let landline = Number::new(&mut random, place, false);
        Self {
            first,
            nickname,
            middle,
            last,
            email,
            email2,
            mobile,
            landline,
            street: street(phrases, &mut random),
            flat: format!(
                "Apt {}{}",
                random.between(1, 40),
                random.pick(&["", "A", "B", "C"])
            ),
            zip: zip(&mut random, place),
        }
    }

    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// An invented surname.
pub(crate) fn surname(phrases: &Phrases, random: &mut Random) -> String {
    let names = &phrases.names;
    if random.percent(12) {
        return random.pick(&names.surnames).clone();
    }
    let built = |random: &mut Random| {
        let head = random.pick(&names.surname_heads).as_str();
        let tail = random.pick(&names.surname_tails).as_str();
        // No letter three times in a row, as in `Bell` and `ley`.
        let doubled = head.ends_with("ll") && tail.starts_with('l');
        format!("{}{tail}", if doubled { &head[..head.len() - 1] } else { head })
    };
    let name = built(random);
    if random.percent(3) {
        format!("{name}-{}", built(random))
    } else {
        name
    }
}

/// Street and number.
pub(crate) fn street(phrases: &Phrases, random: &mut Random) -> String {
    let number = random.between(1, 999);
    format!(
        "{number} {} {}",
        random.pick(&phrases.places.streets),
        random.pick(&phrases.places.street_kinds)
    )
}

/// A postal code of a town, in the form of its country.
pub(crate) fn zip(random: &mut Random, place: &Place) -> String {
    const LETTERS: &[u8] = b"ABCEGHJKLMNPRSTVXY";
    let letter = |random: &mut Random| char::from(*random.pick(LETTERS));
    let start = &place.zip;
    match place.country.as_str() {
        "CA" => {
            let (one, two) = (letter(random), letter(random));
            format!("{start}{one} {}{two}{}", random.below(10), random.below(10))
        }
        "GB" => {
            let (one, two) = (letter(random), letter(random));
            format!("{start}{} {}{one}{two}", random.between(1, 19), random.below(10))
        }
        "IE" => {
            let (one, two) = (letter(random), letter(random));
            format!(
                "{start}{} {one}{}{two}{}",
                random.below(9),
                random.below(10),
                random.below(10)
            )
        }
        "AU" => format!("{start}{:02}", random.below(100)),
        "DE" => format!("{start}{:03}", random.below(1000)),
        _ => format!("{start}{:02}", random.between(1, 99)),
    }
}

/// The part before the `@`, of letters that every system takes.
fn mailbox(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            'a'..='z' | '-' => Some(letter),
            'á' | 'å' | 'ä' => Some('a'),
            'é' | 'è' | 'ë' => Some('e'),
            'í' | 'ı' => Some('i'),
            'ó' | 'ö' | 'ø' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ç' => Some('c'),
            'ñ' => Some('n'),
            'ř' => Some('r'),
            _ => None,
        })
        .collect()
}

fn email(phrases: &Phrases, random: &mut Random, first: &str, last: &str) -> String {
    let (first, last) = (mailbox(first), mailbox(last));
    let initial = first.chars().next().unwrap_or('x');
    let domain = random.pick(&phrases.names.mail_domains);
    match random.below(6) {
        0 | 1 => format!("{first}.{last}@{domain}"),
        2 => format!("{first}.{last}{}@{domain}", random.between(2, 99)),
        3 => format!("{initial}{last}{}@{domain}", random.between(1, 999)),
        4 => format!("{last}.{first}@{domain}"),
        _ => format!("{first}_{last}@{domain}"),
    }
}

fn email_second(phrases: &Phrases, random: &mut Random, first: &str) -> String {
    let domain = random.pick(&phrases.names.mail_domains);
    format!("{}{}@{domain}", mailbox(first), random.between(100, 9999))
}

/// A telephone number that belongs to nobody.
///
/// North American numbers use the exchange 555, British, Irish and Australian ones blocks that are kept for drama.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    country: &'static str,
    /// Area code without the trunk prefix.
    area: String,
    local: String,
}

impl Number {
    pub(crate) fn new(random: &mut Random, place: &'static Place, mobile: bool) -> Self {
        let (area, local) = match place.country.as_str() {
            "GB" if mobile => ("7700".to_owned(), format!("900{:03}", random.below(1000))),
            "GB" => ("1632".to_owned(), format!("960{:03}", random.below(1000))),
            "IE" if mobile => ("85".to_owned(), format!("555{:04}", random.below(10_000))),
            "IE" => ("20".to_owned(), format!("91{:05}", random.below(100_000))),
            "AU" if mobile => ("491".to_owned(), format!("57{:04}", random.below(10_000))),
            "AU" => {
                let area = random.pick(&place.area_codes).trim_start_matches('0').to_owned();
                (area, format!("5550{:04}", random.below(10_000)))
            }
            "DE" if mobile => ("171".to_owned(), format!("39{:05}", random.below(100_000))),
            "DE" => {
                let area = random.pick(&place.area_codes).trim_start_matches('0').to_owned();
                (area, format!("23125{:03}", random.below(1000)))
            }
            _ => {
                // 555-1212 is directory assistance.
                let local = Some(random.below(10_000))
                    .filter(|line| *line != 1212)
                    .unwrap_or(142);
                (random.pick(&place.area_codes).clone(), format!("555{local:04}"))
            }
        };
        Self {
            country: place.country.as_str(),
            area,
            local,
        }
    }

    fn prefix(&self) -> &'static str {
        match self.country {
            "GB" => "44",
            "IE" => "353",
            "AU" => "61",
            "DE" => "49",
            _ => "1",
        }
    }

    /// As somebody typed it, in at most 20 characters.
    pub(crate) fn typed(&self, random: &mut Random) -> String {
        let Self { area, local, .. } = self;
        if self.prefix() != "1" {
            return match random.below(4) {
                0 => format!("0{area} {local}"),
                1 => format!("+{} {area} {local}", self.prefix()),
                2 => format!("0{area}{local}"),
                _ => format!("+{} (0){area} {local}", self.prefix()),
            };
        }
        let (exchange, line) = local.split_at(3);
        match random.below(8) {
            0 | 1 => format!("({area}) {exchange}-{line}"),
            2 => format!("{area}-{exchange}-{line}"),
            3 => format!("{area}.{exchange}.{line}"),
            4 => format!("{area}{exchange}{line}"),
            5 => format!("+1 {area} {exchange} {line}"),
            6 => format!("1-{area}-{exchange}-{line}"),
            _ => format!("{area} {exchange}-{line} x{}", random.between(1, 99)),
        }
    }
}
