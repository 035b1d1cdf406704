//! Scaled dot-product attention within one text, head by head, without ever holding more than a few rows of its matrix.

use std::array::from_fn;

use super::lanes::Lanes;
use super::math::exp2;

/// How many vectors of keys, or of the components of a value, are looked at together.
const PAIR: usize = 2;

/// The heads of an attention, as its input has them: in each row all heads' queries, then all keys, then all values.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// How many there are.
    pub count: usize,
    /// Components per head, a multiple of 8.
    pub width: usize,
    /// What the product of a query and a key is multiplied with.
    pub scale: f32,
    /// Values from one row to the next.
    pub pitch: usize,
}

impl Heads {
    /// `count` heads of `width` components, padded to a multiple of 8. The pitch is that of rows without a gap.
    pub fn new(count: usize, width: usize) -> Self {
        let padded = width.next_multiple_of(4 * PAIR);
        Self { count, width: padded, scale: 1.0 / (width as f32).sqrt(), pitch: 3 * count * padded }
    }

    /// The components of all heads together.
    pub fn total(&self) -> usize {
        self.count * self.width
    }
}

/// A text as attention sees it.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'t> {
    /// Queries, keys and values of its tokens; see [`Heads`].
    pub projected: &'t [f32],
    /// How many tokens it has.
    pub tokens: usize,
    /// How many of them, from the first on, ask: only these have a result.
    pub queries: usize,
    /// What is added to the scores.
    pub bias: Option<&'t RelativeBias>,
}

impl<'t> Sequence<'t> {
    /// A text of which all tokens ask, and nothing is added to the scores.
    pub fn new(projected: &'t [f32], tokens: usize) -> Self {
        Self { projected, tokens, queries: tokens, bias: None }
    }
}

/// For each head numbers that are added to the score of a query and a key by how far the key is from the query.
#[derive(Clone, Debug)]
pub struct RelativeBias {
    /// Head by head, from the farthest key before a query to the farthest behind it and a block more; in the unit of scores,
    /// of which a power of two is taken.
    values: Vec<f32>,
    /// Where in those of a head a key stands that is the query itself.
    centre: usize,
}

impl RelativeBias {
    /// For texts of at most `tokens` tokens; `bias` gives the number for a head and a distance, that of the key less that of
    /// the query.
    pub fn new(heads: usize, tokens: usize, bias: impl Fn(usize, isize) -> f32) -> Self {
        let centre = tokens.saturating_sub(1);
        let distances = -(centre as isize)..(centre + 4 * PAIR) as isize;
        let values = (0..heads).flat_map(|head| {
            let bias = &bias;
            distances.clone().map(move |distance| std::f32::consts::LOG2_E * bias(head, distance))
        });
        Self { values: values.collect(), centre }
    }

    /// The numbers for a head and the keys from the first on, as the token `query` sees them.
    fn seen_from(&self, head: usize, query: usize) -> &[f32] {
        let per_head = 2 * self.centre + 4 * PAIR;
        &self.values[head * per_head..(head + 1) * per_head][self.centre - query..]
    }
}

/// Two vectors.
type Pair = [[f32; 4]; PAIR];

/// Room that is used again for each head.
#[derive(Clone, Debug, Default)]
pub struct AttentionScratch {
    /// For each eight keys of the head, component by component, the eight numbers.
    keys: Vec<Pair>,
    /// For each eight components of a value, token by token, the eight numbers.
    values: Vec<Pair>,
    /// `[R, padded tokens]`: the weights of some queries.
    weights: Vec<Pair>,
}

impl AttentionScratch {
    fn gather_keys(&mut self, keys: &[f32], tokens: usize, heads: Heads) {
        let pairs = tokens.div_ceil(4 * PAIR);
        self.keys.resize(pairs * heads.width, Pair::default());
        for (token, row) in keys.chunks(heads.pitch).take(tokens).enumerate() {
            let (block, lane) = (token / (4 * PAIR), token % (4 * PAIR));
            let block = &mut self.keys[block * heads.width..][..heads.width];
            for (pair, value) in block.iter_mut().zip(row) {
                pair.as_flattened_mut()[lane] = *value;
            }
        }
    }

    fn gather_values(&mut self, values: &[f32], tokens: usize, heads: Heads) {
        self.values.clear();
        for first in (0..heads.width).step_by(4 * PAIR) {
            let pair = |row: &[f32]| {
                Pair::from([from_fn(|lane| row[first + lane]), from_fn(|lane| row[first + 4 + lane])])
            };
            self.values.extend(values.chunks(heads.pitch).take(tokens).map(pair));
        }
    }
}

/// `softmax(queries * keys * scale + bias) * values` for each head of a text and each of its queries, in rows of
/// [`Heads::total`]. Works on `R` queries at a time.
#[inline(always)]
pub fn attention<L: Lanes, const R: usize>(
    Sequence { projected, tokens, queries, bias }: Sequence,
    heads: Heads,
    scratch: &mut AttentionScratch,
    output: &mut [f32],
) {
    for index in 0..heads.count {
        let column = |part: usize| part * heads.total() + index * heads.width;
        scratch.gather_keys(&projected[column(1)..], tokens, heads);
        scratch.gather_values(&projected[column(2)..], tokens, heads);
        scratch.weights.resize(R * tokens.div_ceil(4 * PAIR), Pair::default());
        let mut head = Head {
            queries: &projected[column(0)..],
            index,
            heads,
            tokens,
            bias,
            scratch,
            output: &mut output[column(0)..],
        };
        let whole = queries / R * R;
        for row in (0..whole).step_by(R) {
            head.run::<L, R>(row);
        }
        for row in whole..queries {
            head.run::<L, 1>(row);
        }
    }
}

/// One head of a text.
struct Head<'h> {
    queries: &'h [f32],
    index: usize,
    heads: Heads,
    tokens: usize,
    bias: Option<&'h RelativeBias>,
    scratch: &'h mut AttentionScratch,
    output: &'h mut [f32],
}

impl Head<'_> {
    /// Answers the `R` queries from `row` on.
    #[inline(always)]
    fn run<L: Lanes, const R: usize>(&mut self, row: usize) {
        self.score::<L, R>(row);
        if let Some(bias) = self.bias {
            self.add_bias::<L, R>(row, bias);
        }
        let inverse: [f32; R] = from_fn(|r| self.softmax::<L>(r));
        self.mix::<L, R>(row, inverse);
    }

    /// Sets the weights to the scores of `R` queries with all keys, in units of which a power of two is taken.
    #[inline(always)]
    fn score<L: Lanes, const R: usize>(&mut self, row: usize) {
        let Heads { width, pitch, .. } = self.heads;
        let scale = L::splat(std::f32::consts::LOG2_E * self.heads.scale);
        let queries: [&[f32]; R] = from_fn(|r| &self.queries[(row + r) * pitch..][..width]);
        let AttentionScratch { keys, weights, .. } = &mut *self.scratch;
        let blocks = self.tokens.div_ceil(4 * PAIR);
        for (block, keys) in keys.chunks_exact(width).enumerate() {
            let mut sums = [[L::splat(0.0); PAIR]; R];
            for (at, keys) in keys.iter().enumerate() {
                let keys = keys.each_ref().map(L::load);
                for r in 0..R {
                    let query = L::splat(queries[r][at]);
                    sums[r] = from_fn(|k| L::mul_add(query, keys[k], sums[r][k]));
                }
            }
            for r in 0..R {
                let weights = &mut weights[r * blocks + block];
                for k in 0..PAIR {
                    L::store(L::mul(sums[r][k], scale), &mut weights[k]);
                }
            }
        }
    }

    /// Adds to the scores of `R` queries what they have for the distances of the keys.
    #[inline(always)]
    fn add_bias<L: Lanes, const R: usize>(&mut self, row: usize, bias: &RelativeBias) {
        let blocks = self.tokens.div_ceil(4 * PAIR);
        for r in 0..R {
            let (biases, _) = bias.seen_from(self.index, row + r).as_chunks::<4>();
            let scores = self.scratch.weights[r * blocks..][..blocks].as_flattened_mut();
            for (score, bias) in scores.iter_mut().zip(biases) {
                L::store(L::add(L::load(score), L::load(bias)), score);
            }
        }
    }

    /// Makes the scores of query `r` weights that still have to be multiplied with the number returned.
    #[inline(always)]
    fn softmax<L: Lanes>(&mut self, r: usize) -> f32 {
        let blocks = self.tokens.div_ceil(4 * PAIR);
        let weights = &mut self.scratch.weights[r * blocks..][..blocks].as_flattened_mut();
        // No token stands behind the last few scores.
        weights.as_flattened_mut()[self.tokens..].fill(f32::MIN);
        let max = weights.iter().fold(L::splat(f32::MIN), |max, four| L::max(max, L::load(four)));
        let max = L::splat(L::max_lane(max));
        let mut sum = L::splat(0.0);
        for four in weights.iter_mut() {
            let weight = exp2::<L>(L::sub(L::load(four), max));
            sum = L::add(sum, weight);
            L::store(weight, four);
        }
        1.0 / L::sum(sum)
    }

    /// Sets the output of `R` queries to the mixed values.
    #[inline(always)]
    fn mix<L: Lanes, const R: usize>(&mut self, row: usize, inverse: [f32; R]) {
        let blocks = self.tokens.div_ceil(4 * PAIR);
        let AttentionScratch { values, weights, .. } = &*self.scratch;
        for (pair, values) in values.chunks_exact(self.tokens).enumerate() {
            let weights: [&[f32]; R] =
                from_fn(|r| &weights[r * blocks..][..blocks].as_flattened().as_flattened()[..values.len()]);
            let mut sums = [[L::splat(0.0); PAIR]; R];
            for (token, values) in values.iter().enumerate() {
                let values = values.each_ref().map(L::load);
                for r in 0..R {
                    let weight = L::splat(weights[r][token]);
                    sums[r] = from_fn(|v| L::mul_add(weight, values[v], sums[r][v]));
                }
            }
            for r in 0..R {
                let output = &mut self.output[(row + r) * self.heads.total() + 4 * PAIR * pair..];
                let output = &mut output.as_chunks_mut::<4>().0[..PAIR];
                for v in 0..PAIR {
                    L::store(L::mul(sums[r][v], L::splat(inverse[r])), &mut output[v]);
                }
            }
        }
    }
}
