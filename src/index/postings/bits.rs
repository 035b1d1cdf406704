//! Numbers in as few bits as their distribution allows, most significant bit first.

/// Appends numbers to bytes.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// How many bits of the last byte are still free.
    free: u32,
}

impl BitWriter {
    /// The Rice code of `number`: the quotient by `2^shift` in unary, then the remainder in `shift` bits.
    pub(super) fn rice(&mut self, number: u32, shift: u32) {
        let number = u64::from(number);
        self.unary((number >> shift) as u32);
        self.bits(number & ((1 << shift) - 1), shift);
    }

    /// The Elias gamma code of `number`, which is at least 1: one bit for 1, three for 2 and 3, five up to 7.
    pub(super) fn gamma(&mut self, number: u32) {
        let width = number.ilog2();
        self.unary(width);
        self.bits(u64::from(number) & ((1 << width) - 1), width);
    }

    /// Leaves the rest of the last byte empty, so that what follows starts at a byte.
    pub(super) fn align(&mut self) {
        self.free = 0;
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// `zeros` zeros and a one.
    fn unary(&mut self, zeros: u32) {
        (0..zeros).for_each(|_| self.bit(0));
        self.bit(1);
    }

    /// The low `count` bits of `number`.
    fn bits(&mut self, number: u64, count: u32) {
        (0..count).rev().for_each(|place| self.bit((number >> place) as u8 & 1));
    }

    fn bit(&mut self, bit: u8) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        self.free -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= bit << self.free;
        }
    }
}

/// Takes numbers off the front of bytes that a [`BitWriter`] wrote. Other bytes give other numbers or `None`.
#[derive(Clone)]
pub(super) struct BitReader<'b> {
    bytes: &'b [u8],
    /// The next bit.
    at: usize,
}

impl<'b> BitReader<'b> {
    /// Bits that [`Self::window`] holds at least.
    const WINDOW: u32 = 57;

    /// `bytes` are fewer than an eighth of the address space.
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The number whose Rice code comes next; `None` where none does that fits 32 bits.
    #[inline]
    pub(super) fn rice(&mut self, shift: u32) -> Option<u32> {
        let quotient = self.unary()?;
        let remainder = self.bits(shift)?;
        u32::try_from(u64::from(quotient) << shift | u64::from(remainder)).ok()
    }

    /// The number whose gamma code comes next; `None` where none does that fits 32 bits.
    #[inline]
    pub(super) fn gamma(&mut self) -> Option<u32> {
        let width = self.unary().filter(|width| *width < u32::BITS)?;
        Some(1 << width | self.bits(width)?)
    }

    /// The number of bytes that were read, the last one perhaps in part; `None` where its rest is not empty.
    pub(super) fn aligned(&self) -> Option<usize> {
        let rest = (8 - self.at % 8) % 8;
        (self.window() >> 1 >> (63 - rest) == 0).then_some(self.at.div_ceil(8))
    }

    #[inline]
    fn unary(&mut self) -> Option<u32> {
        let mut before = 0u32;
        loop {
            let zeros = self.window().leading_zeros();
            if zeros < Self::WINDOW {
                self.skip(zeros + 1)?;
                return before.checked_add(zeros);
            }
            self.skip(Self::WINDOW)?;
            before = before.checked_add(Self::WINDOW)?;
        }
    }

    /// A number of `count` bits, at most 32.
    #[inline]
    fn bits(&mut self, count: u32) -> Option<u32> {
        let number = self.window() >> 1 >> (63 - count);
        self.skip(count)?;
        Some(number as u32)
    }

    #[inline]
    fn skip(&mut self, count: u32) -> Option<()> {
        self.at += count as usize;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// The next bits from the highest one on, and zeros after the end.
    #[inline]
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(word) => u64::from_be_bytes(*word),
            None => rest.iter().rev().fold(0, |word, byte| word >> 8 | u64::from(*byte) << 56),
        };
        word << (self.at % 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_take_few_bits() {
        let mut writer = BitWriter::default();
        writer.gamma(1); // 1
        writer.gamma(3); // 011
        writer.rice(5, 2); // 01 01
        writer.align();
        writer.rice(0, 0); // 1
        assert_eq!(writer.into_bytes(), [0b1011_0101, 0b1000_0000]);
    }

    #[test]
    fn a_number_beyond_32_bits_or_the_end_is_none() {
        let zeros = [0; 100];
        assert_eq!(BitReader::new(&zeros).gamma(), None);
        assert_eq!(BitReader::new(&zeros).rice(3), None);
        assert_eq!(BitReader::new(&[]).gamma(), None);
        assert_eq!(BitReader::new(&[1]).rice(8), None);
        // A quotient of 4 and 31 bits of remainder.
        assert_eq!(BitReader::new(&[0b0000_1000, 0, 0, 0, 0]).rice(31), None);
        assert_eq!(BitReader::new(&[0, 0, 0, 1, 0, 0, 0, 0]).gamma(), Some(1 << 31));
    }

    #[test]
    fn only_empty_bits_are_left_behind() {
        let read = |byte: u8| {
            let bytes = [byte, 0xFF];
            let mut reader = BitReader::new(&bytes);
            reader.gamma().and_then(|_| reader.aligned())
        };
        assert_eq!(read(0b1000_0000), Some(1));
        assert_eq!(read(0b1000_0001), None);
    }

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec((0u32..100_000, 1u32.., 0u32..=10), 0..60)) {
            let mut writer = BitWriter::default();
            for (rice, gamma, shift) in &numbers {
                writer.rice(*rice, *shift);
                writer.gamma(*gamma);
            }
            let bytes = writer.into_bytes();
            let mut reader = BitReader::new(&bytes);
            for (rice, gamma, shift) in numbers {
                prop_assert_eq!(reader.rice(shift), Some(rice));
                prop_assert_eq!(reader.gamma(), Some(gamma));
            }
            prop_assert_eq!(reader.aligned(), Some(bytes.len()));
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..40), shift in 0u32..32) {
            let mut reader = BitReader::new(&bytes);
            let read = std::iter::from_fn(|| reader.rice(shift).zip(reader.gamma())).count();
            prop_assert!(read <= bytes.len() * 4);
        }
    }
}
