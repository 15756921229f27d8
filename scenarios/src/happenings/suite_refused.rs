//! A partner refuses old suites: from a day on, what reaches it under a weaker one is turned away.
//!
//! # Differs from the real thing
//! The partner looks at what protects a message when it arrives: the handshake before it is paid for all the same.
//! What the partner sends to the site is refused by nobody.

use super::HappeningDef;
use crate::controls::Protected;
use crate::language::at::Name;
use crate::language::event::Timing;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::site::ground::Ground;
use crate::site::network::{Network, Place, Traffic};
use crate::site::{Site, SiteError};
use ::devices::crypto::Strength;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::message::{Message, MessageId};
use sim::route::Toll;
use sim::time::SimTime;
use sim::travel::Verdict;
use std::sync::Arc;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "suite-refused",
    title: "A partner accepts no messages under weak suites any more",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install: |_, _, _| Ok(()),
    parameters: &[],
};

/// Who refuses what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The partner: a service or a fleet.
    pub by: Name,
    /// What is refused: everything weaker than this.
    pub weaker_than: Least,
}

/// The least that a partner accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Least {
    /// Nothing that is broken today.
    Classical,
    /// A key exchange that stands against a quantum computer.
    Hybrid,
    /// Certificates that do so too.
    PostQuantum,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Part, name: &self.by }]
    }
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    from: SimTime,
    least: Strength,
    charge: Charge,
}

#[derive(Resource, Clone, Debug, Default)]
struct Refusals(Vec<Refusal>);

/// Before flows are laid: partners look at what arrives.
///
/// # Errors
/// When the partner is not there.
pub fn prepare(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    for (name, happening) in scenario.happenings.iter().filter(|(_, one)| one.def.id == DEF.id) {
        let (Some(settings), Timing::At(moment)) = (happening.settings.get::<Settings>(), &happening.timing)
        else {
            continue;
        };
        let partner = site.ground.fleets.iter().position(|fleet| fleet.name == settings.by.value);
        let Some(partner) = partner.map(|at| at as u16) else {
            return Err(SiteError::Missing { what: "happening", name: settings.by.value.clone() });
        };
        let cause = site.core.names.cause(By::Supplier, name);
        let least = match settings.weaker_than {
            Least::Classical => Strength::Classical,
            Least::Hybrid => Strength::Hybrid,
            Least::PostQuantum => Strength::PostQuantum,
        };
        let mut refusals = site.world.get_resource_or_init::<Refusals>();
        let nth = refusals.0.len() as u32;
        let charge = Charge { by: cause, because: CauseId::NONE };
        refusals.0.push(Refusal { from: moment.resolve(scenario.starts_at), least, charge });
        let check = site.core.check(look);
        site.network.rule(Box::new(move |_, laid, place| {
            let reaches = matches!(laid.traffic, Traffic::Flow(_)) && place == Place::Target;
            (reaches && laid.target == partner)
                .then(|| Toll { check: Some((check, nth)), ..Toll::free(cause) })
        }));
    }
    Ok(())
}

fn look(core: &mut Core, world: &mut World, _: MessageId, message: &Message, nth: u32) -> Verdict {
    let Some(&refusal) = world.get_resource::<Refusals>().and_then(|all| all.0.get(nth as usize)) else {
        return Verdict::Pass;
    };
    if core.now < refusal.from {
        return Verdict::Pass;
    }
    let strength = match (world.get_resource::<Protected>(), world.get_resource::<Ground>()) {
        (Some(protected), Some(ground)) => {
            let laid = world.get_resource::<Network>().and_then(|network| network.laid(message.route));
            laid.map_or(Strength::None, |laid| protected.strength(ground, laid))
        }
        _ => Strength::None,
    };
    if strength < refusal.least { Verdict::Drop(refusal.charge) } else { Verdict::Pass }
}
