//! Bytes of the protocols for constrained devices, flight by flight, against the comparison of the IETF.

use super::super::conversation::Resumption;
use super::super::grammar::drafts;
use super::super::suite::{Authentication, Hello, Protocol};
use super::super::{CryptoError, Suite};
use super::{IOTOPS, described, exact};
use crate::check::Check;

/// How a case of the comparison differs from a suite that ships.
#[derive(Clone, Copy)]
enum By {
    /// A pre-shared key with a name of one byte.
    Key,
    /// Raw public keys of this scheme; in EDHOC by a number.
    Raw(&'static str),
    /// Certificates of this scheme by reference.
    Reference(&'static str),
}

type Case = (&'static str, Protocol, &'static [&'static str], By, u32, &'static [u32]);

/// Name, protocol, key exchange, authentication, connection identifier, bytes of each flight.
const CASES: &[Case] = &[
    ("V2-tls-psk", Protocol::Tls13, &[], By::Key, 0, &[113, 117, 50]),
    ("V2-tls-psk-p256", Protocol::Tls13, &["ECDH P-256"], By::Key, 0, &[196, 190, 50]),
    ("V2-tls-psk-x25519", Protocol::Tls13, &["X25519"], By::Key, 0, &[163, 157, 50]),
    ("V2-tls-rpk-p256", Protocol::Tls13, &["ECDH P-256"], By::Raw("ECDSA P-256"), 0, &[162, 394, 233]),
    ("V2-tls-rpk-ed25519", Protocol::Tls13, &["X25519"], By::Raw("Ed25519"), 0, &[129, 307, 179]),
    ("V2-dtls-psk", Protocol::Dtls13, &[], By::Key, 0, &[130, 146, 55]),
    ("V2-dtls-psk-p256", Protocol::Dtls13, &["ECDH P-256"], By::Key, 0, &[213, 219, 55]),
    ("V2-dtls-psk-x25519", Protocol::Dtls13, &["X25519"], By::Key, 0, &[180, 186, 55]),
    ("V2-dtls-rpk-p256", Protocol::Dtls13, &["ECDH P-256"], By::Raw("ECDSA P-256"), 0, &[179, 447, 254]),
    ("V2-dtls-rpk-ed25519", Protocol::Dtls13, &["X25519"], By::Raw("Ed25519"), 0, &[146, 360, 200]),
    ("V2-dtls-cid-psk", Protocol::Dtls13, &[], By::Key, 1, &[136, 153, 56]),
    ("V2-dtls-cid-psk-p256", Protocol::Dtls13, &["ECDH P-256"], By::Key, 1, &[219, 226, 56]),
    ("V2-dtls-cid-rpk-p256", Protocol::Dtls13, &["ECDH P-256"], By::Raw("ECDSA P-256"), 1, &[185, 454, 255]),
    ("V2-edhoc-dh-kid", Protocol::Edhoc, &["ECDH P-256"], By::Raw("ECDH P-256"), 0, &[37, 45, 19]),
    ("V2-edhoc-sign-kid", Protocol::Edhoc, &["ECDH P-256"], By::Raw("ECDSA P-256"), 0, &[37, 102, 77]),
    ("V2-edhoc-sign-x5t", Protocol::Edhoc, &["ECDH P-256"], By::Reference("ECDSA P-256"), 0, &[37, 115, 90]),
    ("V2-edhoc-dh-x5t", Protocol::Edhoc, &["ECDH P-256"], By::Reference("ECDH P-256"), 0, &[37, 58, 33]),
];

/// Each flight, the sum of all, and what CoAP adds to EDHOC.
pub(super) fn checks() -> Result<Vec<Check>, CryptoError> {
    let mut rows = Vec::new();
    for &(id, protocol, exchange, by, connection_id, expected) in CASES {
        let authentication = match by {
            By::Key => Authentication::PreSharedKey { identity: 1 },
            By::Raw(scheme) => Authentication::RawKeys { scheme: scheme.to_owned() },
            By::Reference(scheme) => {
                Authentication::Certificates { scheme: scheme.to_owned(), chain: 1, mutual: true }
            }
        };
        let suite = Suite {
            authentication,
            connection_id,
            ..described(protocol, Hello::Compact, "AES-128-CCM-8", exchange)?
        };
        let (flights, carried) = flights(&suite)?;
        for (nth, (&got, &expected)) in flights.iter().zip(expected).enumerate() {
            let what = format!("flight {} of a handshake", nth + 1);
            rows.push(exact(&format!("{id}-{}", nth + 1), &what, got, expected, IOTOPS));
        }
        rows.push(exact(id, "whole handshake", flights.iter().sum(), expected.iter().sum(), IOTOPS));
        if id == "V2-edhoc-dh-kid" {
            rows.push(exact("V2-edhoc-coap", "what CoAP adds to EDHOC", carried, 29, IOTOPS));
        }
    }
    Ok(rows)
}

/// Bytes of each flight without the layer below, and of that layer in all.
fn flights(suite: &Suite) -> Result<(Vec<u32>, u32), CryptoError> {
    let Some(framing) = suite.framing() else { return Ok((Vec::new(), 0)) };
    let (mut all, mut below) = (Vec::new(), 0);
    for draft in drafts(suite, Resumption::Full)? {
        let carrier: u32 = draft.plain.iter().filter(|one| one.name == "CoAP").map(|one| one.bytes).sum();
        all.push(draft.bytes(framing, 8) - carrier);
        below += carrier;
    }
    Ok((all, below))
}
