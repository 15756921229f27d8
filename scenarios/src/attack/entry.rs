//! How a campaign enters: when, by which technique, at which of the devices it may enter by.
//!
//! # Differs from the real thing
//! Whoever enters needs one device: those who fall for a second mail change nothing. A way in that is closed on the
//! day, on every device that it could be, stays closed: nobody comes back a week later.

use crate::attempt::{self, CampaignId, Outcome};
use crate::language::event::Campaign;
use crate::site::{Site, SiteError, selection};
use crate::techniques::{self, TechniqueId};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::law::Law;
use sim::luck::{mix, name_hash};
use sim::math::ln;
use sim::message::DeviceId;
use sim::time::{SimTime, Span};

/// The ways in and what they are techniques of.
const WAYS: &[(&str, TechniqueId)] = &[
    ("default-credentials", techniques::DEFAULT_CREDENTIALS),
    ("exposed-service", techniques::EXPLOIT_PUBLIC_FACING),
    ("infected-device", techniques::TRANSIENT_ASSET),
    ("phishing", techniques::PHISHING),
    ("stolen-credentials", techniques::EXTERNAL_REMOTE_SERVICES),
    ("vendor-access", techniques::EXTERNAL_REMOTE_SERVICES),
];

/// One campaign's way in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    technique: TechniqueId,
    /// Where it may enter, in the order in which it tries.
    pub(crate) doors: Vec<DeviceId>,
    /// With each of those: how long after the start somebody there opens, if that needs somebody.
    opens: Vec<Option<Span>>,
    entered: bool,
}

/// When it starts: drawn evenly over the time given, by the campaign's name alone.
pub(crate) fn start(site: &Site, name: &str, campaign: &Campaign) -> SimTime {
    let (after, within) = (campaign.starts.after.0.0, campaign.starts.within.map_or(0, |time| time.0.0));
    let law = Law::Uniform { low: Span(after).seconds(), high: Span(within.max(after)).seconds() };
    SimTime::ZERO + law.span(site.core.luck.purpose("campaign.start").unit(name_hash(name), 0))
}

/// Prepare a campaign's way in.
pub(crate) fn prepare(site: &Site, name: &str, campaign: &Campaign) -> Result<Entry, SiteError> {
    let missing = |what| SiteError::Missing { what, name: name.to_owned() };
    let technique =
        WAYS.iter().find(|way| *way.0 == *campaign.by.value).ok_or_else(|| missing("way in of"))?.1;
    let key = |device| mix(site.core.key(device) ^ name_hash(name));
    let mut doors = selection::devices(&site.ground, campaign.enters.iter().map(|on| &on.value));
    let order = site.core.luck.purpose("campaign.door");
    doors.sort_by_cached_key(|&device| (order.bits(key(device), 0), device));
    let mut opens = Vec::new();
    if technique == techniques::PHISHING {
        let share = site.numbers.si("phish.click_rate")? * site.numbers.si("phish.submit_given_click")?;
        // The source states medians and no widths: exponential waits with those medians.
        let wait = |median: f64| Law::Exponential { mean: median / ln(2.0) };
        let click = wait(site.numbers.si("phish.time_to_click")?);
        let submit = wait(site.numbers.si("phish.time_to_submit")?);
        let [falls, times] = ["phish.falls", "phish.time"].map(|purpose| site.core.luck.purpose(purpose));
        opens.extend(doors.iter().map(|&device| {
            let time = click.span(times.unit(key(device), 0)) + submit.span(times.unit(key(device), 1));
            falls.chance(share, key(device), 0).then_some(time)
        }));
    }
    Ok(Entry { technique, doors, opens, entered: false })
}

impl Entry {
    /// A part of the entry is due: part 0 is the start, part n + 1 the n-th door.
    pub(crate) fn due(&self, core: &mut Core, id: CampaignId, part: u32) -> Vec<(TechniqueId, DeviceId)> {
        if self.entered {
            return Vec::new();
        }
        if let Some(door) = (part as usize).checked_sub(1).and_then(|at| self.doors.get(at)) {
            return vec![(self.technique, *door)];
        }
        if self.opens.is_empty() {
            return self.doors.iter().map(|&door| (self.technique, door)).collect();
        }
        for (part, opens) in (1..).zip(&self.opens) {
            if let Some(after) = opens {
                attempt::enter_at(core, id, core.now + *after, part);
            }
        }
        Vec::new()
    }

    /// It is in.
    pub(crate) fn done(&mut self) {
        self.entered = true;
    }
}

/// Try doors until one opens; gives it.
pub(crate) fn try_doors(
    core: &mut Core,
    world: &mut World,
    id: CampaignId,
    doors: Vec<(TechniqueId, DeviceId)>,
) -> Option<DeviceId> {
    doors.into_iter().find_map(|(technique, door)| {
        (attempt::try_at(core, world, id, technique, door) == Outcome::Worked).then_some(door)
    })
}
