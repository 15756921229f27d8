//! End of support: from a day on a vendor mends nothing any more, and after a while shuts its services down.
//!
//! # Differs from the real thing
//! What is under way is finished: a device that has begun to copy a fix installs it. Nobody replaces what is not
//! supported any more within a run.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::event::{Happening, Timing};
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::language::units::Time;
use crate::site::classes::SUPPORT;
use crate::site::devices::Devices;
use crate::site::{Site, SiteError, episodes, products};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, Who, kind};
use sim::law::Law;
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::SimTime;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "end-of-support",
    title: "A vendor gives no fixes any more, and shuts its services down",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[],
};

/// Devices that get no fixes any more.
pub const ENDED: Kind = kind("support.ended");

/// Which vendor, and when its services end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The vendor, as products and services name it.
    pub vendor: Name,
    /// How much later its services are shut down for good; omitted: they go on.
    pub services_end_after: Option<Time>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Vendor, name: &self.vendor }]
    }
}

/// Whose support ends with which happening.
#[derive(Resource, Debug, Default)]
pub struct Supported(Vec<(Vec<DeviceId>, Charge, Topic)>);

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let key = episodes::keyed(name, 0);
    let at = match &happening.timing {
        Timing::At(moment) => moment.resolve(site.scenario.starts_at),
        Timing::Rate(rate) if rate.0 > 0.0 => {
            let gap = Law::Exponential { mean: 1.0 / rate.0 };
            SimTime::ZERO + gap.span(site.core.luck.purpose("happening.gap").unit(key, 1))
        }
        Timing::Rate(_) => return Ok(()),
    };
    site.core.kinds.register("support.ended", "device").map_err(SiteError::Kind)?;
    let charge = Charge { by: site.core.names.cause(By::Supplier, name), because: CauseId::NONE };
    let topic = site.core.names.topic(name);
    site.core.handle(SUPPORT, end);
    let devices = products::made_by(site, &settings.vendor);
    let mut supported = site.world.remove_resource::<Supported>().unwrap_or_default();
    site.core.push(at, SUPPORT, supported.0.len() as u64, 0);
    supported.0.push((devices, charge, topic));
    site.world.insert_resource(supported);
    if let Some(Time(after)) = settings.services_end_after {
        for device in products::run_by(site, &settings.vendor) {
            let unit = site.core.unit(device);
            site.core.change_at(at + after, unit, charge, false);
        }
    }
    Ok(())
}

/// The day has come.
fn end(core: &mut Core, world: &mut World, row: Row) {
    let found = world.get_resource::<Supported>().and_then(|all| all.0.get(row.id() as usize)).cloned();
    let Some((devices, charge, topic)) = found else { return };
    let Some(mut known) = world.get_resource_mut::<Devices>() else { return };
    let mut ended = 0;
    for device in devices {
        ended += i64::from(!known.set_unsupported(device, true));
    }
    core.fact(ENDED, Who(u32::MAX), topic, charge, ended);
}
