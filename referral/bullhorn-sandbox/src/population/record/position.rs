//! Bullhorn's `JobOrder`.

use jiff::Timestamp;

use super::{Address, Amount, Texts, ToMany, Wire};

/// One job order. Names in parentheses are Bullhorn's where they are not the plain camel-case of ours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PositionRecord {
    /// Key, from 1 upwards, with gaps.
    pub id: u32,
    /// At most 100 characters.
    pub title: Wire<String>,
    /// The advertisement shown to the public, as HTML; often `""`. [`Wire::Absent`] in a record that was asked for
    /// without its descriptions.
    pub public_description: Wire<String>,
    /// The description for the agency, as HTML; always the richer one.
    pub description: Wire<String>,
    /// Required skills, comma separated.
    pub skill_list: Wire<String>,
    /// Ids of the required [`Skill`](super::Skill)s.
    pub skills: ToMany,
    /// Ids of [`Specialty`](super::Specialty).
    pub specialties: ToMany,
    /// Ids of [`Category`](super::Category).
    pub categories: ToMany,
    /// Ids of [`BusinessSector`](super::BusinessSector).
    pub business_sectors: ToMany,
    /// Ids of [`CorporateUser`](super::CorporateUser).
    pub assigned_users: ToMany,
    /// `Direct Hire`, `Contract`, ...; some carry the tenant's number (`50 - Direct Hire`).
    pub employment_type: Wire<String>,
    /// Upper end of the budget in units of `salary_unit`; 0 = not given.
    pub salary: Wire<Amount>,
    /// Upper end of the hourly pay; 0 = not given.
    pub pay_rate: Wire<Amount>,
    /// What the client pays per hour; 0 = not given.
    pub client_bill_rate: Wire<Amount>,
    /// `Yearly`, `Per Year`, `Per Hour`, `Per Day`, `Monthly`, ...; at most 12 characters.
    pub salary_unit: Wire<String>,
    /// Where the work is.
    pub address: Wire<Address>,
    /// Id of the [`CompanyRecord`](super::CompanyRecord).
    pub client_corporation: Wire<u32>,
    /// Id of the [`ContactRecord`](super::ContactRecord).
    pub client_contact: Wire<u32>,
    /// Whether the order is open. True in some orders whose `status` says they are over.
    pub is_open: bool,
    /// -1, 0 or 1; not a Boolean.
    pub is_public: i8,
    /// Softly deleted.
    pub is_deleted: bool,
    /// Whether the work can be done from home.
    pub is_work_from_home: Wire<bool>,
    /// Whether the client wants to meet people first.
    pub is_interview_required: Wire<bool>,
    /// A word of the tenant's own list (`Accepting Candidates`, `Filled`, `Archive`, ...).
    pub status: Wire<String>,
    /// First day: midnight in the tenant's zone (New York).
    pub start_date: Wire<Timestamp>,
    /// Last day of a limited order: midnight in the tenant's zone.
    pub date_end: Wire<Timestamp>,
    /// When the order was closed; UTC.
    pub date_closed: Wire<Timestamp>,
    /// When the order was made; UTC.
    pub date_added: Timestamp,
    /// When the order was last changed; UTC, never before `date_added` nor after the population's `as_of`.
    pub date_last_modified: Timestamp,
    /// When the order was last published; UTC.
    pub date_last_published: Wire<Timestamp>,
    /// Whole years of experience asked for; 0 = not stated.
    pub years_required: Wire<i32>,
    /// How many people are wanted.
    pub num_openings: Wire<i32>,
    /// Degree asked for, at most 50 characters.
    pub education_degree: Wire<String>,
    /// All degrees that would do.
    pub degree_list: Wire<String>,
    /// Certificates and licences asked for, comma separated.
    pub certification_list: Wire<String>,
    /// `On-Site`, `Off-Site`, `No Preference`, `Remote`, `Hybrid`; string or array; each at most 20 characters.
    pub on_site: Wire<Texts>,
    /// Priority (`type`), 1 = urgent.
    pub priority: Wire<i32>,
    /// Length of a limited order in weeks.
    pub duration_weeks: Wire<Amount>,
    /// Hours per week.
    pub hours_per_week: Wire<Amount>,
    /// Whether people from elsewhere are considered.
    pub will_relocate: Wire<bool>,
    /// The same as number (`willRelocateInt`).
    pub will_relocate_int: Wire<i32>,
    /// Id of the owning [`CorporateUser`](super::CorporateUser).
    pub owner: Wire<u32>,
    /// Id of the [`CorporateUser`](super::CorporateUser) who reads the replies.
    pub response_user: Wire<u32>,
    /// Where the order came from.
    pub source: Wire<String>,
    /// Benefits as text.
    pub benefits: Wire<String>,
    /// Bonus as text.
    pub bonus_package: Wire<String>,
    /// Travel as text.
    pub travel_requirements: Wire<String>,
    /// Why the order was closed.
    pub reason_closed: Wire<String>,
    /// Key in an older system (`externalID`).
    pub external_id: Wire<String>,
    /// Postal code in the advertisement (`publishedZip`).
    pub published_zip: Wire<String>,
    /// Id of the [`Category`](super::Category) in the advertisement.
    pub published_category: Wire<u32>,
    /// See [`CUSTOM_FIELDS`](super::CUSTOM_FIELDS).
    pub custom_text1: Wire<String>,
    /// See [`CUSTOM_FIELDS`](super::CUSTOM_FIELDS).
    pub custom_float1: Wire<Amount>,
}
