//! The tokens of JSON, with where they are.

use std::ops::Range;

use super::Mistake;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Begin {
        is_array: bool,
    },
    End {
        is_array: bool,
    },
    /// What is between the quotation marks.
    String(Range<usize>),
    /// A number, a truth value or null.
    Literal(Range<usize>),
    Colon,
    Comma,
    /// The end of the text.
    Nothing,
}

/// Literals that are no numbers. Some programs write numbers that are none in these words.
const WORDS: &[&str] = &["true", "false", "null", "NaN", "Infinity", "-Infinity"];

pub(super) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether a line ended since the last token.
    is_in_new_line: bool,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut tokens = Self { text: text.as_bytes(), at: start, is_in_new_line: false };
        tokens.skip();
        tokens
    }

    /// Where the next token is.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether the next token is in another line than the one before.
    pub fn is_in_new_line(&self) -> bool {
        self.is_in_new_line
    }

    fn skip(&mut self) {
        self.is_in_new_line = false;
        // Some streams of values have a record separator before each.
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | 0x1E) = self.text.get(self.at) {
            self.is_in_new_line |= matches!(self.text[self.at], b'\n' | b'\r' | 0x1E);
            self.at += 1;
        }
    }

    pub fn next(&mut self) -> Result<Token, Mistake> {
        let Some(byte) = self.text.get(self.at) else { return Ok(Token::Nothing) };
        let mark = match byte {
            b'{' => Token::Begin { is_array: false },
            b'[' => Token::Begin { is_array: true },
            b'}' => Token::End { is_array: false },
            b']' => Token::End { is_array: true },
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(),
            _ => return self.literal(),
        };
        self.at += 1;
        self.skip();
        Ok(mark)
    }

    fn string(&mut self) -> Result<Token, Mistake> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
                    let digits = self.text.get(at + 2..at + 6).filter(|digits| digits.iter().all(is_digit));
                    at += match self.text.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') if digits.is_some() => 6,
                        _ => return Err(Mistake { at, what: "an escape in a string is unknown or cut" }),
                    };
                }
                Some(_) => at += 1,
                None => return Err(Mistake { at: start - 1, what: "a string does not end" }),
            }
        }
        self.at = at + 1;
        self.skip();
        Ok(Token::String(start..at))
    }

    fn literal(&mut self) -> Result<Token, Mistake> {
        let start = self.at;
        let is_of_literal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.text[start..].iter().take_while(|byte| is_of_literal(byte)).count();
        let literal = &self.text[start..start + length];
        if !WORDS.iter().any(|word| word.as_bytes() == literal) && !is_number(literal) {
            return Err(Mistake {
                at: start,
                what: "neither a string nor a number, nor true, false or null is here",
            });
        }
        self.at += length;
        self.skip();
        Ok(Token::Literal(start..start + length))
    }
}

fn is_number(literal: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = literal.strip_prefix(b"-").unwrap_or(literal);
    let whole = digits(rest);
    let has_zero_first = whole > 1 && rest[0] == b'0';
    rest = &rest[whole..];
    let mut is_well_formed = whole > 0 && !has_zero_first;
    if let [b'.', fraction @ ..] = rest {
        let length = digits(fraction);
        is_well_formed &= length > 0;
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let length = digits(exponent);
        is_well_formed &= length > 0;
        rest = &exponent[length..];
    }
    is_well_formed && rest.is_empty()
}
