//! Quotations: what an answer puts between quotation marks, and where a source has it.
//!
//! Both are compared in compatibility form without case, with one kind of quotation mark, dash and space, and without soft
//! hyphens, words cut at the end of a line, and the marks of Markdown.

use std::ops::Range;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::document::Span;

/// What a quotation is in a source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum QuoteMatch {
    /// The source has it, at `span`.
    Exact { span: Span },
    /// The source has something like it, at `span`.
    Altered { span: Span, changes: Vec<Change> },
    /// The source has nothing like it.
    Absent,
}

/// A piece of the comparison of a quotation with a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// Its words.
    pub text: String,
}

/// What became of words between a source and a quotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Both have them.
    Same,
    /// Only the source has them.
    Removed,
    /// Only the quotation has them.
    Added,
}

/// The least words of a quotation, and the least characters where there are no spaces: less is a name or a term.
const LEAST_WORDS: usize = 3;
const LEAST_CHARACTERS: usize = 8;

/// The most of its words that an altered quotation has changed, as a share.
const MOST_CHANGED: f64 = 0.4;

/// Longer quotations are compared by their first words only.
const MAX_WORDS: usize = 120;

/// The quotations of a text, without their marks, in bytes.
pub(super) fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((open, close)) =
        text[at..].char_indices().find_map(|(offset, it)| closing(it).map(|close| (at + offset, close)))
    {
        let first = text[open..].chars().next().map_or(1, char::len_utf8);
        let start = open + first;
        let end = text[start..].char_indices().find(|(_, it)| close.contains(it)).map(|(end, _)| start + end);
        match end {
            Some(end) => {
                if is_quotation(&text[start..end]) {
                    found.push(start..end);
                }
                at = end + text[end..].chars().next().map_or(1, char::len_utf8);
            }
            None => at = start,
        }
    }
    found
}

/// The marks that close what a mark opens.
fn closing(open: char) -> Option<&'static [char]> {
    Some(match open {
        '“' => &['”', '“'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        '「' => &['」'],
        '『' => &['』'],
        '"' => &['"'],
        '＂' => &['＂'],
        _ => return None,
    })
}

fn is_quotation(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    let unspaced = text.chars().filter(|it| crate::index::is_unspaced(*it)).count();
    words >= LEAST_WORDS || unspaced >= LEAST_CHARACTERS
}

/// A text in the form in which quotations are compared, and where each of its characters comes from.
pub(super) struct Plain {
    text: String,
    /// For each byte of `text`, where its character begins and ends in the given text.
    origins: Vec<(u32, u32)>,
    words: Vec<Range<usize>>,
}

impl Plain {
    pub(super) fn new(given: &str) -> Self {
        let mut plain =
            Self { text: String::with_capacity(given.len()), origins: Vec::new(), words: Vec::new() };
        let mut characters = given.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let end = at + character.len_utf8();
            let rest = &given[end..];
            let after_break =
                rest.trim_start_matches([' ', '\t']).strip_prefix(['\n', '\r']).map(str::trim_start);
            let is_cut = matches!(character, '-' | '\u{2010}')
                && plain.text.ends_with(char::is_alphabetic)
                && after_break.is_some_and(|after| after.starts_with(char::is_lowercase));
            if is_cut {
                while characters.next_if(|(_, it)| it.is_whitespace()).is_some() {}
                continue;
            }
            match character {
                '\u{AD}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2060}'
                | '\u{FEFF}'
                | '\u{202A}'..='\u{202E}'
                | '*'
                | '`'
                | '_' => {}
                it if it.is_whitespace() => plain.push(' ', at, end),
                '“' | '”' | '„' | '«' | '»' | '‟' | '″' | '「' | '」' | '『' | '』' => {
                    plain.push('"', at, end)
                }
                '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' => plain.push('\'', at, end),
                '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => plain.push('-', at, end),
                '…' => (0..3).for_each(|_| plain.push('.', at, end)),
                _ => {
                    // Marks that combine are composed with their letter.
                    let mut last = end;
                    let mut cluster = String::from(character);
                    while let Some((start, mark)) =
                        characters.next_if(|(_, it)| unicode_normalization::char::is_combining_mark(*it))
                    {
                        cluster.push(mark);
                        last = start + mark.len_utf8();
                    }
                    for it in cluster.nfkc().flat_map(char::to_lowercase) {
                        plain.push(it, at, last);
                    }
                }
            }
        }
        plain.find_words();
        plain
    }

    fn push(&mut self, character: char, start: usize, end: usize) {
        // White space counts once, and not beside dashes, which some set apart.
        if character == ' ' && (self.text.is_empty() || self.text.ends_with([' ', '-'])) {
            return;
        }
        if character == '-' && self.text.ends_with(' ') {
            self.text.pop();
            self.origins.pop();
        }
        let origin = (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        self.origins.extend(std::iter::repeat_n(origin, character.len_utf8()));
        self.text.push(character);
    }

    fn find_words(&mut self) {
        let mut start = None;
        for (at, character) in self.text.char_indices() {
            let unspaced = crate::index::is_unspaced(character);
            if let Some(begin) = start
                && (!character.is_alphanumeric() || unspaced)
            {
                self.words.push(begin..at);
                start = None;
            }
            if unspaced {
                self.words.push(at..at + character.len_utf8());
            } else if character.is_alphanumeric() && start.is_none() {
                start = Some(at);
            }
        }
        if let Some(begin) = start {
            self.words.push(begin..self.text.len());
        }
    }

    fn word(&self, at: usize) -> &str {
        &self.text[self.words[at].clone()]
    }

    /// Where the bytes `range` of the plain text stand in the given one.
    fn origin(&self, range: Range<usize>) -> Span {
        let first = self.origins.get(range.start).map_or(0, |origin| origin.0);
        let last = self.origins.get(range.end.saturating_sub(1)).map_or(first, |origin| origin.1);
        Span { start: first, end: last.max(first) }
    }
}

/// Where a source has a quotation.
pub(super) fn find(quotation: &str, source: &Plain) -> QuoteMatch {
    // What was left out may be anything.
    let pieces: Vec<Plain> = quotation
        .replace("[…]", "…")
        .replace("[...]", "…")
        .replace("...", "…")
        .split('…')
        .map(|piece| Plain::new(piece.trim_matches(|it: char| !it.is_alphanumeric())))
        .filter(|piece| !piece.words.is_empty())
        .collect();
    let mut from = 0;
    let mut span: Option<Span> = None;
    for piece in &pieces {
        let Some(found) = find_words(piece, source, from) else { return altered(&pieces, source) };
        from = found.end;
        let place = source.origin(found);
        span = Some(span.map_or(place, |whole| Span { start: whole.start, end: place.end }));
    }
    span.map_or(QuoteMatch::Absent, |span| QuoteMatch::Exact { span })
}

/// The first place from `from` on where a source has a piece, from word to word.
fn find_words(piece: &Plain, source: &Plain, from: usize) -> Option<Range<usize>> {
    source.text[from..]
        .match_indices(piece.text.as_str())
        .map(|(at, it)| from + at..from + at + it.len())
        .find(|range| {
            let is_inside = |before: Option<char>, after: Option<char>| {
                let joins = |it: Option<char>| {
                    it.is_some_and(|it| it.is_alphanumeric() && !crate::index::is_unspaced(it))
                };
                joins(before) && joins(after)
            };
            let (before, after) = (&source.text[..range.start], &source.text[range.end..]);
            !is_inside(before.chars().next_back(), piece.text.chars().next())
                && !is_inside(piece.text.chars().next_back(), after.chars().next())
        })
}

/// The words of a source that are most like those of a quotation, if they are like them.
fn altered(pieces: &[Plain], source: &Plain) -> QuoteMatch {
    let quoted: Vec<&str> = pieces
        .iter()
        .flat_map(|piece| (0..piece.words.len()).map(|at| piece.word(at)))
        .take(MAX_WORDS)
        .collect();
    let held: Vec<&str> = (0..source.words.len()).map(|at| source.word(at)).collect();
    let Some((range, steps)) = align(&quoted, &held) else { return QuoteMatch::Absent };
    let mut changes: Vec<Change> = Vec::new();
    for (kind, word) in steps {
        match changes.last_mut().filter(|last| last.kind == kind) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(word);
            }
            None => changes.push(Change { kind, text: word.to_owned() }),
        }
    }
    let bytes = source.words[range.start].start..source.words[range.end - 1].end;
    let span = source.origin(bytes);
    // Words that agree and marks that do not are no other quotation.
    if changes.iter().all(|change| change.kind == ChangeKind::Same) {
        return QuoteMatch::Exact { span };
    }
    QuoteMatch::Altered { span, changes }
}

type Steps<'w> = Vec<(ChangeKind, &'w str)>;

/// The range of the held words to which those that are quoted can be turned by the fewest changes, if these are few.
fn align<'w>(quoted: &[&'w str], held: &[&'w str]) -> Option<(Range<usize>, Steps<'w>)> {
    if quoted.is_empty() || held.is_empty() {
        return None;
    }
    let width = held.len() + 1;
    // Row by row: the fewest changes from the quoted words so far to held words that end here and begin anywhere.
    let mut costs: Vec<u16> = vec![0; width];
    let mut moves: Vec<u8> = vec![0; width * (quoted.len() + 1)];
    for (row, word) in (1..).zip(quoted) {
        let mut diagonal = costs[0];
        costs[0] = u16::try_from(row).unwrap_or(u16::MAX);
        moves[row * width] = 1;
        for at in 1..width {
            let replaced = diagonal + u16::from(held[at - 1] != *word);
            let (added, removed) = (costs[at] + 1, costs[at - 1] + 1);
            diagonal = costs[at];
            let (cost, step) = [(replaced, 0), (added, 1), (removed, 2)]
                .into_iter()
                .min_by_key(|it| it.0)
                .unwrap_or((replaced, 0));
            costs[at] = cost;
            moves[row * width + at] = step;
        }
    }
    let end = (1..width).min_by_key(|at| costs[*at])?;
    if f64::from(costs[end]) > MOST_CHANGED * quoted.len() as f64 {
        return None;
    }
    let (mut row, mut at) = (quoted.len(), end);
    let mut steps: Steps<'w> = Vec::new();
    while row > 0 {
        match moves[row * width + at] {
            0 => {
                if held[at - 1] == quoted[row - 1] {
                    steps.push((ChangeKind::Same, quoted[row - 1]));
                } else {
                    steps.push((ChangeKind::Added, quoted[row - 1]));
                    steps.push((ChangeKind::Removed, held[at - 1]));
                }
                row -= 1;
                at -= 1;
            }
            1 => {
                steps.push((ChangeKind::Added, quoted[row - 1]));
                row -= 1;
            }
            _ => {
                steps.push((ChangeKind::Removed, held[at - 1]));
                at -= 1;
            }
        }
    }
    steps.reverse();
    (at < end).then_some((at..end, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "The Tenant must **not** sublet – or lend – the \u{201C}Premises\u{201D} to any\u{AD}body, unless the Land-\nlord  agrees. \
                          Eﬃcient ﬁlters aren’t cheap. 大家が修理します。";

    fn found(quotation: &str) -> QuoteMatch {
        find(quotation, &Plain::new(SOURCE))
    }

    #[track_caller]
    fn assert_exact(quotation: &str, held: &str) {
        match found(quotation) {
            QuoteMatch::Exact { span } => assert_eq!(span.slice(SOURCE), Some(held)),
            other => panic!("{quotation:?} is {other:?}"),
        }
    }

    #[test]
    fn quotations_are_found_where_the_source_has_them() {
        assert_exact(
            "must not sublet - or lend - the \"premises\" to anybody",
            "must **not** sublet – or lend – the \u{201C}Premises\u{201D} to any\u{AD}body",
        );
        assert_exact("unless the Landlord agrees", "unless the Land-\nlord  agrees");
        assert_exact("Efficient filters aren't cheap.", "Eﬃcient ﬁlters aren’t cheap");
        assert_exact(
            "must not sublet … unless the landlord",
            "must **not** sublet – or lend – the \u{201C}Premises\u{201D} to any\u{AD}body, unless the Land-\nlord",
        );
        assert_exact("大家が修理します", "大家が修理します");
        assert_exact("the Premises to anybody", "the \u{201C}Premises\u{201D} to any\u{AD}body");
    }

    #[test]
    fn an_altered_quotation_is_shown_as_a_difference() {
        let QuoteMatch::Altered { span, changes } =
            found("The Tenant must sublet or sell the premises to anybody")
        else {
            panic!("it is altered");
        };
        assert_eq!(span.start, 0);
        let shown: Vec<_> = changes.iter().map(|it| (it.kind, it.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (ChangeKind::Same, "the tenant must"),
                (ChangeKind::Removed, "not"),
                (ChangeKind::Same, "sublet or"),
                (ChangeKind::Removed, "lend"),
                (ChangeKind::Added, "sell"),
                (ChangeKind::Same, "the premises to anybody"),
            ]
        );
        assert_eq!(found("A wholly other sentence stands here"), QuoteMatch::Absent);
        assert_eq!(found("ant must not sub"), QuoteMatch::Absent);
    }

    #[test]
    fn short_terms_are_no_quotations() {
        let text = "He said “the roof is old” of «ce toit est vieux» and „das Dach ist alt“, the “Premises”, \"one two three\", 「大家が修理します」.";
        let found: Vec<&str> = quotations(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            found,
            ["the roof is old", "ce toit est vieux", "das Dach ist alt", "one two three", "大家が修理します"]
        );
    }
}
