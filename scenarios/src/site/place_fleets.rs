//! Fleets, services, zones, conduits and radios are put on the ground.

use super::ground::{Conduit, Fleet, Zone};
use super::{Site, SiteError, firewall};
use crate::language::fleet::{Credentials, Fleet as FleetText, Gateway, Work};
use crate::language::place::{Conduit as ConduitText, Order};
use crate::reach::Tables;
use ::devices::class;
use sim::fact::{By, CauseId, Charge, Topic};
use sim::kinds::FLEET;
use sim::law::Law;
use sim::message::DeviceId;
use sim::station::Station;
use sim::status::PartId;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What answers in place of a service that others run.
const SERVICE_CLASS: &str = "server";
/// Picoseconds per byte at one bit per second.
const BYTE_PS: f64 = 8e12;

/// Put everything on the ground.
pub(super) fn place(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    for (name, zone) in &scenario.zones {
        let inside = zone.latency.map(|latency| (latency.0, zone.loss.0));
        let purdue_level = zone.purdue_level.0;
        site.ground.zones.push(Zone { name: name.clone(), purdue_level, outside: zone.outside, inside });
    }
    let mut names: Vec<(&str, Option<&FleetText>)> =
        scenario.fleets.iter().map(|(name, fleet)| (name.as_str(), Some(&fleet.value))).collect();
    names.extend(scenario.services.keys().map(|name| (name.as_str(), None)));
    names.sort_unstable_by_key(|fleet| fleet.0);
    for (name, text) in names {
        let fleet = match text {
            Some(text) => describe(site, name, text)?,
            None => service(site, name)?,
        };
        add(site, fleet);
    }
    link_gateways(
        site,
        &scenario.fleets.iter().map(|(name, fleet)| (name.as_str(), &fleet.value)).collect(),
    )?;
    super::media::lay(site)?;
    for (name, conduit) in &scenario.conduits {
        let ends = [zone_index(site, &conduit.between[0])?, zone_index(site, &conduit.between[1])?];
        let part = site.core.status.parts(1);
        let room = conduit.buffer.as_ref().map(|buffer| buffer.value.0);
        let links = conduit.bandwidth.map(|bandwidth| {
            let link = Station::new(part, 1, Span::ZERO, per_byte(bandwidth.0)).with_buffer(room);
            let link = match conduit.order {
                Order::FirstCome => link,
                Order::Criticality => link.by_rank(),
                Order::Shared => link.shared(),
            };
            [site.core.station(link.clone()), site.core.station(link)]
        });
        let (latency, loss, one_way) = (conduit.latency.0, conduit.loss.0, conduit.one_way);
        if one_way && site.ground.barred.is_none() {
            let barred = site.core.status.parts(1);
            let by = site.core.names.cause(By::Design, "a one-way conduit");
            site.core.change_at(SimTime::ZERO, barred, Charge { by, because: CauseId::NONE }, false);
            site.ground.barred = Some(barred);
        }
        let firewall = conduit.firewall.as_ref().map(|own| firewall::inspector(site, own)).transpose()?;
        let refuses = refusals(site, name, conduit);
        let name = name.clone();
        site.ground.conduits.push(Conduit {
            name,
            ends,
            one_way,
            links,
            part,
            latency,
            loss,
            firewall,
            refuses,
        });
    }
    site.ground.tables = Tables::of(&scenario);
    site.ground.find_ways();
    add_transmitters(site);
    Ok(())
}

/// What stands in the way of calls that a conduit's list does not accept, and of those that go past its jump host: a
/// part that is never up, by whose reason they are told apart from all other losses.
fn refusals(site: &mut Site, name: &str, conduit: &ConduitText) -> [Option<PartId>; 2] {
    let unlisted = conduit.allow.as_ref().map(|_| format!("no entry of list `{name}` accepts it"));
    let past =
        conduit.jump_host.as_ref().map(|jump| format!("`{name}` takes remote access by `{}` alone", **jump));
    [unlisted, past].map(|why| {
        let part = site.core.status.parts(1);
        let by = site.core.names.cause(By::Design, &why?);
        site.core.change_at(SimTime::ZERO, part, Charge { by, because: CauseId::NONE }, false);
        Some(part)
    })
}

fn zone_index(site: &Site, name: &str) -> Result<u16, SiteError> {
    let at = site.ground.zones.iter().position(|zone| zone.name == name);
    at.map(|at| at as u16).ok_or_else(|| SiteError::Missing { what: "zone", name: name.to_owned() })
}

fn per_byte(bits_per_second: f64) -> u64 {
    (BYTE_PS / bits_per_second).round() as u64
}

fn describe(site: &Site, name: &str, text: &FleetText) -> Result<Fleet, SiteError> {
    let refuse = |source| SiteError::Class { fleet: name.to_owned(), source: Box::new(source) };
    let class = Arc::new(text.device_class().map_err(refuse)?);
    site.numbers.class(name, &class)?;
    let (role, link) = (class.role, (class.link.latency, class.link.loss));
    // What has no secret, or one that everybody knows, can be guessed; else the class says how many were left weak.
    let guessable = match text.credentials {
        Credentials::Default | Credentials::None => 1.0,
        Credentials::Unique | Credentials::Shared | Credentials::Vendor => {
            class.accounts.default_password_share
        }
    };
    Ok(Fleet {
        name: name.to_owned(),
        class,
        zone: zone_index(site, &text.zone)?,
        zone_name: text.zone.value.clone(),
        first: DeviceId(0),
        count: text.count(),
        credentials: text.credentials,
        guessable,
        work: text.work,
        role,
        products: site.scenario.products_of(name).into_iter().map(str::to_owned).collect(),
        service: false,
        link: text.link.as_ref().map_or(link, |link| (link.latency.0, link.loss.0)),
    })
}

fn service(site: &Site, name: &str) -> Result<Fleet, SiteError> {
    let Some(text) = site.scenario.services.get(name) else {
        return Err(SiteError::Missing { what: "service", name: name.to_owned() });
    };
    let class = class::class(SERVICE_CLASS).map_err(|source| SiteError::class(name, source))?;
    site.numbers.class(name, class)?;
    Ok(Fleet {
        name: name.to_owned(),
        class: Arc::new(class.clone()),
        zone: zone_index(site, &text.zone)?,
        zone_name: text.zone.value.clone(),
        first: DeviceId(0),
        count: 1,
        credentials: Credentials::Unique,
        guessable: 0.0,
        work: Work::Failover,
        role: class::Role::Compute,
        products: site.scenario.products_of(name).into_iter().map(str::to_owned).collect(),
        service: true,
        link: (Law::Fixed(0.0), 0.0),
    })
}

fn add(site: &mut Site, mut fleet: Fleet) {
    let work = &fleet.class.service;
    let processor = Station::new(
        PartId::ALWAYS,
        1,
        Span::from_seconds(work.per_message),
        (work.per_byte * 1e12).round() as u64,
    );
    let processor = match work.order {
        class::Order::FirstCome => processor,
        class::Order::Shared => processor.shared(),
    };
    fleet.first = site.core.fleet(&fleet.name, fleet.count, &processor);
    site.ground.gateway_of.reserve_exact(fleet.count as usize);
    site.ground.gateway_of.extend((0..fleet.count).map(|_| u32::MAX));
    if !fleet.service {
        let who = site.core.who(fleet.first);
        site.core.fact_at(
            SimTime::ZERO,
            FLEET,
            who,
            Topic::default(),
            Charge::default(),
            i64::from(fleet.count),
        );
    }
    site.ground.devices.push(fleet.count);
    site.ground.fleets.push(fleet);
}

/// Each device whose carrier takes messages in frames sends by a transmitter of its own, to a gateway if it has one;
/// where that gateway has a shared medium, frames go over that.
fn add_transmitters(site: &mut Site) {
    for at in 0..site.ground.fleets.len() {
        let fleet = &site.ground.fleets[at];
        let (Some(carrier), Some(_)) = (fleet.class.link.carrier, fleet.class.link.radio) else { continue };
        let alone: Vec<DeviceId> =
            fleet.devices().filter(|&device| site.ground.medium(device).is_none()).collect();
        for device in alone {
            let part = site.ground.gateway(device).map_or(PartId::ALWAYS, |gateway| site.core.unit(gateway));
            let station = Station::new(part, 1, Span::ZERO, 0).framed(carrier.framed());
            site.ground.transmitters.insert(device, site.core.station(station));
        }
    }
}

/// The device of `gateway`'s fleet that serves each device of a fleet, by the draw of this purpose where that is drawn.
fn served(
    site: &Site,
    fleet: &Fleet,
    text: &Gateway,
    purpose: &str,
) -> Result<Vec<(DeviceId, DeviceId)>, SiteError> {
    let Some(others) = site.ground.fleet_named(&text.fleet) else {
        return Err(SiteError::Missing { what: "gateway", name: text.fleet.value.clone() });
    };
    let draws = site.core.luck.purpose(purpose);
    let serves = |(nth, device): (u32, DeviceId)| {
        let drawn = || draws.below(u64::from(others.count), site.core.key(device), 0) as u32;
        let which = FleetText::gateway_of(text.spread, nth, fleet.count, others.count).unwrap_or_else(drawn);
        (device, DeviceId(others.first.0 + which.min(others.count - 1)))
    };
    Ok((0..).zip(fleet.devices()).map(serves).collect())
}

/// Each device finds its gateway, and what it stands behind and runs on; each gateway in use gets its radio.
fn link_gateways(site: &mut Site, texts: &BTreeMap<&str, &FleetText>) -> Result<(), SiteError> {
    for at in 0..site.ground.fleets.len() {
        let fleet = site.ground.fleets[at].clone();
        let Some(text) = texts.get(fleet.name.as_str()) else { continue };
        if let Some(behind) = &text.behind {
            site.ground.behind.extend(served(site, &fleet, behind, "behind")?);
        }
        if let Some(host) = &text.runs_on {
            site.ground.hosts.extend(served(site, &fleet, host, "host")?);
        }
        let Some(gateway) = &text.gateway else { continue };
        let shared = site.scenario.media.values().any(|medium| *medium.gateway == *gateway.fleet);
        for (device, gateway) in served(site, &fleet, gateway, "gateway")? {
            site.ground.gateway_of[device.0 as usize] = gateway.0;
            if !shared && !site.ground.radios.contains_key(&gateway) {
                let class = Arc::clone(&site.ground.fleet(gateway).class);
                let fixed = Span::from_seconds(class.service.per_message);
                let mut radio = Station::new(site.core.unit(gateway), 1, fixed, per_byte(class.link.rate));
                if let Some(carrier) = class.link.carrier {
                    radio = radio.framed(carrier.framed());
                }
                let radio = site.core.station(radio);
                site.ground.radios.insert(gateway, radio);
            }
        }
    }
    super::dependence::tie(site);
    Ok(())
}
