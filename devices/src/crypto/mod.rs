//! Cryptography that costs what it costs: measured cycles, bytes by message grammar, joules.
//!
//! A [`Catalogue`] of measured rows gives the cycles of an operation on a core; [`Sizes`] gives keys and
//! signatures; a [`Suite`] says what a channel is protected with; [`Protection`] prices a message and
//! [`handshake`] a conversation, flight by flight. No total is stored anywhere.
//!
//! ```
//! use devices::class::{Library, Speaks};
//! use devices::crypto::{Catalogue, Machine, Resumption, Suite, handshake};
//! let catalogue = Catalogue::shipped()?;
//! let machine = Machine {
//!     core: "Cortex-M4",
//!     hz: 64e6,
//!     active_watts: 0.0099,
//!     ram: 256 * 1024,
//!     flash: 1024 * 1024,
//!     library: Library::Best,
//!     implementation: 0.0,
//!     speaks: vec![Speaks::Psk, Speaks::Tls13],
//!     carrier: None,
//! };
//! let suite = Suite::shipped("tls13-x25519-ed25519")?;
//! let conversation = handshake(catalogue, suite, &machine, &machine, Resumption::Full)?;
//! assert_eq!(conversation.flights.len(), 3);
//! # Ok::<(), devices::crypto::CryptoError>(())
//! ```

mod catalogue;
mod conversation;
mod cost;
mod explain;
mod feasible;
pub mod firmware;
mod grammar;
mod lookup;
mod machine;
mod message;
pub mod offers;
mod overlay;
mod protocol;
mod record;
pub mod scheme;
mod signing;
mod sizes;
mod suite;
pub mod validate;

pub use catalogue::{Build, Catalogue, Family, Row, Scaling};
pub use conversation::{Conversation, Flight, Resumption, Side, handshake};
pub use cost::Cost;
pub use explain::{Step, steps};
pub use feasible::{DoesNotFit, fits};
pub use grammar::Message;
pub use machine::Machine;
pub use message::{MessageCost, Protection};
pub use protocol::{Board, Part, Parts, ProtocolWork};
pub use record::Framing;
pub use signing::Signing;
pub use sizes::{Size, Sizes};
pub use suite::{Authentication, Hello, Protocol, Strength, Suite};

/// What cannot be priced, or data that does not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CryptoError {
    /// A data file does not read.
    #[error("{file} does not read: {why}")]
    Data {
        /// Which file.
        file: &'static str,
        /// What the reader said.
        why: String,
    },
    /// Costs measured on a machine cannot be used.
    #[error("line {line}: {why}")]
    Overlay {
        /// The line of the table.
        line: u64,
        /// Why.
        why: String,
    },
    /// No measured row, and none to scale from.
    #[error("no cost is known for {act} with {scheme} on a {core}")]
    NoCost {
        /// The scheme.
        scheme: String,
        /// The operation.
        act: String,
        /// The core.
        core: String,
    },
    /// The sizes file does not hold this scheme, or not that column.
    #[error("no {part} size is known for {scheme}")]
    NoSize {
        /// The scheme.
        scheme: String,
        /// Which column.
        part: &'static str,
    },
    /// There is no suite of this name.
    #[error("no suite is called `{name}`{}", nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?")))]
    UnknownSuite {
        /// The name asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<&'static str>,
    },
}
