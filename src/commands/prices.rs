//! What cryptography costs, as `list` and `explain` tell it.

use crate::failure::Failure;
use crate::screen;
use devices::class::{self, DeviceClass};
use devices::crypto::offers::{self, Offer, READING};
use devices::crypto::{Build, Catalogue, Suite, scheme};
use devices::parameters::Confidence;
use sim::time::Span;

/// The other end of what is offered.
const SERVER: &str = "generic-server";

/// What a class can run and what not.
fn of(class: &DeviceClass, costs: &Catalogue) -> Result<Vec<Offer>, Failure> {
    let server = class::class(SERVER).map_err(Failure::run)?;
    offers::offers(costs, class, server).map_err(Failure::run)
}

/// How many suites a class can run, for a list.
pub fn count(class: &DeviceClass) -> Result<String, Failure> {
    let offers = of(class, Catalogue::shipped().map_err(Failure::run)?)?;
    let fits = offers.iter().filter(|offer| offer.1.is_ok()).count();
    Ok(format!("runs {fits} of {} suites", offers.len()))
}

/// The suites of a class: price for each message and for each handshake, or what it lacks.
pub fn of_class(class: &DeviceClass, costs: &Catalogue) -> Result<String, Failure> {
    let header = ["suite", "a message", "", "", "a handshake", "", "", "on its carrier", "battery"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    let mut lacking = Vec::new();
    for (suite, offer) in of(class, costs)? {
        match offer {
            Err(lack) => lacking.push(format!(
                "{} does not fit: {}, needs {}, has {}",
                suite.name, lack.what, lack.needs, lack.has
            )),
            Ok(price) => lines.push(vec![
                suite.name.clone(),
                format!("+{} B", price.message_bytes),
                time(price.message_cpu),
                joules(price.message_joules),
                format!("{} B", price.handshake_bytes),
                time(price.handshake_cpu),
                joules(price.handshake_joules),
                price.on_carrier.map_or_else(String::new, time),
                price.battery.map_or_else(String::new, |(lasts, share)| {
                    let life = lasts.map_or_else(
                        || "the sun suffices".to_owned(),
                        |lasts| format!("{:.2} years", lasts.seconds() / (365.0 * 86_400.0)),
                    );
                    format!("{life}, {:.1} % for the suite", share * 100.0)
                }),
            ]),
        }
    }
    let mut out = screen::table(&lines);
    out.push_str(&lacking.iter().map(|line| format!("{line}\n")).collect::<String>());
    out.push_str(&format!(
        "a message carries {READING} B; battery: one each 15 min, a session a day; the other end is a {SERVER}\n"
    ));
    Ok(out)
}

/// Which classes a suite fits, and at what price.
pub fn of_suite(suite: &Suite, costs: &Catalogue) -> Result<String, Failure> {
    let mut lines = vec![
        ["class", "a message", "a handshake", "of the device", "or what it lacks"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for class in class::all().map_err(Failure::run)?.values() {
        let Some((_, offer)) = of(class, costs)?.into_iter().find(|offer| offer.0.name == suite.name) else {
            continue;
        };
        lines.push(match offer {
            Ok(price) => vec![
                class.name.to_owned(),
                format!("+{} B, {}", price.message_bytes, time(price.message_cpu)),
                format!("{} B", price.handshake_bytes),
                time(price.handshake_cpu),
                String::new(),
            ],
            Err(lack) => {
                let none = String::new;
                vec![
                    class.name.to_owned(),
                    none(),
                    none(),
                    none(),
                    format!("{}: needs {}", lack.what, lack.needs),
                ]
            }
        });
    }
    Ok(screen::table(&lines))
}

/// What a scheme costs each class, and the rows behind it.
pub fn of_scheme(name: &str, costs: &Catalogue) -> Result<Vec<(&'static str, String)>, Failure> {
    let Some(found) = scheme::find(name).map_err(Failure::run)? else { return Ok(Vec::new()) };
    let classes = class::all().map_err(Failure::run)?;
    let rows = scheme::priced(costs, found, classes.values()).map_err(Failure::run)?;
    let mut parts = Vec::new();
    if let Some(size) = scheme::size(found).map_err(Failure::run)? {
        let bytes = |what: &str, size: Option<u32>| size.map(|size| format!("{what} {size} B"));
        let all = [
            bytes("public key", size.public_key),
            bytes("secret key", size.secret_key),
            bytes("ciphertext, signature or share", size.ciphertext_or_signature),
            bytes("shared secret, tag or digest", size.shared_secret_or_tag),
            bytes("nonce", size.nonce),
        ];
        let all = all.into_iter().flatten().collect::<Vec<_>>().join(", ");
        parts.push((
            "sizes",
            format!("{all}\n{} ({}; {})", size.standard, size.source, trust(size.confidence)),
        ));
    }
    let mut lines = vec![
        ["class", "operation", "time", "energy", "cycles", "spread", "stack", "from"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut sources: Vec<String> = Vec::new();
    for row in &rows {
        let cost = &row.cost;
        let told = format!(
            "{} on {}, {}: {} ({})",
            cost.row.implementation,
            cost.row.platform,
            build(cost.row.build),
            cost.row.source,
            trust(cost.row.confidence)
        );
        let nth = sources.iter().position(|known| *known == told).unwrap_or_else(|| {
            sources.push(told);
            sources.len() - 1
        });
        let scaled = cost.scaled.map_or_else(String::new, |line| {
            format!(", scaled × {} ({} to {}; {})", line.factor, line.low, line.high, trust(line.confidence))
        });
        lines.push(vec![
            row.class.to_owned(),
            row.act.to_owned(),
            time(row.takes),
            joules(row.joules),
            format!("{:.0}", cost.cycles(READING)),
            format!("× {:.2} to {:.2}", cost.spread.0, cost.spread.1),
            cost.stack.map_or_else(String::new, |bytes| format!("{bytes:.0} B")),
            format!("[{}]{scaled}", nth + 1),
        ]);
    }
    parts.push(("what it costs each class", screen::table(&lines)));
    let sources = (1..).zip(&sources).map(|(nth, told)| format!("[{nth}] {told}\n")).collect::<String>();
    parts.push(("where that comes from", sources));
    Ok(parts)
}

fn build(build: Build) -> String {
    format!("{build:?}").to_lowercase()
}

fn trust(confidence: Confidence) -> String {
    serde_json::to_value(confidence)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A length of time in the unit that leaves it readable.
fn time(span: Span) -> String {
    match span.seconds() {
        0.0 => "0".to_owned(),
        s if s < 1e-3 => format!("{:.3} ms", s * 1e3),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

fn joules(joules: f64) -> String {
    match joules {
        0.0 => "0".to_owned(),
        j if j < 1e-3 => format!("{:.2} µJ", j * 1e6),
        j if j < 1.0 => format!("{:.2} mJ", j * 1e3),
        j => format!("{j:.2} J"),
    }
}
