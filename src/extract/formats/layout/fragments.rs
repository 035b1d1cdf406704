//! Puts the text of fragments on one line together: their order, spaces between them, raised numbers.

use unicode_normalization::char::is_combining_mark;

use super::characters::{LEADER, accented, is_right_to_left, is_unspaced, raised, untangled};
use super::sheet::Style;

/// A gap wider than this, in parts of the size, is a space between words.
const WORD_GAP: f32 = 0.15;

/// Where a fragment stands beside its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rise {
    #[default]
    None,
    Raised,
    Lowered,
}

/// An item in the coordinates of a frame.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub text: String,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
    pub size: f32,
    pub ascent: f32,
    pub descent: f32,
    pub style: Style,
    pub node: u32,
    pub rise: Rise,
    /// White space was drawn to its right.
    pub space_after: bool,
}

/// The text of fragments that stand beside each other, which come from left to right.
pub(super) fn text_of(fragments: Vec<Fragment>, right_to_left: bool) -> String {
    let text = joined(in_reading_order(fragments, right_to_left), right_to_left);
    if right_to_left { untangled(text) } else { accented(text) }
}

/// Fragments from left to right as they are read: in text that runs to the left, what runs to the right keeps its order.
fn in_reading_order(mut fragments: Vec<Fragment>, right_to_left: bool) -> Vec<Fragment> {
    if !right_to_left {
        return fragments;
    }
    fragments.reverse();
    // A mark that is drawn over a letter comes after it, whichever begins further left.
    let is_mark = |fragment: &Fragment| fragment.text.chars().all(is_combining_mark);
    for at in 1..fragments.len() {
        let (mark, next) = (&fragments[at - 1], &fragments[at]);
        let reach = 0.1 * next.size;
        let is_over = mark.left < next.right - reach && mark.left > next.left - reach;
        let is_over_last = at > 1
            && fragments[at - 2].left <= mark.left + reach
            && fragments[at - 2].right > mark.left + reach;
        if is_mark(mark) && !is_mark(next) && is_over && !is_over_last {
            fragments.swap(at - 1, at);
        }
    }
    let runs_right = |fragment: &Fragment| {
        !fragment.text.chars().any(is_right_to_left) && fragment.text.chars().any(char::is_alphanumeric)
    };
    let mut start = 0;
    while start < fragments.len() {
        let length = fragments[start..].iter().take_while(|fragment| runs_right(fragment)).count();
        fragments[start..start + length].reverse();
        start += length.max(1);
    }
    fragments
}

fn joined(fragments: Vec<Fragment>, right_to_left: bool) -> String {
    let mut text = String::new();
    let mut before: Option<Fragment> = None;
    for fragment in fragments {
        if let Some(last) = &before {
            let (end, start) = (text.chars().next_back(), fragment.text.chars().next());
            let unspaced = end.is_some_and(is_unspaced) && start.is_some_and(is_unspaced);
            if is_spaced(last, &fragment, right_to_left) && !unspaced && !start.is_some_and(is_combining_mark)
            {
                text.push(' ');
            }
        }
        push_risen(&mut text, &fragment);
        before = Some(fragment);
    }
    collapsed(text)
}

/// Whether there is a space between two fragments that are read one after the other.
fn is_spaced(last: &Fragment, next: &Fragment, right_to_left: bool) -> bool {
    let runs_left = right_to_left && last.left > next.left;
    let (first, second) = if runs_left { (next, last) } else { (last, next) };
    let (gap, size) = (second.left - first.right, first.size.min(second.size));
    gap > WORD_GAP * size || (first.space_after && gap > -0.1 * size)
}

/// Raised digits are the mark of a note behind a word, and an exponent behind a number or a symbol.
fn push_risen(text: &mut String, fragment: &Fragment) {
    let own = fragment.text.trim();
    match raised(own) {
        Some(raised) if fragment.rise == Rise::Raised => {
            let word = text.chars().rev().take_while(|character| character.is_alphabetic()).count();
            let follows_mark = text
                .chars()
                .next_back()
                .is_none_or(|last| ".,;:!?)]\u{201D}\u{2019}\"'\u{BB}".contains(last));
            let is_note = own.bytes().all(|byte| byte.is_ascii_digit()) && (word > 2 || follows_mark);
            if is_note {
                text.extend(["[", own, "]"]);
                if word == 0 && text.len() == own.len() + 2 {
                    text.push(' ');
                }
            } else {
                text.push_str(&raised);
            }
        }
        _ => text.push_str(&fragment.text),
    }
}

/// `text` with single spaces, and words whose letters are apart as words.
fn collapsed(text: String) -> String {
    let tokens: Vec<&str> = text.split([' ', '\u{3000}']).filter(|token| !token.is_empty()).collect();
    let is_letter = |token: &&str| token.chars().count() == 1 && token.chars().all(char::is_uppercase);
    if tokens.len() >= 4 && tokens.iter().all(is_letter) {
        return tokens.concat();
    }
    let mut line = String::with_capacity(text.len());
    let is_dots = |token: &&&str| token.chars().all(|mark| matches!(mark, '.' | '\u{2026}' | '\u{B7}'));
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        let dots = rest.iter().take_while(is_dots).count();
        let token = if rest[..dots].iter().map(|token| token.chars().count()).sum::<usize>() >= 4 {
            LEADER
        } else {
            first.trim_end_matches("......").trim_end_matches("....")
        };
        let is_led = token.len() < first.len() && token != LEADER;
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(token);
        if is_led {
            line.extend([" ", LEADER]);
        }
        rest = &rest[if token == LEADER { dots } else { 1 }..];
    }
    line
}
