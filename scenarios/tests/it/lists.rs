//! A new control, happening or adversary is one file and one line: no file stands outside its list.

use devices::parameters::Parameters;
use scenarios::language::registry::SettingsReader;
use scenarios::{campaigns, controls, happenings};
use std::path::Path;

fn files(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
        if stem != "mod" && path.extension().is_some_and(|extension| extension == "rs") {
            names.push(stem);
        }
    }
    names.sort();
    names
}

fn ids<'a>(list: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = list.map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn every_file_is_in_its_list() {
    assert_eq!(files("happenings"), ids(happenings::ALL.iter().map(|def| def.id)));
    assert_eq!(files("campaigns"), ids(campaigns::ALL.iter().map(|def| def.id)));
    let controls = files("controls");
    for def in controls::ALL {
        assert!(controls.contains(&def.id.to_owned()), "{} has no file", def.id);
    }
}

#[test]
fn every_default_is_a_number_with_a_source() {
    let parameters = Parameters::shipped().unwrap();
    let lists = controls::ALL.iter().map(|def| def.parameters);
    let lists = lists.chain(happenings::ALL.iter().map(|def| def.parameters));
    for key in lists.chain(campaigns::ALL.iter().map(|def| def.parameters)).flatten() {
        assert!(parameters.get(key).is_ok(), "{key}");
    }
}

#[test]
fn every_control_says_what_asks_for_it_and_every_setting_what_it_is() {
    assert!(controls::ALL.iter().all(|def| !def.references.is_empty()));
    let settings = controls::ALL.iter().map(|def| (def.id, def.settings));
    let settings = settings.chain(happenings::ALL.iter().map(|def| (def.id, def.settings)));
    let settings: Vec<(&str, SettingsReader)> =
        settings.chain(campaigns::ALL.iter().map(|def| (def.id, def.settings))).collect();
    for (id, reader) in settings {
        let schema = (reader.schema)(&mut schemars::SchemaGenerator::default());
        let properties =
            schema.get("properties").and_then(|properties| properties.as_object()).unwrap().clone();
        for (key, property) in properties {
            let described = property.get("description").is_some() || property.get("allOf").is_some();
            assert!(described, "{id}: {key}");
        }
    }
}
