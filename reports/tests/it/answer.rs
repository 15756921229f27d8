//! The contract: a sentence of the answer says nothing that does not stand in a field, names its fields, and claims
//! nothing that its interval does not show.

use crate::sample;
use reports::comparison::Comparison;
use serde_json::Value;

/// A comma between digits belongs to a number; any other ends it.
fn without_commas(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
    let keep = |at: &usize| letters[*at] != ',' || !digit(at.checked_sub(1)) || !digit(Some(at + 1));
    (0..letters.len()).filter(keep).map(|at| letters[at]).collect()
}

/// Every number in a text, with the decimals it is printed with.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut now = String::new();
    for letter in without_commas(text).chars().chain([' ']) {
        if letter.is_ascii_digit() || (letter == '.' && !now.is_empty()) {
            now.push(letter);
        } else if !now.is_empty() {
            found.push(std::mem::take(&mut now).trim_end_matches('.').to_owned());
        }
    }
    found
}

/// The numbers that a field can be printed as, with some decimals.
fn printed(field: &Value, decimals: usize) -> Vec<String> {
    let value = field.as_f64().or_else(|| field.as_array().map(|list| list.len() as f64));
    value.map_or(Vec::new(), |v| [v, v * 100.0].map(|v| format!("{:.decimals$}", v.abs())).to_vec())
}

fn every_sentence_says_its_fields(comparison: &Comparison) {
    let document = serde_json::to_value(comparison).unwrap();
    assert!(!comparison.answer.is_empty());
    for sentence in &comparison.answer {
        assert!(!sentence.from.is_empty(), "{}", sentence.text);
        let fields: Vec<&Value> = sentence
            .from
            .iter()
            .map(|path| document.pointer(path).unwrap_or_else(|| panic!("{path} of: {}", sentence.text)))
            .collect();
        let mut text = sentence.text.clone();
        for name in fields.iter().filter_map(|field| field.as_str()) {
            assert!(text.contains(name), "{name} is not said in: {text}");
            text = text.replacen(name, "", 1);
        }
        for said in numbers(&text) {
            let decimals = said.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let known = fields.iter().any(|field| printed(field, decimals).contains(&said));
            assert!(known, "{said} stands in no field of: {}", sentence.text);
        }
    }
}

#[test]
fn every_number_in_a_sentence_is_a_field_it_names() {
    for replications in [1, 2, 20] {
        every_sentence_says_its_fields(&sample::hospital(replications));
    }
    for replications in [1, 3, 20] {
        every_sentence_says_its_fields(&sample::unharmed(replications));
        every_sentence_says_its_fields(&sample::water_in_time(replications));
    }
    every_sentence_says_its_fields(&sample::water(20));
    every_sentence_says_its_fields(&sample::examined(0.0));
    every_sentence_says_its_fields(&sample::examined(40.0));
    every_sentence_says_its_fields(&sample::nothing_changes(20));
}

#[test]
fn the_three_sentences_name_the_best_the_costly_and_the_assumed() {
    let hospital = sample::hospital(20);
    assert!(
        hospital.answer[0].text.starts_with("risk-based does best on patients harmed"),
        "{}",
        hospital.answer[0].text
    );
    assert!(hospital.answer[1].text.starts_with("checklist costs more care"), "{}", hospital.answer[1].text);
    assert!(hospital.answer[2].text.starts_with("This rests on"), "{}", hospital.answer[2].text);
}

#[test]
fn where_nothing_changes_no_difference_is_claimed() {
    let text: Vec<String> = sample::nothing_changes(20).answer.into_iter().map(|one| one.text).collect();
    let all = text.join(" ");
    assert!(all.contains("No strategy did better") || all.contains("no difference"), "{all}");
    assert!(!all.contains("does best") && !all.contains("costs more"), "{all}");
}

#[test]
fn where_nobody_is_harmed_the_answer_says_so_and_goes_on_to_care() {
    let all = sample::unharmed(20);
    assert_eq!((all.primary.as_str(), all.ranking.metric.as_str()), ("patients-harmed", "care-available"));
    let text: Vec<&str> = all.answer.iter().map(|one| one.text.as_str()).collect();
    let nobody = "No patient was harmed by lack of oxygen in any of 20 runs under any strategy; \
                  risk-based does best on care available";
    assert!(text[0].starts_with(nobody) && text[0].contains("it was the best in "), "{}", text[0]);
    assert!(text[1].starts_with("checklist costs more care") && text[1].contains("patching"), "{}", text[1]);
    assert!(text[2].starts_with("What each leaves open, devices taken (peak): none "), "{}", text[2]);
    assert!(
        text.iter().any(|one| one.starts_with("Under every strategy, patients harmed was zero")),
        "{text:?}"
    );
    let once = &sample::unharmed(1).answer[0].text;
    assert!(once.starts_with("One run of each strategy") && once.contains("no patient was harmed"), "{once}");
}

/// By the invented shares the checklist's controls cost less than 5 % of care and none saves so much: with two runs, of
/// which Student's t asks 12.7 standard errors, neither may be claimed.
#[test]
fn with_too_few_runs_the_cost_is_told_and_no_more() {
    let text = sample::unharmed(2).answer.into_iter().map(|one| one.text).collect::<Vec<_>>().join(" ");
    assert!(text.contains("The controls that cost most care are those of checklist"), "{text}");
    assert!(text.contains("an interval that holds zero") && text.contains("is not shown"), "{text}");
    assert!(!text.contains("costs more") && !text.contains("does best"), "{text}");
}

#[test]
fn without_patients_nobody_is_said_to_be_unharmed() {
    let all = sample::water_in_time(20);
    assert_eq!(all.ranking.metric, "devices-taken-peak");
    let text = all.answer.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ");
    assert!(
        text.starts_with("commands in time was the same under every strategy in each of 20 runs"),
        "{text}"
    );
    assert!(!text.contains("harmed") && !text.contains("care"), "{text}");
}

#[test]
fn one_run_claims_nothing() {
    let all: Vec<String> = sample::hospital(1).answer.into_iter().map(|one| one.text).collect();
    assert!(all[0].starts_with("One run of each strategy"), "{all:?}");
    assert!(!all.join(" ").contains("costs more"), "{all:?}");
}
