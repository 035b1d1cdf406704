//! A real WordPiece tokenizer with a tiny vocabulary, and with BERT's normalisation.

use ibid::document::Span;
use ibid::error::{Error, Result};
use ibid::model::Tokenizer;

/// The tokenizer of a tiny BERT encoder.
pub struct WordPiece(tokenizers::Tokenizer);

impl WordPiece {
    pub fn tiny() -> Self {
        let json = include_bytes!("../fixtures/tiny-cls-encoder/tokenizer.json");
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(json).unwrap();
        tokenizer.with_truncation(None).unwrap().with_padding(None);
        Self(tokenizer)
    }
}

impl Tokenizer for WordPiece {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        let encoding = self.0.encode(text, false).map_err(|error| Error::internal(error.to_string()))?;
        Ok(encoding.get_offsets().iter().map(|&(start, end)| Span::new(start, end)).collect())
    }
}
