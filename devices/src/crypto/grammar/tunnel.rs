//! Tunnels for conduits: WireGuard, and MACsec with MKA.

use super::super::conversation::Side;
use super::{Draft, Operation};

/// WireGuard: Noise IK in two messages, and a first packet that confirms the key.
///
/// Initiation: type and reserved 4, sender 4, ephemeral key 32, static key 32 and time 12 each with a tag of 16, two
/// codes of 16. Response: type 4, sender 4, receiver 4, ephemeral key 32, an empty string's tag 16, two codes.
/// Source: WireGuard white paper, sections 5.4.2 and 5.4.3.
pub(super) fn wireguard() -> Vec<Draft> {
    let agree = || Operation::new("X25519", "agree");
    let keygen = || Operation::new("X25519", "keygen");
    let mut initiation =
        Draft::of(Side::Client, "handshake initiation", 4 + 4 + 32 + (32 + 16) + (12 + 16) + 16 + 16);
    initiation.sender.extend([keygen(), agree(), agree()]);
    initiation.receiver.extend([agree(), agree()]);
    let mut response = Draft::of(Side::Server, "handshake response", 4 + 4 + 4 + 32 + 16 + 16 + 16);
    response.sender.extend([keygen(), agree(), agree()]);
    response.receiver.extend([agree(), agree()]);
    let confirmation = Draft::of(Side::Client, "keepalive", 4 + 4 + 8 + 16);
    vec![initiation, response, confirmation]
}

/// What every MKPDU begins and ends with: EAPOL 4, basic parameters 28 with a name of 16 for the common secret, an
/// integrity code of 16. From memory, unverified: IEEE 802.1X-2020 section 11.11.
const MKPDU: u32 = 4 + 4 + 28 + 16 + 16;
/// A list of one peer: header 4, its identifier 12, its number 4.
const PEER: u32 = 4 + 12 + 4;
/// Which key is in use.
const KEY_USE: u32 = 4 + 40;
/// A wrapped key of 128 bits.
const DISTRIBUTED_KEY: u32 = 4 + 28;

/// MKA with a common secret: both say that they live, then the key server hands out the key, and the other uses it.
pub(super) fn macsec() -> Vec<Draft> {
    let frames = [
        (Side::Client, "MKPDU: hello", MKPDU),
        (Side::Server, "MKPDU: a peer", MKPDU + PEER),
        (Side::Client, "MKPDU: alive", MKPDU + PEER),
        (Side::Server, "MKPDU: key", MKPDU + PEER + KEY_USE + DISTRIBUTED_KEY),
        (Side::Client, "MKPDU: in use", MKPDU + PEER + KEY_USE),
    ];
    let signed = |(from, name, bytes)| {
        let mut draft = Draft::of(from, name, bytes);
        draft.sender.push(Operation::on("AES-128", "encrypt", bytes));
        draft.receiver.push(Operation::on("AES-128", "encrypt", bytes));
        draft
    };
    frames.map(signed).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WireGuard white paper: 148 and 92 bytes; a packet without content is 32.
    #[test]
    fn wireguard_messages_are_as_long_as_published() {
        let bytes = wireguard().iter().map(|draft| draft.plain[0].bytes).collect::<Vec<_>>();
        assert_eq!(bytes, [148, 92, 32]);
    }
}
