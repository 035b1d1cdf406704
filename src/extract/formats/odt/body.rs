//! Reads the content of an OpenDocument text into paragraphs and tables.

use super::lists::{Counts, Lists};
use super::mathml;
use super::styles::Styles;
use crate::error::Result;
use crate::extract::formats::archive::resolve;
use crate::extract::formats::flow::{
    Cell, Mark, Merge, NoteKind, Paragraph, Piece, Reference, Role, Row, Table, Writer,
};
use crate::extract::formats::package::Package;
use crate::extract::formats::symbols;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// The most spaces that one element stands for.
const MAX_SPACES: usize = 40;

/// The most empty cells that one element stands for.
const MAX_REPEATED_CELLS: usize = 64;

/// The longest mark of a note, in characters.
const MAX_MARK_CHARS: usize = 20;

/// Elements that hold no text of the document: what was deleted, comments, navigation, declarations, hidden text.
const SKIPPED: &[&str] = &[
    "tracked-changes",
    "annotation",
    "table-of-content",
    "illustration-index",
    "table-index",
    "object-index",
    "alphabetical-index",
    "user-index",
    "forms",
    "sequence-decls",
    "variable-decls",
    "user-field-decls",
    "dde-connection-decls",
    "desc",
    "title",
    "ruby-text",
    "hidden-text",
    "hidden-paragraph",
    "script",
    "event-listeners",
    "binary-data",
];

/// A piece of text with a style of its own.
struct Span {
    is_hidden: bool,
    font: String,
}

struct Open {
    number: u32,
    style: String,
    /// The level from 1 of a heading.
    heading: Option<u8>,
    /// Whether a heading is not counted, and the number that it begins with.
    is_unnumbered: bool,
    start: Option<u32>,
    paragraph: Paragraph,
}

/// A note that is being read.
struct Note {
    kind: NoteKind,
    mark: String,
    paragraphs: Vec<Paragraph>,
    /// How many paragraphs were open where it began.
    outside: usize,
}

pub(super) struct Body<'d> {
    package: &'d Package<'d>,
    styles: &'d Styles,
    writer: &'d mut Writer,
    open: Vec<Open>,
    /// The paragraphs of text boxes, which wait for the end of the paragraph that holds them.
    aside: Vec<Paragraph>,
    lists: Lists,
    headings: Counts,
    note: Option<Note>,
    notes: i64,
    /// The spans that are open.
    spans: Vec<Span>,
    tables: usize,
    is_in_header: bool,
    table: Table,
    is_in_text: bool,
}

impl<'d> Body<'d> {
    pub fn new(package: &'d Package<'d>, styles: &'d Styles, writer: &'d mut Writer) -> Self {
        Self {
            package,
            styles,
            writer,
            open: Vec::new(),
            aside: Vec::new(),
            lists: Lists::default(),
            headings: Counts::default(),
            note: None,
            notes: 0,
            spans: Vec::new(),
            tables: 0,
            is_in_header: false,
            table: Table::default(),
            is_in_text: false,
        }
    }

    /// Reads the part to its end.
    pub fn read(mut self, reader: Reader<'_>) -> Result<()> {
        let mut reader = reader.counting(&["p", "h"]);
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) if tag.name() == "body" => self.is_in_text = true,
                Event::Start(_) if !self.is_in_text => {}
                Event::Start(tag) if SKIPPED.contains(&tag.name()) => reader.skip()?,
                Event::Start(tag) => self.start(&mut reader, &tag)?,
                Event::End(tag) => self.end(tag.name())?,
                Event::Text(text) => {
                    let font = self.spans.last().map(|span| span.font.clone()).unwrap_or_default();
                    self.push(&symbols::in_font(&text, &font));
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        match tag.name() {
            "p" | "h" => self.begin_paragraph(reader, tag),
            "s" => self.push(&" ".repeat(tag.number("c").unwrap_or(1).min(MAX_SPACES))),
            "tab" => self.push("\t"),
            "line-break" => self.add(Piece::Break),
            "span" => {
                let style = tag.named("style-name").unwrap_or_default();
                let font = self.styles.font(&style).unwrap_or_default().to_owned();
                self.spans.push(Span {
                    is_hidden: self.is_hidden() || self.styles.is_hidden("text", &style),
                    font,
                });
            }
            "section" if tag.attribute("display").is_some_and(|display| display == "none") => {
                reader.skip()?
            }
            "list" => self.lists.begin(tag),
            "list-item" | "list-header" => self.lists.item(tag),
            "note" if self.note.is_none() => {
                let is_endnote = tag.attribute("note-class").is_some_and(|class| class == "endnote");
                let kind = if is_endnote { NoteKind::Endnote } else { NoteKind::Footnote };
                let outside = self.open.len();
                self.note = Some(Note { kind, mark: String::new(), paragraphs: Vec::new(), outside });
            }
            "note-citation" => {
                let mark: String = reader.text()?.trim().chars().take(MAX_MARK_CHARS).collect();
                if let Some(note) = &mut self.note {
                    note.mark = format!("[{mark}]");
                }
            }
            "object" => self.formula(tag)?,
            name if name.starts_with("table") || name == "covered-table-cell" => {
                self.start_of_table(reader, tag)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn begin_paragraph(&mut self, reader: &Reader<'_>, tag: &Tag<'_>) {
        let style = tag.named("style-name").unwrap_or_default();
        let level = || tag.number("outline-level").or_else(|| self.styles.outline_level(&style)).unwrap_or(1);
        let heading = (tag.name() == "h").then(level);
        self.open.push(Open {
            number: reader.count(),
            heading,
            is_unnumbered: tag.attribute("is-list-header").is_some_and(|it| it == "true"),
            start: tag.number("start-value").filter(|_| tag.attribute("restart-numbering").is_some()),
            style,
            paragraph: Paragraph::default(),
        });
    }

    fn end(&mut self, name: &str) -> Result<()> {
        match name {
            "p" | "h" => self.end_paragraph()?,
            "span" => {
                self.spans.pop();
            }
            "list" => self.lists.end(),
            "note" => self.end_note(),
            "table-header-rows" => self.is_in_header = false,
            "table" if self.note.is_none() => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    let table = std::mem::take(&mut self.table);
                    if self.open.is_empty() {
                        self.writer.table(table)?;
                    } else {
                        let cells = table.rows.into_iter().flat_map(|row| row.cells);
                        self.aside.extend(cells.flat_map(|cell| cell.paragraphs));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Only the rows and cells of the outermost table are kept apart.
    fn start_of_table(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        if self.note.is_some() {
            return Ok(());
        }
        let number = |name: &str| tag.number::<usize>(name).unwrap_or(1);
        match tag.name() {
            "table" => self.tables += 1,
            "covered-table-cell" => reader.skip()?,
            _ if self.tables != 1 => {}
            "table-header-rows" => self.is_in_header = true,
            "table-row" => {
                let is_header = self.is_in_header;
                self.table.rows.push(Row { is_header, ..Row::default() });
            }
            "table-cell" => {
                let cell = || Cell {
                    columns: number("number-columns-spanned"),
                    rows: number("number-rows-spanned"),
                    merge: Merge::Alone,
                    paragraphs: Vec::new(),
                };
                let repeated = number("number-columns-repeated").clamp(1, MAX_REPEATED_CELLS);
                if let Some(row) = self.table.rows.last_mut() {
                    row.cells.extend(std::iter::repeat_with(cell).take(repeated));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_hidden(&self) -> bool {
        self.spans.last().is_some_and(|span| span.is_hidden)
    }

    /// The paragraph that text is of: none between the beginning of a note and its first paragraph.
    fn current(&mut self) -> Option<&mut Open> {
        let outside = self.note.as_ref().map_or(0, |note| note.outside);
        let is_hidden = self.is_hidden();
        self.open.get_mut(outside..)?.last_mut().filter(|_| !is_hidden)
    }

    fn push(&mut self, text: &str) {
        if let Some(open) = self.current() {
            open.paragraph.push(open.number, text);
        }
    }

    fn add(&mut self, piece: Piece) {
        if let Some(open) = self.current() {
            open.paragraph.pieces.push(piece);
        }
    }

    /// Takes a formula that is a document of its own inside the archive.
    fn formula(&mut self, tag: &Tag<'_>) -> Result<()> {
        let Some(target) = tag.attribute("href").filter(|_| self.current().is_some()) else { return Ok(()) };
        let part = resolve(&target, "content.xml");
        let Some(text) = self.package.text(&part)? else { return Ok(()) };
        let formula = mathml::read(&text, &part)?;
        self.push(&formula);
        Ok(())
    }

    fn end_note(&mut self) {
        let Some(note) = self.note.take() else { return };
        self.notes += 1;
        let (kind, id, mark) = (note.kind, self.notes, note.mark);
        if let Some(open) = self.current() {
            open.paragraph.pieces.push(Piece::Added(mark.clone()));
            open.paragraph.references.push(Reference { kind, id, mark });
            self.writer.add_note(kind, id, super::CONTENT, note.paragraphs);
        }
    }

    fn end_paragraph(&mut self) -> Result<()> {
        let outside = self.note.as_ref().map_or(0, |note| note.outside);
        if self.open.len() <= outside {
            return Ok(());
        }
        let Some(open) = self.open.pop() else { return Ok(()) };
        let is_hidden = self.styles.is_hidden("paragraph", &open.style);
        let mut paragraph = self.finished(open);
        if is_hidden {
            paragraph.pieces.clear();
            paragraph.references.clear();
        }
        if let Some(note) = &mut self.note {
            note.paragraphs.push(paragraph);
        } else if self.open.is_empty() {
            self.take(paragraph)?;
            for paragraph in std::mem::take(&mut self.aside) {
                self.take(paragraph)?;
            }
        } else {
            self.aside.push(paragraph);
        }
        Ok(())
    }

    fn finished(&mut self, open: Open) -> Paragraph {
        let Open { style, heading, is_unnumbered, start, mut paragraph, .. } = open;
        let styles = self.styles;
        let in_list = self.lists.next(|name| styles.list(name));
        match heading {
            Some(level) => {
                paragraph.role = Role::Heading(level.saturating_sub(1).min(8));
                // An empty heading takes no number.
                if in_list.is_none() && !is_unnumbered && !paragraph.is_blank() {
                    paragraph.item = self.number(usize::from(level.max(1)) - 1, &style, start);
                } else {
                    paragraph.item = in_list;
                }
            }
            None => {
                paragraph.role = styles.role(&style);
                paragraph.names_column = styles.names_columns(&style);
                paragraph.item = in_list;
            }
        }
        paragraph
    }

    /// The number of a heading, unless its style is that of another list or of none.
    fn number(&mut self, level: usize, style: &str, start: Option<u32>) -> Option<(usize, Mark)> {
        // Headings whose style names a list are counted on as the outline is.
        let list = match self.styles.list_of(style) {
            None | Some("Outline") => self.styles.outline(),
            Some(name) => self.styles.list(name)?,
        };
        match list.next(&mut self.headings, level, start) {
            Mark::Number(number) => Some((level, Mark::Number(number))),
            Mark::Bullet | Mark::Nothing => None,
        }
    }

    fn take(&mut self, paragraph: Paragraph) -> Result<()> {
        if self.tables == 0 {
            return self.writer.paragraph(paragraph);
        }
        let cells = self.table.rows.last_mut().map(|row| &mut row.cells);
        if let Some(cell) = cells.and_then(|cells| cells.last_mut()) {
            cell.paragraphs.push(paragraph);
        }
        Ok(())
    }
}
