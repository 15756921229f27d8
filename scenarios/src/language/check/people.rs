//! People and the processes in them.

use super::super::findings::Finding;
use super::Board;

pub(super) fn check(board: &mut Board<'_>) {
    for (name, people) in &board.scenario.people {
        for need in &people.needs {
            if need.each == 0 || need.each > 1000 {
                let message = format!("each of `{name}` takes {} devices for `{}`", need.each, need.function);
                let finding = Finding::error("S013", people.at(&need.function.span), message);
                board.found.push(finding.help("write `each = 1`, or leave it out"));
            }
        }
        if people.are_cared_for() && !people.does.is_empty() {
            let message = format!("`{name}` are cared for and on duty");
            let finding = Finding::error("S032", people.place.clone(), message);
            board.found.push(finding.help("make two groups: those with `needs`, and those who do something"));
        }
    }
    for (name, plant) in &board.scenario.plants {
        if let (Some(patients), Some(count)) = (&plant.patients, &plant.count) {
            let place = plant.at(&count.span);
            let message = format!("plant `{name}` is per patient or per machine, not both");
            board.found.push(Finding::error("S032", place, message));
            let _ = patients;
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
