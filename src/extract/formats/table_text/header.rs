//! Which row of a table names its columns.

use std::collections::HashSet;

use super::read::{Cell, Row, Rows};
use super::unquoted;

/// How many rows show whether the first of them names the columns.
const SAMPLE_ROWS: usize = 200;

/// How many rows before the names, such as a title, are expected at most.
const MAX_ROWS_BEFORE: usize = 10;

/// The longest name of a column, in characters.
const MAX_NAME_CHARS: usize = 120;

/// How a table is laid out.
#[derive(Default)]
pub(super) struct Layout {
    /// Where it begins.
    pub start: usize,
    /// The number of the row that names the columns.
    pub header: Option<usize>,
    /// What it names them.
    pub names: Vec<String>,
    /// Whether no other row follows.
    pub is_alone: bool,
}

/// Finds the row that names the columns of the table that begins at byte `start`.
pub(super) fn layout(source: &str, start: usize, delimiter: u8) -> Layout {
    let rows: Vec<Row> = Rows::new(source, start, delimiter).take(SAMPLE_ROWS).collect();
    let mut layout = Layout { start, ..Layout::default() };
    let text = |cell: &Cell| unquoted(&source[cell.range.clone()], cell.is_quoted).trim().to_owned();
    let texts = |row: &Row| row.cells.iter().map(text).collect::<Vec<_>>();
    let usual = usual_len(&rows);
    let is_filled = |cell: &&Cell| !source[cell.range.clone()].trim().is_empty();
    let filled = |row: &Row| row.cells.iter().filter(is_filled).count();
    let is_full = |row: &Row| filled(row) * 2 > usual;
    let Some(first) = rows.iter().take(MAX_ROWS_BEFORE).position(is_full) else { return layout };
    let names = texts(&rows[first]);
    let others: Vec<Vec<String>> = rows[first + 1..].iter().map(texts).collect();
    if are_names(&names, &others) {
        layout.header = Some(first);
        layout.is_alone = others.is_empty();
        layout.names = names;
    }
    layout
}

/// How many cells most rows have.
fn usual_len(rows: &[Row]) -> usize {
    let mut lengths: Vec<usize> = rows.iter().map(|row| row.cells.len()).collect();
    lengths.sort_unstable();
    let group = lengths.chunk_by(|a, b| a == b).max_by_key(|group| group.len());
    group.map_or(0, |group| group[0])
}

/// Whether the texts of a row are names of columns: short, different, no values, and not found below themselves.
fn are_names(names: &[String], others: &[Vec<String>]) -> bool {
    let filled: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let different: HashSet<&&String> = filled.iter().collect();
    let values = filled.iter().filter(|name| is_value(name)).count();
    let is_found_below = |(column, name): (usize, &String)| {
        let has_it = |row: &&Vec<String>| row.get(column).is_some_and(|cell| cell == name);
        // Once may be a header that is repeated on each printed page.
        !name.is_empty() && others.iter().filter(has_it).count() > others.len() / 50
    };
    let is_repeated = names.iter().enumerate().filter(|at| is_found_below(*at)).count();
    let are_short = filled.iter().all(|name| name.chars().count() <= MAX_NAME_CHARS);
    !filled.is_empty()
        && are_short
        && different.len() * 10 >= filled.len() * 8
        && values * 3 <= filled.len()
        && is_repeated * 2 <= filled.len().saturating_sub(1)
}

/// Whether a text is a number, a date or the like, rather than a name. A year can be the name of a column.
fn is_value(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let others = text.chars().filter(|character| character.is_alphabetic()).count();
    let is_year = text.len() == 4 && digits == 4 && (text.starts_with("19") || text.starts_with("20"));
    let is_mail_or_address = text.contains('@') || text.contains("://");
    !is_year && (digits > 0 && others <= digits / 4 || is_mail_or_address)
}
