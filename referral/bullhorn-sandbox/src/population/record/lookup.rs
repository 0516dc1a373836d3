//! The small tables that records point into.

use jiff::Timestamp;

/// One skill of the catalogue (`Skill`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// Canonical spelling.
    pub name: String,
    /// False for a skill that is no longer offered.
    pub enabled: bool,
    /// Ids of the [`Category`] rows in which the skill is used, ascending.
    pub categories: Vec<u32>,
}

/// One family of occupations (`Category`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// Name of the family.
    pub name: String,
    /// False for a category that is no longer offered.
    pub enabled: bool,
    /// Always `C` here (`type`).
    pub kind: String,
}

/// One occupation (`Specialty`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specialty {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// Name of the occupation.
    pub name: String,
    /// Id of the [`Category`] it belongs to (`parentCategory`).
    pub parent_category: u32,
}

/// One industry (`BusinessSector`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessSector {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// Name of the industry.
    pub name: String,
    /// When the row was made; UTC.
    pub date_added: Timestamp,
}

/// One country (`Country`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// Key, as in `countryID` of an address.
    pub id: u32,
    /// ISO 3166 alpha-2 code.
    pub code: &'static str,
    /// English name, not padded.
    pub name: &'static str,
}

/// One recruiter of the agency (`CorporateUser`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorporateUser {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Both names.
    pub name: String,
    /// Address in an example domain.
    pub email: String,
    /// Whether the user may still log in.
    pub enabled: bool,
    /// Softly deleted.
    pub is_deleted: bool,
}

/// What a tenant made of one of Bullhorn's custom fields: `/meta` shows the label, records carry the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomField {
    /// Entity that has the field, such as `Candidate`.
    pub entity: &'static str,
    /// Name on the wire, such as `customText1`.
    pub name: &'static str,
    /// The tenant's label.
    pub label: &'static str,
}

/// The custom fields that records of this population fill.
pub const CUSTOM_FIELDS: &[CustomField] = &[
    CustomField {
        entity: "Candidate",
        name: "customText1",
        label: "Notice Period",
    },
    CustomField {
        entity: "Candidate",
        name: "customText2",
        label: "Languages",
    },
    CustomField {
        entity: "Candidate",
        name: "customInt1",
        label: "Longest Commute (minutes)",
    },
    CustomField {
        entity: "JobOrder",
        name: "customText1",
        label: "Shift",
    },
    CustomField {
        entity: "JobOrder",
        name: "customFloat1",
        label: "Salary From",
    },
];
