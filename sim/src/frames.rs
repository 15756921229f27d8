//! Frames: a transmitter whose time for a message is no line through its bytes, and that must be silent afterwards.

/// What becomes of a message at a transmitter [ns].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// From its first frame's start to its last one's end.
    pub passes: u64,
    /// How long the transmitter must then be silent.
    pub silent: u64,
    /// How long it was on air.
    pub on_air: u64,
}

/// How a transmitter sends: a function of its own settings and of a message's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Framed {
    /// The settings, as the function understands them.
    pub settings: [u64; 4],
    /// What becomes of a message of so many bytes; an empty one takes a frame too.
    pub passage: fn([u64; 4], u64) -> Passage,
}

impl Framed {
    /// What becomes of a message of `bytes`.
    pub fn of(&self, bytes: u64) -> Passage {
        (self.passage)(self.settings, bytes)
    }
}

/// What a visit of a transmitter comes to beside its service [ns]: with all work, and with bare work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aired {
    /// The silence after it.
    pub silent: (u64, u64),
    /// Time on air.
    pub on_air: (u64, u64),
}
