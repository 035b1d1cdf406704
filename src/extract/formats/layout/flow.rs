//! From a page to its blocks in the order of reading, and from page to page.

use super::frame::Area;
use super::habits::Habits;
use super::line::{Block, Kind, Line};
use super::paragraphs;
use super::regions::{self, Spot};
use super::sheet::{Piece, Sheet};
use super::tables::{self, Part};
use super::words::Join;

/// What stands in a column: a piece with the place of its row, or a table.
enum Element {
    Piece(usize, Box<Piece>),
    Table(Box<Block>),
}

/// The blocks of a page in the order of reading.
pub(super) fn blocks(sheet: Sheet, place: usize, habits: &Habits) -> Vec<Block> {
    let Sheet { rows, roles, .. } = sheet;
    let mut pieces: Vec<(usize, Piece)> = rows
        .into_iter()
        .enumerate()
        .flat_map(|(at, row)| row.pieces.into_iter().map(move |piece| (at, piece)))
        .collect();
    let (right, all) = pieces.iter().fold((0, 0), |(right, all), (_, piece)| {
        (right + if piece.right_to_left { piece.weight } else { 0 }, all + piece.weight)
    });
    let (mut spots, mut elements) = (Vec::new(), Vec::new());
    for cells in tables::take_tagged(&mut pieces, &roles) {
        let areas = cells.iter().map(|(_, piece)| piece.area);
        let area = areas.reduce(Area::with).unwrap_or_default();
        let weight = cells.iter().map(|(_, piece)| piece.weight).sum();
        spots.push(Spot { area, baseline: area.bottom, size: habits.size, weight });
        elements.push(Some(Element::Table(Box::new(tables::tagged(cells, place)))));
    }
    for (row, piece) in pieces {
        let Piece { area, baseline, size, weight, .. } = piece;
        spots.push(Spot { area, baseline, size, weight });
        elements.push(Some(Element::Piece(row, Box::new(piece))));
    }
    let mut found = Vec::new();
    for (column_number, column) in regions::columns(&spots, right * 2 > all).into_iter().enumerate() {
        let elements = column.into_iter().filter_map(|place| elements[place].take());
        let first = found.len();
        for part in parts(elements.collect(), place) {
            match part {
                Stretch::Table(table) => found.push(table),
                Stretch::Lines(lines) => found.extend(paragraphs::paragraphs(lines, &roles, habits)),
            }
        }
        paragraphs::number_items(&mut found[first..]);
        captions(&mut found[first..], habits);
        notes(&mut found[first..], habits);
        for block in &mut found[first..] {
            block.column_number = column_number;
        }
    }
    found
}

/// What stands between tables, or one.
enum Stretch {
    Lines(Vec<Line>),
    Table(Block),
}

fn parts(elements: Vec<Element>, sheet: usize) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut pieces: Vec<(usize, Piece)> = Vec::new();
    for element in elements {
        match element {
            Element::Piece(row, piece) => pieces.push((row, *piece)),
            Element::Table(table) => {
                lines(std::mem::take(&mut pieces), sheet, &mut stretches);
                stretches.push(Stretch::Table(*table));
            }
        }
    }
    lines(pieces, sheet, &mut stretches);
    stretches
}

/// Puts the pieces of a column together to lines, and finds the tables among them.
fn lines(mut pieces: Vec<(usize, Piece)>, sheet: usize, stretches: &mut Vec<Stretch>) {
    pieces.sort_by(|(row, a), (other, b)| row.cmp(other).then(a.area.left.total_cmp(&b.area.left)));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    let mut last = None;
    for (row, piece) in pieces {
        if last != Some(row) {
            rows.push(Vec::new());
        }
        last = Some(row);
        if let Some(row) = rows.last_mut() {
            row.push(piece);
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for part in tables::find(rows, sheet) {
        match part {
            Part::Row(row) => lines.push(Line::of(row, sheet)),
            Part::Table(table) => {
                if !lines.is_empty() {
                    stretches.push(Stretch::Lines(std::mem::take(&mut lines)));
                }
                stretches.push(Stretch::Table(table));
            }
        }
    }
    if !lines.is_empty() {
        stretches.push(Stretch::Lines(lines));
    }
}

/// What figures and tables are called, in many languages, in small letters.
const NAMES: [&str; 19] = [
    "figure",
    "fig",
    "table",
    "tab",
    "abbildung",
    "abb",
    "tabelle",
    "tableau",
    "figura",
    "tabla",
    "tabela",
    "listing",
    "scheme",
    "\u{440}\u{438}\u{441}",
    "\u{440}\u{438}\u{441}\u{443}\u{43D}\u{43E}\u{43A}",
    "\u{442}\u{430}\u{431}\u{43B}\u{438}\u{446}\u{430}",
    "\u{3C0}\u{3AF}\u{3BD}\u{3B1}\u{3BA}\u{3B1}\u{3C2}",
    "\u{3B5}\u{3B9}\u{3BA}\u{3CC}\u{3BD}\u{3B1}",
    "\u{634}\u{643}\u{644}",
];

fn captions(blocks: &mut [Block], habits: &Habits) {
    for block in blocks.iter_mut().filter(|block| block.kind == Kind::Paragraph) {
        let is_short = block.weight() < 600 && block.lines.len() <= 8;
        let is_small = block.size() < 0.96 * habits.size;
        if is_short && (is_caption(&block.text()) || is_small && is_named(&block.text())) {
            block.kind = Kind::Caption;
        }
    }
}

/// Whether a text begins with the name and number of a figure or table, such as `Table 3`.
fn is_named(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    let number = words.next().and_then(|word| word.chars().next());
    NAMES.contains(&name.as_str()) && number.is_some_and(|first| first.is_numeric() || first.is_uppercase())
}

/// Whether a text begins so, with a mark behind the number.
pub(super) fn is_caption(text: &str) -> bool {
    let ends =
        text.split_whitespace().nth(1).is_some_and(|number| number.ends_with([':', '.', '\u{2014}', '|']));
    let is_east = text.starts_with(['\u{56F3}', '\u{8868}', '\u{56FE}'])
        && text.chars().nth(1).is_some_and(|second| second.is_numeric() || second == ' ');
    is_east || ends && is_named(text)
}

/// Small text at the end of a column, from the first that begins with a mark on.
fn notes(blocks: &mut [Block], habits: &Habits) {
    let is_small = |block: &Block| {
        matches!(block.kind, Kind::Paragraph | Kind::Item(..))
            && block.size() < 0.94 * habits.size
            && block.size() > 0.0
    };
    let small = blocks.iter().rev().take_while(|block| is_small(block)).count();
    let first = blocks.len() - small;
    if first == 0 && small > 8 {
        return;
    }
    let begins = |block: &Block| block.lines.first().is_some_and(|line| begins_note(&line.text));
    let Some(marked) = blocks[first..].iter().position(begins) else { return };
    for block in &mut blocks[first + marked..] {
        block.kind = Kind::Note;
        if let Some(line) = block.lines.first_mut() {
            tell_mark(&mut line.text);
        }
    }
}

/// Puts brackets around the number of a note that its text follows without a space.
fn tell_mark(text: &mut String) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_joined = text[digits..].chars().next().is_some_and(char::is_alphabetic);
    if (1..=3).contains(&digits) && is_joined {
        *text = format!("[{}] {}", &text[..digits], &text[digits..]);
    }
}

fn begins_note(text: &str) -> bool {
    let text = text.strip_prefix('[').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text[digits..].chars().next();
    let is_symbol = text.starts_with(['*', '\u{2020}', '\u{2021}', '\u{A7}', '\u{B6}', '\u{2217}'])
        || text
            .chars()
            .next()
            .is_some_and(|first| matches!(first, '\u{B9}' | '\u{B2}' | '\u{B3}' | '\u{2074}'..='\u{2079}'));
    is_symbol || (1..=3).contains(&digits) && after.is_some_and(|after| !after.is_numeric() && after != '%')
}

/// Joins what goes on in the next column or on the next page, and merges tables and lists that do.
pub(super) fn join(blocks: Vec<Block>, habits: &Habits) -> Vec<Block> {
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    // The last block of running text, behind which only notes and captions came.
    let mut open: Option<usize> = None;
    for block in blocks {
        if matches!(block.kind, Kind::Note | Kind::Caption) {
            joined.push(block);
            continue;
        }
        if let Some(last) = open
            && goes_on(&joined[last], &block, habits)
        {
            let changes_page = joined[last].sheet() != block.sheet();
            joined[last].lines.extend(block.lines);
            joined[last].column = block.column;
            joined[last].column_number = block.column_number;
            // Notes of the page that is left come before what leaves it, so that each stays on its page.
            if changes_page
                && joined[last].lines.first().map(|line| line.sheet)
                    == joined.get(last + 1).and_then(Block::sheet)
            {
                joined[last..].rotate_left(1);
                open = Some(joined.len() - 1);
            }
            continue;
        }
        open = Some(joined.len());
        joined.push(block);
    }
    joined
}

fn goes_on(before: &Block, block: &Block, habits: &Habits) -> bool {
    let (Some(last), Some(first)) = (before.lines.last(), block.lines.first()) else { return false };
    if last.sheet == first.sheet && before.column_number == block.column_number {
        return false;
    }
    let kinds = matches!(before.kind, Kind::Paragraph | Kind::Item(..) | Kind::Quotation)
        && matches!(block.kind, Kind::Paragraph | Kind::Quotation);
    let is_alike = (last.size - first.size).abs() < 0.06 * last.size
        && last.style.fixed == first.style.fixed
        && last.right_to_left == first.right_to_left;
    if !kinds || !is_alike {
        return false;
    }
    let (Some(end), Some(start)) = (last.text.chars().next_back(), first.text.chars().next()) else {
        return false;
    };
    if habits.words.join(&last.text, &first.text) != Join::Space && !super::characters::is_unspaced(start) {
        return true;
    }
    let ends = last.text.trim_end_matches([
        '"', '\u{201D}', '\u{2019}', ')', ']', '\u{BB}', '\u{300D}', '\u{300F}', '\u{FF09}',
    ]);
    let is_finished = ends.ends_with(['.', '!', '?', ':', '\u{3002}', '\u{FF01}', '\u{FF1F}', '\u{61F}']);
    if start.is_lowercase() {
        return !is_finished || end == ':';
    }
    let is_full = before.column.1 - last.end() < 0.25 * (before.column.1 - before.column.0).max(1.0);
    !is_finished && is_full
}
