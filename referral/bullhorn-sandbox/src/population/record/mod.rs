//! What a generated record looks like: Bullhorn's fields under their own meaning, in plain Rust types.
//!
//! Nothing here knows HTTP or JSON. Where Bullhorn answers one field in several shapes, the shape of this record is
//! spelled out by [`Wire`], [`Texts`], [`Amount`] or [`ToMany`], so that a server only has to write down what it finds.

mod candidate;
mod company;
mod lookup;
mod position;
mod shape;

pub use candidate::{CandidateRecord, EducationRecord, WorkHistoryRecord};
pub use company::{CompanyRecord, ContactRecord};
pub use lookup::{
    BusinessSector, CUSTOM_FIELDS, Category, CorporateUser, Country, CustomField, Skill, Specialty,
};
pub use position::PositionRecord;
pub use shape::{Address, Amount, CONFIDENTIAL, Texts, ToMany, Wire};
