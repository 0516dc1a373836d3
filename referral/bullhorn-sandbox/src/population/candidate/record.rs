//! Puts the record of a candidate together.

use crate::population::career::Career;
use crate::population::identity::Identity;
use crate::population::profile::Profile;
use crate::population::random::{Random, Stream};
use crate::population::record::{CandidateRecord, Wire};
use crate::population::resume::{Subject, resume};
use crate::population::stamp::{self, RecordStamp};
use crate::population::world::World;

/// When a candidate was added and changed.
pub(crate) fn candidate_stamp(world: &World, id: u32) -> RecordStamp {
    stamp::candidate(world, world.random(Stream::CandidateStamp, id))
}

/// The record, with or without the resume.
pub(crate) fn candidate(world: &World, id: u32, with_description: bool) -> CandidateRecord {
    let stamp = candidate_stamp(world, id);
    let profile = Profile::of(world, id);
    let identity = Identity::of(world, profile.person, profile.place);
    let career = Career::of(world, &profile);
    let subject = Subject {
        profile: &profile,
        career: &career,
        identity: &identity,
    };
    let mut typist = Typist {
        world,
        id,
        subject,
        stamp,
        random: world.random(Stream::CandidateRecord, id),
    };
    let mut record = CandidateRecord {
        id,
        date_added: stamp.date_added,
        date_last_modified: stamp.date_last_modified,
        is_deleted: stamp.is_deleted,
        is_anonymized: stamp.is_anonymized,
        ..CandidateRecord::default()
    };
    typist.person(&mut record);
    typist.contacts(&mut record);
    typist.work(&mut record);
    typist.lists(&mut record);
    typist.pay(&mut record);
    typist.availability(&mut record);
    typist.office(&mut record);
    typist.history(&mut record);
    record.description = match (with_description, typist.random.below(100)) {
        (false, _) => Wire::Absent,
        (true, 0..3) => typist.random.blank(),
        (true, _) => Wire::Value(resume(world, id, subject)),
    };
    if stamp.is_anonymized {
        erase(&mut record);
    }
    record
}

/// Whoever typed the record.
pub(super) struct Typist<'a> {
    pub(super) world: &'a World,
    pub(super) id: u32,
    pub(super) subject: Subject<'a>,
    pub(super) stamp: RecordStamp,
    pub(super) random: Random,
}

impl Typist<'_> {
    /// Whether the person is in the system under an earlier id as well.
    pub(super) fn is_repeated(&self) -> bool {
        self.subject.profile.person != self.id
    }
}

/// Takes everything away that could lead to the person, as an erasure on request does.
fn erase(record: &mut CandidateRecord) {
    let asterisks = || Wire::Value("*****".to_owned());
    let absent = matches!(record.description, Wire::Absent);
    *record = CandidateRecord {
        id: record.id,
        first_name: asterisks(),
        last_name: asterisks(),
        name: Wire::Value("***** *****".to_owned()),
        status: Wire::Value("Archive".to_owned()),
        description: if absent {
            Wire::Absent
        } else {
            Wire::Value(String::new())
        },
        categories: std::mem::take(&mut record.categories),
        category: record.category.clone(),
        owner: record.owner.clone(),
        date_added: record.date_added,
        date_last_modified: record.date_last_modified,
        is_deleted: record.is_deleted,
        is_anonymized: true,
        is_editable: Wire::Value(false),
        mass_mail_opt_out: Wire::Value(true),
        ..CandidateRecord::default()
    };
}
