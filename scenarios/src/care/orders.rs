//! Orders: what a pump is to do next. One that does not arrive is programmed by hand, later, and sometimes wrongly.
//!
//! # Differs from the real thing
//! An order renews the programme that the patient needs; that needs change from order to order is left out, so a
//! late order costs care time and harms only by what is then programmed by hand.

use super::journal::{self, Act};
use super::{Function, opioid, slots};
use crate::site::classes::MANUAL;
use crate::site::devices::{Devices, NOBODY};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::law::Law;
use sim::luck::{Draws, mix};
use sim::message::{Action, DeviceId, Message};
use sim::row::Row;
use sim::time::Span;

/// What the handling of orders needs to know.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Orders {
    draws: Draws,
    by_hand: Law,
    reprogram: Law,
}

/// Commands that serve patients are orders.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let action = site.core.action(Action { arrived, lost });
    for at in 0..site.ground.flows.len() {
        let flow = &site.ground.flows[at];
        if flow.command && flow.text.serves.is_some() {
            site.core.flows[at].action = action;
        }
    }
    let orders = Orders {
        draws: site.core.luck.purpose("orders"),
        by_hand: site.numbers.law("care.manual_order")?,
        reprogram: site.numbers.law("hospital.infusion-pump.reprogram_time")?,
    };
    site.world.insert_resource(orders);
    Ok(())
}

fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    let patient = world.get_resource::<Devices>().map_or(NOBODY, |devices| devices.user(message.target));
    if message.ghost {
        return journal::bare(core, world, message);
    }
    if patient == NOBODY {
        return;
    }
    journal::message(core, world, message, message.target, Charge::default(), Act::OrderArrived);
    super::wait_for_each(core, world, patient, Function::Order, core.now, &message.extra);
}

/// An order that does not arrive is carried to the bed.
fn lost(core: &mut Core, world: &mut World, message: &Message, charge: Charge) {
    let Some(&orders) = world.get_resource::<Orders>() else { return };
    let patient = world.get_resource::<Devices>().map_or(NOBODY, |devices| devices.user(message.target));
    if patient == NOBODY {
        return;
    }
    let key = mix(message.key ^ message.slot);
    let noticed = orders.by_hand.span(orders.draws.unit(key, 0));
    super::wait(core, world, patient, Function::Order, core.now, charge, noticed.0);
    let by_hand_at = core.now + noticed;
    let act = |message| Act::OrderLost { message, by_hand_at };
    journal::message(core, world, message, message.target, charge, act);
    let charge = u64::from(charge.by.0) << 16 | u64::from(charge.because.0);
    // The row bears the order's own name: what hands do wrong is drawn by it, not by when they come.
    core.push(core.now + noticed, MANUAL, key, charge << 32 | u64::from(message.target.0));
}

/// A nurse programs the order by hand.
pub(super) fn by_hand(core: &mut Core, world: &mut World, row: Row) {
    let Some(&orders) = world.get_resource::<Orders>() else { return };
    let device = DeviceId(row.arg as u32);
    let charge = Charge { by: CauseId((row.arg >> 48) as u16), because: CauseId((row.arg >> 32) as u16) };
    let Some(at) =
        world.get_resource::<slots::Slots>().and_then(|slots| slots.of_device.get(&device).copied())
    else {
        return;
    };
    let order = row.id();
    let busy = orders.reprogram.span(orders.draws.unit(core.key(device), order));
    slots::nurse(core, world, device, busy.max(Span(1)), 0.5, charge.by);
    // A therapy that is interrupted is taken up by whoever was called for that.
    let going = |slots: &slots::Slots| slots.slots[at].plant.filter(|_| slots.slots[at].halted_by.is_none());
    if let Some(plant) = world.get_resource::<slots::Slots>().and_then(going) {
        opioid::programmed_by_hand(core, world, plant, charge, order);
    }
}
