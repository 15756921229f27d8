//! `plimsoll compare`

use crate::cli::Compare;
use crate::driver;
use crate::failure::{self, Failure};
use crate::input;
use crate::screen;
use experiments::ExperimentError;
use experiments::compare::{self, Compared, MOST, Watch};
use experiments::plan::{About, Plan};
use experiments::store::Store;
use experiments::threads;
use reports::comparison::Comparison;
use reports::terminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Compare strategies, keep the results, show them.
pub async fn compare(asked: Compare, json: bool) -> Result<ExitCode, Failure> {
    let input = input::scenario(&asked.scenario, asked.costs.as_deref())?;
    let about = About::new((&input.name, &input.scenario), &asked.strategies, asked.seed, command(&asked))?;
    let stated = input.scenario.compare.replications();
    let fallback = if asked.until.is_some() { MOST } else { stated };
    let plan = Plan {
        threads: threads::how_many(&input.scenario, asked.threads.map(usize::from)),
        memory: asked.memory,
        scenario: Arc::clone(&input.scenario),
        about,
        replications: asked.replications.unwrap_or(fallback),
        until: asked.until,
        sensitivity: asked.sensitivity,
    };
    plan.check()?;
    let target = asked.out.unwrap_or_else(|| Path::new("out").join(&input.name));
    let store = Store::of_comparison(&target, &plan.about)?;
    store.keep_scenario(&input.name, &input.scenario, &input.files)?;
    let kept = store.partial().to_owned();
    let done = driver::drive(move |meter, cancel| {
        let progress = |told| meter.note(told);
        let compared = compare::compare(&plan, Watch { progress: &progress, cancel, store: Some(&store) });
        match compared {
            Ok(compared) => {
                store.write_comparison(&compared.comparison)?;
                Ok((compared, store.finish()?))
            }
            Err(error @ ExperimentError::TooSoon) => {
                store.discard();
                Err(error)
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    if done.is_err() && kept.exists() {
        screen::tell(&format!("what was complete is in {}\n", kept.display()));
    }
    let (Compared { comparison, complete }, folder) = done?;
    show(&comparison, &folder, json)?;
    if !complete {
        screen::tell("interrupted: this is made of what was complete\n");
        return Ok(ExitCode::from(failure::RUN));
    }
    Ok(ExitCode::SUCCESS)
}

/// A comparison that lies in a folder.
pub fn show(comparison: &Comparison, folder: &Path, json: bool) -> Result<(), Failure> {
    if json {
        return screen::print_json(comparison);
    }
    let page: PathBuf = folder.join("index.html");
    screen::print(&terminal::comparison(comparison, screen::look(), Some(&page.display().to_string())))
}

/// The command that makes this again, but for the number of replications.
fn command(asked: &Compare) -> String {
    let mut words = vec!["plimsoll compare".to_owned(), quoted(&asked.scenario)];
    if !asked.strategies.is_empty() {
        words.push(format!("--strategies {}", quoted(&asked.strategies.join(","))));
    }
    words.push(format!("--seed {}", asked.seed));
    if let Some(costs) = &asked.costs {
        words.push(format!("--costs {}", quoted(&costs.display().to_string())));
    }
    if asked.sensitivity {
        words.push("--sensitivity".to_owned());
    }
    words.join(" ")
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("wards/icu.toml"), "wards/icu.toml");
        assert_eq!(quoted("my ward's.toml"), r"'my ward'\''s.toml'");
    }
}
