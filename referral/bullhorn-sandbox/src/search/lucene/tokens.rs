//! Texts as the index sees them: words in lower case, everything between them dropped.

/// The words of a query, and the whole of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    words: Vec<String>,
    whole: String,
}

/// The words of a term or phrase.
pub(crate) fn of_query(text: &str) -> Tokens {
    Tokens {
        words: words(text).map(str::to_lowercase).collect(),
        whole: text.trim().to_lowercase(),
    }
}

impl Tokens {
    /// Whether the words stand in the text, one after the other, or the text is the same as a whole.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        if same(text.trim(), &self.whole) {
            return true;
        }
        match self.words.as_slice() {
            [] => false,
            [word] => words(text).any(|other| same(other, word)),
            phrase => {
                let words: Vec<&str> = words(text).collect();
                words
                    .windows(phrase.len())
                    .any(|window| window.iter().zip(phrase).all(|(a, b)| same(a, b)))
            }
        }
    }
}

/// The words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn same(text: &str, lower: &str) -> bool {
    text.eq_ignore_ascii_case(lower) || (!text.is_ascii() && text.to_lowercase() == lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_neighbours() {
        let cases = [
            ("active", "Active", true),
            ("New Lead", "new lead", true),
            ("new lead", "A new, lead person", true),
            ("new lead", "lead new", false),
            ("c++", "C++", true),
            ("a@b.example", "A@B.example", true),
            ("école", "ÉCOLE normale", true),
            ("act", "Active", false),
            ("", "anything", false),
        ];
        for (query, text, expected) in cases {
            assert_eq!(of_query(query).are_in(text), expected, "{query} in {text}");
        }
    }
}
