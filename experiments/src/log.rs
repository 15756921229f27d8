//! The full log of a run, where it is asked for: a line of JSON for each fact.

use serde::Serialize;
use sim::core::Core;
use sim::fact::{Cause, CauseId, Fact};
use std::io::{self, Write};

#[derive(Serialize)]
struct Line<'a> {
    at_ns: u64,
    kind: &'a str,
    who: String,
    topic: &'a str,
    by: Option<&'a Cause>,
    because: Option<&'a Cause>,
    amount: i64,
    unit: &'a str,
}

/// Write these facts.
///
/// # Errors
/// When the writer refuses.
pub fn write(facts: &[Fact], core: &Core, out: &mut impl Write) -> io::Result<()> {
    let cause = |id: CauseId| core.names.cause_of(id);
    for fact in facts {
        let line = Line {
            at_ns: fact.at.0,
            kind: core.kinds.name(fact.kind).unwrap_or_default(),
            who: core.names.who(fact.who),
            topic: core.names.topic_name(fact.topic),
            by: cause(fact.charge.by),
            because: cause(fact.charge.because),
            amount: fact.amount,
            unit: core.kinds.unit(fact.kind).unwrap_or_default(),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
