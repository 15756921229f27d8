//! Measures every engine on the FLEET workloads and prints the ratios: `ratios [--quick]`, from the top of the
//! repository. `benches/ratios` builds what is needed first.
//!
//! CPU time of the loop alone, as each program takes it of itself; best of five; engines take turns, so that a busy
//! minute of the machine meets them all. A run whose sums differ from those of the workload ends the measurement.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tables are what the program is for")]

mod engines;
mod measure;
mod own;
mod table;

use std::env;
use std::error::Error;
use std::path::Path;

use engines::{CASES, Case, ENGINES};
use measure::{Best, empty_rss};
use table::Cell;

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let quick = match arguments.as_slice() {
        [] => false,
        [only] if only == "--quick" => true,
        _ => return Err("ratios [--quick]".into()),
    };
    let (present, missing): (Vec<_>, Vec<_>) =
        ENGINES.iter().partition(|engine| Path::new(engine.command[0]).exists());
    for engine in missing {
        println!("{} is left out: there is no {}", engine.name, engine.command[0]);
    }

    let cases: Vec<&Case> = CASES.iter().filter(|case| case.quick || !quick).collect();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for case in &cases {
        let cell = |engine: &&engines::Engine| {
            let best = engine.fleet(case, quick).map(Best::of);
            Ok(Cell { engine: engine.name, empty_rss: empty_rss(engine)?, best })
        };
        rows.push(present.iter().map(cell).collect::<Result<_, Box<dyn Error>>>()?);
    }
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for row in &mut rows {
            for (engine, cell) in present.iter().zip(row) {
                cell.best.as_mut().map_or(Ok(()), |best| best.again(engine))?;
            }
        }
    }

    for (case, row) in cases.iter().zip(&rows) {
        print!("{}", table::case(case, row)?);
    }
    let same_period = cases.iter().zip(&rows).filter(|(case, _)| case.period_s == 10);
    let scaling: Vec<_> = same_period.map(|(case, row)| (*case, row.as_slice())).collect();
    print!("{}", table::scaling(&scaling)?);
    print!("{}", own::table(ROUNDS)?);
    Ok(())
}
