//! LoRaWAN 1.0.4: the join by which a device gets its session's keys.

use super::super::conversation::Side;
use super::{Draft, Operation};

/// The header of the frame, the integrity code.
const HEADER: u32 = 1;
const INTEGRITY: u32 = 4;
/// JoinEUI, DevEUI, DevNonce. Source: LoRaWAN 1.0.4 section 6.2.4.
const REQUEST: u32 = 8 + 8 + 2;
/// JoinNonce, NetID, DevAddr, DLSettings, RxDelay, and the list of channels that European networks send.
/// Source: LoRaWAN 1.0.4 section 6.2.5; RP002 section 2.4.
const ACCEPT: u32 = 3 + 3 + 4 + 1 + 1 + 16;

/// What a frame of LoRaWAN has besides its header of 13 bytes: the join's frames have none of it, so their own bytes
/// are given less what every frame is charged with.
const FRAME: u32 = 13;

/// The whole frames on the air [B].
const WHOLE: [u32; 2] = [HEADER + REQUEST + INTEGRITY, HEADER + ACCEPT + INTEGRITY];

/// Request and acceptance. Each end computes a code over each; the session's two keys are a block each.
pub(super) fn flights() -> Vec<Draft> {
    let mut request = Draft::of(Side::Client, "join-request", WHOLE[0] - FRAME);
    let mut accept = Draft::of(Side::Server, "join-accept", WHOLE[1] - FRAME);
    let aes = |bytes| Operation::on("AES-128", "encrypt", bytes);
    request.sender.push(aes(32));
    request.receiver.push(aes(32));
    // The code of 29 bytes, the encryption of 32, two keys.
    accept.sender.extend([aes(32), aes(32), aes(32)]);
    accept.receiver.extend([aes(32), aes(32), aes(32)]);
    vec![request, accept]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LoRaWAN 1.0.4: a request of 23 bytes, an acceptance of 33 with its list of channels.
    #[test]
    fn a_join_is_as_long_as_its_fields() {
        assert_eq!(WHOLE, [23, 33]);
    }
}
