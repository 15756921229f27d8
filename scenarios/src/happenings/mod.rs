//! Happenings, one file each: what may befall a place without anybody meaning it.

mod access_point_failure;
mod certificate_expiry;
mod device_fault;
mod end_of_support;
mod faulty_update;
mod mass_casualty;
mod service_outage;
mod suite_refused;
mod vendor_outage;
mod wan_outage;

pub use access_point_failure::Settings as AccessPointFailure;
pub use certificate_expiry::Settings as CertificateExpiry;
pub use device_fault::Settings as DeviceFault;
pub use end_of_support::{ENDED, Settings as EndOfSupport};
pub use faulty_update::Settings as FaultyUpdate;
pub use mass_casualty::{Arrivals, Settings as MassCasualty};
pub use service_outage::Settings as ServiceOutage;
pub use suite_refused::{Least, Settings as SuiteRefused, prepare};
pub use vendor_outage::Settings as VendorOutage;
pub use wan_outage::Settings as WanOutage;

use crate::language::at::Name;
use crate::language::event::Happening;
use crate::language::registry::SettingsReader;
use crate::language::selector::Selector;
use crate::site::{Site, SiteError, selection};
use sim::message::DeviceId;
use std::fmt;
use std::sync::Arc;

/// A sort of happening.
pub struct HappeningDef {
    /// Its name, as `what` states it.
    pub id: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// Whether its `rate` counts for each device that it may befall, or for the site.
    pub per_device: bool,
    /// How its settings are read.
    pub settings: SettingsReader,
    /// Puts a happening of this sort, by its name, on a site whose flows are laid.
    pub install: fn(&str, &Happening, &mut Site) -> Result<(), SiteError>,
    /// The parameters that settings which a scenario omits are left to.
    pub parameters: &'static [&'static str],
}

impl fmt::Debug for HappeningDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "happening {}", self.id)
    }
}

/// All sorts of happenings.
pub const ALL: &[HappeningDef] = &[
    access_point_failure::DEF,
    certificate_expiry::DEF,
    device_fault::DEF,
    end_of_support::DEF,
    faulty_update::DEF,
    mass_casualty::DEF,
    service_outage::DEF,
    suite_refused::DEF,
    vendor_outage::DEF,
    wan_outage::DEF,
];

/// The sort of this name.
pub fn find(id: &str) -> Option<&'static HappeningDef> {
    ALL.iter().find(|def| def.id == id)
}

/// Put everything that may happen on a site whose flows are laid, services' own outages among it.
///
/// # Errors
/// When a happening names what is not there, or lacks a number.
pub fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    crate::site::episodes::of_services(site)?;
    crate::site::dependence::fail(site)?;
    scenario
        .happenings
        .iter()
        .try_for_each(|(name, happening)| (happening.def.install)(name, happening, site))
}

/// The devices that a name of a happening's settings means.
fn devices(site: &Site, name: &Name) -> Result<Vec<DeviceId>, SiteError> {
    let missing = || SiteError::Missing { what: "happening", name: name.value.clone() };
    let selector = Selector::parse(name).map_err(|_| missing())?;
    let devices = selection::devices(&site.ground, [&selector]);
    if devices.is_empty() { Err(missing()) } else { Ok(devices) }
}
