//! Whether a machine can run a suite at all.

use super::conversation::{Resumption, Side};
use super::grammar::{Operation, drafts};
use super::{Catalogue, CryptoError, Machine, Sizes, Suite};

/// The share of a device's memory that its application and network stack keep. Assumption: half.
const APPLICATION_SHARE: f64 = 0.5;

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

/// Whether a machine can run a suite as the client of a full handshake: by what it can speak, and by memory.
///
/// # Differs from the real thing
/// Memory is the session's, the largest handshake message, and the largest of the operations with its keys;
/// the stacks of classical schemes are mostly unknown and count as part of the session. Flash, and the
/// watchdog that a slow operation may trip, are not looked at.
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
    Ok(())
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
    let Operation { scheme, act } = operation;
    let cost = catalogue.cost(scheme, act, machine.core, machine.library)?;
    let stack = cost.stack.or_else(|| catalogue.least_stack(scheme, act)).unwrap_or_default();
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
