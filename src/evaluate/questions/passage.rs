//! The passages that answer a question, and where they are in the text of their document.

use crate::document::Span;
use crate::error::{Error, Result};

/// A passage that answers, or a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The id of the document.
    pub document: String,
    /// Which part of its extracted text.
    pub wanted: Wanted,
}

/// How a passage is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// By what it says. White space counts as one space, however much it is.
    Quote {
        /// The words.
        text: String,
        /// Which of several occurrences is meant, from 1; where there is more than one it must be said.
        occurrence: Option<usize>,
    },
    /// By its place, in UTF-16 code units, as hits of searches have it in JavaScript and on the command line.
    Utf16(Span),
}

impl Passage {
    /// Where the passage is in `text`, the extracted text of its document, in bytes.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where it is not there, or it is not said which of several it is.
    pub fn find(&self, text: &str) -> Result<Span> {
        let found = match &self.wanted {
            Wanted::Quote { text: quote, occurrence } => find_quote(text, quote, *occurrence),
            Wanted::Utf16(span) => find_utf16(text, *span),
        };
        found.map_err(|why| Error::invalid_argument(format!("document {:?}: {why}", self.document)))
    }
}

fn find_quote(text: &str, quote: &str, occurrence: Option<usize>) -> Result<Span, String> {
    let found = occurrences(text, quote);
    let number = match (found.len(), occurrence) {
        (0, _) => return Err(format!("{quote:?} is not there")),
        (_, Some(number)) => number,
        (1, None) => 1,
        (several, None) => return Err(format!("{quote:?} is there {several} times; quote more of it")),
    };
    let place = number.checked_sub(1).and_then(|at| found.get(at)).copied();
    place.ok_or_else(|| format!("{quote:?} is there {} times, not {number}", found.len()))
}

/// Where the words of a quotation stand with any white space between them, in order and without overlap.
fn occurrences(text: &str, quote: &str) -> Vec<Span> {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let Some((first, rest)) = words.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(first) {
        let start = from + at;
        let end = end_of(text, start + first.len(), rest);
        found.extend(end.map(|end| Span::new(start, end)));
        // The first word may begin inside of where it was found in vain.
        from = end.unwrap_or(start + first.chars().next().map_or(1, char::len_utf8));
    }
    found
}

/// Where words end that follow `start`, each after white space.
fn end_of(text: &str, start: usize, words: &[&str]) -> Option<usize> {
    words.iter().try_fold(start, |at, word| {
        let rest = &text[at..];
        let behind = rest.trim_start();
        let space = rest.len() - behind.len();
        (space > 0 && behind.starts_with(word)).then(|| at + space + word.len())
    })
}

fn find_utf16(text: &str, span: Span) -> Result<Span, String> {
    let (start, end) = (span.start as usize, span.end as usize);
    let place = |wanted: usize| byte_of(text, wanted);
    match (place(start), place(end)) {
        (Some(first), Some(last)) if start < end => Ok(Span::new(first, last)),
        _ => Err(format!("{start} to {end} is no passage of it, in UTF-16 code units")),
    }
}

/// The byte before which there are `wanted` UTF-16 code units; `None` inside a character or beyond the text.
fn byte_of(text: &str, wanted: usize) -> Option<usize> {
    let mut utf16 = 0;
    for (byte, character) in text.char_indices() {
        if utf16 >= wanted {
            return (utf16 == wanted).then_some(byte);
        }
        utf16 += character.len_utf16();
    }
    (utf16 == wanted).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, wanted: Wanted) -> Result<Span> {
        Passage { document: "a.md".to_owned(), wanted }.find(text)
    }

    fn quote(text: &str, occurrence: Option<usize>) -> Wanted {
        Wanted::Quote { text: text.to_owned(), occurrence }
    }

    #[test]
    fn a_quotation_is_found_whatever_white_space_is_between_its_words() {
        let text = "The roof\n  leaks. The roof leaks";
        assert_eq!(find(text, quote(" roof leaks. ", None)).unwrap().slice(text), Some("roof\n  leaks."));
        assert_eq!(find(text, quote("roof\tleaks", Some(2))).unwrap(), Span::new(22, 32));
        assert_eq!(find("aaaa", quote("aa", Some(2))).unwrap(), Span::new(2, 4));
        assert_eq!(find("aaa b", quote("aa b", None)).unwrap(), Span::new(1, 5));
        // What is written as one word is not two.
        assert!(find("roofleaks", quote("roof leaks", None)).is_err());
    }

    #[test]
    fn a_quotation_that_is_not_there_or_not_the_only_one_is_an_error() {
        for (wanted, message) in [
            (quote("Öl", None), "document \"a.md\": \"Öl\" is there 2 times; quote more of it"),
            (quote("Öl", Some(3)), "document \"a.md\": \"Öl\" is there 2 times, not 3"),
            (quote("Öl", Some(0)), "document \"a.md\": \"Öl\" is there 2 times, not 0"),
            (quote("Gas", None), "document \"a.md\": \"Gas\" is not there"),
            (quote(" ", None), "document \"a.md\": \" \" is not there"),
        ] {
            assert_eq!(find("Öl und Öl", wanted).unwrap_err().message(), message);
        }
    }

    #[test]
    fn places_are_counted_in_utf_16() {
        let text = "a😀é.";
        let placed = |start, end| find(text, Wanted::Utf16(Span { start, end }));
        assert_eq!(placed(1, 3).unwrap().slice(text), Some("😀"));
        assert_eq!(placed(3, 5).unwrap().slice(text), Some("é."));
        for (start, end) in [(2, 3), (1, 2), (4, 6), (3, 3), (4, 3), (9, 12)] {
            assert!(placed(start, end).is_err(), "{start} to {end}");
        }
    }
}
