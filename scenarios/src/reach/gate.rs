//! One conduit as a gate: what its list accepts, and who must come by its jump host.

use crate::language::allow::{Depth, Direction, Entry};
use crate::language::list::OneOrMore;
use crate::language::place::Conduit;
use crate::language::selector::Selector;
use ::devices::protocol::{self, ProtocolId};
use std::collections::BTreeSet;

/// By what a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// By this protocol; by one that no list names, where there is none.
    Protocol(Option<ProtocolId>),
    /// By any over which a secret can be typed.
    Login,
    /// By any at all.
    Any,
}

/// Who began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Who sends.
    Calls,
    /// Who receives.
    Replies,
    /// One or the other: the flights of a handshake.
    Either,
}

/// Somebody sends to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which fleet sends.
    pub from: u16,
    /// Which receives.
    pub to: u16,
    /// By what.
    pub by: Speaks,
    /// Who began.
    pub manner: Manner,
}

/// Why a conduit refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No entry of its list accepts it.
    Unlisted,
    /// It is remote access, and does not come by the jump host.
    PastJumpHost,
}

/// One entry of a list, by the numbers of fleets and protocols.
#[derive(Clone, Debug)]
struct Rule {
    from: BTreeSet<u16>,
    to: BTreeSet<u16>,
    /// None: any.
    protocols: Option<BTreeSet<ProtocolId>>,
    /// The end at which the conduit is entered; none: either.
    end: Option<u8>,
}

/// A conduit as a gate.
#[derive(Clone, Debug)]
pub struct Gate {
    ends: [u16; 2],
    one_way: bool,
    rules: Option<Vec<Rule>>,
    stateful: bool,
    jump: Option<u16>,
}

impl Gate {
    pub(super) fn of(
        conduit: &Conduit,
        ends: [u16; 2],
        fleets: impl Fn(&OneOrMore<Selector>) -> BTreeSet<u16>,
        fleet: impl Fn(&str) -> Option<u16>,
    ) -> Self {
        let rule = |entry: &Entry| Rule {
            from: fleets(&entry.from),
            to: fleets(&entry.to),
            protocols: (!entry.protocol.is_empty())
                .then(|| entry.protocol.iter().filter_map(|name| protocol::find(name)).collect()),
            end: match entry.direction {
                Direction::Both => None,
                Direction::There => Some(0),
                Direction::Back => Some(1),
            },
        };
        let inspection = conduit.firewall.as_ref().map_or(Depth::Stateful, |own| own.inspection);
        Self {
            ends,
            one_way: conduit.one_way,
            rules: conduit.allow.as_ref().map(|list| list.iter().map(|entry| rule(entry)).collect()),
            stateful: inspection != Depth::Headers,
            jump: conduit.jump_host.as_ref().and_then(|name| fleet(name)),
        }
    }

    /// Whether it lets some calls pass and others not.
    pub const fn is_selective(&self) -> bool {
        self.rules.is_some() || self.jump.is_some()
    }

    /// Who must be logged in by.
    pub const fn jump(&self) -> Option<u16> {
        self.jump
    }

    /// From a zone at one of its ends: that end, and the zone at the other.
    pub(super) fn leads_from(&self, zone: u16) -> Option<(u8, u16)> {
        let end = self.ends.iter().position(|&end| end == zone)?;
        (!self.one_way || end == 0).then(|| (end as u8, self.ends[1 - end]))
    }

    /// Whether a call may enter at this end.
    ///
    /// # Errors
    /// Why it may not.
    pub fn judge(&self, call: &Call, end: u8) -> Result<(), Refusal> {
        let back = Call { from: call.to, to: call.from, ..*call };
        match call.manner {
            Manner::Replies | Manner::Either if self.stateful => {
                self.accepts(&back, 1 - end).or_else(|why| self.accepts(call, end).map_err(|_| why))
            }
            Manner::Calls | Manner::Replies | Manner::Either => self.accepts(call, end),
        }
    }

    /// Whether a call is accepted that begins at this end.
    fn accepts(&self, call: &Call, end: u8) -> Result<(), Refusal> {
        let comes_by_jump = self.jump.is_none_or(|jump| [call.from, call.to].contains(&jump));
        let past = |accepted: bool| if accepted { Ok(()) } else { Err(Refusal::PastJumpHost) };
        let Some(rules) = &self.rules else {
            // Without a list all protocols are open: a secret is typed where there is a shell.
            let remote = match call.by {
                Speaks::Protocol(own) => own.and_then(ProtocolId::get).is_some_and(|own| own.interactive),
                Speaks::Login => true,
                Speaks::Any => false,
            };
            return past(comes_by_jump || !remote);
        };
        let applies = |rule: &&Rule| {
            rule.end.is_none_or(|own| own == end)
                && rule.from.contains(&call.from)
                && rule.to.contains(&call.to)
        };
        let mut refusal = Refusal::Unlisted;
        for rule in rules.iter().filter(applies).filter(|rule| rule.carries(call.by, true)) {
            if rule.carries(call.by, comes_by_jump) {
                return Ok(());
            }
            refusal = Refusal::PastJumpHost;
        }
        Err(refusal)
    }
}

impl Rule {
    /// Whether it accepts what is said so; remote access only if it comes by the jump host.
    fn carries(&self, by: Speaks, comes_by_jump: bool) -> bool {
        let remote = |own: &ProtocolId| own.get().is_some_and(|own| own.interactive);
        let logs_in = |own: &ProtocolId| own.get().is_some_and(|own| own.logs_in);
        let passes = |own: &ProtocolId| comes_by_jump || !remote(own);
        match (&self.protocols, by) {
            (None, Speaks::Protocol(own)) => own.as_ref().is_none_or(passes),
            (None, Speaks::Login) => comes_by_jump,
            (None, Speaks::Any) => true,
            (Some(known), Speaks::Protocol(own)) => {
                own.is_some_and(|own| known.contains(&own) && passes(&own))
            }
            (Some(known), Speaks::Login) => known.iter().any(|own| logs_in(own) && passes(own)),
            (Some(known), Speaks::Any) => known.iter().any(passes),
        }
    }
}
