//! The fields of `JobOrder`.

use super::schema::{
    CustomCounts, Field, Read, Source, address, boolean, custom_fields, date, double, html, integer, many,
    money, one, text, texts, timestamp,
};
use super::{AsValue, Entity, Value};
use crate::population::record::PositionRecord;

/// Every field but `id`.
pub(super) fn fields() -> Vec<Field> {
    let mut fields = job();
    fields.extend(terms());
    fields.extend(references());
    fields.extend(state());
    fields.extend(rarely_filled());
    let counts = CustomCounts {
        text: 40,
        int: 8,
        float: 8,
        date: 3,
        text_block: 5,
    };
    let custom = custom_fields("custom", &counts, &fields);
    fields.extend(custom);
    let correlated = CustomCounts {
        text: 10,
        int: 3,
        float: 3,
        date: 3,
        text_block: 3,
    };
    let custom = custom_fields("correlatedCustom", &correlated, &fields);
    fields.extend(custom);
    fields
}

fn of(field: Field, read: Read<PositionRecord>) -> Field {
    field.from(Source::Position(read))
}

/// What the job is.
fn job() -> Vec<Field> {
    vec![
        of(text("title", 100), |r| r.title.as_value()),
        of(html("publicDescription"), |r| r.public_description.as_value()).heavy(),
        of(html("description"), |r| r.description.as_value()).heavy(),
        of(text("skillList", 2000), |r| r.skill_list.as_value()),
        of(address("address"), |r| r.address.as_value()),
        of(integer("yearsRequired"), |r| r.years_required.as_value()),
        of(text("educationDegree", 50), |r| r.education_degree.as_value()),
        of(text("degreeList", 2000), |r| r.degree_list.as_value()),
        of(text("certificationList", 2000), |r| {
            r.certification_list.as_value()
        }),
        of(texts("onSite"), |r| r.on_site.as_value()),
        of(boolean("isWorkFromHome"), |r| r.is_work_from_home.as_value()),
        of(boolean("isInterviewRequired"), |r| {
            r.is_interview_required.as_value()
        }),
        of(text("travelRequirements", 40), |r| {
            r.travel_requirements.as_value()
        }),
        of(boolean("willRelocate"), |r| r.will_relocate.as_value()),
        of(integer("willRelocateInt"), |r| r.will_relocate_int.as_value()),
    ]
}

/// What the client offers.
fn terms() -> Vec<Field> {
    vec![
        of(text("employmentType", 200), |r| r.employment_type.as_value()),
        of(money("salary"), |r| r.salary.as_value()),
        of(money("payRate"), |r| r.pay_rate.as_value()),
        of(money("clientBillRate"), |r| r.client_bill_rate.as_value()),
        of(text("salaryUnit", 12), |r| r.salary_unit.as_value()),
        of(date("startDate"), |r| r.start_date.as_value()),
        of(date("dateEnd"), |r| r.date_end.as_value()),
        of(integer("numOpenings"), |r| r.num_openings.as_value()),
        of(double("durationWeeks"), |r| r.duration_weeks.as_value()),
        of(double("hoursPerWeek"), |r| r.hours_per_week.as_value()),
        of(html("benefits"), |r| r.benefits.as_value()),
        of(html("bonusPackage"), |r| r.bonus_package.as_value()),
    ]
}

/// References to other records.
fn references() -> Vec<Field> {
    vec![
        of(many("skills", Entity::Skill), |r| r.skills.as_value()),
        of(many("specialties", Entity::Specialty), |r| {
            r.specialties.as_value()
        }),
        of(many("categories", Entity::Category), |r| r.categories.as_value()),
        of(many("businessSectors", Entity::BusinessSector), |r| {
            r.business_sectors.as_value()
        }),
        of(many("assignedUsers", Entity::CorporateUser), |r| {
            r.assigned_users.as_value()
        }),
        of(one("clientCorporation", Entity::ClientCorporation), |r| {
            r.client_corporation.as_value()
        }),
        of(one("clientContact", Entity::ClientContact), |r| {
            r.client_contact.as_value()
        }),
        of(one("owner", Entity::CorporateUser), |r| r.owner.as_value()),
        of(one("responseUser", Entity::CorporateUser), |r| {
            r.response_user.as_value()
        }),
        of(one("publishedCategory", Entity::Category), |r| {
            r.published_category.as_value()
        }),
        many("submissions", Entity::JobSubmission).from(Source::Reverse("jobOrder")),
        many("placements", Entity::Placement).from(Source::Reverse("jobOrder")),
        many("approvedPlacements", Entity::Placement),
        many("sendouts", Entity::Sendout).from(Source::Reverse("jobOrder")),
        many("appointments", Entity::Appointment).from(Source::Reverse("jobOrder")),
        many("interviews", Entity::Appointment),
        many("notes", Entity::Note),
        many("tasks", Entity::Task),
        many("tearsheets", Entity::Tearsheet),
        many("certifications", Entity::Certification),
        one("billingProfile", Entity::BillingProfile),
        one("branch", Entity::Branch),
        one("jobCode", Entity::JobCode),
        one("location", Entity::Location),
        one("opportunity", Entity::Opportunity),
        one("reportToClientContact", Entity::ClientContact),
        one("shift", Entity::Shift),
    ]
}

/// Where the record stands.
fn state() -> Vec<Field> {
    vec![
        of(text("status", 200), |r| r.status.as_value()),
        of(boolean("isOpen"), |r| r.is_open.as_value()),
        of(integer("isPublic"), |r| Value::Int(i64::from(r.is_public))),
        boolean("isDeleted").from(Source::Stamp(|r| r.is_deleted.as_value())),
        of(integer("type"), |r| r.priority.as_value()),
        timestamp("dateAdded").from(Source::Stamp(|r| r.date_added.as_value())),
        timestamp("dateLastModified")
            .from(Source::Stamp(|r| r.date_last_modified.as_value()))
            .read_only(),
        of(timestamp("dateClosed"), |r| r.date_closed.as_value()),
        of(timestamp("dateLastPublished"), |r| {
            r.date_last_published.as_value()
        }),
        of(text("source", 200), |r| r.source.as_value()),
        of(text("reasonClosed", 100), |r| r.reason_closed.as_value()),
        of(text("externalID", 30), |r| r.external_id.as_value()),
        of(text("publishedZip", 18), |r| r.published_zip.as_value()),
        of(text("customText1", 100), |r| r.custom_text1.as_value()),
        of(double("customFloat1"), |r| r.custom_float1.as_value()),
    ]
}

/// Fields that exist and are null in every generated record.
fn rarely_filled() -> Vec<Field> {
    let texts = [
        ("branchCode", 20),
        ("costCenter", 100),
        ("hoursOfOperation", 30),
        ("jobBoardList", 2000),
        ("optionsPackage", 200),
        ("reportTo", 50),
        ("taxStatus", 20),
        ("usersAssigned", 2000),
    ];
    let mut fields: Vec<Field> = texts.into_iter().map(|(name, max)| text(name, max)).collect();
    fields.extend([
        integer("billRateCategoryID"),
        integer("externalCategoryID"),
        money("feeArrangement"),
        double("markUpPercentage"),
        double("taxRate"),
        timestamp("dateLastExported"),
        boolean("isClientEditable"),
        boolean("isJobcastPublished"),
        boolean("willSponsor"),
    ]);
    fields
}
