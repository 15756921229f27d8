//! Shared media: which gateways speak which radio, or have which line, and how far away their devices stand.

use super::at::{At, Name};
use super::laws::TimeLaw;
use super::list::OneOrMore;
use super::place::CountAt;
use super::source::Source;
use super::units::{BitRate, Bytes, Length, Share, Time};
use schemars::JsonSchema;
use serde::Deserialize;

/// A radio channel, a line or a switch that a gateway shares with all devices that name it as theirs: frames collide,
/// gateways go deaf while they send, devices wait until they are asked, and acknowledgements take airtime.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// Which radio; `list radios` shows all.
    pub radio: Name,
    /// The fleet of gateways; each has a channel of its own.
    pub gateway: Name,
    /// How far around each gateway its devices stand, each place in the disc alike; omitted: all at the gateway's foot.
    pub radius: Option<At<Length>>,
    /// How many channels senders draw from, or lanes a network grants; omitted: as the radio's band has them.
    pub channels: Option<CountAt>,
    /// The share of time that a sender may be on air; omitted: as the radio's band allows.
    pub duty_cycle: Option<Share>,
    /// How many frames a gateway receives at once; omitted: as the radio can.
    pub paths: Option<CountAt>,
    /// Whether devices out of the gateway's reach send through others, by a tree that mends itself.
    #[serde(default)]
    pub mesh: bool,
    /// How long it takes the devices of a mesh to notice that one of them is gone or has come back, and to choose anew;
    /// omitted: `mesh.notice`.
    pub notices: Option<TimeLaw>,
    /// Whether devices whose class names a spreading factor send at the fastest that reaches instead; those whose class
    /// names none always do.
    #[serde(default)]
    pub adaptive: bool,
    /// Whether the gateway acknowledges frames, and devices send again what it does not; on Wi-Fi it always does.
    #[serde(default)]
    pub acknowledged: bool,
    /// Whether the stronger of two frames that meet may survive; if not, any overlap kills both.
    #[serde(default = "yes")]
    pub capture: bool,
    /// What each frame carries besides the payload; omitted: as the radio's link layer does.
    pub overhead: Option<At<Bytes>>,
    /// The rate of every device, on a serial line or a wire; omitted: as the radio has it, or as far as it reaches.
    pub bit_rate: Option<BitRate>,
    /// The share of bits that noise turns over, where the radio knows no strength of noise; omitted: as the radio has it.
    pub bit_errors: Option<Share>,
    /// Time between two rounds of a master, two meetings of Bluetooth, or two instants at which a network may be called;
    /// omitted: as the radio has it.
    pub interval: Option<At<Time>>,
    /// How many messages each device holds that wait to be sent, the one being sent among them; omitted: 16.
    pub buffer: Option<CountAt>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

fn yes() -> bool {
    true
}
