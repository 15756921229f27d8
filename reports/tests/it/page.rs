//! The contract: the page is one file without network, shows every figure for desk and telephone with words for those
//! who cannot see it, takes its colours from the style sheet, and lets no name of a scenario become markup.

use crate::sample;
use reports::page;

/// The drawn figures of a page.
fn figures(html: &str) -> Vec<&str> {
    html.match_indices("<svg ").map(|(at, _)| &html[at..at + html[at..].find("</svg>").unwrap()]).collect()
}

#[test]
fn the_page_is_one_small_file_that_asks_for_nothing() {
    let html = page::html(&sample::hospital(20)).unwrap();
    assert!(html.len() < 3_000_000, "{}", html.len());
    for outside in ["http://", "https://", "<script", "<link", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn every_figure_comes_for_desk_and_telephone_with_words() {
    let html = page::html(&sample::hospital(20)).unwrap();
    let figures = figures(&html);
    assert_eq!(figures.len(), 6);
    for figure in figures {
        let head = &figure[..figure.find('>').unwrap()];
        assert!(head.contains("class=\"wide\"") || head.contains("class=\"narrow\""), "{head}");
        assert!(
            head.contains("role=\"img\"") && head.contains("aria-label=\"") && head.contains("risk-based"),
            "{head}"
        );
        assert!(!figure.contains("=\"#"), "a colour that does not follow light and dark");
    }
}

#[test]
fn the_answer_stands_on_the_page_word_for_word() {
    let all = sample::hospital(20);
    let html = page::html(&all).unwrap();
    for sentence in &all.answer {
        assert!(html.contains(&sentence.text), "{}", sentence.text);
    }
    assert!(html.contains(&all.command) && html.contains(&all.digest));
}

#[test]
fn a_name_is_never_markup() {
    let mut all = sample::hospital(3);
    let hostile = "<img src=x onerror=\"alert(1)\">&'";
    all.title = hostile.to_owned();
    all.marks[0].text = hostile.to_owned();
    all.dossier.controls[0].title = hostile.to_owned();
    all.dossier.parameters[0].source = hostile.to_owned();
    all.curves[1].strategy = hostile.to_owned();
    all.strategies[1].name = hostile.to_owned();
    let html = page::html(&all).unwrap();
    assert!(!html.contains("<img") && html.contains("&lt;img"));
}

#[test]
fn a_fleet_without_people_and_a_single_run_have_a_page_too() {
    let water = page::html(&sample::water(20)).unwrap();
    assert!(water.contains("Who lost the messages") && !water.contains("The day"));
    assert_eq!(figures(&water).len(), 4);
    let once = page::html(&sample::hospital(1)).unwrap();
    assert!(once.contains("there is no interval") && !once.contains(">better<"));
    assert!(page::html(&sample::nothing_changes(20)).unwrap().contains("not shown"));
}

#[test]
fn the_page_names_controls_shortly_and_leaves_no_link_markup() {
    let html = page::html(&sample::hospital(20)).unwrap();
    let title = "Fixes are installed, ring by ring, and each costs a reboot";
    assert!(html.contains(title));
    assert!(figures(&html).iter().all(|figure| !figure.contains("ring by ring")), "a title on a bar");
    assert!(html.contains("tolerance, and other sedatives. oxygen store is all there is; see Blood.</dd>"));
    assert!(!html.contains("[`") && !html.contains("]("));
}

#[test]
fn the_picture_says_when_harm_gave_its_axis_away() {
    let html = page::html(&sample::unharmed(20)).unwrap();
    let plane = figures(&html)[0];
    assert!(plane.contains("devices taken (peak), % →") && plane.contains("patients harmed: 0 in every run"));
    assert!(!figures(&page::html(&sample::hospital(20)).unwrap())[0].contains("in every run"));
}

/// No two labels of a figure overlap, by the widths that a browser's common fonts have (0.6 of the size a letter).
#[test]
fn labels_do_not_cover_one_another() {
    let number = |tag: &str, name: &str| -> f64 {
        let from = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        tag[from..].split('"').next().unwrap().parse().unwrap()
    };
    let all = [
        sample::hospital(20),
        sample::water(20),
        sample::nothing_changes(20),
        sample::unharmed(20),
        sample::unharmed(2),
    ];
    for all in all {
        let html = page::html(&all).unwrap();
        for figure in figures(&html) {
            let mut boxes: Vec<(String, [f64; 4])> = Vec::new();
            for (at, _) in figure.match_indices("<text ") {
                let whole = &figure[at..];
                let (tag, rest) = whole.split_once('>').unwrap();
                let words = rest.split('<').next().unwrap().trim().to_owned();
                let size = number(tag, "font-size");
                let wide = words.chars().count() as f64 * size * 0.56;
                let x = number(tag, "x");
                let left = if tag.contains("\"end\"") {
                    x - wide
                } else if tag.contains("\"middle\"") {
                    x - wide / 2.0
                } else {
                    x
                };
                let y = number(tag, "y");
                boxes.push((words, [left, y - size * 0.5, left + wide, y + size * 0.5]));
            }
            for (nth, (a, one)) in boxes.iter().enumerate() {
                for (b, other) in &boxes[nth + 1..] {
                    let wide = one[2].min(other[2]) - one[0].max(other[0]);
                    let high = one[3].min(other[3]) - one[1].max(other[1]);
                    assert!(wide <= 0.0 || high <= 0.0, "`{a}` and `{b}` overlap in {}", &figure[..200]);
                }
            }
        }
    }
}
