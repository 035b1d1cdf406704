//! Tables: rows of pieces whose gaps stand below each other, with or without ruling lines.

use super::characters::LEADER;
use super::flow::is_caption;
use super::line::{Block, Line, TableRow};
use super::paragraphs::{bullet, marker};
use super::sheet::Piece;
use super::tagged::{CellPlace, Roles};

/// The least gap between two columns, in parts of the size.
const MIN_GAP: f32 = 0.5;

/// The longest a cell may be on average, so that lines of running text with wide gaps are none.
const MAX_WEIGHT: usize = 45;

/// How far apart rows of one table may be, in parts of the size.
const MAX_STEP: f32 = 4.0;

/// A row of a column, or a table.
pub(super) enum Part {
    /// What stands on one baseline, from left to right.
    Row(Vec<Piece>),
    Table(Block),
}

/// Finds the tables among the rows of a column.
pub(super) fn find(rows: Vec<Vec<Piece>>, sheet: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest: std::collections::VecDeque<Vec<Piece>> = rows.into();
    while let Some(first) = rest.front() {
        let length = if first.len() > 1 { run(rest.make_contiguous()) } else { 0 };
        let (length, columns) =
            if length > 0 { refined(&rest.make_contiguous()[..length]) } else { (0, Vec::new()) };
        if columns.len() < 2 || !is_table(&rest.make_contiguous()[..length], &columns) {
            // What is no table is none without its first row, in most cases; and only so is this linear.
            parts.extend(rest.drain(..length.max(1)).map(Part::Row));
            continue;
        }
        let rows: Vec<Vec<Piece>> = rest.drain(..length).collect();
        parts.push(Part::Table(table(rows, &columns, sheet)));
    }
    parts
}

fn size_of(row: &[Piece]) -> f32 {
    row.iter().map(|piece| piece.size).fold(0.0, f32::max)
}

fn baseline(row: &[Piece]) -> f32 {
    row.first().map_or(0.0, |piece| piece.baseline)
}

/// How many of these rows are one table, and its columns: it ends before what crosses columns or stands further off.
fn refined(rows: &[Vec<Piece>]) -> (usize, Vec<(f32, f32)>) {
    let all = columns(rows);
    let crosses = |piece: &Piece| {
        let inside =
            |(left, right): &&(f32, f32)| piece.area.left < *right - 0.5 && piece.area.right > *left + 0.5;
        all.iter().filter(inside).count() > 1
    };
    let mut steps: Vec<f32> = rows.windows(2).map(|pair| baseline(&pair[1]) - baseline(&pair[0])).collect();
    steps.sort_by(f32::total_cmp);
    let usual = steps.get(steps.len() * 3 / 4).copied().unwrap_or(0.0);
    let ends = |at: usize| {
        let (row, step) = (&rows[at], baseline(&rows[at]) - baseline(&rows[at - 1]));
        let is_single = row.len() == 1;
        is_single && (crosses(&row[0]) || is_caption(&row[0].text))
            || step > 1.9 * usual.max(1.3 * size_of(row))
    };
    match (1..rows.len()).find(|at| ends(*at)) {
        Some(end) => {
            let several =
                rows[..end].iter().rposition(|row| row.len() > 1).map_or(end, |last| (last + 2).min(end));
            (several, columns(&rows[..several]))
        }
        None => (rows.len(), all),
    }
}

/// How many rows, from the first, may be a table.
fn run(rows: &[Vec<Piece>]) -> usize {
    let (mut left, mut right) = (f32::MAX, f32::MIN);
    let (mut length, mut single) = (0, 0);
    for (at, row) in rows.iter().enumerate() {
        let size = size_of(row);
        if at > 0 && baseline(row) - baseline(&rows[at - 1]) > MAX_STEP * size {
            break;
        }
        if row.len() > 1 {
            left = left.min(row[0].area.left);
            right = right.max(row[row.len() - 1].area.right);
            length = at + 1;
        } else if row[0].area.width() > 0.6 * (right - left) || single >= 3 || bullet(&row[0].text).is_some()
        {
            break;
        }
        // Lines of cells that are centred beside taller ones are less than a line apart.
        let is_close = at > 0 && baseline(row) - baseline(&rows[at - 1]) < 0.9 * size;
        single = if row.len() > 1 { 0 } else { single + usize::from(!is_close) };
    }
    // Further lines of the last row's cells.
    let is_more = |at: usize| {
        let (row, before) = (&rows[at], &rows[at - 1]);
        row.len() == 1
            && row[0].area.left > left + 1.5 * row[0].size
            && row[0].area.right < right + 1.0
            && baseline(row) - baseline(before) < 1.35 * size_of(row)
    };
    while length > 0 && length < rows.len() && is_more(length) {
        length += 1;
    }
    length
}

/// Where columns begin and end: what few rows have a piece across is between two.
fn columns(rows: &[Vec<Piece>]) -> Vec<(f32, f32)> {
    let several: Vec<&Vec<Piece>> = rows.iter().filter(|row| row.len() > 1).collect();
    let tolerated = several.len() / 7;
    let mut edges: Vec<(f32, i32)> = several
        .iter()
        .flat_map(|row| row.iter())
        .flat_map(|piece| [(piece.area.left, 1), (piece.area.right, -1)])
        .collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let size = rows.iter().map(|row| size_of(row)).fold(f32::MAX, f32::min);
    let mut columns: Vec<(f32, f32)> = Vec::new();
    let mut depth = 0;
    let mut start = None;
    for (edge, change) in edges {
        let was_inside = depth > tolerated as i32;
        depth += change;
        let is_inside = depth > tolerated as i32;
        if is_inside && !was_inside {
            start = Some(edge);
        }
        if was_inside
            && !is_inside
            && let Some(start) = start.take()
        {
            match columns.last_mut() {
                Some(last) if start - last.1 < MIN_GAP * size => last.1 = edge,
                _ => columns.push((start, edge)),
            }
        }
    }
    columns
}

/// The column that a piece stands in, or most of it.
fn column_of(piece: &Piece, columns: &[(f32, f32)]) -> usize {
    let overlap = |(left, right): &(f32, f32)| piece.area.right.min(*right) - piece.area.left.max(*left);
    let best = columns.iter().enumerate().max_by(|(at, a), (other, b)| {
        // Of two that are alike the first.
        overlap(a).total_cmp(&overlap(b)).then(other.cmp(at))
    });
    best.map_or(0, |(at, _)| at)
}

fn is_table(rows: &[Vec<Piece>], columns: &[(f32, f32)]) -> bool {
    let several = rows.iter().filter(|row| row.len() > 1).count();
    if several < 2 || (several < 3 && columns.len() < 3) {
        return false;
    }
    let pieces = || rows.iter().flatten();
    let weight: usize = pieces().map(|piece| piece.weight).sum();
    if weight > MAX_WEIGHT * pieces().count() {
        return false;
    }
    let in_first = || pieces().filter(|piece| column_of(piece, columns) == 0);
    let is_marker = |piece: &Piece| {
        piece.weight <= 5
            && (bullet(&format!("{} x", piece.text)).is_some()
                || marker(&format!("{} x", piece.text)).is_some())
    };
    let markers = in_first().filter(|piece| is_marker(piece)).count();
    if columns.len() == 2 && markers * 10 >= in_first().count() * 8 {
        return false;
    }
    // A table of contents.
    let leaders = rows.iter().filter(|row| row.iter().any(|piece| piece.text.contains(LEADER))).count();
    if leaders * 2 > rows.len() {
        return false;
    }
    let filled: usize = rows.iter().filter(|row| row.len() > 1).map(Vec::len).sum();
    filled * 100 >= several * columns.len() * 45
}

fn table(rows: Vec<Vec<Piece>>, columns: &[(f32, f32)], sheet: usize) -> Block {
    let threshold = row_step(&rows);
    let mut found: Vec<TableRow> = Vec::new();
    let mut before: Option<f32> = None;
    for row in rows {
        let (at, has_first) = (baseline(&row), row.iter().any(|piece| column_of(piece, columns) == 0));
        let goes_on = before.is_some_and(|before| match threshold {
            Some(threshold) => at - before < threshold,
            None => !has_first && at - before < 1.4 * size_of(&row),
        });
        if !goes_on {
            found.push(TableRow { cells: vec![Vec::new(); columns.len()], is_header: false });
        }
        before = Some(at);
        let mut cells: Vec<Vec<Piece>> = vec![Vec::new(); columns.len()];
        for piece in row {
            cells[column_of(&piece, columns)].push(piece);
        }
        let Some(last) = found.last_mut() else { continue };
        for (cell, pieces) in last.cells.iter_mut().zip(cells) {
            if !pieces.is_empty() {
                cell.push(Line::of(pieces, sheet));
            }
        }
    }
    if let Some(first) = found.first_mut() {
        first.is_header = true;
    }
    if found
        .first()
        .is_some_and(|row| row.cells.iter().flatten().next().is_some_and(|line| line.right_to_left))
    {
        found.iter_mut().for_each(|row| row.cells.reverse());
    }
    Block::table(found)
}

/// The least distance of the baselines of two rows, where lines of one row are closer.
fn row_step(rows: &[Vec<Piece>]) -> Option<f32> {
    let mut steps: Vec<f32> = rows.windows(2).map(|pair| baseline(&pair[1]) - baseline(&pair[0])).collect();
    steps.sort_by(f32::total_cmp);
    // The widest jump among the sorted steps parts the two kinds.
    let jump = steps.windows(2).max_by(|a, b| (a[1] / a[0].max(1.0)).total_cmp(&(b[1] / b[0].max(1.0))))?;
    let is_clear = jump[1] > 1.2 * jump[0];
    let close = steps.partition_point(|step| *step <= jump[0]);
    (is_clear && close >= 1 && steps.len() - close >= 2).then_some((jump[0] + jump[1]) / 2.0)
}

/// Makes a table of pieces that the file itself says are its cells, in the order of its parts.
pub(super) fn tagged(pieces: Vec<(CellPlace, Piece)>, sheet: usize) -> Block {
    let mut rows: Vec<TableRow> = Vec::new();
    let mut last: Option<CellPlace> = None;
    let mut pieces = pieces;
    pieces.sort_by_key(|(place, _)| (place.row, place.cell));
    let mut open: Vec<Piece> = Vec::new();
    for (place, piece) in pieces {
        if last.is_none_or(|last| last.row != place.row) {
            close(&mut rows, &mut open, sheet);
            rows.push(TableRow { cells: Vec::new(), is_header: true });
        }
        if last.is_none_or(|last| last.cell != place.cell) {
            close(&mut rows, &mut open, sheet);
            if let Some(row) = rows.last_mut() {
                row.cells.push(Vec::new());
                row.is_header &= place.is_header;
            }
        }
        last = Some(place);
        open.push(piece);
    }
    close(&mut rows, &mut open, sheet);
    let names_none = rows.iter().all(|row| !row.is_header);
    if let Some(first) = rows.first_mut().filter(|_| names_none) {
        first.is_header = true;
    }
    Block::table(rows)
}

/// Puts the pieces of a cell into it, line by line.
fn close(rows: &mut [TableRow], open: &mut Vec<Piece>, sheet: usize) {
    let Some(cell) = rows.last_mut().and_then(|row| row.cells.last_mut()) else { return };
    let mut line: Vec<Piece> = Vec::new();
    for piece in open.drain(..) {
        if line.last().is_some_and(|last| (last.baseline - piece.baseline).abs() > 0.3 * piece.size) {
            cell.push(Line::of(std::mem::take(&mut line), sheet));
        }
        line.push(piece);
    }
    if !line.is_empty() {
        cell.push(Line::of(line, sheet));
    }
}

/// Takes the cells of tagged tables out of a page's pieces: each table with its pieces.
pub(super) fn take_tagged(pieces: &mut Vec<(usize, Piece)>, roles: &Roles) -> Vec<Vec<(CellPlace, Piece)>> {
    let mut tables: std::collections::BTreeMap<u32, Vec<(usize, CellPlace, Piece)>> = Default::default();
    let mut kept = Vec::with_capacity(pieces.len());
    for (row, piece) in std::mem::take(pieces) {
        match roles.cell_of(piece.node) {
            Some(place) => tables.entry(place.table).or_default().push((row, place, piece)),
            None => kept.push((row, piece)),
        }
    }
    let mut found = Vec::new();
    for table in tables.into_values() {
        let rows: std::collections::BTreeSet<u32> = table.iter().map(|(_, place, _)| place.row).collect();
        let cells: std::collections::BTreeSet<u32> = table.iter().map(|(_, place, _)| place.cell).collect();
        let weight: usize = table.iter().map(|(_, _, piece)| piece.weight).sum();
        // Tables that only arrange a page have few cells with much in them.
        if cells.len() > rows.len() && weight < 600 * cells.len() {
            found.push(table.into_iter().map(|(_, place, piece)| (place, piece)).collect());
        } else {
            kept.extend(table.into_iter().map(|(row, _, piece)| (row, piece)));
        }
    }
    kept.sort_by_key(|(row, _)| *row);
    *pieces = kept;
    found
}
