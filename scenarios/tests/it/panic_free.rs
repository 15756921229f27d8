//! No bytes make the loader panic, and whatever it says can be shown.

use proptest::prelude::*;
use scenarios::language::load::{Source, load};
use scenarios::language::render::render;
use scenarios::shipped;

const WARDS: &str = include_str!("wards.toml");

/// Loads a text and shows what is found.
fn survives(text: &str) {
    let loaded = load(&Source::text("any.toml", text));
    for coloured in [false, true] {
        assert!(render(&loaded.findings, &loaded.files, coloured).contains("error"));
    }
    for finding in &loaded.findings {
        let shown = finding.place.as_ref().map(|place| loaded.files.line_and_column(place));
        assert!(shown != Some(Some((0, 0))));
    }
}

/// Pieces that mean something to a parser.
const PIECES: &[&str] = &[
    "[",
    "]",
    "[[",
    "{",
    "}",
    "\"",
    "'",
    "\"\"\"",
    "=",
    ",",
    ".",
    "\n",
    "#",
    "-1",
    "1e999",
    "nan",
    "inf",
    "true",
    "99999999999999999999",
    "1979-05-27",
    "\\u0001",
    "\u{feff}",
    "é",
    "everything",
    "device:pumps/0",
    "on = ",
    "law = ",
    "[strategy.x]\n",
    "based_on = \"x\"\n",
    "[fleet.a]\n",
    "count = ",
    "\"0 s\"",
    "\"-1 s\"",
    "\"1 year\"",
    "a.b.c = 1\n",
];

fn cut(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at % (text.len() + 1))
}

/// A file with pieces put in, taken out and moved.
fn mutated() -> impl Strategy<Value = String> {
    let files: Vec<&'static str> = shipped::FILES.iter().map(|file| file.1).chain([WARDS]).collect();
    let edit = (any::<usize>(), any::<usize>(), 0..PIECES.len(), 0..4_u8);
    (prop::sample::select(files), prop::collection::vec(edit, 1..12)).prop_map(|(file, edits)| {
        let mut text = file.to_owned();
        for (from, to, piece, kind) in edits {
            let (a, b) = (cut(&text, from), cut(&text, to));
            let (start, end) = (a.min(b), a.max(b));
            let end = cut(&text, end.min(start + 200));
            match kind {
                0 => text.insert_str(start, PIECES[piece]),
                1 => text.replace_range(start..end.max(start), PIECES[piece]),
                2 => text.replace_range(start..end.max(start), ""),
                _ => {
                    let moved = text[start..end.max(start)].to_owned();
                    let at = cut(&text, from.rotate_left(17));
                    text.insert_str(at, &moved);
                }
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn mutated_scenarios_do_not_panic(text in mutated()) {
        survives(&text);
    }

    #[test]
    fn texts_do_not_panic(text in "\\PC{0,400}") {
        survives(&text);
    }

    #[test]
    fn bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&String::from_utf8_lossy(&bytes));
    }
}

/// Nesting has an end before the stack has.
#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    survives(&format!("a = {}", "[".repeat(100_000)));
    survives(&format!("a = {}", "{ a = ".repeat(100_000)));
    survives(&format!("[{}a]", "a.".repeat(20_000)));
}

/// A large site is one of a few thousand fleets; reading it must not take a coffee.
#[test]
fn thousands_of_fleets_and_flows_are_read_in_a_moment() {
    let mut text = "title = \"Large\"\nhorizon = \"1 day\"\n[zone.a]\npurdue_level = 1\n[fleet]\n".to_owned();
    for nth in 0..3000 {
        text += &format!("f{nth} = {{ class = \"server\", zone = \"a\", count = 2 }}\n");
    }
    text += "[flow]\n";
    for nth in 0..3000 {
        let ends = format!("from = \"f{nth}\", to = \"class:server\"");
        text += &format!(
            "w{nth} = {{ kind = \"reading\", {ends}, every = \"1 h\", size = \"9 B\", deadline = \"1 s\" }}\n"
        );
    }
    text += "[strategy.none]\n";
    let loaded = load(&Source::text("large.toml", &text));
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings.first());
    assert_eq!(loaded.scenario.flows.len(), 3000);
}
