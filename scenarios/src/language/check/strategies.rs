//! Strategies build on each other without a circle, and there is one to compare with.

use super::super::findings::Finding;
use super::Board;

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    for (name, strategy) in &scenario.strategies {
        let Some(base) = &strategy.based_on else { continue };
        let place = strategy.at(&base.span);
        if !board.knows(&["strategy"], base) {
            let message = format!(
                "strategy `{name}` is based on `{}`, which is not there",
                super::super::complaint::tidy(base)
            );
            let label = super::super::nearest::label(base, board.names(&["strategy"]));
            board.found.push(Finding::error("S016", place, message).label(label));
            continue;
        }
        let mut passed = vec![name.as_str()];
        let mut next = Some(base.value.as_str());
        while let Some(current) = next {
            if current == name {
                let way = passed.iter().chain([&name.as_str()]).copied().collect::<Vec<_>>().join(" → ");
                let finding = Finding::error("S016", place, format!("strategy `{name}` is based on itself"));
                board.found.push(finding.help(way));
                break;
            }
            if passed.contains(&current) {
                break;
            }
            passed.push(current);
            next = scenario
                .strategies
                .get(current)
                .and_then(|s| s.based_on.as_ref())
                .map(|base| base.value.as_str());
        }
    }
    baseline(board);
}

fn baseline(board: &mut Board<'_>) {
    let compare = &board.scenario.compare;
    let names = board.names(&["strategy"]).collect::<Vec<_>>();
    if let Some(baseline) = &compare.baseline {
        if !names.contains(&baseline.value.as_str()) {
            let message = format!("no strategy is called `{}`", super::super::complaint::tidy(baseline));
            let label = super::super::nearest::label(baseline, names.iter().copied());
            board.found.push(Finding::error("S023", compare.at(&baseline.span), message).label(label));
        }
    } else if !names.contains(&"none") {
        let finding = Finding::warning("S023", compare.place.clone(), "no strategy is called `none`");
        board.found.push(finding.help("add [strategy.none], the place as it is, or set [compare] baseline"));
    }
    if let Some(confidence) = &compare.confidence
        && !(confidence.0 > 0.0 && confidence.0 < 1.0)
    {
        let finding = Finding::error("S013", compare.at(&confidence.span), "no interval has that confidence");
        board.found.push(finding.label("write 0.95"));
    }
    if let Some(replications) = &compare.replications
        && replications.value.0 < 2
    {
        let finding = Finding::warning("S023", compare.at(&replications.span), "one run has no interval");
        board.found.push(finding.label("write at least 2; 20 is usual"));
    }
}
