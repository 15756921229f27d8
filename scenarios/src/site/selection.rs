//! Which devices a selector means.

use super::ground::{Fleet, Ground};
use crate::language::selector::{Member, Selector};
use sim::message::DeviceId;

/// The devices that any of these select, in id order; those of services only where they are named.
pub fn devices<'a>(
    ground: &Ground,
    selectors: impl IntoIterator<Item = &'a Selector, IntoIter: Clone>,
) -> Vec<DeviceId> {
    let selectors = selectors.into_iter();
    let of_fleet = |fleet: &Fleet| {
        let products: Vec<&str> = fleet.products.iter().map(String::as_str).collect();
        let member = Member {
            fleet: &fleet.name,
            class: fleet.class.name,
            zone: &fleet.zone_name,
            role: fleet.role,
            products: &products,
        };
        let meant = |one: &Selector, nth| match one {
            Selector::Fleet(name) => *name == fleet.name,
            other => !fleet.service && other.selects_device(&member, nth),
        };
        let chosen = (1..).zip(fleet.devices());
        let chosen = chosen.filter(|&(nth, _)| selectors.clone().any(|one| meant(one, nth)));
        chosen.map(|(_, device)| device).collect::<Vec<_>>()
    };
    ground.fleets.iter().flat_map(of_fleet).collect()
}
