//! The kinds of records, and which doors each can be read through.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of record, by Bullhorn's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Entity {
    /// A line of business.
    BusinessSector,
    /// A person looking for work.
    Candidate,
    /// A kind of work.
    Category,
    /// A person at a client.
    ClientContact,
    /// A client.
    ClientCorporation,
    /// A user of the Bullhorn account.
    CorporateUser,
    /// A country.
    Country,
    /// An open or closed position.
    JobOrder,
    /// A candidate put forward for a position.
    JobSubmission,
    /// A possible client contact.
    Lead,
    /// A note on another record.
    Note,
    /// A possible position.
    Opportunity,
    /// A candidate who took a position.
    Placement,
    /// An entry of the skill list.
    Skill,
    /// A finer kind of work within a category.
    Specialty,
    /// Something a user has to do.
    Task,
}

impl Entity {
    /// Every kind, by name.
    pub const ALL: [Self; 16] = [
        Self::BusinessSector,
        Self::Candidate,
        Self::Category,
        Self::ClientContact,
        Self::ClientCorporation,
        Self::CorporateUser,
        Self::Country,
        Self::JobOrder,
        Self::JobSubmission,
        Self::Lead,
        Self::Note,
        Self::Opportunity,
        Self::Placement,
        Self::Skill,
        Self::Specialty,
        Self::Task,
    ];

    /// The name in addresses and replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BusinessSector => "BusinessSector",
            Self::Candidate => "Candidate",
            Self::Category => "Category",
            Self::ClientContact => "ClientContact",
            Self::ClientCorporation => "ClientCorporation",
            Self::CorporateUser => "CorporateUser",
            Self::Country => "Country",
            Self::JobOrder => "JobOrder",
            Self::JobSubmission => "JobSubmission",
            Self::Lead => "Lead",
            Self::Note => "Note",
            Self::Opportunity => "Opportunity",
            Self::Placement => "Placement",
            Self::Skill => "Skill",
            Self::Specialty => "Specialty",
            Self::Task => "Task",
        }
    }

    /// Whether `/search` knows it, that is, whether it is in the Lucene index.
    pub const fn is_searchable(self) -> bool {
        match self {
            Self::Candidate
            | Self::ClientContact
            | Self::ClientCorporation
            | Self::JobOrder
            | Self::JobSubmission
            | Self::Lead
            | Self::Note
            | Self::Opportunity
            | Self::Placement
            | Self::Task => true,
            Self::BusinessSector
            | Self::Category
            | Self::CorporateUser
            | Self::Country
            | Self::Skill
            | Self::Specialty => false,
        }
    }

    /// Whether `/query` serves it. Candidate and Note are refused there (`errors.queryIndexedEntity`).
    pub const fn is_queryable(self) -> bool {
        !matches!(self, Self::Candidate | Self::Note)
    }

    /// Whether it has the field `isDeleted`; client corporations and placements do not.
    pub const fn is_soft_deleted(self) -> bool {
        !matches!(self, Self::ClientCorporation | Self::Placement)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is none of [`Entity::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an entity that this client knows")]
pub struct UnknownEntity {
    name: String,
}

impl FromStr for Entity {
    type Err = UnknownEntity;

    fn from_str(name: &str) -> Result<Self, UnknownEntity> {
        Self::ALL
            .into_iter()
            .find(|entity| entity.as_str() == name)
            .ok_or_else(|| UnknownEntity {
                name: name.to_owned(),
            })
    }
}
