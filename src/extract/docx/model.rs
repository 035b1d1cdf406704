//! What is read of a Word document, a block at a time.

/// What a paragraph is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    Body,
    /// The title of the document.
    Title,
    /// A heading of an outline level from 0.
    Heading(u8),
    Quotation,
    Code,
    Caption,
    /// A line of a table of contents.
    Contents,
}

/// What stands before a paragraph that is in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Bullet,
    Number(String),
    /// Nothing: the paragraph goes on with the item before it.
    Nothing,
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text of the paragraph of a number.
    Text(u32, String),
    /// Text that the document does not hold as such.
    Added(String),
    /// The end of a line.
    Break,
}

/// A note that a paragraph refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub kind: NoteKind,
    pub id: i64,
    /// What stands for it in the text; empty where the author wrote that.
    pub mark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NoteKind {
    Footnote,
    Endnote,
}

impl NoteKind {
    /// The kind of the part that they are in.
    pub fn part(self) -> &'static str {
        match self {
            NoteKind::Footnote => "footnotes",
            NoteKind::Endnote => "endnotes",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Paragraph {
    pub role: Role,
    /// The level of its list from 0, and what stands before it.
    pub item: Option<(usize, Mark)>,
    pub pieces: Vec<Piece>,
    pub references: Vec<Reference>,
    /// Whether it holds a displayed formula.
    pub has_formula: bool,
}

impl Paragraph {
    /// Adds text of the paragraph of a number.
    pub fn push(&mut self, number: u32, text: &str) {
        // A soft hyphen shows only where a line ends.
        let visible = text.split('\u{AD}');
        match self.pieces.last_mut() {
            Some(Piece::Text(last, before)) if *last == number => before.extend(visible),
            _ => self.pieces.push(Piece::Text(number, visible.collect())),
        }
    }

    /// Whether nothing can be seen of it.
    pub fn is_blank(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Text(_, text) | Piece::Added(text) => text.chars().all(crate::extract::is_blank),
            Piece::Break => true,
        })
    }

    /// Its text on one line.
    pub fn text(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(_, text) => text.clone(),
            Piece::Added(_) => String::new(),
            Piece::Break => " ".to_owned(),
        };
        self.pieces.iter().map(text).collect()
    }
}

/// How a cell is one with the cell above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Merge {
    #[default]
    Alone,
    /// Cells below go on with it.
    Begins,
    GoesOn,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub columns: usize,
    pub merge: Merge,
    pub paragraphs: Vec<Paragraph>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub is_header: bool,
    pub is_deleted: bool,
    /// How many columns of the grid are left out before its first cell.
    pub before: usize,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Whether its style shows the first row in a way of its own.
    pub has_first_row: bool,
    pub rows: Vec<Row>,
}
