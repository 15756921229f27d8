//! `plimsoll explain`

use crate::cli::{Explain, Happened, Listed};
use crate::commands::list::{entries, singular};
use crate::commands::prices;
use crate::failure::Failure;
use crate::input;
use crate::screen;
use clap::ValueEnum;
use devices::class::{self, CLASSES};
use devices::crypto::{Catalogue, Suite};
use devices::parameters::{Confidence, Parameter, Parameters, Value as Number};
use devices::quantity::nearest;
use devices::radio::profile::RADIOS;
use devices::{plant, protocol};
use reports::metrics;
use scenarios::language::load::{Source, load};
use scenarios::language::{explain as pages, schema};
use scenarios::techniques::{self, ATTACK_VERSION};
use scenarios::{campaigns, controls, happenings};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What something is, and where its numbers come from.
struct Page {
    kind: String,
    name: String,
    /// Headings and what stands under them.
    parts: Vec<(&'static str, String)>,
    /// The numbers that it is left to.
    parameters: Vec<&'static Parameter>,
}

/// Explain whatever bears this name; several things may.
pub async fn explain(asked: Explain, json: bool) -> Result<ExitCode, Failure> {
    if let Some(Happened::Harm(harm)) = asked.happened {
        return super::harm::harm(harm, json).await;
    }
    let name = asked.name.unwrap_or_default();
    let measured = asked.costs.as_deref().map(input::costs).transpose()?;
    let costs = measured.as_ref().unwrap_or(Catalogue::shipped().map_err(Failure::run)?);
    let found = pages_of(&name, costs)?;
    if found.is_empty() {
        return Err(Failure::input(unknown(&name)?));
    }
    if json {
        let all = found.iter().map(document).collect::<Vec<Value>>();
        screen::print_json(&json!({ "version": 1, "found": all }))?;
    } else {
        screen::print(&found.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str) -> Result<String, Failure> {
    let mut known: Vec<String> = pages::PAGES.iter().map(|page| page.0.to_owned()).collect();
    for &kind in Listed::value_variants() {
        known.extend(entries(kind)?.into_iter().map(|entry| entry.0));
    }
    known.extend(Parameters::shipped().map_err(Failure::run)?.iter().map(|row| row.key.clone()));
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`plimsoll list` shows what there is".to_owned(),
    };
    Ok(format!("nothing is called `{name}`; {hint}"))
}

fn pages_of(name: &str, costs: &Catalogue) -> Result<Vec<Page>, Failure> {
    let mut found = Vec::new();
    if let (Some(code), Some(page)) = (pages::code(name), pages::page(name)) {
        found.push(page_of("finding", code, vec![("", page.to_owned())], &[])?);
    }
    for &kind in Listed::value_variants() {
        let entries = entries(kind)?;
        let Some((own, title)) = entries
            .iter()
            .find(|entry| entry.0 == name || kind == Listed::Schemes && entry.0.eq_ignore_ascii_case(name))
        else {
            continue;
        };
        let mut parts = vec![("", title.clone())];
        let mut read: &[&str] = &[];
        match kind {
            Listed::Scenarios => parts.push(("holds", scenario(own))),
            Listed::Controls => {
                if let Some(def) = controls::find(own) {
                    parts.push(("asked for by", def.references.join("\n")));
                    read = def.parameters;
                }
                let path = "/properties/strategy/additionalProperties/properties";
                let control = language()?.pointer(path).and_then(|all| all.get(own)?.get("items").cloned());
                parts.push(("settings", control.as_ref().map_or_else(String::new, settings)));
            }
            Listed::Techniques => {
                if let Some(def) = techniques::find(own) {
                    let catalogue = format!("{} (ATT&CK for ICS {ATTACK_VERSION})", def.attack_id);
                    parts.push(("catalogued as", catalogue));
                    parts.push(("tactic", def.tactic.name().to_owned()));
                    let needs = def.needs.iter().map(|need| format!("{need:?}")).collect::<Vec<_>>();
                    parts.push(("needs at the target", needs.join("\n")));
                }
            }
            Listed::Happenings => {
                read = happenings::find(own).map_or(&[], |def| def.parameters);
                parts.push(("settings", choice("happening", "what", own)?));
            }
            Listed::Adversaries => {
                if let Some(def) = campaigns::find(own) {
                    parts.push(("enters by", def.ways_in.join("\n")));
                    read = def.parameters;
                }
                parts.push(("settings", choice("campaign", "adversary", own)?));
            }
            Listed::Classes => {
                let text = CLASSES.iter().find(|class| class.0 == *own).map_or("", |class| class.1);
                let class = class::class(own).map_err(Failure::run)?;
                parts.push(("the suites it can run, and their price", prices::of_class(class, costs)?));
                parts.push(("its numbers and their sources", text.to_owned()));
            }
            Listed::Schemes => parts.extend(prices::of_scheme(own, costs)?),
            Listed::Plants => {
                for def in plant::ALL.iter().filter(|def| def.id == *own) {
                    parts.push(("made of", def.models.join("\n")));
                    parts.push(("counts", def.harms.join("\n")));
                    parts.push(("its numbers and their sources", def.constants.to_owned()));
                }
            }
            Listed::Radios => {
                let text = RADIOS.iter().find(|radio| radio.0 == *own).map_or("", |radio| radio.1);
                parts.push(("its numbers and their sources", text.to_owned()));
            }
            Listed::Protocols => {
                for protocol in protocol::all().iter().filter(|protocol| protocol.name == *own) {
                    let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
                    parts.push(("port", protocol.port.to_string()));
                    parts.push(("a secret is typed over it", yes(protocol.logs_in)));
                    parts.push(("remote access, which takes jump hosts", yes(protocol.interactive)));
                    parts.push(("source", protocol.source.to_owned()));
                }
            }
            Listed::Suites => {
                let suite = Suite::shipped(own).map_err(Failure::run)?;
                let cipher = suite.cipher.clone().unwrap_or_else(|| "none".to_owned());
                parts.push(("cipher", cipher));
                parts.push(("key exchange", suite.key_exchange.join("\n")));
                parts.push(("source", suite.source.clone()));
                parts.push(("what it costs each class", prices::of_suite(suite, costs)?));
            }
            Listed::Metrics => {
                if let Some(def) = metrics::by_id(own) {
                    parts
                        .push(("unit", if def.unit == "1" { "a share".into() } else { def.unit.to_owned() }));
                    parts.push(("better", format!("{:?}", def.better).to_lowercase()));
                    parts.push(("defined by", def.source.to_owned()));
                }
            }
        }
        found.push(page_of(singular(kind), own, parts, read)?);
    }
    if Parameters::shipped().map_err(Failure::run)?.get(name).is_ok() {
        found.push(page_of("number", name, Vec::new(), &[name])?);
    }
    Ok(found)
}

fn page_of(
    kind: &str,
    name: &str,
    mut parts: Vec<(&'static str, String)>,
    read: &[&str],
) -> Result<Page, Failure> {
    let table = Parameters::shipped().map_err(Failure::run)?;
    let parameters = read.iter().map(|key| table.get(key)).collect::<Result<_, _>>().map_err(Failure::run)?;
    parts.retain(|part| !part.1.is_empty());
    Ok(Page { kind: kind.to_owned(), name: name.to_owned(), parts, parameters })
}

fn scenario(name: &str) -> String {
    let scenario = load(&Source::named(name)).scenario;
    let counts = [
        ("zones", scenario.zones.len()),
        ("fleets", scenario.fleets.len()),
        ("devices", usize::try_from(scenario.devices()).unwrap_or(usize::MAX)),
        ("flows", scenario.flows.len()),
        ("happenings", scenario.happenings.len()),
        ("campaigns", scenario.campaigns.len()),
    ];
    let mut lines: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    lines.extend(scenario.strategies.iter().map(|(name, strategy)| {
        let title = strategy.title.as_deref().unwrap_or_default();
        format!("strategy {name}: {title}").trim_end_matches(": ").to_owned()
    }));
    lines.join("\n")
}

fn language() -> Result<Value, Failure> {
    Ok(serde_json::from_str(&schema::schema())?)
}

/// The settings of an entry of a closed list, which the schema tells apart by `key`.
fn choice(section: &str, key: &str, name: &str) -> Result<String, Failure> {
    let language = language()?;
    let all = language.pointer(&format!("/properties/{section}/additionalProperties/oneOf"));
    let own =
        |table: &&Value| table.pointer(&format!("/properties/{key}/const")).is_some_and(|id| id == name);
    let table = all.and_then(Value::as_array).and_then(|all| all.iter().find(own));
    Ok(table.map_or_else(String::new, settings))
}

/// The keys of a table, each with what it says.
fn settings(table: &Value) -> String {
    let required = |key: &str| {
        let all = table.get("required").and_then(Value::as_array);
        all.is_some_and(|all| all.iter().any(|one| one == key))
    };
    let line = |(key, value): (&String, &Value)| {
        let must = if required(key) { " (required)" } else { "" };
        let said = value.get("description").and_then(Value::as_str).unwrap_or_default();
        format!("{key}{must}: {}", said.replace('\n', " ")).trim_end_matches(": ").to_owned()
    };
    let keys = table.get("properties").and_then(Value::as_object);
    keys.map_or_else(String::new, |keys| keys.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn number(row: &Parameter) -> String {
    let value = match &row.value {
        Number::Number(value) => value.to_string(),
        Number::Text(text) => text.clone(),
    };
    let range = match (row.low, row.high) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        _ => String::new(),
    };
    let year = row.year.map_or_else(String::new, |year| format!(", {year}"));
    let trust = confidence(row.confidence);
    format!(
        "{} = {value} {}{range}\n  {}\n  source: {}{year} ({trust})",
        row.key, row.unit, row.meaning, row.source
    )
}

fn confidence(confidence: Confidence) -> String {
    serde_json::to_value(confidence)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn text(page: &Page) -> String {
    let mut out = format!("{} ({})\n", page.name, page.kind);
    let numbers = page.parameters.iter().map(|row| number(row)).collect::<Vec<_>>().join("\n");
    let parts = page.parts.iter().map(|(title, body)| (*title, body.as_str()));
    for (title, body) in parts.chain((!numbers.is_empty()).then_some(("numbers", numbers.as_str()))) {
        if title.is_empty() {
            out.push_str(&format!("{}\n", body.trim_end()));
            continue;
        }
        out.push_str(&format!("\n{title}\n"));
        body.lines().for_each(|line| out.push_str(&format!("  {line}\n")));
    }
    out
}

fn document(page: &Page) -> Value {
    let row = |row: &&Parameter| {
        let value = match &row.value {
            Number::Number(value) => json!(value),
            Number::Text(text) => json!(text),
        };
        json!({
            "key": row.key, "value": value, "unit": row.unit, "low": row.low, "high": row.high,
            "meaning": row.meaning, "source": row.source, "year": row.year,
            "confidence": confidence(row.confidence),
        })
    };
    let part = |(title, body): &(&str, String)| json!({ "title": if title.is_empty() { "what" } else { title }, "text": body });
    json!({
        "kind": page.kind,
        "name": page.name,
        "parts": page.parts.iter().map(part).collect::<Vec<_>>(),
        "numbers": page.parameters.iter().map(row).collect::<Vec<_>>(),
    })
}
