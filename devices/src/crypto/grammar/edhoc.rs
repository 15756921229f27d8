//! EDHOC (RFC 9528) over CoAP: three messages, credentials by reference.
//!
//! Lengths are those of its CBOR fields with identifiers of one byte, the cipher suite with a tag of eight bytes and
//! curves whose points are sent by one coordinate.

use super::super::conversation::Side;
use super::super::suite::Authentication;
use super::super::{CryptoError, Sizes, Suite};
use super::{Draft, Message, Operation};

/// A method, a suite, an identifier of a connection or of a key: a small CBOR number [B].
const SMALL: u32 = 1;
/// A point of the curve by its x coordinate, with its CBOR header [B].
const POINT: u32 = 2 + 32;
/// The code that a static key authenticates by, with its CBOR header [B].
const CODE: u32 = 1 + 8;
/// A signature of 64 bytes with its CBOR header [B].
const SIGNATURE: u32 = 2 + 64;
/// A certificate by reference: a map of `x5t` to an algorithm and a hash of eight bytes [B].
const BY_HASH: u32 = 1 + 2 + 1 + 1 + 9;
/// The tag of the third message [B].
const TAG: u32 = 8;
/// CoAP around each of the messages. Source: draft-ietf-iotops-security-protocol-comparison, section on layers.
const COAP: [u32; 3] = [12, 5, 12];
/// Its name in a flight, by which it can be left out.
pub(super) const CARRIER: &str = "CoAP";

/// The CBOR header of a string of bytes.
const fn header(bytes: u32) -> u32 {
    if bytes < 24 { 1 } else { 2 }
}

/// The three messages: static keys known by a number, or signatures under certificates known by their hash.
pub(super) fn flights(suite: &Suite, sizes: &Sizes) -> Result<Vec<Draft>, CryptoError> {
    let exchange = suite.key_exchange.first().map_or("X25519", String::as_str);
    // A number of one byte names a key that both hold; a certificate is named by its hash.
    let (credential, proof, signs) = match &suite.authentication {
        Authentication::Certificates { scheme, .. } if scheme == exchange => (BY_HASH, CODE, None),
        Authentication::Certificates { scheme, .. } => (BY_HASH, SIGNATURE, Some(scheme.as_str())),
        Authentication::RawKeys { scheme } if *scheme != exchange => {
            (SMALL, SIGNATURE, Some(scheme.as_str()))
        }
        _ => (SMALL, CODE, None),
    };
    let mut messages = [
        Draft::of(Side::Client, "message_1", SMALL + SMALL + POINT + SMALL),
        Draft::of(Side::Server, "message_2", 0),
        Draft::of(Side::Client, "message_3", 0),
    ];
    let second = POINT - 2 + SMALL + credential + proof;
    let third = credential + proof + TAG;
    messages[1].plain[0].bytes = header(second) + second;
    messages[2].plain[0].bytes = header(third) + third;
    for (draft, bytes) in messages.iter_mut().zip(COAP) {
        draft.plain.push(Message { name: CARRIER, bytes });
    }
    let act = |act| Operation::new(exchange, act);
    let [first, second, third] = &mut messages;
    first.sender.push(act("keygen"));
    second.sender.extend([act("keygen"), act("agree")]);
    second.receiver.push(act("agree"));
    (second.makes_keys, third.makes_keys) = (true, true);
    match signs {
        Some(scheme) => {
            sizes.public_key(scheme)?;
            for draft in [second, third] {
                draft.sender.push(Operation::new(scheme, "sign"));
                draft.receiver.push(Operation::new(scheme, "verify"));
            }
        }
        // Each end computes the other's static key with its own fresh one, and its own static key with the other's.
        None => {
            for draft in [second, third] {
                draft.sender.push(act("agree"));
                draft.receiver.push(act("agree"));
            }
        }
    }
    Ok(messages.into())
}
