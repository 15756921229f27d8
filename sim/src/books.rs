//! Books: what became of the messages of each topic, kept as it happens.
//!
//! A message that is due, and one that arrives, are by far the most frequent facts of a run. They are entered here
//! in place: counts, latencies, and a digest that names every message and the instant of its arrival. Who asks
//! ([`Books::told`]) gets them one by one as facts as well; no digest depends on that.

use crate::fact::{Kind, Topic};
use crate::kinds::{DUE, IN_TIME, LATE};
use crate::latencies::Latencies;
use crate::luck::mix;
use crate::message::DeviceId;
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// What became of one topic's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Messages that were due in a slot; those of streams are left out.
    pub due: u64,
    /// Messages that arrived by their deadline.
    pub in_time: u64,
    /// Messages that arrived after it.
    pub late: u64,
    /// How long what arrived had taken.
    pub latencies: Latencies,
    /// The same by the zone of whose messages they were; empty where all of them stand in one.
    pub by_zone: Vec<Latencies>,
    /// The sum of the values that arrived.
    pub values: u64,
    /// How many entries of each kind.
    counts: [u64; 3],
    /// The sums of their hashes.
    sums: [u64; 3],
}

impl Book {
    #[inline(always)]
    const fn enter(&mut self, kind: usize, hash: u64) {
        self.counts[kind] += 1;
        self.sums[kind] = self.sums[kind].wrapping_add(hash);
    }
}

/// An arrival to be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The message's name: the draw of its slot.
    pub name: u64,
    /// When it arrived.
    pub at: SimTime,
    /// How long it had taken.
    pub took: Span,
    /// For how many due messages it stands.
    pub weight: u32,
    /// Whether it arrived by its deadline.
    pub in_time: bool,
    /// The value that it carried.
    pub value: u64,
}

/// The books of a run, by topic.
#[derive(Clone, Debug)]
pub struct Books {
    books: Vec<Book>,
    /// Where the devices stand: the first of those in a row that stand in one zone, and that zone.
    zones: Vec<(DeviceId, u16)>,
    /// Whether each entry is also told as a fact.
    pub told: bool,
}

impl Default for Books {
    fn default() -> Self {
        Self { books: Vec::new(), zones: Vec::new(), told: true }
    }
}

/// Where entries of each kind stand.
const DUE_ENTRIES: usize = 0;
const IN_TIME_ENTRIES: usize = 1;
const LATE_ENTRIES: usize = 2;

/// What names a message and the instant of its arrival. Names are draws, spread over 64 bits: sums of such products tell sets of
/// arrivals apart (multilinear hashing: Carter and Wegman, Journal of Computer and System Sciences 18(2), 1979).
#[inline(always)]
pub(crate) const fn hash(name: u64, at: SimTime) -> u64 {
    name.wrapping_mul(at.0.wrapping_add(1))
}

/// A topic's book.
#[inline(always)]
fn book_of(books: &mut Vec<Book>, topic: Topic) -> &mut Book {
    let at = usize::from(topic.0);
    if at < books.len() { &mut books[at] } else { another(books, at) }
}

/// A topic has no book yet.
#[cold]
fn another(books: &mut Vec<Book>, at: usize) -> &mut Book {
    books.resize_with(at + 1, Book::default);
    &mut books[at]
}

impl Books {
    /// Make sure that there is a book for each of `topics` topics.
    pub fn open(&mut self, topics: usize) {
        if topics > self.books.len() {
            self.books.resize_with(topics, Book::default);
        }
    }

    /// Where the devices stand: the first of those in a row that stand in one zone, and that zone, in the order of their ids.
    pub fn stand(&mut self, zones: Vec<(DeviceId, u16)>) {
        self.zones = zones;
    }

    /// Keep the latencies of a topic by zone as well.
    pub fn by_zone(&mut self, topic: Topic) {
        let count = self.zones.iter().map(|zone| usize::from(zone.1) + 1).max().unwrap_or_default();
        self.book(topic).by_zone = vec![Latencies::default(); count];
    }

    /// Every topic's book.
    pub fn iter(&self) -> impl Iterator<Item = (Topic, &Book)> {
        self.books.iter().enumerate().map(|(at, book)| (Topic(at as u16), book))
    }

    fn book(&mut self, topic: Topic) -> &mut Book {
        book_of(&mut self.books, topic)
    }

    /// Go on with this book.
    pub(crate) fn lay(&mut self, topic: Topic, book: Book) {
        *self.book(topic) = book;
    }

    /// A message is due now.
    #[inline(always)]
    pub(crate) fn due(&mut self, topic: Topic, name: u64) {
        let book = book_of(&mut self.books, topic);
        book.due += 1;
        book.enter(DUE_ENTRIES, name);
    }

    /// So many messages of a topic were due, whose names have this sum.
    #[inline(always)]
    pub(crate) fn due_all(&mut self, topic: Topic, count: u64, names: u64) {
        let book = book_of(&mut self.books, topic);
        book.due += count;
        book.counts[DUE_ENTRIES] += count;
        book.sums[DUE_ENTRIES] = book.sums[DUE_ENTRIES].wrapping_add(names);
    }

    /// A message has arrived; `owner` tells whose it was, where latencies are kept by zone.
    #[inline(always)]
    pub(crate) fn arrived(&mut self, topic: Topic, arrival: &Arrival, owner: impl FnOnce() -> DeviceId) {
        let Arrival { name, at, took, weight, in_time, value } = *arrival;
        self.took(topic, took, owner);
        let book = book_of(&mut self.books, topic);
        let hash = hash(name, at).wrapping_mul(u64::from(weight) | 1);
        book.values = book.values.wrapping_add(value);
        if in_time {
            book.in_time += u64::from(weight);
            book.enter(IN_TIME_ENTRIES, hash);
        } else {
            book.late += u64::from(weight);
            book.enter(LATE_ENTRIES, hash);
        }
    }

    /// So many messages of a topic have arrived in time, each for itself, whose hashes and values have these sums; how long each
    /// [took](Self::took) is entered by itself.
    #[inline(always)]
    pub(crate) fn arrived_all(&mut self, topic: Topic, count: u64, hashes: u64, values: u64) {
        let book = book_of(&mut self.books, topic);
        book.in_time += count;
        book.values = book.values.wrapping_add(values);
        book.counts[IN_TIME_ENTRIES] += count;
        book.sums[IN_TIME_ENTRIES] = book.sums[IN_TIME_ENTRIES].wrapping_add(hashes);
    }

    /// How long a message took that has arrived; `owner` tells whose it was, where latencies are kept by zone.
    #[inline(always)]
    pub(crate) fn took(&mut self, topic: Topic, took: Span, owner: impl FnOnce() -> DeviceId) {
        let book = book_of(&mut self.books, topic);
        book.latencies.record(took);
        if !book.by_zone.is_empty() {
            Self::record_by_zone(&mut book.by_zone, &self.zones, owner(), took);
        }
    }

    fn record_by_zone(all: &mut [Latencies], zones: &[(DeviceId, u16)], owner: DeviceId, took: Span) {
        let at = zones.partition_point(|zone| zone.0 <= owner);
        let zone = at.checked_sub(1).map(|at| usize::from(zones[at].1));
        if let Some(own) = zone.and_then(|zone| all.get_mut(zone)) {
            own.record(took);
        }
    }

    /// Entries of all topics by kind: how many, and the sum of their hashes, by the topics' names.
    pub(crate) fn digests(&self, hash: impl Fn(Topic) -> u64) -> [(Kind, u64, u64); 3] {
        let mut all = [(DUE, 0, 0_u64), (IN_TIME, 0, 0), (LATE, 0, 0)];
        for (topic, book) in self.iter() {
            for (own, (count, sum)) in all.iter_mut().zip(book.counts.into_iter().zip(book.sums)) {
                if count > 0 {
                    own.1 += count;
                    own.2 = own.2.wrapping_add(mix(sum ^ hash(topic)).wrapping_add(mix(count)));
                }
            }
        }
        all
    }

    /// What was due, in time and late of each topic, as amounts of the kinds of fact.
    pub(crate) fn totals(&self) -> impl Iterator<Item = (Topic, Kind, u64)> {
        self.iter().flat_map(|(topic, book)| {
            [(topic, DUE, book.due), (topic, IN_TIME, book.in_time), (topic, LATE, book.late)]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: Arrival =
        Arrival { name: 73, at: SimTime(900), took: Span(800), weight: 1, in_time: true, value: 0 };

    fn digest(arrivals: &[Arrival]) -> [(Kind, u64, u64); 3] {
        let mut books = Books::default();
        arrivals.iter().for_each(|arrival| books.arrived(Topic(0), arrival, || DeviceId(0)));
        books.digests(|topic| u64::from(topic.0) + 5)
    }

    #[test]
    fn latencies_by_zone_add_up_to_all_and_move_no_digest() {
        let mut books = Books::default();
        books.stand(vec![(DeviceId(1), 0), (DeviceId(2), 1)]);
        books.by_zone(Topic(0));
        for owner in [0, 1, 2, 9] {
            books.arrived(Topic(0), &ARRIVAL, || DeviceId(owner));
        }
        let book = &books.books[0];
        let counts = book.by_zone.iter().map(|zone| zone.steps().map(|step| step.1).sum::<u64>());
        assert_eq!(counts.collect::<Vec<_>>(), [1, 2], "who comes before all is in no zone");
        assert_eq!(book.latencies.steps().map(|step| step.1).sum::<u64>(), 4);
        assert_eq!(books.digests(|topic| u64::from(topic.0) + 5), digest(&[ARRIVAL; 4]));
    }

    #[test]
    fn a_digest_knows_who_arrived_when_and_whether_in_time_and_not_in_what_order() {
        let other = Arrival { name: 83, ..ARRIVAL };
        assert_eq!(digest(&[ARRIVAL, other]), digest(&[other, ARRIVAL]));
        for changed in [
            Arrival { at: SimTime(901), ..ARRIVAL },
            Arrival { name: 74, ..ARRIVAL },
            Arrival { in_time: false, ..ARRIVAL },
            Arrival { weight: 2, ..ARRIVAL },
        ] {
            assert_ne!(digest(&[ARRIVAL]), digest(&[changed]), "{changed:?}");
        }
    }
}
