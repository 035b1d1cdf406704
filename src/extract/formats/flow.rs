//! Texts of word processors, a block at a time, before they are written: what Word and OpenDocument documents have in
//! common.

mod writer;

pub(crate) use writer::Writer;

/// What a paragraph is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
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

impl Role {
    /// What is said by a style's name, in small letters. It is English in the file for the styles that programs bring along.
    pub fn named(name: &str) -> Option<Self> {
        if let Some(level) = name.strip_prefix("heading ") {
            let level: u8 = level.split_whitespace().next()?.parse().ok()?;
            return (1..=9).contains(&level).then(|| Role::Heading(level - 1));
        }
        match name {
            "title" => Some(Role::Title),
            "quote" | "intense quote" | "block text" | "block quote" | "quotations" => Some(Role::Quotation),
            "source code" | "html preformatted" | "preformatted text" | "code" | "code block"
            | "macro text" => Some(Role::Code),
            "caption" | "table caption" | "image caption" => Some(Role::Caption),
            "table of figures" | "contents heading" => Some(Role::Contents),
            _ if name.starts_with("toc ") || is_numbered(name, "contents ") => Some(Role::Contents),
            _ => None,
        }
    }
}

fn is_numbered(name: &str, beginning: &str) -> bool {
    name.strip_prefix(beginning).is_some_and(|rest| rest.parse::<u8>().is_ok())
}

/// What stands before a paragraph that is in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Bullet,
    Number(String),
    /// Nothing: the paragraph goes on with the item before it.
    Nothing,
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text of the paragraph of a number.
    Text(u32, String),
    /// Text that the document does not hold as such.
    Added(String),
    /// The end of a line.
    Break,
}

/// A note that a paragraph refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub kind: NoteKind,
    pub id: i64,
    /// What stands for it in the text; empty where the author wrote that.
    pub mark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NoteKind {
    Footnote,
    Endnote,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Paragraph {
    pub role: Role,
    /// The level of its list from 0, and what stands before it.
    pub item: Option<(usize, Mark)>,
    pub pieces: Vec<Piece>,
    pub references: Vec<Reference>,
    /// Whether it holds a displayed formula.
    pub has_formula: bool,
    /// Whether its style is that of the names of columns.
    pub names_column: bool,
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
pub(crate) enum Merge {
    #[default]
    Alone,
    /// Cells below go on with it.
    Begins,
    GoesOn,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub columns: usize,
    /// Over how many rows it is, where the format says so.
    pub rows: usize,
    /// Where it says so of each cell instead.
    pub merge: Merge,
    pub paragraphs: Vec<Paragraph>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub is_header: bool,
    pub is_deleted: bool,
    /// How many columns of the grid are left out before its first cell.
    pub before: usize,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Whether its style shows the first row in a way of its own.
    pub has_first_row: bool,
    pub rows: Vec<Row>,
}

/// The scripts that texts are set in by different rules, and so have different languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Western,
    EastAsian,
    RightToLeft,
}

impl Script {
    /// The script of most of the letters of `text`.
    pub fn of(text: &str) -> Self {
        let (mut western, mut east_asian, mut right_to_left) = (0usize, 0usize, 0usize);
        for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
            match letter {
                '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FEFC}' => right_to_left += 1,
                // Each stands for about half a word.
                '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' => {
                    east_asian += 2
                }
                _ => western += 1,
            }
        }
        if east_asian > western.max(right_to_left) {
            Script::EastAsian
        } else if right_to_left > western {
            Script::RightToLeft
        } else {
            Script::Western
        }
    }
}
