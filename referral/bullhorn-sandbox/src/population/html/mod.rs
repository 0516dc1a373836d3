//! HTML as applicant systems of the nineties and noughties keep it.
//!
//! [`Html`] writes a document of headings, paragraphs, lists and jobs in one of the [`Style`]s: tables and fonts, the
//! export of a word processor, plain text between line breaks.

mod escape;
mod style;
mod writer;

pub(crate) use style::{ADVERT_STYLES, LONG_STYLES, RESUME_STYLES, SHORT_STYLES, Style};
pub(crate) use writer::Html;
