//! A guess at how a model cuts text into tokens, for what cannot wait until the model is there.

use super::Tokenizer;
use crate::document::Span;
use crate::error::Result;

/// The most characters of a word that are taken for one token. English words have 1.3 word pieces on average and those of
/// other languages and of technical texts twice as many: a guess on the safe side keeps chunks within the model's limit.
const CHARACTERS_PER_TOKEN: usize = 4;

/// Counts a token for every four characters of a word, and for every other character that is no white space; scripts that
/// are written without spaces have a token for each character.
#[derive(Clone, Copy, Debug, Default)]
pub struct EstimatedTokenizer;

impl Tokenizer for EstimatedTokenizer {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        let mut spans: Vec<Span> = Vec::new();
        let mut length = 0;
        for (at, character) in text.char_indices() {
            let end = at + character.len_utf8();
            let is_letter = character.is_alphanumeric() && character < '\u{2E80}';
            match spans.last_mut() {
                Some(last) if is_letter && (1..CHARACTERS_PER_TOKEN).contains(&length) => {
                    last.end = end as u32
                }
                _ if !character.is_whitespace() && !character.is_control() => {
                    spans.push(Span::new(at, end));
                    length = 0;
                }
                _ => {}
            }
            length = if is_letter { length + 1 } else { 0 };
        }
        Ok(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_every_four_characters_and_marks_stand_alone() {
        let tokens = |text: &str| -> Vec<String> {
            let spans = EstimatedTokenizer.token_spans(text).unwrap();
            spans.into_iter().map(|span| text[span.range()].to_owned()).collect()
        };
        assert_eq!(
            tokens("The landlord's roof,\n2024"),
            ["The", "land", "lord", "'", "s", "roof", ",", "2024"]
        );
        assert_eq!(tokens("東京 étéété"), ["東", "京", "étéé", "té"]);
        assert_eq!(tokens(" \u{0} "), [""; 0]);
    }
}
