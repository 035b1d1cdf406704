//! Which paragraphs are headings, and of which level: by the bookmarks, by size and weight, by their numbers.

use std::collections::HashMap;

use super::habits::Habits;
use super::line::{Block, Kind};
use super::paragraphs::bullet;

/// The longest heading, in half widths.
const MAX_WEIGHT: usize = 240;

/// How a heading looks: its size in halves, whether it is bold, italic, or in capital letters.
type Look = (i32, bool, bool, bool);

/// Makes headings of what looks like one.
pub(super) fn find(blocks: &mut [Block], outline: &[(String, u32)], habits: &Habits) {
    let mut bookmarks: HashMap<String, u32> = HashMap::new();
    for (title, level) in outline {
        bookmarks.entry(letters(title)).or_insert(*level);
    }
    let found: Vec<Option<Found>> =
        (0..blocks.len()).map(|at| heading(blocks, at, &bookmarks, habits)).collect();
    let levels = levels(&found);
    for (block, found) in blocks.iter_mut().zip(&found) {
        if let Some(found) = found {
            let of_look = levels.get(&found.look).copied().unwrap_or(1);
            block.kind = Kind::Heading(found.level.unwrap_or(of_look).clamp(1, 6));
        }
    }
}

struct Found {
    look: Look,
    /// What the structure or the bookmarks say, or the number.
    level: Option<u8>,
    /// How many parts its number has.
    parts: u8,
}

fn heading(blocks: &[Block], at: usize, bookmarks: &HashMap<String, u32>, habits: &Habits) -> Option<Found> {
    let block = &blocks[at];
    let first = block.lines.first()?;
    let text = block.text();
    let is_capital = text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase);
    let look = ((first.size * 2.0).round() as i32, first.style.bold, first.style.italic, is_capital);
    let parts = number_parts(&text);
    if let Kind::Heading(level) = block.kind {
        return Some(Found { look, level: (level > 0).then_some(level), parts });
    }
    if block.kind != Kind::Paragraph && !matches!(block.kind, Kind::Item(..)) {
        return None;
    }
    if bullet(&first.text).is_some() {
        return None;
    }
    let (weight, lines) = (block.weight(), block.lines.len());
    if weight > MAX_WEIGHT || !text.chars().any(char::is_alphabetic) {
        return None;
    }
    if let Some(level) = bookmarks.get(&letters(&text)).filter(|_| first.size >= 0.97 * habits.size) {
        let level = u8::try_from(*level).unwrap_or(6).clamp(1, 6);
        return Some(Found { look, level: Some(level), parts });
    }
    let ends = text.trim_end();
    let is_sentence = ends.ends_with(['.', ',', ';', '\u{3002}', '\u{3001}']) && !is_numbered_only(ends);
    let is_item = matches!(block.kind, Kind::Item(..));
    let is_bold = !habits.bold && block.lines.iter().all(|line| line.style.bold);
    let is_large = first.size >= 1.12 * habits.size && lines <= 4 && weight >= 3;
    let is_before_text = blocks[at + 1..]
        .iter()
        .take(3)
        .any(|next| matches!(next.kind, Kind::Paragraph | Kind::Item(..) | Kind::Table | Kind::Code));
    let is_strong = is_bold
        && first.size >= 0.97 * habits.size
        && lines <= 2
        && weight <= 130
        && !is_sentence
        && is_before_text;
    let is_loud = is_capital
        && lines == 1
        && (6..=70).contains(&weight)
        && !is_sentence
        && is_before_text
        && first.size >= 0.97 * habits.size
        && text.chars().filter(|letter| letter.is_uppercase()).count() >= 5;
    // An item is a heading only where its number and its looks say so.
    let is_found =
        if is_item { parts > 0 && (is_large || is_strong) } else { is_large || is_strong || is_loud };
    is_found.then_some(Found { look, level: None, parts })
}

/// The levels of looks: the larger, then the bolder, the higher; those that are numbered by their numbers.
fn levels(found: &[Option<Found>]) -> HashMap<Look, u8> {
    let mut looks: Vec<Look> = found.iter().flatten().map(|found| found.look).collect();
    looks.sort_by_key(|(size, bold, italic, capital)| (-size, !bold, !capital, *italic));
    looks.dedup();
    let mut levels: HashMap<Look, u8> = HashMap::new();
    // The level that most headings of a look are known to have.
    let mut known: HashMap<Look, HashMap<u8, usize>> = HashMap::new();
    for found in found.iter().flatten() {
        if let Some(level) = found.level {
            *known.entry(found.look).or_default().entry(level).or_default() += 1;
        }
    }
    let mut level = 0;
    for look in &looks {
        let said =
            known.get(look).and_then(|levels| levels.iter().max_by_key(|(level, count)| (**count, **level)));
        level = said.map_or(level + 1, |(level, _)| *level);
        levels.insert(*look, level.min(6));
    }
    let base = found
        .iter()
        .flatten()
        .filter(|found| found.parts == 1)
        .filter_map(|found| levels.get(&found.look))
        .min()
        .copied();
    if let Some(base) = base {
        for found in found.iter().flatten().filter(|found| found.parts > 1 && found.level.is_none()) {
            levels.insert(found.look, (base + found.parts - 1).min(6));
        }
    }
    levels
}

/// How many parts the number that a heading begins with has: 2 for `3.1 Valves`.
fn number_parts(text: &str) -> u8 {
    let Some((number, rest)) = text.split_once(' ') else { return 0 };
    let number = number.trim_end_matches('.');
    let is_part =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let starts = rest.chars().next().is_some_and(|first| first.is_uppercase() || !first.is_ascii());
    if starts && number.split('.').all(is_part) { number.split('.').count().min(6) as u8 } else { 0 }
}

fn is_numbered_only(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The letters and digits of a title, small: bookmarks have other spaces and numbers than pages.
fn letters(title: &str) -> String {
    let title = title.trim_start_matches(|mark: char| mark.is_ascii_digit() || mark == '.' || mark == ' ');
    title
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(200)
        .collect()
}
