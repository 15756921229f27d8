//! Who has a session with whom, in little room: there may be millions, of which most stand open and idle.
//!
//! What the sessions of one gateway's devices have in common is kept once, and what belongs to a beginning only while it
//! lasts. Who has a part in which is asked when a device fails or turns to another server: it is found in lists of all
//! sessions that are sorted when that is asked for.

use crate::fact::Charge;
use crate::message::{DeviceId, MessageId};
use crate::route::RouteId;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::mem;

/// What sessions have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The conversation that opens it, and the shorter one of ends that remember each other.
    pub(crate) full: u16,
    pub(crate) short: Option<u16>,
    pub(crate) server: DeviceId,
    /// The routes of flights to the server, and from it.
    pub(crate) up: RouteId,
    pub(crate) down: RouteId,
}

/// A session between two devices.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[repr(C, packed(4))]
struct Session {
    /// It is open until then.
    until: SimTime,
    client: DeviceId,
    terms: u32,
    /// How often it was begun or ended, so that what belongs to an earlier beginning is known; and whether its ends
    /// remember each other.
    marks: u32,
}

const _: () = assert!(size_of::<Session>() == 20);

/// The mark of ends that remember each other.
const REMEMBERED: u32 = 1 << 31;

/// A session that is being opened.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Beginning {
    /// The conversation that is under way.
    pub(crate) conversation: u16,
    /// How often it was begun anew.
    pub(crate) attempt: u8,
}

/// A session as it is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) client: DeviceId,
    pub(crate) terms: Terms,
    pub(crate) epoch: u32,
    pub(crate) remembered: bool,
}

/// All sessions, by their numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Between {
    sessions: Vec<Session>,
    terms: Vec<Terms>,
    /// The place of each of them.
    #[serde(skip)]
    places: BTreeMap<Terms, u32>,
    beginnings: BTreeMap<u32, Beginning>,
    /// The messages that wait for a session, where any do.
    waiting: BTreeMap<u32, Vec<MessageId>>,
    /// What last took a flight away, where one ever was.
    losses: BTreeMap<u32, Charge>,
    /// Sessions by client and server, and by server: all but the last few.
    #[serde(skip)]
    by_client: Vec<u32>,
    #[serde(skip)]
    by_server: Vec<u32>,
}

impl Between {
    /// Make room for so many more, and no others.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.sessions.reserve_exact(more);
    }

    /// What was read again knows its terms.
    pub(crate) fn settle(&mut self) {
        self.places = self.terms.iter().copied().zip(0..).collect();
    }

    /// Another one; gives its number.
    pub(crate) fn add(&mut self, client: DeviceId, terms: Terms, open: bool) -> u32 {
        let place = *self.places.entry(terms).or_insert_with(|| {
            self.terms.push(terms);
            self.terms.len() as u32 - 1
        });
        let (until, marks) = if open { (SimTime::NEVER, REMEMBERED) } else { (SimTime::ZERO, 0) };
        self.sessions.push(Session { until, client, terms: place, marks });
        self.sessions.len() as u32 - 1
    }

    /// Whether it is open, if there is one of that number.
    pub(crate) fn is_open(&self, id: u32, now: SimTime) -> Option<bool> {
        let until = self.sessions.get(id as usize)?.until;
        Some(now < until)
    }

    pub(crate) fn get(&self, id: u32) -> Option<Known> {
        let own = self.sessions.get(id as usize)?;
        Some(Known {
            client: own.client,
            terms: self.terms[own.terms as usize],
            epoch: own.marks & !REMEMBERED,
            remembered: own.marks & REMEMBERED != 0,
        })
    }

    /// It is open from now on, and its ends remember each other.
    pub(crate) fn open(&mut self, id: u32, until: SimTime) {
        self.beginnings.remove(&id);
        if let Some(own) = self.sessions.get_mut(id as usize) {
            (own.until, own.marks) = (until, own.marks | REMEMBERED);
        }
    }

    /// It is open no longer; whoever opens it goes on.
    pub(crate) fn close(&mut self, id: u32) {
        if let Some(own) = self.sessions.get_mut(id as usize) {
            own.until = SimTime::ZERO;
        }
    }

    /// None is open, and nobody opens one.
    pub(crate) fn close_each(&mut self) {
        self.sessions.iter_mut().for_each(|own| own.until = SimTime::ZERO);
        self.beginnings.clear();
    }

    /// Its ends do not remember each other any longer.
    pub(crate) fn forget(&mut self, id: u32) {
        if let Some(own) = self.sessions.get_mut(id as usize) {
            own.marks &= !REMEMBERED;
        }
    }

    /// What belongs to a beginning up to now does so no longer.
    fn pass(&mut self, id: u32) {
        self.close(id);
        if let Some(own) = self.sessions.get_mut(id as usize) {
            own.marks = own.marks & REMEMBERED | own.marks.wrapping_add(1) & !REMEMBERED;
        }
    }

    /// It is begun.
    pub(crate) fn begin(&mut self, id: u32, beginning: Beginning) {
        self.pass(id);
        self.beginnings.insert(id, beginning);
    }

    /// It has ended; gives who waits for it, up to now.
    pub(crate) fn end(&mut self, id: u32) -> Vec<MessageId> {
        self.pass(id);
        self.beginnings.remove(&id);
        self.no_longer_waiting(id)
    }

    /// Its present beginning, if it is being opened.
    pub(crate) fn beginning(&self, id: u32) -> Option<Beginning> {
        self.beginnings.get(&id).copied()
    }

    /// Let a message wait for it.
    pub(crate) fn wait(&mut self, id: u32, message: MessageId) {
        self.waiting.entry(id).or_default().push(message);
    }

    /// Who waits for it, up to now.
    pub(crate) fn no_longer_waiting(&mut self, id: u32) -> Vec<MessageId> {
        self.waiting.remove(&id).unwrap_or_default()
    }

    /// Let these wait for it again.
    pub(crate) fn wait_on(&mut self, id: u32, messages: Vec<MessageId>) {
        self.waiting.insert(id, messages);
    }

    /// A flight was lost to this charge.
    pub(crate) fn lose(&mut self, id: u32, charge: Charge) {
        self.losses.insert(id, charge);
    }

    /// What last took a flight away.
    pub(crate) fn last_loss(&self, id: u32) -> Charge {
        self.losses.get(&id).copied().unwrap_or_default()
    }

    fn ends(&self, id: u32) -> [DeviceId; 2] {
        let own = self.sessions[id as usize];
        [own.client, self.terms[own.terms as usize].server]
    }

    /// Sort the lists, unless few sessions are missing there; gives the numbers of those that are.
    fn sort(&mut self) -> std::ops::Range<u32> {
        let (sorted, all) = (self.by_client.len(), self.sessions.len());
        if all - sorted > FEW + sorted / FEW {
            let [mut by_client, mut by_server] = [&mut self.by_client, &mut self.by_server].map(mem::take);
            for list in [&mut by_client, &mut by_server] {
                list.reserve_exact(all - sorted);
                list.extend(sorted as u32..all as u32);
            }
            by_client.sort_unstable_by_key(|&id| (self.ends(id), id));
            by_server.sort_unstable_by_key(|&id| (self.ends(id)[1], id));
            (self.by_client, self.by_server) = (by_client, by_server);
        }
        self.by_client.len() as u32..all as u32
    }

    /// The sessions that a device has a part in, by number; twice if it has both.
    pub(crate) fn of(&mut self, device: DeviceId) -> SmallVec<[u32; 8]> {
        let rest = self.sort();
        let mut own = SmallVec::new();
        for (end, list) in [&self.by_client, &self.by_server].into_iter().enumerate() {
            let first = list.partition_point(|&id| self.ends(id)[end] < device);
            let sorted = list[first..].iter().copied().take_while(|&id| self.ends(id)[end] == device);
            own.extend(sorted.chain(rest.clone().filter(|&id| self.ends(id)[end] == device)));
        }
        own.sort_unstable();
        own
    }

    /// The session that this conversation opens between these ends, if there is one.
    pub(crate) fn find(&mut self, full: u16, ends: [DeviceId; 2]) -> Option<u32> {
        let rest = self.sort();
        let first = self.by_client.partition_point(|&id| self.ends(id) < ends);
        let sorted = self.by_client[first..].iter().copied().take_while(|&id| self.ends(id) == ends);
        let all = sorted.chain(rest.filter(|&id| self.ends(id) == ends));
        all.into_iter().find(|&id| self.terms[self.sessions[id as usize].terms as usize].full == full)
    }
}

/// So many sessions need not be sorted, and one more for as many that are.
const FEW: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_finds_his_sessions_however_many_were_sorted_before() {
        let mut all = Between::default();
        let terms = |full, server| Terms { full, short: None, server, up: RouteId(0), down: RouteId(1) };
        for nth in 0..500 {
            // Three servers, and every seventh client is one of them.
            let client = DeviceId(if nth % 7 == 0 { 2 } else { 1000 - nth });
            assert_eq!(all.add(client, terms((nth % 2) as u16, DeviceId(nth % 3)), nth % 5 == 0), nth);
            let ends = |id: u32| all.ends(id);
            let expected = |device: DeviceId| -> Vec<u32> {
                let parts = |id: u32| ends(id).into_iter().filter(move |end| *end == device).map(move |_| id);
                (0..=nth).flat_map(parts).collect()
            };
            let (two, own) = (expected(DeviceId(2)), expected(client));
            assert_eq!(all.of(DeviceId(2)).to_vec(), two);
            assert_eq!(all.of(client).to_vec(), own);
            let found = all.find((nth % 2) as u16, [client, DeviceId(nth % 3)]);
            assert_eq!(found.map(|id| all.ends(id)), Some([client, DeviceId(nth % 3)]));
            assert_eq!(all.find(7, [client, DeviceId(nth % 3)]), None);
        }
        assert_eq!(all.terms.len(), 6, "sessions of the same terms share them");
    }

    #[test]
    fn what_belongs_to_an_earlier_beginning_is_known_by_its_epoch() {
        let mut all = Between::default();
        let terms = Terms { full: 0, short: None, server: DeviceId(0), up: RouteId(0), down: RouteId(0) };
        let id = all.add(DeviceId(1), terms, true);
        assert_eq!(all.is_open(id, SimTime(5)), Some(true));
        all.begin(id, Beginning { conversation: 0, attempt: 0 });
        assert_eq!((all.is_open(id, SimTime(5)), all.get(id).unwrap().epoch), (Some(false), 1));
        all.open(id, SimTime(9));
        assert_eq!((all.is_open(id, SimTime(8)), all.is_open(id, SimTime(9))), (Some(true), Some(false)));
        all.forget(id);
        all.end(id);
        let own = all.get(id).unwrap();
        assert_eq!((own.epoch, own.remembered, all.beginning(id).is_none()), (2, false, true));
    }
}
