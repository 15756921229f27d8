//! The grammar of handshakes: which messages go which way, how long each field is, what each end computes.

mod edhoc;
mod lorawan;
mod tls;
mod tunnel;

use super::conversation::{Resumption, Side};
use super::record::Framing;
use super::suite::Protocol;
use super::{CryptoError, Sizes, Suite};

/// One handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name in the standard.
    pub name: &'static str,
    /// Its length with its header, without the record around it [B].
    pub bytes: u32,
}

/// Something that an end computes: a scheme and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) scheme: String,
    pub(super) act: &'static str,
    /// On a message of so many bytes, where that matters [B].
    pub(super) bytes: u32,
}

impl Operation {
    fn new(scheme: &str, act: &'static str) -> Self {
        Self { scheme: scheme.to_owned(), act, bytes: 0 }
    }

    pub(super) fn on(scheme: &str, act: &'static str, bytes: u32) -> Self {
        Self { bytes, ..Self::new(scheme, act) }
    }
}

/// One flight before it is priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) from: Side,
    /// Messages in the clear, in one record.
    pub(super) plain: Vec<Message>,
    /// Whether a change-cipher-spec record follows.
    pub(super) change_cipher: bool,
    /// Messages under the handshake's keys, in one record.
    pub(super) sealed: Vec<Message>,
    pub(super) sender: Vec<Operation>,
    pub(super) receiver: Vec<Operation>,
    /// Whether its arrival lets the receiver make the session's keys.
    pub(super) makes_keys: bool,
    /// Whether it carries a chain of certificates.
    pub(super) shows_chain: bool,
}

impl Draft {
    const fn new(from: Side) -> Self {
        Self {
            from,
            plain: Vec::new(),
            change_cipher: false,
            sealed: Vec::new(),
            sender: Vec::new(),
            receiver: Vec::new(),
            makes_keys: false,
            shows_chain: false,
        }
    }

    /// A flight of one message, complete on the wire.
    fn of(from: Side, name: &'static str, bytes: u32) -> Self {
        Self { plain: vec![Message { name, bytes }], ..Self::new(from) }
    }

    /// Bytes under the handshake's keys.
    pub(super) fn sealed_bytes(&self) -> u32 {
        self.sealed.iter().map(|message| message.bytes).sum()
    }

    /// Bytes on the wire, records included.
    pub(super) fn bytes(&self, framing: Framing, tag: u32) -> u32 {
        let plain: u32 = self.plain.iter().map(|message| message.bytes).sum();
        let sealed = self.sealed_bytes();
        (if plain > 0 { framing.clear() + plain } else { 0 })
            + (if self.change_cipher { 6 } else { 0 })
            + (if sealed > 0 { sealed + framing.overhead(sealed, tag) } else { 0 })
    }
}

/// The flights of a suite's handshake, in order; none where nothing is protected.
pub(super) fn drafts(suite: &Suite, resumption: Resumption) -> Result<Vec<Draft>, CryptoError> {
    let sizes = Sizes::shipped()?;
    match suite.protocol {
        Protocol::None => Ok(Vec::new()),
        Protocol::Tls10 | Protocol::Tls13 | Protocol::Dtls13 => tls::flights(suite, sizes, resumption),
        Protocol::Edhoc => edhoc::flights(suite, sizes),
        Protocol::Lorawan => Ok(lorawan::flights()),
        Protocol::Macsec => Ok(tunnel::macsec()),
        Protocol::Wireguard => Ok(tunnel::wireguard()),
    }
}

/// Whether a key exchange is an encapsulation rather than a Diffie-Hellman.
pub(super) fn encapsulates(scheme: &str) -> bool {
    ["ML-KEM", "HQC"].iter().any(|start| scheme.starts_with(start))
}
