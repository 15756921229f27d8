//! Which use of a control rules which device: the most specific one.

use super::ground::{Fleet, Ground};
use crate::language::registry::Settings;
use crate::language::selector::{Member, Selector};
use crate::language::strategy::{ControlUses, Use};
use sim::message::DeviceId;

/// The index of the use that rules each device of the ground, if one does.
#[derive(Clone, Debug, Default)]
pub struct Scope(Vec<Option<u16>>);

impl Scope {
    /// Find the ruling use of every device. Services are ruled only where a use names them.
    pub fn of(uses: &ControlUses, ground: &Ground) -> Self {
        let mut ruled = Vec::with_capacity(ground.fleet_of.len());
        for fleet in &ground.fleets {
            let products: Vec<&str> = fleet.products.iter().map(String::as_str).collect();
            let member = member(fleet, &products);
            for nth in 1..=fleet.count {
                ruled.push(ruling(uses, fleet, |one| one.specificity_for(&member, nth)).map(|(at, _)| at));
            }
        }
        Self(ruled)
    }

    /// The use that rules this device.
    pub fn get(&self, device: DeviceId) -> Option<usize> {
        self.0.get(device.0 as usize).copied().flatten().map(usize::from)
    }

    /// Every device that is ruled, with its use.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, usize)> + '_ {
        (0..).zip(&self.0).filter_map(|(device, at)| Some((DeviceId(device), usize::from((*at)?))))
    }
}

/// The use that rules a whole fleet, and how specifically it names it; uses of single devices are left out.
pub fn of_fleet(uses: &ControlUses, fleet: &Fleet) -> Option<(u16, u8)> {
    let products: Vec<&str> = fleet.products.iter().map(String::as_str).collect();
    let member = member(fleet, &products);
    ruling(uses, fleet, |one| one.specificity(&member))
}

/// The settings of every use, in order.
pub fn settings<T: Settings + Clone>(uses: &ControlUses) -> Vec<T> {
    uses.uses.iter().filter_map(|one| one.settings.get::<T>().cloned()).collect()
}

fn member<'a>(fleet: &'a Fleet, products: &'a [&'a str]) -> Member<'a> {
    Member { fleet: &fleet.name, class: fleet.class.name, zone: &fleet.zone_name, role: fleet.role, products }
}

fn ruling(uses: &ControlUses, fleet: &Fleet, specificity: impl Fn(&Use) -> Option<u8>) -> Option<(u16, u8)> {
    let names =
        |one: &Use| one.on.iter().any(|on| matches!(&on.value, Selector::Fleet(name) if *name == fleet.name));
    (0..)
        .zip(&uses.uses)
        .filter(|(_, one)| !fleet.service || names(&one.value))
        .filter_map(|(at, one)| Some((at, specificity(&one.value)?)))
        .max_by_key(|&(_, specific)| specific)
}
