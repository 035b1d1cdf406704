//! Text in Unicode's compatibility form, and the way back to where each part of it stood.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfkc};
use unicode_segmentation::UnicodeSegmentation;

/// A text in NFKC, by grapheme clusters.
pub(super) struct Normal<'t> {
    text: Cow<'t, str>,
    /// Where clusters of other length begin and end: in the normal text, and in the given one. Empty where the given
    /// text is normal.
    anchors: Vec<(usize, usize)>,
}

impl<'t> Normal<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        if text.is_ascii() || is_nfkc(text) {
            return Self { text: Cow::Borrowed(text), anchors: Vec::new() };
        }
        let mut normal = String::with_capacity(text.len());
        let mut anchors = Vec::new();
        for (start, cluster) in text.grapheme_indices(true) {
            let begin = normal.len();
            if cluster.is_ascii() || cluster.chars().all(is_kept) {
                normal.push_str(cluster);
                continue;
            }
            if cluster.contains(is_fraction) {
                normal.push(' '); // 3½ is not 31/2
            }
            normal.extend(cluster.nfkc());
            if normal[begin..] != *cluster {
                anchors.push((begin, start));
                anchors.push((normal.len(), start + cluster.len()));
            }
        }
        Self { text: Cow::Owned(normal), anchors }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the given text that became the bytes `span` of the normal one.
    pub(super) fn origin(&self, span: Range<usize>) -> Range<usize> {
        let last = |at: usize| {
            let count = self.anchors.partition_point(|(normal, _)| *normal <= at);
            count.checked_sub(1).map(|last| (last, self.anchors[last]))
        };
        let (start, end) = (last(span.start), last(span.end));
        let within = |last: Option<(usize, (usize, usize))>| last.is_some_and(|(place, _)| place % 2 == 0);
        let shifted = |at: usize, last: Option<(usize, (usize, usize))>| {
            last.map_or(at, |(_, (normal, given))| given + (at - normal))
        };
        // Inside a cluster there is no way to tell what of it became what: all of it.
        let begin = match start {
            Some((_, (_, given))) if within(start) => given,
            _ => shifted(span.start, start),
        };
        let end = match end {
            Some((place, (normal, given))) if within(end) => {
                if normal == span.end {
                    given
                } else {
                    self.anchors[place + 1].1
                }
            }
            _ => shifted(span.end, end),
        };
        begin..end
    }
}

/// What NFKC would make something else of than people mean: spaces that keep the digits of a number together, and marks
/// of trade, which would become letters of the name before them.
fn is_kept(character: char) -> bool {
    matches!(character, '\u{A0}' | '\u{202F}' | '\u{2009}' | '™' | '℠')
}

fn is_fraction(character: char) -> bool {
    matches!(character, '¼'..='¾' | '⅐'..='⅞' | '↉')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_normalised_is_found_where_it_stood() {
        let text = "ＡＢ ﬁne ｶﾞ é½x e\u{301}!";
        let normal = Normal::new(text);
        assert_eq!(normal.text(), "AB fine ガ é 1⁄2x é!");
        let origin = |part: &str| {
            let start = normal.text().find(part).unwrap();
            &text[normal.origin(start..start + part.len())]
        };
        assert_eq!((origin("AB"), origin("fine"), origin("i")), ("ＡＢ", "ﬁne", "ﬁ"));
        assert_eq!((origin("ガ"), origin("2"), origin("x")), ("ｶﾞ", "½", "x"));
        assert_eq!(Normal::new("ACME™").text(), "ACME™");
    }

    proptest! {
        #[test]
        fn every_range_has_an_origin(text in "[a-cﬁ½é\u{301}Ａ가ㅏ\u{A0} ]{0,20}", a in 0usize..40, b in 0usize..40) {
            let normal = Normal::new(&text);
            let boundary = |at: usize| normal.text().floor_char_boundary(at.min(normal.text().len()));
            let (a, b) = (boundary(a.min(b)), boundary(a.max(b)));
            let origin = normal.origin(a..b);
            prop_assert!(text.get(origin.clone()).is_some(), "{origin:?} of {text:?}");
            if text == normal.text() {
                prop_assert_eq!(origin, a..b);
            }
        }
    }
}
