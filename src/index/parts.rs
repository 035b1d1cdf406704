//! What is stored of a segment, as a manifest names it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::codec;

/// A stored value that a manifest names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    /// The number in its name; never used twice in one history.
    pub id: u64,
    /// The [`codec::seal`] of its bytes: another value under its name, however sound, is not taken for it.
    pub seal: u64,
}

impl PartRef {
    /// The part `id`, whose content is `bytes`.
    ///
    /// # Panics
    /// If `bytes` is no stored value.
    pub fn new(id: u64, bytes: &[u8]) -> Self {
        Self { id, seal: codec::seal(bytes).expect("encoded values have a header") }
    }
}

/// Where vectors of a stored run belong: the next `skip` of them nowhere any more, those after them to these rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// How many vectors are passed over, because their documents were removed.
    pub skip: u32,
    /// The rows that the vectors after them have now; not empty.
    pub rows: Range<u32>,
}

/// A stored run of vectors. A merge gives its vectors other rows and leaves the run as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    /// The stored value.
    pub part: PartRef,
    /// The rows of its vectors, in increasing order.
    pub places: Vec<Place>,
}

impl RunRef {
    /// A run that was just written, with vectors for these rows.
    pub fn new(part: PartRef, rows: &[Range<u32>]) -> Self {
        let places = rows.iter().map(|rows| Place { skip: 0, rows: rows.clone() });
        Self { part, places: places.collect() }
    }

    /// The rows that it has vectors for.
    pub fn rows(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.places.iter().map(|place| place.rows.clone())
    }

    /// The number of rows that it has vectors for.
    pub fn len(&self) -> usize {
        self.rows().map(|rows| rows.len()).sum()
    }

    /// Whether it has no vector for any row.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The number of its vectors that are of no use any more, those behind the last place not counted.
    pub fn skipped(&self) -> usize {
        self.places.iter().map(|place| place.skip as usize).sum()
    }

    /// The run once rows have moved: `moves` are ranges of rows, in increasing order, each with the row that its first
    /// one becomes. Rows in none of them are gone. `None` where that leaves nothing.
    pub fn moved(&self, moves: &[(Range<u32>, u32)]) -> Option<Self> {
        let mut places: Vec<Place> = Vec::new();
        let mut skip = 0;
        for place in &self.places {
            skip += place.skip;
            let mut at = place.rows.start;
            let first = moves.partition_point(|(from, _)| from.end <= at);
            for (from, to) in moves[first..].iter().take_while(|(from, _)| from.start < place.rows.end) {
                let kept = from.start.max(at)..from.end.min(place.rows.end);
                skip += kept.start - at;
                let start = to + (kept.start - from.start);
                let rows = start..start + (kept.end - kept.start);
                at = kept.end;
                match places.last_mut() {
                    Some(last) if skip == 0 && last.rows.end == rows.start => last.rows.end = rows.end,
                    _ => places.push(Place { skip, rows }),
                }
                skip = 0;
            }
            skip += place.rows.end - at;
        }
        (!places.is_empty()).then_some(Self { part: self.part, places })
    }
}

/// The stored values that make up a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Its documents and chunks. The id of this part is the id of the segment.
    pub tables: PartRef,
    /// Its postings.
    pub postings: PartRef,
    /// Its vectors, as far as there are any; no row is in two runs.
    pub runs: Vec<RunRef>,
    /// The graph over its vectors, once it was built.
    pub graph: Option<PartRef>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(rows: &[Range<u32>]) -> RunRef {
        RunRef::new(PartRef::default(), rows)
    }

    fn place(skip: u32, rows: Range<u32>) -> Place {
        Place { skip, rows }
    }

    #[test]
    fn vectors_of_rows_that_are_gone_are_skipped() {
        let moved = run(&[2..6, 8..10]).moved(&[(0..3, 0), (5..9, 3)]).unwrap();
        assert_eq!(moved.places, [place(0, 2..3), place(2, 3..4), place(0, 6..7)]);
        // Merged again, with what is skipped already.
        let again = moved.moved(&[(3..7, 10)]).unwrap();
        assert_eq!(again.places, [place(3, 10..11), place(0, 13..14)]);
        assert_eq!((again.len(), again.skipped()), (2, 3));
        assert_eq!(moved.moved(&[(7..9, 0)]), None);
    }

    proptest! {
        #[test]
        fn each_vector_follows_its_row(
            has_vector in prop::collection::vec(any::<bool>(), 0..30),
            lives in prop::collection::vec(prop::collection::vec(any::<bool>(), 30), 1..4),
        ) {
            let rows: Vec<u32> = (0..).zip(&has_vector).filter(|(_, has)| **has).map(|(row, _)| row).collect();
            let mut moved = Some(run(&rows.iter().map(|&row| row..row + 1).collect::<Vec<_>>()));
            // Which row each vector belongs to: kept beside, one by one.
            let mut expected: Vec<Option<u32>> = rows.iter().copied().map(Some).collect();
            for live in &lives {
                let first = 7; // of the merged segment, behind the rows of another one
                let number = |row: u32| live[row as usize % 30].then(|| {
                    first + (0..row).filter(|row| live[*row as usize % 30]).count() as u32
                });
                let moves: Vec<_> = (0..200).filter_map(|row| Some((row..row + 1, number(row)?))).collect();
                moved = moved.and_then(|run| run.moved(&moves));
                expected.iter_mut().for_each(|row| *row = row.and_then(number));
            }
            let mut found = Vec::new();
            for Place { skip, rows } in moved.iter().flat_map(|run| &run.places) {
                found.extend((0..*skip).map(|_| None));
                found.extend(rows.clone().map(Some));
            }
            found.resize(expected.len(), None);
            prop_assert_eq!(found, expected);
        }
    }
}
