//! How long batteries last is told by class, with what draws them down, by `run`, by `compare` and on its page.

use crate::harness::{Folder, text};

const NODES: &str = r#"
title = "Nodes on a battery"
starts_at = "Mon 00:00"
horizon = "6 h"
[zone]
field = { purdue_level = 0 }
centre = { purdue_level = 3, outside = true }
[conduit]
line = { between = ["field", "centre"], latency = "50 ms" }
[fleet]
nodes = { class = "lora-node", zone = "field", count = 4, gateway.fleet = "gateways" }
gateways = { class = "lora-gateway", zone = "field", count = 1 }
collector = { class = "generic-server", zone = "centre", count = 1 }
[flow]
report = { kind = "reading", from = "nodes", to = "collector", every = "15 min", size = "40 B", deadline = "1 min",
  criticality = "business", secret_for = "10 years" }
[people]
technicians = { count = 1, does = "repair" }
[strategy.none]
[strategy.sealed]
encryption = [{ on = "nodes", suite = "lorawan-otaa", session = "1 h" }]
[compare]
primary = "data-flow-availability"
replications = 2
"#;

#[test]
fn a_class_on_batteries_is_told_with_what_draws_them_down() {
    let folder = Folder::new("batteries").with("nodes.toml", NODES);
    let mut lasts = Vec::new();
    for strategy in ["none", "sealed"] {
        let run = folder.json(&["run", "nodes.toml", "--strategy", strategy]);
        let rows = run["batteries"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["class"], &rows[0]["devices"]), (1, &"lora-node".into(), &4.into()));
        let years = rows[0]["lasts_years"].as_f64().unwrap();
        // The metric's facts are in whole hours.
        let metric = run["metrics"]["battery-life"]["value"].as_f64().unwrap();
        assert!((years - metric).abs() < 1.0 / 8_760.0, "{years} {metric}");
        let shares = rows[0]["shares"].as_object().unwrap();
        assert!((shares.values().map(|share| share.as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(shares["cryptography"].as_f64().unwrap() > 0.0, strategy == "sealed", "{shares:?}");
        let sent = rows[0]["sent_per_day"].as_f64().unwrap();
        assert!(if strategy == "none" { (sent - 96.0).abs() < 1e-6 } else { sent > 96.0 + 10.0 }, "{sent}");
        lasts.push(years);
    }
    assert!(lasts[0] > lasts[1], "{lasts:?}");
    let run = text(&folder.run(&["run", "nodes.toml", "--strategy", "sealed"]).stdout);
    assert!(run.contains("a battery lasts") && run.contains("cryptography, %"), "{run}");
    let told = text(&folder.run(&["compare", "nodes.toml"]).stdout);
    let page = std::fs::read_to_string(folder.path("out/nodes/index.html")).unwrap();
    assert!(
        told.contains("batteries of lora-node") && told.lines().all(|line| line.chars().count() <= 140),
        "{told}"
    );
    assert!(page.contains("what draws them down") && page.contains("lora-node"));
}
