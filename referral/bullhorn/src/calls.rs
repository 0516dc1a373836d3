//! The calls of a client, one file each.

pub(crate) mod answer;
pub(crate) mod associations;
pub(crate) mod entities;
pub(crate) mod events;
pub(crate) mod meta;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod subscription;
pub(crate) mod to_many;
