//! The fields of `ClientCorporation` and `ClientContact`.

use super::schema::{
    CustomCounts, Field, Read, Source, address, boolean, custom_fields, date, double, html, integer, many,
    money, one, text, texts, timestamp,
};
use super::{AsValue, Entity, Value};
use crate::population::record::{CompanyRecord, ContactRecord};

const CUSTOM: CustomCounts = CustomCounts {
    text: 20,
    int: 3,
    float: 3,
    date: 3,
    text_block: 5,
};

fn company(field: Field, read: Read<CompanyRecord>) -> Field {
    field.from(Source::Company(read))
}

fn contact(field: Field, read: Read<ContactRecord>) -> Field {
    field.from(Source::Contact(read))
}

/// `ClientCorporation`: it has no `isDeleted`.
pub(super) fn corporation_fields() -> Vec<Field> {
    let mut fields = vec![
        company(text("name", 100), |r| r.name.as_value()),
        company(text("status", 30), |r| r.status.as_value()),
        company(text("phone", 20), |r| r.phone.as_value()),
        company(text("companyURL", 100), |r| r.company_url.as_value()),
        company(text("industryList", 2000), |r| r.industry_list.as_value()),
        company(html("companyDescription"), |r| r.company_description.as_value()),
        company(integer("numEmployees"), |r| r.num_employees.as_value()),
        company(address("address"), |r| r.address.as_value()),
        company(timestamp("dateAdded"), |r| r.date_added.as_value()),
        company(timestamp("dateLastModified"), |r| r.date_last_modified.as_value()).read_only(),
        many("clientContacts", Entity::ClientContact).from(Source::Reverse("clientCorporation")),
        many("leads", Entity::Lead),
        many("owners", Entity::CorporateUser),
        many("certifications", Entity::Certification),
        one("parentClientCorporation", Entity::ClientCorporation),
        one("department", Entity::Department),
        address("billingAddress"),
        texts("businessSectorList"),
        text("billingContact", 100),
        text("billingFrequency", 100),
        text("billingPhone", 20),
        text("externalID", 50),
        text("exemptionStatus", 30),
        text("invoiceFormat", 50),
        text("ownership", 30),
        text("revenue", 50),
        text("tickerSymbol", 10),
        text("competitors", 2000),
        text("culture", 2000),
        html("notes"),
        money("annualRevenue"),
        double("feeArrangement"),
        double("taxRate"),
        integer("numOffices"),
        integer("workWeekStart"),
        date("dateFounded"),
    ];
    let custom = custom_fields("custom", &CUSTOM, &fields);
    fields.extend(custom);
    fields
}

/// `ClientContact`.
pub(super) fn contact_fields() -> Vec<Field> {
    let mut fields = vec![
        contact(text("firstName", 50), |r| r.first_name.as_value()),
        contact(text("lastName", 50), |r| r.last_name.as_value()),
        contact(text("name", 100), |r| r.name.as_value()),
        contact(text("email", 100), |r| r.email.as_value()),
        contact(text("phone", 20), |r| r.phone.as_value()),
        contact(text("occupation", 50), |r| r.occupation.as_value()),
        contact(text("status", 30), |r| r.status.as_value()),
        contact(one("clientCorporation", Entity::ClientCorporation), |r| {
            Value::One(r.client_corporation)
        }),
        contact(one("owner", Entity::CorporateUser), |r| r.owner.as_value()),
        contact(boolean("isDeleted"), |r| r.is_deleted.as_value()),
        contact(timestamp("dateAdded"), |r| r.date_added.as_value()),
        contact(timestamp("dateLastModified"), |r| r.date_last_modified.as_value()).read_only(),
        many("notes", Entity::Note).from(Source::Reverse("personReference")),
        many("businessSectors", Entity::BusinessSector),
        many("categories", Entity::Category),
        many("skills", Entity::Skill),
        many("leads", Entity::Lead),
        many("secondaryOwners", Entity::CorporateUser),
        one("category", Entity::Category),
        address("address"),
        address("secondaryAddress"),
        text("middleName", 50),
        text("nickName", 50),
        text("namePrefix", 5),
        text("nameSuffix", 5),
        text("email2", 100),
        text("email3", 100),
        text("phone2", 20),
        text("phone3", 20),
        text("mobile", 20),
        text("fax", 20),
        text("division", 40),
        text("office", 40),
        text("preferredContact", 15),
        text("externalID", 50),
        text("type", 30),
        texts("source"),
        texts("desiredSkills"),
        html("comments"),
        html("description"),
        boolean("isAnonymized"),
        boolean("massMailOptOut"),
        boolean("smsOptIn"),
        timestamp("dateLastVisit"),
        integer("numEmployees"),
        integer("timeZoneOffsetEST"),
    ];
    let custom = custom_fields("custom", &CUSTOM, &fields);
    fields.extend(custom);
    fields
}
