//! Unicode's normalisation forms, with what each character does to those it is made of.
//!
//! [UAX #15](https://www.unicode.org/reports/tr15/). The reference implementation goes by the tables of Unicode 9, and
//! models were trained with what it makes of a text, so younger characters are left as they are.

use unicode_normalization::char::{
    canonical_combining_class, compose, decompose_canonical, decompose_compatible,
};

use super::aligned::Change;
use super::categories;

use crate::order::Order;

/// A normalisation form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// NFKC and NFKD: a ligature becomes its letters.
    pub(super) compatible: bool,
    /// NFC and NFKC: a letter and its accent become one character.
    pub(super) composed: bool,
}

impl Form {
    /// What `text` becomes, into `changes`.
    pub(super) fn apply(self, text: &str, changes: &mut Vec<Change>) {
        changes.clear();
        decompose(text, self.compatible, changes);
        if self.composed {
            recompose(changes);
        }
    }
}

/// Hands the characters that `c` is made of to `take`.
pub(super) fn decomposition(c: char, compatible: bool, take: impl FnMut(char)) {
    let mut take = take;
    if c.is_ascii() || categories::is_younger(c) {
        take(c);
    } else if compatible {
        decompose_compatible(c, take);
    } else {
        decompose_canonical(c, take);
    }
}

/// The class by which marks on one character are sorted; 0 for all that is no such mark.
pub(super) fn class(c: char) -> u8 {
    if c < '\u{300}' || categories::is_younger_mark(c) { 0 } else { canonical_combining_class(c) }
}

fn decompose(text: &str, compatible: bool, changes: &mut Vec<Change>) {
    // Where marks begin that stand behind one character.
    let mut marks = None;
    for c in text.chars() {
        let mut change = 0;
        decomposition(c, compatible, |part| {
            if class(part) == 0 {
                sort(changes, marks.take());
            } else {
                marks.get_or_insert(changes.len());
            }
            changes.push((part, change));
            change = 1;
        });
    }
    sort(changes, marks);
}

fn sort(changes: &mut [Change], marks: Option<usize>) {
    if let Some(start) = marks {
        changes[start..].order_by_key(|(mark, _)| class(*mark));
    }
}

fn recompose(changes: &mut Vec<Change>) {
    let mut kept = 0;
    // The place of the last character that is no mark, and the class of the last one kept behind it.
    let mut base: Option<usize> = None;
    let mut last = None;
    for at in 0..changes.len() {
        let (c, change) = changes[at];
        let own = class(c);
        if let Some(base) = base
            && last.is_none_or(|last| last < own)
            && let Some(composed) = compose(changes[base].0, c).filter(|c| !categories::is_younger(*c))
        {
            changes[base] = (composed, changes[base].1 + change - 1);
            continue;
        }
        if own == 0 {
            base = Some(kept);
            last = None;
        } else if base.is_some() {
            last = Some(own);
        }
        changes[kept] = (c, change);
        kept += 1;
    }
    changes.truncate(kept);
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use tokenizers::normalizers::{NFC, NFD, NFKC, NFKD};
    use tokenizers::{NormalizedString, Normalizer};

    use super::*;

    fn reference(form: &impl Normalizer, text: &str) -> String {
        let mut text = NormalizedString::from(text);
        form.normalize(&mut text).unwrap();
        text.get().to_owned()
    }

    fn own(compatible: bool, composed: bool, text: &str) -> String {
        let mut changes = Vec::new();
        Form { compatible, composed }.apply(text, &mut changes);
        changes.into_iter().map(|(c, _)| c).collect()
    }

    #[test]
    fn each_character_has_the_forms_that_the_reference_gives_it() {
        for c in '\0'..=char::MAX {
            // Behind a letter, between marks of the highest and the lowest class.
            let text = format!("{c}a\u{345}{c}\u{334}");
            assert_eq!(own(false, false, &text), reference(&NFD, &text), "{c:?}");
            assert_eq!(own(true, true, &text), reference(&NFKC, &text), "{c:?}");
        }
    }

    #[test]
    fn letters_and_marks_compose_as_by_the_reference() {
        for text in [
            "e\u{301}\u{323}",
            "\u{1100}\u{1161}\u{11a8}",
            "\u{9c7}\u{9be}",
            "a\u{315}\u{300}",
            "\u{11935}\u{11930}",
            "ﬁ\u{301}",
        ] {
            let expected = [
                reference(&NFC, text),
                reference(&NFD, text),
                reference(&NFKC, text),
                reference(&NFKD, text),
            ];
            let found = [(false, true), (false, false), (true, true), (true, false)];
            assert_eq!(
                found.map(|(compatible, composed)| own(compatible, composed, text)),
                expected,
                "{text:?}"
            );
        }
    }
}
