//! The driver: models work on their own threads, and this watches signals and tells how it goes.

use crate::failure::{self, Failure};
use crate::memory;
use crate::screen;
use experiments::compare::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How often progress is told where nobody watches it move.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How far the work is, seen from any thread.
#[derive(Clone)]
pub struct Meter {
    bar: ProgressBar,
    runs: Arc<AtomicU64>,
    planned: Arc<AtomicU64>,
}

impl Meter {
    fn new() -> Self {
        let target =
            if screen::watched() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = if screen::messages_coloured() {
            "{bar:40.cyan/dim} {msg}, {elapsed} gone, about {eta} left"
        } else {
            "{bar:40} {msg}, {elapsed} gone, about {eta} left"
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar, runs: Arc::default(), planned: Arc::default() }
    }

    /// Take notice of progress.
    pub fn note(&self, progress: Progress) {
        match progress {
            Progress::Planned(runs) => {
                self.planned.fetch_add(runs, Ordering::Relaxed);
                self.bar.inc_length(1000 * runs);
            }
            Progress::Simulated(thousandths) => self.bar.inc(thousandths),
            Progress::Completed => {
                self.runs.fetch_add(1, Ordering::Relaxed);
            }
            Progress::Fitted { need, budget, at_once, wanted } => {
                let text = memory::told(need, budget, Some((at_once, wanted)));
                self.bar.suspend(|| screen::tell(&text));
            }
            Progress::Examining { parameters, runs } => {
                let text = format!("{runs} more runs tell which of {parameters} numbers move the answer\n");
                self.bar.suspend(|| screen::tell(&text));
            }
        }
        self.bar.set_message(self.runs());
    }

    fn runs(&self) -> String {
        let (runs, planned) = (self.runs.load(Ordering::Relaxed), self.planned.load(Ordering::Relaxed));
        format!("{runs} of {planned} runs")
    }

    fn line(&self) -> String {
        let left = Duration::from_secs(self.bar.eta().as_secs());
        format!("{}, about {} left\n", self.runs(), indicatif::HumanDuration(left))
    }
}

/// Do work that blocks, and meanwhile tell how it goes; the first Ctrl-C sets the flag that the work is shown, the
/// second ends the program.
pub async fn drive<T: Send + 'static>(
    work: impl FnOnce(&Meter, &AtomicBool) -> T + Send + 'static,
) -> Result<T, Failure> {
    let (meter, cancel) = (Meter::new(), Arc::new(AtomicBool::new(false)));
    let (shown, flag) = (meter.clone(), Arc::clone(&cancel));
    let mut working = tokio::task::spawn_blocking(move || work(&shown, &flag));
    let mut lines = tokio::time::interval(LINE_EVERY);
    lines.tick().await;
    let mut interrupts = 0;
    let done = loop {
        tokio::select! {
            done = &mut working => break done,
            Ok(()) = tokio::signal::ctrl_c() => {
                interrupts += 1;
                if interrupts > 1 {
                    leave_now();
                }
                cancel.store(true, Ordering::Relaxed);
                meter.bar.suspend(|| screen::tell("interrupted: what is complete is kept; again to leave at once\n"));
            }
            _ = lines.tick(), if !screen::watched() => screen::tell(&meter.line()),
        }
    };
    meter.bar.finish_and_clear();
    done.map_err(|error| Failure::run(error).doing("the work ended early"))
}

/// Threads of the simulation cannot be stopped in the middle of a window.
#[expect(clippy::exit, reason = "the person asked twice to leave at once; completed runs are on disk")]
fn leave_now() -> ! {
    std::process::exit(i32::from(failure::RUN))
}
