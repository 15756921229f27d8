//! Ids of one run as those of another: what a snapshot names, under a strategy that numbers things otherwise.
//!
//! Ids are short forms of names within one run. Where a snapshot is read for another strategy, every id in it must
//! become that strategy's id for the same thing, in whatever structure it stands. The translation therefore hangs on
//! reading an id, and nowhere else: no structure can forget one of its ids. It holds for the time of one call and for
//! the thread that makes it; outside of that, an id reads as itself.

use crate::fact::{CauseId, Who};
use serde::{Deserialize, Deserializer};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What stands for something that the other run does not have.
pub const GONE: u32 = u32::MAX - 1;
/// The same of an action.
pub const NO_ACTION: u16 = u16::MAX;

/// The other run's ids by those of the snapshot.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// Causes; place 0 is "none".
    pub causes: Vec<u16>,
    /// Topics.
    pub topics: Vec<u16>,
    /// Whom facts are about.
    pub whos: Vec<u32>,
    /// Parts.
    pub parts: Vec<u32>,
    /// Stations.
    pub stations: Vec<u32>,
    /// Duties.
    pub duties: Vec<u32>,
    /// Actions.
    pub actions: Vec<u16>,
    /// Routes that messages under way are on.
    pub routes: BTreeMap<u32, u32>,
}

thread_local! {
    static IDS: RefCell<Option<Rc<Ids>>> = const { RefCell::new(None) };
}

/// Put back what held before, however the work ends.
struct Scope(Option<Rc<Ids>>);

impl Drop for Scope {
    fn drop(&mut self) {
        IDS.with_borrow_mut(|ids| *ids = self.0.take());
    }
}

/// Read under this translation.
pub fn within<R>(ids: &Rc<Ids>, read: impl FnOnce() -> R) -> R {
    let _scope = Scope(IDS.with_borrow_mut(|now| now.replace(Rc::clone(ids))));
    read()
}

/// The id that stands for `own` under the translation that holds, if any does.
fn known<T: Copy>(own: T, find: impl FnOnce(&Ids) -> T) -> T {
    IDS.with_borrow(|ids| ids.as_ref().map_or(own, |ids| find(ids)))
}

/// A cause that stands packed in a number, under the translation that holds.
pub fn cause(own: CauseId) -> CauseId {
    CauseId(known(own.0, |ids| ids.causes.get(usize::from(own.0)).copied().unwrap_or(0)))
}

/// Somebody who stands packed in a number, under the translation that holds.
pub fn who(own: Who) -> Who {
    Who(known(own.0, |ids| of(&ids.whos, own.0)))
}

fn of(table: &[u32], id: u32) -> u32 {
    if id == u32::MAX { id } else { table.get(id as usize).copied().unwrap_or(GONE) }
}

macro_rules! translated {
    ($id:path, $raw:ty, |$ids:ident, $own:ident| $find:expr) => {
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let $own = <$raw>::deserialize(from)?;
                Ok(Self(known($own, |$ids| $find)))
            }
        }
    };
}

translated!(crate::fact::CauseId, u16, |ids, own| ids.causes.get(usize::from(own)).copied().unwrap_or(0));
translated!(crate::fact::Topic, u16, |ids, own| ids.topics.get(usize::from(own)).copied().unwrap_or(0));
translated!(crate::fact::Who, u32, |ids, own| of(&ids.whos, own));
translated!(crate::status::PartId, u32, |ids, own| of(&ids.parts, own));
translated!(crate::status::DutyId, u32, |ids, own| of(&ids.duties, own));
translated!(crate::station::StationId, u32, |ids, own| of(&ids.stations, own));
translated!(crate::route::RouteId, u32, |ids, own| ids.routes.get(&own).copied().unwrap_or(GONE));
translated!(crate::message::ActionId, u16, |ids, own| {
    ids.actions.get(usize::from(own)).copied().unwrap_or(NO_ACTION)
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Charge;
    use crate::status::PartId;

    #[test]
    fn an_id_is_translated_wherever_it_stands_and_only_within_the_call() {
        let charge = Charge { by: CauseId(2), because: CauseId::NONE };
        let held: BTreeMap<PartId, Vec<Charge>> =
            BTreeMap::from([(PartId(0), vec![charge]), (PartId(1), vec![charge]), (PartId::ALWAYS, vec![])]);
        let bytes = crate::keep::write("held", &held).unwrap();
        let read = || crate::keep::read::<BTreeMap<PartId, Vec<Charge>>>("held", &bytes).unwrap();
        let ids = Rc::new(Ids { causes: vec![0, 1, 7], parts: vec![4], ..Ids::default() });
        let there = within(&ids, read);
        let seven = Charge { by: CauseId(7), because: CauseId::NONE };
        assert_eq!(there.keys().map(|part| part.0).collect::<Vec<_>>(), [4, GONE, u32::MAX]);
        assert_eq!(there[&PartId(4)], [seven]);
        assert_eq!(read(), held);
    }
}
