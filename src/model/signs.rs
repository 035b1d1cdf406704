//! Vectors of parts of a text, of which one bit for each component is kept: its sign.
//!
//! That is enough to tell the sentences of a text apart ("binary quantisation"), and takes 48 bytes for 384 dimensions. The
//! first component is in the lowest bit of the first byte; each vector takes whole bytes.

/// How many bytes the signs of a vector take.
pub const fn bytes(dimensions: usize) -> usize {
    dimensions.div_ceil(8)
}

/// Appends the signs of a vector: a bit is set where the component is above 0.
pub fn push(vector: &[f32], signs: &mut Vec<u8>) {
    let byte = |components: &[f32]| {
        let bits = components.iter().enumerate().map(|(bit, component)| u8::from(*component > 0.0) << bit);
        bits.fold(0, |byte, bit| byte | bit)
    };
    signs.extend(vector.chunks(8).map(byte));
}

/// The cosine of a unit vector and one of which the signs are known, as if all of its components were equally large.
pub fn cosine(vector: &[f32], signs: &[u8]) -> f32 {
    let components = vector.chunks(8).zip(signs).flat_map(|(components, byte)| {
        components.iter().enumerate().map(move |(bit, x)| if byte >> bit & 1 == 1 { *x } else { -*x })
    });
    components.sum::<f32>() / (vector.len().max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_component_has_a_bit() {
        let mut signs = Vec::new();
        push(&[0.5, -0.5, 0.0, 1.0, -1.0, 0.1, 0.1, 0.1, 0.2], &mut signs);
        assert_eq!(signs, [0b1110_1001, 1]);
        push(&[-1.0], &mut signs);
        assert_eq!(signs, [0b1110_1001, 1, 0]);
        assert_eq!([0, 1, 8, 9].map(bytes), [0, 1, 1, 2]);
    }

    #[test]
    fn the_cosine_is_that_of_the_vector_of_signs() {
        let mut signs = Vec::new();
        push(&[0.9, -0.1, 0.2, -0.3], &mut signs);
        assert_eq!(cosine(&[0.5, -0.5, 0.5, -0.5], &signs), 1.0);
        assert_eq!(cosine(&[-0.5, 0.5, -0.5, 0.5], &signs), -1.0);
        assert_eq!(cosine(&[0.5, 0.5, 0.5, 0.5], &signs), 0.0);
        assert_eq!(cosine(&[], &[]), 0.0);
    }
}
