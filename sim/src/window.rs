//! A window from its beginning to its accounts.

use crate::core::Core;
use crate::fact::{Charge, Fact, Who};
use crate::status::DutyId;
use crate::time::SimTime;

impl Core {
    /// Where the window being worked ends, or the stretch of the run if that ends sooner: the first instant outside.
    pub fn window_end(&self) -> SimTime {
        self.until.min(self.wheel.window_end())
    }

    /// Phase Advance.
    pub(crate) fn begin_window(&mut self) {
        self.settled.clear();
        self.counters.windows += 1;
    }

    /// Whether there is a window with work before `until`.
    pub(crate) fn has_work(&mut self, until: SimTime) -> bool {
        self.until = until.min(self.horizon);
        if self.disturbed || !self.is_smooth() {
            self.part_slots();
        }
        self.look_ahead();
        let parcel = self.next_parcel_after();
        let work = self.wheel.advance(self.until, parcel);
        if !work {
            self.worked = self.worked.max(self.until);
            self.part_slots();
        }
        work
    }

    /// Phase Account: the facts whose time has come, in order, into the digest.
    pub(crate) fn settle(&mut self) {
        self.settle_before(self.window_end());
    }

    fn settle_before(&mut self, end: SimTime) {
        self.pending.sort_unstable();
        let ready = self.pending.partition_point(|fact| fact.at < end);
        if self.settled.is_empty() && ready == self.pending.len() {
            // Mostly all of them: they need not be moved.
            std::mem::swap(&mut self.settled, &mut self.pending);
        } else {
            self.settled.extend(self.pending.drain(..ready));
        }
        for fact in &self.settled {
            self.digest.add(fact, &self.names);
        }
        if !self.told.is_empty() {
            self.settled.append(&mut self.told);
            self.settled.sort_unstable();
        }
    }

    /// The end of the run: duties accrue to the horizon, what is under way is counted, energy is told.
    pub(crate) fn finish(&mut self) {
        self.settled.clear();
        self.now = self.horizon;
        for duty in 0..self.status.duties() {
            self.accrue(DutyId(duty));
        }
        // Nothing is to come any more, and every device that spent energy has something to say.
        self.wheel.clear();
        self.sessions.clear();
        let under_way = self.messages.iter().count() + self.waiting_parcels().count() + self.stranded.len();
        let spent = self.energy.iter().filter(|spent| **spent > 0).count();
        self.pending.reserve_exact(spent + under_way + self.told.len() + self.totals().len());
        crate::emit::finish(self);
        let names = &self.names;
        for (kind, count, sum) in self.books.digests(|topic| names.topic_hash(topic)) {
            self.digest.absorb(kind, count, sum);
        }
        if !self.books.told {
            let totals = self.totals();
            self.told.extend(totals);
        }
        self.settle_before(SimTime::NEVER);
    }

    /// What the books hold so far, as facts of now about nobody in particular.
    pub fn totals(&self) -> Vec<Fact> {
        let (at, who, charge) = (self.now, Who::NOBODY, Charge::default());
        let totals = self.books.totals().filter(|total| total.2 > 0);
        totals
            .map(|(topic, kind, amount)| Fact { at, kind, who, topic, charge, amount: amount as i64 })
            .collect()
    }
}
