//! The recruiters of the agency.

use super::identity;
use super::random::Stream;
use super::record::CorporateUser;
use super::world::{USERS, World};

/// The recruiters; a few have left.
pub(crate) fn users(world: &World) -> Vec<CorporateUser> {
    (1..=USERS).map(|id| user(world, id)).collect()
}

fn user(world: &World, id: u32) -> CorporateUser {
    let mut random = world.random(Stream::User, id);
    let phrases = &world.vocabulary.phrases;
    let first_name = random.pick(&phrases.names.first).clone();
    let last_name = identity::surname(phrases, &mut random);
    // The first ones are always there, so that every population has somebody to ask.
    let enabled = id <= 4 || random.percent(85);
    CorporateUser {
        id,
        name: format!("{first_name} {last_name}"),
        email: format!("recruiter{id}@agency.example.com"),
        enabled,
        is_deleted: !enabled && random.percent(50),
        first_name,
        last_name,
    }
}
