//! What streams take of a station's capacity.

use crate::shares::Shares;
use serde::{Deserialize, Serialize};

/// Streams that hold a share of a station's capacity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// All of them, in parts per billion of the station's time.
    pub all: u64,
    /// Without what controls and attackers add.
    pub bare: u64,
    /// What was added, by cause [ppb].
    pub added: Shares,
}

/// The largest share of a station that streams may hold [ppb]; what is over they lose.
pub const STREAM_LIMIT: u64 = 950_000_000;
const WHOLE: u64 = 1_000_000_000;

impl Background {
    /// A stream takes these shares [ppb]: what it holds bare, and what each control adds to that.
    pub fn take(&mut self, bare: u64, added: &Shares) {
        self.bare += bare;
        self.all += bare + added.sum();
        self.added.add_all(added);
    }

    /// A stream gives back what it took.
    pub fn give_back(&mut self, bare: u64, added: &Shares) {
        self.bare -= bare;
        self.all -= bare + added.sum();
        self.added.take_all(added);
    }

    pub(crate) fn stretch(share: u64, work: u64) -> u64 {
        if share == 0 {
            return work;
        }
        (u128::from(work) * u128::from(WHOLE) / u128::from(WHOLE - share.min(STREAM_LIMIT))) as u64
    }
}
