//! The scenarios that the program carries.

/// A file of `shipped/`, by its path there, and its text.
type Shipped = (&'static str, &'static str);

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../shipped/", $path)))),*]
    };
}

/// Every file of `shipped/`. Those in the folder itself are scenarios; those in a folder below are included by
/// the scenario of the folder's name.
pub const FILES: &[Shipped] = files![
    "crypto-placement-buoys.toml",
    "crypto-placement-hospital.toml",
    "fleet-1.toml",
    "fleet-1m.toml",
    "hospital.toml",
    "hospital/flows.toml",
    "hospital/strategies.toml",
    "hospital/wards.toml",
    "plant-network.toml",
    "wan-outage.toml"
];

/// The names of the scenarios.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter_map(|file| file.0.strip_suffix(".toml")).filter(|name| !name.contains('/'))
}

/// The file of a scenario.
pub fn find(name: &str) -> Option<&'static str> {
    let path = FILES.iter().map(|file| file.0).find(|path| path.strip_suffix(".toml") == Some(name));
    path.filter(|path| !path.contains('/'))
}

/// The text of a file.
pub fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.0 == path).map(|file| file.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }

    #[test]
    fn every_shipped_file_is_in_the_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("shipped");
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        let mut listed = FILES.iter().map(|file| file.0.to_owned()).collect::<Vec<_>>();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }
}
