//! Profiles, an inventory, or both become a draft; so do observed flows.

use super::ImportError;
use super::acl::Direction;
use super::assume::Assumptions;
use super::csv_table::key;
use super::declare::{Described, INTERNET, declare};
use super::draft::{Draft, Fleet, Flow, Kind};
use super::flows::Flows;
use super::inventory::{Asset, Inventory};
use super::mud::Profile;
use super::peer::is_local;
use super::replay::{groups, protocol_name};
use super::rules::{Does, Rules};
use super::verdict::{Names, Verdict};
use std::collections::BTreeMap;

/// The zone of devices of which only profiles are known.
const LOCAL: &str = "local";
/// The zone of what the site runs for its devices.
const SITE_SERVICES: &str = "site-services";
/// The most flows that are drafted from observations; those with the fewest are left out beyond it.
pub const MAX_OBSERVED: usize = 500;

/// A draft of profiles alone: a fleet for each, in one zone.
///
/// # Errors
/// When there is no profile.
pub fn from_profiles(profiles: &[Profile]) -> Result<Draft, ImportError> {
    let all = Assumptions::embedded()?;
    let titles: Vec<&str> = profiles.iter().map(Profile::title).collect();
    if titles.is_empty() {
        return Err(ImportError::Nothing { why: "no profile was given".into() });
    }
    let mut draft = Draft::new(match titles.as_slice() {
        [one] => format!("A site with {one} devices"),
        more => format!("A site with devices of {} kinds", more.len()),
    });
    draft.zone(LOCAL, 2, false);
    for profile in profiles {
        let fleet = profiled_fleet(&mut draft, &all, profile)?;
        let fleets = vec![(fleet, LOCAL.to_owned())];
        let one = Described { profile, fleets, criticality: "business", controllers: LOCAL.to_owned() };
        declare(&mut draft, &all, &one)?;
    }
    Ok(draft)
}

fn profiled_fleet(draft: &mut Draft, all: &Assumptions, profile: &Profile) -> Result<String, ImportError> {
    let count = draft.assume(all, "devices-per-profile")?.parse().unwrap_or(1);
    let name = draft.end_name(profile.title());
    draft.about.push(format!(
        "{name}: profile {} of {}, last updated {}",
        profile.url, profile.file, profile.last_update
    ));
    let is = format!("profile {}", profile.url);
    draft.fleets.push(Fleet {
        name: name.clone(),
        class: "generic-iot".into(),
        zone: LOCAL.into(),
        count,
        is,
    });
    Ok(name)
}

/// A draft of an inventory, with the profiles that describe some of its devices.
///
/// # Errors
/// When the program's own tables are broken.
pub fn from_inventory(inventory: &Inventory, profiles: &[Profile]) -> Result<Draft, ImportError> {
    let (all, rules) = (Assumptions::embedded()?, Rules::embedded()?);
    let told = &inventory.understanding;
    let mut draft = Draft::new(format!("The {} devices of {}", inventory.assets.len(), told.file));
    draft.about.push(format!("{}: {} of {} rows taken over", told.file, told.devices, told.rows));
    for zone in &inventory.zones {
        draft.zone(&zone.name, zone.purdue, false);
    }
    // Fleets: devices of one class in one zone with one profile or none.
    let mut groups: BTreeMap<(&str, Option<usize>, &str), Vec<&Asset>> = BTreeMap::new();
    for asset in &inventory.assets {
        let profile = profiles.iter().position(|profile| describes(profile, asset));
        groups.entry((&asset.class, profile, &asset.zone)).or_default().push(asset);
    }
    let mut described: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    let mut others: BTreeMap<(Does, &str), Vec<String>> = BTreeMap::new();
    for (&(class, profile, zone), assets) in &groups {
        let several = groups.keys().filter(|(c, p, _)| (*c, *p) == (class, profile)).count() > 1;
        let base = profile.and_then(|at| profiles.get(at)).map_or(class, Profile::title);
        let wanted = if several { format!("{base}-{zone}") } else { base.to_owned() };
        let name = draft.end_name(&wanted);
        let is = assets.first().map_or(String::new(), |asset| format!("such as {}", asset.name));
        draft.fleets.push(Fleet {
            name: name.clone(),
            class: class.into(),
            zone: zone.into(),
            count: assets.len(),
            is,
        });
        match (profile, assets.first()) {
            (Some(at), _) => described.entry(at).or_default().push((name, zone.to_owned())),
            (None, Some(asset)) => others.entry((asset.does, class)).or_default().push(name),
            (None, None) => {}
        }
    }
    for (at, profile) in profiles.iter().enumerate() {
        let Some(fleets) = described.remove(&at) else {
            draft.left_out.push(format!(
                "profile {} ({}): no device of the inventory is one",
                profile.title(),
                profile.url
            ));
            continue;
        };
        let class = draft.fleets.iter().find(|fleet| fleets.iter().any(|(name, _)| *name == fleet.name));
        let criticality = class.map_or("business", |fleet| criticality(&rules, &fleet.class));
        draft.about.push(format!("{}: profile {} of {}", profile.title(), profile.url, profile.file));
        let one = Described { profile, fleets, criticality, controllers: SITE_SERVICES.to_owned() };
        declare(&mut draft, &all, &one)?;
    }
    for ((does, class), fleets) in others {
        usual(&mut draft, &all, does, class, fleets, criticality(&rules, class))?;
    }
    Ok(draft)
}

/// Whether a profile is that of a device: by MUD URL, else by model.
fn describes(profile: &Profile, asset: &Asset) -> bool {
    if !asset.mud_url.is_empty() {
        return asset.mud_url.trim_end_matches('/') == profile.url.trim_end_matches('/');
    }
    let model = key(&asset.model);
    let with_vendor = key(&format!("{} {}", asset.vendor, asset.model));
    [profile.model.as_deref(), Some(profile.systeminfo.as_str())]
        .into_iter()
        .flatten()
        .map(key)
        .any(|said| said.len() >= 4 && model.len() >= 3 && (said == model || said == with_vendor))
}

/// What the loss of a message of such devices puts at risk.
fn criticality(rules: &Rules, class: &str) -> &'static str {
    let family = rules.all().iter().find(|rule| rule.class == class).map(|rule| rule.family.as_str());
    match family {
        Some("clinical" | "imaging" | "laboratory") => "care",
        Some("control") => "safety",
        _ => "business",
    }
}

/// What devices without a profile usually do.
fn usual(
    draft: &mut Draft,
    all: &Assumptions,
    does: Does,
    class: &str,
    fleets: Vec<String>,
    criticality: &'static str,
) -> Result<(), ImportError> {
    let readings = match does {
        Does::Sense | Does::Act => all.traffic("sensor reading")?,
        Does::It => all.traffic("office work")?,
        Does::Server => return Ok(()),
        Does::Network => {
            let which = fleets.join(", ");
            draft.left_out.push(format!(
                "{which}: an inventory does not say whose traffic they carry; nothing hangs on them"
            ));
            return Ok(());
        }
    };
    let server = server(draft);
    let mut flow = Flow {
        name: format!("readings-of-{class}"),
        kind: Kind::Reading,
        from: fleets.clone(),
        to: vec![server.clone()],
        every: readings.every.clone(),
        size: readings.size.clone(),
        deadline: readings.deadline.clone(),
        criticality,
        declared: true,
        refused: None,
        is: "no profile tells; what such devices usually do".into(),
    };
    draft.assume_traffic(readings);
    if does == Does::Act {
        let commands = all.traffic("other command")?;
        draft.assume_traffic(commands);
        draft.flow(Flow {
            name: format!("commands-to-{class}"),
            kind: Kind::Command,
            from: vec![server],
            to: fleets,
            every: commands.every.clone(),
            size: commands.size.clone(),
            deadline: commands.deadline.clone(),
            ..flow.clone()
        });
    } else if does == Does::It {
        flow.name = format!("work-of-{class}");
    }
    draft.flow(flow);
    Ok(())
}

/// Who takes readings and sends commands: the largest fleet of servers, or a service when there is none.
fn server(draft: &mut Draft) -> String {
    let servers =
        draft.fleets.iter().filter(|fleet| matches!(fleet.class.as_str(), "server" | "generic-server"));
    match servers.max_by(|a, b| a.count.cmp(&b.count).then_with(|| b.name.cmp(&a.name))) {
        Some(fleet) => fleet.name.clone(),
        None => {
            let zone = draft.zone(SITE_SERVICES, 3, false);
            draft.service("operations", &zone, "the servers that the inventory does not hold")
        }
    }
}

/// A draft of observed flows: what the profile accepts is declared, what it does not accept is not. What is
/// undecided is not declared either: who enforces the profile with no more knowledge would drop it.
///
/// # Errors
/// When the file holds no flow.
pub fn from_flows(profile: &Profile, names: &Names, flows: &Flows) -> Result<Draft, ImportError> {
    let all = Assumptions::embedded()?;
    let mut groups = groups(profile, names, flows);
    if groups.is_empty() {
        return Err(ImportError::Nothing { why: format!("{} holds no flow", flows.file) });
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.flows.len()));
    let mut draft =
        Draft::new(format!("Observed flows of {} devices against their profile", profile.title()));
    draft.zone(LOCAL, 2, false);
    let fleet = profiled_fleet(&mut draft, &all, profile)?;
    let days = flows.days();
    draft.about.push(format!("{}: {} flows on {days} days", flows.file, flows.observed.len()));
    let undecided = groups.iter().filter(|group| matches!(group.verdict, Verdict::Undecided { .. }));
    let undecided: usize = undecided.map(|group| group.flows.len()).sum();
    if undecided > 0 {
        draft.about.push(format!(
            "{undecided} of them are undecided, for want of the addresses of names; they are written as not declared"
        ));
    }
    for group in groups.iter().take(MAX_OBSERVED) {
        let Some(first) = group.flows.first() else { continue };
        let service = match is_local(first.remote) {
            true => draft.service(&format!("host-{}", group.remote), LOCAL, &group.remote),
            false => {
                draft.zone(INTERNET, 5, true);
                let named = names.of(first.remote).is_some();
                let wanted = if named { group.remote.clone() } else { format!("host-{}", group.remote) };
                draft.service(&wanted, INTERNET, &group.remote)
            }
        };
        let (kind, way) = match group.direction {
            Direction::FromDevice => (Kind::Reading, "to"),
            Direction::ToDevice => (Kind::Command, "from"),
        };
        let known = all.by_port(Some(group.protocol), first.remote_port);
        let fallback = if kind == Kind::Reading { "other reading" } else { "other command" };
        let traffic = known.map_or_else(|| all.traffic(fallback), Ok)?;
        let count = group.flows.len();
        draft.assumed.insert([
            traffic.name.clone(),
            format!("{}, in time within {}", traffic.size, traffic.deadline),
            traffic.source.clone(),
            traffic.why.clone(),
        ]);
        let (from, to) = match kind {
            Kind::Reading => (vec![fleet.clone()], vec![service.clone()]),
            Kind::Command => (vec![service.clone()], vec![fleet.clone()]),
        };
        let declared = matches!(group.verdict, Verdict::Accepted { .. });
        draft.flow(Flow {
            name: format!("{fleet}-{way}-{service}-{}", protocol_name(group.protocol)),
            kind,
            from,
            to,
            every: hours(days, count),
            size: traffic.size.clone(),
            deadline: traffic.deadline.clone(),
            criticality: "business",
            declared,
            refused: (!declared).then(|| group.verdict.to_string()),
            is: format!("{count} flows on {days} days; {}", group.verdict),
        });
    }
    if groups.len() > MAX_OBSERVED {
        let rest: usize = groups.iter().skip(MAX_OBSERVED).map(|group| group.flows.len()).sum();
        draft.left_out.push(format!("{rest} flows to {} rarer destinations", groups.len() - MAX_OBSERVED));
    }
    draft.remarks.extend(flows.remarks.iter().cloned());
    Ok(draft)
}

/// The mean time between two of `count` flows on so many days, in whole seconds.
fn hours(days: usize, count: usize) -> String {
    format!("{} s", (days as u64 * 86_400 / (count as u64).max(1)).max(1))
}
