//! A real WordPiece tokenizer with a tiny vocabulary, and with BERT's normalisation.

use ibid::document::Span;
use ibid::encoder::tokenizer::SubwordTokenizer;
use ibid::error::Result;
use ibid::model::Tokenizer;

/// The tokenizer of a tiny BERT encoder.
pub struct WordPiece(SubwordTokenizer);

impl WordPiece {
    pub fn tiny() -> Self {
        let json = include_bytes!("../fixtures/tiny-cls-encoder/tokenizer.json");
        Self(SubwordTokenizer::from_json(json).unwrap())
    }
}

impl Tokenizer for WordPiece {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.0.token_spans(text)
    }
}
