//! The contract: a comparison's JSON has the published fields, reads back as it was, its headline adds up to the care
//! that is missing, and input that cannot be compared is refused by name.

use crate::sample;
use reports::comparison::Comparison;
use reports::error::ReportError;
use reports::outcome::Outcome;
use reports::run_report::RunReport;
use reports::summary::{StrategyRuns, compare};
use serde_json::Value;

fn json(comparison: &Comparison) -> Value {
    serde_json::to_value(comparison).unwrap()
}

#[test]
fn the_published_fields_are_there() {
    let document = json(&sample::hospital(20));
    for path in [
        "/version",
        "/scenario",
        "/title",
        "/seed",
        "/replications",
        "/confidence",
        "/digest",
        "/strategies/1/name",
        "/strategies/1/metrics/care-available/mean",
        "/strategies/1/metrics/care-available/low",
        "/strategies/1/metrics/care-available/high",
        "/strategies/1/metrics/care-available/unit",
        "/strategies/1/headline/attack",
        "/strategies/1/headline/answering",
        "/strategies/1/headline/other",
        "/strategies/1/ledger/0/loss",
        "/strategies/1/ledger/0/unit",
        "/strategies/1/ledger/0/by/kind",
        "/strategies/1/ledger/0/by/name",
        "/strategies/1/ledger/0/because",
        "/strategies/1/ledger/0/alone",
        "/strategies/1/ledger/0/shared",
        "/strategies/1/ledger/0/low",
        "/strategies/1/ledger/0/high",
        "/differences/0/metric",
        "/differences/0/unit",
        "/differences/0/strategy",
        "/differences/0/baseline",
        "/differences/0/mean",
        "/differences/0/low",
        "/differences/0/high",
        "/differences/0/better",
        "/pareto",
        "/answer/0/text",
        "/answer/0/from/0",
        "/flags",
    ] {
        assert!(document.pointer(path).is_some(), "{path}");
    }
    assert_eq!(document["version"], 1);
}

#[test]
fn a_comparison_reads_back_as_it_was_written() {
    let comparison = sample::hospital(3);
    let text = serde_json::to_string(&comparison).unwrap();
    let again: Comparison = serde_json::from_str(&text).unwrap();
    assert!(again == comparison, "a field changed on its way");
}

#[test]
fn available_and_lost_add_up_to_all_care() {
    for strategy in sample::hospital(20).strategies {
        let h = strategy.headline;
        let lost = h.attack + h.answering + h.other + h.fault + h.planned + h.rest;
        let available = strategy.metrics["care-available"].interval.mean;
        assert!((available + lost - 1.0).abs() < 1e-9, "{}: {available} + {lost}", strategy.name);
        let rows: f64 = strategy.ledger.iter().filter_map(|row| row.share).sum();
        assert!((rows - lost).abs() < 1e-9, "{}", strategy.name);
    }
}

#[test]
fn an_interval_that_holds_zero_is_neither_better_nor_worse() {
    let comparison = sample::hospital(20);
    for one in &comparison.differences {
        let (low, high) = (one.interval.low.unwrap(), one.interval.high.unwrap());
        assert_eq!(one.better.is_none(), low <= 0.0 && high >= 0.0, "{} of {}", one.metric, one.strategy);
    }
    assert!(comparison.differences.iter().any(|one| one.better == Some(false)));
    assert!(sample::nothing_changes(20).differences.iter().all(|one| one.better.is_none()));
}

#[test]
fn no_share_and_no_count_has_an_interval_beyond_what_is_possible() {
    for comparison in [sample::hospital(2), sample::unharmed(3)] {
        for strategy in &comparison.strategies {
            for (id, value) in &strategy.metrics {
                let most = if value.unit == "1" { 1.0 } else { f64::INFINITY };
                let inside = |end: f64| (0.0..=most).contains(&end);
                let (low, high) = (value.interval.low.unwrap(), value.interval.high.unwrap());
                assert!(inside(low) && inside(high), "{id} of {}: {low} to {high}", strategy.name);
            }
        }
    }
    let readings = sample::unharmed(3).strategies[0].metrics["data-flow-availability"].interval;
    assert_eq!((readings.low, readings.high), (Some(0.0), Some(1.0)));
}

#[test]
fn where_nobody_is_harmed_the_picture_shows_what_is_taken() {
    let axes = |all: Comparison| all.pareto.map(|pareto| (pareto.x, pareto.y)).unwrap();
    let pair = |x: &str, y: &str| (x.to_owned(), y.to_owned());
    assert_eq!(axes(sample::hospital(3)), pair("patients-harmed", "care-available"));
    assert_eq!(axes(sample::unharmed(3)), pair("devices-taken-peak", "care-available"));
}

#[test]
fn one_run_gives_means_without_intervals() {
    let document = json(&sample::hospital(1));
    assert!(document.pointer("/strategies/0/metrics/care-available/mean").unwrap().is_number());
    assert!(document.pointer("/strategies/0/metrics/care-available/low").unwrap().is_null());
    assert!(document.pointer("/differences/0/better").unwrap().is_null());
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let good = sample::outcomes(3);
    let runs = |name: &str, outcomes: &[Outcome]| StrategyRuns {
        name: name.to_owned(),
        outcomes: outcomes.to_vec(),
    };
    let about = || sample::about("x", "x", "care-available");
    let unpaired = compare(about(), &[runs("none", &good), runs("zoned", &good[..2])]).unwrap_err();
    assert!(matches!(&unpaired, ReportError::Unpaired { strategy, .. } if strategy == "zoned"), "{unpaired}");
    let baseless = compare(about(), &[runs("zoned", &good)]).unwrap_err();
    assert!(matches!(&baseless, ReportError::Baseline(name) if name == "none"), "{baseless}");
    let empty = compare(about(), &[runs("none", &[])]).unwrap_err();
    assert!(matches!(&empty, ReportError::Nothing { .. }), "{empty}");
    let mut broken = good.clone();
    broken[1].metrics.insert("care-available".to_owned(), f64::NAN);
    let refused = compare(about(), &[runs("none", &good), runs("zoned", &broken)]).unwrap_err();
    assert!(refused.to_string().contains("care-available of zoned"), "{refused}");
    let unknown = compare(sample::about("x", "x", "beauty"), &[runs("none", &good)]).unwrap_err();
    assert!(matches!(&unknown, ReportError::Metric(name) if name == "beauty"), "{unknown}");
}

#[test]
fn the_flows_of_a_run_account_for_every_due_message() {
    let report = RunReport::new("hospital", "none", 42, "9f3a61c2", &sample::outcomes(1)[0]);
    assert_eq!(report.version, 1);
    for flow in &report.flows {
        assert_eq!(flow.due, flow.sent + flow.unsent, "{}", flow.flow);
        assert_eq!(flow.sent, flow.delivered + flow.lost_total + flow.in_flight, "{}", flow.flow);
    }
    let order = report.flows.iter().find(|flow| flow.flow == "dose-order").unwrap();
    assert!(order.percentiles && order.p50_ms.is_some());
    let vitals = report.flows.iter().find(|flow| flow.flow == "ward-vitals").unwrap();
    assert!(!vitals.percentiles && vitals.p50_ms.is_none());
}
