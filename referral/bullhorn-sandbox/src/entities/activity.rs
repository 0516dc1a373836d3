//! The entities that hang between people and jobs. No record of them is generated; clients may add some.

use super::Entity;
use super::schema::{
    Field, Source, boolean, date, double, html, integer, many, money, one, text, texts, timestamp,
};

/// `dateAdded`, `dateLastModified`, `isDeleted`, `owner`, `status`: what most of these have in common.
fn common() -> Vec<Field> {
    let mut fields = dated();
    fields.extend([
        boolean("isDeleted"),
        one("owner", Entity::CorporateUser),
        text("status", 100),
    ]);
    fields
}

fn dated() -> Vec<Field> {
    vec![timestamp("dateAdded"), timestamp("dateLastModified").read_only()]
}

fn with(mut fields: Vec<Field>, more: impl IntoIterator<Item = Field>) -> Vec<Field> {
    fields.extend(more);
    fields
}

/// `Note`: its Booleans are indexed as `true` and `false`.
pub(super) fn note_fields() -> Vec<Field> {
    with(
        dated(),
        [
            text("action", 30),
            html("comments"),
            one("personReference", Entity::Candidate),
            one("commentingPerson", Entity::CorporateUser),
            one("jobOrder", Entity::JobOrder),
            many("candidates", Entity::Candidate),
            many("jobOrders", Entity::JobOrder),
            integer("minutesSpent"),
            text("externalID", 50),
            boolean("isDeleted"),
        ],
    )
}

/// `Placement`: it has no `isDeleted`.
pub(super) fn placement_fields() -> Vec<Field> {
    with(
        dated(),
        [
            one("candidate", Entity::Candidate),
            one("jobOrder", Entity::JobOrder),
            one("jobSubmission", Entity::JobSubmission),
            one("owner", Entity::CorporateUser),
            one("location", Entity::Location),
            many("appointments", Entity::Appointment).from(Source::Reverse("placement")),
            many("commissions", Entity::PlacementCommission).from(Source::Reverse("placement")),
            text("status", 30),
            text("billingFrequency", 30),
            text("bonusPackage", 2000),
            text("employeeType", 30),
            text("employmentType", 200),
            text("salaryUnit", 12),
            html("comments"),
            money("fee"),
            money("salary"),
            money("payRate"),
            money("clientBillRate"),
            money("clientOvertimeRate"),
            money("overtimeRate"),
            money("referralFee"),
            double("durationWeeks"),
            integer("daysGuaranteed"),
            date("dateBegin"),
            date("dateEnd"),
            date("dateEffective"),
            date("dateClientEffective"),
            date("employmentStartDate"),
        ],
    )
}

/// `JobSubmission`.
pub(super) fn submission_fields() -> Vec<Field> {
    with(
        dated(),
        [
            one("candidate", Entity::Candidate),
            one("jobOrder", Entity::JobOrder),
            one("sendingUser", Entity::CorporateUser),
            one("latestAppointment", Entity::Appointment),
            many("appointments", Entity::Appointment),
            many("owners", Entity::CorporateUser),
            text("status", 30),
            texts("source"),
            html("comments"),
            money("billRate"),
            money("payRate"),
            money("salary"),
            timestamp("dateWebResponse"),
            date("startDate"),
            date("endDate"),
            boolean("isDeleted"),
        ],
    )
}

/// `Lead`.
pub(super) fn lead_fields() -> Vec<Field> {
    with(
        common(),
        [
            text("firstName", 50),
            text("lastName", 50),
            text("name", 100),
            text("email", 100),
            text("phone", 20),
            text("companyName", 100),
            text("campaignSource", 100),
            text("leadSource", 100),
            text("occupation", 50),
            text("role", 30),
            text("type", 30),
            money("salary"),
            one("clientCorporation", Entity::ClientCorporation),
            one("category", Entity::Category),
            many("assignedTo", Entity::CorporateUser),
            many("businessSectors", Entity::BusinessSector),
            many("candidates", Entity::Candidate),
            many("clientContacts", Entity::ClientContact),
        ],
    )
}

/// `Opportunity`.
pub(super) fn opportunity_fields() -> Vec<Field> {
    with(
        common(),
        [
            text("title", 100),
            text("source", 100),
            text("type", 30),
            html("description"),
            one("clientCorporation", Entity::ClientCorporation),
            one("clientContact", Entity::ClientContact),
            one("category", Entity::Category),
            one("lead", Entity::Lead),
            many("assignedUsers", Entity::CorporateUser),
            many("jobOrders", Entity::JobOrder).from(Source::Reverse("opportunity")),
            boolean("isOpen"),
            money("dealValue"),
            money("expectedFee"),
            money("expectedPayRate"),
            money("salary"),
            double("estimatedDuration"),
            double("estimatedHoursPerWeek"),
            date("effectiveDate"),
            date("estimatedStartDate"),
            date("estimatedEndDate"),
            date("expectedCloseDate"),
        ],
    )
}

/// `Task` and `Appointment`, which share their shape.
pub(super) fn appointment_fields() -> Vec<Field> {
    with(
        common(),
        [
            text("subject", 100),
            text("type", 30),
            text("communicationMethod", 30),
            html("description"),
            timestamp("dateBegin"),
            timestamp("dateEnd"),
            one("candidateReference", Entity::Candidate),
            one("clientContactReference", Entity::ClientContact),
            one("jobOrder", Entity::JobOrder),
            one("lead", Entity::Lead),
            one("opportunity", Entity::Opportunity),
            one("placement", Entity::Placement),
        ],
    )
}

/// `Sendout`.
pub(super) fn sendout_fields() -> Vec<Field> {
    vec![
        one("candidate", Entity::Candidate),
        one("clientContact", Entity::ClientContact),
        one("clientCorporation", Entity::ClientCorporation),
        one("jobOrder", Entity::JobOrder),
        one("user", Entity::CorporateUser),
        timestamp("dateAdded"),
        text("email", 100),
        boolean("isRead"),
    ]
}

/// `Tearsheet`: a hand-made list of records.
pub(super) fn tearsheet_fields() -> Vec<Field> {
    with(
        common(),
        [
            text("name", 100),
            text("description", 200),
            boolean("isPrivate"),
            many("candidates", Entity::Candidate),
            many("jobOrders", Entity::JobOrder),
            many("clientContacts", Entity::ClientContact),
        ],
    )
}

/// `CandidateReference`.
pub(super) fn reference_fields() -> Vec<Field> {
    with(
        dated(),
        [
            one("candidate", Entity::Candidate),
            text("referenceFirstName", 50),
            text("referenceLastName", 50),
            text("referenceEmail", 100),
            text("referencePhone", 20),
            text("referenceTitle", 50),
            text("companyName", 100),
            text("status", 30),
            boolean("isDeleted"),
        ],
    )
}

/// `CandidateFileAttachment`.
pub(super) fn attachment_fields() -> Vec<Field> {
    vec![
        one("candidate", Entity::Candidate),
        text("name", 100),
        text("type", 30),
        text("contentType", 50),
        text("contentSubType", 50),
        text("description", 200),
        text("fileExtension", 10),
        integer("fileSize"),
        timestamp("dateAdded"),
        boolean("isDeleted"),
    ]
}

/// `PlacementCommission`.
pub(super) fn commission_fields() -> Vec<Field> {
    with(
        dated(),
        [
            one("placement", Entity::Placement),
            one("user", Entity::CorporateUser),
            text("role", 30),
            text("status", 30),
            double("commissionPercentage"),
            double("grossMarginPercentage"),
            money("flatPayout"),
            money("hourlyPayout"),
        ],
    )
}

/// `EmployeePay`.
pub(super) fn employee_pay_fields() -> Vec<Field> {
    vec![
        money("amount"),
        money("unitRate"),
        double("hoursUnits"),
        double("hoursWorked"),
        date("chargeDate"),
        one("department", Entity::Department),
        one("jobCode", Entity::JobCode),
        one("location", Entity::Location),
        one("shift", Entity::Shift),
        text("earnCodeName", 50),
        text("payCheck", 50),
        text("projPhase", 50),
        text("projWork", 50),
        integer("workCompID"),
    ]
}

/// `EmployerContribution`.
pub(super) fn contribution_fields() -> Vec<Field> {
    vec![
        text("name", 50),
        money("amount"),
        text("payCheck", 50),
        date("chargeDate"),
        timestamp("dateLastModified"),
    ]
}

/// `ClientCorporationAppointment`.
pub(super) fn client_appointment_fields() -> Vec<Field> {
    vec![
        one("clientCorporation", Entity::ClientCorporation),
        one("clientContact", Entity::ClientContact),
        one("appointment", Entity::Appointment),
    ]
}

/// `JobSubmissionHistory`, `LeadHistory` and `OpportunityHistory`: who moved `subject` to which status.
pub(super) fn history_fields(subject: Field) -> Vec<Field> {
    vec![
        subject,
        one("modifyingUser", Entity::CorporateUser),
        one("clientCorporation", Entity::ClientCorporation),
        text("status", 100),
        money("dealValue"),
        date("effectiveDate"),
        timestamp("dateAdded"),
    ]
}

/// `Location`.
pub(super) fn location_fields() -> Vec<Field> {
    with(
        common(),
        [
            text("title", 100),
            one("clientCorporation", Entity::ClientCorporation),
        ],
    )
}

/// Catalogues of which only the name matters here.
pub(super) fn named_fields() -> Vec<Field> {
    vec![
        text("name", 100),
        boolean("enabled"),
        timestamp("dateLastModified"),
    ]
}

/// `...EditHistory`.
pub(super) fn edit_history_fields(target: Entity, changes: Entity) -> Vec<Field> {
    vec![
        one("targetEntity", target),
        one("modifyingPerson", Entity::CorporateUser),
        many("fieldChanges", changes).from(Source::Reverse("editHistory")),
        text("transactionID", 50),
        text("auditTrail", 200),
        timestamp("dateAdded"),
    ]
}

/// `...EditHistoryFieldChange`.
pub(super) fn field_change_fields(history: Entity) -> Vec<Field> {
    vec![
        one("editHistory", history),
        text("columnName", 100),
        text("display", 100),
        text("newValue", 2000),
        text("oldValue", 2000),
    ]
}
