//! The fields of `Candidate`.

use std::borrow::Cow;

use super::schema::{
    CustomCounts, Field, Read, Source, address, boolean, custom_fields, date, double, html, integer, many,
    money, one, text, texts, timestamp,
};
use super::{AsValue, Entity, Value};
use crate::population::record::{CandidateRecord, ToMany};

/// Every field but `id`.
pub(super) fn fields() -> Vec<Field> {
    let mut fields = person();
    fields.extend(work());
    fields.extend(lists());
    fields.extend(state());
    fields.extend(rarely_filled());
    fields.extend(confidential());
    let counts = CustomCounts {
        text: 40,
        int: 23,
        float: 23,
        date: 13,
        text_block: 10,
    };
    let custom = custom_fields("custom", &counts, &fields);
    fields.extend(custom);
    fields
}

fn of(field: Field, read: Read<CandidateRecord>) -> Field {
    field.from(Source::Candidate(read))
}

/// Who the candidate is and how to reach the person.
fn person() -> Vec<Field> {
    vec![
        of(text("firstName", 50), |r| r.first_name.as_value()),
        of(text("lastName", 50), |r| r.last_name.as_value()),
        of(text("middleName", 50), |r| r.middle_name.as_value()),
        of(text("name", 100), |r| r.name.as_value()),
        of(text("email", 100), |r| r.email.as_value()),
        of(text("email2", 100), |r| r.email2.as_value()),
        of(text("email3", 100), |r| r.email3.as_value()),
        of(text("phone", 20), |r| r.phone.as_value()),
        of(text("phone2", 20), |r| r.phone2.as_value()),
        of(text("phone3", 20), |r| r.phone3.as_value()),
        of(text("mobile", 20), |r| r.mobile.as_value()),
        of(text("workPhone", 20), |r| r.work_phone.as_value()),
        of(address("address"), |r| r.address.as_value()),
        of(address("secondaryAddress"), |r| r.secondary_address.as_value()),
        of(text("preferredContact", 15), |r| r.preferred_contact.as_value()),
        of(boolean("massMailOptOut"), |r| r.mass_mail_opt_out.as_value()),
        of(boolean("smsOptIn"), |r| r.sms_opt_in.as_value()),
    ]
}

/// What the candidate does, can and wants.
fn work() -> Vec<Field> {
    vec![
        of(text("occupation", 50), |r| r.occupation.as_value()),
        of(text("companyName", 100), |r| r.company_name.as_value()),
        of(html("description"), |r| r.description.as_value()).heavy(),
        of(texts("skillSet"), |r| r.skill_set.as_value()),
        of(texts("desiredLocations"), |r| r.desired_locations.as_value()),
        of(boolean("willRelocate"), |r| r.will_relocate.as_value()),
        of(integer("travelLimit"), |r| r.travel_limit.as_value()),
        of(money("salary"), |r| r.salary.as_value()),
        of(money("salaryLow"), |r| r.salary_low.as_value()),
        of(money("hourlyRate"), |r| r.hourly_rate.as_value()),
        of(money("hourlyRateLow"), |r| r.hourly_rate_low.as_value()),
        of(money("dayRate"), |r| r.day_rate.as_value()),
        of(money("dayRateLow"), |r| r.day_rate_low.as_value()),
        of(texts("employmentPreference"), |r| {
            r.employment_preference.as_value()
        }),
        of(texts("source"), |r| r.source.as_value()),
        of(integer("experience"), |r| r.experience.as_value()),
        of(texts("educationDegree"), |r| r.education_degree.as_value()),
        of(texts("degreeList"), |r| r.degree_list.as_value()),
        of(texts("certifications"), |r| r.certifications.as_value()),
        of(date("dateAvailable"), |r| r.date_available.as_value()),
        of(date("dateAvailableEnd"), |r| r.date_available_end.as_value()),
        of(boolean("workAuthorized"), |r| r.work_authorized.as_value()),
        of(text("employeeType", 30), |r| r.employee_type.as_value()),
    ]
}

/// References to other records.
fn lists() -> Vec<Field> {
    vec![
        of(many("primarySkills", Entity::Skill), |r| {
            r.primary_skills.as_value()
        }),
        of(many("secondarySkills", Entity::Skill), |r| {
            r.secondary_skills.as_value()
        }),
        of(many("specialties", Entity::Specialty), |r| {
            r.specialties.as_value()
        }),
        of(many("businessSectors", Entity::BusinessSector), |r| {
            r.business_sectors.as_value()
        }),
        of(many("categories", Entity::Category), |r| r.categories.as_value()),
        of(one("category", Entity::Category), |r| r.category.as_value()),
        of(one("owner", Entity::CorporateUser), |r| r.owner.as_value()),
        of(many("workHistories", Entity::CandidateWorkHistory), |r| {
            members(r.work_histories.iter().map(|history| history.id))
        }),
        of(many("educations", Entity::CandidateEducation), |r| {
            members(r.educations.iter().map(|education| education.id))
        }),
        many("notes", Entity::Note).from(Source::Reverse("personReference")),
        many("submissions", Entity::JobSubmission).from(Source::Reverse("candidate")),
        many("placements", Entity::Placement).from(Source::Reverse("candidate")),
        many("references", Entity::CandidateReference).from(Source::Reverse("candidate")),
        many("fileAttachments", Entity::CandidateFileAttachment).from(Source::Reverse("candidate")),
        many("sendouts", Entity::Sendout).from(Source::Reverse("candidate")),
        many("interviews", Entity::Appointment).from(Source::Reverse("candidateReference")),
        many("tearsheets", Entity::Tearsheet),
        many("leads", Entity::Lead),
        many("tasks", Entity::Task),
        many("secondaryOwners", Entity::CorporateUser),
        many("certificationList", Entity::Certification),
    ]
}

fn members(ids: impl Iterator<Item = u32>) -> Value<'static> {
    Value::Many(Cow::Owned(ToMany::of(ids.collect())))
}

/// Where the record stands.
fn state() -> Vec<Field> {
    vec![
        of(text("status", 100), |r| r.status.as_value()),
        of(text("type", 30), |r| r.candidate_type.as_value()),
        of(html("comments"), |r| r.comments.as_value()),
        of(text("externalID", 50), |r| r.external_id.as_value()),
        timestamp("dateAdded").from(Source::Stamp(|r| r.date_added.as_value())),
        timestamp("dateLastModified")
            .from(Source::Stamp(|r| r.date_last_modified.as_value()))
            .read_only(),
        of(timestamp("dateLastComment"), |r| r.date_last_comment.as_value()),
        boolean("isDeleted").from(Source::Stamp(|r| r.is_deleted.as_value())),
        boolean("isAnonymized").from(Source::Stamp(|r| r.is_anonymized.as_value())),
        of(boolean("isEditable"), |r| r.is_editable.as_value()).read_only(),
        of(text("customText1", 100), |r| r.custom_text1.as_value()),
        of(text("customText2", 100), |r| r.custom_text2.as_value()),
        of(integer("customInt1"), |r| r.custom_int1.as_value()),
    ]
}

/// Fields that exist and are null in every generated record.
fn rarely_filled() -> Vec<Field> {
    let texts = [
        ("namePrefix", 5),
        ("nameSuffix", 5),
        ("nickName", 50),
        ("fax", 20),
        ("fax2", 20),
        ("fax3", 20),
        ("pager", 20),
        ("companyURL", 100),
        ("candidateSource", 200),
        ("username", 100),
        ("referredBy", 50),
        ("recentClientList", 2000),
        ("paperWorkOnFile", 30),
        ("payrollStatus", 30),
        ("onboardingStatus", 40),
        ("onboardingReceivedSent", 40),
        ("travelMethod", 100),
    ];
    let integers = [
        "numCategories",
        "numOwners",
        "i9OnFile",
        "onboardingDocumentReceivedCount",
        "onboardingDocumentSentCount",
        "onboardingPercentComplete",
        "timeZoneOffsetEST",
    ];
    let mut fields: Vec<Field> = texts.into_iter().map(|(name, max)| text(name, max)).collect();
    fields.extend(integers.map(integer));
    fields.extend([
        timestamp("userDateAdded"),
        date("dateNextCall"),
        date("payrollClientStartDate"),
        date("dateI9Expiration"),
        boolean("isExempt"),
        boolean("isLockedOut"),
        double("clientRating"),
    ]);
    fields
}

/// What a recruiter's API user may not see: the key is there, the value never is.
fn confidential() -> Vec<Field> {
    let names = [
        "ssn",
        "password",
        "gender",
        "ethnicity",
        "disability",
        "veteran",
        "maritalStatus",
        "tobaccoUser",
        "taxID",
        "taxState",
        "federalFilingStatus",
        "stateFilingStatus",
        "localFilingStatus",
        "localTaxCode",
    ];
    let numbers = [
        "federalExemptions",
        "federalAdditionalWithholdingsAmount",
        "federalExtraWithholdingAmount",
        "stateExemptions",
        "stateAdditionalWithholdingsAmount",
        "localExemptions",
        "localAdditionalWithholdingsAmount",
        "totalDependentClaimAmount",
        "otherIncomeAmount",
        "otherDeductionsAmount",
    ];
    names
        .into_iter()
        .map(|name| text(name, 50))
        .chain(numbers.into_iter().map(money))
        .chain([date("dateOfBirth"), boolean("twoJobs")])
        .map(|field| field.from(Source::Confidential).read_only())
        .collect()
}
