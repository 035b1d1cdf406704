//! Where a text may be cut in two without a change to the tokens of either part.
//!
//! A text is tokenized in pieces, so that its first tokens cost no more than those of a short one.

use unicode_segmentation::UnicodeSegmentation;

use super::added::AddedTokens;
use super::aligned::Aligned;
use super::byte_level;
use super::categories;
use super::normalizer::Normalizer;
use super::splitter::{Prepend, Splitter};

/// The places where a text may be cut.
pub(super) enum Cuts {
    /// After characters that BERT's normaliser and pre-tokenizer treat by themselves, whatever stands beside them.
    After(Breaks),
    /// Before white space at which words end.
    Before(Gaps),
}

impl Cuts {
    /// `None` where the tokenizer may look across any place, so that it has to have the whole text.
    pub(super) fn of(
        normalizers: &[Normalizer],
        splitters: &[Splitter],
        added: &AddedTokens,
    ) -> Option<Self> {
        let breaks = Breaks::of(normalizers, splitters, added).map(Self::After);
        breaks.or_else(|| Gaps::of(normalizers, splitters, added).map(Self::Before))
    }

    /// The first place after at least `bytes` bytes where `text` may be cut, or its end.
    pub(super) fn first_after(
        &self,
        text: &str,
        bytes: usize,
        normalizers: &[Normalizer],
        splitters: &[Splitter],
    ) -> usize {
        match self {
            Self::After(breaks) => breaks.first_after(text, text.floor_char_boundary(bytes)),
            Self::Before(gaps) => {
                gaps.first_after(text, text.ceil_char_boundary(bytes.max(1)), normalizers, splitters)
            }
        }
    }
}

pub(super) struct Breaks {
    /// The characters of added tokens, such as the brackets of `[SEP]`, which are looked for before anything is split.
    reserved: String,
    /// Whether the normaliser puts white space around Chinese characters.
    chinese: bool,
}

impl Breaks {
    /// `None` for a tokenizer that is not BERT's or has added tokens that look at their neighbours.
    fn of(normalizers: &[Normalizer], splitters: &[Splitter], added: &AddedTokens) -> Option<Self> {
        let ([Normalizer::Bert(bert)], [Splitter::Bert]) = (normalizers, splitters) else { return None };
        if !added.normalized.is_empty() || added.raw.iter().any(|token| token.looks_around()) {
            return None;
        }
        let reserved = added.raw.iter().flat_map(|token| token.content.chars()).collect();
        Some(Self { reserved, chinese: bert.ideographs })
    }

    fn first_after(&self, text: &str, from: usize) -> usize {
        let tail = text[from..].char_indices();
        tail.map(|(at, c)| (from + at + c.len_utf8(), c))
            .find_map(|(end, c)| self.is_break(c).then_some(end))
            .unwrap_or(text.len())
    }

    fn is_break(&self, c: char) -> bool {
        // The normaliser deletes control characters, form feed among them, before it looks for white space.
        let white_space = c.is_whitespace() && (!c.is_control() || matches!(c, '\t' | '\n' | '\r'));
        (white_space || c.is_ascii_punctuation() || self.chinese && is_chinese(c))
            && !self.reserved.contains(c)
    }
}

/// Whether BERT's normaliser surely treats `c` as a word of its own: the block of unified ideographs.
fn is_chinese(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Places between a visible character and white space.
pub(super) struct Gaps {
    /// White space before which a word surely ends.
    spaces: Vec<char>,
    /// Characters behind which white space may belong to something else: the ends of added tokens that take it.
    not_behind: String,
    /// Whether the normaliser looks at clusters of characters.
    clusters: bool,
}

impl Gaps {
    /// `None` for a tokenizer without such places, or one of whose steps changes the beginning or end of a text.
    fn of(normalizers: &[Normalizer], splitters: &[Splitter], added: &AddedTokens) -> Option<Self> {
        let at_edges = |step: &Normalizer| matches!(step, Normalizer::Prepend(_) | Normalizer::Strip { .. });
        if normalizers.iter().any(at_edges) || added.normalized.iter().any(|token| token.right) {
            return None;
        }
        let mut spaces = Vec::new();
        for space in [' ', '\n'] {
            let Some(normal) = normal_form(normalizers, space) else { continue };
            let mut tokens = added.raw.iter().chain(added.normalized.iter());
            let apart = tokens
                .all(|token| !holds_inside(&token.content, space) && !holds_inside(&token.content, normal));
            if apart && separates(splitters, normal) {
                spaces.push(space);
            }
        }
        let taking = added.raw.iter().filter(|token| token.right);
        let not_behind = taking.filter_map(|token| token.content.chars().next_back()).collect();
        let clusters = normalizers.iter().any(|step| matches!(step, Normalizer::Precompiled(_)));
        (!spaces.is_empty()).then_some(Self { spaces, not_behind, clusters })
    }

    fn first_after(
        &self,
        text: &str,
        from: usize,
        normalizers: &[Normalizer],
        splitters: &[Splitter],
    ) -> usize {
        let Some(before) = text[..from].chars().next_back() else { return text.len() };
        let mut previous = before;
        for (at, c) in text[from..].char_indices() {
            if self.is_gap(previous, c) && !is_searched(previous, normalizers, splitters) {
                return from + at;
            }
            previous = c;
        }
        text.len()
    }

    fn is_gap(&self, before: char, space: char) -> bool {
        let visible = before.is_alphanumeric() || categories::is_punctuation(before);
        self.spaces.contains(&space)
            && visible
            && !categories::is_mark(before)
            && !self.not_behind.contains(before)
            && (!self.clusters || String::from_iter([before, space]).graphemes(true).count() == 2)
    }
}

/// What white space between two letters becomes, if the letters stay as they are.
fn normal_form(normalizers: &[Normalizer], space: char) -> Option<char> {
    let (mut text, mut changes) = (Aligned::default(), Vec::new());
    text.begin(&format!("a{space}a"), 0, false);
    for normalizer in normalizers {
        normalizer.apply(&mut text, &mut changes).ok()?;
    }
    let mut characters =
        text.text().strip_prefix('a').and_then(|rest| rest.strip_suffix('a')).unwrap_or_default().chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Whether `content` holds `space` behind something else.
fn holds_inside(content: &str, space: char) -> bool {
    content.trim_start_matches(space).contains(space)
}

/// Whether a word ends before `space`, whatever visible character stands before it, and what follows is split as it
/// would be at the beginning of a text.
fn separates(splitters: &[Splitter], mut space: char) -> bool {
    for splitter in splitters {
        match splitter {
            Splitter::Bert | Splitter::Whitespace | Splitter::WhitespaceSplit => {
                if space.is_whitespace() {
                    return true;
                }
            }
            Splitter::Metaspace { space: metaspace, prepend, split } => {
                if space == ' ' || space == *metaspace {
                    if *split {
                        return true;
                    }
                    space = *metaspace;
                } else if *prepend != Prepend::Never {
                    return false;
                }
            }
            Splitter::ByteLevel { prefix_space, words } => {
                if *prefix_space && space != ' ' {
                    return false;
                }
                if *words && space.is_whitespace() {
                    return true;
                }
                space = byte_level::SPACE;
            }
            Splitter::Delimiter(delimiter) => {
                if *delimiter == space {
                    return true;
                }
            }
            Splitter::Punctuation(_) => {
                if categories::is_punctuation(space) {
                    return false;
                }
            }
            Splitter::Digits { .. } => {
                if space.is_numeric() {
                    return false;
                }
            }
            Splitter::Split { pattern, .. } => {
                if pattern.may_hold(space) {
                    return false;
                }
            }
        }
    }
    false
}

/// Whether a step looks for `c`, or what other steps make of it, and perhaps for more beside it.
fn is_searched(c: char, normalizers: &[Normalizer], splitters: &[Splitter]) -> bool {
    let patterns = normalizers.iter().filter_map(|step| match step {
        Normalizer::Replace { pattern, .. } => Some(pattern),
        _ => None,
    });
    let patterns: Vec<_> = patterns.collect();
    let searched = |text: &str| text.chars().any(|c| patterns.iter().any(|pattern| pattern.may_hold(c)));
    let replaced = || {
        let (mut form, mut changes) = (Aligned::default(), Vec::new());
        form.begin(c.encode_utf8(&mut [0; 4]), 0, false);
        let mut is_searched = searched(form.text());
        for step in normalizers {
            // What fails here is left to the text itself to fail on.
            is_searched |= step.apply(&mut form, &mut changes).is_err() || searched(form.text());
        }
        is_searched
    };
    !patterns.is_empty() && replaced()
        || splitters.iter().any(|step| matches!(step, Splitter::Split { pattern, .. } if pattern.may_hold(c)))
}
