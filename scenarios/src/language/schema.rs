//! The language as a JSON Schema, so that an editor completes, explains and checks a scenario while it is
//! written. It is made from the same types that read the file.

use super::event::{CampaignKeys, HappeningKeys};
use super::list::OneOrMore;
use super::registry::SettingsReader;
use super::scenario::{Draws, Streams, TopKeys};
use super::selector::Selector;
use super::strategy::{Compare, StrategyKeys};
use super::{fleet::Fleet, flow::Flow, people::People, place, process};
use crate::{campaigns, controls, happenings};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The first line of a scenario, by which an editor finds the schema, for a file `depth` folders below the
/// folder that holds `docs`.
pub fn editor_line(depth: usize) -> String {
    format!("#:schema {}docs/scenario.schema.json", "../".repeat(depth))
}

/// The schema, as `docs/scenario.schema.json` holds it.
pub fn schema() -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut properties = properties_of(TopKeys::json_schema(&mut generator));
    let sections = [
        section::<place::Zone>(&mut generator, "zone", "Things with common security requirements"),
        section::<place::Conduit>(&mut generator, "conduit", "The only ways between zones"),
        section::<super::medium::Medium>(
            &mut generator,
            "medium",
            "Radio channels, lines and switches that gateways and devices share",
        ),
        section::<Fleet>(&mut generator, "fleet", "Many devices of one class"),
        section::<Flow>(&mut generator, "flow", "What is sent, how often, and by when it is of use"),
        section::<People>(&mut generator, "people", "Those who are cared for, and those who care and repair"),
        section::<process::Plant>(&mut generator, "plant", "Physical processes"),
        section::<process::Service>(&mut generator, "service", "What others run for the site"),
        section::<process::Product>(&mut generator, "product", "Device, app, service and hub, used as one"),
    ];
    properties.extend(sections);
    let happening = choices::<HappeningKeys>(
        &mut generator,
        "what",
        happenings::ALL.iter().map(|def| (def.id, def.title, def.settings, None)),
    );
    let campaign = choices::<CampaignKeys>(
        &mut generator,
        "adversary",
        campaigns::ALL.iter().map(|def| (def.id, def.title, def.settings, Some(def.ways_in))),
    );
    let strategy = strategy(&mut generator);
    properties.insert("happening".into(), named(&happening, "What happens, once or again and again"));
    properties.insert("campaign".into(), named(&campaign, "Adversaries at work"));
    properties.insert("strategy".into(), named(&strategy, "Sets of controls to compare"));
    properties.insert("compare".into(), json!(generator.subschema_for::<Compare>()));
    properties.insert("streams".into(), json!(generator.subschema_for::<Streams>()));
    properties.insert("draws".into(), json!(generator.subschema_for::<Draws>()));
    let whole = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Plimsoll scenario",
        "description": "A fleet, what may happen to it, and the strategies to compare",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "definitions": generator.take_definitions(true),
    });
    format!("{whole:#}\n")
}

fn properties_of(schema: Schema) -> Map<String, Value> {
    match schema.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => Map::new(),
    }
}

fn required_of(schema: &Schema) -> Vec<Value> {
    schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// A section of things by name.
fn named(thing: &impl serde::Serialize, description: &str) -> Value {
    json!({ "type": "object", "description": description, "additionalProperties": thing })
}

fn section<T: JsonSchema>(generator: &mut SchemaGenerator, name: &str, description: &str) -> (String, Value) {
    (name.to_owned(), named(&generator.subschema_for::<T>(), description))
}

/// A table with keys of its own and the settings of an entry of a closed list.
fn with_settings(own: Schema, settings: Schema, title: &str) -> Value {
    let required: Vec<Value> = required_of(&own).into_iter().chain(required_of(&settings)).collect();
    let mut properties = properties_of(own);
    properties.extend(properties_of(settings));
    json!({
        "type": "object",
        "description": title,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

type Choice = (&'static str, &'static str, SettingsReader, Option<&'static [&'static str]>);

/// One table for each entry of a closed list, told apart by the key that names the entry.
fn choices<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    key: &str,
    entries: impl Iterator<Item = Choice>,
) -> Value {
    let mut tables = Vec::new();
    for (id, title, reader, ways_in) in entries {
        let (own, settings) = (T::json_schema(generator), (reader.schema)(generator));
        let mut table = with_settings(own, settings, title);
        if let Some(properties) = table["properties"].as_object_mut() {
            properties.insert(key.to_owned(), json!({ "const": id, "description": title }));
            if let Some(ways_in) = ways_in {
                properties
                    .insert("by".to_owned(), json!({ "enum": ways_in, "description": "How they enter." }));
            }
        }
        tables.push(table);
    }
    json!({ "oneOf": tables })
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "its schema is asked for, its value never")]
struct Scope {
    /// The devices or conduits that it works on.
    on: OneOrMore<Selector>,
}

fn strategy(generator: &mut SchemaGenerator) -> Value {
    let mut properties = properties_of(StrategyKeys::json_schema(generator));
    for def in controls::ALL {
        let (own, settings) = (Scope::json_schema(generator), (def.settings.schema)(generator));
        let one = with_settings(own, settings, def.title);
        let list = json!({ "type": "array", "description": def.title, "items": one });
        properties.insert(def.id.to_owned(), list);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_published_schema_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario.schema.json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, schema()).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == schema(), "BLESS=1 writes docs/scenario.schema.json anew");
    }

    #[test]
    fn every_control_and_every_section_is_in_it() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        let sections = schema["properties"].as_object().unwrap();
        for kind in super::super::sections::KINDS {
            assert!(sections.contains_key(*kind), "{kind}");
        }
        let controls = &schema["properties"]["strategy"]["additionalProperties"]["properties"];
        assert!(controls::ALL.iter().all(|def| controls[def.id]["items"]["properties"]["on"].is_object()));
        let hover = &controls["lockout"]["items"]["properties"]["attempts"]["description"];
        assert!(hover.as_str().unwrap().starts_with("Failed logins in a row"), "{hover}");
    }
}
