//! What happens, happens within the run.

use super::super::event::Timing;
use super::super::findings::Finding;
use super::Board;
use sim::time::{SimTime, Span};

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let end = SimTime::ZERO + scenario.horizon.0;
    if end == SimTime::ZERO {
        return;
    }
    for (name, happening) in &scenario.happenings {
        match &happening.timing {
            Timing::At(at) if at.resolve(scenario.starts_at) >= end => {
                let message = format!("happening `{name}` comes after the run's end");
                let finding = Finding::warning("S026", happening.at(&at.span), message);
                let first = at.resolve(scenario.starts_at);
                board.found.push(finding.label(format!("that is {first} after the start")));
            }
            Timing::Rate(rate) if rate.0 <= 0.0 => {
                let finding = Finding::warning(
                    "S026",
                    happening.at(&rate.span),
                    format!("happening `{name}` never comes"),
                );
                board.found.push(finding.help("leave it out"));
            }
            _ => {}
        }
    }
    for (name, campaign) in &scenario.campaigns {
        let (after, within) = (campaign.starts.after.0, campaign.starts.within);
        let place = campaign.at(&campaign.starts.span);
        if within.is_some_and(|within| within.0 < after) {
            let message = format!("campaign `{name}` starts within less time than it waits");
            let finding = Finding::error("S026", place, message);
            board.found.push(finding.label("both are counted from the run's start: `after` is the earlier"));
        } else if SimTime::ZERO + after.max(Span::ZERO) >= end {
            let message = format!("campaign `{name}` starts after the run's end");
            board.found.push(Finding::warning("S026", place, message));
        }
    }
}
