//! Where files come from, and which ones a scenario may include: those in its own folder.

use super::complaint::{Complaint, tidy};
use crate::shipped;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// No file is larger [B]: a fleet of sixty lines is a few kilobytes, an imported one of a thousand 200.
pub const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Files include files at most so deep.
pub const DEEPEST: usize = 8;

/// Where a scenario is.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a file.
    Path(PathBuf),
    /// Among those that the program carries, by name.
    Shipped(String),
    /// In a text, under this name; it includes nothing.
    Text(String, String),
}

impl Source {
    /// A shipped scenario if one has this name, else a path.
    pub fn named(name: &str) -> Self {
        match shipped::find(name) {
            Some(_) => Self::Shipped(name.to_owned()),
            None => Self::Path(PathBuf::from(name)),
        }
    }

    /// A text under a name.
    pub fn text(name: &str, text: &str) -> Self {
        Self::Text(name.to_owned(), text.to_owned())
    }
}

/// The folder that a scenario may read from.
pub(crate) enum Folder {
    /// A directory, with all links resolved.
    Directory(PathBuf),
    /// What the program carries.
    Shipped,
    /// None.
    Nothing,
}

/// A file of a folder: how it is called in findings, and which it is.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// As a finding calls it.
    pub(crate) name: String,
    /// Which it is: its path with all links resolved, or its name among the shipped files.
    pub(crate) path: PathBuf,
}

fn unreadable(name: &str, reason: impl std::fmt::Display) -> Complaint {
    Complaint::new("S001", format!("`{}` cannot be read: {reason}", tidy(name)))
}

/// Opens a scenario's folder and finds its own file in it.
pub(crate) fn open(source: &Source) -> Result<(Folder, Entry), Complaint> {
    match source {
        Source::Text(name, _) => Ok((Folder::Nothing, Entry { name: name.clone(), path: PathBuf::new() })),
        Source::Shipped(name) => {
            let file = shipped::find(name).ok_or_else(|| {
                let names = shipped::names().collect::<Vec<_>>();
                let label = super::nearest::label(name, names.iter().copied());
                let complaint =
                    Complaint::new("S001", format!("no shipped scenario is called `{}`", tidy(name)));
                complaint.label(label).help(format!("shipped: {}", names.join(", ")))
            })?;
            Ok((Folder::Shipped, Entry { name: file.to_owned(), path: PathBuf::from(file) }))
        }
        Source::Path(path) => {
            let name = path.display().to_string();
            let real = path.canonicalize().map_err(|error| {
                let near = shipped::names().collect::<Vec<_>>();
                let label = super::nearest::label(&name, near.iter().copied());
                let help = format!(
                    "{label}{}shipped scenarios: {}",
                    if label.is_empty() { "" } else { " " },
                    near.join(", ")
                );
                unreadable(&name, error).help(if near.is_empty() { String::new() } else { help })
            })?;
            let folder = real.parent().map(Path::to_path_buf).unwrap_or_default();
            Ok((Folder::Directory(folder), Entry { name, path: real }))
        }
    }
}

impl Folder {
    /// The file that an include names, seen from the file that names it.
    pub(crate) fn find(&self, from: &Entry, include: &str) -> Result<Entry, Complaint> {
        let relative = Path::new(include);
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if include.is_empty() || include.contains(['\\', '\0']) || !relative.components().all(inside) {
            let complaint =
                Complaint::new("S014", format!("`{}` leaves the scenario's folder", tidy(include)));
            return Err(complaint.help("includes are relative paths inside the folder, without `..`"));
        }
        let beside = |path: &Path| path.parent().unwrap_or(Path::new("")).join(relative);
        let name = beside(Path::new(&from.name)).display().to_string();
        match self {
            Self::Nothing => Err(unreadable(include, "a scenario without a folder includes nothing")),
            Self::Shipped => match shipped::text(&beside(&from.path).display().to_string()) {
                Some(_) => Ok(Entry { name, path: beside(&from.path) }),
                None => Err(unreadable(include, "the program carries no such file")),
            },
            Self::Directory(folder) => {
                let real = beside(&from.path).canonicalize().map_err(|error| unreadable(include, error))?;
                if real.starts_with(folder) {
                    return Ok(Entry { name, path: real });
                }
                let complaint =
                    Complaint::new("S014", format!("`{}` leaves the scenario's folder", tidy(include)));
                Err(complaint.help("a link led outside; copy the file into the folder"))
            }
        }
    }

    /// The text of a file.
    pub(crate) fn read(&self, source: &Source, entry: &Entry) -> Result<String, Complaint> {
        let name = &entry.name;
        let bytes = match (self, source) {
            (_, Source::Text(_, text)) => return as_text(name, text.clone().into_bytes()),
            (Self::Directory(_), _) => read_file(&entry.path).map_err(|reason| unreadable(name, reason))?,
            (Self::Shipped | Self::Nothing, _) => match shipped::text(&entry.path.display().to_string()) {
                Some(text) => text.as_bytes().to_vec(),
                None => return Err(unreadable(name, "the program carries no such file")),
            },
        };
        as_text(name, bytes)
    }
}

/// Reads a text that is no scenario.
pub(crate) fn table(path: &Path) -> Result<String, Complaint> {
    let name = path.display().to_string();
    as_text(&name, read_file(path).map_err(|reason| unreadable(&name, reason))?)
}

/// Reads a regular file that is not too large; a device or a pipe might never end.
fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn as_text(name: &str, bytes: Vec<u8>) -> Result<String, Complaint> {
    if bytes.len() as u64 > LARGEST_FILE {
        let limit = LARGEST_FILE / 1024 / 1024;
        return Err(unreadable(name, format!("it is larger than {limit} MiB")));
    }
    let binary = |at: usize| {
        let complaint = Complaint::new("S002", format!("`{}` is not a text: see byte {at}", tidy(name)));
        complaint.help("a scenario is TOML in UTF-8")
    };
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(binary(at));
    }
    let text = String::from_utf8(bytes).map_err(|error| binary(error.utf8_error().valid_up_to()))?;
    if text.trim().is_empty() {
        let complaint = Complaint::new("S002", format!("`{}` is empty", tidy(name)));
        return Err(complaint.help("`plimsoll init` writes a scenario to start from"));
    }
    Ok(text)
}
