//! Takes out of a text what must not be stored or embedded.
//!
//! Two steps. [`protected`] removes statements of protected attributes (age, birth, gender, nationality, marital status,
//! religion, ethnicity, disability); what is left may be stored. [`for_embedding`] then removes who the text is about: names,
//! contacts, addresses, pronouns, gendered words, and boilerplate. Removal leaves no trace: two texts that differ only in such a
//! term become equal, which is what makes a score independent of it.

pub mod protected;

mod boilerplate;
mod contact;
mod gender;
mod lines;
mod names;
mod ordinary_words;
mod prefilter;
mod tidy;
mod words;

use std::borrow::Cow;

use boilerplate::Sections;
pub(crate) use boilerplate::is_heading;
use lines::lines;
pub use names::Names;
use words::words;

use crate::clean::text::cut_at_word;

/// Longer texts are cut before they are embedded, in bytes: some twenty chunks, more than any resume needs.
const EMBEDDED_MAX: usize = 20_000;

/// What may be embedded of a cleaned text, one block a line; empty when nothing is left. Statements of protected attributes must
/// be out already, see [`protected::remove`].
pub fn for_embedding(text: &str, names: &Names, place: &[&str]) -> String {
    let mut out = String::with_capacity(text.len().min(EMBEDDED_MAX + 1_000));
    let mut sections = Sections::default();
    let place: Vec<&str> = place
        .iter()
        .flat_map(|part| words(part))
        .map(|(_, word)| word)
        .collect();
    for line in lines(text) {
        if out.len() > EMBEDDED_MAX {
            break;
        }
        if sections.drops(line.text) || contact::is_contact_line(line, &place) {
            continue;
        }
        let text = if line.is_suspect {
            let sentences = boilerplate::remove_sentences(line.text);
            Cow::Owned(contact::remove(&sentences).into_owned())
        } else {
            Cow::Borrowed(line.text)
        };
        if words(&text).any(|(_, word)| gender::is_gendered(word) || names.has(word)) {
            let text = names.remove(&text);
            tidy::push_line(&mut out, &gender::neutralise(&text));
        } else {
            tidy::push_line(&mut out, &text);
        }
    }
    cut_at_word(&mut out, EMBEDDED_MAX);
    out
}
