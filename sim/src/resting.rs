//! What processors at rest leave behind: their sums.

/// What was summed up of a station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Total time in service [ns].
    pub(crate) busy: u64,
    /// The sum of the waits [ns].
    pub(crate) waited: u64,
    /// Visits served.
    pub(crate) visits: u32,
    /// The longest wait [ns], as the bits of a short float.
    pub(crate) longest: u32,
}

const _: () = assert!(size_of::<Sums>() == 24);

/// The sums of all that rest, by their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resting {
    all: Vec<Sums>,
    free: Vec<u32>,
}

impl Resting {
    /// Make room for so many in all, and no others.
    pub(crate) fn reserve(&mut self, all: usize) {
        self.all.reserve_exact(all.saturating_sub(self.all.len()));
    }

    /// A place for another.
    pub(crate) fn add(&mut self) -> u32 {
        let place = self.free.pop().unwrap_or(self.all.len() as u32);
        self.all.resize(self.all.len().max(place as usize + 1), Sums::default());
        place
    }

    /// Nobody needs a place any longer.
    pub(crate) fn give_back(&mut self, place: u32) {
        self.set(place, Sums::default());
        self.free.push(place);
    }

    pub(crate) fn get(&self, place: u32) -> Sums {
        self.all[place as usize]
    }

    pub(crate) fn set(&mut self, place: u32, sums: Sums) {
        self.all[place as usize] = sums;
    }

    /// Count a visit that asks for nothing; false if there were too many to count.
    pub(crate) fn pass_by(&mut self, place: u32) -> bool {
        let visits = &mut self.all[place as usize].visits;
        let more = visits.checked_add(1);
        *visits = more.unwrap_or(*visits);
        more.is_some()
    }
}
