//! The clients: Bullhorn's `ClientCorporation` and `ClientContact`.

use jiff::Timestamp;

use super::{Address, Wire};

/// One client company (`ClientCorporation`; it has no `isDeleted`).
#[derive(Debug, Clone, PartialEq)]
pub struct CompanyRecord {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// Name; invented, at most 100 characters.
    pub name: String,
    /// `Active Account`, `Prospect`, `Archive`, ...
    pub status: Wire<String>,
    /// Main phone, at most 20 characters.
    pub phone: Wire<String>,
    /// Web site (`companyURL`), always in an example domain.
    pub company_url: Wire<String>,
    /// Industries as text (`industryList`).
    pub industry_list: Wire<String>,
    /// Who they are, in a sentence or two (`companyDescription`).
    pub company_description: Wire<String>,
    /// Head count.
    pub num_employees: Wire<i32>,
    /// Seat of the company.
    pub address: Wire<Address>,
    /// When the record was made; UTC.
    pub date_added: Timestamp,
    /// When the record was last changed; UTC.
    pub date_last_modified: Timestamp,
}

/// One person at a client (`ClientContact`).
#[derive(Debug, Clone, PartialEq)]
pub struct ContactRecord {
    /// Key, from 1 upwards without gaps.
    pub id: u32,
    /// At most 50 characters.
    pub first_name: String,
    /// At most 50 characters.
    pub last_name: String,
    /// Both names.
    pub name: String,
    /// Address in an example domain.
    pub email: Wire<String>,
    /// Free text of at most 20 characters.
    pub phone: Wire<String>,
    /// What the contact does (`occupation`).
    pub occupation: Wire<String>,
    /// `Active`, `Archive`, ...
    pub status: Wire<String>,
    /// Id of the [`CompanyRecord`] the contact works for (`clientCorporation`).
    pub client_corporation: u32,
    /// Id of the owning [`CorporateUser`](super::CorporateUser).
    pub owner: Wire<u32>,
    /// Softly deleted.
    pub is_deleted: bool,
    /// When the record was made; UTC.
    pub date_added: Timestamp,
    /// When the record was last changed; UTC.
    pub date_last_modified: Timestamp,
}
