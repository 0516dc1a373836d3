//! A job order's record: what the agency typed about a vacancy.

mod advert;
mod money;
mod office;
mod wishes;

use super::client::Client;
use super::order::{self, Order};
use super::random::{Random, Stream};
use super::record::{PositionRecord, Wire};
use super::stamp::{self, RecordStamp};
use super::world::World;

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
struct Typist<'a> {
    world: &'a World,
    id: u32,
    order: &'a Order,
    client: &'a Client,
    stamp: RecordStamp,
    random: Random,
}
