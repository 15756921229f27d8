//! Suites: what a channel may be protected with, as data in `data/crypto/suites.toml`.

use super::record::Framing;
use super::{CryptoError, Sizes};
use crate::class::Speaks;
use crate::parameters::Confidence;
use crate::quantity::{as_bytes, nearest};
use indexmap::IndexMap;
use serde::Deserialize;
use std::sync::LazyLock;

/// Against whom a suite protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Nobody.
    None,
    /// Nobody who knows the published attacks.
    Broken,
    /// Everybody without a quantum computer; with symmetric keys alone, everybody.
    Classical,
    /// Key exchange stands against a quantum computer, certificates do not.
    Hybrid,
    /// Key exchange and certificates stand against a quantum computer.
    PostQuantum,
}

/// Which protocol carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Messages go as they are.
    None,
    /// TLS 1.0 with RSA key transport.
    Tls10,
    /// TLS 1.3 over TCP.
    Tls13,
    /// DTLS 1.3 over UDP.
    Dtls13,
    /// EDHOC over CoAP (RFC 9528), then OSCORE (RFC 8613).
    Edhoc,
    /// LoRaWAN 1.0.4: a join, then frames that are encrypted and signed by themselves.
    Lorawan,
    /// MACsec (IEEE 802.1AE) with keys agreed by MKA (IEEE 802.1X) from a common secret.
    Macsec,
    /// WireGuard.
    Wireguard,
}

/// What the hellos carry beside what the suite needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hello {
    /// What a general library sends by default: server name, older versions, a session identifier and the
    /// change-cipher-spec records that middleboxes want.
    #[default]
    General,
    /// The least that the standard asks for.
    Compact,
}

/// How the ends know each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Authentication {
    /// They do not.
    #[default]
    None,
    /// By a symmetric key put in beforehand.
    PreSharedKey {
        /// Length of the key's name on the wire [B].
        #[serde(deserialize_with = "as_bytes")]
        identity: u64,
    },
    /// By certificates sent by value.
    Certificates {
        /// The signature scheme of every certificate of the chain.
        scheme: String,
        /// Certificates sent; the root above them is on the device.
        chain: u32,
        /// Whether the client shows a chain too.
        mutual: bool,
    },
    /// By bare keys that both ends hold already: RFC 7250 in (D)TLS, a credential by reference in EDHOC.
    RawKeys {
        /// The signature scheme; in EDHOC the curve whose static key authenticates without a signature.
        scheme: String,
    },
    /// By the server's certificate over a key for encapsulation, and nothing else: KEMTLS.
    KeyEncapsulation {
        /// The scheme of the server's key.
        scheme: String,
        /// The scheme by which its certificate is signed.
        signer: String,
    },
}

/// What a channel is protected with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suite {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// What it is, in words.
    pub title: String,
    /// Against whom it protects.
    pub strength: Strength,
    /// Which protocol carries it.
    pub protocol: Protocol,
    /// What the hellos carry.
    #[serde(default)]
    pub hello: Hello,
    /// The cipher of the records, by its name in the catalogue.
    pub cipher: Option<String>,
    /// Key exchanges, done side by side; none where the pre-shared key alone makes the session's keys.
    #[serde(default)]
    pub key_exchange: Vec<String>,
    /// Length of the connection identifier in DTLS [B].
    #[serde(default)]
    pub connection_id: u32,
    /// How the ends know each other.
    #[serde(default)]
    pub authentication: Authentication,
    /// What a device must be able to speak.
    pub needs: Vec<Speaks>,
    /// Memory of a session beside stacks, keys and handshake messages [B].
    #[serde(deserialize_with = "as_bytes")]
    pub session_ram: u64,
    /// Program memory of the protocol itself, its primitives left out [B].
    #[serde(deserialize_with = "as_bytes")]
    pub code: u64,
    /// How far to trust what stands here.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    suite: IndexMap<String, Suite>,
}

impl Suite {
    /// Every suite, the weakest first.
    ///
    /// # Errors
    /// When the embedded file is broken, which a test rules out.
    pub fn all() -> Result<&'static IndexMap<String, Self>, CryptoError> {
        static ALL: LazyLock<Result<IndexMap<String, Suite>, CryptoError>> = LazyLock::new(|| {
            let file: File = toml::from_str(include_str!("../../data/crypto/suites.toml"))
                .map_err(|error| CryptoError::Data { file: "suites.toml", why: error.to_string() })?;
            let named = |(name, suite): (String, Suite)| (name.clone(), Suite { name, ..suite });
            let mut all: IndexMap<String, Suite> = file.suite.into_iter().map(named).collect();
            all.sort_by(|a, one, b, other| one.strength.cmp(&other.strength).then(a.cmp(b)));
            Ok(all)
        });
        ALL.as_ref().map_err(Clone::clone)
    }

    /// The suite of this name.
    ///
    /// # Errors
    /// When there is none; the nearest name is suggested.
    pub fn shipped(name: &str) -> Result<&'static Self, CryptoError> {
        let all = Self::all()?;
        all.get(name).ok_or_else(|| CryptoError::UnknownSuite {
            name: name.to_owned(),
            nearest: nearest(name, all.keys().map(String::as_str)),
        })
    }

    /// How its messages are wrapped; `None` when they go as they are.
    pub const fn framing(&self) -> Option<Framing> {
        match self.protocol {
            Protocol::None => None,
            Protocol::Tls10 => Some(Framing::Tls10Block),
            Protocol::Tls13 => Some(Framing::Tls13),
            Protocol::Dtls13 => Some(Framing::Dtls13 { connection_id: self.connection_id }),
            Protocol::Edhoc => Some(Framing::OscoreRequest { sender_id: 0 }),
            Protocol::Lorawan => Some(Framing::Lorawan),
            Protocol::Macsec => Some(Framing::Macsec),
            Protocol::Wireguard => Some(Framing::Wireguard),
        }
    }

    /// Whether what it protected can be read by whoever recorded it and later has a quantum computer: its keys rest on
    /// a classical exchange alone, with no secret of both ends in it.
    pub fn falls_to_a_quantum_computer(&self) -> bool {
        match (&self.authentication, self.protocol) {
            (_, Protocol::None) => true,
            (_, Protocol::Tls10) => true,
            (Authentication::PreSharedKey { .. }, _) => false,
            _ => !self.key_exchange.iter().any(|scheme| super::grammar::encapsulates(scheme)),
        }
    }

    /// Bytes added to a message of `bytes`.
    ///
    /// # Errors
    /// When the cipher's tag has no known size.
    pub fn overhead(&self, bytes: u32) -> Result<u32, CryptoError> {
        match (self.framing(), &self.cipher) {
            (Some(framing), Some(cipher)) => Ok(framing.overhead(bytes, Sizes::shipped()?.tag(cipher)?)),
            _ => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_says_where_it_comes_from() {
        for (name, suite) in Suite::all().unwrap() {
            assert_eq!(*name, suite.name);
            assert!(!suite.source.is_empty() && !suite.title.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_misspelt_suite_is_answered_with_the_nearest() {
        let error = Suite::shipped("tls13-ecdsa-p265").unwrap_err();
        assert!(error.to_string().ends_with("did you mean `tls13-ecdsa-p256`?"), "{error}");
    }
}
