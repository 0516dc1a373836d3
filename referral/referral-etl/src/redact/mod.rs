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
mod names;
mod tidy;

use boilerplate::Sections;
pub(crate) use boilerplate::is_heading;
pub use names::Names;

use crate::clean::text::cut_at_word;

/// Longer texts are cut before they are embedded, in bytes: some twenty chunks, more than any resume needs.
const EMBEDDED_MAX: usize = 20_000;

/// What may be embedded of a cleaned text, one block a line; empty when nothing is left. Statements of protected attributes must
/// be out already, see [`protected::remove`].
pub fn for_embedding(text: &str, names: &Names, place: &[&str]) -> String {
    let mut out = String::with_capacity(text.len().min(EMBEDDED_MAX + 1_000));
    let mut sections = Sections::default();
    for line in text.lines() {
        if out.len() > EMBEDDED_MAX {
            break;
        }
        if sections.drops(line) || contact::is_contact_line(line, place) {
            continue;
        }
        let line = boilerplate::remove_sentences(line);
        let line = contact::remove(&line);
        let line = names.remove(&line);
        let line = gender::neutralise(&line);
        tidy::push_line(&mut out, &line);
    }
    cut_at_word(&mut out, EMBEDDED_MAX);
    out
}
