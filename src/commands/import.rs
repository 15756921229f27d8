//! `plimsoll import`

use crate::cli::{Import, ImportFlows, ImportInventory, ImportMud};
use crate::commands::init::write_new;
use crate::failure::Failure;
use crate::input;
use crate::screen;
use scenarios::import::draft::Draft;
use scenarios::import::mud::{self, Profile};
use scenarios::import::verdict::Names;
use scenarios::import::{ImportError, Remark, fleet, flows, inventory, replay, write};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Real files become a scenario.
pub fn import(asked: &Import, json: bool) -> Result<ExitCode, Failure> {
    let told = match asked {
        Import::Mud(asked) => profiles(asked)?,
        Import::Inventory(asked) => assets(asked)?,
        Import::Flows(asked) => observed(asked)?,
    };
    if json {
        screen::print_json(&told.document)?;
    } else {
        screen::print(&told.text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What there is to tell of an import.
struct Told {
    text: String,
    document: Value,
}

fn refused(error: ImportError) -> Failure {
    Failure::input(error)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn profile(path: &Path) -> Result<Profile, Failure> {
    mud::read(&shown(path), &input::bytes(path)?).map_err(refused)
}

fn profiles(asked: &ImportMud) -> Result<Told, Failure> {
    let profiles = asked.profiles.iter().map(|path| profile(path)).collect::<Result<Vec<_>, _>>()?;
    let draft = fleet::from_profiles(&profiles).map_err(refused)?;
    let mut text = String::new();
    for profile in &profiles {
        let entries = profile.from_device.len() + profile.to_device.len();
        let _ = writeln!(text, "{}: {} ({entries} entries)", profile.file, profile.title());
    }
    let remarks: Vec<&Remark> = profiles.iter().flat_map(|profile| &profile.remarks).collect();
    let first = asked.profiles.first().map(PathBuf::as_path);
    let path = save(&draft, &target(asked.out.as_deref(), first))?;
    Ok(scenario(text, json!({ "profiles": profiles.len() }), &draft, &remarks, &path))
}

fn assets(asked: &ImportInventory) -> Result<Told, Failure> {
    let read =
        inventory::read(&shown(&asked.inventory), &input::bytes(&asked.inventory)?).map_err(refused)?;
    let profiles = asked.mud.iter().map(|path| profile(path)).collect::<Result<Vec<_>, _>>()?;
    let draft = fleet::from_inventory(&read, &profiles).map_err(refused)?;
    let path = save(&draft, &target(asked.out.as_deref(), Some(&asked.inventory)))?;
    let remarks: Vec<&Remark> = profiles.iter().flat_map(|profile| &profile.remarks).collect();
    let understood = json!({ "understood": read.understanding });
    Ok(scenario(read.understanding.text(), understood, &draft, &remarks, &path))
}

fn observed(asked: &ImportFlows) -> Result<Told, Failure> {
    let profile = profile(&asked.mud)?;
    let seen = flows::read(&shown(&asked.flows), &input::bytes(&asked.flows)?).map_err(refused)?;
    let names = match &asked.names {
        Some(path) => Names::read(&shown(path), &input::bytes(path)?).map_err(refused)?,
        None => Names::default(),
    };
    let replay = replay::replay(&profile, &names, &seen);
    let document = json!({ "version": 1, "replay": replay });
    let Some(out) = &asked.out else { return Ok(Told { text: replay.text(), document }) };
    let draft = fleet::from_flows(&profile, &names, &seen).map_err(refused)?;
    let path = save(&draft, out)?;
    let remarks: Vec<&Remark> = profile.remarks.iter().chain(&seen.remarks).collect();
    Ok(scenario(replay.text(), json!({ "replay": replay }), &draft, &remarks, &path))
}

/// The folder of the scenario: as asked, or called after the first file.
fn target(asked: Option<&Path>, first: Option<&Path>) -> PathBuf {
    let stem = first.and_then(Path::file_stem).map_or_else(|| PathBuf::from("imported"), PathBuf::from);
    asked.map_or(stem, Path::to_path_buf)
}

/// Write the draft's folder; nothing that stands is touched.
fn save(draft: &Draft, folder: &Path) -> Result<PathBuf, Failure> {
    let files = write::scenario(draft).map_err(refused)?;
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file.0)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        let told =
            format!("{} is already there, and is left alone; name another folder by --out", path.display());
        return Err(Failure::input(told));
    }
    for (path, file) in paths.iter().zip(&files) {
        write_new(path, &file.1)?;
    }
    Ok(paths.into_iter().next().unwrap_or_else(|| folder.to_owned()))
}

fn scenario(mut text: String, mut document: Value, draft: &Draft, remarks: &[&Remark], path: &Path) -> Told {
    let path = shown(path);
    let mut list = |title: &str, lines: &mut dyn Iterator<Item = String>| {
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            let _ = write!(text, "\n{title}\n  {}\n", lines.join("\n  "));
        }
    };
    list("worth knowing", &mut remarks.iter().map(ToString::to_string));
    list(
        "assumed",
        &mut draft.assumed.iter().map(|[name, value, source, _]| format!("{name}: {value} [{source}]")),
    );
    list("left out of the scenario", &mut draft.left_out.iter().cloned());
    let _ = writeln!(text, "\nwritten {path}\nnext    plimsoll compare {path}");
    if let Some(fields) = document.as_object_mut() {
        let assumed = |[name, value, source, why]: &[String; 4]| json!({ "name": name, "value": value, "source": source, "why": why });
        fields.insert("version".into(), json!(1));
        fields.insert("scenario".into(), json!(path));
        fields.insert("remarks".into(), remarks.iter().map(|remark| json!(remark.to_string())).collect());
        fields.insert("assumed".into(), draft.assumed.iter().map(assumed).collect());
        fields.insert("left_out".into(), json!(draft.left_out));
    }
    Told { text, document }
}
