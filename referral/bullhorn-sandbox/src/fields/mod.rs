//! The `fields` parameter: what a reply shows of each record.

mod parse;
mod resolve;

pub(crate) use resolve::{FieldsError, Inside, Selected, SelectedField, resolve};
