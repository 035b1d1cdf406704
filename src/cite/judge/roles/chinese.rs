//! The same in Chinese, where words are not apart and their order says who does what.

use std::collections::HashSet;
use std::ops::Range;

use super::{LONGEST, Swap};
use crate::cite::words::Word;

/// Characters by which the order is another one: what stands behind them does something, or has it done to it.
const TURNING: &[char] = &['被', '由', '受', '为', '遭', '让', '给', '把', '将'];

/// What ends a clause, or an item.
const ENDS: &[char] = &['，', '。', '；', '：', '、', '！', '？', ',', ';', ':', '.'];

/// Looks in two sentences of the same characters for a word that has behind it what stands before it in the other.
pub(super) fn swapped(text: &str, words: &[Word], held_text: &str, held_words: &[Word]) -> Option<Swap> {
    let is_plain = |text: &str| text.len() <= LONGEST && text.contains(is_han) && !text.contains(is_kana);
    let turning = |text: &str| text.chars().filter(|it| TURNING.contains(it)).collect::<String>();
    let held_characters: HashSet<char> = held_text.chars().collect();
    let is_held = |it: char| held_characters.contains(&it) || !is_han(it);
    let is_of_one_order = turning(text) == turning(held_text);
    if !is_plain(text) || !is_plain(held_text) || !is_of_one_order || !text.chars().all(is_held) {
        return None;
    }
    let own = single(words);
    let shared: Vec<(&Range<usize>, &Range<usize>)> = single(held_words)
        .into_iter()
        .filter_map(|(id, held)| own.iter().find(|it| it.0 == id).map(|it| (it.1, held)))
        .collect();
    let is_before = |text: &str, one: &Range<usize>, other: &Range<usize>| {
        text.get(one.end..other.start).is_some_and(|between| !between.contains(ENDS))
    };
    let turns =
        |text: &str| text.match_indices(TURNING).map(|(at, it)| at..at + it.len()).collect::<Vec<_>>();
    let (turns, held_turns) = (turns(text), turns(held_text));
    let deeds = shared.iter().copied().chain(turns.iter().zip(&held_turns));
    deeds.into_iter().find_map(|(deed, held_deed)| {
        let first = |it: &&(&Range<usize>, &Range<usize>)| {
            is_before(text, it.0, deed) && is_before(held_text, held_deed, it.1)
        };
        let second = |it: &&(&Range<usize>, &Range<usize>)| {
            is_before(text, deed, it.0) && is_before(held_text, it.1, held_deed)
        };
        let (first, second) = (shared.iter().find(first)?, shared.iter().find(second)?);
        Some(Swap { claimed: first.0.start..second.0.end, found: second.1.start..first.1.end })
    })
}

/// The ids of words that occur once and say something, and where they are.
fn single(words: &[Word]) -> Vec<(u32, &Range<usize>)> {
    let is_single = |word: &&Word| words.iter().filter(|other| other.id == word.id).count() == 1;
    words.iter().filter(|word| !word.is_light).filter(is_single).map(|word| (word.id, &word.span)).collect()
}

fn is_han(character: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&character)
}

fn is_kana(character: char) -> bool {
    ('\u{3040}'..='\u{30FF}').contains(&character)
}
