//! Where a text may be cut: after sentences ([`crate::sentences`]), lines, words and graphemes (UAX #29).
//!
//! All offsets are in bytes of the whole text; what is looked at is at most one chunk and a little beyond.

use unicode_segmentation::UnicodeSegmentation;

use crate::sentences::{FILLER, sentence_ends};

/// How good a place for a cut is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// After a heading, which leaves it without what it names.
    Heading,
    Grapheme,
    Word,
    Line,
    Sentence,
    Block,
}

impl Level {
    /// The levels at which prose is cut, best first.
    pub(super) const PROSE: &[Level] = &[Level::Sentence, Level::Line, Level::Word, Level::Grapheme];
    /// The levels at which code, tables and the like are cut, best first.
    pub(super) const LINES: &[Level] = &[Level::Line, Level::Word, Level::Grapheme];

    /// The last place to cut `text` after `start` and not after `end`, where text goes on after `end`.
    pub(super) fn last(self, text: &str, start: usize, end: usize) -> Option<usize> {
        match self {
            Level::Heading | Level::Block => None,
            Level::Sentence => starts(&sentences(text, start, end), start, end).last(),
            Level::Line => text[start..end].rfind(['\n', '\r']).map(|at| start + at + 1),
            Level::Word => last_word(text, start, end),
            Level::Grapheme => Some(last_grapheme(text, start, end)),
        }
    }

    /// The first place to cut `text` after `start`, not before `from` and before `end`. Only for sentences and lines.
    pub(super) fn first_from(self, text: &str, start: usize, from: usize, end: usize) -> Option<usize> {
        match self {
            Level::Sentence => {
                starts(&sentences(text, start, end), start, end).find(|&at| at >= from && at < end)
            }
            Level::Line if matches!(text.as_bytes()[from - 1], b'\n' | b'\r') => Some(from),
            Level::Line => text[from..end].find(['\n', '\r']).map(|at| from + at + 1).filter(|&at| at < end),
            _ => None,
        }
    }
}

/// How far beyond a cut the segmentation looks, in bytes: whether a sentence ends depends on what follows.
const LOOKAHEAD: usize = 64;

/// How far before a cut words and graphemes are looked for, in bytes.
const LOOKBEHIND: usize = 256;

/// The text from `start` to a little after `end` in which neither line ends nor long runs of spaces disturb the
/// segmentation into sentences; offsets stay the same.
///
/// UAX #29 ends a sentence with each line, which in hard-wrapped prose is wrong. And the segmentation takes quadratic
/// time in the spaces after a full stop, so that only the first ones of a run are kept.
fn sentences(text: &str, start: usize, end: usize) -> String {
    let mut spaces = 0;
    let flatten = |character: char| match character {
        ' ' | '\n' | '\r' | '\t' => {
            spaces += 1;
            if spaces <= 8 { ' ' } else { FILLER }
        }
        other => {
            spaces = 0;
            other
        }
    };
    text[start..text.floor_char_boundary(end + LOOKAHEAD)].chars().map(flatten).collect()
}

/// The starts of the second and later sentences of `flattened`, as far as they are at most `end`.
fn starts(flattened: &str, start: usize, end: usize) -> impl Iterator<Item = usize> {
    let ends = sentence_ends(flattened).filter(|at| *at < flattened.len());
    ends.map(move |at| start + at).take_while(move |&at| at <= end)
}

/// After the last white space, or else (in scripts without spaces) between the last words.
fn last_word(text: &str, start: usize, end: usize) -> Option<usize> {
    let slice = &text[start..end];
    let after_space = slice
        .char_indices()
        .rfind(|(_, character)| character.is_whitespace())
        .map(|(at, character)| start + at + character.len_utf8());
    let near = text.floor_char_boundary(end.saturating_sub(LOOKBEHIND)).max(start);
    match after_space {
        Some(at) if at >= near => Some(at),
        _ => bounds(text, near, end, |slice| slice.split_word_bound_indices()).or(after_space),
    }
}

fn last_grapheme(text: &str, start: usize, end: usize) -> usize {
    let near = text.floor_char_boundary(end.saturating_sub(LOOKBEHIND)).max(start);
    bounds(text, near, end, |slice| slice.grapheme_indices(true)).unwrap_or(end)
}

/// The last boundary after `start` and not after `end` by a segmentation that starts at `start`.
fn bounds<'t, I>(text: &'t str, start: usize, end: usize, segment: impl Fn(&'t str) -> I) -> Option<usize>
where
    I: Iterator<Item = (usize, &'t str)>,
{
    let beyond = text.floor_char_boundary(end + LOOKAHEAD);
    segment(&text[start..beyond]).skip(1).map(|(at, _)| start + at).take_while(|&at| at <= end).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(level: Level, text: &str, end: usize) -> Option<(&str, &str)> {
        level.last(text, 0, end).map(|at| text.split_at(at))
    }

    #[test]
    fn a_sentence_goes_on_over_the_end_of_a_line() {
        let text = "One here. Two goes\non. Three goes on";
        assert_eq!(last(Level::Sentence, text, 20), Some(("One here. ", "Two goes\non. Three goes on")));
        assert_eq!(last(Level::Sentence, text, 24), Some(("One here. Two goes\non. ", "Three goes on")));
        assert_eq!(last(Level::Sentence, text, 9), None);
    }

    #[test]
    fn the_first_sentence_or_line_is_found_from_an_offset() {
        let text = "One. Two.\nThree. Four.";
        let first = |level: Level, from| level.first_from(text, 0, from, text.len()).map(|at| &text[at..]);
        assert_eq!(first(Level::Sentence, 1), Some("Two.\nThree. Four."));
        assert_eq!(first(Level::Sentence, 5), Some("Two.\nThree. Four."));
        assert_eq!(first(Level::Sentence, 6), Some("Three. Four."));
        assert_eq!(first(Level::Sentence, 18), None);
        assert_eq!(first(Level::Line, 10), Some("Three. Four."));
        assert_eq!(first(Level::Line, 11), None);
    }

    #[test]
    fn abbreviations_initials_and_ordinals_end_no_sentence() {
        for text in [
            "It was read by Dr. Smith at 9 a.m. Monday in St. Mary hospital, e.g. by Mr. Brown of the U.S. Embassy.",
            "See Art. 5 Abs. 3 Satz 1 GG and J. R. Tolkien of No. 5 Lane.",
            "Am 3. Mai kam z. B. Prof. Dr. Meier vgl. oben.",
        ] {
            assert_eq!(
                last(Level::Sentence, &format!("{text}Then"), text.trim_end().len() - 1),
                None,
                "{text:?}"
            );
        }
    }

    #[test]
    fn words_end_at_spaces_or_between_ideographs() {
        assert_eq!(last(Level::Word, "one two three", 10), Some(("one two ", "three")));
        assert_eq!(last(Level::Word, "これは言葉です", 15), Some(("これは言葉", "です")));
        assert_eq!(last(Level::Word, "onetwothree", 5), None);
    }

    #[test]
    fn graphemes_stay_whole_where_they_are_not_endless() {
        assert_eq!(last(Level::Grapheme, "ab👩‍👧c", 6), Some(("ab", "👩‍👧c")));
        assert_eq!(last(Level::Grapheme, "ae\u{301}x", 2), Some(("a", "e\u{301}x")));
        let endless = format!("a{}", "\u{301}".repeat(1000));
        assert_eq!(Level::Grapheme.last(&endless, 0, 1001), Some(1001));
    }

    #[test]
    fn spaces_after_a_full_stop_take_no_quadratic_time() {
        let text = format!("A.{}B. C", " ".repeat(1 << 20));
        // Otherwise this would not end today.
        assert_eq!(Level::Sentence.last(&text, 0, text.len()), Some(text.len() - 1));
    }
}
