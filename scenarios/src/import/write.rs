//! A draft as the text of a scenario's folder.

use super::ImportError;
use super::assume::Assumptions;
use super::draft::{Draft, Fleet, Flow, Kind, own_name};
use super::json::short;
use std::fmt::Write;

/// Strategies and comparison, the same in every imported scenario.
const STRATEGIES: &str = include_str!("strategies.toml");

/// The longest a comment's line gets [characters].
const WIDTH: usize = 110;

/// The files of a scenario's folder: name and text.
///
/// # Errors
/// When the program's own table of assumptions is broken.
pub fn scenario(draft: &Draft) -> Result<Vec<(&'static str, String)>, ImportError> {
    let mut draft = draft.clone();
    let all = Assumptions::embedded()?;
    let mut body = String::new();
    zones(&mut body, &mut draft, &all)?;
    services(&mut body, &draft);
    fleets(&mut body, &draft.fleets);
    flows(&mut body, &draft);
    people(&mut body, &mut draft, &all)?;
    let mut out = String::new();
    head(&mut out, &draft);
    out.push_str(&body);
    strategies(&mut out, &draft);
    Ok(vec![("scenario.toml", out)])
}

/// Strategies and comparison; where all is in one zone, there is nothing that segmentation could guard.
fn strategies(out: &mut String, draft: &Draft) {
    let alone = draft.crossings().is_empty();
    for line in STRATEGIES.lines() {
        let skip = alone && line.starts_with("segmentation");
        let _ = writeln!(out, "{}", if skip { "# segmentation: there is no conduit to guard" } else { line });
    }
}

/// Text as the language writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    match names.as_slice() {
        [one] => one.clone(),
        more => format!("[{}]", more.join(", ")),
    }
}

/// A comment of as many lines as it takes, without anything that could end it early.
fn comment(out: &mut String, text: &str) {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() > 1 && line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#  ");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}

fn head(out: &mut String, draft: &Draft) {
    let _ = writeln!(out, "title = {}", quoted(&draft.title));
    let _ = writeln!(out, "starts_at = \"Mon 00:00\"\nhorizon = \"1 day\"\n");
    comment(out, "Made by `plimsoll import`. There is no plant in it: harm is not modelled.");
    for line in &draft.about {
        comment(out, line);
    }
    let _ = writeln!(out, "#\n# Assumed, because the files do not say; change what you know better:");
    for [name, value, source, why] in &draft.assumed {
        comment(out, &format!("- {name}: {value} [{source}] {why}"));
    }
    if !draft.left_out.is_empty() {
        let _ = writeln!(out, "#\n# Left out:");
    }
    for line in &draft.left_out {
        comment(out, &format!("- {line}"));
    }
    out.push('\n');
}

fn zones(out: &mut String, draft: &mut Draft, all: &Assumptions) -> Result<(), ImportError> {
    let bandwidth = draft.assume(all, "local-bandwidth")?;
    let latency = draft.assume(all, "local-latency")?;
    for zone in &draft.zones {
        let _ = writeln!(out, "[zone.{}]\npurdue_level = {}", zone.name, zone.purdue);
        match zone.outside {
            true => out.push_str("outside = true\n"),
            false => {
                let _ = writeln!(out, "bandwidth = {}\nlatency = {latency}", quoted(&bandwidth));
            }
        }
        out.push('\n');
    }
    let mut conduits = Vec::new();
    for [a, b] in draft.crossings() {
        let name = own_name(&format!("{a}-{b}"), |name| conduits.iter().any(|one| one == name));
        let outside = draft.zones.iter().any(|zone| zone.outside && (zone.name == a || zone.name == b));
        let (width, delay) = match outside {
            true => (draft.assume(all, "internet-bandwidth")?, draft.assume(all, "internet-latency")?),
            false => (bandwidth.clone(), latency.clone()),
        };
        let _ = writeln!(out, "[conduit.{name}]\nbetween = [{}, {}]", quoted(&a), quoted(&b));
        let _ = writeln!(out, "bandwidth = {}\nlatency = {delay}\n", quoted(&width));
        conduits.push(name);
    }
    Ok(())
}

fn services(out: &mut String, draft: &Draft) {
    for one in &draft.services {
        if one.is != one.name {
            comment(out, &one.is);
        }
        let _ = writeln!(out, "[service.{}]\nzone = {}\n", one.name, quoted(&one.zone));
    }
}

fn fleets(out: &mut String, fleets: &[Fleet]) {
    out.push_str("[fleet]\n");
    for Fleet { name, class, zone, count, is } in fleets {
        let (class, zone) = (quoted(class), quoted(zone));
        let _ = write!(out, "{name} = {{ class = {class}, zone = {zone}, count = {count} }} ");
        comment(out, &short(is));
    }
    out.push('\n');
}

fn flows(out: &mut String, draft: &Draft) {
    for one in &draft.flows {
        let Flow { name, kind, every, size, deadline, criticality, is, .. } = one;
        let kind = if *kind == Kind::Reading { "reading" } else { "command" };
        comment(out, is);
        let _ = writeln!(out, "[flow.{name}]\nkind = \"{kind}\"");
        let _ = writeln!(out, "from = {}\nto = {}", names(&one.from), names(&one.to));
        let _ = writeln!(out, "every = {{ law = \"exponential\", mean = {} }}", quoted(every));
        let _ = writeln!(
            out,
            "size = {}\ndeadline = {}\ncriticality = \"{criticality}\"",
            quoted(size),
            quoted(deadline)
        );
        if !one.declared {
            out.push_str("declared = false\n");
        }
        if let Some(why) = &one.refused {
            let _ = writeln!(out, "undeclared_because = {}", quoted(why));
        }
        out.push('\n');
    }
}

/// Who works for the site, and who against it.
fn people(out: &mut String, draft: &mut Draft, all: &Assumptions) -> Result<(), ImportError> {
    let staff = draft.assume(all, "staff")?;
    let _ = writeln!(out, "[people.operations]\ncount = {staff}");
    let _ = writeln!(out, "does = [\"repair\", \"network\", \"security\", \"service-desk\"]\n");
    if let Some(enters) = draft.most_exposed().map(|fleet| fleet.name.clone()) {
        let starts = draft.assume(all, "attack-starts")?;
        let _ = writeln!(out, "[campaign.worm]\nadversary = \"credential-worm\"");
        let _ = writeln!(out, "enters = {}\nby = \"infected-device\"\nstarts = {starts}\n", quoted(&enters));
    }
    Ok(())
}
