//! Cleaning: pure functions from what sources contain to what can be stored, compared and searched.

pub(crate) mod ascii;
pub mod country;
pub mod email;
pub mod html;
pub mod money;
pub mod phone;
pub mod seniority;
pub mod skills;
pub mod text;

mod country_names;
mod entities;
mod markup;
mod mojibake;
mod skill_aliases;
