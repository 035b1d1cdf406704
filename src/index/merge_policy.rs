//! Which segments are to be merged, and which runs of vectors joined.
//!
//! Segments are sorted into tiers by their live rows, each tier four times as large as the one below. Once a tier holds
//! four segments they become one, mostly of the tier above: each row is copied once per tier, and there are at most
//! three segments in each.

use super::parts::RunRef;
use super::segment::{MAX_ROWS, Segment};

/// How many segments of a tier are merged, and how much larger each tier is than the one below.
const FAN_IN: usize = 4;

/// A segment is written anew where one row in so many was removed: until then a removed document only costs its room.
const REMOVED_SHARE: u64 = 8;

/// The most rows whose vectors are written, or joined, as one run: 6 MB with 384 dimensions.
pub const ROWS_PER_RUN: usize = 1 << 14;

/// How many runs of about one size are joined. Each vector is written once when it is embedded and once for each size
/// that its run has on the way: of 32 and more, of 1,024 and more, of [`ROWS_PER_RUN`].
const RUNS_TO_JOIN: usize = 32;

/// The places of those among the runs of a segment that are to be joined next; none where all is well. One alone is to
/// be written anew without the vectors that are of no use any more.
pub fn runs_to_join(runs: &[RunRef]) -> Vec<usize> {
    let places = |wanted: &dyn Fn(&RunRef) -> bool| -> Vec<usize> {
        let chosen = runs.iter().enumerate().filter(|(_, run)| wanted(run));
        chosen.map(|(place, _)| place).collect()
    };
    let size = |run: &RunRef| run.len().max(1).ilog(RUNS_TO_JOIN);
    for class in 0..=ROWS_PER_RUN.ilog(RUNS_TO_JOIN) {
        let crowded = places(&|run| size(run) == class && run.len() < ROWS_PER_RUN / 2);
        if crowded.len() >= RUNS_TO_JOIN {
            let mut rows = 0;
            let fitting = crowded.into_iter().take_while(|place| {
                let fits = rows < ROWS_PER_RUN;
                rows += runs[*place].len();
                fits
            });
            return fitting.collect();
        }
    }
    let worn = |run: &RunRef| run.skipped() as u64 * REMOVED_SHARE >= (run.skipped() + run.len()) as u64;
    places(&|run| run.skipped() > 0 && worn(run)).into_iter().take(1).collect()
}

/// The ids of the segments that are to be merged next, in the order of `segments`; none where all is well. One alone is
/// to be written anew without what was removed.
///
/// The result never has more than [`MAX_ROWS`] rows, unless it is one segment that has them already. After as many
/// merges as are asked for there are at most three segments of less than `MAX_ROWS` / 2 rows in each tier.
pub fn segments_to_merge(segments: &[Segment]) -> Vec<u64> {
    let sizes: Vec<Size> = segments.iter().map(Size::of).collect();
    due(&sizes)
}

/// What the policy sees of a segment.
#[derive(Clone, Copy, Debug)]
struct Size {
    id: u64,
    rows: u64,
    live_rows: u64,
    has_removed: bool,
}

impl Size {
    fn of(segment: &Segment) -> Self {
        Self {
            id: segment.id(),
            rows: u64::from(segment.tables().rows()),
            live_rows: segment.live_rows().len(),
            has_removed: !segment.removed().is_empty(),
        }
    }

    fn tier(self) -> u32 {
        self.live_rows.max(1).ilog(FAN_IN as u64)
    }

    fn is_worn(self) -> bool {
        self.has_removed && (self.rows - self.live_rows) * REMOVED_SHARE >= self.rows
    }
}

fn due(sizes: &[Size]) -> Vec<u64> {
    let merged = crowded_tier(sizes);
    if merged.is_empty() {
        sizes.iter().find(|size| size.is_worn()).map(|size| size.id).into_iter().collect()
    } else {
        merged
    }
}

/// Segments of the lowest tier that holds too many.
fn crowded_tier(sizes: &[Size]) -> Vec<u64> {
    let mut tiers: Vec<u32> = sizes.iter().map(|size| size.tier()).collect();
    tiers.sort_unstable();
    tiers.dedup();
    let together = tiers.into_iter().map(|tier| {
        let mut left = MAX_ROWS as u64;
        let of_tier =
            sizes.iter().filter(|size| size.tier() == tier && size.live_rows <= MAX_ROWS as u64 / 2);
        if of_tier.clone().count() < FAN_IN {
            return Vec::new();
        }
        // Where the first four are too many rows for one segment, as many of them as fit: two always do.
        let fitting = of_tier.take(FAN_IN).take_while(|size| {
            let fits = size.live_rows <= left;
            left = left.saturating_sub(size.live_rows);
            fits
        });
        fitting.map(|size| size.id).collect()
    });
    together.into_iter().find(|ids: &Vec<u64>| !ids.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(id: u64, rows: u64, live_rows: u64) -> Size {
        Size { id, rows, live_rows, has_removed: live_rows < rows }
    }

    /// Does what the policy asks for until it is content; returns how many rows were written.
    fn settle(sizes: &mut Vec<Size>, next: &mut u64) -> u64 {
        let mut written = 0;
        loop {
            let ids = due(sizes);
            if ids.is_empty() {
                return written;
            }
            let rows = sizes.iter().filter(|size| ids.contains(&size.id)).map(|size| size.live_rows).sum();
            assert!(rows <= MAX_ROWS as u64 || ids.len() == 1);
            sizes.retain(|size| !ids.contains(&size.id));
            *next += 1;
            sizes.push(size(*next, rows, rows));
            written += rows;
        }
    }

    proptest! {
        #[test]
        fn the_number_of_segments_is_bounded_whatever_is_added_and_removed(
            steps in prop::collection::vec((1u64..MAX_ROWS as u64 * 2, 0u32..18, 0.0f64..1.0), 1..200),
        ) {
            let (mut sizes, mut next) = (Vec::new(), 0);
            for (rows, shift, kept) in steps {
                next += 1;
                let rows = (rows >> shift).max(1);
                sizes.push(size(next, rows, rows));
                let other = next as usize % sizes.len();
                sizes[other].live_rows = (sizes[other].live_rows as f64 * kept) as u64;
                sizes[other].has_removed = true;
                settle(&mut sizes, &mut next);
                let (large, small): (Vec<Size>, Vec<Size>) =
                    sizes.iter().partition(|size| size.live_rows > MAX_ROWS as u64 / 2);
                for tier in 0..=8 {
                    prop_assert!(small.iter().filter(|size| size.tier() == tier).count() < FAN_IN);
                }
                let rows: u64 = large.iter().map(|size| size.live_rows).sum();
                prop_assert!(large.len() as u64 <= rows / (MAX_ROWS as u64 / 2));
            }
        }
    }

    #[test]
    fn ten_thousand_documents_one_by_one_are_copied_seven_times_at_most() {
        let (mut sizes, mut next, mut written) = (Vec::new(), 0, 0);
        for _ in 0..10_000 {
            next += 1;
            sizes.push(size(next, 1, 1));
            written += settle(&mut sizes, &mut next);
        }
        assert!(written <= 70_000, "{written}");
        assert!(sizes.len() <= 18, "{}", sizes.len());
    }

    #[test]
    fn a_segment_is_written_anew_once_an_eighth_of_it_is_removed() {
        assert_eq!(due(&[size(1, 800, 701)]), [] as [u64; 0]);
        assert_eq!(due(&[size(1, 800, 701), size(2, 800, 700)]), [2]);
        assert_eq!(due(&[size(1, 3 * MAX_ROWS as u64, 2 * MAX_ROWS as u64)]), [1]);
    }

    #[test]
    fn the_lowest_crowded_tier_is_merged_first_and_the_oldest_of_it() {
        let sizes: Vec<Size> = [16, 3, 17, 18, 2, 19, 1, 2, 3]
            .iter()
            .zip(1..)
            .map(|(rows, id)| size(id, *rows, *rows))
            .collect();
        assert_eq!(due(&sizes), [2, 5, 7, 8]);
        assert_eq!(due(&sizes[..6]), [1, 3, 4, 6]);
    }
}
