//! Record framing: what a protocol adds to each message that it protects.

/// The largest content of a TLS record [B]. Source: RFC 8446 section 5.1.
const RECORD: u32 = 16_384;

/// How a protected message is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// TLS 1.0 with a block cipher: header 5, MAC, padding to 16 bytes of which at least one. RFC 2246.
    Tls10Block,
    /// TLS 1.2 with an AEAD: header 5, explicit nonce 8, tag. RFC 5246, RFC 5288.
    Tls12,
    /// TLS 1.3: header 5, content type 1, tag. RFC 8446.
    Tls13,
    /// DTLS 1.2: header 13, explicit nonce 8, tag. RFC 6347.
    Dtls12,
    /// DTLS 1.3: a unified header of 2 and no length, content type 1, tag. RFC 9147.
    Dtls13 {
        /// Length of the connection identifier [B].
        connection_id: u32,
    },
    /// An OSCORE request: option of 1 + flags 1 + sequence number 1, sender identifier, payload marker 1,
    /// inner code 1, tag. RFC 8613.
    OscoreRequest {
        /// Length of the sender identifier [B].
        sender_id: u32,
    },
    /// An OSCORE response: an empty option 1, payload marker 1, inner code 1, tag. RFC 8613.
    OscoreResponse,
    /// A LoRaWAN frame: its integrity code is part of the header that every frame has. LoRaWAN 1.0.4 section 4.
    Lorawan,
    /// MACsec: a tag with the channel's identifier 16, integrity code. IEEE 802.1AE.
    Macsec,
    /// WireGuard: type 4, receiver 4, counter 8, tag, the packet padded to 16 bytes, and around it the tunnel's own
    /// UDP 8 and IPv4 20. WireGuard white paper, section 5.4.6.
    Wireguard,
}

impl Framing {
    /// The header of a record in the clear.
    pub(super) const fn clear(self) -> u32 {
        match self {
            Self::Tls10Block | Self::Tls12 | Self::Tls13 => 5,
            Self::Dtls12 | Self::Dtls13 { .. } => 13,
            _ => 0,
        }
    }

    /// Bytes added to a message of `bytes`, with a tag of `tag` bytes for each record.
    pub const fn overhead(self, bytes: u32, tag: u32) -> u32 {
        let whole = bytes / RECORD;
        let rest = bytes % RECORD;
        let last = if rest > 0 || whole == 0 { self.one(rest, tag) } else { 0 };
        whole.saturating_mul(self.one(RECORD, tag)).saturating_add(last)
    }

    const fn one(self, bytes: u32, tag: u32) -> u32 {
        match self {
            Self::Tls10Block => 5 + tag + (16 - (bytes + tag) % 16),
            Self::Tls12 => 5 + 8 + tag,
            Self::Tls13 => 5 + 1 + tag,
            Self::Dtls12 => 13 + 8 + tag,
            Self::Dtls13 { connection_id } => 2 + connection_id + 1 + tag,
            Self::OscoreRequest { sender_id } => 3 + sender_id + 2 + tag,
            Self::OscoreResponse => 3 + tag,
            Self::Lorawan => 0,
            Self::Macsec => 16 + tag,
            Self::Wireguard => 4 + 4 + 8 + tag + (16 - bytes % 16) % 16 + 8 + 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2246 section 6.2.3.2 by hand: 100 + 20 + 8 of padding is eight blocks; a full block stays padded.
    #[test]
    fn a_block_cipher_pads_by_one_to_sixteen() {
        assert_eq!(Framing::Tls10Block.overhead(100, 20), 5 + 20 + 8);
        assert_eq!(Framing::Tls10Block.overhead(108, 20), 5 + 20 + 16);
    }

    /// A packet of 1,420 bytes fits an Ethernet frame of 1,500 under IPv6 and 1,440 under IPv4: 60 bytes go to the
    /// tunnel. MACsec takes 32: IEEE 802.1AE-2018, as vendors state it.
    #[test]
    fn tunnels_take_what_their_users_know() {
        assert_eq!(Framing::Wireguard.overhead(1_440, 16), 60);
        assert_eq!(Framing::Wireguard.overhead(1_433, 16), 67);
        assert_eq!(Framing::Macsec.overhead(100, 16), 32);
    }

    #[test]
    fn a_long_message_takes_several_records() {
        assert_eq!(Framing::Tls13.overhead(0, 16), 22);
        assert_eq!(Framing::Tls13.overhead(16_384, 16), 22);
        assert_eq!(Framing::Tls13.overhead(16_385, 16), 44);
    }
}
