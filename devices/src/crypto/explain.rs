//! Where the price of a suite on a machine comes from, for `list` and `explain`.

use super::conversation::{Resumption, Side};
use super::grammar::{Operation, drafts};
use super::{Catalogue, Cost, CryptoError, Machine, Suite};

/// One operation that a suite asks of a machine, with its cost and the row behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'c> {
    /// The scheme with its parameter set.
    pub scheme: String,
    /// What is done with it.
    pub act: &'static str,
    /// How often in a full handshake; zero for what is done for each message.
    pub times: usize,
    /// What it costs, and why we think so.
    pub cost: Cost<'c>,
}

/// Every operation that a suite asks of a machine on one side: those of each message, then those of a full
/// handshake, each once.
///
/// # Errors
/// When the catalogue has no cost for an operation on this core.
pub fn steps<'c>(
    catalogue: &'c Catalogue,
    suite: &Suite,
    machine: &Machine,
    side: Side,
) -> Result<Vec<Step<'c>>, CryptoError> {
    let mut asked: Vec<(Operation, usize)> = Vec::new();
    let cipher = suite
        .cipher
        .iter()
        .flat_map(|cipher| ["encrypt", "decrypt"].map(|act| (Operation::on(cipher, act, 0), 0)));
    asked.extend(cipher);
    for draft in drafts(suite, Resumption::Full)? {
        let mine = if draft.from == side { draft.sender } else { draft.receiver };
        let hash = Operation::on("SHA-256", "hash", 0);
        for operation in mine.into_iter().chain([hash]) {
            match asked.iter_mut().find(|(known, _)| *known == operation) {
                Some((_, times)) => *times += 1,
                None => asked.push((operation, 1)),
            }
        }
    }
    let priced = asked.into_iter().map(|(Operation { scheme, act, .. }, times)| {
        let cost = machine.cost(catalogue, &scheme, act)?;
        Ok(Step { scheme, act, times, cost })
    });
    priced.collect()
}
