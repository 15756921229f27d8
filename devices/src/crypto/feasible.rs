//! Whether a machine can run a suite at all.

use super::conversation::{Resumption, Side};
use super::grammar::{Operation, drafts};
use super::{Catalogue, CryptoError, Machine, Sizes, Suite};
use sim::time::Span;

/// The share of a device's memory, of either kind, that its application and network stack keep. Assumption: half.
const APPLICATION_SHARE: f64 = 0.5;
/// A handshake that takes its carrier longer than this does not fit: keys would be older than a day before their first
/// use. Assumption.
const LONGEST_HANDSHAKE: Span = Span::DAY;

/// A machine cannot run a suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{suite}` does not fit: {what}, needs {needs}, has {has}")]
pub struct DoesNotFit {
    /// The suite.
    pub suite: String,
    /// What is lacking.
    pub what: &'static str,
    /// How much or what it needs.
    pub needs: String,
    /// How much or what there is.
    pub has: String,
}

/// Whether a machine can run a suite as the client of a full handshake: by what it can speak, by memory of either kind,
/// and by what its carrier takes.
///
/// # Differs from the real thing
/// Memory is the session's, the largest handshake message, and the largest of the operations with its keys;
/// the stacks of classical schemes are mostly unknown and count as part of the session. Program memory is the
/// protocol's and that of each scheme once, by the leanest build where the row used gives none, and by nothing where
/// none does. The watchdog that a slow operation may trip is not looked at.
///
/// # Errors
/// What does not fit; also what the catalogue cannot price, since a suite of unknown cost cannot be run.
pub fn fits(catalogue: &Catalogue, suite: &Suite, machine: &Machine) -> Result<(), DoesNotFit> {
    let unfit = |what, needs: String, has: String| DoesNotFit { suite: suite.name.clone(), what, needs, has };
    if let Some(lacking) = suite.needs.iter().find(|language| !machine.speaks.contains(language)) {
        let has = machine.speaks.iter().map(|language| name(*language)).collect::<Vec<_>>().join(", ");
        return Err(unfit("what the device can speak", name(*lacking), has));
    }
    let needs = memory(catalogue, suite, machine)
        .map_err(|error| unfit("a known cost", error.to_string(), machine.core.to_owned()))?;
    let has = machine.ram as f64 * (1.0 - APPLICATION_SHARE);
    if needs > has {
        let what = "memory beside application and network stack";
        return Err(unfit(what, format!("{needs:.0} B"), format!("{has:.0} B")));
    }
    let needs = code(catalogue, suite, machine)
        .map_err(|error| unfit("a known cost", error.to_string(), machine.core.to_owned()))?;
    let has = machine.flash as f64 * (1.0 - APPLICATION_SHARE);
    if needs > has {
        let what = "program memory beside application and network stack";
        return Err(unfit(what, format!("{needs:.0} B"), format!("{has:.0} B")));
    }
    carried(suite, machine)
}

/// Whether the device's carrier takes the flights of a full handshake.
fn carried(suite: &Suite, machine: &Machine) -> Result<(), DoesNotFit> {
    let unfit = |what, needs: String, has: String| DoesNotFit { suite: suite.name.clone(), what, needs, has };
    let (Some(carrier), Ok(flights)) = (&machine.carrier, flights(suite)) else { return Ok(()) };
    if carrier.is_one_way() && !flights.is_empty() {
        return Err(unfit("a way back for the handshake", "both ways".to_owned(), "one".to_owned()));
    }
    // What comes down is sent by a gateway with a duty cycle of its own.
    let mine = flights.iter().filter(|flight| flight.0 == Side::Client);
    let needs = mine.fold(Span::ZERO, |sum, flight| sum + carrier.occupied(flight.1));
    if needs > LONGEST_HANDSHAKE {
        let hours = |span: Span| format!("{:.1} h", span.seconds() / 3_600.0);
        let what = "time on its carrier for a handshake";
        return Err(unfit(what, hours(needs), hours(LONGEST_HANDSHAKE)));
    }
    Ok(())
}

/// Who sends each flight of a full handshake, and how long it is [B].
fn flights(suite: &Suite) -> Result<Vec<(Side, u32)>, CryptoError> {
    let (Some(framing), Some(cipher)) = (suite.framing(), &suite.cipher) else { return Ok(Vec::new()) };
    let tag = Sizes::shipped()?.tag(cipher)?;
    Ok(drafts(suite, Resumption::Full)?.iter().map(|draft| (draft.from, draft.bytes(framing, tag))).collect())
}

/// Program memory: the protocol, and each scheme once [B].
fn code(catalogue: &Catalogue, suite: &Suite, machine: &Machine) -> Result<f64, CryptoError> {
    let mut schemes: Vec<(String, &'static str)> = Vec::new();
    schemes.extend(suite.cipher.iter().map(|cipher| (cipher.clone(), "encrypt")));
    for draft in drafts(suite, Resumption::Full)? {
        let mine = if draft.from == Side::Client { draft.sender } else { draft.receiver };
        for operation in mine {
            if !schemes.iter().any(|known| known.0 == operation.scheme) {
                schemes.push((operation.scheme, operation.act));
            }
        }
    }
    let each = |(scheme, act): &(String, &'static str)| {
        let cost = catalogue.cost(scheme, act, machine.core, machine.library)?;
        Ok(cost.row.code_bytes.or_else(|| catalogue.least_code(scheme)).unwrap_or_default())
    };
    let all: Result<f64, CryptoError> = schemes.iter().map(each).sum();
    Ok(suite.code as f64 + all?)
}

/// Memory for a full handshake as the client [B].
fn memory(catalogue: &Catalogue, suite: &Suite, machine: &Machine) -> Result<f64, CryptoError> {
    let mut message: u32 = 0;
    let mut work: f64 = 0.0;
    for draft in drafts(suite, Resumption::Full)? {
        message = draft.plain.iter().chain(&draft.sealed).map(|m| m.bytes).fold(message, u32::max);
        let mine = if draft.from == Side::Client { &draft.sender } else { &draft.receiver };
        for operation in mine {
            work = work.max(working_set(catalogue, operation, machine)?);
        }
    }
    Ok(suite.session_ram as f64 + f64::from(message) + work)
}

/// Stack of an operation with the keys and messages it works on [B].
fn working_set(catalogue: &Catalogue, operation: &Operation, machine: &Machine) -> Result<f64, CryptoError> {
    let Operation { scheme, act, .. } = operation;
    let cost = catalogue.cost(scheme, act, machine.core, machine.library)?;
    let stack = cost.stack.or_else(|| catalogue.least_stack(scheme, act)).unwrap_or_default();
    if matches!(*act, "encrypt" | "decrypt" | "hash") {
        return Ok(stack);
    }
    let sizes = Sizes::shipped()?;
    let secret = sizes.secret_key(scheme).unwrap_or_default();
    let held = match *act {
        "sign" => secret,
        "verify" => sizes.public_key(scheme)?,
        _ => secret + sizes.public_key(scheme)?,
    };
    Ok(stack + f64::from(held + sizes.reply(scheme)?))
}

fn name(language: crate::class::Speaks) -> String {
    format!("{language:?}").to_lowercase()
}
