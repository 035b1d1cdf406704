//! Vectors as they are stored: runs of quantised rows.

use serde::{Deserialize, Serialize};
use std::ops::Range;

use super::low_bits;
use super::quantise::quantise_row;
use crate::codec::{self, Kind, packed};
use crate::error::{Error, Result};
use crate::index::parts::Place;
use crate::model::signs;

/// More would overflow a sum of products. Models have some thousands.
const MAX_DIMENSIONS: u32 = 1 << 20;

/// Quantised vectors of some rows, as they are stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VectorRun {
    /// The rows that the vectors belong to, in increasing order, as ranges that do not touch each other.
    pub rows: Vec<Range<u32>>,
    /// Components of each vector; at least 1.
    pub dimensions: u32,
    /// The scale of each vector; finite and not negative.
    pub scales: Vec<f32>,
    /// The upper 8 bits of the components of all vectors, `dimensions` for each, one vector after another; from -127 to
    /// 127.
    #[serde(with = "packed::signed")]
    pub values: Vec<i8>,
    /// The lowest bits of the components: one for each, the first in the lowest bit of a byte, in whole bytes for each
    /// vector.
    #[serde(with = "packed::unsigned")]
    pub low_bits: Vec<u8>,
    /// How many parts of each vector's text have vectors of their own.
    #[serde(with = "packed::unsigned")]
    pub part_counts: Vec<u8>,
    /// The [`signs`] of the vectors of all parts, one after the other.
    #[serde(with = "packed::unsigned")]
    pub parts: Vec<u8>,
}

/// A vector as it is stored: each component is `scale` x (2 x value + lowest bit).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StoredVector<'v> {
    pub(super) scale: f32,
    pub(super) values: &'v [i8],
    pub(super) low_bits: &'v [u8],
    /// The signs of the vectors of its parts.
    pub(super) parts: &'v [u8],
}

impl StoredVector<'_> {
    pub(super) fn dequantise(self) -> Vec<f32> {
        let integers = self.values.iter().zip(low_bits::unpack(self.low_bits));
        integers.map(|(value, low)| f32::from(2 * i16::from(*value) + i16::from(low)) * self.scale).collect()
    }
}

impl VectorRun {
    /// Quantises unit vectors of equal length for the rows from `first_row` on.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where there is no vector, or one is empty, has
    /// another length than the first, or holds a component that is not finite; also where a row has no number.
    pub fn quantise<V: AsRef<[f32]>>(first_row: u32, vectors: &[V]) -> Result<Self> {
        let row = |at: usize| u64::from(first_row) + at as u64;
        Self::quantise_rows(vectors.iter().enumerate().map(|(at, vector)| (row(at), vector, [])))
    }

    /// As [`VectorRun::quantise`], of any rows, which come in increasing order, each with the [`signs`] of the vectors of its
    /// parts, 255 at most.
    ///
    /// # Errors
    /// As [`VectorRun::quantise`]; also for rows in another order, and signs of a part of a vector or of too many.
    pub fn quantise_rows<V: AsRef<[f32]>, P: AsRef<[u8]>>(
        vectors: impl IntoIterator<Item = (u64, V, P)>,
    ) -> Result<Self> {
        let mut vectors = vectors.into_iter().peekable();
        let dimensions = vectors.peek().map_or(0, |(_, vector, _)| vector.as_ref().len());
        let mut run = Self::empty(u32::try_from(dimensions).unwrap_or(0));
        if run.dimensions == 0 {
            return Err(Error::invalid_argument(
                "a run needs at least one vector, of at least one component",
            ));
        }
        for (row, vector, parts) in vectors {
            let (vector, parts) = (vector.as_ref(), parts.as_ref());
            if vector.len() != dimensions || !vector.iter().all(|component| component.is_finite()) {
                let message = format!("the vector of row {row} must have {dimensions} finite components");
                return Err(Error::invalid_argument(message));
            }
            let part_count = parts.len() / signs::bytes(dimensions);
            match u8::try_from(part_count) {
                Ok(count) if parts.len() == part_count * signs::bytes(dimensions) => {
                    run.part_counts.push(count);
                }
                _ => {
                    let message =
                        format!("the parts of row {row} cannot have {} bytes of signs", parts.len());
                    return Err(Error::invalid_argument(message));
                }
            }
            run.parts.extend_from_slice(parts);
            let number = u32::try_from(row).ok().filter(|row| run.takes(*row));
            run.push_row(
                number.ok_or_else(|| Error::invalid_argument(format!("row {row} is out of order")))?,
            );
            run.scales.push(quantise_row(vector, &mut run.values, &mut run.low_bits));
        }
        Ok(run)
    }

    /// A run without a row.
    pub(super) fn empty(dimensions: u32) -> Self {
        Self {
            rows: Vec::new(),
            dimensions,
            scales: Vec::new(),
            values: Vec::new(),
            low_bits: Vec::new(),
            part_counts: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Adds a vector as it is stored elsewhere.
    ///
    /// # Panics
    /// If the row does not come after the others, or the vector has other dimensions.
    pub(super) fn push(&mut self, row: u32, vector: StoredVector<'_>) {
        assert!(self.takes(row), "row {row} is out of order");
        assert_eq!(vector.values.len(), self.dimensions as usize);
        self.push_row(row);
        self.scales.push(vector.scale);
        self.values.extend_from_slice(vector.values);
        self.low_bits.extend_from_slice(vector.low_bits);
        self.part_counts.push((vector.parts.len() / signs::bytes(vector.values.len())) as u8);
        self.parts.extend_from_slice(vector.parts);
    }

    /// Whether `row` comes after all others and can be the last of a range.
    fn takes(&self, row: u32) -> bool {
        row < u32::MAX && self.rows.last().is_none_or(|last| last.end <= row)
    }

    fn push_row(&mut self, row: u32) {
        self.push_rows(row..row + 1);
    }

    fn push_rows(&mut self, rows: Range<u32>) {
        match self.rows.last_mut() {
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ => self.rows.push(rows),
        }
    }

    /// The vectors that still belong to a row, at the rows where they belong now: `places` say so in the order of the
    /// vectors.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for more places than vectors, or places out of order.
    pub fn placed(self, places: &[Place]) -> Result<Self> {
        let rows: Vec<Range<u32>> = places.iter().map(|place| place.rows.clone()).collect();
        if rows == self.rows {
            return Ok(self);
        }
        let (dimensions, mut placed) = (self.dimensions as usize, Self::empty(self.dimensions));
        let low_bytes = low_bits::bytes(dimensions);
        let part_bytes = |rows: Range<usize>| {
            let parts = self.part_counts[rows].iter().map(|count| usize::from(*count));
            parts.sum::<usize>() * signs::bytes(dimensions)
        };
        let (mut at, mut part_at) = (0, 0);
        for Place { skip, rows } in places {
            let (before, start) = (at, at + *skip as usize);
            at = start + rows.len();
            if rows.is_empty() || at > self.len() || !placed.takes(rows.start) {
                return Err(Error::corrupt(format!(
                    "{} vectors are to take the places {places:?}",
                    self.len()
                )));
            }
            placed.push_rows(rows.clone());
            placed.scales.extend_from_slice(&self.scales[start..at]);
            placed.values.extend_from_slice(&self.values[start * dimensions..at * dimensions]);
            placed.low_bits.extend_from_slice(&self.low_bits[start * low_bytes..at * low_bytes]);
            let part_start = part_at + part_bytes(before..start);
            part_at = part_start + part_bytes(start..at);
            placed.part_counts.extend_from_slice(&self.part_counts[start..at]);
            placed.parts.extend_from_slice(&self.parts[part_start..part_at]);
        }
        Ok(placed)
    }

    /// Refuses a run that is malformed, or goes beyond the last of so many rows.
    pub(in crate::index) fn check(&self, rows: u32) -> Result<()> {
        self.validate()?;
        match self.rows.last() {
            Some(last) if last.end > rows => {
                let message = format!("vectors of rows {last:?} do not fit a segment of {rows} rows");
                Err(Error::corrupt(message))
            }
            _ => Ok(()),
        }
    }

    /// The number of vectors.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Each row with its vector.
    pub(super) fn vectors(&self) -> impl Iterator<Item = (u32, StoredVector<'_>)> {
        let dimensions = self.dimensions as usize;
        let integers =
            self.values.chunks_exact(dimensions).zip(self.low_bits.chunks_exact(low_bits::bytes(dimensions)));
        let mut rest = self.parts.as_slice();
        let parts = self.part_counts.iter().map(move |count| {
            let (parts, behind) = rest.split_at(usize::from(*count) * signs::bytes(dimensions));
            rest = behind;
            parts
        });
        let vectors = self.scales.iter().zip(integers).zip(parts);
        let vectors = vectors.map(|((&scale, (values, low_bits)), parts)| StoredVector {
            scale,
            values,
            low_bits,
            parts,
        });
        self.rows.iter().cloned().flatten().zip(vectors)
    }

    /// The run as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Vectors, self)
    }

    /// The run in a stored value; `what` names it in errors.
    ///
    /// # Errors
    /// As [`codec::decode`]; also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for lengths that do not
    /// agree, rows out of order, or numbers out of their range.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self> {
        let run: Self = codec::decode(Kind::Vectors, what, bytes)?;
        run.validate().map_err(|error| error.within(what))?;
        Ok(run)
    }

    pub(super) fn validate(&self) -> Result<()> {
        let vectors = self.scales.len();
        // Without a vector nothing would prove that the dimensions are real.
        if vectors == 0 || self.count_rows() != Some(vectors as u64) {
            return Err(Error::corrupt(format!("the rows of {vectors} vectors are out of order or too few")));
        }
        if self.dimensions > MAX_DIMENSIONS {
            return Err(Error::corrupt(format!("{} dimensions are too many", self.dimensions)));
        }
        let dimensions = self.dimensions as usize;
        let expected = [dimensions, low_bits::bytes(dimensions)].map(|each| vectors.checked_mul(each));
        if dimensions == 0 || expected != [self.values.len(), self.low_bits.len()].map(Some) {
            return Err(Error::corrupt(format!(
                "{vectors} vectors of {dimensions} dimensions cannot have {} values and {} bytes of lowest bits",
                self.values.len(),
                self.low_bits.len()
            )));
        }
        let parts: u64 = self.part_counts.iter().map(|count| u64::from(*count)).sum();
        if self.part_counts.len() != vectors
            || self.parts.len() as u64 != parts * signs::bytes(dimensions) as u64
        {
            return Err(Error::corrupt(format!(
                "{parts} parts of {vectors} vectors cannot have {} counts and {} bytes of signs",
                self.part_counts.len(),
                self.parts.len()
            )));
        }
        if let Some(vector) = self.scales.iter().position(|scale| !(scale.is_finite() && *scale >= 0.0)) {
            return Err(Error::corrupt(format!("vector {vector} has the scale {}", self.scales[vector])));
        }
        if self.values.contains(&i8::MIN) {
            return Err(Error::corrupt("a vector has a component of -128"));
        }
        let unused = |low_bits: &[u8]| low_bits.last().is_some_and(|last| last >> (dimensions % 8) != 0);
        if !dimensions.is_multiple_of(8) && self.low_bits.chunks(low_bits::bytes(dimensions)).any(unused) {
            return Err(Error::corrupt("a vector has bits behind its last component"));
        }
        Ok(())
    }

    /// How many rows the ranges hold; `None` where they are empty or out of order.
    fn count_rows(&self) -> Option<u64> {
        let apart = |pair: &[Range<u32>]| pair[0].end < pair[1].start;
        let ordered =
            self.rows.iter().all(|range| range.start < range.end) && self.rows.windows(2).all(apart);
        ordered.then(|| self.rows.iter().map(|range| u64::from(range.end - range.start)).sum())
    }
}
