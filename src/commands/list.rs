//! `plimsoll list`

use crate::cli::{List, Listed};
use crate::commands::prices;
use crate::failure::Failure;
use crate::screen;
use clap::ValueEnum;
use devices::crypto::{Suite, scheme};
use devices::radio::profile;
use devices::{class, plant, protocol};
use reports::metrics;
use scenarios::language::load::{Source, load};
use scenarios::{campaigns, controls, happenings, shipped, techniques};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// What there is of one kind or of every kind.
pub fn list(asked: &List, json: bool) -> Result<ExitCode, Failure> {
    let kinds: Vec<Listed> = asked.kind.map_or_else(|| Listed::value_variants().to_vec(), |kind| vec![kind]);
    if json {
        let mut document = Map::from_iter([("version".to_owned(), json!(1))]);
        for &kind in &kinds {
            let entry = |(name, title): (String, String)| json!({ "name": name, "title": title });
            let entries = entries(kind)?.into_iter().map(entry).collect::<Vec<Value>>();
            document.insert(word(kind), Value::Array(entries));
        }
        screen::print_json(&document)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for &kind in &kinds {
        let rows: Vec<Vec<String>> =
            entries(kind)?.into_iter().map(|(name, title)| vec![name, title]).collect();
        if kinds.len() > 1 {
            out.push_str(&format!("{}\n", word(kind)));
        }
        out.push_str(&screen::table(&rows));
    }
    out.push_str("\n`plimsoll explain NAME` tells more\n");
    screen::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The word that asks for a kind.
pub fn word(kind: Listed) -> String {
    kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The word for one thing of a kind.
pub const fn singular(kind: Listed) -> &'static str {
    match kind {
        Listed::Scenarios => "scenario",
        Listed::Controls => "control",
        Listed::Adversaries => "adversary",
        Listed::Techniques => "technique",
        Listed::Happenings => "happening",
        Listed::Classes => "class",
        Listed::Plants => "plant",
        Listed::Radios => "radio",
        Listed::Protocols => "protocol",
        Listed::Suites => "suite",
        Listed::Schemes => "scheme",
        Listed::Metrics => "metric",
    }
}

/// Everything of a kind: its name and what it is.
pub fn entries(kind: Listed) -> Result<Vec<(String, String)>, Failure> {
    let pair = |name: &str, title: &str| (name.to_owned(), title.to_owned());
    Ok(match kind {
        Listed::Scenarios => {
            let title = |name| load(&Source::named(name)).scenario.title;
            shipped::names().map(|name| pair(name, &title(name))).collect()
        }
        Listed::Controls => controls::ALL.iter().map(|def| pair(def.id, def.title)).collect(),
        Listed::Adversaries => campaigns::ALL.iter().map(|def| pair(def.id, def.title)).collect(),
        Listed::Techniques => techniques::ALL.iter().map(|def| pair(def.id, def.title)).collect(),
        Listed::Happenings => happenings::ALL.iter().map(|def| pair(def.id, def.title)).collect(),
        Listed::Classes => {
            let all = class::all().map_err(Failure::run)?;
            let each = |class: &class::DeviceClass| {
                Ok((class.name.to_owned(), format!("{}; {}", class.title, prices::count(class)?)))
            };
            all.values().map(each).collect::<Result<_, Failure>>()?
        }
        Listed::Plants => plant::ALL.iter().map(|def| pair(def.id, def.title)).collect(),
        Listed::Radios => {
            let title =
                |name| profile::radio(name).map(|radio| pair(name, &radio.title)).map_err(Failure::run);
            profile::RADIOS.iter().map(|(name, _)| title(name)).collect::<Result<_, _>>()?
        }
        Listed::Protocols => protocol::all().iter().map(|own| pair(own.name, own.about)).collect(),
        Listed::Suites => {
            let all = Suite::all().map_err(Failure::run)?;
            all.values().map(|suite| pair(&suite.name, &suite.title)).collect()
        }
        Listed::Schemes => {
            let all = scheme::names().map_err(Failure::run)?;
            all.iter().map(|name| pair(&name.to_lowercase(), name)).collect()
        }
        Listed::Metrics => metrics::ALL.iter().map(|def| pair(def.id, def.meaning)).collect(),
    })
}
