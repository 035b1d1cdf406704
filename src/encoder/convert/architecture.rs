//! The architectures of the transformers library in terms of the one encoder that there is: as data.

use serde::Deserialize;
use serde_json::{Value, json};

use super::CONFIG;
use crate::encoder::folder::{
    EncoderConfig, RELATIVE_BUCKETS, TABLE_ARCHITECTURE, from_value, invalid, require_supported,
};
use crate::encoder::weights::EncoderLayout;
use crate::error::{Error, ErrorKind, Result};

/// The labels of a classifier whose config names none, as the transformers library has it.
const DEFAULT_LABELS: u64 = 2;

/// The padding token of an architecture that numbers positions after it, where its config names none.
const DEFAULT_PADDING: usize = 1;

/// What a source's `config.json` says.
pub(super) struct SourceConfig {
    pub architecture: &'static str,
    pub head: Head,
    pub kind: Kind,
}

/// What stands on the encoder.
pub(super) enum Head {
    /// Nothing that embedding has a use for.
    None,
    /// Pooler and classifier, with one label.
    PairScorer,
}

/// What the weights are.
pub(super) enum Kind {
    Encoder(EncoderConfig, EncoderLayout),
    /// A table of word vectors, whose size only the weights tell.
    Table,
}

/// Names of ours with those that stand for them in a source.
type Names = &'static [(&'static str, &'static str)];

/// An architecture of the transformers library.
struct Architecture {
    /// `model_type` in its `config.json`.
    name: &'static str,
    /// What the names of its classes begin with.
    class: &'static str,
    /// What stands before the names of the encoder's tensors where a head was saved beside it.
    prefix: &'static str,
    /// The names of fields in its `config.json` that are not BERT's.
    fields: Names,
    /// What the names of a layer's tensors begin with.
    layers: &'static str,
    /// Parts of the names of its tensors that are not BERT's; of those that are in a name the first one counts.
    tensors: Names,
    /// The epsilon of its norms, where its `config.json` has none.
    epsilon: Option<f64>,
    positions: Positions,
    types: Types,
    /// Whether attention adds a number for how far apart two tokens are.
    is_relative: bool,
    /// Whether its classifier for sequences is a dense layer with tanh and a second one, as BERT's.
    scores_pairs: bool,
}

/// The row of the first token's position.
enum Positions {
    From(usize),
    AfterPadding,
}

/// The types of tokens.
enum Types {
    None,
    /// Those of the tokenizer.
    OfTokens,
    /// There is a table, but the model is given no types, so all tokens have the first.
    First,
}

const BERT: Architecture = Architecture {
    name: "bert",
    class: "Bert",
    prefix: "bert.",
    fields: &[],
    layers: "encoder.layer.",
    tensors: &[],
    epsilon: None,
    positions: Positions::From(0),
    types: Types::OfTokens,
    is_relative: false,
    scores_pairs: true,
};

/// Liu et al. 2019, <https://arxiv.org/abs/1907.11692>.
const ROBERTA: Architecture = Architecture {
    name: "roberta",
    class: "Roberta",
    prefix: "roberta.",
    tensors: CLASSIFIER,
    positions: Positions::AfterPadding,
    types: Types::First,
    ..BERT
};

const ARCHITECTURES: [Architecture; 6] = [
    BERT,
    // Sanh et al. 2019, <https://arxiv.org/abs/1910.01108>. Its classifier has another activation.
    Architecture {
        name: "distilbert",
        class: "DistilBert",
        prefix: "distilbert.",
        fields: &[
            ("hidden_size", "dim"),
            ("num_hidden_layers", "n_layers"),
            ("num_attention_heads", "n_heads"),
            ("intermediate_size", "hidden_dim"),
            ("hidden_act", "activation"),
        ],
        tensors: &[
            ("attention.self.query", "attention.q_lin"),
            ("attention.self.key", "attention.k_lin"),
            ("attention.self.value", "attention.v_lin"),
            ("attention.output.dense", "attention.out_lin"),
            ("attention.output.LayerNorm", "sa_layer_norm"),
            ("intermediate.dense", "ffn.lin1"),
            ("output.dense", "ffn.lin2"),
            ("output.LayerNorm", "output_layer_norm"),
        ],
        layers: "transformer.layer.",
        epsilon: Some(1e-12),
        types: Types::None,
        scores_pairs: false,
        ..BERT
    },
    ROBERTA,
    // Conneau et al. 2020, <https://arxiv.org/abs/1911.02116>.
    Architecture { name: "xlm-roberta", class: "XLMRoberta", ..ROBERTA },
    Architecture { name: "camembert", class: "Camembert", ..ROBERTA },
    // Song et al. 2020, <https://arxiv.org/abs/2004.09297>. Its code has the padding token 1 whatever its config says.
    Architecture {
        name: "mpnet",
        class: "MPNet",
        prefix: "mpnet.",
        tensors: &[
            ("attention.self.query", "attention.attn.q"),
            ("attention.self.key", "attention.attn.k"),
            ("attention.self.value", "attention.attn.v"),
            ("attention.output.dense", "attention.attn.o"),
            ("attention.output.LayerNorm", "attention.LayerNorm"),
            ("pooler.dense", "classifier.dense"),
            ("classifier.", "classifier.out_proj."),
        ],
        positions: Positions::From(DEFAULT_PADDING + 1),
        types: Types::None,
        is_relative: true,
        ..BERT
    },
];

/// The names of RoBERTa's classifier.
const CLASSIFIER: Names = &[("pooler.dense", "classifier.dense"), ("classifier.", "classifier.out_proj.")];

impl SourceConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`] naming the field, and [`ErrorKind::ModelUnsupported`] naming the architecture or the
    /// option that is not supported.
    pub fn read(config: Value) -> Result<Self> {
        #[derive(Deserialize)]
        struct Named {
            model_type: Option<String>,
            #[serde(default)]
            architectures: Vec<String>,
        }
        let Named { model_type, architectures } = from_value(CONFIG, config.clone())?;
        let model_type = model_type.ok_or_else(|| invalid(CONFIG, "the field model_type is missing"))?;
        let class = if architectures.is_empty() { "none" } else { &architectures.join(" with ") };
        let unsupported = |what: &str| {
            let message = format!(
                "{CONFIG}: model_type {model_type:?} with the architecture {class}{what} is not supported; \
                 supported: {}",
                supported()
            );
            Error::new(ErrorKind::ModelUnsupported, message)
        };
        let classes: Vec<&str> = architectures.iter().map(String::as_str).collect();
        if model_type == TABLE_ARCHITECTURE {
            return match classes[..] {
                [] | ["StaticModel"] => {
                    Ok(Self { architecture: TABLE_ARCHITECTURE, head: Head::None, kind: Kind::Table })
                }
                _ => Err(unsupported("")),
            };
        }
        let architecture = ARCHITECTURES.iter().find(|architecture| architecture.name == model_type);
        let architecture = architecture.ok_or_else(|| unsupported(""))?;
        let head = match classes[..] {
            [] => Head::None,
            [class] => match class.strip_prefix(architecture.class) {
                Some("Model" | "ForMaskedLM" | "ForPreTraining") => Head::None,
                Some("ForSequenceClassification") if architecture.scores_pairs => match labels(&config) {
                    1 => Head::PairScorer,
                    labels => return Err(unsupported(&format!(" with {labels} labels"))),
                },
                _ => return Err(unsupported("")),
            },
            _ => return Err(unsupported("")),
        };
        let (config, layout) = architecture.encoder(config)?;
        Ok(Self { architecture: architecture.name, head, kind: Kind::Encoder(config, layout) })
    }
}

/// What a message says is supported.
fn supported() -> String {
    let names: Vec<_> = ARCHITECTURES.iter().map(|architecture| architecture.name).collect();
    let scorers = ARCHITECTURES.iter().filter(|architecture| architecture.scores_pairs);
    let scorers: Vec<_> = scorers.map(|architecture| architecture.name).collect();
    format!(
        "{} as BertModel, BertForMaskedLM and BertForPreTraining are, whose heads are left out; {} as \
         BertForSequenceClassification with 1 label; {TABLE_ARCHITECTURE} as StaticModel",
        names.join(", "),
        scorers.join(", "),
    )
}

/// How many labels a classifier has.
fn labels(config: &Value) -> u64 {
    let named = || config.get("id2label").and_then(Value::as_object).map(|labels| labels.len() as u64);
    config.get("num_labels").and_then(Value::as_u64).or_else(named).unwrap_or(DEFAULT_LABELS)
}

impl Architecture {
    /// The encoder that `config` describes, and where its tensors are.
    fn encoder(&self, mut config: Value) -> Result<(EncoderConfig, EncoderLayout)> {
        if !config.is_object() {
            return Err(invalid(CONFIG, "it is no object"));
        }
        let activation = format!("/{}", self.field("hidden_act"));
        let supported: &[(&str, &[Value])] = &[
            (&activation, &[json!("gelu")]),
            ("/position_embedding_type", &[json!("absolute")]),
            ("/is_decoder", &[json!(false)]),
        ];
        require_supported(CONFIG, &config, supported)?;
        if self.is_relative {
            let buckets: &[Value] = &[json!(RELATIVE_BUCKETS)];
            require_supported(CONFIG, &config, &[("/relative_attention_num_buckets", buckets)])?;
        }
        for (own, theirs) in self.fields {
            let value = config.get(*theirs).cloned();
            config[*own] = value.ok_or_else(|| invalid(CONFIG, format!("the field {theirs} is missing")))?;
        }
        // In a model folder its absence means something; here it is an error.
        if !matches!(self.types, Types::None) && config.get("type_vocab_size").is_none() {
            return Err(invalid(CONFIG, "the field type_vocab_size is missing"));
        }
        if let Some(epsilon) = self.epsilon {
            config["layer_norm_eps"] = json!(epsilon);
        }
        config["relative_attention_num_buckets"] = json!(if self.is_relative { RELATIVE_BUCKETS } else { 0 });
        let padding = config.get("pad_token_id").and_then(Value::as_u64).map(|id| id as usize);
        let mut encoder: EncoderConfig = from_value(CONFIG, config)?;
        let first_position = match self.positions {
            Positions::From(first) => first,
            Positions::AfterPadding => padding.unwrap_or(DEFAULT_PADDING).saturating_add(1),
        };
        encoder.max_position_embeddings = encoder.max_position_embeddings.saturating_sub(first_position);
        let types_of_which_the_first =
            if matches!(self.types, Types::First) { encoder.type_vocab_size } else { 0 };
        if !matches!(self.types, Types::OfTokens) {
            encoder.type_vocab_size = 0;
        }
        encoder.validate(self.name, CONFIG, "")?;
        let layout = EncoderLayout {
            prefix: self.prefix,
            layers: self.layers,
            names: self.tensors,
            first_position,
            unreachable_positions: 0,
            types_of_which_the_first,
        };
        Ok((encoder, layout))
    }

    /// The name of a field in its `config.json`.
    fn field(&self, own: &'static str) -> &'static str {
        self.fields.iter().find(|(name, _)| *name == own).map_or(own, |(_, theirs)| theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::folder;

    #[test]
    fn every_architecture_that_is_written_is_read() {
        let written = ARCHITECTURES.iter().map(|architecture| architecture.name).chain([TABLE_ARCHITECTURE]);
        assert_eq!(written.collect::<Vec<_>>(), folder::ARCHITECTURES);
    }
}
