//! What is embedded of a candidate and of a position: the work, not the person.
//!
//! The texts of both sides have the same shape (title, skills, prose), so that their vectors can be compared.

use crate::clean::text::field;
use crate::redact::{Names, for_embedding, protected};

/// What a candidate's embedded text is made of.
#[derive(Debug, Clone, Default)]
pub struct CandidateText<'a> {
    /// Given and family name, to be taken out.
    pub names: Vec<&'a str>,
    /// The person's city, region, postal code and country, to be taken out of the contact lines.
    pub place: Vec<&'a str>,
    /// Current title.
    pub occupation: Option<&'a str>,
    /// Normalised skills.
    pub skills: &'a [String],
    /// Certificates and licences.
    pub certifications: &'a [String],
    /// The resume as stored: clean, without protected attributes.
    pub resume: Option<&'a str>,
}

/// What a position's embedded text is made of.
#[derive(Debug, Clone, Default)]
pub struct PositionText<'a> {
    /// Job title.
    pub title: Option<&'a str>,
    /// Normalised skills that are required.
    pub required_skills: &'a [String],
    /// Normalised skills that are nice to have.
    pub nice_skills: &'a [String],
    /// Certificates and licences asked for.
    pub certifications: &'a [String],
    /// The advertisement as stored.
    pub description: Option<&'a str>,
}

/// The text to embed for a candidate; `None` when nothing is left.
pub fn of_candidate(text: &CandidateText<'_>) -> Option<String> {
    let mut names = Names::new(text.names.iter().copied());
    names.learn_from_heading(text.resume.unwrap_or_default());
    let mut prose = String::new();
    add_line(&mut prose, "", text.occupation);
    add_line(&mut prose, "Skills: ", list(text.skills).as_deref());
    add_line(
        &mut prose,
        "Certifications: ",
        list(text.certifications).as_deref(),
    );
    if let Some(resume) = text.resume {
        prose.push_str(resume);
    }
    redacted(&prose, &names, &text.place)
}

/// The text to embed for a position; `None` when nothing is left.
pub fn of_position(text: &PositionText<'_>) -> Option<String> {
    let mut prose = String::new();
    add_line(&mut prose, "", text.title);
    add_line(&mut prose, "Required: ", list(text.required_skills).as_deref());
    add_line(&mut prose, "Nice to have: ", list(text.nice_skills).as_deref());
    add_line(
        &mut prose,
        "Certifications: ",
        list(text.certifications).as_deref(),
    );
    if let Some(description) = text.description {
        prose.push_str(description);
    }
    redacted(&prose, &Names::default(), &[])
}

/// A clean text as it may be stored: without statements of protected attributes. `None` when nothing is left.
pub fn storable(text: &str) -> Option<String> {
    let clean = protected::remove(text).into_owned();
    (!clean.is_empty()).then_some(clean)
}

/// A title without protected attributes, at most 100 characters.
pub fn storable_title(text: &str) -> Option<String> {
    field(&protected::remove(text), 100)
}

fn redacted(prose: &str, names: &Names, place: &[&str]) -> Option<String> {
    let text = for_embedding(prose, names, place);
    (!text.is_empty()).then_some(text)
}

fn list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join(", "))
}

fn add_line(prose: &mut String, label: &str, value: Option<&str>) {
    if let Some(value) = value {
        prose.push_str(label);
        prose.push_str(value);
        prose.push_str(".\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clean::html::html_to_text;

    /// Everything about a person that must make no difference.
    #[derive(Debug, Clone)]
    struct Person {
        first: String,
        last: String,
        pronoun: &'static str,
        possessive: &'static str,
        gender: &'static str,
        server: &'static str,
        title: &'static str,
        age: u32,
        nationality: &'static str,
        marital: &'static str,
        city: &'static str,
        street: &'static str,
    }

    /// A resume in which each of these occurs in several places.
    fn resume(p: &Person) -> String {
        let Person {
            first,
            last,
            pronoun,
            possessive,
            gender,
            server,
            title,
            age,
            nationality,
            marital,
            city,
            street,
        } = p;
        format!(
            "<html><head><title>{first} {last}</title></head><body><h1>{first} {last}</h1>\
             <p>{street}, {city}, OH 44101<br>Phone: (555) 010-12{age}<br>{first}.{last}@example.com | {city}</p>\
             <img src='me.jpg' alt='Photo of {first}'>\
             <p>Age: {age} | Nationality: {nationality} | Marital status: {marital}</p>\
             <p>{first} is a {gender} {server} and welder. {pronoun} leads a crew; {possessive} welds pass every test.</p>\
             <p>A {age}-year-old {nationality} national, {marital} with two children.</p>\
             <h2>Work experience</h2><ul><li>{title} {last} welded pipes at Example Works, 2015 - 2019</li>\
             <li>Colleagues praise {last}'s TIG seams</li></ul>\
             <h2>Hobbies</h2><p>{gender} choir of {city}</p><h2>References</h2><p>{title} Quux, 555 010 9999</p></body></html>"
        )
    }

    fn embedded(p: &Person) -> String {
        let stored = storable(&html_to_text(&resume(p), 100_000)).unwrap();
        let skills = ["tig welding".to_owned()];
        let text = CandidateText {
            names: vec![&p.first, &p.last],
            place: vec![p.city, "OH", "44101"],
            occupation: Some("Welder"),
            skills: &skills,
            resume: Some(&stored),
            ..CandidateText::default()
        };
        of_candidate(&text).unwrap()
    }

    fn base() -> Person {
        Person {
            first: "Zelda".to_owned(),
            last: "Quonset".to_owned(),
            pronoun: "She",
            possessive: "her",
            gender: "female",
            server: "waitress",
            title: "Mrs",
            age: 45,
            nationality: "German",
            marital: "married",
            city: "Testville",
            street: "12 Elm Street",
        }
    }

    #[test]
    fn an_embedded_resume_is_about_the_work() {
        insta::assert_snapshot!(embedded(&base()), @r"
        Welder.
        Skills: tig welding.
        is server and welder. leads a crew; welds pass every test.
        Work experience
        welded pipes at Example Works, 2015 - 2019
        Colleagues praise TIG seams
        ");
    }

    #[test]
    fn an_embedded_advertisement_is_about_the_work() {
        let required = ["tig welding".to_owned()];
        let text = PositionText {
            title: Some("Foreman"),
            required_skills: &required,
            description: Some(
                "The candidate knows his trade: pipes.\nEqual opportunity employer. Apply now at jobs@example.com\nWe are \
                 happy to talk: +1 555 010 1234",
            ),
            ..PositionText::default()
        };
        insta::assert_snapshot!(of_position(&text).unwrap(), @r"
        supervisor.
        Required: tig welding.
        The candidate knows trade: pipes.
        ");
        assert_eq!(of_position(&PositionText::default()), None);
    }

    fn name() -> impl Strategy<Value = String> {
        "[BDFGKLMNPRSTVZ][aeiou][bdfgklmnprstvz]{2}[aeiou]x[a-z]{0,4}"
    }

    proptest! {
        /// The swap test: whoever the person is, the same work gives the same text.
        #[test]
        fn a_different_person_with_the_same_work_is_embedded_equally(
            first in name(),
            last in name(),
            he in any::<bool>(),
            age in 18_u32..80,
            nationality in prop::sample::select(vec!["French", "Polish", "American", "Nigerian"]),
            marital in prop::sample::select(vec!["divorced", "widowed", "unmarried"]),
            city in prop::sample::select(vec!["Sampleton", "Mockford"]),
            street in prop::sample::select(vec!["7 North Oak Avenue, Apt 3", "1201 Mock Hill Road", "P.O. Box 5"]),
        ) {
            let person = Person {
                first,
                last,
                pronoun: if he { "He" } else { "She" },
                possessive: if he { "his" } else { "her" },
                gender: if he { "male" } else { "female" },
                server: if he { "waiter" } else { "waitress" },
                title: if he { "Mr" } else { "Ms" },
                age,
                nationality,
                marital,
                city,
                street,
            };
            prop_assert_eq!(embedded(&person), embedded(&base()));
        }
    }
}
