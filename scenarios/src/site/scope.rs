//! Which use of a control rules which device: the most specific one.

use super::ground::{Fleet, Ground};
use crate::language::registry::Settings;
use crate::language::selector::{Member, Selector};
use crate::language::strategy::{ControlUses, Use};
use sim::message::DeviceId;

/// The index of the use that rules each device of the ground, if one does: by the first of every run of devices that are
/// ruled alike.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    runs: Vec<(u32, Option<u16>)>,
    devices: u32,
}

impl Scope {
    /// Find the ruling use of every device. Services are ruled only where a use names them.
    pub fn of(uses: &ControlUses, ground: &Ground) -> Self {
        let mut all = Self::default();
        for fleet in &ground.fleets {
            let products: Vec<&str> = fleet.products.iter().map(String::as_str).collect();
            let member = member(fleet, &products);
            for nth in 1..=fleet.count {
                all.add(ruling(uses, fleet, |one| one.specificity_for(&member, nth)).map(|(at, _)| at));
            }
        }
        all
    }

    fn add(&mut self, ruled: Option<u16>) {
        if self.runs.last().is_none_or(|last| last.1 != ruled) {
            self.runs.push((self.devices, ruled));
        }
        self.devices += 1;
    }

    /// The use that rules this device.
    pub fn get(&self, device: DeviceId) -> Option<usize> {
        let next = self.runs.partition_point(|run| run.0 <= device.0);
        let (_, ruled) = self.runs.get(next.checked_sub(1)?).filter(|_| device.0 < self.devices)?;
        ruled.map(usize::from)
    }

    /// Every device that is ruled, with its use.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, usize)> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.0).chain([self.devices]);
        let runs = self.runs.iter().zip(ends).filter_map(|(&(first, ruled), end)| Some((first..end, ruled?)));
        runs.flat_map(|(devices, ruled)| devices.map(move |device| (DeviceId(device), usize::from(ruled))))
    }
}

/// The use that rules a whole fleet, and how specifically it names it; uses of single devices are left out.
pub fn of_fleet(uses: &ControlUses, fleet: &Fleet) -> Option<(u16, u8)> {
    let products: Vec<&str> = fleet.products.iter().map(String::as_str).collect();
    let member = member(fleet, &products);
    ruling(uses, fleet, |one| one.specificity(&member))
}

/// The settings of every use, in order.
pub fn settings<T: Settings + Clone>(uses: &ControlUses) -> Vec<T> {
    uses.uses.iter().filter_map(|one| one.settings.get::<T>().cloned()).collect()
}

fn member<'a>(fleet: &'a Fleet, products: &'a [&'a str]) -> Member<'a> {
    Member { fleet: &fleet.name, class: fleet.class.name, zone: &fleet.zone_name, role: fleet.role, products }
}

fn ruling(uses: &ControlUses, fleet: &Fleet, specificity: impl Fn(&Use) -> Option<u8>) -> Option<(u16, u8)> {
    let names =
        |one: &Use| one.on.iter().any(|on| matches!(&on.value, Selector::Fleet(name) if *name == fleet.name));
    (0..)
        .zip(&uses.uses)
        .filter(|(_, one)| !fleet.service || names(&one.value))
        .filter_map(|(at, one)| Some((at, specificity(&one.value)?)))
        .max_by_key(|&(_, specific)| specific)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_that_are_ruled_alike_are_kept_together() {
        let all = [None, Some(0), Some(0), Some(1), None, None, Some(1)];
        let mut scope = Scope::default();
        all.iter().for_each(|ruled| scope.add(*ruled));
        let ruled = |device: u32| scope.get(DeviceId(device)).map(|at| at as u16);
        assert_eq!((0..7).map(ruled).collect::<Vec<_>>(), all);
        assert_eq!((ruled(7), scope.runs.len()), (None, 5));
        let devices: Vec<(u32, usize)> = scope.devices().map(|(device, at)| (device.0, at)).collect();
        assert_eq!(devices, [(1, 0), (2, 0), (3, 1), (6, 1)]);
    }
}
