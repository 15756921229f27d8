//! Device classes: what a kind of device is made of, as data, one file each in `classes/`.

mod capability;
mod facets;
mod source;

pub use capability::capability;
pub use facets::{
    Accounts, Core, Crypto, CutOff, Failure, Firmware, Hardware, Kind, Library, Link, Login, Medium, Order,
    Role, Service, Speaks,
};
pub use source::{MARKS, Source};

use crate::parameters::{Parameters, ParametersError, UnknownParameter};
use crate::power::Power;
use crate::quantity::{as_span, nearest};
use indexmap::IndexMap;
use serde::Deserialize;
use sim::time::Span;
use std::collections::BTreeMap;
use std::sync::LazyLock;

macro_rules! classes {
    ($($name:literal)*) => {
        /// Every class: its name and its file.
        pub const CLASSES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../classes/", $name, ".toml")))),*];
    };
}

classes! {
    "infusion-pump" "infusion-pump-legacy" "syringe-pump" "syringe-pump-legacy" "pca-pump"
    "pca-pump-legacy" "bedside-monitor" "vital-signs-monitor" "telemetry-transmitter" "central-station"
    "ventilator" "anaesthesia-machine" "defibrillator" "ecg-cart" "glucometer" "poc-analyser"
    "lab-analyser" "dispensing-cabinet" "nurse-call" "smart-bed" "other-medical" "imaging-modality"
    "ultrasound" "dicom-workstation" "cold-chain-sensor" "bms-controller" "bms-supervisor"
    "room-pressure-monitor" "plant-plc" "power-controller" "medical-gas-panel" "tube-station"
    "lift-fire-gateway" "ip-camera" "video-recorder" "badge-reader" "clock-controller" "voip-phone"
    "clinical-handset" "rtls-reader" "printer" "patient-tv" "signage" "clinical-workstation"
    "workstation-on-wheels" "office-workstation" "laptop-tablet" "thin-client" "server"
    "storage-hypervisor" "identity-server" "jump-host" "core-switch" "access-switch" "wlan-controller"
    "firewall" "wifi-access-point" "generic-sensor" "generic-actuator" "generic-iot" "generic-workstation"
    "generic-server" "lora-node" "lora-station" "lora-gateway" "weather-buoy" "river-gauge"
    "vital-signs-patch" "ble-gateway" "border-router" "workload-sensor" "workload-gateway" "workload-backend"
}

/// A kind of device.
///
/// # Differs from the real thing
/// A class is one processor and one link: the motor controller of a pump, the detector of a scanner and the
/// many boards of a ventilator are not seen, since they do not meet the network. Two devices of a class differ
/// in their luck alone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceClass {
    /// Its name; that of its file.
    #[serde(skip)]
    pub name: &'static str,
    /// What it is, in words.
    pub title: String,
    /// What it is there for.
    pub role: Role,
    /// Which world it comes from.
    pub kind: Kind,
    /// Whether in use it is attached to a patient, so that a reboot interrupts a therapy.
    pub attached_to_patient: bool,
    /// What it does when the network is gone.
    pub cut_off: CutOff,
    /// How long it is kept.
    #[serde(deserialize_with = "as_span")]
    pub service_life: Span,
    /// Codes of NIST SP 800-213A that it offers.
    pub capabilities: Vec<String>,
    /// What it computes with.
    pub hardware: Hardware,
    /// What it is linked by.
    pub link: Link,
    /// Its cryptography.
    pub crypto: Crypto,
    /// What feeds it; omitted: the mains.
    #[serde(default)]
    pub power: Option<Power>,
    /// Its software.
    pub firmware: Firmware,
    /// Its accounts.
    pub accounts: Accounts,
    /// Its processing time.
    pub service: Service,
    /// How it breaks.
    pub failure: Failure,
    /// Where each of these comes from.
    sources: BTreeMap<String, Source>,
}

/// A class that cannot be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClassError {
    /// There is none of this name.
    #[error("no device class is called `{name}`{}", nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?")))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<&'static str>,
    },
    /// Its file does not read.
    #[error("class `{class}` does not read")]
    Malformed {
        /// Which.
        class: &'static str,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// A share is not between nothing and all.
    #[error("class `{class}`: `{field}` is not a share between 0 and 1")]
    Share {
        /// Which class.
        class: &'static str,
        /// Which field.
        field: &'static str,
    },
    /// The catalogue does not hold this code.
    #[error("class `{class}`: NIST SP 800-213A has no capability `{code}`")]
    Capability {
        /// Which class.
        class: &'static str,
        /// The code.
        code: String,
    },
    /// A number has no source.
    #[error("class `{class}`: `{field}` has no source")]
    NoSource {
        /// Which class.
        class: &'static str,
        /// Which field.
        field: &'static str,
    },
    /// A source is given for what is not there.
    #[error("class `{class}`: a source is given for `{field}`, which is no field")]
    StraySource {
        /// Which class.
        class: &'static str,
        /// The name.
        field: String,
    },
    /// A source names no parameter.
    #[error("class `{class}`: the source of `{field}` is neither a parameter nor marked")]
    Source {
        /// Which class.
        class: &'static str,
        /// Which field.
        field: String,
        /// The name that was not found.
        #[source]
        source: UnknownParameter,
    },
    /// The parameter files do not read.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
}

impl DeviceClass {
    fn read(name: &'static str, text: &str, parameters: &Parameters) -> Result<Self, ClassError> {
        let mut class: Self =
            toml::from_str(text).map_err(|source| ClassError::Malformed { class: name, source })?;
        class.name = name;
        for (field, share) in [
            ("link.loss", class.link.loss),
            ("firmware.unsupported_share", class.firmware.unsupported_share),
            ("firmware.exploitable_share", class.firmware.exploitable_share),
            ("accounts.default_password_share", class.accounts.default_password_share),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(ClassError::Share { class: name, field });
            }
        }
        if let Some(code) = class.capabilities.iter().find(|code| capability(code).is_none()) {
            return Err(ClassError::Capability { class: name, code: code.clone() });
        }
        class.check_sources(parameters)?;
        Ok(class)
    }

    /// Whether it offers this capability of NIST SP 800-213A.
    pub fn offers(&self, code: &str) -> bool {
        self.capabilities.iter().any(|offered| offered == code)
    }

    /// Whether it can speak this.
    pub fn speaks(&self, language: Speaks) -> bool {
        self.crypto.speaks.contains(&language)
    }
}

/// Every class, in the order of [`CLASSES`].
///
/// # Errors
/// When an embedded file is broken, which a test rules out for the files as they stand.
pub fn all() -> Result<&'static IndexMap<&'static str, DeviceClass>, ClassError> {
    static ALL: LazyLock<Result<IndexMap<&'static str, DeviceClass>, ClassError>> = LazyLock::new(|| {
        let parameters = Parameters::shipped()?;
        CLASSES.iter().map(|&(name, text)| Ok((name, DeviceClass::read(name, text, parameters)?))).collect()
    });
    ALL.as_ref().map_err(Clone::clone)
}

/// The class of this name.
///
/// # Errors
/// When there is none, with the nearest name there is.
pub fn class(name: &str) -> Result<&'static DeviceClass, ClassError> {
    let known = all()?;
    known.get(name).ok_or_else(|| ClassError::Unknown {
        name: name.to_owned(),
        nearest: nearest(name, known.keys().copied()),
    })
}

#[cfg(test)]
mod tests;
