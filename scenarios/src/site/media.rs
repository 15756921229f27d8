//! Radio channels are put on the ground: each gateway of a medium has one, shared with the devices that it serves.
//!
//! # Differs from the real thing
//! Gateways do not hear each other's devices, and a device keeps to one gateway. A device's place is drawn once; it
//! sends at the fastest rate that its gateway receives from there.

use super::{Site, SiteError};
use crate::language::place::CountAt;
use crate::language::registry::Sourced;
use ::devices::radio::profile::{Changes, radio};
use sim::math::{cos, sin, sqrt};
use sim::medium::{Antenna, Judge, Medium};
use sim::message::DeviceId;
use std::sync::Arc;

/// Messages that a device holds which wait to be sent, where a scenario does not say.
const BUFFER: u16 = 16;

/// Put every medium of the scenario on the ground.
pub(super) fn lay(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    for (name, text) in &scenario.media {
        let model = |error: &dyn std::error::Error| SiteError::Model {
            what: format!("medium `{name}`"),
            why: error.to_string(),
        };
        let profile = radio(&text.radio).map_err(|error| model(&error))?;
        site.numbers.radio(&text.radio, &profile)?;
        let Some(gateways) = site.ground.fleet_named(&text.gateway).cloned() else {
            return Err(SiteError::Missing { what: "medium", name: text.gateway.value.clone() });
        };
        let few =
            |count: Option<&CountAt>| count.map(|count| u16::try_from(count.value.0).unwrap_or(u16::MAX));
        let changes = Changes {
            channels: few(text.channels.as_ref()),
            duty_cycle: text.duty_cycle.map(|share| share.0),
            paths: few(text.paths.as_ref()),
            acknowledged: text.acknowledged,
            no_capture: !text.capture,
            overhead: text.overhead.as_ref().map(|bytes| bytes.value.0.min(1 << 16) as u32),
        };
        let room = few(text.buffer.as_ref()).unwrap_or(BUFFER);
        let radius = text.radius.as_ref().map_or(0.0, |radius| radius.value.0);
        let draws = site.core.luck.purpose("place");
        for gateway in gateways.devices() {
            let medium = profile.medium(&text.radio, &changes, &mut site.core.names);
            let mut medium = medium.map_err(|error| model(&error))?;
            let stand = |at, gateway, room| profile.antenna(&text.radio, at, gateway, room);
            let mut above = stand([0.0, 0.0], true, room.max(BUFFER)).map_err(|error| model(&error))?;
            if let Some(paths) = changes.paths {
                above.paths = paths;
            }
            medium.stand(gateway, above);
            let served = (0..site.core.devices()).map(DeviceId);
            let members: Vec<DeviceId> =
                served.filter(|&device| site.ground.gateway(device) == Some(gateway)).collect();
            for &device in &members {
                let key = site.core.key(device);
                let (out, around) =
                    (radius * sqrt(draws.unit(key, 0)), draws.unit(key, 1) * std::f64::consts::TAU);
                let own = stand([out * cos(around), out * sin(around)], false, room);
                let mut own = own.map_err(|error| model(&error))?;
                own.rate = fastest(&medium, &own, &above);
                medium.stand(device, own);
            }
            if text.mesh {
                let notices = text.notices.map_or(Sourced::Parameter("mesh.notice"), Sourced::Stated);
                let notices = site.numbers.time_law(&notices)?;
                site.ground.meshed.insert(gateway);
                site.meshes.add(gateway, members, notices);
            }
            let id = site.core.media.add(medium);
            site.ground.media.insert(gateway, id);
        }
    }
    Ok(())
}

/// The fastest rate at which the gateway receives this device; the slowest if it receives none.
fn fastest(medium: &Medium, own: &Antenna, gateway: &Antenna) -> u8 {
    let power = medium.power(own, gateway);
    match &medium.judge {
        Judge::Capture { sensitivity, .. } => {
            // A node takes itself for no better a receiver than its gateway.
            let heard = sensitivity[0].iter().position(|&least| power >= least);
            heard.unwrap_or(sensitivity[0].len().saturating_sub(1)) as u8
        }
        Judge::Errors { .. } => 0,
    }
}
