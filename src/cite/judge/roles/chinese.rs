//! The same in Chinese, where words are not apart: what is swapped is seen in a claim that is otherwise the sentence to the letter.

use std::ops::Range;

use super::Swap;

/// What ends a clause, or an item: a claim with these in another order says the same.
const ENDS: &[char] = &['，', '。', '；', '：', '、', '！', '？', ',', ';', ':', '.'];

/// What may stand between two of which the order says nothing.
const MUTUAL: &[&str] =
    &["是", "等于", "和", "与", "與", "跟", "及", "以及", "或", "同", "像", "邻近", "不同于", "相当于"];

/// What times and places begin with or have in them, which stand where they like.
const BEFORE_PLACES: &[char] = &['在', '于', '於', '从', '從', '对', '對', '向', '到', '自', '按'];
const TIMES: &[char] = &['年', '月', '日', '天', '时', '時', '点', '點', '周', '週', '末'];

/// Finds two parts of a text that have changed their places in another one, all else being the same.
pub(super) fn swapped(text: &str, held_text: &str) -> Option<Swap> {
    let is_chinese = |text: &str| text.contains(is_han) && !text.contains(is_kana);
    if !is_chinese(text) || !is_chinese(held_text) {
        return None;
    }
    let (own, held) = (characters(text), characters(held_text));
    if own.len() != held.len() {
        return None;
    }
    let is_same = |pair: &(&(usize, char), &(usize, char))| pair.0.1 == pair.1.1;
    let prefix = own.iter().zip(&held).take_while(is_same).count();
    let suffix = own[prefix..].iter().rev().zip(held[prefix..].iter().rev()).take_while(is_same).count();
    let (own, held) = (&own[prefix..own.len() - suffix], &held[prefix..held.len() - suffix]);
    let are_equal =
        |a: &[(usize, char)], b: &[(usize, char)]| a.iter().map(|it| it.1).eq(b.iter().map(|it| it.1));
    let all = own.len();
    let is_swapped = |first: usize, second: usize| {
        let between = &own[first..all - second];
        are_equal(&own[..first], &held[all - first..])
            && are_equal(&own[all - second..], &held[..second])
            && are_equal(between, &held[second..all - first])
            && says_who(between)
            && !is_adverbial(&own[..first])
            && !is_adverbial(&own[all - second..])
    };
    (1..all)
        .any(|first| (1..all - first).any(|second| is_swapped(first, second)))
        .then(|| Swap { claimed: range(own), found: range(held) })
}

/// Whether what stands between two says which of them does something.
fn says_who(between: &[(usize, char)]) -> bool {
    let text: String = between.iter().map(|it| it.1).collect();
    text.contains(is_han) && !text.contains(ENDS) && !MUTUAL.contains(&text.as_str())
}

fn is_adverbial(part: &[(usize, char)]) -> bool {
    part.first().is_some_and(|it| BEFORE_PLACES.contains(&it.1))
        || part.iter().any(|it| TIMES.contains(&it.1))
}

/// The characters of a text, and where each is, without what ends it.
fn characters(text: &str) -> Vec<(usize, char)> {
    let text = text.trim_end_matches(|it: char| it.is_whitespace() || ENDS.contains(&it));
    text.char_indices().filter(|(_, it)| !it.is_whitespace()).collect()
}

fn range(characters: &[(usize, char)]) -> Range<usize> {
    let end = characters.last().map_or(0, |(at, it)| at + it.len_utf8());
    characters.first().map_or(end, |(at, _)| *at)..end
}

fn is_han(character: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&character)
}

fn is_kana(character: char) -> bool {
    ('\u{3040}'..='\u{30FF}').contains(&character)
}
