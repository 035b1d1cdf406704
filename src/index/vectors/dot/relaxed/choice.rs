//! Which instructions are faster here.

use std::hint::black_box;
use std::sync::OnceLock;

use super::{BLOCK, Dots, Operand, Pairs, Row, TILE};
use crate::race::second_wins;

/// Components of the vectors that are compared, and how many tiles of them make a run.
const DIMENSIONS: usize = 24 * BLOCK;
const TILES: usize = 32;

static IS_PAIRS: OnceLock<bool> = OnceLock::new();

/// Whether [`Pairs`] are to be taken instead of [`Dots`].
#[inline]
pub fn is_pairs() -> bool {
    IS_PAIRS.get().is_some_and(|is_pairs| *is_pairs)
}

/// What is used.
pub fn name() -> &'static str {
    if is_pairs() { "relaxed-pairs" } else { "relaxed-dot" }
}

/// Takes what has this name, unless something is taken already; nothing where that is unknown.
pub fn use_named(name: &str) {
    let is_pairs = match name {
        "relaxed-dot" => false,
        "relaxed-pairs" => true,
        _ => return,
    };
    IS_PAIRS.get_or_init(|| is_pairs && Trial::new().agrees());
}

/// Measures what is faster, once; what computes other numbers on this processor does not take part. `now` is a clock in
/// milliseconds.
pub fn choose(now: impl Fn() -> f64) {
    IS_PAIRS.get_or_init(|| {
        let trial = Trial::new();
        trial.agrees()
            && second_wins(now, |with_pairs| {
                black_box(trial.run(with_pairs));
            })
    });
}

/// What both have to compute.
struct Trial {
    query: Operand,
    values: Vec<i8>,
}

impl Trial {
    fn new() -> Self {
        let values = (0..TILE * DIMENSIONS).map(|at| ((at * 37 % 255) as i16 - 127) as i8);
        Self { query: Operand::new(&[8191; DIMENSIONS]), values: values.collect() }
    }

    fn agrees(&self) -> bool {
        self.run(true) == self.run(false)
    }

    fn run(&self, with_pairs: bool) -> i32 {
        let row = |at| Row { values: &self.values[at * DIMENSIONS..][..DIMENSIONS], sum: 0 };
        run(&self.query, std::array::from_fn(row), with_pairs)
    }
}

#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn run(query: &Operand, rows: [Row<'_>; TILE], with_pairs: bool) -> i32 {
    let dots = |rows| if with_pairs { query.dots_in::<Pairs>(rows) } else { query.dots_in::<Dots>(rows) };
    (0..TILES).fold(0i32, |sum, _| dots(black_box(rows)).into_iter().fold(sum, i32::wrapping_add))
}
