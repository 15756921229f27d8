//! One run's folds together: every metric, the ledger, the flows and the resilience curve, in one pass.

use crate::facts::{self, Loss};
use crate::metrics::{self, Acc, Frame, Topics};
use crate::outcome::{BINS, Care, Entry, FlowTally, Outcome, absorb_entry};
use serde::{Deserialize, Serialize};
use sim::books::Book;
use sim::fact::{Cause, CauseId, Charge, Fact, Kind, Topic};
use sim::keep::{self, Keep, KeepError};
use std::collections::BTreeMap;

/// Reads a run's facts as they are made and keeps none of them.
#[derive(Clone, Debug)]
pub struct Tally {
    frame: Frame,
    topics: Topics,
    routes: Vec<(Kind, Vec<Route>)>,
    last: usize,
    accs: Vec<Acc>,
    ledger: BTreeMap<(Loss, Charge), Sums>,
    flow_ledger: BTreeMap<(Topic, Loss, Charge), Sums>,
    measured: BTreeMap<Loss, i64>,
    flows: Vec<FlowTally>,
    care: Care,
}

/// Where a kind of fact goes.
#[derive(Clone, Copy, Debug)]
enum Route {
    Metric(usize),
    Measured(Loss),
    Charged(Loss, Bearing),
    Flow(FlowField),
    Needed,
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum Bearing {
    Alone,
    Shared,
}

#[derive(Clone, Copy, Debug)]
enum FlowField {
    Due,
    InTime,
    Late,
    Lost,
    Unsent,
    InFlight,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Sums {
    alone: i64,
    shared: i64,
    credit: i64,
}

impl Tally {
    /// Ready for the first fact.
    pub fn new(topics: Topics, frame: Frame) -> Self {
        let mut routes: BTreeMap<Kind, Vec<Route>> = BTreeMap::new();
        let mut route = |kind, to| routes.entry(kind).or_default().push(to);
        for (at, def) in metrics::ALL.iter().enumerate() {
            def.reads.iter().for_each(|&kind| route(kind, Route::Metric(at)));
        }
        for loss in Loss::ALL {
            route(loss.measured(), Route::Measured(loss));
            route(loss.alone(), Route::Charged(loss, Bearing::Alone));
            route(loss.shared(), Route::Charged(loss, Bearing::Shared));
        }
        for (kind, field) in [
            (facts::MESSAGE_DUE, FlowField::Due),
            (facts::MESSAGE_IN_TIME, FlowField::InTime),
            (facts::MESSAGE_LATE, FlowField::Late),
            (facts::MESSAGE_LOST, FlowField::Lost),
            (facts::MESSAGE_UNSENT, FlowField::Unsent),
            (facts::MESSAGE_IN_FLIGHT, FlowField::InFlight),
        ] {
            route(kind, Route::Flow(field));
        }
        route(facts::CARE_NEEDED, Route::Needed);
        route(facts::CARE_LOST, Route::Lost);
        Self {
            frame,
            topics,
            routes: routes.into_iter().collect(),
            last: 0,
            accs: metrics::ALL.iter().map(|def| (def.zero)()).collect(),
            ledger: BTreeMap::new(),
            flow_ledger: BTreeMap::new(),
            measured: BTreeMap::new(),
            flows: Vec::new(),
            care: Care { needed: vec![0; BINS], lost: vec![0; BINS] },
        }
    }

    /// Take in a fact. Facts come in order of time.
    pub fn add(&mut self, fact: &Fact) {
        if self.routes.get(self.last).is_none_or(|(kind, _)| *kind != fact.kind) {
            match self.routes.binary_search_by_key(&fact.kind, |(kind, _)| *kind) {
                Ok(at) => self.last = at,
                Err(_) => return,
            }
        }
        let Some((_, routes)) = self.routes.get(self.last) else { return };
        for &route in routes {
            match route {
                Route::Metric(at) => {
                    if let (Some(def), Some(acc)) = (metrics::ALL.get(at), self.accs.get_mut(at)) {
                        (def.add)(acc, fact, &self.topics);
                    }
                }
                Route::Measured(loss) => *self.measured.entry(loss).or_default() += fact.amount,
                Route::Charged(loss, bearing) => {
                    self.ledger.entry((loss, fact.charge)).or_default().add(bearing, fact.amount);
                    if loss.is_messages() {
                        let key = (fact.topic, loss, fact.charge);
                        self.flow_ledger.entry(key).or_default().add(bearing, fact.amount);
                    }
                }
                Route::Flow(field) => {
                    if let Some(flow) = flow_of(&mut self.flows, fact.topic) {
                        field.add(flow, fact.amount);
                    }
                }
                Route::Needed => spread(&mut self.care.needed, fact, self.frame.horizon.0),
                Route::Lost => spread(&mut self.care.lost, fact, self.frame.horizon.0),
            }
        }
    }

    /// Take in how long the messages of a flow took and what they carried, which the engine keeps itself.
    pub fn close(&mut self, topic: Topic, book: &Book) {
        if let Some(flow) = flow_of(&mut self.flows, topic) {
            flow.latency_ns += book.latencies.sum().0 as i64;
            flow.latencies.extend(book.latencies.steps());
            flow.values = flow.values.wrapping_add(book.values);
        }
    }

    /// The run's result, with causes by name: id `n` is the `n`-th of `causes`, id 0 is none.
    ///
    /// A charge to no cause stays out of the ledger, so that [`Outcome::imbalances`] shows it.
    pub fn done(self, cause: impl Fn(CauseId) -> Option<Cause>) -> Outcome {
        let named = |loss, charge: Charge, sums: &Sums| {
            let Sums { alone, shared, credit } = *sums;
            Some(Entry { loss, by: cause(charge.by)?, because: cause(charge.because), alone, shared, credit })
        };
        let mut ledger = Vec::new();
        for ((loss, charge), sums) in &self.ledger {
            named(*loss, *charge, sums).iter().for_each(|entry| absorb_entry(&mut ledger, entry));
        }
        let mut flows = BTreeMap::new();
        for (at, mut counts) in
            self.flows.into_iter().enumerate().filter(|(_, flow)| *flow != FlowTally::default())
        {
            let name = self.topics.names.get(at).cloned().unwrap_or_else(|| format!("flow {at}"));
            let topic = Topic(at as u16);
            counts.command = self.topics.command(topic);
            for ((_, loss, charge), sums) in self.flow_ledger.iter().filter(|((of, ..), _)| *of == topic) {
                named(*loss, *charge, sums).iter().for_each(|entry| absorb_entry(&mut counts.charged, entry));
            }
            flows.insert(name, counts);
        }
        let values = metrics::ALL.iter().zip(&self.accs);
        let metrics =
            values.filter_map(|(def, acc)| Some((def.id.to_owned(), (def.done)(acc, &self.frame)?)));
        Outcome {
            metrics: metrics.collect(),
            ledger,
            measured: self.measured,
            flows,
            care: self.care,
            batteries: BTreeMap::new(),
            message_scale: self.frame.message_scale,
        }
    }
}

impl Keep for Tally {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        let Self {
            frame: _,
            topics: _,
            routes: _,
            last: _,
            accs,
            ledger,
            flow_ledger,
            measured,
            flows,
            care,
        } = self;
        let flows: Vec<(Topic, &FlowTally)> = (0..).map(Topic).zip(flows).collect();
        keep::write("the sums", &(accs, ledger, flow_ledger, measured, flows, care))
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let flows: Vec<(Topic, FlowTally)>;
        (self.accs, self.ledger, self.flow_ledger, self.measured, flows, self.care) =
            keep::read("the sums", bytes)?;
        if self.accs.len() != metrics::ALL.len() {
            return Err(KeepError::Differs { what: "the metrics" });
        }
        self.flows.clear();
        for (topic, tally) in flows {
            if let Some(flow) = flow_of(&mut self.flows, topic) {
                *flow = tally;
            }
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, bearing: Bearing, amount: i64) {
        match bearing {
            _ if amount < 0 => self.credit -= amount,
            Bearing::Alone => self.alone += amount,
            Bearing::Shared => self.shared += amount,
        }
    }
}

impl FlowField {
    fn add(self, flow: &mut FlowTally, amount: i64) {
        *match self {
            Self::Due => &mut flow.due,
            Self::InTime => &mut flow.in_time,
            Self::Late => &mut flow.late,
            Self::Lost => &mut flow.lost,
            Self::Unsent => &mut flow.unsent,
            Self::InFlight => &mut flow.in_flight,
        } += amount;
    }
}

fn flow_of(flows: &mut Vec<FlowTally>, topic: Topic) -> Option<&mut FlowTally> {
    let at = usize::from(topic.0);
    if flows.len() <= at {
        flows.resize_with(at + 1, FlowTally::default);
    }
    flows.get_mut(at)
}

/// Lay a length of time that ends at the fact over the bins that it covers.
fn spread(bins: &mut [i64], fact: &Fact, horizon: u64) {
    let count = bins.len() as u64;
    let end = fact.at.0.min(horizon);
    let mut from = end.saturating_sub(fact.amount.max(0).unsigned_abs());
    while from < end {
        let bin = (u128::from(from) * u128::from(count) / u128::from(horizon)) as u64;
        let edge = ((u128::from(bin) + 1) * u128::from(horizon)).div_ceil(u128::from(count)) as u64;
        let to = edge.min(end);
        if let Some(sum) = bins.get_mut(bin as usize) {
            *sum += (to - from) as i64;
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::fact;
    use proptest::prelude::*;
    use sim::fact::{By, Who};
    use sim::time::{SimTime, Span};

    fn cause(id: CauseId) -> Option<Cause> {
        let known = [(By::Attack, "crew"), (By::Control, "lockout")];
        let (by, name) = known.get(usize::from(id.0).checked_sub(1)?)?;
        Some(Cause { by: *by, name: (*name).to_owned() })
    }

    fn tally() -> Tally {
        let topics =
            Topics { is_command: vec![false, true], names: vec!["status".to_owned(), "order".to_owned()] };
        Tally::new(topics, Frame { horizon: Span::DAY, watched: 1, message_scale: 10 })
    }

    fn charged(kind: Kind, by: u16, because: u16, amount: i64) -> Fact {
        let charge = Charge { by: CauseId(by), because: CauseId(because) };
        Fact { charge, ..fact(60, kind, 0, 1, amount) }
    }

    #[test]
    fn the_ledger_keeps_alone_shared_and_credit_apart_by_name() {
        let mut tally = tally();
        for one in [
            fact(60, facts::MESSAGE_LOST, 0, 1, 2),
            charged(Loss::MessageLost.alone(), 2, 1, 10),
            charged(Loss::MessageLost.shared(), 2, 0, 4),
            charged(Loss::MessageLost.shared(), 1, 0, 6),
            charged(Loss::MessageLost.alone(), 2, 1, -3),
        ] {
            tally.add(&one);
        }
        let outcome = tally.done(cause);
        assert!(outcome.imbalances().is_empty(), "{:?}", outcome.imbalances());
        let lines: Vec<_> = outcome
            .ledger
            .iter()
            .map(|e| (e.by.name.as_str(), e.because.as_ref().map(|c| c.by), e.alone, e.shared, e.credit))
            .collect();
        assert_eq!(
            lines,
            [("crew", None, 0, 6, 0), ("lockout", None, 0, 4, 0), ("lockout", Some(By::Attack), 10, 0, 3)]
        );
        assert_eq!(outcome.flows["order"].charged, outcome.ledger);
        assert!(outcome.flows["order"].command);
    }

    #[test]
    fn a_missing_or_nameless_charge_shows_as_an_imbalance() {
        let mut tally = tally();
        tally.add(&fact(60, facts::CARE_LOST, 0, 0, 7));
        tally.add(&charged(Loss::Care.alone(), 0, 0, 7));
        let found = tally.done(cause).imbalances();
        assert_eq!(found, [Imbalance { loss: Loss::Care, measured: 7, charged: 0 }]);
    }

    use crate::outcome::Imbalance;

    #[test]
    fn an_outage_lies_in_the_bins_it_lasted_through() {
        let mut tally = tally();
        let quarter_hour = Span::DAY.0 as i64 / BINS as i64;
        for bin in 1..=BINS as u64 {
            tally.add(&fact(bin * 900, facts::CARE_NEEDED, 0, 0, quarter_hour));
        }
        tally.add(&fact(2_250, facts::CARE_LOST, 0, 0, quarter_hour));
        let care = tally.done(cause).care;
        assert_eq!(care.available(0), Some(1.0));
        assert_eq!((care.available(1), care.available(2)), (Some(0.5), Some(0.5)));
        assert_eq!(care.available(3), Some(1.0));
    }

    #[test]
    fn latencies_keep_three_digits_and_their_exact_sum() {
        let mut book = Book::default();
        let all = [1_234_567, 1_234_999, 98_765_432_100];
        all.into_iter().for_each(|ns| book.latencies.record(Span(ns)));
        let mut tally = tally();
        tally.close(Topic(0), &book);
        let flow = &tally.done(cause).flows["status"];
        assert_eq!(flow.latency_ns, all.iter().sum::<u64>() as i64);
        assert_eq!(flow.samples(), 3);
        for (value, _) in &flow.latencies {
            assert!(all.iter().any(|&near| near.abs_diff(*value) <= near / 1000), "{value}");
        }
    }

    proptest! {
        #[test]
        fn spreading_loses_no_nanosecond(end in 1..200_000_u64, length in 0..200_000_u64, horizon in 1..90_000_u64) {
            let mut bins = vec![0; BINS];
            let at = SimTime(end.min(horizon));
            let amount = length.min(at.0) as i64;
            let fact = Fact { at, who: Who(0), ..fact(0, facts::CARE_LOST, 0, 0, amount) };
            spread(&mut bins, &fact, horizon);
            prop_assert_eq!(bins.iter().sum::<i64>(), amount);
        }
    }
}
