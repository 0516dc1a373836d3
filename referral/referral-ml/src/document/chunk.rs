//! Cutting long texts.
//!
//! The model reads 256 tokens and ignores the rest, and on long resumes that loses more than half of the ranking quality.
//! So a text that does not fit is cut into pieces at line and sentence ends, and the mean of their vectors stands for it.

/// Name of the rule by which texts are cut and cleaned; part of every vector's identity, so that a new rule means new
/// vectors.
pub const CHUNK_RULE: &str = "whole-or-900x16.1";

/// Most characters per piece: about 200 tokens of prose.
const PIECE_CHARS_MAX: usize = 900;
/// Most pieces per text. What a resume says after 14,000 characters is not read, so that no single record can stall a
/// run.
const PIECES_MAX: usize = 16;
/// A text longer than this is not even tried as a whole.
const WHOLE_CHARS_MAX: usize = 3_000;

/// The pieces of `text` that are embedded: the whole when it `fits` the model, else pieces of at most 900 characters
/// that fit, cut after lines and sentences, in the text's order, at most 16. Blanks are single. No text, no pieces.
pub fn chunks(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if whole.is_empty() {
        return Vec::new();
    }
    if whole.chars().count() <= WHOLE_CHARS_MAX && fits(&whole) {
        return vec![whole];
    }
    let mut pieces = Vec::new();
    let mut piece = Piece::default();
    for sentence in text.lines().flat_map(sentences) {
        if piece.has_room_for(sentence) {
            piece.add(sentence);
            continue;
        }
        piece.finish(&mut pieces, &fits);
        for word in sentence.split_whitespace().flat_map(bounded) {
            if !piece.has_room_for(word) {
                piece.finish(&mut pieces, &fits);
            }
            piece.add(word);
        }
        if pieces.len() >= PIECES_MAX {
            break;
        }
    }
    piece.finish(&mut pieces, &fits);
    pieces.truncate(PIECES_MAX);
    pieces
}

/// A piece that is being filled.
#[derive(Default)]
struct Piece {
    text: String,
    chars: usize,
}

impl Piece {
    fn has_room_for(&self, addition: &str) -> bool {
        let blank = usize::from(self.chars > 0);
        self.chars + blank + addition.chars().count() <= PIECE_CHARS_MAX
    }

    fn add(&mut self, addition: &str) {
        for word in addition.split_whitespace() {
            if !self.text.is_empty() {
                self.text.push(' ');
                self.chars += 1;
            }
            self.text.push_str(word);
            self.chars += word.chars().count();
        }
    }

    /// Moves the piece to the others, in halves where it has few characters but many tokens.
    fn finish(&mut self, pieces: &mut Vec<String>, fits: &impl Fn(&str) -> bool) {
        let piece = std::mem::take(self);
        if !piece.text.is_empty() {
            push_fitting(piece.text, pieces, fits);
        }
    }
}

fn push_fitting(text: String, pieces: &mut Vec<String>, fits: &impl Fn(&str) -> bool) {
    if pieces.len() >= PIECES_MAX {
        return;
    }
    match halves(&text) {
        Some((first, second)) if !fits(&text) => {
            let (first, second) = (first.to_owned(), second.to_owned());
            push_fitting(first, pieces, fits);
            push_fitting(second, pieces, fits);
        }
        _ => pieces.push(text),
    }
}

/// The text cut near its middle, at a blank if it has one; `None` for a single character.
fn halves(text: &str) -> Option<(&str, &str)> {
    let middle = text
        .char_indices()
        .nth(text.chars().count() / 2)
        .map(|(index, _)| index)
        .filter(|index| *index > 0)?;
    let (first, second) = text.split_at(middle);
    match first.rfind(' ') {
        Some(blank) => Some((&first[..blank], &text[blank + 1..])),
        None => Some((first, second)),
    }
}

/// The sentences of a line: each ends with `.`, `!`, `?` or `;` before a blank.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    line.split_inclusive(". ")
        .flat_map(|part| part.split_inclusive("! "))
        .flat_map(|part| part.split_inclusive("? "))
        .flat_map(|part| part.split_inclusive("; "))
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}

/// A word in parts that have room in a piece.
fn bounded(mut word: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = word
            .char_indices()
            .nth(PIECE_CHARS_MAX)
            .map_or(word.len(), |(index, _)| index);
        let (part, rest) = word.split_at(end);
        word = rest;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> String {
        text.split_whitespace().collect()
    }

    /// Stands for the tokenizer: at most `limit` words.
    fn at_most(limit: usize) -> impl Fn(&str) -> bool {
        move |text| text.split_whitespace().count() <= limit
    }

    #[test]
    fn a_text_that_fits_stays_whole() {
        assert_eq!(
            chunks("  Welder.\n Pipes,\tTIG. ", at_most(10)),
            ["Welder. Pipes, TIG."]
        );
        assert!(chunks(" \n ", at_most(10)).is_empty());
    }

    #[test]
    fn cuts_are_made_after_lines_and_sentences() {
        let sentence = format!("{}end. ", "word ".repeat(79));
        let pieces = chunks(&sentence.repeat(6), at_most(250));
        assert_eq!(pieces.len(), 3);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.ends_with("end.") && piece.split(' ').count() == 160),
            "{pieces:?}"
        );
    }

    #[test]
    fn a_piece_of_many_tokens_is_halved_until_it_fits() {
        let pieces = chunks(&"a ".repeat(1_000), at_most(100));
        assert!(pieces.iter().all(|piece| piece.split(' ').count() <= 100));
        assert_eq!(pieces.len(), PIECES_MAX);
    }

    #[test]
    fn a_text_without_blanks_is_cut_by_characters() {
        let pieces = chunks(&"ä".repeat(2_000), |text| text.chars().count() < 700);
        assert!(pieces.iter().all(|piece| piece.chars().count() < 700));
        assert_eq!(pieces.concat().chars().count(), 2_000);
    }

    #[test]
    fn no_text_takes_more_than_sixteen_pieces() {
        let endless = "Something was done here for a while. ".repeat(300_000);
        assert_eq!(chunks(&endless, at_most(250)).len(), PIECES_MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn pieces_are_the_text_in_order_and_bounded(text in "([a-zäß.!?;]{1,12}[ \n]{1,2}){0,700}", limit in 20_usize..300) {
            let fits = at_most(limit);
            let pieces = chunks(&text, &fits);
            for piece in &pieces {
                prop_assert!(fits(piece));
                prop_assert!(pieces.len() == 1 || piece.chars().count() <= PIECE_CHARS_MAX);
                prop_assert_eq!(piece.trim(), piece);
            }
            let all = words(&pieces.concat());
            prop_assert!(words(&text).starts_with(&all));
            prop_assert!(pieces.len() == PIECES_MAX || words(&text) == all);
        }
    }
}
