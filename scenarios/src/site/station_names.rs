//! What a station is called when it is spoken of.

use super::ground::Ground;
use sim::core::Core;
use sim::message::DeviceId;
use sim::station::StationId;
use std::collections::BTreeMap;

/// The names of the stations of a run.
pub struct StationNames<'c> {
    core: &'c Core,
    known: BTreeMap<StationId, String>,
}

/// Names for every station: processors by their devices, radios by their gateways, links by their conduits.
pub fn names<'c>(core: &'c Core, ground: Option<&Ground>) -> StationNames<'c> {
    let mut known = BTreeMap::new();
    if let Some(ground) = ground {
        for (&gateway, &station) in &ground.radios {
            known.insert(station, format!("radio of {}", core.names.who(core.who(gateway))));
        }
        for (&device, &station) in &ground.transmitters {
            known.insert(station, format!("transmitter of {}", core.names.who(core.who(device))));
        }
        for conduit in &ground.conduits {
            if let Some(own) = conduit.firewall {
                known.insert(own.station, format!("firewall of {}", conduit.name));
            }
            for (at, station) in conduit.links.into_iter().flatten().enumerate() {
                let [from, to] = [conduit.ends[at], conduit.ends[1 - at]];
                let [from, to] = [from, to].map(|zone| ground.zones[usize::from(zone)].name.as_str());
                known.insert(station, format!("conduit {} from {from} to {to}", conduit.name));
            }
        }
    }
    StationNames { core, known }
}

impl StationNames<'_> {
    /// The name of a station.
    pub fn name(&self, station: StationId) -> String {
        if station.0 < self.core.devices() {
            return format!("processor of {}", self.core.names.who(self.core.who(DeviceId(station.0))));
        }
        self.known.get(&station).cloned().unwrap_or_else(|| {
            let nth = station.0 - self.core.devices();
            format!("box or desk {nth}")
        })
    }
}
