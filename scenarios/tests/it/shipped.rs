//! What the program carries is what it asks of others: clean, short, and known to the editor.

use scenarios::language::load::{Source, load};
use scenarios::language::render::render;
use scenarios::shipped;

#[test]
fn every_shipped_scenario_has_no_error() {
    for name in shipped::names() {
        let loaded = load(&Source::named(name));
        let shown = render(&loaded.findings, &loaded.files, false);
        println!("{name}: {shown}");
        assert!(loaded.may_run(), "{shown}");
        assert!(loaded.scenario.strategies.contains_key("none"), "{name}");
    }
}

#[test]
fn every_shipped_file_names_the_schema_in_its_first_line() {
    for (path, text) in shipped::FILES {
        let depth = 2 + path.matches('/').count();
        assert_eq!(text.lines().next().unwrap(), scenarios::language::schema::editor_line(depth), "{path}");
    }
}

/// A newcomer reads the scenario in one sitting.
#[test]
fn every_shipped_scenario_is_short() {
    for name in shipped::names() {
        let lines = |wanted: &dyn Fn(&str) -> bool| -> usize {
            shipped::FILES.iter().filter(|file| wanted(file.0)).map(|file| file.1.lines().count()).sum()
        };
        let (own, folder) = (format!("{name}.toml"), format!("{name}/"));
        assert!(lines(&|path| path == own) < 250, "{name}");
        assert!(lines(&|path| path == own || path.starts_with(&folder)) <= 500, "{name}");
    }
    for (path, text) in shipped::FILES {
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{path}");
    }
}

/// Whoever reads a number of a shipped scenario finds where it comes from beside it.
#[test]
fn every_number_of_a_shipped_scenario_has_a_source() {
    for name in shipped::names() {
        let scenario = load(&Source::named(name)).scenario;
        let flows = scenario.flows.iter().map(|(name, flow)| (name, &flow.source));
        let conduits = scenario.conduits.iter().map(|(name, conduit)| (name, &conduit.source));
        let services = scenario.services.iter().map(|(name, service)| (name, &service.source));
        let people = scenario.people.iter().map(|(name, people)| (name, &people.source));
        let happenings = scenario.happenings.iter().map(|(name, happening)| (name, &happening.source));
        for (thing, sources) in flows.chain(conduits).chain(services).chain(people).chain(happenings) {
            assert!(!sources.is_empty(), "{name}: {thing}");
        }
    }
}
