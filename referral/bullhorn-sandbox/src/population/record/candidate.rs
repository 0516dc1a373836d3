//! Bullhorn's `Candidate`.

use jiff::Timestamp;

use super::{Address, Amount, Texts, ToMany, Wire};

/// One candidate. Names in parentheses are Bullhorn's where they are not the plain camel-case of ours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CandidateRecord {
    /// Key, from 1 upwards, with gaps.
    pub id: u32,
    /// At most 50 characters; asterisks when anonymised.
    pub first_name: Wire<String>,
    /// At most 50 characters; asterisks when anonymised.
    pub last_name: Wire<String>,
    /// At most 50 characters.
    pub middle_name: Wire<String>,
    /// Full name, at most 100 characters; not always first and last name joined.
    pub name: Wire<String>,
    /// At most 100 characters; neither unique nor always valid.
    pub email: Wire<String>,
    /// Second address.
    pub email2: Wire<String>,
    /// Third address.
    pub email3: Wire<String>,
    /// Free text of at most 20 characters.
    pub phone: Wire<String>,
    /// Free text of at most 20 characters.
    pub phone2: Wire<String>,
    /// Free text of at most 20 characters.
    pub phone3: Wire<String>,
    /// Free text of at most 20 characters.
    pub mobile: Wire<String>,
    /// Free text of at most 20 characters.
    pub work_phone: Wire<String>,
    /// A word of the tenant's own list (`Active`, `Available`, `Placed`, `Archive`, ...).
    pub status: Wire<String>,
    /// Current job title, at most 50 characters.
    pub occupation: Wire<String>,
    /// Current employer as text, at most 100 characters.
    pub company_name: Wire<String>,
    /// The resume as old HTML. [`Wire::Absent`] in a record that was asked for without its description.
    pub description: Wire<String>,
    /// Skills as the recruiter typed them, aliases included.
    pub skill_set: Wire<Texts>,
    /// Ids of [`Skill`](super::Skill).
    pub primary_skills: ToMany,
    /// Ids of [`Skill`](super::Skill).
    pub secondary_skills: ToMany,
    /// Ids of [`Specialty`](super::Specialty).
    pub specialties: ToMany,
    /// Ids of [`BusinessSector`](super::BusinessSector).
    pub business_sectors: ToMany,
    /// Ids of [`Category`](super::Category).
    pub categories: ToMany,
    /// Id of the main [`Category`](super::Category).
    pub category: Wire<u32>,
    /// Where the candidate lives.
    pub address: Wire<Address>,
    /// A second address; nearly always null.
    pub secondary_address: Wire<Address>,
    /// Cities the candidate would work in.
    pub desired_locations: Wire<Texts>,
    /// Whether the candidate would move.
    pub will_relocate: Wire<bool>,
    /// Percent of the time the candidate would travel, 0 to 100.
    pub travel_limit: Wire<i32>,
    /// Wanted yearly salary in units of the country's currency; 0 = not given.
    pub salary: Wire<Amount>,
    /// Least yearly salary; 0 = not given.
    pub salary_low: Wire<Amount>,
    /// Wanted hourly rate; 0 = not given.
    pub hourly_rate: Wire<Amount>,
    /// Least hourly rate; 0 = not given.
    pub hourly_rate_low: Wire<Amount>,
    /// Wanted daily rate; 0 = not given.
    pub day_rate: Wire<Amount>,
    /// Least daily rate; 0 = not given.
    pub day_rate_low: Wire<Amount>,
    /// `Permanent`, `Contract`, `Temporary`, ...
    pub employment_preference: Wire<Texts>,
    /// Where the candidate came from; an array whenever there is a value.
    pub source: Wire<Texts>,
    /// Whole years of work; 0 = unknown.
    pub experience: Wire<i32>,
    /// Highest degree.
    pub education_degree: Wire<Texts>,
    /// All degrees.
    pub degree_list: Wire<Texts>,
    /// Certificates and licences as typed.
    pub certifications: Wire<Texts>,
    /// Id of the owning [`CorporateUser`](super::CorporateUser).
    pub owner: Wire<u32>,
    /// When the record was made; UTC.
    pub date_added: Timestamp,
    /// When the record was last changed; UTC, never before `date_added` nor after the population's `as_of`.
    pub date_last_modified: Timestamp,
    /// When somebody last wrote a comment.
    pub date_last_comment: Wire<Timestamp>,
    /// First day of availability: midnight in the tenant's zone (New York).
    pub date_available: Wire<Timestamp>,
    /// Last day of availability: midnight in the tenant's zone.
    pub date_available_end: Wire<Timestamp>,
    /// Softly deleted: still readable by id and found by a search that does not filter.
    pub is_deleted: bool,
    /// Erased on the person's request: names are asterisks, contacts and resume are gone.
    pub is_anonymized: bool,
    /// Whether the API user may change the record.
    pub is_editable: Wire<bool>,
    /// No mass mail, please.
    pub mass_mail_opt_out: Wire<bool>,
    /// Text messages are welcome.
    pub sms_opt_in: Wire<bool>,
    /// May work in the country without sponsorship.
    pub work_authorized: Wire<bool>,
    /// The agency's own grade of the person (`type`).
    pub candidate_type: Wire<String>,
    /// The recruiter's free comment.
    pub comments: Wire<String>,
    /// `W2`, `1099`, ...
    pub employee_type: Wire<String>,
    /// Key in an older system (`externalID`).
    pub external_id: Wire<String>,
    /// `Email`, `Phone`, `Mobile`, ...
    pub preferred_contact: Wire<String>,
    /// Jobs, newest first (`workHistories`).
    pub work_histories: Vec<WorkHistoryRecord>,
    /// Schools, newest first (`educations`).
    pub educations: Vec<EducationRecord>,
    /// See [`CUSTOM_FIELDS`](super::CUSTOM_FIELDS).
    pub custom_text1: Wire<String>,
    /// See [`CUSTOM_FIELDS`](super::CUSTOM_FIELDS).
    pub custom_text2: Wire<String>,
    /// See [`CUSTOM_FIELDS`](super::CUSTOM_FIELDS).
    pub custom_int1: Wire<i32>,
}

/// One job of a candidate (Bullhorn's `CandidateWorkHistory`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkHistoryRecord {
    /// Key: `candidate id * 16 + position in the list`.
    pub id: u32,
    /// Title held, at most 100 characters.
    pub title: String,
    /// Employer.
    pub company_name: String,
    /// First day: midnight in the tenant's zone.
    pub start_date: Timestamp,
    /// Last day; null while the job lasts.
    pub end_date: Wire<Timestamp>,
    /// Whether this is the job held now.
    pub is_last_job: bool,
}

/// One school of a candidate (Bullhorn's `CandidateEducation`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EducationRecord {
    /// Key: `candidate id * 16 + position in the list`.
    pub id: u32,
    /// School; invented.
    pub school: String,
    /// Degree or diploma.
    pub degree: String,
    /// Field of study; null where the degree says it all.
    pub major: Wire<String>,
    /// Day of graduation: midnight in the tenant's zone.
    pub graduation_date: Wire<Timestamp>,
}
