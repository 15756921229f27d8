//! Files include others of their own folder, and nothing else.

use scenarios::language::load::{DEEPEST, Loaded, Source, load};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plimsoll-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.0.join(name).parent().unwrap()).unwrap();
        fs::write(self.0.join(name), text).unwrap();
        self
    }
    fn load(&self, name: &str) -> Loaded {
        load(&Source::Path(self.0.join(name)))
    }
    fn codes(&self, name: &str) -> Vec<&'static str> {
        self.load(name).findings.iter().map(|finding| finding.code).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

const HEAD: &str = "title = \"A ward\"\nhorizon = \"1 day\"\n";
const REST: &str = "[zone.wards]\npurdue_level = 1\n[fleet.pumps]\nclass = \"infusion-pump\"\nzone = \"wards\"\ncount = 3\n\
                    [strategy.none]\n";

#[test]
fn all_files_are_one_scenario() {
    let folder = Folder::new("whole");
    folder.write("a.toml", format!("{HEAD}include = [\"parts/b.toml\", \"c.toml\"]\n"));
    folder.write("parts/b.toml", "include = [\"d.toml\"]\n[zone.wards]\npurdue_level = 1\n");
    folder.write("parts/d.toml", "[strategy.none]\n");
    folder.write("c.toml", "[fleet]\npumps = { class = \"infusion-pump\", zone = \"wards\", count = 3 }\n");
    let loaded = folder.load("a.toml");
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
    assert_eq!(loaded.files.len(), 4);
    assert_eq!(loaded.scenario.devices(), 3);
}

#[test]
fn a_name_declared_in_two_files_is_found_in_the_second() {
    let folder = Folder::new("twice");
    folder.write("a.toml", format!("{HEAD}include = [\"b.toml\"]\n{REST}"));
    folder.write("b.toml", "title = \"Another\"\n[zone.wards]\npurdue_level = 2\n");
    let loaded = folder.load("a.toml");
    assert_eq!(loaded.findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["S010", "S010"]);
    let place = loaded.findings[0].place.clone().unwrap();
    assert!(loaded.files.name(place.file).unwrap().ends_with("b.toml"));
    assert!(loaded.findings[1].help.contains("a.toml:4"), "{}", loaded.findings[1].help);
}

#[test]
fn circles_repetitions_and_depth_have_an_end() {
    let folder = Folder::new("circle");
    folder.write("a.toml", format!("{HEAD}include = [\"b.toml\"]\n{REST}"));
    folder.write("b.toml", "include = [\"a.toml\"]\n");
    assert_eq!(folder.codes("a.toml"), ["S015"]);
    folder
        .write("a.toml", format!("{HEAD}include = [\"b.toml\", \"./b.toml\"]\n{REST}"))
        .write("b.toml", "# nothing\n");
    assert_eq!(folder.codes("a.toml"), ["S015"]);
    folder.write("a.toml", format!("{HEAD}include = [\"1.toml\"]\n{REST}"));
    for nth in 1..20 {
        folder.write(&format!("{nth}.toml"), format!("include = [\"{}.toml\"]\n", nth + 1));
    }
    let loaded = folder.load("a.toml");
    assert_eq!(loaded.findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["S015"]);
    assert_eq!(loaded.files.len(), DEEPEST);
}

#[test]
fn no_path_leaves_the_folder() {
    let folder = Folder::new("outside");
    folder.write("secret.toml", "[strategy.stolen]\n");
    for path in
        ["../secret.toml", "/etc/passwd", "sub/../../secret.toml", "", "..\\\\secret.toml", "a\\u0000.toml"]
    {
        folder.write("in/a.toml", format!("{HEAD}include = [\"{path}\"]\n{REST}"));
        assert_eq!(folder.codes("in/a.toml"), ["S014"], "{path}");
    }
}

#[cfg(unix)]
#[test]
fn no_link_leaves_the_folder() {
    let folder = Folder::new("links");
    folder.write("secret.toml", "[strategy.stolen]\n");
    folder.write("in/a.toml", format!("{HEAD}include = [\"link.toml\"]\n{REST}"));
    std::os::unix::fs::symlink(folder.0.join("secret.toml"), folder.0.join("in/link.toml")).unwrap();
    assert_eq!(folder.codes("in/a.toml"), ["S014"]);
    std::os::unix::fs::symlink("a.toml", folder.0.join("in/again.toml")).unwrap();
    folder.write("in/a.toml", format!("{HEAD}include = [\"again.toml\"]\n{REST}"));
    assert_eq!(folder.codes("in/a.toml"), ["S015"], "a link inside is the file itself");
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = Folder::new("no-text");
    folder.write("empty.toml", "").write("blank.toml", " \n\n").write("zero.toml", b"title = \"a\0b\"");
    folder.write("latin1.toml", b"title = \"caf\xe9\"").write("zip.toml", b"PK\x03\x04\xff\xfe");
    folder.write("large.toml", vec![b'#'; 5 * 1024 * 1024]);
    for (name, code) in [
        ("empty.toml", "S002"),
        ("blank.toml", "S002"),
        ("zero.toml", "S002"),
        ("latin1.toml", "S002"),
        ("zip.toml", "S002"),
        ("large.toml", "S001"),
        ("missing.toml", "S001"),
        (".", "S001"),
    ] {
        assert_eq!(folder.codes(name), [code], "{name}");
    }
    folder.write("a.toml", format!("{HEAD}include = [\"zip.toml\", \"missing.toml\"]\n{REST}"));
    assert_eq!(folder.codes("a.toml"), ["S002", "S001"]);
    assert!(
        Path::new("/dev/zero")
            .exists()
            .then(|| load(&Source::Path("/dev/zero".into())))
            .is_none_or(|l| !l.may_run())
    );
}

#[test]
fn a_text_includes_nothing() {
    let loaded = load(&Source::text("pasted", &format!("{HEAD}include = [\"b.toml\"]\n{REST}")));
    assert_eq!(loaded.findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["S001"]);
}
