//! Devices that are cut off and go to their safe state obey nobody until they are connected again; those that stop tell
//! nothing either.

use super::CutOffs;
use super::contact::Contacts;
use crate::language::flow::FlowKind;
use crate::language::process::Fallback;
use crate::site::Site;
use crate::site::network::{Place, Traffic};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::By;
use sim::message::{Message, MessageId};
use sim::route::Toll;
use sim::travel::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// By which contacts an emitter's owner knows whether it may work.
#[derive(Resource, Debug, Default)]
pub struct SafeStates(BTreeMap<u32, Vec<usize>>);

/// Ask, where a command comes or a reading leaves, whether the device works.
pub(super) fn prepare(site: &mut Site, cut_offs: &CutOffs) {
    let which = |does: &[Fallback]| -> BTreeSet<u16> {
        let one = |cuts: &Vec<(u16, crate::language::process::CutOff)>| {
            cuts.iter().any(|(_, cut)| does.contains(&cut.does))
        };
        cut_offs.iter().filter(|(_, cuts)| one(cuts)).map(|(&fleet, _)| fleet).collect()
    };
    let obeys_nobody = which(&[Fallback::FailSafe, Fallback::Stop]);
    let tells_nothing = which(&[Fallback::Stop]);
    site.world.insert_resource(SafeStates::default());
    if obeys_nobody.is_empty() {
        return;
    }
    let cause = site.core.names.cause(By::Design, "a device that is cut off");
    let check = site.core.check(refuse);
    site.network.rule(Box::new(move |ground, laid, place| {
        let Traffic::Flow(flow) = laid.traffic else { return None };
        let asks = match ground.flows.get(usize::from(flow))?.text.kind {
            FlowKind::Command => place == Place::Target && obeys_nobody.contains(&laid.target),
            FlowKind::Reading => place == Place::Source && tells_nothing.contains(&laid.source),
        };
        asks.then(|| Toll { check: Some((check, 0)), ..Toll::free(cause) })
    }));
}

/// An emitter's owner works only while it takes itself for connected by this contact.
pub(super) fn watch(site: &mut Site, emitter: u32, contact: usize) {
    site.world.resource_mut::<SafeStates>().0.entry(emitter).or_default().push(contact);
}

/// Charged to what cuts the device off.
fn refuse(core: &mut Core, world: &mut World, _: MessageId, message: &Message, _: u32) -> Verdict {
    let contacts = world.resource::<SafeStates>().0.get(&message.emitter).cloned().unwrap_or_default();
    let cut_off = contacts.into_iter().find(|&contact| !world.resource::<Contacts>().reached(contact));
    match cut_off {
        Some(contact) if !message.ghost => Verdict::Drop(super::truth(core, world, contact)),
        _ => Verdict::Pass,
    }
}
