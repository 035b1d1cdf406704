//! Vectors of a segment's rows: integers of 9 bits with one scale per vector, and scans over them.
//!
//! Quantisation is symmetric: component = scale x integer, with the largest at 254. The upper 8 bits of the integers
//! and their lowest bits are kept apart: a scan reads the upper 8, which tell between which bounds a score is, and the
//! lowest only of those rows that can be among the best. A query is quantised finer, to 14 bits, and the products are
//! summed in integers: exact, and the same on every processor and in every build. Only the sum becomes a float, so
//! scores are the same too.

mod dot;
mod low_bits;
mod quantise;
mod row_block;
mod run;
mod sketch;
mod sketched_scan;

use roaring::RoaringBitmap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use dot::TILE;
use quantise::unit;
use row_block::{BLOCK_ROWS, RowBlock, place};
use run::StoredVector;

use super::best::Best;
use crate::error::{Error, Result};

pub use quantise::QuantisedQuery;
pub use run::VectorRun;

/// Rows whose numbers are fetched together.
const BATCH: usize = 256;

/// Chooses the fastest instructions for products of vectors by a short measurement, once, where this build has several; `now`
/// is a clock in milliseconds. The numbers are the same with all of them.
pub fn choose_products(now: impl Fn() -> f64) {
    dot::choose(now);
}

/// Chooses the instructions for products of vectors that [`products`] named before, unless they are chosen; nothing where this build
/// has none of this name.
pub fn use_products(name: &str) {
    dot::use_named(name);
}

/// How products of vectors are computed: `"relaxed-dot"`, `"relaxed-pairs"`, `"simd128"` or `"portable"`.
pub fn products() -> &'static str {
    dot::name()
}

/// The vectors of a segment, some of which may be missing.
///
/// They are kept in blocks of rows, which a clone shares until one of the two gets vectors there: a clone costs next to
/// nothing, and a run has only those blocks copied that it changes.
#[derive(Clone, Default)]
pub struct Vectors {
    rows: usize,
    /// Components of each vector; 0 until the first run is inserted.
    dimensions: usize,
    /// Every [`BLOCK_ROWS`] rows; `None` while none of them has a vector. The last block has the rows that are left.
    blocks: Vec<Option<Arc<RowBlock>>>,
    missing: usize,
}

impl fmt::Debug for Vectors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, dimensions, missing, .. } = self;
        write!(formatter, "Vectors({rows} rows, {missing} missing, {dimensions} dimensions)")
    }
}

impl Vectors {
    /// No vectors, for a segment of `rows` rows. Takes room for a block of components only with the first vector there.
    pub fn new(rows: usize) -> Self {
        Self { rows, dimensions: 0, blocks: vec![None; rows.div_ceil(BLOCK_ROWS)], missing: rows }
    }

    /// The number of rows, with and without a vector.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Components of each vector; `None` while there is no vector.
    pub fn dimensions(&self) -> Option<usize> {
        (self.dimensions > 0).then_some(self.dimensions)
    }

    /// How many rows have no vector.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Whether `row` has a vector; `false` beyond the last row.
    pub fn contains(&self, row: u32) -> bool {
        self.find(row).is_some()
    }

    /// The rows that have a vector.
    pub fn present(&self) -> RoaringBitmap {
        (0..self.rows as u32).filter(|row| self.contains(*row)).collect()
    }

    /// The components of `row` as floats; `None` where it has no vector.
    pub fn dequantise(&self, row: u32) -> Option<Vec<f32>> {
        Some(self.vector(row)?.dequantise())
    }

    /// The [`signs`](crate::model::signs) of the vectors of the parts of `row`; empty where it has none.
    pub fn parts(&self, row: u32) -> &[u8] {
        self.find(row).map_or(&[], |(block, place)| block.parts(place))
    }

    /// The vectors of those of `rows`, in increasing order, that have one, as they were stored: to write them again
    /// without embedding or quantising. `None` where none of them has one.
    pub fn run(&self, rows: impl IntoIterator<Item = u32>) -> Option<VectorRun> {
        gather(rows.into_iter().map(|row| (row, self, row)))
    }

    /// Takes the vectors of a run. Rows that have one already get the new one.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for a run that is malformed, goes beyond the last row,
    /// or has other dimensions than the vectors already there; nothing is changed then.
    pub fn insert_run(&mut self, run: &VectorRun) -> Result<()> {
        run.validate()?;
        if let Some(last) = run.rows.last().filter(|range| range.end as usize > self.rows()) {
            let message = format!("vectors of rows {last:?} do not fit a segment of {} rows", self.rows());
            return Err(Error::corrupt(message));
        }
        let dimensions = run.dimensions as usize;
        if self.dimensions().is_some_and(|own| own != dimensions) {
            let message =
                format!("vectors of {dimensions} dimensions cannot join those of {}", self.dimensions);
            return Err(Error::corrupt(message));
        }
        // Nothing is changed before there is room for everything.
        let allocated = self.allocate(run);
        let allocated =
            allocated.ok_or_else(|| Error::corrupt(format!("{dimensions} dimensions are too many")))?;
        allocated.into_iter().for_each(|(number, block)| self.blocks[number] = Some(Arc::new(block)));
        self.dimensions = dimensions;
        for (row, vector) in run.vectors() {
            self.set(row, vector);
        }
        Ok(())
    }

    /// The blocks that a run needs and that are not there yet; `None` where there is no room for them. The run has at
    /// least one vector, which proves its dimensions to be real.
    fn allocate(&self, run: &VectorRun) -> Option<Vec<(usize, RowBlock)>> {
        let stride = dot::padded(run.dimensions as usize)?;
        let mut numbers: Vec<usize> =
            run.rows.iter().flat_map(|rows| place(rows.start).0..=place(rows.end - 1).0).collect();
        numbers.dedup();
        numbers.retain(|number| self.blocks[*number].is_none());
        let allocate = |number: usize| {
            let rows = BLOCK_ROWS.min(self.rows - number * BLOCK_ROWS);
            Some((number, RowBlock::new(rows, stride)?))
        };
        numbers.into_iter().map(allocate).collect()
    }

    fn set(&mut self, row: u32, vector: StoredVector<'_>) {
        let (number, place) = place(row);
        let block = self.blocks[number].as_mut().map(Arc::make_mut).expect("it was allocated");
        self.missing -= usize::from(!block.contains(place));
        block.set(place, vector);
    }

    /// The best `count` of the rows in `among` (of all rows where it is `None`) that have a vector, with the dot
    /// product of their vector and the query's (the cosine, where both have length 1), best first and equal ones by
    /// row. Where others tie with the last of them, those too: what breaks the tie is up to the caller. Nothing where
    /// the query has other dimensions.
    ///
    /// By a scan over all these rows. Where they are many and `count` is small next to them, it compares sketches of one
    /// bit for each component first, and so may miss one of thousands among the last of the best; scores are exact, and
    /// the same rows, vectors and query find the same in every build.
    pub fn nearest(
        &self,
        query: &QuantisedQuery,
        among: Option<&RoaringBitmap>,
        count: usize,
    ) -> Vec<(u32, f32)> {
        match self.sketched_scan(query, among, count) {
            Some(candidates) => self.best_of(query, candidates),
            None => self.exact_nearest(query, among, count),
        }
    }

    /// As [`Vectors::nearest`], by a scan over the upper bits of all these rows, which misses nothing.
    pub fn exact_nearest(
        &self,
        query: &QuantisedQuery,
        among: Option<&RoaringBitmap>,
        count: usize,
    ) -> Vec<(u32, f32)> {
        let mut candidates = Best::new(count);
        if self.fits(query) {
            match among {
                Some(among) => self.scan_among(query, among, &mut candidates),
                None => self.scan_all(query, &mut candidates),
            }
        }
        self.best_of(query, candidates)
    }

    /// As [`Vectors::nearest`], of these rows, which come in any order. The query must fit.
    pub(super) fn nearest_of(&self, query: &QuantisedQuery, rows: &[u32], count: usize) -> Vec<(u32, f32)> {
        let mut candidates = Best::new(count);
        self.scan(query, rows, &mut candidates);
        self.best_of(query, candidates)
    }

    fn scan_all(&self, query: &QuantisedQuery, candidates: &mut Best) {
        let mut batch = [0; BATCH];
        for allocated in self.allocated() {
            for start in allocated.clone().step_by(BATCH) {
                let batch = &mut batch[..BATCH.min((allocated.end - start) as usize)];
                batch.iter_mut().zip(start..).for_each(|(slot, row)| *slot = row);
                self.scan(query, batch, candidates);
            }
        }
    }

    fn scan_among(&self, query: &QuantisedQuery, among: &RoaringBitmap, candidates: &mut Best) {
        let mut batch = [0; BATCH];
        for allocated in self.allocated() {
            let mut rows = among.range(allocated);
            loop {
                let batch = rows.next_many(&mut batch);
                if batch.is_empty() {
                    break;
                }
                self.scan(query, batch, candidates);
            }
        }
    }

    /// The rows whose blocks are there, those of neighbouring blocks as one range.
    fn allocated(&self) -> impl Iterator<Item = Range<u32>> {
        let stretches = self.blocks.chunk_by(|a, b| a.is_some() == b.is_some());
        let ranges = stretches.scan(0, |end, stretch| {
            let start = *end;
            *end = self.rows.min(start + stretch.len() * BLOCK_ROWS);
            Some((stretch, start as u32..*end as u32))
        });
        ranges.filter(|(stretch, _)| stretch[0].is_some()).map(|(_, rows)| rows)
    }

    /// Offers each row, whose block must be there, with the bounds of its score that the upper bits tell.
    fn scan(&self, query: &QuantisedQuery, rows: &[u32], candidates: &mut Best) {
        self.upper_dots(query, rows, |row, dot, scale| {
            let (at_least, at_most) = query.bounds(dot, scale);
            candidates.offer(row, at_least, at_most);
        });
    }

    /// The best of the candidates by all bits.
    fn best_of(&self, query: &QuantisedQuery, candidates: Best) -> Vec<(u32, f32)> {
        let mut best = Best::new(candidates.count());
        for row in candidates.into_rows() {
            if let Some(score) = self.score(query, row) {
                best.offer(row, score, score);
            }
        }
        best.into_sorted()
    }

    /// Calls `each` with about what every one of `rows` scores, by the upper bits. The rows must have vectors, and the
    /// query must fit.
    #[inline]
    pub(super) fn estimate(&self, query: &QuantisedQuery, rows: &[u32], mut each: impl FnMut(f32)) {
        self.upper_dots(query, rows, |_, dot, scale| each(query.estimate(dot, scale)));
    }

    /// Calls `each` with every row, whose block must be there, the dot product of the query and the row's upper bits, and
    /// the row's scale. The query must fit.
    #[inline]
    fn upper_dots(&self, query: &QuantisedQuery, rows: &[u32], mut each: impl FnMut(u32, i32, f32)) {
        let (tiles, rest) = rows.as_chunks::<TILE>();
        for tile in tiles {
            let located = tile.map(|row| self.locate(row));
            let dots = query.operand().dots(located.map(|(block, place)| block.row(place)));
            for ((row, dot), (block, place)) in tile.iter().zip(dots).zip(located) {
                each(*row, dot, block.scale(place));
            }
        }
        for row in rest {
            let (block, place) = self.locate(*row);
            each(*row, query.operand().dot(block.row(place)), block.scale(place));
        }
    }

    /// The dot product of the query and the vector of `row`, as [`Vectors::nearest`] finds it; `None` where the row has
    /// no vector or the query other dimensions.
    pub fn score(&self, query: &QuantisedQuery, row: u32) -> Option<f32> {
        let (block, place) = self.find(row).filter(|_| self.fits(query))?;
        Some(query.score(block.row(place), block.low_bits(place), block.scale(place)))
    }

    /// Whether the vector of `row` is, as it is stored, that of `other_row` in `other`; also where both have none.
    pub fn is_same(&self, row: u32, other: &Self, other_row: u32) -> bool {
        self.vector(row) == other.vector(other_row)
    }

    /// About the dot product of two stored vectors, the second in `other`, by the upper bits; `None` where one is missing
    /// or they have not the same dimensions.
    pub fn similarity(&self, row: u32, other: &Self, other_row: u32) -> Option<f32> {
        let ((block, place), (other_block, other_place)) = self.find(row).zip(other.find(other_row))?;
        if self.dimensions != other.dimensions {
            return None;
        }
        let (a, b) = (block.row(place), other_block.row(other_place));
        // Each lowest bit is taken for a half: (2a + 1/2)(2b + 1/2) = 4ab + a + b + 1/4.
        let products = 4 * i64::from(dot::rows(a, b)) + i64::from(a.sum) + i64::from(b.sum);
        let unit = unit(block.scale(place), other_block.scale(other_place));
        Some((products as f32 + self.dimensions as f32 / 4.0) * unit)
    }

    fn fits(&self, query: &QuantisedQuery) -> bool {
        self.dimensions() == Some(query.dimensions())
    }

    /// The block of a row and its place there; `None` where it has no vector.
    fn find(&self, row: u32) -> Option<(&RowBlock, usize)> {
        let (number, place) = place(row);
        let block = self.blocks.get(number)?.as_deref()?;
        block.contains(place).then_some((block, place))
    }

    /// The block of a row, which must be there, and the place of the row in it.
    #[inline]
    fn locate(&self, row: u32) -> (&RowBlock, usize) {
        let (number, place) = place(row);
        (self.blocks[number].as_deref().expect("rows that are scored have a block"), place)
    }

    /// The vector of a row without padding; `None` where it has none.
    fn vector(&self, row: u32) -> Option<StoredVector<'_>> {
        self.find(row).map(|(block, place)| block.vector(place, self.dimensions))
    }
}

/// A run of vectors from several segments, for one that replaces them: each row of the new segment, in increasing order,
/// with the vectors and the row there that it comes from. Rows without a vector are left out; `None` where that leaves
/// none.
///
/// # Panics
/// If the rows come in another order, or their vectors have not the same dimensions.
pub fn gather<'v>(rows: impl IntoIterator<Item = (u32, &'v Vectors, u32)>) -> Option<VectorRun> {
    let mut gathered: Option<VectorRun> = None;
    for (row, vectors, from) in rows {
        if let Some(vector) = vectors.vector(from) {
            let run = gathered.get_or_insert_with(|| VectorRun::empty(vectors.dimensions as u32));
            run.push(row, vector);
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use proptest::prelude::*;

    fn unit(vector: Vec<f32>) -> Vec<f32> {
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        vector.into_iter().map(|x| x / norm).collect()
    }

    /// Components of which some are equal, so that vectors tie, and some vectors are zero.
    fn vector(dimensions: usize) -> impl Strategy<Value = Vec<f32>> {
        let coarse = (-2i8..=2).prop_map(|level| f32::from(level) / 2.0);
        prop_oneof![
            prop::collection::vec(-1.0f32..1.0, dimensions),
            prop::collection::vec(coarse, dimensions),
            Just(vec![0.0; dimensions]),
        ]
        .prop_map(unit)
    }

    #[derive(Clone, Debug)]
    struct Case {
        rows: Vec<Option<Vec<f32>>>,
        query: Vec<f32>,
        among: RoaringBitmap,
        count: usize,
    }

    impl Case {
        fn vectors(&self) -> Vectors {
            let mut vectors = Vectors::new(self.rows.len());
            let rows = (0..).zip(&self.rows).filter_map(|(row, vector)| Some((row, vector.as_ref()?, [])));
            if let Ok(run) = VectorRun::quantise_rows(rows) {
                vectors.insert_run(&VectorRun::decode("run", &run.encode().unwrap()).unwrap()).unwrap();
            }
            vectors
        }

        /// The scan as it is defined: every score, sorted, cut behind the last that ties.
        fn nearest(&self, vectors: &Vectors, among: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
            let query = QuantisedQuery::new(&self.query);
            let rows = (0..self.rows.len() as u32).filter(|row| among(*row));
            let mut found: Vec<_> = rows.filter_map(|row| Some((row, vectors.score(&query, row)?))).collect();
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let last = self.count.checked_sub(1).and_then(|last| found.get(last)).map(|last| last.1);
            match last {
                Some(last) => found.retain(|(_, score)| *score >= last),
                None if self.count == 0 => found.clear(),
                None => {}
            }
            found
        }
    }

    /// Cases of `rows` rows, some with as many without a vector in between as make up to three blocks.
    fn cases(rows: Range<usize>) -> impl Strategy<Value = Case> {
        let sizes = (1usize..70, rows).prop_flat_map(|(dimensions, rows)| {
            let apart = prop_oneof![Just(1), 1..=3 * BLOCK_ROWS / rows];
            (Just(dimensions), Just(rows), apart)
        });
        sizes.prop_flat_map(|(dimensions, rows, apart)| {
            (
                prop::collection::vec(prop::option::weighted(0.9, vector(dimensions)), rows),
                vector(dimensions),
                prop::collection::btree_set(0..rows as u32 + 3, 0..rows + 3),
                prop_oneof![0usize..8, Just(rows), Just(usize::MAX)],
            )
                .prop_map(move |(rows, query, among, count)| Case {
                    rows: rows
                        .into_iter()
                        .flat_map(|row| std::iter::once(row).chain(std::iter::repeat_n(None, apart - 1)))
                        .collect(),
                    query,
                    among: among.into_iter().map(|row| row * apart as u32).collect(),
                    count,
                })
        })
    }

    proptest! {
        #[test]
        fn scores_are_the_cosines_up_to_quantisation(case in cases(1..9)) {
            let vectors = case.vectors();
            let query = QuantisedQuery::new(&case.query);
            for (row, vector) in (0..).zip(&case.rows) {
                let score = vectors.score(&query, row);
                prop_assert_eq!(score.is_some(), vector.is_some());
                let (Some(score), Some(vector)) = (score, vector) else { continue };
                let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
                let cosine = dot(vector, &case.query);
                prop_assert!((score - cosine).abs() < 0.02, "{} is not {}", score, cosine);
                let stored = dot(&vectors.dequantise(row).unwrap(), &case.query);
                prop_assert!((score - stored).abs() < 2e-4, "{} is not {}", score, stored);
            }
        }

        #[test]
        fn the_nearest_are_those_of_a_full_sort(case in cases(1..300)) {
            let vectors = case.vectors();
            let query = QuantisedQuery::new(&case.query);
            prop_assert_eq!(vectors.nearest(&query, None, case.count), case.nearest(&vectors, |_| true));
            let among = vectors.nearest(&query, Some(&case.among), case.count);
            prop_assert_eq!(among, case.nearest(&vectors, |row| case.among.contains(row)));
        }

        #[test]
        fn similarities_are_nearly_the_cosines(case in cases(2..9)) {
            let vectors = case.vectors();
            for (a, b) in (0..case.rows.len() as u32).zip(1..) {
                let both = case.rows[a as usize].as_ref().zip(case.rows.get(b as usize).and_then(Option::as_ref));
                let cosine = both.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
                let similarity = vectors.similarity(a, &vectors, b);
                prop_assert_eq!(similarity.is_some(), cosine.is_some());
                prop_assert!(similarity.zip(cosine).is_none_or(|(a, b)| (a - b).abs() < 0.03));
            }
        }

        #[test]
        fn scores_are_within_the_bounds_that_the_upper_bits_tell(case in cases(1..9)) {
            let vectors = case.vectors();
            let query = QuantisedQuery::new(&case.query);
            let rows: Vec<u32> = vectors.present().iter().filter(|_| vectors.fits(&query)).collect();
            let mut estimates = Vec::new();
            vectors.estimate(&query, &rows, |estimate| estimates.push(estimate));
            prop_assert_eq!(estimates.len(), rows.len());
            let mut estimates = estimates.into_iter();
            vectors.upper_dots(&query, &rows, |row, dot, scale| {
                let (least, most) = query.bounds(dot, scale);
                let score = vectors.score(&query, row).unwrap();
                assert!(least <= score && score <= most, "{score} is not from {least} to {most}");
                let estimate = estimates.next().unwrap();
                assert!(least <= estimate && estimate <= most, "{estimate} is not from {least} to {most}");
            });
        }

        #[test]
        fn gathered_vectors_are_those_they_came_from(case in cases(1..40)) {
            let vectors = case.vectors();
            let kept: Vec<u32> = case.among.iter().filter(|row| (*row as usize) < case.rows.len()).collect();
            let mut merged = Vectors::new(kept.len());
            if let Some(run) = gather((0..).zip(&kept).map(|(new, old)| (new, &vectors, *old))) {
                merged.insert_run(&run).unwrap();
            }
            for (new, old) in (0..).zip(&kept) {
                prop_assert_eq!(merged.dequantise(new), vectors.dequantise(*old));
            }
        }

        #[test]
        fn a_clone_is_not_changed_and_shares_the_blocks_that_get_no_vector(case in cases(1..40)) {
            let mut vectors = case.vectors();
            let (clone, before) = (vectors.clone(), case.vectors());
            let rows = case.rows.len() as u32;
            let new: Vec<u32> = case.among.range(..rows).collect();
            if let Ok(run) = VectorRun::quantise_rows(new.iter().map(|row| (u64::from(*row), &case.query, []))) {
                vectors.insert_run(&run).unwrap();
            }
            prop_assert_eq!(clone.missing(), before.missing());
            for row in 0..rows {
                prop_assert!(clone.is_same(row, &before, row));
                prop_assert!(new.contains(&row) || vectors.is_same(row, &before, row));
            }
            let starts = (0..rows).step_by(BLOCK_ROWS);
            for (start, pair) in starts.zip(vectors.blocks.iter().zip(&clone.blocks)) {
                let shared = match pair {
                    (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                    (one, other) => one.is_none() && other.is_none(),
                };
                let block = start..start + BLOCK_ROWS as u32;
                prop_assert_eq!(shared, !new.iter().any(|row| block.contains(row)));
            }
        }
    }

    #[test]
    fn no_sum_overflows_at_any_dimension() {
        // At 254 and 253 of 254 levels, so that lowest bits count on either side.
        let levels = [1.0f32, 253.0 / 254.0];
        for dimensions in [1, 512, 513, 4096, 100_000] {
            let row: Vec<f32> = (0..dimensions).map(|at| levels[at % 2]).collect();
            let negative: Vec<f32> = row.iter().map(|x| -x).collect();
            let exact = row.iter().map(|x| f64::from(x * x)).sum::<f64>() as f32;
            let mut vectors = Vectors::new(2);
            vectors.insert_run(&VectorRun::quantise(0, &[&row, &negative]).unwrap()).unwrap();
            for (query, best) in [(&row, 0), (&negative, 1)] {
                let found = vectors.nearest(&QuantisedQuery::new(query), None, 2);
                assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [best, 1 - best]);
                for ((_, score), expected) in found.iter().zip([exact, -exact]) {
                    assert!((score / expected - 1.0).abs() < 2e-2, "{score} at {dimensions}");
                }
            }
            let similarity = vectors.similarity(0, &vectors, 1).unwrap();
            assert!((similarity / -exact - 1.0).abs() < 2e-2, "{similarity} at {dimensions}");
        }
    }

    #[test]
    fn a_query_of_other_dimensions_finds_nothing() {
        let mut vectors = Vectors::new(1);
        let query = QuantisedQuery::new(&[1.0]);
        assert!(vectors.nearest(&query, None, 1).is_empty());
        vectors.insert_run(&VectorRun::quantise(0, &[[1.0, 0.0]]).unwrap()).unwrap();
        assert!(vectors.nearest(&query, None, 1).is_empty());
        assert_eq!(vectors.score(&query, 0), None);
    }

    #[test]
    fn the_missing_are_counted_once_however_often_a_run_arrives() {
        let mut vectors = Vectors::new(3);
        let run = VectorRun::quantise(1, &[[0.6, 0.8]]).unwrap();
        for _ in 0..2 {
            vectors.insert_run(&run).unwrap();
            assert_eq!(vectors.missing(), 2);
        }
        assert!(vectors.contains(1) && !vectors.contains(0) && !vectors.contains(9));
    }

    #[test]
    fn a_run_comes_out_as_it_went_in() {
        let mut vectors = Vectors::new(6);
        assert_eq!(vectors.run(0..6), None);
        let run = [(1, [0.6, 0.8], vec![1, 2]), (2, [1.0, 0.0], vec![]), (4, [0.0, 1.0], vec![3])];
        let run = VectorRun::quantise_rows(run).unwrap();
        assert_eq!(run.rows, [1..3, 4..5]);
        vectors.insert_run(&run).unwrap();
        assert_eq!(vectors.run(0..6), Some(run));
        assert_eq!(vectors.run(2..4).unwrap().len(), 1);
        assert_eq!([0, 1, 2, 4, 9].map(|row| vectors.parts(row)), [&[][..], &[1, 2], &[], &[3], &[]]);
        assert_eq!((vectors.run(5..9), vectors.run(2..2)), (None, None));
        assert_eq!(vectors.present().iter().collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    #[expect(
        clippy::reversed_empty_ranges,
        clippy::single_range_in_vec_init,
        reason = "damage; ranges of rows"
    )]
    fn runs_that_do_not_fit_change_nothing() {
        let mut vectors = Vectors::new(2);
        vectors.insert_run(&VectorRun::quantise(0, &[[1.0, 0.0]]).unwrap()).unwrap();
        let before = vectors.run(0..2);
        let beyond = VectorRun::quantise(1, &[[1.0, 0.0], [0.0, 1.0]]).unwrap();
        let far = VectorRun { rows: vec![u32::MAX - 2..u32::MAX], ..beyond.clone() };
        let wider = VectorRun::quantise(1, &[[1.0, 0.0, 0.0]]).unwrap();
        let short = VectorRun { values: vec![1], ..wider.clone() };
        let one = VectorRun::quantise(1, &[[1.0, 0.0]]).unwrap();
        let unscaled = VectorRun { scales: vec![f32::NAN], ..one.clone() };
        let deep = VectorRun { values: vec![i8::MIN, 0], ..one.clone() };
        let bits = [vec![], vec![0, 0], vec![0b100]];
        let bits = bits.map(|low_bits| VectorRun { low_bits, ..one.clone() });
        let ranges = [vec![], vec![0..2], vec![1..1, 1..2], vec![1..2, 0..0], vec![2..1, 0..2]];
        let misplaced = ranges.map(|rows| VectorRun { rows, ..one.clone() });
        let two = [vec![0..1, 0..1], vec![1..2, 0..1], vec![0..1, 1..2]];
        let unordered = two.map(|rows| VectorRun { rows, ..beyond.clone() });
        let uncounted = VectorRun { part_counts: vec![], ..one.clone() };
        let unsigned = VectorRun { part_counts: vec![2], parts: vec![0], ..one.clone() };
        let runs = [beyond, far, wider, short, unscaled, deep, uncounted, unsigned].into_iter();
        for run in runs.chain(bits).chain(misplaced).chain(unordered) {
            assert_eq!(vectors.insert_run(&run).unwrap_err().kind(), ErrorKind::StoreCorrupt, "{run:?}");
            assert_eq!(vectors.run(0..2), before);
        }
    }

    #[test]
    fn vectors_that_cannot_be_quantised_are_refused_by_row() {
        let error = VectorRun::quantise(4, &[vec![1.0], vec![f32::NAN]]).unwrap_err();
        assert_eq!(error.message(), "the vector of row 5 must have 1 finite components");
        assert!(VectorRun::quantise(0, &[vec![1.0], vec![1.0, 2.0]]).is_err());
        assert!(VectorRun::quantise::<Vec<f32>>(0, &[]).is_err());
        assert!(VectorRun::quantise(0, &[Vec::<f32>::new()]).is_err());
        assert!(VectorRun::quantise(u32::MAX, &[[1.0]]).is_err());
        assert!(VectorRun::quantise_rows([(3, [1.0], []), (3, [1.0], [])]).is_err());
    }

    #[test]
    fn a_zero_vector_scores_zero() {
        let mut vectors = Vectors::new(1);
        vectors.insert_run(&VectorRun::quantise(0, &[[0.0, 0.0]]).unwrap()).unwrap();
        assert_eq!(vectors.nearest(&QuantisedQuery::new(&[1.0, 0.0]), None, 1), [(0, 0.0)]);
    }

    #[test]
    fn scales_beyond_all_floats_give_no_nan() {
        let mut vectors = Vectors::new(2);
        vectors.insert_run(&VectorRun::quantise(0, &[[f32::MAX, 0.0], [0.0, f32::MAX]]).unwrap()).unwrap();
        let found = vectors.nearest(&QuantisedQuery::new(&[f32::MAX, 0.0]), None, 2);
        assert_eq!(found, [(0, f32::INFINITY), (1, 0.0)]);
    }
}
