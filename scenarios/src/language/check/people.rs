//! People and the processes in them.

use super::super::findings::Finding;
use super::Board;
use sim::time::Span;

pub(super) fn check(board: &mut Board<'_>) {
    for (name, people) in &board.scenario.people {
        for need in &people.needs {
            if need.each == 0 || need.each > 1000 {
                let message = format!("each of `{name}` takes {} devices for `{}`", need.each, need.function);
                let finding = Finding::error("S013", people.at(&need.function.span), message);
                board.found.push(finding.help("write `each = 1`, or leave it out"));
            }
        }
        if people.fatigue.is_some_and(|fatigue| fatigue.alarms == 0 || fatigue.within.0 == Span::ZERO) {
            let message = format!("`{name}` are tired by no alarms, or in no time");
            let finding = Finding::error("S013", people.place.clone(), message);
            board
                .found
                .push(finding.help("write `fatigue = { alarms = 80, within = \"2 h\" }`, or leave it out"));
        }
        if people.are_cared_for() && !people.does.is_empty() {
            let message = format!("`{name}` are cared for and on duty");
            let finding = Finding::error("S032", people.place.clone(), message);
            board.found.push(finding.help("make two groups: those with `needs`, and those who do something"));
        }
    }
    for (name, plant) in &board.scenario.plants {
        if let (Some(_), Some(count)) = (&plant.patients, &plant.count) {
            let message = format!("plant `{name}` is per patient or per machine, not both");
            board.found.push(Finding::error("S032", plant.at(&count.span), message));
        }
        let Some(patients) = &plant.patients else { continue };
        let groups = board.scenario.people.iter().filter(|(group, people)| match &plant.of {
            Some(of) => of.value == **group,
            None => people.are_cared_for(),
        });
        let there: u64 = groups.map(|(_, people)| u64::from(people.count())).sum();
        if u64::from(patients.value.0) > there && board.whole(&["people"]) {
            let message = format!("plant `{name}` has {} patients, and there are {there}", patients.value.0);
            let finding = Finding::error("S032", plant.at(&patients.span), message);
            board.found.push(finding.help("patients are people with `needs`: [people.patients]"));
        }
    }
}
