//! The kernels on this processor, each with the shapes of MiniLM: `cargo bench`. Items are multiplications.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ibid::encoder::kernels::{
    self, Activation, AttentionScratch, Heads, Kernels, LayerNorm, LinearWeights, PackedLinear, Portable,
    QuantizedRows, Sequence,
};

const HIDDEN: usize = 384;
const INTERMEDIATE: usize = 1536;
const HEADS: usize = 12;

/// Tokens: a query, a chunk, the longest chunk.
const TOKENS: [usize; 3] = [16, 128, 256];

fn main() {
    println!("the kernels of this build are {}", kernels::detected().name());
    divan::main();
}

/// What is compared: the kernels of this build, and the portable ones.
#[derive(Clone, Copy, Debug)]
enum Set {
    Built,
    Portable,
}

const SETS: [Set; 2] = [Set::Built, Set::Portable];

impl Set {
    fn kernels(self) -> &'static dyn Kernels {
        match self {
            Set::Built => kernels::detected(),
            Set::Portable => &Portable,
        }
    }
}

/// Each set with each number of tokens.
fn cases() -> impl Iterator<Item = Case> {
    TOKENS.into_iter().flat_map(|tokens| SETS.into_iter().map(move |set| Case { set, tokens }))
}

#[derive(Clone, Copy)]
struct Case {
    set: Set,
    tokens: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:3} tokens, {:?}", self.tokens, self.set)
    }
}

/// Numbers from -1 to 1, the same on each run.
fn numbers(count: usize) -> Vec<f32> {
    let mut random = 1u32;
    let mut next = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn pack(kernels: &dyn Kernels, inputs: usize, outputs: usize) -> PackedLinear {
    let values: Vec<i8> = numbers(inputs * outputs).iter().map(|value| (value * 63.0) as i8).collect();
    let (scales, biases) = (vec![0.001; outputs], vec![0.1; outputs]);
    kernels.pack(LinearWeights { values: &values, scales: &scales, biases: &biases })
}

fn quantized(kernels: &dyn Kernels, tokens: usize, columns: usize) -> QuantizedRows {
    let mut rows = QuantizedRows::default();
    kernels.quantize(&numbers(tokens * columns), columns, &mut rows);
    rows
}

fn bench_linear(bencher: Bencher, case: Case, inputs: usize, outputs: usize, activation: Activation) {
    let kernels = case.set.kernels();
    let (linear, rows) = (pack(kernels, inputs, outputs), quantized(kernels, case.tokens, inputs));
    let mut output = vec![0.0; case.tokens * linear.pitch()];
    bencher
        .counter(ItemsCount::new(case.tokens * inputs * outputs))
        .bench_local(|| kernels.linear(black_box(&rows), &linear, activation, black_box(&mut output)));
}

#[divan::bench(args = cases())]
fn linear_384_to_1536_gelu(bencher: Bencher, case: Case) {
    bench_linear(bencher, case, HIDDEN, INTERMEDIATE, Activation::Gelu);
}

#[divan::bench(args = cases())]
fn linear_1536_to_384(bencher: Bencher, case: Case) {
    bench_linear(bencher, case, INTERMEDIATE, HIDDEN, Activation::None);
}

#[divan::bench(args = cases())]
fn attention(bencher: Bencher, case: Case) {
    let heads = Heads::new(HEADS, HIDDEN / HEADS);
    let projected = numbers(case.tokens * heads.pitch);
    let mut scratch = AttentionScratch::default();
    let mut output = vec![0.0; case.tokens * heads.total()];
    let kernels = case.set.kernels();
    bencher.counter(ItemsCount::new(2 * case.tokens * case.tokens * HIDDEN)).bench_local(|| {
        kernels.attention(Sequence::new(black_box(&projected), case.tokens), heads, &mut scratch, &mut output)
    });
}

#[divan::bench(args = cases())]
fn add_norm(bencher: Bencher, case: Case) {
    let norm = LayerNorm { weight: vec![1.0; HIDDEN], bias: vec![0.0; HIDDEN], epsilon: 1e-12 };
    let addends = numbers(case.tokens * HIDDEN);
    let mut states = addends.clone();
    let mut rows = QuantizedRows::default();
    let kernels = case.set.kernels();
    bencher
        .counter(ItemsCount::new(case.tokens * HIDDEN))
        .bench_local(|| kernels.add_norm(&mut states, black_box(&addends), HIDDEN, &norm, &mut rows));
}

#[divan::bench(args = cases())]
fn quantize(bencher: Bencher, case: Case) {
    let values = numbers(case.tokens * INTERMEDIATE);
    let mut rows = QuantizedRows::default();
    let kernels = case.set.kernels();
    bencher
        .counter(ItemsCount::new(case.tokens * INTERMEDIATE))
        .bench_local(|| kernels.quantize(black_box(&values), INTERMEDIATE, &mut rows));
}
