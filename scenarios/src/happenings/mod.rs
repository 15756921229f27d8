//! Happenings, one file each: what may befall a place without anybody meaning it.

mod access_point_failure;
mod certificate_expiry;
mod device_fault;
mod faulty_update;
mod mass_casualty;
mod service_outage;
mod wan_outage;

pub use access_point_failure::Settings as AccessPointFailure;
pub use certificate_expiry::Settings as CertificateExpiry;
pub use device_fault::Settings as DeviceFault;
pub use faulty_update::Settings as FaultyUpdate;
pub use mass_casualty::{Arrivals, Settings as MassCasualty};
pub use service_outage::Settings as ServiceOutage;
pub use wan_outage::Settings as WanOutage;

use crate::language::registry::SettingsReader;
use std::fmt;

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
    faulty_update::DEF,
    mass_casualty::DEF,
    service_outage::DEF,
    wan_outage::DEF,
];

/// The sort of this name.
pub fn find(id: &str) -> Option<&'static HappeningDef> {
    ALL.iter().find(|def| def.id == id)
}
