//! What Bullhorn's entities look like: names, fields, types, and where each value comes from.

mod activity;
mod candidate;
mod catalogue;
mod clients;
mod entity;
mod job_order;
mod lookups;
mod parse;
mod path;
pub(crate) mod schema;
mod value;

pub(crate) use entity::{Entity, Operation};
pub(crate) use parse::ValueProblem;
pub(crate) use path::Path;
pub(crate) use schema::{Field, Kind, Schema, Source};
pub(crate) use value::{ADDRESS_PARTS, AddressPart, AsValue, Value};
