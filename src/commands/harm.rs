//! `plimsoll explain harm`

use crate::cli::Harm;
use crate::driver;
use crate::failure::{self, Failure};
use crate::screen;
use experiments::compare::Progress;
use experiments::explain::{self, Explanation};
use experiments::harm::{Event, Part};
use experiments::kept::Kept;
use reports::comparison::VERSION;
use reports::format::number;
use scenarios::care::journal::{Act, Entry, Named, Outcome, Travelled};
use serde_json::json;
use sim::time::SimTime;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

/// Explain a harm event, or list those that there are.
pub async fn harm(asked: Harm, json: bool) -> Result<ExitCode, Failure> {
    let kept = Kept::open(&asked.folder)?;
    let Some(id) = asked.id else { return list(&kept, json) };
    let (run, event) = kept.find(&id)?;
    let (name, run, event) = (kept.name(run, event), run.clone(), event.clone());
    let made = driver::drive(move |meter, cancel| {
        meter.note(Progress::Planned(1));
        let mut told = 0;
        explain::explain(&kept, &run, &event, &mut |core| {
            let share = core.now.0.saturating_mul(1000) / core.horizon.0.max(1);
            meter.note(Progress::Simulated(share.saturating_sub(told)));
            told = share.max(told);
            if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })
    .await??;
    let Some(made) = made else {
        screen::tell("interrupted\n");
        return Ok(ExitCode::from(failure::RUN));
    };
    if json {
        screen::print_json(&made)?
    } else {
        screen::print(&text(&name, &made))?
    }
    Ok(ExitCode::SUCCESS)
}

fn list(kept: &Kept, json: bool) -> Result<ExitCode, Failure> {
    let events = kept.worst_first();
    if json {
        let one = |(run, event): &(&_, &Event)| json!({ "name": kept.name(run, event), "event": event });
        let events: Vec<_> = events.iter().map(one).collect();
        screen::print_json(&json!({ "version": VERSION, "scenario": kept.scenario, "events": events }))?;
    } else if events.is_empty() {
        screen::print("nobody was harmed\n")?;
    } else {
        let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
        rows.extend(events.iter().map(|(run, event)| row(kept.name(run, event), event, kept.start_s)));
        screen::print(&screen::table(&rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The columns of a table of events.
pub const HEAD: [&str; 5] = ["event", "harm", "from", "s", "charged to"];

/// An event as a row of it.
pub fn row(name: String, event: &Event, start_s: f64) -> Vec<String> {
    let charges: Vec<String> =
        event.charges.iter().map(|part| charged(part, event.charges.len() > 1)).collect();
    let from = screen::day(start_s + event.from.seconds());
    vec![name, event.harm.id().to_owned(), from, seconds(event.amount), charges.join(", ")]
}

fn seconds(nanos: i64) -> String {
    number(nanos as f64 / 1e9, usize::from(nanos % 1_000_000_000 != 0))
}

fn charged(part: &Part, with_amount: bool) -> String {
    let amount = if with_amount { format!(" {} s", seconds(part.amount)) } else { String::new() };
    let by = part.by.as_ref().map_or("nobody".to_owned(), |by| format!("{} {}", by.kind.word(), by.name));
    let because =
        part.because.as_ref().map_or(String::new(), |because| format!(" because of {}", because.name));
    format!("{by}{because}{amount}")
}

fn text(name: &str, all: &Explanation) -> String {
    let event = &all.event;
    let at = |at: SimTime| moment(all.start_s, at);
    let what = match event.harm {
        reports::facts::Loss::Hypoxaemia => "below SpO2 85 %",
        _ => "in pain",
    };
    let mut out = format!(
        "{name} · {what} for {} s · {} to {}\n{} · strategy {} · seed {} · replication {} · digest {}\n",
        seconds(event.amount),
        at(event.from),
        at(event.to),
        all.scenario,
        all.strategy,
        all.seed,
        all.replication,
        all.digest
    );
    let charges = event.charges.iter().map(|part| vec![seconds(part.amount), charged(part, false)]);
    out.push_str(&format!("\ncharged to [s]\n{}", screen::table(&charges.collect::<Vec<_>>())));
    let Some(since) = all.apart_since else {
        out.push_str("\nPatient and shadow had the same input: nothing but the drug as ordered led to it.\n");
        return out;
    };
    let mut rows = vec![["at", "what", "by", "pump µg/min", "shadow"].map(str::to_owned).to_vec()];
    rows.extend(folded(&all.steps).iter().map(|(step, again)| line(step, again.as_ref(), &at)));
    out.push_str(&format!(
        "\nwhat led to it; patient and shadow, who has what was ordered by its bare path, were apart since {}\n{}",
        at(since),
        screen::table(&rows)
    ));
    out
}

/// A time of day to the millisecond.
fn moment(start_s: f64, at: SimTime) -> String {
    let start_ms = (start_s * 1000.0).round() as u64;
    let ms = start_ms + at.0 / 1_000_000;
    let (days, ms) = (ms / 86_400_000, ms % 86_400_000);
    let clock = format!("{:02}:{:02}:{:02}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let days = if days == 0 { String::new() } else { format!(" +{days} d") };
    format!("{clock}.{:03}{days}", ms % 1000)
}

/// How often the same came to nothing, and when last.
type Again = (usize, SimTime);

/// The steps; what an adversary tries again and again in vain is one line.
fn folded(steps: &[Entry]) -> Vec<(&Entry, Option<Again>)> {
    let mut lines: Vec<(&Entry, Option<Again>)> = Vec::new();
    for step in steps {
        let vain = matches!(&step.act, Act::Attempted { outcome: Outcome::Failed | Outcome::Blocked, .. });
        let same = |line: &&mut (&Entry, Option<Again>)| {
            line.0.act == step.act && line.0.device == step.device && line.0.by == step.by
        };
        match lines.iter_mut().filter(|_| vain).find(same) {
            Some((_, again)) => *again = Some((again.map_or(1, |again| again.0) + 1, step.at)),
            None => lines.push((step, None)),
        }
    }
    lines
}

fn line(step: &Entry, again: Option<&Again>, at: &impl Fn(SimTime) -> String) -> Vec<String> {
    let device = step.device.as_deref().unwrap_or("the pump");
    let (mut what, shadow) = told(&step.act, device, at);
    if let Some((times, last)) = again {
        what.push_str(&format!(", {times} times until {}", at(*last)));
    }
    let cause = |named: &Named| format!("{} {}", named.kind.word(), named.name);
    let by = match (&step.by, &step.because) {
        (Some(by), Some(because)) => format!("{} because of {}", cause(by), because.name),
        (Some(by), None) => cause(by),
        (None, _) => String::new(),
    };
    let rate = |rate: Option<f64>| rate.map_or_else(String::new, |rate| number(rate, 2));
    let shadow = shadow.unwrap_or_else(|| rate(step.shadow_rate));
    vec![at(step.at), what, by, rate(step.rate), shadow]
}

/// What a step was, and what the shadow got where that is not a rate.
fn told(act: &Act, device: &str, at: &impl Fn(SimTime) -> String) -> (String, Option<String>) {
    let bare = |message: &Travelled| message.bare_at.map(|bare| format!("at {}", at(bare)));
    let what = match act {
        Act::OrderArrived(message) => {
            return (format!("order {} arrives{}", message.flow, travelled(message, at)), bare(message));
        }
        Act::OrderLost { message, by_hand_at } => {
            let by_hand = at(*by_hand_at);
            let told = format!("order {} is lost{}; by hand {by_hand}", message.flow, travelled(message, at));
            return (told, bare(message));
        }
        Act::AlarmRaised => format!("{device} sees breathing depressed and calls"),
        Act::AlarmArrived { message, group, answered_at } => {
            let answered = at(*answered_at);
            let told = format!(
                "call {} reaches {group}{}; at the bed {answered}",
                message.flow,
                travelled(message, at)
            );
            return (told, bare(message));
        }
        Act::AlarmLost { message, answered_at } => {
            let answered = at(*answered_at);
            let told = format!(
                "call {} is lost{}; seen on the round {answered}",
                message.flow,
                travelled(message, at)
            );
            return (told, bare(message));
        }
        Act::SeenOnRound => "somebody looks in and sees breathing depressed".to_owned(),
        Act::DeviceDown => format!("{device} goes down"),
        Act::DeviceUp => format!("{device} is up again"),
        Act::LinkDown => format!("{device} is cut off from the network"),
        Act::LinkUp => format!("{device} is back on the network"),
        Act::DeviceTaken => format!("the therapy goes on with {device}"),
        Act::DeviceLeft => format!("the therapy leaves {device}"),
        Act::NoDeviceFree => "no device is free for the therapy".to_owned(),
        Act::PumpStopped => "the pump stops giving".to_owned(),
        Act::NurseCalled { done_at } => format!("somebody is called, and will be done {}", at(*done_at)),
        Act::Programmed { factor } if *factor == 1.0 => "hands program the pump as ordered".to_owned(),
        Act::Programmed { factor } => {
            format!("hands program the pump wrongly: {} times what was ordered", number(*factor, 0))
        }
        Act::Tampered { factor } => {
            format!("an adversary commands the pump: {} times what was ordered", number(*factor, 0))
        }
        Act::DrugHeld => "the drug is held".to_owned(),
        Act::DrugResumed => "the drug is given again as ordered".to_owned(),
        Act::Pressed { dose, shadow_dose } => {
            let got = if *dose > 0.0 {
                format!("gets {} µg", number(*dose, 0))
            } else {
                "gets nothing".to_owned()
            };
            let shadow = format!("gets {} µg", number(*shadow_dose, 0));
            return (format!("the button is pressed: the patient {got}"), Some(shadow));
        }
        Act::Attempted { technique, attack_id, outcome } => {
            let outcome = match outcome {
                Outcome::Worked => "works",
                Outcome::Failed => "fails",
                Outcome::Blocked => "never arrives",
            };
            format!("{technique} ({attack_id}) at {device} {outcome}")
        }
        Act::Recorded { kind, about, amount, unit } => format!("{device}: {kind} {amount} {unit} ({about})"),
    };
    (what, None)
}

/// How a message fared: when it was sent, over what, and who delayed it.
fn travelled(message: &Travelled, at: &impl Fn(SimTime) -> String) -> String {
    let mut parts = Vec::new();
    match message.sent_at {
        Some(sent) => parts.push(format!("sent {}", at(sent))),
        None => parts.push("its sender was down".to_owned()),
    }
    if message.late {
        parts.push("after its deadline".to_owned());
    }
    if message.sent_again > 0 {
        parts.push(format!("sent again {} times", message.sent_again));
    }
    for added in &message.added {
        let by = format!("{} {}", added.by.kind.word(), added.by.name);
        parts.push(format!("+{} ms by {by}", number(added.nanos as f64 / 1e6, 1)));
    }
    if !message.way.is_empty() {
        parts.push(format!("by way of {}", message.way.join(" › ")));
    }
    format!(" ({})", parts.join(", "))
}
