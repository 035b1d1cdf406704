//! Numbers in as few bits as their distribution allows, the least significant bit of each byte first: in this order a
//! window of several bytes is read as it is.

/// Appends numbers to bytes.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet, from the lowest on.
    rest: u64,
    /// How many there are: less than eight.
    filled: u32,
}

impl BitWriter {
    /// The Rice code of `number`: the quotient by `2^shift` in unary, then the remainder in `shift` bits, less than 32.
    pub(super) fn rice(&mut self, number: u32, shift: u32) {
        self.unary(number >> shift);
        self.bits(number & ((1 << shift) - 1), shift);
    }

    /// The Elias gamma code of `number`, which is at least 1: one bit for 1, three for 2 and 3, five up to 7.
    pub(super) fn gamma(&mut self, number: u32) {
        let width = number.ilog2();
        self.unary(width);
        self.bits(number & ((1 << width) - 1), width);
    }

    /// Leaves the rest of the last byte empty, so that what follows starts at a byte.
    pub(super) fn align(&mut self) {
        if self.filled > 0 {
            self.bits(0, 8 - self.filled);
        }
    }

    /// The bytes that are full.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes are full.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// `zeros` zeros and a one.
    fn unary(&mut self, zeros: u32) {
        (0..zeros / u32::BITS).for_each(|_| self.bits(0, u32::BITS));
        let zeros = zeros % u32::BITS;
        self.bits(1 << zeros, zeros + 1);
    }

    /// The low `count` bits of `number`, whose other bits are 0.
    fn bits(&mut self, number: u32, count: u32) {
        self.rest |= u64::from(number) << self.filled;
        self.filled += count;
        while self.filled >= 8 {
            self.bytes.push(self.rest as u8); // the low eight bits
            self.rest >>= 8;
            self.filled -= 8;
        }
    }
}

/// Takes numbers off the front of bytes that a [`BitWriter`] wrote. Other bytes give other numbers or `None`.
#[derive(Clone)]
pub(super) struct BitReader<'b> {
    /// What is to be read, and what follows it: a window reaches beyond the end.
    bytes: &'b [u8],
    /// The next bit.
    at: usize,
    /// The number of bits that are to be read.
    end: usize,
}

impl<'b> BitReader<'b> {
    /// Bits that [`Self::window`] holds at least.
    const WINDOW: u32 = 57;

    /// Reads the first `length` bytes, which are fewer than an eighth of the address space. It is faster where others follow.
    pub(super) fn new(bytes: &'b [u8], length: usize) -> Self {
        Self { bytes, at: 0, end: length.min(bytes.len()) * 8 }
    }

    /// The numbers whose Rice code and whose gamma code come next; `None` where none do that fit 32 bits. All searches
    /// wait for this, so what fits one window, as nearly all does, is read from one.
    #[inline]
    pub(super) fn rice_and_gamma(&mut self, shift: u32) -> Option<(u32, u32)> {
        let window = self.window();
        let quotient = window.trailing_zeros();
        let rice_bits = quotient + 1 + shift;
        if rice_bits < Self::WINDOW {
            let rest = window >> rice_bits;
            let width = rest.trailing_zeros();
            let bits = rice_bits + 2 * width + 1;
            if bits <= Self::WINDOW {
                self.skip(bits)?;
                let rice = u64::from(quotient) << shift | low_bits(window >> (quotient + 1), shift);
                let gamma = 1 << width | low_bits(rest >> (width + 1), width);
                return Some((u32::try_from(rice).ok()?, gamma as u32)); // less than 29 bits
            }
        }
        Some((self.rice(shift)?, self.gamma()?))
    }

    fn rice(&mut self, shift: u32) -> Option<u32> {
        let quotient = self.unary()?;
        let remainder = self.bits(shift)?;
        u32::try_from(u64::from(quotient) << shift | u64::from(remainder)).ok()
    }

    fn gamma(&mut self) -> Option<u32> {
        let width = self.unary().filter(|width| *width < u32::BITS)?;
        Some(1 << width | self.bits(width)?)
    }

    fn unary(&mut self) -> Option<u32> {
        let mut before = 0u32;
        loop {
            let zeros = self.window().trailing_zeros();
            if zeros < Self::WINDOW {
                self.skip(zeros + 1)?;
                return before.checked_add(zeros);
            }
            self.skip(Self::WINDOW)?;
            before = before.checked_add(Self::WINDOW)?;
        }
    }

    /// A number of `count` bits, at most 32.
    fn bits(&mut self, count: u32) -> Option<u32> {
        let number = low_bits(self.window(), count);
        self.skip(count)?;
        Some(number as u32)
    }

    #[inline]
    fn skip(&mut self, count: u32) -> Option<()> {
        self.at += count as usize;
        (self.at <= self.end).then_some(())
    }

    /// The next bits from the lowest one on, then any.
    #[inline]
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        word >> (self.at % 8)
    }
}

/// The low `count` bits of `number`, less than 64.
#[inline]
fn low_bits(number: u64, count: u32) -> u64 {
    number & ((1 << count) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reader(bytes: &[u8]) -> BitReader<'_> {
        BitReader::new(bytes, bytes.len())
    }

    #[test]
    fn small_numbers_take_few_bits() {
        let mut writer = BitWriter::default();
        writer.gamma(1); // 1
        writer.gamma(3); // 01 1
        writer.rice(5, 2); // 01 10
        writer.align();
        writer.rice(0, 0); // 1
        writer.align();
        assert_eq!(writer.into_bytes(), [0b0110_1101, 0b0000_0001]);
    }

    #[test]
    fn a_number_beyond_32_bits_or_the_end_is_none() {
        let zeros = [0; 100];
        assert_eq!(reader(&zeros).gamma(), None);
        assert_eq!(reader(&zeros).rice(3), None);
        assert_eq!(reader(&zeros).rice_and_gamma(3), None);
        assert_eq!(reader(&[]).rice_and_gamma(0), None);
        assert_eq!(reader(&[1]).rice(8), None);
        // A quotient of 4 and 31 bits of remainder.
        assert_eq!(reader(&[0b0001_0000, 0, 0, 0, 0, 1]).rice_and_gamma(31), None);
        assert_eq!(reader(&[0, 0, 0, 0b1000_0000, 0, 0, 0, 0]).gamma(), Some(1 << 31));
    }

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec((0u32..100_000, any_width(), 0u32..=31), 0..60)) {
            let mut writer = BitWriter::default();
            for (rice, gamma, shift) in &numbers {
                writer.rice(*rice, *shift);
                writer.gamma(*gamma);
            }
            writer.align();
            let bytes = writer.into_bytes();
            let mut reader = reader(&bytes);
            for (rice, gamma, shift) in numbers {
                prop_assert_eq!(reader.rice_and_gamma(shift), Some((rice, gamma)));
            }
            prop_assert_eq!(reader.at.div_ceil(8), bytes.len());
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..40), shift in 0u32..32) {
            let mut reader = reader(&bytes);
            let read = std::iter::from_fn(|| reader.rice_and_gamma(shift)).count();
            prop_assert!(read <= bytes.len() * 4);
        }

        #[test]
        fn both_ways_to_read_agree(bytes in sparse_bytes(), shift in 0u32..32) {
            let (mut together, mut apart) = (reader(&bytes), reader(&bytes));
            loop {
                let number = together.rice_and_gamma(shift);
                prop_assert_eq!(number, apart.rice(shift).and_then(|rice| Some((rice, apart.gamma()?))));
                if number.is_none() {
                    break;
                }
                prop_assert_eq!(together.at, apart.at);
            }
        }

        #[test]
        fn what_follows_makes_no_difference(
            bytes in sparse_bytes(), after in prop::collection::vec(any::<u8>(), 0..20), shift in 0u32..32,
        ) {
            let longer = [bytes.as_slice(), &after].concat();
            let (mut alone, mut followed) = (reader(&bytes), BitReader::new(&longer, bytes.len()));
            loop {
                let number = alone.rice_and_gamma(shift);
                prop_assert_eq!(followed.rice_and_gamma(shift), number);
                if number.is_none() {
                    break;
                }
            }
        }
    }

    /// Numbers of one bit to 32.
    fn any_width() -> impl Strategy<Value = u32> {
        (1u32.., 0u32..32).prop_map(|(number, shift)| (number >> shift).max(1))
    }

    /// Bytes that are mostly zeros, so that codes are long.
    fn sparse_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![3 => Just(0u8), 1 => any::<u8>()], 0..60)
    }
}
