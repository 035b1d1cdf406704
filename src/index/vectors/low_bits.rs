//! The lowest bits of components, eight in a byte, the first in its lowest bit.

/// Bytes for the bits of so many components.
pub const fn bytes(dimensions: usize) -> usize {
    dimensions.div_ceil(8)
}

/// The lowest bits of `components`; the unused bits of the last byte are 0.
pub fn pack(components: &[i16]) -> impl Iterator<Item = u8> {
    let byte = |eight: &[i16]| (0..).zip(eight).map(|(at, component)| ((component & 1) as u8) << at).sum();
    components.chunks(8).map(byte)
}

/// Each bit as a byte of its own.
#[inline]
pub fn unpack(bits: &[u8]) -> impl Iterator<Item = i8> {
    bits.iter().flat_map(|byte| spread(*byte))
}

/// Each bit as a byte of its own, without a loop over them.
#[inline(always)]
pub fn spread(bits: u8) -> [i8; 8] {
    const COPIES: u64 = 0x0101_0101_0101_0101;
    // One other bit of each copy stays,
    let apart = (u64::from(bits) * COPIES) & 0x8040_2010_0804_0201;
    // and carries into the highest bit of its byte, no further.
    let highest = apart + 0x7F * COPIES;
    ((highest >> 7) & COPIES).to_le_bytes().map(u8::cast_signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_in_their_order() {
        for byte in 0..=u8::MAX {
            assert_eq!(spread(byte), std::array::from_fn(|at| (byte >> at & 1) as i8));
        }
        let components: Vec<i16> = (-10..9).map(|number| number * number).collect();
        let packed: Vec<u8> = pack(&components).collect();
        assert_eq!(packed.len(), bytes(components.len()));
        let lowest = components.iter().map(|component| (component & 1) as i8);
        assert!(unpack(&packed).eq(lowest.chain([0; 5])));
    }
}
