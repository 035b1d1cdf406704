//! Plain loops.

use super::{LANES, Tables, lane};

/// For each row of a group the sum of the components with the row's signs, and the excess of the tables.
pub fn sums(tables: &Tables, signs: &[[u8; LANES]]) -> [u16; LANES] {
    let mut sums = [0; LANES];
    for ([low, high], signs) in tables.0.iter().zip(signs) {
        for (sum, signs) in sums.iter_mut().zip(signs) {
            let (low, high) = (low[usize::from(signs & 15)], high[usize::from(signs >> 4)]);
            *sum += u16::from(low) + u16::from(high);
        }
    }
    std::array::from_fn(|row| sums[lane(row)])
}
