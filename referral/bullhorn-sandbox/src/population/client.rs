//! The clients of the agency: companies and the people there.

use super::address::{self, Parts};
use super::career::company_name;
use super::identity::{self, Number};
use super::quirks::cut;
use super::random::{Random, Stream};
use super::record::{CompanyRecord, ContactRecord, Wire};
use super::stamp;
use super::vocabulary::{Facts, Place};
use super::world::{DAY_MS, World, timestamp};

/// Contacts of one company.
const CONTACTS_EACH: u32 = 2;

/// One company for three orders, and some with which nothing came about.
pub(crate) fn company_count(world: &World) -> u32 {
    world.options.positions / 3 + 10
}

pub(crate) fn contact_count(world: &World) -> u32 {
    company_count(world) * CONTACTS_EACH
}

/// The company that gave an order, by a random number: some give many.
pub(crate) fn company_of(world: &World, drawn: usize) -> u32 {
    let unit = drawn as f64 / usize::MAX as f64;
    let companies = company_count(world);
    ((unit.powf(1.8) * f64::from(companies)) as u32).min(companies - 1) + 1
}

/// A contact of a company, by a random number.
pub(crate) fn contact_of(world: &World, company: u32, drawn: u32) -> u32 {
    company + drawn % CONTACTS_EACH * company_count(world)
}

/// What a company is: the draws that other records need as well.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) sector: &'static str,
    pub(crate) place: &'static Place,
    random: Random,
}

impl Client {
    pub(crate) fn of(world: &World, id: u32) -> Self {
        let mut random = world.random(Stream::Company, id);
        let occupation = world.occupation(&mut random);
        let family = world.vocabulary.family(occupation);
        let sector = world.vocabulary.sector_name(*random.pick(&family.sectors));
        let place = world.place(&mut random, 8);
        let name = cut(&company_name(world, occupation, &mut random), 100);
        Self {
            name,
            sector,
            place,
            random,
        }
    }
}

/// The record of a company.
pub(crate) fn company(world: &World, id: u32) -> CompanyRecord {
    let Client {
        name,
        sector,
        place,
        mut random,
    } = Client::of(world, id);
    let phrases = &world.vocabulary.phrases;
    let street = identity::street(phrases, &mut random);
    let zip = identity::zip(&mut random, place);
    let phone = Number::new(&mut random, place, false).typed(&mut random);
    let (added, modified) = stamp::dates(world, &mut random, 8 * 365 * DAY_MS);
    let host: String = name
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let facts = Facts {
        company: &name,
        city: &place.city,
        sector,
        ..Facts::NONE
    };
    let description = random
        .pick(&phrases.companies.descriptions)
        .filled(&facts, &mut random);
    let employees = random.between(1, 90) * random.between(1, 90);
    let parts = Parts {
        street: &street,
        flat: None,
        zip: &zip,
        place,
    };
    let address = address::typed(&parts, &mut random);
    let status = *random.weighted(&[
        (60, "Active Account"),
        (20, "Prospect"),
        (12, "Passive Account"),
        (8, "Archive"),
    ]);
    CompanyRecord {
        id,
        status: random.value(98, |_| status.to_owned()),
        phone: random.text(85, |_| cut(&phone, 20)),
        company_url: random.text(60, |_| format!("https://{host}.example.com")),
        industry_list: random.text(80, |_| sector.to_owned()),
        company_description: random.text(55, |_| description),
        num_employees: random.value(60, |_| employees as i32),
        address: random.value(96, |_| address),
        date_added: timestamp(added),
        date_last_modified: timestamp(modified),
        name,
    }
}

/// The record of a contact; contact `n` works for company `n`, or for `n` less the number of companies.
pub(crate) fn contact(world: &World, id: u32) -> ContactRecord {
    let companies = company_count(world);
    let company = (id - 1) % companies + 1;
    let place = Client::of(world, company).place;
    let mut random = world.random(Stream::Contact, id);
    let phrases = &world.vocabulary.phrases;
    let first_name = random.pick(&phrases.names.first).clone();
    let last_name = identity::surname(phrases, &mut random);
    let mailbox: String = last_name
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let phone = Number::new(&mut random, place, false).typed(&mut random);
    let (added, modified) = stamp::dates(world, &mut random, 8 * 365 * DAY_MS);
    let title = random.pick(&phrases.companies.contact_titles);
    ContactRecord {
        id,
        name: format!("{first_name} {last_name}"),
        email: random.text(90, |_| format!("{mailbox}@client{company}.example.com")),
        phone: random.text(80, |_| cut(&phone, 20)),
        occupation: random.text(85, |_| title.clone()),
        status: Wire::Value(if random.percent(85) { "Active" } else { "Archive" }.to_owned()),
        client_corporation: company,
        owner: random.value(95, World::user),
        is_deleted: random.percent(3),
        date_added: timestamp(added),
        date_last_modified: timestamp(modified),
        first_name,
        last_name,
    }
}
