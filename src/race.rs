//! Which of two ways of computing the same is faster on this processor, and with this engine.

/// For how many milliseconds each runs at a time.
const SLICE: f64 = 0.2;

/// The race is over after so many turns in which neither got faster, by the factor [`FASTER`], than it ever was.
const PATIENCE: usize = 5;
const FASTER: f64 = 1.05;

/// What an engine has compiled anew is faster by this factor at least than in the first turns, of which one may be
/// interrupted, and the very first waits for the engine.
const COMPILED: f64 = 1.5;
const FIRST_TURNS: usize = 3;

/// The most turns, where nothing is seen of that: about a tenth of a second.
const MOST_TURNS: usize = 200;
/// In milliseconds; for clocks that browsers make coarse, to tell less of who looks at them, and for machines that are busy.
const LONGEST: f64 = 500.0;

/// Whether `run(true)` is faster than `run(false)`, by 5 % at least; the best turn of each counts. A run should take about
/// a hundredth of a millisecond. Takes some 15 milliseconds, or a hundred where both were compiled well before; `now` is a clock in
/// milliseconds.
///
/// Both must be in one function: engines compile each function anew when it has run for a while, and a well compiled one
/// would else be compared with another that is not yet. Until then the two may take the same time, or the slower one less: so the
/// race does not end before that is seen.
pub fn second_wins(now: impl Fn() -> f64, mut run: impl FnMut(bool)) -> bool {
    let began = now();
    let mut best = [0.0; 2];
    let mut is_compiled = false;
    let mut turns_without = 0;
    for turn in 0..MOST_TURNS {
        turns_without += 1;
        for (best, second) in best.iter_mut().zip([false, true]) {
            let rate = rate(&now, || run(second));
            is_compiled |= turn >= FIRST_TURNS && rate > *best * COMPILED;
            if rate > *best * FASTER {
                turns_without = 0;
            }
            *best = rate.max(*best);
        }
        if is_compiled && turns_without >= PATIENCE || now() - began >= LONGEST {
            break;
        }
    }
    best[1] > best[0] * FASTER
}

/// Runs in a millisecond. They begin with a tick of the clock, since clocks of browsers are coarse.
fn rate(now: impl Fn() -> f64, mut run: impl FnMut()) -> f64 {
    let called = now();
    let mut start = now();
    while start == called {
        start = now();
    }
    let mut runs = 0;
    loop {
        run();
        runs += 1;
        let elapsed = now() - start;
        if elapsed >= SLICE {
            return f64::from(runs) / elapsed;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Races two runs by a clock that ticks ten times in a millisecond: what a run takes, in milliseconds, from how many there
    /// were before and whether it is the second. Also tells how many there were.
    fn race(taken: impl Fn(u32, bool) -> f64) -> (bool, u32) {
        let (second_wins, runs, _) = race_by(0.1, taken);
        (second_wins, runs)
    }

    /// The same by a clock of other ticks. Also tells how long it took.
    fn race_by(tick: f64, taken: impl Fn(u32, bool) -> f64) -> (bool, u32, f64) {
        let (time, runs) = (Cell::new(0.0), Cell::new(0));
        let now = || {
            time.set(time.get() + 0.001);
            (time.get() / tick).floor() * tick
        };
        let second_wins = second_wins(now, |is_second| {
            time.set(time.get() + taken(runs.get(), is_second));
            runs.set(runs.get() + 1);
        });
        (second_wins, runs.get(), time.get())
    }

    /// A run that is as good as it gets.
    fn steady(first: f64, second: f64) -> impl Fn(u32, bool) -> f64 {
        move |_, is_second| if is_second { second } else { first }
    }

    #[test]
    fn the_second_wins_where_it_is_clearly_faster() {
        assert!(race(steady(0.02, 0.01)).0);
        assert!(!race(steady(0.01, 0.02)).0);
        assert!(!race(steady(0.01, 0.01)).0);
    }

    #[test]
    fn interruptions_do_not_decide() {
        for every in [50, 97] {
            let interrupted = |run| if run % every == every - 1 { 5.0 } else { 0.0 };
            assert!(race(|run, is_second| steady(0.02, 0.01)(run, is_second) + interrupted(run)).0);
            assert!(!race(|run, is_second| steady(0.01, 0.02)(run, is_second) + interrupted(run)).0);
        }
    }

    #[test]
    fn what_is_faster_before_the_engine_compiles_it_anew_does_not_win() {
        for runs_before in [150, 400, 1_000] {
            let taken = |run, is_second| {
                let steady = if run < runs_before { steady(0.02, 0.017) } else { steady(0.007, 0.01) };
                steady(run, is_second)
            };
            assert!(!race(taken).0);
            assert!(race(|run, is_second| taken(run, !is_second)).0);
        }
    }

    #[test]
    fn a_race_is_over_soon_after_that() {
        let taken = |run, _| if run < 150 { 0.02 } else { 0.01 };
        let ((_, runs), (_, most)) = (race(taken), race(steady(0.01, 0.01)));
        assert!(runs < 600 && most > 4_000, "{runs}, {most}");
    }

    #[test]
    fn a_coarse_clock_does_not_hold_it_up() {
        for tick in [16.0, 100.0] {
            let (second_wins, _, elapsed) = race_by(tick, steady(0.01, 0.02));
            assert!(!second_wins && elapsed < LONGEST + 4.0 * tick + 1.0, "{elapsed} ms");
        }
    }
}
