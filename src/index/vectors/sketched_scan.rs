//! A scan in two stages: sketches of all rows, then the vectors of those rows only that may be among the best.
//!
//! The bounds that sketches tell single out a few rows, whose scores tell what a row must score to be among the best; then
//! all whose bound reaches that are scored. So as many rows are scored as the vectors and the query require, down from
//! a few in a hundred, and up to nearly all where all are about as near.

use roaring::RoaringBitmap;
use std::ops::Range;

use super::row_block::BLOCK_ROWS;
use super::sketch::GROUP;
use super::{BATCH, QuantisedQuery, Vectors};
use crate::index::best::Best;

/// With fewer rows, turning the query and making its tables takes as long as is gained.
const LEAST_ROWS: usize = 4096;

/// How many rows there must be for each of the best that is wanted: where more are wanted, a large share has to be
/// scored.
const ROWS_PER_WANTED: usize = 2 * GROUP;

/// Of how many groups the best row is scored first, for each of the best that is wanted.
const GROUPS_PER_WANTED: usize = 2;

impl Vectors {
    /// The candidates among these rows, with those of the best `count` nearly certainly; `None` where an exact scan is to be
    /// preferred.
    pub(super) fn sketched_scan(
        &self,
        query: &QuantisedQuery,
        among: Option<&RoaringBitmap>,
        count: usize,
    ) -> Option<Best> {
        let eligible = among.map_or(self.rows - self.missing, |among| among.len() as usize);
        let worth_it = eligible >= LEAST_ROWS.max(self.rows / 2) && count <= eligible / ROWS_PER_WANTED;
        if !worth_it || count == 0 || !self.fits(query) {
            return None;
        }
        let bounds = Bounds::new(self, query)?;
        let mut scan = SketchedScan { vectors: self, query, among, candidates: Best::new(count) };
        // Rows without a vector have a bound below all numbers.
        let first =
            bounds.reached_by((count * GROUPS_PER_WANTED).saturating_mul(self.rows) / eligible).max(f32::MIN);
        scan.score_bounded(&bounds, first..f32::INFINITY);
        let least = scan.candidates.settle().max(f32::MIN);
        scan.score_bounded(&bounds, least..first);
        Some(scan.candidates)
    }
}

struct SketchedScan<'s> {
    vectors: &'s Vectors,
    query: &'s QuantisedQuery,
    among: Option<&'s RoaringBitmap>,
    candidates: Best,
}

impl SketchedScan<'_> {
    /// Scores the rows whose bound is in this range, but for those that can no longer be among the best by then.
    fn score_bounded(&mut self, bounds: &Bounds, mut range: Range<f32>) {
        let (mut batch, mut len) = ([0; BATCH], 0);
        for (number, (group, greatest)) in bounds.groups.iter().zip(&bounds.greatest).enumerate() {
            if *greatest < range.start {
                continue;
            }
            for (lane, bound) in group.iter().enumerate() {
                // Without a branch, which nobody could foretell.
                batch[len] = (number * GROUP + lane) as u32;
                len += usize::from(range.contains(bound));
            }
            if len + GROUP > BATCH {
                range.start = range.start.max(self.score(&batch[..len]));
                len = 0;
            }
        }
        self.score(&batch[..len]);
    }

    /// Scores those of some rows that may be found; returns what the last of the best scores now.
    fn score(&mut self, rows: &[u32]) -> f32 {
        match self.among {
            None => self.vectors.scan(self.query, rows, &mut self.candidates),
            Some(among) => {
                let rows: Vec<u32> = rows.iter().copied().filter(|row| among.contains(*row)).collect();
                self.vectors.scan(self.query, &rows, &mut self.candidates);
            }
        }
        self.candidates.settle()
    }
}

/// What each row scores at most, nearly certainly.
struct Bounds {
    groups: Vec<[f32; GROUP]>,
    /// The greatest of each group.
    greatest: Vec<f32>,
}

impl Bounds {
    /// `None` where there are no sketches.
    fn new(vectors: &Vectors, query: &QuantisedQuery) -> Option<Self> {
        let query = query.sketched()?;
        let mut groups = Vec::with_capacity(vectors.rows.div_ceil(GROUP));
        for block in &vectors.blocks {
            match block {
                Some(block) => groups.extend(block.sketch(vectors.dimensions)?.bounds(query)),
                None => groups.resize(groups.len() + BLOCK_ROWS / GROUP, [f32::NEG_INFINITY; GROUP]),
            }
        }
        let greatest = groups.iter().map(greatest).collect();
        Some(Self { groups, greatest })
    }

    /// What the best rows of so many groups reach; of half of the groups where they are fewer.
    fn reached_by(&self, groups: usize) -> f32 {
        let mut greatest = self.greatest.clone();
        let last = groups.min(greatest.len() / 2);
        *greatest.select_nth_unstable_by(last, |a, b| b.total_cmp(a)).1
    }
}

/// The greatest of a group, by halves, which are registers.
fn greatest(group: &[f32; GROUP]) -> f32 {
    let mut greatest = *group;
    let mut half = GROUP / 2;
    while half > 0 {
        for lane in 0..half {
            let other = greatest[lane + half];
            if other > greatest[lane] {
                greatest[lane] = other;
            }
        }
        half /= 2;
    }
    greatest[0]
}

#[cfg(test)]
mod tests;
