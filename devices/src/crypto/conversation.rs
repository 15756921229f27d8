//! A handshake as a conversation: flights with their bytes, and what each end computes before it can send
//! the next.

use super::grammar::{Draft, Message, Operation, drafts};
use super::protocol::Terms;
use super::signing::Signing;
use super::{Catalogue, CryptoError, Machine, Protection, Sizes, Suite};
use sim::time::Span;

/// An end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one that speaks first.
    Client,
    /// The one that answers.
    Server,
}

/// Whether the ends have met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resumption {
    /// They show who they are.
    Full,
    /// They continue a session that both remember: no certificates, in TLS 1.3 with a fresh key exchange.
    Resumed,
}

/// One flight: everything that one end sends before it waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Who sends it.
    pub from: Side,
    /// Its length with records, without transport and network headers [B].
    pub bytes: u32,
    /// What the sender computes to make it, a signature at its mean time.
    pub sender_cpu: Span,
    /// What the receiver computes when it has arrived.
    pub receiver_cpu: Span,
    /// The time of the signature in it, where there is one.
    pub signing: Option<Signing>,
    /// What it is made of.
    pub messages: Vec<Message>,
}

impl Flight {
    /// What the sender computes to make it, when its signature is the share `u` in [0, 1) of all signatures.
    pub fn sender_cpu_at(&self, u: f64) -> Span {
        match &self.signing {
            None => self.sender_cpu,
            Some(signing) => Span(self.sender_cpu.0.saturating_sub(signing.mean().0)) + signing.sign_time(u),
        }
    }
}

/// A handshake between two machines.
///
/// # Differs from the real thing
/// TCP's own opening, acknowledgements and retransmissions, DTLS cookies and fragments belong to the network.
/// Certificates are minimal; real ones carry more names and policies. A side that has closed its session
/// sends no farewell. Tickets are not sent. The protocol's own work is a fit on one board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// The flights, in order; each is launched by the arrival of the one before.
    pub flights: Vec<Flight>,
}

impl Conversation {
    /// Bytes both ways [B].
    pub fn bytes(&self) -> u32 {
        self.flights.iter().map(|flight| flight.bytes).sum()
    }

    /// What one side computes in all, signatures at their mean time.
    pub fn cpu(&self, side: Side) -> Span {
        let each =
            |flight: &Flight| if flight.from == side { flight.sender_cpu } else { flight.receiver_cpu };
        self.flights.iter().map(each).fold(Span::ZERO, |sum, cpu| sum + cpu)
    }
}

/// The handshake of a suite between two machines.
///
/// # Errors
/// When the catalogue has no cost for an operation on one of the cores.
pub fn handshake(
    catalogue: &Catalogue,
    suite: &Suite,
    client: &Machine,
    server: &Machine,
    resumption: Resumption,
) -> Result<Conversation, CryptoError> {
    let (Some(framing), Some(cipher)) = (suite.framing(), &suite.cipher) else {
        return Ok(Conversation::default());
    };
    let tag = Sizes::shipped()?.tag(cipher)?;
    let (client, server) = (End::new(catalogue, suite, client)?, End::new(catalogue, suite, server)?);
    let flights = drafts(suite, resumption)?.into_iter().map(|draft| {
        let bytes = draft.bytes(framing, tag);
        let (sender, receiver) = match draft.from {
            Side::Client => (&client, &server),
            Side::Server => (&server, &client),
        };
        let (sender_cpu, signing) = sender.sends(&draft, bytes)?;
        let receiver_cpu = receiver.receives(&draft, bytes)?;
        let messages = draft.plain.into_iter().chain(draft.sealed).collect();
        Ok(Flight { from: draft.from, bytes, sender_cpu, receiver_cpu, signing, messages })
    });
    Ok(Conversation { flights: flights.collect::<Result<_, _>>()? })
}

/// A machine with what it needs to price its part.
struct End<'a> {
    catalogue: &'a Catalogue,
    machine: &'a Machine,
    protection: Protection,
    terms: Terms,
}

impl<'a> End<'a> {
    fn new(catalogue: &'a Catalogue, suite: &Suite, machine: &'a Machine) -> Result<Self, CryptoError> {
        let protection = Protection::of(catalogue, suite, machine)?;
        let terms = Terms::on(catalogue, machine.core)?;
        Ok(Self { catalogue, machine, protection, terms })
    }

    fn cycles(&self, operations: &[Operation]) -> Result<f64, CryptoError> {
        let each =
            |op: &Operation| Ok(self.machine.cost(self.catalogue, &op.scheme, op.act)?.cycles(op.bytes));
        operations.iter().map(each).sum()
    }

    /// Hashing a flight into the transcript.
    fn transcript(&self, bytes: u32) -> Result<Span, CryptoError> {
        let cost = self.machine.cost(self.catalogue, "SHA-256", "hash")?;
        Ok(self.machine.time(cost.cycles(bytes)))
    }

    fn sends(&self, draft: &Draft, bytes: u32) -> Result<(Span, Option<Signing>), CryptoError> {
        let mut cpu = self.machine.time(self.cycles(&draft.sender)?) + self.transcript(bytes)?;
        if !draft.sealed.is_empty() {
            cpu += self.protection.send(draft.sealed_bytes()).cpu;
        }
        let signature = draft.sender.iter().find(|op| op.act == "sign");
        let signing = signature.map(|op| {
            let cost = self.machine.cost(self.catalogue, &op.scheme, op.act)?;
            let least = cost.least_share.or_else(|| self.catalogue.least_share(&op.scheme));
            Ok(Signing::new(&op.scheme, cost.cycles(0) / self.machine.hz, least))
        });
        Ok((cpu, signing.transpose()?))
    }

    fn receives(&self, draft: &Draft, bytes: u32) -> Result<Span, CryptoError> {
        let mut cycles = self.cycles(&draft.receiver)?;
        if draft.makes_keys {
            cycles += self.terms.key_agreement;
        }
        if draft.shows_chain {
            cycles += self.terms.authentication + self.terms.authentication_byte * f64::from(bytes);
            return Ok(self.machine.time(cycles));
        }
        let mut cpu = self.machine.time(cycles) + self.transcript(bytes)?;
        if !draft.sealed.is_empty() {
            cpu += self.protection.receive(draft.sealed_bytes()).cpu;
        }
        Ok(cpu)
    }
}
