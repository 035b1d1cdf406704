//! Lines of text, and the blocks that are made of them.

use super::characters::{LEADER, is_unspaced, weight};
use super::frame::Area;
use super::sheet::{Piece, Style};

/// What stands on one line of a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub text: String,
    pub area: Area,
    pub baseline: f32,
    pub size: f32,
    pub style: Style,
    /// The block of the structure that it is in; 0 where there is none.
    pub node: u32,
    pub weight: usize,
    pub right_to_left: bool,
    /// The place of its sheet.
    pub sheet: usize,
    /// A number stands apart at its end.
    pub ends_apart: bool,
}

impl Line {
    /// A line of pieces, which come from left to right.
    pub fn of(mut pieces: Vec<Piece>, sheet: usize) -> Self {
        let area = pieces.iter().map(|piece| piece.area).reduce(Area::with).unwrap_or_default();
        let of_direction = |right_to_left: bool| -> usize {
            pieces.iter().filter(|piece| piece.right_to_left == right_to_left).map(|piece| piece.weight).sum()
        };
        let right_to_left = of_direction(true) > of_direction(false);
        let style = style_of(pieces.iter().map(|piece| (piece.style, piece.weight)));
        let is_number = |piece: &Piece| {
            piece.text.len() <= 6 && piece.text.chars().all(|mark| mark.is_ascii_alphanumeric())
        };
        let ends_apart = pieces.len() > 1 && pieces.last().is_some_and(is_number);
        let largest = pieces.iter().max_by_key(|piece| piece.weight);
        let (baseline, size, node) =
            largest.map_or((0.0, 0.0, 0), |piece| (piece.baseline, piece.size, piece.node));
        if right_to_left {
            pieces.reverse();
        }
        let mut text = String::new();
        for piece in &pieces {
            let joins = text.chars().next_back().is_some_and(is_unspaced)
                && piece.text.chars().next().is_some_and(is_unspaced);
            if !text.is_empty() && !joins {
                text.push(' ');
            }
            text.push_str(&piece.text);
        }
        Self {
            weight: weight(&text),
            text,
            area,
            baseline,
            size,
            style,
            node,
            right_to_left,
            sheet,
            ends_apart,
        }
    }

    /// Where it begins, growing in the direction of reading.
    pub fn start(&self) -> f32 {
        if self.right_to_left { -self.area.right } else { self.area.left }
    }

    /// Where it ends, growing in the direction of reading.
    pub fn end(&self) -> f32 {
        if self.right_to_left { -self.area.left } else { self.area.right }
    }

    /// Whether it is an entry of a table of contents: dots lead to a number, or a numbered title stands apart from it.
    pub fn is_entry(&self) -> bool {
        let Some(last) = self.text.rsplit(' ').next() else { return false };
        let is_page = last.len() <= 6 && last.chars().all(|mark| mark.is_ascii_alphanumeric());
        is_page
            && (self.text.contains(LEADER)
                || self.ends_apart
                    && self.text.starts_with(|first: char| first.is_ascii_digit())
                    && last.parse::<u32>().is_ok())
    }

    /// The width that its first word takes.
    pub fn first_word(&self) -> f32 {
        let word = match self.text.chars().next() {
            Some(first) if is_unspaced(first) => 2,
            _ => weight(self.text.split(' ').next().unwrap_or_default()),
        };
        self.area.width() * word as f32 / self.weight.max(1) as f32
    }
}

/// What nearly all of some text is, by its weight.
pub(super) fn style_of(parts: impl Iterator<Item = (Style, usize)> + Clone) -> Style {
    let all: usize = parts.clone().map(|(_, weight)| weight).sum();
    let share = |is: fn(&Style) -> bool, of_hundred: usize| {
        let such: usize = parts.clone().filter(|(style, _)| is(style)).map(|(_, weight)| weight).sum();
        all > 0 && such * 100 >= all * of_hundred
    };
    Style {
        bold: share(|it| it.bold, 94),
        italic: share(|it| it.italic, 94),
        fixed: share(|it| it.fixed, 85),
    }
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Paragraph,
    Heading(u8),
    /// With its marker and how deep it is, from 0.
    Item(String, usize),
    Caption,
    Note,
    Code,
    /// Entries of a table of contents, a line each.
    Contents,
    Quotation,
    Table,
}

/// A row of a table: its cells, each with lines. Whether it names columns.
#[derive(Clone, Debug, Default)]
pub(super) struct TableRow {
    pub cells: Vec<Vec<Line>>,
    pub is_header: bool,
}

/// Lines, or rows of a table, that belong together.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub kind: Kind,
    pub lines: Vec<Line>,
    pub rows: Vec<TableRow>,
    /// Where the lines of its column begin and end.
    pub column: (f32, f32),
    /// The place of the column that it stands in, in the document.
    pub column_number: usize,
}

impl Block {
    pub fn of(kind: Kind, lines: Vec<Line>, column: (f32, f32)) -> Self {
        Self { kind, lines, rows: Vec::new(), column, column_number: 0 }
    }

    pub fn table(rows: Vec<TableRow>) -> Self {
        Self { kind: Kind::Table, lines: Vec::new(), rows, column: (0.0, 0.0), column_number: 0 }
    }

    /// The lines of its text or of its cells.
    pub fn all_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(self.rows.iter().flat_map(|row| row.cells.iter().flatten()))
    }

    /// The sheet that it begins on.
    pub fn sheet(&self) -> Option<usize> {
        self.all_lines().next().map(|line| line.sheet)
    }

    pub fn weight(&self) -> usize {
        self.lines.iter().map(|line| line.weight).sum()
    }

    /// The size of its first line.
    pub fn size(&self) -> f32 {
        self.lines.first().map_or(0.0, |line| line.size)
    }

    /// Its lines, joined by spaces.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}
