//! The contract: the comparison fits the terminal it is told, says in words what it says in colour, and lines up.

use crate::sample;
use reports::terminal::{Look, comparison};

fn plain(columns: usize) -> String {
    comparison(&sample::hospital(20), Look { columns, colour: false }, Some("out/hospital/index.html"))
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [80, 100, 120, 140] {
        for line in plain(columns).lines() {
            let breakable = line.contains(' ') && !line.starts_with("again") && !line.starts_with("page");
            assert!(!breakable || line.chars().count() <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn colour_adds_no_word_and_is_absent_when_refused() {
    let all = sample::hospital(20);
    let coloured = comparison(&all, Look { columns: 120, colour: true }, None);
    let plain = comparison(&all, Look { columns: 120, colour: false }, None);
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
    let mut bare = coloured;
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m"] {
        bare = bare.replace(code, "");
    }
    let trim = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trim(&bare), trim(&plain));
}

#[test]
fn intervals_stand_below_one_another() {
    let text = plain(120);
    let column = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name) && line.contains('[')).unwrap();
        line.chars().position(|letter| letter == '[').unwrap()
    };
    assert_eq!(column("checklist"), column("risk-based"));
}

#[test]
fn what_is_not_shown_is_marked_and_one_run_has_no_interval() {
    let still = comparison(&sample::nothing_changes(20), Look { columns: 100, colour: false }, None);
    assert!(still.contains("~ the interval holds zero: no difference shown"), "{still}");
    let once = comparison(&sample::hospital(1), Look { columns: 100, colour: false }, None);
    assert!(once.contains("one run: no interval") && !once.contains('['), "{once}");
}
