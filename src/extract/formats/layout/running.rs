//! What stands at the head and foot of pages, recognised over pages, is left out.

use std::collections::HashMap;

use super::habits::Habits;
use super::sheet::{Row, Sheet};

/// How many rows at each edge are looked at.
const ROWS: usize = 4;

/// How far from its edge a running line may be, in parts of the page's height.
const MARGIN: f32 = 0.17;

/// How far from it further ones may be, behind a gap.
const NEAR: f32 = 0.1;

/// The longest running line, in half widths.
const MAX_WEIGHT: usize = 140;

/// An edge of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Edge {
    Head,
    Foot,
}

/// How high a row stands, on a grid of a few points.
type Height = i32;

/// What is counted over the sheets.
#[derive(Default)]
struct Counts {
    /// Sheets with a row of this form at this height.
    forms: HashMap<(Edge, Height, String), u32>,
    /// Sheets with this very text at this height.
    texts: HashMap<(Edge, Height, String), u32>,
    /// Sheets with a number at this height that is this much more than the sheet's own.
    numbers: HashMap<(Edge, Height, i64), u32>,
    /// Sheets whose row at this height stands apart from the text, and those with any.
    apart: HashMap<(Edge, Height), (u32, u32)>,
}

/// Leaves running heads, feet and page numbers out.
pub(super) fn remove(sheets: &mut [Sheet], habits: &Habits) {
    let mut counts = Counts::default();
    for sheet in sheets.iter() {
        for edge in [Edge::Head, Edge::Foot] {
            for (place, row) in at_edge(sheet, edge) {
                counts.add(sheet, edge, place, row, habits);
            }
        }
    }
    let total = sheets.len() as u32;
    for sheet in sheets.iter_mut() {
        for edge in [Edge::Head, Edge::Foot] {
            // From the edge inwards, so that text between two such lines stays.
            let depth = sheet.frame.depth();
            let from_edge = |row: &Row| if edge == Edge::Head { row.baseline } else { depth - row.baseline };
            let mut outer: Option<usize> = None;
            let mut taken = at_edge(sheet, edge)
                .take_while(|(place, row)| {
                    // Behind a gap only what is close to the edge.
                    let is_near = outer.is_none_or(|outer| !stands_off(sheet, edge, outer, habits));
                    outer = Some(*place);
                    (is_near || from_edge(row) < NEAR * depth)
                        && counts.is_running(sheet, edge, *place, row, total, habits)
                })
                .count();
            // What the text follows without a gap is a part of it, though other pages have the same.
            let inner = |taken: usize| match edge {
                Edge::Head => taken - 1,
                Edge::Foot => sheet.rows.len() - taken,
            };
            while taken > 0 && gap(sheet, edge, inner(taken)) < 1.2 * habits.step * habits.size {
                taken -= 1;
            }
            match edge {
                Edge::Head => drop(sheet.rows.drain(..taken)),
                Edge::Foot => sheet.rows.truncate(sheet.rows.len() - taken),
            }
        }
    }
    remove_watermarks(sheets, habits);
}

/// Large text that stands at the same place of most pages.
fn remove_watermarks(sheets: &mut [Sheet], habits: &Habits) {
    if sheets.len() < 3 {
        return;
    }
    let key = |row: &Row| ((row.baseline / 2.0) as i32, row.text());
    let is_large = |row: &Row| row.size() > 1.8 * habits.size;
    let mut counts: HashMap<(i32, String), usize> = HashMap::new();
    for row in sheets.iter().flat_map(|sheet| &sheet.rows).filter(|row| is_large(row)) {
        *counts.entry(key(row)).or_default() += 1;
    }
    let most = sheets.len().div_ceil(2).max(3);
    for sheet in sheets {
        sheet.rows.retain(|row| !is_large(row) || counts.get(&key(row)).is_none_or(|count| *count < most));
    }
}

/// The rows at an edge, from there inwards, with their places.
fn at_edge(sheet: &Sheet, edge: Edge) -> impl Iterator<Item = (usize, &Row)> {
    let length = sheet.rows.len();
    let place = move |at: usize| match edge {
        Edge::Head => at,
        Edge::Foot => length - 1 - at,
    };
    let depth = sheet.frame.depth();
    (0..length.min(ROWS)).map(place).map(|place| (place, &sheet.rows[place])).filter(move |(_, row)| {
        let from_edge = match edge {
            Edge::Head => row.baseline,
            Edge::Foot => depth - row.baseline,
        };
        from_edge < MARGIN * depth && row.pieces.iter().map(|piece| piece.weight).sum::<usize>() <= MAX_WEIGHT
    })
}

impl Counts {
    fn add(&mut self, sheet: &Sheet, edge: Edge, place: usize, row: &Row, habits: &Habits) {
        let text = row.text();
        let height = height(row);
        if let Some(form) = form(&text) {
            *self.forms.entry((edge, height, form)).or_default() += 1;
        }
        *self.texts.entry((edge, height, text.clone())).or_default() += 1;
        let mut differences: Vec<i64> =
            numbers(&text).into_iter().map(|number| number - i64::from(sheet.number)).collect();
        differences.sort_unstable();
        differences.dedup();
        for difference in differences {
            *self.numbers.entry((edge, height, difference)).or_default() += 1;
        }
        let (apart, all) = self.apart.entry((edge, height)).or_default();
        *apart += u32::from(stands_off(sheet, edge, place, habits));
        *all += 1;
    }

    /// Whether the very text stands there on enough sheets.
    fn is_same(&self, edge: Edge, height: Height, text: &str, least: u32) -> bool {
        let count = |height| self.texts.get(&(edge, height, text.to_owned())).copied().unwrap_or(0);
        (height - 1..=height + 1).map(count).sum::<u32>() >= least
    }

    fn is_running(
        &self,
        sheet: &Sheet,
        edge: Edge,
        place: usize,
        row: &Row,
        total: u32,
        habits: &Habits,
    ) -> bool {
        let (text, height) = (row.text(), height(row));
        // Two neighbouring heights are one: a grid has borders.
        let sum = |count: &dyn Fn(i32) -> u32| (height - 1..=height + 1).map(count).sum::<u32>();
        let least = if total < 8 { 2 } else { 3 };
        let repeated = form(&text).map_or(0, |form| {
            sum(&|height| self.forms.get(&(edge, height, form.clone())).copied().unwrap_or(0))
        });
        // Large text that differs from page to page is a heading.
        if row.size() > 1.15 * habits.size && !self.is_same(edge, height, &text, least) {
            return false;
        }
        if repeated >= least {
            return true;
        }
        let own = i64::from(sheet.number);
        let values = numbers(&text);
        let counted = |number: &i64| {
            sum(&|height| self.numbers.get(&(edge, height, number - own)).copied().unwrap_or(0))
        };
        let most = values.iter().map(counted).max().unwrap_or(0);
        let is_alone = is_page_number(&text);
        if most >= 3 && most * 2 >= total.min(12) && (is_alone || text.chars().count() < 100) {
            return true;
        }
        // On the outer side, with a title far from it, one is enough to know.
        let pieces = &row.pieces;
        let is_at_side = |piece: Option<&super::sheet::Piece>| {
            piece.is_some_and(|piece| {
                piece.text.trim() == sheet.label || decimal(piece.text.trim()) == Some(own)
            })
        };
        let has_side = pieces.len() > 1 && (is_at_side(pieces.first()) || is_at_side(pieces.last()));
        let is_own = has_side || values.contains(&own) && counted(&own) >= 2;
        if is_own && text.chars().count() < 70 && stands_off(sheet, edge, place, habits) {
            return true;
        }
        if is_alone && (values.contains(&own) || text.trim() == sheet.label) {
            return is_apart(sheet, edge, place, habits) || total > 1;
        }
        // Titles of sections differ from page to page, but stand at one height, apart from the text.
        let (apart, all) = (height - 1..=height + 1)
            .filter_map(|height| self.apart.get(&(edge, height)))
            .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let is_bold = row.pieces.iter().any(|piece| piece.style.bold);
        let stands = !is_bold && text.chars().count() < 90 && stands_off(sheet, edge, place, habits);
        stands && total >= 6 && all * 2 >= total && apart * 20 >= all * 17
    }
}

fn height(row: &Row) -> Height {
    (row.baseline / 2.0).round() as Height
}

/// Whether a row is drawn unlike most text and has more space beside it than lines have.
fn is_apart(sheet: &Sheet, edge: Edge, place: usize, habits: &Habits) -> bool {
    let row = &sheet.rows[place];
    let is_unlike = row.size() < 0.95 * habits.size || row.pieces.iter().all(|piece| piece.style.italic);
    stands_off(sheet, edge, place, habits) && (is_unlike || is_page_number(&row.text()))
}

/// Whether a row has more space between it and the text than lines have.
fn stands_off(sheet: &Sheet, edge: Edge, place: usize, habits: &Habits) -> bool {
    gap(sheet, edge, place) > 1.5 * habits.step * habits.size
}

/// The distance of a row from the next one inwards.
fn gap(sheet: &Sheet, edge: Edge, place: usize) -> f32 {
    let row = &sheet.rows[place];
    let inner = match edge {
        Edge::Head => sheet.rows.get(place + 1),
        Edge::Foot => place.checked_sub(1).and_then(|before| sheet.rows.get(before)),
    };
    inner.map_or(f32::MAX, |inner| (inner.baseline - row.baseline).abs())
}

/// The text with all numbers alike; none where nothing else is in it.
fn form(text: &str) -> Option<String> {
    let mut form = String::new();
    for word in text.split_whitespace() {
        let inner = word.trim_matches(|mark: char| !mark.is_alphanumeric());
        if roman(inner).is_some() {
            form.push_str("# ");
            continue;
        }
        let mut after_digit = false;
        for character in word.chars() {
            let is_digit = character.is_numeric();
            if !(is_digit && after_digit) {
                form.extend(if is_digit { '#'.to_lowercase() } else { character.to_lowercase() });
            }
            after_digit = is_digit;
        }
        form.push(' ');
    }
    form.chars().any(char::is_alphabetic).then_some(form)
}

/// The numbers in a text, Arabic and Roman.
fn numbers(text: &str) -> Vec<i64> {
    let parts = text.split(|mark: char| !mark.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.filter_map(|part| decimal(part).or_else(|| roman(part))).take(8).collect()
}

fn decimal(text: &str) -> Option<i64> {
    let digits: Option<Vec<u32>> = text.chars().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() <= 5)?;
    Some(digits.into_iter().fold(0, |value, digit| value * 10 + i64::from(digit)))
}

/// The value of a digit, also an Arabic or a full-width one.
fn digit(character: char) -> Option<u32> {
    let base = match character {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6F0}'..='\u{6F9}' => 0x6F0,
        '\u{FF10}'..='\u{FF19}' => 0xFF10,
        _ => return character.to_digit(10),
    };
    Some(character as u32 - base)
}

/// The value of a Roman number in small or in capital letters.
fn roman(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    let is_one_case = text.bytes().all(|byte| byte.is_ascii_lowercase())
        || text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_one_case {
        return None;
    }
    let value = |letter: u8| {
        Some(match letter.to_ascii_lowercase() {
            b'i' => 1,
            b'v' => 5,
            b'x' => 10,
            b'l' => 50,
            b'c' => 100,
            b'd' => 500,
            b'm' => 1000,
            _ => return None,
        })
    };
    let values: Vec<i64> = text.bytes().map(value).collect::<Option<_>>()?;
    let after = values.iter().skip(1).copied().chain([0]);
    Some(values.iter().zip(after).map(|(value, next)| if *value < next { -value } else { *value }).sum())
}

/// Whether a text is a page number and nothing more, such as `- 3 -`, `iv` or `Page 3 of 7`.
fn is_page_number(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "page",
        "pages",
        "p",
        "pp",
        "of",
        "seite",
        "von",
        "pagina",
        "p\u{E1}gina",
        "de",
        "di",
        "sur",
        "\u{441}\u{442}\u{440}",
        "\u{438}\u{437}",
        "\u{441}\u{442}\u{440}\u{430}\u{43D}\u{438}\u{446}\u{430}",
        "\u{3c3}\u{3b5}\u{3bb}\u{3af}\u{3b4}\u{3b1}",
        "\u{7B2C}",
        "\u{9875}",
        "\u{9801}",
        "\u{30DA}\u{30FC}\u{30B8}",
        "\u{635}\u{641}\u{62D}\u{629}",
        "sida",
    ];
    let mut words =
        text.split(|mark: char| !mark.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut numbers = 0;
    let mut count = 0;
    for word in words.by_ref() {
        count += 1;
        if decimal(word).is_some() || roman(word).is_some() {
            numbers += 1;
        } else if !WORDS.contains(&word.to_lowercase().as_str()) && !is_counted(word) {
            return false;
        }
    }
    (1..=2).contains(&numbers) && count <= 5 || (count == 1 && is_counted(text.trim()))
}

/// Whether a word is a number with what counts pages around it, such as `第3页`.
fn is_counted(word: &str) -> bool {
    let inner = word.trim_start_matches('\u{7B2C}').trim_end_matches(['\u{9875}', '\u{9801}']);
    inner.len() < word.len() && decimal(inner).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_known_in_many_forms() {
        for text in [
            "3",
            "- 3 -",
            "Page 3 of 7",
            "iv",
            "XII",
            "3/7",
            "Seite 3 von 7",
            "\u{7B2C} 3 \u{9875}",
            "\u{7B2C}3\u{9875}",
            "p. 4",
        ] {
            assert!(is_page_number(text), "{text}");
        }
        for text in ["3 apples", "Introduction", "1 2 3", "", "Mix"] {
            assert!(!is_page_number(text), "{text}");
        }
        assert_eq!((roman("xiv"), roman("MCM"), roman("Mix")), (Some(14), Some(1900), None));
    }

    #[test]
    fn the_form_of_a_line_has_no_numbers() {
        assert_eq!(form("Chapter 12, p. 34").as_deref(), Some("chapter #, p. # "));
        assert_eq!(form("12 34"), None);
    }
}
