//! Puts the record of a job order together.

use crate::population::client::Client;
use crate::population::order::{self, Order};
use crate::population::random::{Random, Stream};
use crate::population::record::{PositionRecord, Wire};
use crate::population::stamp::{self, RecordStamp};
use crate::population::world::World;

/// When a job order was added and changed.
pub(crate) fn position_stamp(world: &World, id: u32) -> RecordStamp {
    let is_open = order::is_open(world, id);
    stamp::position(world, world.random(Stream::PositionStamp, id), is_open)
}

/// The record, with or without the advertisement.
pub(crate) fn position(world: &World, id: u32, with_description: bool) -> PositionRecord {
    let stamp = position_stamp(world, id);
    let order = Order::of(world, id);
    let client = Client::of(world, order.company);
    let random = world.random(Stream::PositionRecord, id);
    let mut typist = Typist {
        world,
        id,
        order: &order,
        client: &client,
        stamp,
        random,
    };
    let mut record = PositionRecord {
        id,
        date_added: stamp.date_added,
        date_last_modified: stamp.date_last_modified,
        is_deleted: stamp.is_deleted,
        ..PositionRecord::default()
    };
    typist.work(&mut record);
    typist.lists(&mut record);
    typist.place(&mut record);
    typist.pay(&mut record);
    typist.state(&mut record);
    typist.office(&mut record);
    if with_description {
        typist.descriptions(&mut record);
    } else {
        record.description = Wire::Absent;
        record.public_description = Wire::Absent;
    }
    record
}

/// Whoever typed the record.
pub(super) struct Typist<'a> {
    pub(super) world: &'a World,
    pub(super) id: u32,
    pub(super) order: &'a Order,
    pub(super) client: &'a Client,
    pub(super) stamp: RecordStamp,
    pub(super) random: Random,
}
