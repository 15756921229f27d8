//! Shared radio channels: which gateways speak which radio, and how far away their devices stand.

use super::at::{At, Name};
use super::laws::TimeLaw;
use super::list::OneOrMore;
use super::place::CountAt;
use super::source::Source;
use super::units::{Bytes, Length, Share};
use schemars::JsonSchema;
use serde::Deserialize;

/// A radio channel that a gateway shares with all devices that name it as theirs: frames collide, gateways go deaf
/// while they send, and acknowledgements take airtime.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// Which radio; `list radios` shows all.
    pub radio: Name,
    /// The fleet of gateways; each has a channel of its own.
    pub gateway: Name,
    /// How far around each gateway its devices stand, each place in the disc alike; omitted: all at the gateway's foot.
    pub radius: Option<At<Length>>,
    /// How many channels senders draw from; omitted: as the radio's band has them.
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
    /// Whether the gateway acknowledges frames, and devices send again what it does not.
    #[serde(default)]
    pub acknowledged: bool,
    /// Whether the stronger of two frames that meet may survive; if not, any overlap kills both.
    #[serde(default = "yes")]
    pub capture: bool,
    /// What each frame carries besides the payload; omitted: as the radio's link layer does.
    pub overhead: Option<At<Bytes>>,
    /// How many messages each device holds that wait to be sent, the one being sent among them; omitted: 16.
    pub buffer: Option<CountAt>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

fn yes() -> bool {
    true
}
