//! What Bullhorn's field types admit, for any seed.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::support::{options, population};
use crate::population::record::{Address, CandidateRecord, PositionRecord, Texts, Wire};
use crate::population::{Population, PopulationOptions, RecordStamp};

/// A small population of any seed.
fn any_population() -> impl Strategy<Value = Population> {
    let days = 0_i64..20_000;
    (any::<u64>(), days, 1_000_u32..9_000).prop_map(|(seed, days, resume_bytes)| {
        let first = "2001-01-01T00:00:00Z"
            .parse::<Timestamp>()
            .expect("a valid instant");
        let as_of = first + (days * 24 + 7).hours();
        population(PopulationOptions {
            seed,
            candidates: 40,
            positions: 25,
            as_of,
            resume_bytes,
            ..options()
        })
    })
}

fn check_length(field: &str, text: &Wire<String>, max: usize) {
    let length = text.text().map_or(0, |text| text.chars().count());
    assert!(length <= max, "{field} has {length} characters: {text:?}");
}

fn check_midnight(field: &str, day: &Wire<Timestamp>) {
    if let Wire::Value(instant) = day {
        let zone = TimeZone::get("America/New_York").expect("the zone is there");
        let time = instant.to_zoned(zone).time();
        assert_eq!(time, jiff::civil::time(0, 0, 0, 0), "{field}");
    }
}

fn check_stamp(stamp: RecordStamp, as_of: Timestamp) {
    assert!(stamp.date_added <= stamp.date_last_modified, "{stamp:?}");
    assert!(stamp.date_last_modified <= as_of, "{stamp:?}");
}

fn check_address(address: &Wire<Address>) {
    let Wire::Value(address) = address else { return };
    check_length("address1", &address.address1, 40);
    check_length("city", &address.city, 40);
    check_length("state", &address.state, 30);
    check_length("zip", &address.zip, 15);
    check_length("countryName", &address.country_name, 99);
}

fn check_candidate(record: &CandidateRecord) {
    for (field, text, max) in [
        ("firstName", &record.first_name, 50),
        ("lastName", &record.last_name, 50),
        ("middleName", &record.middle_name, 50),
        ("name", &record.name, 100),
        ("email", &record.email, 100),
        ("email2", &record.email2, 100),
        ("phone", &record.phone, 20),
        ("phone2", &record.phone2, 20),
        ("mobile", &record.mobile, 20),
        ("workPhone", &record.work_phone, 20),
        ("occupation", &record.occupation, 50),
        ("companyName", &record.company_name, 100),
        ("status", &record.status, 100),
        ("preferredContact", &record.preferred_contact, 15),
        ("type", &record.candidate_type, 30),
        ("employeeType", &record.employee_type, 30),
        ("customText1", &record.custom_text1, 100),
    ] {
        check_length(field, text, max);
    }
    check_address(&record.address);
    check_midnight("dateAvailable", &record.date_available);
    check_midnight("dateAvailableEnd", &record.date_available_end);
    assert!(
        !matches!(record.source, Wire::Value(Texts::One(_))),
        "source is an array or null"
    );
    for job in &record.work_histories {
        assert_eq!(job.id / 16, record.id);
        assert!(job.title.chars().count() <= 100);
        check_midnight("startDate", &Wire::Value(job.start_date));
        check_midnight("endDate", &job.end_date);
        assert!(
            job.end_date.value().is_none_or(|end| *end >= job.start_date),
            "{job:?}"
        );
        assert_eq!(job.is_last_job, job.end_date == Wire::Null);
    }
    assert!(record.educations.iter().all(|school| school.id / 16 == record.id));
}

fn check_position(record: &PositionRecord, population: &Population) {
    check_length("title", &record.title, 100);
    check_length("salaryUnit", &record.salary_unit, 12);
    check_length("educationDegree", &record.education_degree, 50);
    check_length("status", &record.status, 200);
    check_length("employmentType", &record.employment_type, 200);
    check_length("publishedZip", &record.published_zip, 18);
    check_length("travelRequirements", &record.travel_requirements, 40);
    check_length("reasonClosed", &record.reason_closed, 100);
    check_length("externalID", &record.external_id, 30);
    check_address(&record.address);
    check_midnight("startDate", &record.start_date);
    check_midnight("dateEnd", &record.date_end);
    assert!((-1..=1).contains(&record.is_public));
    if let Some(Texts::One(word)) = record.on_site.value() {
        assert!(word.len() <= 20);
    }
    let company = *record
        .client_corporation
        .value()
        .expect("every order has a client");
    assert!(population.company(company).is_some());
    if let Wire::Value(contact) = record.client_contact {
        let contact = population.contact(contact).expect("the contact is there");
        assert_eq!(contact.client_corporation, company);
    }
}

/// Ids in to-many and to-one fields lead somewhere.
fn check_references(candidate: &CandidateRecord, population: &Population) {
    let within = |ids: &[u32], count: usize| ids.iter().all(|id| (1..=count as u32).contains(id));
    assert!(within(&candidate.primary_skills.ids, population.skills().len()));
    assert!(within(&candidate.secondary_skills.ids, population.skills().len()));
    assert!(within(&candidate.specialties.ids, population.specialties().len()));
    assert!(within(&candidate.categories.ids, population.categories().len()));
    assert!(within(
        &candidate.business_sectors.ids,
        population.business_sectors().len()
    ));
    assert!(
        candidate
            .owner
            .value()
            .is_none_or(|owner| within(&[*owner], population.users().len()))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_keeps_to_the_limits_of_its_fields(population in any_population()) {
        let as_of = population.options().as_of;
        for id in population.candidate_ids() {
            let record = population.candidate_without_description(id).expect("an id of the population");
            check_stamp(population.candidate_stamp(id).expect("an id of the population"), as_of);
            check_candidate(&record);
            check_references(&record, &population);
        }
        for id in population.position_ids() {
            check_stamp(population.position_stamp(id).expect("an id of the population"), as_of);
            check_position(&population.position_without_description(id).expect("an id of the population"), &population);
        }
    }

    #[test]
    fn a_record_without_its_description_is_otherwise_the_same(population in any_population()) {
        for id in population.candidate_ids().take(8) {
            let mut full = population.candidate(id).expect("an id of the population");
            full.description = Wire::Absent;
            prop_assert_eq!(Some(full), population.candidate_without_description(id));
        }
        for id in population.position_ids().take(8) {
            let mut full = population.position(id).expect("an id of the population");
            full.description = Wire::Absent;
            full.public_description = Wire::Absent;
            prop_assert_eq!(Some(full), population.position_without_description(id));
        }
    }

    #[test]
    fn a_stamp_says_what_its_record_says(population in any_population()) {
        for id in population.candidate_ids() {
            let record = population.candidate_without_description(id).expect("an id of the population");
            let stamp = RecordStamp {
                date_added: record.date_added,
                date_last_modified: record.date_last_modified,
                is_deleted: record.is_deleted,
                is_anonymized: record.is_anonymized,
            };
            prop_assert_eq!(population.candidate_stamp(id), Some(stamp));
        }
    }
}
