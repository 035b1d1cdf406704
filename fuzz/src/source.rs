//! What mutations begin with: the folders of Hugging Face's layout among the fixtures, and others of any size.

use arbitrary::{Result, Unstructured};
use half::{bf16, f16};
use ibid::encoder::convert::SourceFiles;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

/// A sound source: a fixture, or one of random sizes.
pub fn source(input: &mut Unstructured) -> Result<SourceFiles> {
    Ok(match input.int_in_range(0..=7)? {
        0 => encoder(),
        1 => pair_scorer(),
        _ => Sizes::read(input)?.source(input)?,
    })
}

/// What [`encoder`] puts before queries.
pub const QUERY_PREFIX: &str = "tenant: ";

/// A model of the fixtures that embeds, with 120 rows for its vocabulary.
pub fn encoder() -> SourceFiles {
    SourceFiles {
        config: include_bytes!("../../tests/fixtures/tiny-cls-encoder/config.json").to_vec(),
        tokenizer: TOKENIZER.to_vec(),
        weights: include_bytes!("../../tests/fixtures/tiny-cls-encoder/model.safetensors").to_vec(),
        modules: Some(br#"[{"type": "sentence_transformers.models.Transformer"}]"#.to_vec()),
        pooling: Some(br#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#.to_vec()),
        sentence: Some(br#"{"max_seq_length": 32}"#.to_vec()),
        prompts: Some(json!({"prompts": {"query": QUERY_PREFIX, "document": ""}}).to_string().into_bytes()),
    }
}

fn pair_scorer() -> SourceFiles {
    SourceFiles {
        config: include_bytes!("../../tests/fixtures/tiny-cross-encoder/config.json").to_vec(),
        tokenizer: TOKENIZER.to_vec(),
        weights: include_bytes!("../../tests/fixtures/tiny-cross-encoder/model.safetensors").to_vec(),
        ..SourceFiles::default()
    }
}

const TOKENIZER: &[u8] = include_bytes!("../../tests/fixtures/tiny-cls-encoder/tokenizer.json");

/// How many tokens [`TOKENIZER`] knows.
const WORDS: usize = 120;

/// The sizes of a small BERT model.
struct Sizes {
    heads: usize,
    /// Components of a head.
    width: usize,
    layers: usize,
    inner: usize,
    positions: usize,
    types: usize,
    /// Whether pooler and classifier stand on the encoder.
    scores: bool,
}

impl Sizes {
    fn read(input: &mut Unstructured) -> Result<Self> {
        Ok(Self {
            heads: input.int_in_range(1..=4)?,
            width: input.int_in_range(1..=9)?,
            layers: input.int_in_range(1..=2)?,
            inner: input.int_in_range(1..=33)?,
            positions: input.int_in_range(5..=40)?,
            types: input.int_in_range(2..=3)?,
            scores: input.arbitrary()?,
        })
    }

    fn source(&self, input: &mut Unstructured) -> Result<SourceFiles> {
        let class = if self.scores { "BertForSequenceClassification" } else { "BertModel" };
        let config = json!({
            "architectures": [class], "model_type": "bert", "hidden_act": "gelu", "num_labels": 1,
            "hidden_size": self.hidden(), "num_attention_heads": self.heads, "num_hidden_layers": self.layers,
            "intermediate_size": self.inner, "max_position_embeddings": self.positions,
            "type_vocab_size": self.types, "vocab_size": WORDS, "layer_norm_eps": 1e-12,
        });
        Ok(SourceFiles {
            config: config.to_string().into_bytes(),
            weights: self.weights(input)?,
            ..SourceFiles { sentence: None, ..encoder() }
        })
    }

    fn hidden(&self) -> usize {
        self.heads * self.width
    }

    fn weights(&self, input: &mut Unstructured) -> Result<Vec<u8>> {
        let dtype = *input.choose(&[Dtype::F32, Dtype::F16, Dtype::BF16])?;
        let step: f32 = f32::from(input.arbitrary::<i8>()?) / 32.0;
        let value = |at: usize| (at as f32 * step).sin();
        let data = self.tensors().into_iter().map(|(name, shape)| {
            let values = (0..shape.iter().product()).map(value);
            let data: Vec<u8> = match dtype {
                Dtype::F16 => values.flat_map(|x| f16::from_f32(x).to_le_bytes()).collect(),
                Dtype::BF16 => values.flat_map(|x| bf16::from_f32(x).to_le_bytes()).collect(),
                _ => values.flat_map(f32::to_le_bytes).collect(),
            };
            (name, shape, data)
        });
        let data: Vec<_> = data.collect();
        let views = data.iter().map(|(name, shape, data)| {
            (name, TensorView::new(dtype, shape.clone(), data).expect("data fits type and shape"))
        });
        Ok(safetensors::serialize(views, None).expect("sound tensors"))
    }

    fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, inner) = (self.hidden(), self.inner);
        let mut tensors = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![WORDS, hidden]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![self.positions, hidden]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![self.types, hidden]),
        ];
        let mut with_bias = |name: &str, shape: &[usize]| {
            tensors.push((format!("{name}.weight"), shape.to_vec()));
            tensors.push((format!("{name}.bias"), shape[..1].to_vec()));
        };
        with_bias("embeddings.LayerNorm", &[hidden]);
        for layer in 0..self.layers {
            let mut part =
                |name: &str, shape: &[usize]| with_bias(&format!("encoder.layer.{layer}.{name}"), shape);
            part("attention.self.query", &[hidden, hidden]);
            part("attention.self.key", &[hidden, hidden]);
            part("attention.self.value", &[hidden, hidden]);
            part("attention.output.dense", &[hidden, hidden]);
            part("attention.output.LayerNorm", &[hidden]);
            part("intermediate.dense", &[inner, hidden]);
            part("output.dense", &[hidden, inner]);
            part("output.LayerNorm", &[hidden]);
        }
        if self.scores {
            with_bias("pooler.dense", &[hidden, hidden]);
            with_bias("classifier", &[1, hidden]);
        }
        tensors
    }
}
