//! Which fields belong to which entity.

use super::schema::{Field, one};
use super::{Entity, activity, candidate, clients, job_order, lookups};

/// Every field of `entity` but `id`.
pub(super) fn fields_of(entity: Entity) -> Vec<Field> {
    match entity {
        Entity::Candidate => candidate::fields(),
        Entity::JobOrder => job_order::fields(),
        Entity::ClientContact => clients::contact_fields(),
        Entity::ClientCorporation => clients::corporation_fields(),
        Entity::CorporateUser => lookups::user_fields(),
        Entity::Skill => lookups::skill_fields(),
        Entity::Category => lookups::category_fields(),
        Entity::Specialty => lookups::specialty_fields(),
        Entity::BusinessSector => lookups::business_sector_fields(),
        Entity::Country => lookups::country_fields(),
        Entity::Corporation => lookups::agency_fields(),
        Entity::CandidateWorkHistory => lookups::work_history_fields(),
        Entity::CandidateEducation => lookups::education_fields(),
        Entity::CandidateReference => activity::reference_fields(),
        Entity::CandidateFileAttachment => activity::attachment_fields(),
        Entity::Note => activity::note_fields(),
        Entity::Placement => activity::placement_fields(),
        Entity::JobSubmission => activity::submission_fields(),
        Entity::Lead => activity::lead_fields(),
        Entity::Opportunity => activity::opportunity_fields(),
        Entity::Task | Entity::Appointment => activity::appointment_fields(),
        Entity::Sendout => activity::sendout_fields(),
        Entity::Tearsheet => activity::tearsheet_fields(),
        Entity::PlacementCommission => activity::commission_fields(),
        Entity::ClientCorporationAppointment => activity::client_appointment_fields(),
        Entity::EmployeePay => activity::employee_pay_fields(),
        Entity::EmployerContribution => activity::contribution_fields(),
        Entity::JobSubmissionHistory => activity::history_fields(one("jobSubmission", Entity::JobSubmission)),
        Entity::LeadHistory => activity::history_fields(one("lead", Entity::Lead)),
        Entity::OpportunityHistory => activity::history_fields(one("opportunity", Entity::Opportunity)),
        Entity::Location => activity::location_fields(),
        Entity::UserType
        | Entity::Department
        | Entity::Branch
        | Entity::Certification
        | Entity::BillingProfile
        | Entity::JobCode
        | Entity::Shift => activity::named_fields(),
        Entity::CandidateEditHistory => {
            activity::edit_history_fields(Entity::Candidate, Entity::CandidateEditHistoryFieldChange)
        }
        Entity::CandidateEditHistoryFieldChange => {
            activity::field_change_fields(Entity::CandidateEditHistory)
        }
        Entity::JobOrderEditHistory => {
            activity::edit_history_fields(Entity::JobOrder, Entity::JobOrderEditHistoryFieldChange)
        }
        Entity::JobOrderEditHistoryFieldChange => activity::field_change_fields(Entity::JobOrderEditHistory),
    }
}
