//! Which of two ways of computing the same is faster on this processor, and with this engine.

/// For how many milliseconds each runs at a time.
const SLICE: f64 = 0.2;

/// The race is over after so many turns in which neither got faster, by the factor [`FASTER`], than it ever was.
const PATIENCE: usize = 5;
const FASTER: f64 = 1.05;

/// The most turns: interrupted ones are slow, and tell nothing.
const MOST_TURNS: usize = 30;

/// Whether `run(true)` is faster than `run(false)`, by 5 % at least; the best turn of each counts. A run should take about
/// a hundredth of a millisecond. Takes a few milliseconds; `now` is a clock in milliseconds.
///
/// Both must be in one function: engines compile each function anew when it has run for a while, and a well compiled one
/// would else be compared with another that is not yet.
pub fn second_wins(now: impl Fn() -> f64, mut run: impl FnMut(bool)) -> bool {
    let mut best = [0.0; 2];
    let mut turns_without = 0;
    for _ in 0..MOST_TURNS {
        turns_without += 1;
        for (best, second) in best.iter_mut().zip([false, true]) {
            let rate = rate(&now, || run(second));
            if rate > *best * FASTER {
                turns_without = 0;
            }
            *best = rate.max(*best);
        }
        if turns_without == PATIENCE {
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

    /// Races two runs that take so many milliseconds by a clock of ticks; every so many turns one is interrupted.
    fn race(first: f64, second: f64, interrupted_every: u32) -> bool {
        let (time, runs) = (Cell::new(0.0), Cell::new(0));
        let now = || {
            time.set(time.get() + 0.001);
            (time.get() * 10.0f64).floor() / 10.0
        };
        second_wins(now, |is_second| {
            runs.set(runs.get() + 1);
            let interruption = if runs.get() % interrupted_every == 0 { 5.0 } else { 0.0 };
            time.set(time.get() + interruption + if is_second { second } else { first });
        })
    }

    #[test]
    fn the_second_wins_where_it_is_clearly_faster() {
        assert!(race(0.02, 0.01, u32::MAX));
        assert!(!race(0.01, 0.02, u32::MAX));
        assert!(!race(0.01, 0.01, u32::MAX));
    }

    #[test]
    fn interruptions_do_not_decide() {
        for every in [50, 97] {
            assert!(race(0.02, 0.01, every));
            assert!(!race(0.01, 0.02, every));
        }
    }
}
