//! The clients of the agency: companies and the people there.

use super::address::{self, Parts};
use super::career::{company_name, sector};
use super::identity::{self, Number};
use super::quirks::cut;
use super::random::{Random, Stream};
use super::record::{CompanyRecord, ContactRecord, Wire};
use super::stamp;
use super::vocabulary::{Facts, Occupation, Place};
use super::world::{DAY_MS, World, timestamp};

/// Contacts of one company.
const CONTACTS_EACH: u32 = 2;

/// One company for three orders, and a few of each family with which nothing came about.
pub(crate) fn company_count(world: &World) -> u32 {
    world.options.positions / 3 + families(world) * 2
}

fn families(world: &World) -> u32 {
    world.vocabulary.families().len() as u32
}

pub(crate) fn contact_count(world: &World) -> u32 {
    company_count(world) * CONTACTS_EACH
}

/// The company that gave an order: nearly always one of the family's own, and some of those give many.
pub(crate) fn company_of(world: &World, occupation: &Occupation, random: &mut Random) -> u32 {
    let (companies, families) = (company_count(world), families(world));
    if random.percent(8) {
        return random.below(companies as usize) as u32 + 1;
    }
    let first = occupation.family as u32 + 1;
    let of_family = (companies - first) / families + 1;
    let drawn = random.skewed() * f64::from(of_family);
    first + (drawn as u32).min(of_family - 1) * families
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
        let families = world.vocabulary.families();
        // Companies take the families in turns, so that each family has some.
        let family = families.get((id - 1) as usize % families.len());
        let family = family.expect("a remainder is below the length");
        let sector = sector(world, family, &mut random);
        let place = world.place(&mut random, 8);
        let name = cut(&company_name(world, family, &mut random), 100);
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
