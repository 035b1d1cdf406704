//! Progress bars on standard error.

use std::cell::Cell;
use std::time::Instant;

use ibid::task::{Phase, Progress, Task};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows a task's reports as a bar; where standard error is no terminal, nothing is shown.
pub struct ProgressTask {
    bar: ProgressBar,
    phase: Cell<Option<Phase>>,
    started: Instant,
}

impl ProgressTask {
    /// A bar that appears with the first report.
    pub fn new() -> Self {
        Self { bar: ProgressBar::no_length(), phase: Cell::new(None), started: Instant::now() }
    }
}

impl Task for ProgressTask {
    fn report(&self, Progress { phase, done, total }: Progress) {
        if self.phase.replace(Some(phase)) != Some(phase) {
            let template = "{msg:>10} {wide_bar} {pos}/{len} {eta}";
            self.bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
            self.bar.set_message(phase.name());
            self.bar.reset();
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    fn is_aborted(&self) -> bool {
        false
    }

    fn now(&self) -> f64 {
        1000.0 * self.started.elapsed().as_secs_f64()
    }

    async fn pause(&self) {}
}

impl Drop for ProgressTask {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
