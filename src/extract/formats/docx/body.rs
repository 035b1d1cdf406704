//! Reads the flow of a part of a Word document into paragraphs and tables.
//!
//! Elements are followed by what is open, never by recursion: tables in cells are text of the cell, and text boxes stand
//! after the paragraph that holds them.

use super::fields::{Fields, is_contents};
use super::numbering::Numbering;
use super::properties::{self, ParagraphProperties, RowProperties, RunProperties};
use super::sink::Sink;
use super::styles::{Styles, outline_role};
use crate::error::Result;
use crate::extract::formats::flow::{
    Cell, Mark, Merge, NoteKind, Paragraph, Piece, Reference, Role, Row, Table,
};
use crate::extract::formats::numerals::Numerals;
use crate::extract::formats::office_math;
use crate::extract::formats::symbols;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// What an open element makes of those in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// A picture or shape, where only text boxes are text.
    Drawing,
    /// The text of a text box.
    TextBox,
}

#[derive(Default)]
struct Run {
    is_hidden: bool,
    font: Option<String>,
}

/// A paragraph that is open.
struct Open {
    number: u32,
    properties: ParagraphProperties,
    paragraph: Paragraph,
}

pub(super) struct Body<'d, S> {
    styles: &'d Styles,
    numbering: &'d mut Numbering,
    sink: &'d mut S,
    open: Vec<Open>,
    zones: Vec<Zone>,
    boxes: usize,
    /// The paragraphs of text boxes, which wait for the end of the paragraph that holds them.
    aside: Vec<Paragraph>,
    /// The pieces of paragraphs whose ends were deleted.
    carried: Paragraph,
    /// The runs that are open.
    runs: Vec<Run>,
    fields: Fields,
    tables: usize,
    table: Table,
    /// Whether each open choice of contents was made.
    choices: Vec<bool>,
    drops_content: bool,
    footnotes: u32,
    endnotes: u32,
}

impl<'d, S: Sink> Body<'d, S> {
    pub fn new(styles: &'d Styles, numbering: &'d mut Numbering, sink: &'d mut S) -> Self {
        Self {
            styles,
            numbering,
            sink,
            open: Vec::new(),
            zones: Vec::new(),
            boxes: 0,
            aside: Vec::new(),
            carried: Paragraph::default(),
            runs: Vec::new(),
            fields: Fields::default(),
            tables: 0,
            table: Table::default(),
            choices: Vec::new(),
            drops_content: false,
            footnotes: 0,
            endnotes: 0,
        }
    }

    /// Reads a part to its end.
    pub fn read(mut self, reader: Reader<'_>) -> Result<()> {
        let mut reader = reader.counting(&["p"]);
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) => self.start(&mut reader, &tag)?,
                Event::End(tag) => self.end(tag.name())?,
                Event::Text(_) => {}
            }
        }
        if !self.carried.pieces.is_empty() {
            let last = std::mem::take(&mut self.carried);
            self.sink.paragraph(last)?;
        }
        Ok(())
    }

    fn start(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        match tag.name() {
            "AlternateContent" => self.choices.push(false),
            "Choice" if self.choices.last().is_some_and(|made| *made) => reader.skip()?,
            "Choice" => {
                if let Some(made) = self.choices.last_mut() {
                    *made = true;
                }
            }
            "Fallback" if self.choices.last().is_some_and(|made| *made) => reader.skip()?,
            "txbxContent" => {
                self.zones.push(Zone::TextBox);
                self.boxes += 1;
            }
            "drawing" | "pict" | "object" => self.zones.push(Zone::Drawing),
            _ if self.zones.last() == Some(&Zone::Drawing) => {}
            "tbl" | "tblPr" | "tr" | "trPr" | "tc" | "tcPr" => self.start_of_table(reader, tag)?,
            "footnote" | "endnote" => match tag.attribute("type") {
                Some(kind) if kind != "normal" => reader.skip()?,
                _ => self.sink.note(tag.number("id").unwrap_or(0)),
            },
            _ => self.start_of_text(reader, tag)?,
        }
        Ok(())
    }

    fn start_of_text(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        match tag.name() {
            "p" => {
                let (properties, paragraph) = Default::default();
                self.open.push(Open { number: reader.count(), properties, paragraph });
            }
            "pPr" => {
                let properties = ParagraphProperties::read(reader)?;
                if let Some(open) = self.open.last_mut() {
                    open.properties = properties;
                }
                if matches!(self.role(), Role::Heading(_) | Role::Title) {
                    self.fields.end_contents();
                }
            }
            "r" => {
                let style = self.open.last().and_then(|open| open.properties.style.as_deref());
                self.runs.push(Run { is_hidden: self.styles.is_hidden(style), font: None });
            }
            "rPr" => {
                let properties = RunProperties::read(reader)?;
                let style = properties.style.as_deref();
                let is_style_hidden = style.is_some() && self.styles.is_hidden(style);
                if let Some(run) = self.runs.last_mut() {
                    run.is_hidden = properties.is_hidden.unwrap_or(run.is_hidden || is_style_hidden);
                    run.font = properties.font;
                }
            }
            "t" => {
                let text = reader.text()?;
                let font = self.runs.last().and_then(|run| run.font.clone()).unwrap_or_default();
                self.push(&symbols::in_font(&text, &font));
            }
            "tab" | "ptab" => self.push("\t"),
            "noBreakHyphen" => self.push("-"),
            "br" | "cr" => self.add(Piece::Break),
            "sym" => {
                let font = tag.attribute("font").unwrap_or_default();
                let code = tag.attribute("char").and_then(|code| u32::from_str_radix(&code, 16).ok());
                if let Some(character) = code.and_then(|code| symbols::character(&font, code)) {
                    self.push(character.encode_utf8(&mut [0; 4]));
                }
            }
            "oMathPara" => {
                if let Some(open) = self.open.last_mut() {
                    open.paragraph.has_formula = true;
                }
            }
            "oMath" => {
                let formula = office_math::read(reader)?;
                self.push(&formula);
            }
            "fldChar" => self.fields.mark(&tag.attribute("fldCharType").unwrap_or_default()),
            "instrText" => {
                let text = reader.text()?;
                self.fields.instruct(&text);
            }
            "fldSimple" if is_contents(&tag.attribute("instr").unwrap_or_default()) => reader.skip()?,
            "footnoteReference" => self.refer(NoteKind::Footnote, tag),
            "endnoteReference" => self.refer(NoteKind::Endnote, tag),
            "sdtPr" => self.drops_content = drops_content(reader)?,
            "sdtContent" if std::mem::take(&mut self.drops_content) => reader.skip()?,
            "del" | "moveFrom" | "delText" | "delInstrText" | "sectPr" | "rt" | "tblGrid" | "tblPrEx" => {
                reader.skip()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<()> {
        match name {
            "AlternateContent" => {
                self.choices.pop();
            }
            "txbxContent" => {
                let was_box = self.zones.pop_if(|zone| *zone == Zone::TextBox).is_some();
                self.boxes -= usize::from(was_box);
            }
            "drawing" | "pict" | "object" => {
                self.zones.pop_if(|zone| *zone == Zone::Drawing);
            }
            _ if self.zones.last() == Some(&Zone::Drawing) => {}
            "r" => {
                self.runs.pop();
            }
            "p" => self.end_paragraph()?,
            "tbl" if self.boxes == 0 => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    let table = std::mem::take(&mut self.table);
                    self.sink.table(table)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Only the rows and cells of the outermost table are kept apart.
    fn start_of_table(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        let is_inner = self.boxes > 0 || self.tables > 1;
        match tag.name() {
            "tbl" if self.boxes == 0 => self.tables += 1,
            "tbl" => {}
            name if is_inner => {
                if name.ends_with("Pr") {
                    reader.skip()?;
                }
            }
            "tblPr" => self.table.has_first_row = properties::has_first_row(reader)?,
            "tr" => self.table.rows.push(Row::default()),
            "trPr" => {
                let properties = RowProperties::read(reader)?;
                if let Some(row) = self.table.rows.last_mut() {
                    row.is_header = properties.is_header;
                    row.is_deleted = properties.is_deleted;
                    row.before = properties.before;
                }
            }
            "tc" => {
                if let Some(row) = self.table.rows.last_mut() {
                    row.cells.push(Cell { columns: 1, rows: 1, merge: Merge::Alone, paragraphs: Vec::new() });
                }
            }
            _ => {
                let (columns, merge) = properties::cell(reader)?;
                let cells = self.table.rows.last_mut().map(|row| &mut row.cells);
                if let Some(cell) = cells.and_then(|cells| cells.last_mut()) {
                    (cell.columns, cell.merge) = (columns, merge);
                }
            }
        }
        Ok(())
    }

    /// Whether what comes now is shown.
    fn is_shown(&self) -> bool {
        self.fields.are_shown() && self.runs.last().is_none_or(|run| !run.is_hidden)
    }

    fn push(&mut self, text: &str) {
        if self.is_shown()
            && let Some(open) = self.open.last_mut()
        {
            open.paragraph.push(open.number, text);
        }
    }

    fn add(&mut self, piece: Piece) {
        if self.is_shown()
            && let Some(open) = self.open.last_mut()
        {
            open.paragraph.pieces.push(piece);
        }
    }

    fn refer(&mut self, kind: NoteKind, tag: &Tag<'_>) {
        let Some(id) = tag.number("id").filter(|_| self.is_shown()) else { return };
        let has_own_mark = tag.attribute("customMarkFollows").is_some_and(|it| it == "1" || it == "true");
        let mark = if has_own_mark { String::new() } else { format!("[{}]", self.count(kind)) };
        if !has_own_mark {
            self.add(Piece::Added(mark.clone()));
        }
        if let Some(open) = self.open.last_mut() {
            open.paragraph.references.push(Reference { kind, id, mark });
        }
    }

    /// The number of the next note, as Word writes it: those at the end of the document are Roman.
    fn count(&mut self, kind: NoteKind) -> String {
        let (count, numerals) = match kind {
            NoteKind::Footnote => (&mut self.footnotes, Numerals::Decimal),
            NoteKind::Endnote => (&mut self.endnotes, Numerals::Roman),
        };
        *count += 1;
        numerals.write(*count)
    }

    fn role(&self) -> Role {
        let Some(open) = self.open.last() else { return Role::Body };
        let of_style = self.styles.role(open.properties.style.as_deref());
        let is_plain = matches!(of_style, Role::Body | Role::Heading(_));
        open.properties.outline.filter(|_| is_plain).map_or(of_style, outline_role)
    }

    fn end_paragraph(&mut self) -> Result<()> {
        let role = self.role();
        let Some(open) = self.open.pop() else { return Ok(()) };
        let Open { properties, mut paragraph, .. } = open;
        if self.open.is_empty() && self.boxes == 0 {
            self.fields.end_instructions();
            if !self.carried.pieces.is_empty() {
                let mut before = std::mem::take(&mut self.carried);
                before.pieces.append(&mut paragraph.pieces);
                before.references.append(&mut paragraph.references);
                before.has_formula |= paragraph.has_formula;
                paragraph = before;
            }
            if properties.has_deleted_end {
                self.carried = paragraph;
                return Ok(());
            }
        }
        if role != Role::Contents {
            paragraph.role = role;
            paragraph.item = self.item(&properties);
            self.take(paragraph)?;
        }
        if self.open.is_empty() && self.boxes == 0 {
            for paragraph in std::mem::take(&mut self.aside) {
                self.take(paragraph)?;
            }
        }
        Ok(())
    }

    fn item(&mut self, properties: &ParagraphProperties) -> Option<(usize, Mark)> {
        let of_style = self.styles.list(properties.style.as_deref());
        let list = properties.list.or(of_style.map(|(list, ..)| list)).filter(|list| *list > 0)?;
        let level = properties.level.or(of_style.and_then(|(_, level, _)| level));
        self.numbering.next(list, level, of_style.map(|(.., style)| style))
    }

    fn take(&mut self, paragraph: Paragraph) -> Result<()> {
        if self.boxes > 0 {
            self.aside.push(paragraph);
            return Ok(());
        }
        if self.tables == 0 {
            return self.sink.paragraph(paragraph);
        }
        let cells = self.table.rows.last_mut().map(|row| &mut row.cells);
        if let Some(cell) = cells.and_then(|cells| cells.last_mut()) {
            cell.paragraphs.push(paragraph);
        }
        Ok(())
    }
}

/// Reads the rest of an element `sdtPr`: whether the control holds a table of contents, or nothing but a request to fill it.
fn drops_content(reader: &mut Reader<'_>) -> Result<bool> {
    let mut drops = false;
    reader.each_inside(|tag| match tag.name() {
        "docPartGallery" => drops |= tag.attribute("val").is_some_and(|it| it == "Table of Contents"),
        "showingPlcHdr" => drops |= tag.is_on(),
        _ => {}
    })?;
    Ok(drops)
}
