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
