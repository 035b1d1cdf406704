//! Sums of a query's components with the signs of sixteen rows at a time, looked up four components at once ("fast scan",
//! [André, Kermarrec and Le Scouarnec](https://arxiv.org/abs/1812.09162)). All builds give the same integers.

#[cfg(any(test, not(target_arch = "wasm32")))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod simd128;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::sums;
#[cfg(target_arch = "wasm32")]
pub use simd128::sums;

/// Rows in a register of bytes.
pub const LANES: usize = 16;

/// What is added to each entry of a table, so that none is negative: four components of 15.
const BIAS: i8 = 60;

/// The byte that a row has in a register: rows of the first half have the even ones, so that either half is one register when
/// bytes are widened.
pub const fn lane(row: usize) -> usize {
    2 * (row % (LANES / 2)) + row / (LANES / 2)
}

/// For each eight components of a query two tables: what the signs of the first four add to a sum, and those of the others.
#[derive(Clone, Debug)]
pub struct Tables(Vec<[[u8; LANES]; 2]>);

impl Tables {
    /// Tables of a query's components, from -15 to 15.
    pub fn new(levels: &[i8]) -> Self {
        Self(
            levels
                .chunks(8)
                .map(|eight| [0, 4].map(|at| table(eight.get(at..).unwrap_or_default())))
                .collect(),
        )
    }

    /// By how much a sum is too large.
    pub fn excess(&self) -> u16 {
        2 * self.0.len() as u16 * u16::from(BIAS.cast_unsigned())
    }
}

/// The sum of up to four components for each set of signs, the first in the lowest bit.
fn table(levels: &[i8]) -> [u8; LANES] {
    let mut table = [BIAS; LANES];
    for (bit, level) in levels.iter().take(4).enumerate() {
        for (signs, sum) in table.iter_mut().enumerate() {
            *sum += if signs >> bit & 1 == 1 { -level } else { *level };
        }
    }
    table.map(i8::cast_unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random.
    fn noise() -> impl FnMut() -> u8 {
        let mut state = 1u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }
    }

    fn check() {
        let mut next = noise();
        for dimensions in [1usize, 4, 7, 8, 9, 128, 384, 2048] {
            for extreme in [false, true] {
                let levels: Vec<i8> =
                    (0..dimensions).map(|_| if extreme { 15 } else { (next() % 31) as i8 - 15 }).collect();
                let tables = Tables::new(&levels);
                let mut byte = || if extreme { 0 } else { next() };
                let signs: Vec<[u8; LANES]> =
                    (0..dimensions.div_ceil(8)).map(|_| std::array::from_fn(|_| byte())).collect();
                let expected: [u16; LANES] = std::array::from_fn(|row| {
                    let products = levels.iter().enumerate().map(|(at, level)| {
                        let negative = signs[at / 8][lane(row)] >> (at % 8) & 1 == 1;
                        i32::from(if negative { -level } else { *level })
                    });
                    (products.sum::<i32>() + i32::from(tables.excess())) as u16
                });
                assert_eq!(sums(&tables, &signs), expected, "{dimensions}");
                assert_eq!(portable::sums(&tables, &signs), expected, "{dimensions}");
            }
        }
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn sums_are_those_of_the_products() {
        check();
    }
}
