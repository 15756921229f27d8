//! Episodes: something goes down, is away for a while, and comes back; once, or again and again.
//!
//! What happens again and again does so after exponential times, keyed by who it befalls and which episode it is: a
//! rate that is changed stretches the same luck. Runs are short against repairs, so they begin in the stationary
//! state: at time 0 a part is down with the share of time that it is down in the long run, for what is then left.
//!
//! # Differs from the real thing
//! Faults do not depend on age, load or each other. What is down is repaired by its law, whoever has time for it.

mod residual;

pub(crate) use residual::residual;

use crate::keep::{Part, Whose, part};
use crate::language::event::Timing;
use crate::site::classes::EPISODE;
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, Who, kind};
use sim::keep::{self, Keep, KeepError};
use sim::law::Law;
use sim::luck::{Draws, mix, name_hash};
use sim::row::Row;
use sim::status::PartId;
use sim::time::{SimTime, Span};
use std::sync::Arc;

/// An episode begins: how many parts it takes down.
pub const BEGINS: Kind = kind("happening");

/// What goes down in an episode.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// The parts, each with the entity key of its draws.
    pub(crate) parts: Arc<[(PartId, u64)]>,
    /// How long one is away [s].
    pub(crate) lasts: Law,
    /// Share of the parts that an episode hits.
    pub(crate) share: f64,
    /// Whether each part comes back by itself; else all together.
    pub(crate) apart: bool,
}

impl Hit {
    /// All of these parts go down, and come back together.
    pub(crate) const fn together(parts: Arc<[(PartId, u64)]>, lasts: Law) -> Self {
        Self { parts, lasts, share: 1.0, apart: false }
    }
}

/// One source of episodes.
#[derive(Clone, Debug)]
struct Source {
    key: u64,
    charge: Charge,
    topic: Topic,
    /// Time from the end of one to the beginning of the next [s]; of parts that come back apart, from beginning to
    /// beginning. None for what happens once.
    gap: Option<Law>,
    episode: u64,
    hit: Hit,
}

#[derive(Resource, Clone, Debug)]
struct Sources {
    all: Vec<Source>,
    gaps: Draws,
    lasts: Draws,
    hits: Draws,
}

impl Keep for Sources {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        let Self { all, gaps: _, lasts: _, hits: _ } = self;
        keep::write("happenings", &all.iter().map(|source| source.episode).collect::<Vec<_>>())
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let episodes: Vec<u64> = keep::read("happenings", bytes)?;
        if episodes.len() != self.all.len() {
            return Err(KeepError::Differs { what: "happenings" });
        }
        self.all.iter_mut().zip(episodes).for_each(|(source, episode)| source.episode = episode);
        Ok(())
    }
}

/// How often each has happened.
pub(crate) const KEPT: Part = part::<Sources>("happenings", Whose::World);

/// Who is to be charged, and by whose name draws are keyed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// The name in the ledger.
    pub(crate) name: &'a str,
    /// What sort of cause.
    pub(crate) by: By,
    /// The entity key: of the happening, and the device where it happens to each.
    pub(crate) key: u64,
}

/// Add a source of episodes.
pub(crate) fn add(site: &mut Site, named: Named<'_>, timing: &Timing, hit: Hit) -> Result<(), SiteError> {
    let Named { name, by, key } = named;
    let core = &mut site.core;
    if site.world.get_resource::<Sources>().is_none() {
        core.kinds.register("happening", "part").map_err(SiteError::Kind)?;
        core.handle(EPISODE, begin);
        let [gaps, lasts, hits] =
            ["happening.gap", "happening.lasts", "happening.hits"].map(|purpose| core.luck.purpose(purpose));
        site.world.insert_resource(Sources { all: Vec::new(), gaps, lasts, hits });
    }
    let charge = Charge { by: core.names.cause(by, name), because: CauseId::NONE };
    let topic = core.names.topic(name);
    let mut source = Source { key, charge, topic, gap: None, episode: 1, hit };
    let mut sources = site.world.resource_mut::<Sources>();
    let first = match timing {
        Timing::At(moment) => moment.resolve(site.scenario.starts_at),
        Timing::Rate(rate) if rate.0 > 0.0 => {
            let gap = Law::Exponential { mean: 1.0 / rate.0 };
            source.gap = Some(gap);
            let over = if source.hit.apart {
                last_event(core, &sources, &source, gap);
                SimTime::ZERO
            } else {
                under_way(core, &source, gap)
            };
            over + gap.span(sources.gaps.unit(key, 1))
        }
        Timing::Rate(_) => return Ok(()),
    };
    let at = sources.all.len() as u64;
    core.push(first, EPISODE, at, at);
    sources.all.push(source);
    Ok(())
}

/// What is down when the run begins, of parts that are up and down in turn; gives when it is over.
fn under_way(core: &mut Core, source: &Source, gap: Law) -> SimTime {
    let start = core.luck.purpose("happening.start");
    let unit = |nth| start.unit(source.key, nth);
    let lasts = source.hit.lasts.mean();
    if unit(0) >= lasts / (lasts + gap.mean()) {
        return SimTime::ZERO;
    }
    let over = SimTime::ZERO + Span::from_seconds(residual(&source.hit.lasts, unit(1), unit(2)));
    for &(part, _) in source.hit.parts.iter() {
        down(core, part, source.charge, over);
    }
    over
}

/// What is still down of the last event before the run.
fn last_event(core: &mut Core, sources: &Sources, source: &Source, gap: Law) {
    let ago = gap.quantile(core.luck.purpose("happening.start").unit(source.key, 0));
    for &(part, key) in source.hit.parts.iter() {
        let left = source.hit.lasts.quantile(sources.lasts.unit(key, 0)) - ago;
        if left > 0.0 && sources.hits.chance(source.hit.share, key, 0) {
            down(core, part, source.charge, SimTime::ZERO + Span::from_seconds(left));
        }
    }
}

fn down(core: &mut Core, part: PartId, charge: Charge, until: SimTime) {
    core.change_at(SimTime::ZERO, part, charge, false);
    core.change_at(until, part, charge, true);
}

/// An episode begins.
fn begin(core: &mut Core, world: &mut World, row: Row) {
    let mut sources = world.resource_mut::<Sources>();
    let (gaps, lasts, hits) = (sources.gaps, sources.lasts, sources.hits);
    let Some(source) = sources.all.get_mut(row.arg as usize) else { return };
    let own = source.clone();
    source.episode += 1;
    let hit = &own.hit;
    let struck = |key| hit.share >= 1.0 || hits.chance(hit.share, key, own.episode);
    let parts: Vec<(PartId, u64)> = hit.parts.iter().copied().filter(|&(_, key)| struck(key)).collect();
    let who = parts.first().and_then(|&(part, _)| core.device_of(part));
    let who = who.map_or(Who(u32::MAX), |device| core.who(device));
    core.fact(BEGINS, who, own.topic, own.charge, parts.len() as i64);
    let together = core.now + hit.lasts.span(lasts.unit(own.key, own.episode));
    for (part, key) in parts {
        let over = if hit.apart { core.now + hit.lasts.span(lasts.unit(key, own.episode)) } else { together };
        core.take_down(world, part, own.charge);
        core.change_at(over, part, own.charge, true);
    }
    if let Some(gap) = own.gap {
        let from = if hit.apart { core.now } else { together };
        core.push(from + gap.span(gaps.unit(own.key, own.episode + 1)), EPISODE, row.arg, row.arg);
    }
}

/// The entity key of something by this name that befalls one part with a key of its own.
pub(crate) const fn keyed(name: &str, part: u64) -> u64 {
    mix(name_hash(name) ^ part)
}

/// The outages that services have of their own.
///
/// # Errors
/// When a kind of fact collides.
pub(crate) fn of_services(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    for (name, service) in &scenario.services {
        for (nth, outage) in (0..).zip(&service.outage) {
            let Some(fleet) = site.ground.fleet_named(name) else { continue };
            let unit = site.core.unit(fleet.first);
            let key = keyed(name, nth);
            let year = 365.0 * Span::DAY.seconds();
            let rate = crate::language::units::Rate(outage.per_year / year);
            let timing = Timing::Rate(crate::language::at::At { value: rate, span: 0..0 });
            let parts = [(unit, key)].into();
            let hit = Hit::together(parts, outage.lasts);
            add(site, Named { name, by: By::Supplier, key }, &timing, hit)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
