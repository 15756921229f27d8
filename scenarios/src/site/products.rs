//! Products: a function of a device is up while it and what the function needs are up, and there is a way to each.
//!
//! # Differs from the real thing
//! A way is the one that is laid when the run begins, there and back: whoever finds another in a mesh, or is served by
//! another authority, is reckoned by the first. A part that is up is taken to do its work at once, however busy it is.

use super::local::devices_of;
use super::network::Traffic;
use super::standby::End;
use super::{Site, SiteError};
use sim::fact::{Kind, kind};
use sim::message::DeviceId;
use sim::status::{Grain, PartId};

/// Time for which a function was to be had [ns].
pub const DUE: Kind = kind("function.due");
/// Part of that time in which it was not [ns].
pub const LOST: Kind = kind("function.lost");
/// Charges for that: to one cause alone, and shared by several [ns].
pub const CHARGE: [Kind; 2] = [kind("charge.function"), kind("charge.function.shared")];

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("function.due", "ns"),
    ("function.lost", "ns"),
    ("charge.function", "ns"),
    ("charge.function.shared", "ns"),
];

/// Every function of every device of a product is due all the time.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = std::sync::Arc::clone(&site.scenario);
    for (name, product) in &scenario.products {
        if product.needs.is_empty() {
            continue;
        }
        let mut devices = Vec::new();
        for fleet in devices_of(&scenario, &product.parts, &[]) {
            devices
                .extend(site.ground.fleet_named(fleet).into_iter().flat_map(super::ground::Fleet::devices));
        }
        for (function, needs) in &product.needs {
            let topic = site.core.names.topic(&format!("{name}.{function}"));
            for (nth, &device) in devices.iter().enumerate() {
                let mut parts = vec![site.core.unit(device)];
                let mut alternatives = Vec::new();
                for need in needs {
                    let mut ways = Vec::new();
                    for part in need {
                        ways.extend(ways_to(site, part, (device, nth))?);
                    }
                    match ways.pop() {
                        Some(only) if ways.is_empty() => parts.extend(only),
                        Some(last) => alternatives.push([ways, vec![last]].concat()),
                        None => (),
                    }
                }
                let who = site.core.who(device);
                let duty = site.core.status.duty(who, topic, Grain::Time, [DUE, LOST], CHARGE, 1, &parts);
                alternatives.iter().for_each(|ways| site.core.status.need_any(duty, ways));
                site.core.set_duty(duty, true);
            }
        }
    }
    Ok(())
}

/// The ways by which a device has a part: one, or one for each server of a pool; nothing but itself where it is the part.
fn ways_to(
    site: &mut Site,
    part: &str,
    (device, nth): (DeviceId, usize),
) -> Result<Vec<Vec<PartId>>, SiteError> {
    let Some(fleet) = site.ground.fleet_named(part) else {
        return Err(SiteError::Missing { what: "product", name: part.to_owned() });
    };
    let all: Vec<DeviceId> = fleet.devices().collect();
    if all.contains(&device) {
        return Ok(vec![vec![site.core.unit(device)]]);
    }
    let gateway = site.ground.gateway(device).filter(|gateway| all.contains(gateway));
    let servers = match gateway.map_or_else(|| super::traffic::serve(site, &all, nth, device), End::Device) {
        End::Device(one) => vec![one],
        End::Pool(_) => all,
    };
    let mut ways = Vec::new();
    for server in servers {
        let mut parts = Vec::new();
        for ends in [[device, server], [server, device]] {
            let route = site.network.route(&mut site.core, &site.ground, Traffic::Contact, ends, &[]);
            parts.extend(site.network.parts(&site.core, route, ends));
        }
        ways.push(parts);
    }
    Ok(ways)
}

/// The parts of a vendor's products that the vendor runs: services, and fleets that stand outside.
pub(crate) fn run_by(site: &Site, vendor: &str) -> Vec<DeviceId> {
    let scenario = &site.scenario;
    let runs = |fleet: &&super::ground::Fleet| {
        let stated = scenario.services.get(&fleet.name).and_then(|service| service.vendor.as_ref());
        let outside = fleet.service || site.ground.zones[usize::from(fleet.zone)].outside;
        outside
            && match stated {
                Some(stated) => stated.value == vendor,
                None => fleet.products.iter().any(|product| {
                    let made_by = scenario.products.get(product).and_then(|product| product.vendor.as_ref());
                    made_by.is_some_and(|made_by| made_by.value == vendor)
                }),
            }
    };
    site.ground.fleets.iter().filter(runs).flat_map(super::ground::Fleet::devices).collect()
}

/// The devices of a vendor's products that stand at the site.
pub(crate) fn made_by(site: &Site, vendor: &str) -> Vec<DeviceId> {
    let scenario = &site.scenario;
    let made = |product: &String| {
        let made_by = scenario.products.get(product).and_then(|product| product.vendor.as_ref());
        made_by.is_some_and(|made_by| made_by.value == vendor)
    };
    let fleets = site.ground.fleets.iter();
    let own = fleets.filter(|fleet| !fleet.service && fleet.products.iter().any(made));
    own.flat_map(super::ground::Fleet::devices).collect()
}
