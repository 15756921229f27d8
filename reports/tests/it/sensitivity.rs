//! The contract: a number moves the answer when it takes a difference out of its interval, and only then; answer,
//! terminal and page say the same of it.

use crate::sample;
use reports::comparison::Comparison;
use reports::dossier::Trust;
use reports::page;
use reports::terminal::{Look, comparison};

fn difference(all: &Comparison) -> (f64, f64, f64) {
    let one = all.difference("patients-harmed", "checklist").unwrap().interval;
    (one.low.unwrap(), one.mean, one.high.unwrap())
}

#[test]
fn a_shift_moves_the_answer_only_beyond_the_interval() {
    let (low, mean, high) = difference(&sample::examined(0.0));
    let movers = |shift: f64| sample::examined(shift).flags[0].movers.len();
    assert_eq!(movers((high - mean) * 0.99), 0, "within, above");
    assert_eq!(movers((low - mean) * 0.99), 0, "within, below");
    assert_eq!(movers((high - mean) * 1.01), 1, "beyond, above");
    assert_eq!(movers((low - mean) * 1.01), 1, "beyond, below");
}

#[test]
fn what_was_not_set_is_not_examined() {
    let all = sample::examined(40.0);
    let told: Vec<Option<bool>> = all
        .dossier
        .parameters
        .iter()
        .filter(|one| one.confidence >= Trust::FromMemory)
        .map(|one| one.moves_answer)
        .collect();
    assert!(told.len() > 2, "{told:?}");
    assert_eq!((told[0], told[told.len() - 1]), (Some(true), None));
    assert!(told[1..told.len() - 1].iter().all(|one| *one == Some(false)), "{told:?}");
    assert_eq!(all.flags[0].examined, told.len() - 1);
}

#[test]
fn answer_terminal_and_page_name_the_same() {
    for (shift, named) in [(40.0, true), (0.0, false)] {
        let all = sample::examined(shift);
        let weak = all.dossier.parameters.iter().filter(|one| one.confidence >= Trust::FromMemory);
        let keys: Vec<&str> = weak.map(|one| one.key.as_str()).collect();
        let text = comparison(&all, Look { columns: 80, colour: false }, None);
        let lines: Vec<&str> = text.lines().collect();
        let line = lines.iter().find(|line| line.starts_with(&format!("  {} ", keys[0])));
        assert_eq!(line.is_some_and(|line| line.contains("high") && line.ends_with("+40")), named, "{text}");
        assert!(text.contains("the table gives it no range"), "{text}");
        assert!(lines.iter().all(|line| line.starts_with("again") || line.chars().count() <= 80), "{text}");
        let page = page::html(&all).unwrap();
        assert_eq!(page.contains("<b>set high: checklist +40</b>"), named);
        for key in keys {
            assert!(page.contains(&format!("<code>{key}</code>")), "{key}");
        }
        let rests = all.answer.iter().find(|one| one.text.starts_with("This rests on")).unwrap();
        assert_eq!(rests.text.contains("would move the answer"), named, "{}", rests.text);
    }
}
