//! MUD profiles (RFC 8520): what a manufacturer, or somebody who watched the device, says that it does.
//!
//! Read are both roots found in the wild, `ietf-access-control-list:acls` of the RFC and the older
//! `…:access-lists`. A member that is not understood is kept as a remark; a structure that is not the RFC's is
//! refused with its place.

use super::acl::{Direction, Entry, read_entry};
use super::json::{Place, Value, short, with_root};
use super::{ImportError, Remark};

/// The most entries one profile may have: fifty times the largest of 118 public profiles (201).
pub const MAX_ENTRIES: usize = 10_000;

/// One device class as its profile describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The file it was read from.
    pub file: String,
    /// `mud-url`.
    pub url: String,
    /// `systeminfo`: what the device calls itself; empty when the profile does not say.
    pub systeminfo: String,
    /// `mfg-name`, when the profile has one.
    pub manufacturer: Option<String>,
    /// `model-name`, when the profile has one.
    pub model: Option<String>,
    /// `last-update`, as written.
    pub last_update: String,
    /// Entries that packets from the device are held against, in order.
    pub from_device: Vec<Entry>,
    /// Entries that packets to the device are held against, in order.
    pub to_device: Vec<Entry>,
    /// What was read and not used, and what was odd.
    pub remarks: Vec<Remark>,
}

/// Read a profile.
///
/// # Errors
/// Names the file and the place (line, column, JSON pointer) of the first thing that is not as RFC 8520 and
/// RFC 8519 have it.
pub fn read(file: &str, bytes: &[u8]) -> Result<Profile, ImportError> {
    with_root(file, bytes, |root| profile(file, &root))
}

fn profile(file: &str, root: &Place<'_>) -> Result<Profile, ImportError> {
    let (mut mud, mut lists, mut odd) = (None, None, Vec::new());
    for (name, place) in root.members()? {
        match name {
            "ietf-mud:mud" => mud = Some(place),
            "ietf-access-control-list:acls" | "ietf-access-control-list:access-lists" if lists.is_none() => {
                lists = Some(place);
            }
            "ietf-access-control-list:acls" | "ietf-access-control-list:access-lists" => {
                return Err(place.wrong("one of `…:acls` and `…:access-lists`, not both"));
            }
            _ => odd.push((place, "not understood; left out".to_owned())),
        }
    }
    let mud = mud.ok_or_else(|| root.wrong("an object with a member `ietf-mud:mud`"))?;
    let lists = lists.ok_or_else(|| root.wrong("an object with a member `ietf-access-control-list:acls`"))?;
    let mut profile = Profile {
        file: file.to_owned(),
        url: mud.need("mud-url")?.text()?.to_owned(),
        systeminfo: String::new(),
        manufacturer: None,
        model: None,
        last_update: mud.need("last-update")?.text()?.to_owned(),
        from_device: Vec::new(),
        to_device: Vec::new(),
        remarks: Vec::new(),
    };
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for (name, place) in mud.members()? {
        match name.rsplit_once(':').map_or(name, |(_, bare)| bare) {
            "mud-url" | "last-update" | "cache-validity" | "mud-signature" | "documentation" => {}
            "systeminfo" => profile.systeminfo = place.text()?.to_owned(),
            "mfg-name" => profile.manufacturer = Some(place.text()?.to_owned()),
            "model-name" => profile.model = Some(place.text()?.to_owned()),
            "from-device-policy" => from = policy(&place)?,
            "to-device-policy" => to = policy(&place)?,
            "mud-version" if place.whole(255)? == 1 => {}
            "mud-version" => odd.push((place, "a later version of MUD; read as version 1".into())),
            "is-supported" if place.node.value == Value::Bool(true) => {}
            "is-supported" => odd.push((place, "the manufacturer no longer supports this device".into())),
            _ => odd.push((place, "not understood; left out".into())),
        }
    }
    entries(&lists, &from, &to, &mut profile, &mut odd)?;
    profile.remarks = odd
        .into_iter()
        .map(|(place, text)| Remark { file: file.into(), line: place.line() as u64, at: place.pointer, text })
        .collect();
    Ok(profile)
}

/// The places of the list names that a policy refers to, in order.
fn policy<'a>(policy: &Place<'a>) -> Result<Vec<Place<'a>>, ImportError> {
    let Some(lists) = policy.get("access-lists")? else { return Ok(Vec::new()) };
    let Some(names) = lists.get("access-list")? else { return Ok(Vec::new()) };
    names.items()?.iter().map(|one| one.need("name")).collect()
}

fn entries<'a>(
    root: &Place<'a>,
    from: &[Place<'a>],
    to: &[Place<'a>],
    profile: &mut Profile,
    odd: &mut Vec<(Place<'a>, String)>,
) -> Result<(), ImportError> {
    let mut lists = Vec::new();
    for list in root.need("acl")?.items()? {
        let name = list.need("name")?.text()?;
        if lists.iter().any(|(other, _)| *other == name) {
            return Err(list.wrong(format!("a name of its own: two lists are called `{}`", short(name))));
        }
        lists.push((name, list));
    }
    let mut read = 0;
    for (direction, names) in [(Direction::FromDevice, from), (Direction::ToDevice, to)] {
        for place in names {
            let wanted = place.text()?;
            let Some((_, list)) = lists.iter().find(|(name, _)| *name == wanted) else {
                return Err(place.wrong(format!("the name of a list of this file, not `{}`", short(wanted))));
            };
            let Some(aces) = list.get("aces")? else { continue };
            let Some(aces) = aces.get("ace")? else { continue };
            for ace in aces.items()? {
                read += 1;
                if read > MAX_ENTRIES {
                    return Err(ace.wrong(format!("at most {MAX_ENTRIES} entries in one profile")));
                }
                let entry = read_entry(wanted, direction, &ace, odd)?;
                match direction {
                    Direction::FromDevice => profile.from_device.push(entry),
                    Direction::ToDevice => profile.to_device.push(entry),
                }
            }
        }
    }
    let used = |name: &str| from.iter().chain(to).any(|place| place.text().is_ok_and(|text| text == name));
    for (name, list) in lists {
        if !used(name) {
            odd.push((list, "no policy refers to this list; left out".into()));
        }
    }
    Ok(())
}

impl Profile {
    /// What to call the device: its model, what it says of itself, or the last part of its URL.
    pub fn title(&self) -> &str {
        let named = self.model.as_deref().filter(|model| !model.trim().is_empty());
        let said = (!self.systeminfo.trim().is_empty()).then_some(self.systeminfo.as_str());
        let last = self.url.rsplit('/').find(|part| !part.is_empty());
        named.or(said).or(last).unwrap_or("device")
    }

    /// The authority of its URL, which stands for its manufacturer (RFC 8520, section 3.7 and 8).
    pub fn authority(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}
