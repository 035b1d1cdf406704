//! Reads a slide: its shapes with their texts and tables, in the order in which they are read.

use super::layout::Layout;
use crate::error::Result;
use crate::extract::formats::office_math;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// From the top and from the left, in units of the file.
pub(super) type Position = (i64, i64);

/// What a shape fills on its slide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Placeholder {
    #[default]
    None,
    Title,
    SubTitle,
    Body,
    /// The number of the slide, the date, what stands at its head and foot.
    Furniture,
}

impl Placeholder {
    /// What an element `ph` says.
    pub fn of(tag: &Tag<'_>) -> Self {
        match tag.attribute("type").as_deref() {
            Some("title" | "ctrTitle") => Placeholder::Title,
            Some("subTitle") => Placeholder::SubTitle,
            Some("sldNum" | "dt" | "ftr" | "hdr" | "sldImg") => Placeholder::Furniture,
            _ => Placeholder::Body,
        }
    }
}

/// What stands before a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bullet {
    None,
    Mark,
    /// The kind of number, and the first one.
    Number(String, u32),
}

#[derive(Clone, Debug)]
pub(super) struct Paragraph {
    /// From 1, in the order of the part.
    pub number: u32,
    pub level: usize,
    /// None where the shape decides.
    pub bullet: Option<Bullet>,
    pub text: String,
}

#[derive(Debug, Default)]
pub(super) struct Cell {
    pub columns: usize,
    pub rows: usize,
    /// Whether it is one with the cell before it or above it.
    pub is_covered: bool,
    pub paragraphs: Vec<Paragraph>,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    pub has_header: bool,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Default)]
pub(super) struct Shape {
    pub kind: Placeholder,
    index: u32,
    position: Option<Position>,
    is_hidden: bool,
    /// Whether paragraphs that say nothing of bullets have them.
    pub has_bullets: bool,
    pub paragraphs: Vec<Paragraph>,
    pub table: Option<Table>,
    /// What a chart, or the texts of a diagram, are referred to by.
    pub chart: Option<String>,
    pub diagram: Option<String>,
}

#[derive(Default)]
pub(super) struct Slide {
    pub is_hidden: bool,
    /// In the order in which they are read, titles first.
    pub shapes: Vec<Shape>,
}

/// Of several ways to show something, the first is read.
#[derive(Default)]
pub(super) struct Alternatives {
    made: Vec<bool>,
}

impl Alternatives {
    /// Whether the element that begins is another way to show what was read.
    pub fn skips(&mut self, tag: &Tag<'_>) -> bool {
        match tag.name() {
            "AlternateContent" => {
                self.made.push(false);
                false
            }
            "Choice" => self.made.last_mut().is_some_and(|made| std::mem::replace(made, true)),
            "Fallback" => self.made.last().is_some_and(|made| *made),
            _ => false,
        }
    }

    pub fn end(&mut self, name: &str) {
        if name == "AlternateContent" {
            self.made.pop();
        }
    }
}

/// How a coordinate inside a group becomes one of the slide.
#[derive(Clone, Copy)]
struct Axis {
    scale: f64,
    shift: f64,
}

#[derive(Clone, Copy, Default)]
struct Frame {
    offset: (f64, f64),
    extent: (f64, f64),
    child_offset: (f64, f64),
    child_extent: (f64, f64),
}

/// The groups that are open, and how each places what is in it.
#[derive(Default)]
pub(super) struct Transforms {
    groups: Vec<(Axis, Axis)>,
    /// The frame of a group that is being read.
    frame: Option<Frame>,
}

impl Transforms {
    /// Takes what the element that begins says of places; gives the place of a shape where it says that.
    pub fn start(&mut self, tag: &Tag<'_>) -> Option<Position> {
        let number = |name: &str| tag.number::<f64>(name).filter(|value| value.is_finite()).unwrap_or(0.0);
        match (tag.name(), &mut self.frame) {
            ("grpSp", _) => self.groups.push(self.current()),
            ("grpSpPr", _) if !self.groups.is_empty() => self.frame = Some(Frame::default()),
            ("off", Some(frame)) => frame.offset = (number("y"), number("x")),
            ("ext", Some(frame)) => frame.extent = (number("cy"), number("cx")),
            ("chOff", Some(frame)) => frame.child_offset = (number("y"), number("x")),
            ("chExt", Some(frame)) => frame.child_extent = (number("cy"), number("cx")),
            ("off", None) => {
                let (down, right) = self.current();
                let at = |axis: Axis, value: f64| (axis.shift + axis.scale * value) as i64;
                return Some((at(down, number("y")), at(right, number("x"))));
            }
            _ => {}
        }
        None
    }

    pub fn end(&mut self, name: &str) {
        match name {
            "grpSp" => {
                self.groups.pop();
            }
            "grpSpPr" => {
                if let (Some(frame), Some(group)) = (self.frame.take(), self.groups.last_mut()) {
                    group.0 = group.0.inside(
                        frame.offset.0,
                        frame.extent.0,
                        frame.child_offset.0,
                        frame.child_extent.0,
                    );
                    group.1 = group.1.inside(
                        frame.offset.1,
                        frame.extent.1,
                        frame.child_offset.1,
                        frame.child_extent.1,
                    );
                }
            }
            _ => {}
        }
    }

    fn current(&self) -> (Axis, Axis) {
        let same = Axis { scale: 1.0, shift: 0.0 };
        self.groups.last().copied().unwrap_or((same, same))
    }
}

impl Axis {
    /// The axis of a group that lies at `offset` on this one, and whose own coordinates begin at `child_offset`.
    fn inside(self, offset: f64, extent: f64, child_offset: f64, child_extent: f64) -> Self {
        let scale = if child_extent == 0.0 { 1.0 } else { extent / child_extent };
        Self { scale: self.scale * scale, shift: self.shift + self.scale * (offset - scale * child_offset) }
    }
}

impl Slide {
    /// Reads a slide, or a page of notes.
    pub fn read(text: &str, part: &str, layout: &Layout) -> Result<Self> {
        let mut reader = Reader::new(text, part).counting(&["p"]);
        let mut slide = SlideReader::default();
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) if slide.alternatives.skips(&tag) => reader.skip()?,
                Event::Start(tag) => slide.start(&mut reader, &tag)?,
                Event::End(tag) => slide.end(tag.name()),
                Event::Text(_) => {}
            }
        }
        let SlideReader { is_hidden, mut shapes, .. } = slide;
        shapes.retain(|shape| !shape.is_hidden && shape.kind != Placeholder::Furniture);
        for shape in &mut shapes {
            let is_filled = shape.kind != Placeholder::None;
            let (position, has_no_bullets) =
                if is_filled { layout.place(shape.kind, shape.index) } else { (None, true) };
            shape.position = shape.position.or(position);
            shape.has_bullets = shape.kind == Placeholder::Body && !has_no_bullets;
        }
        put_in_order(&mut shapes);
        Ok(Self { is_hidden, shapes })
    }
}

/// Shapes lie in the file as they lie upon each other. Where the title comes first, its author has cared for the order; else
/// they are read from the top down, after the title.
fn put_in_order(shapes: &mut [Shape]) {
    let is_title = |shape: &Shape| shape.kind == Placeholder::Title;
    let begins_with_title = shapes.first().is_some_and(is_title);
    shapes.sort_by_key(|shape| !is_title(shape));
    let titles = shapes.iter().take_while(|shape| is_title(shape)).count();
    let others = shapes.get_mut(titles..).unwrap_or_default();
    if !begins_with_title && others.iter().all(|shape| shape.position.is_some()) {
        others.sort_by_key(|shape| shape.position);
    }
}

#[derive(Default)]
struct SlideReader {
    is_hidden: bool,
    shapes: Vec<Shape>,
    transforms: Transforms,
    alternatives: Alternatives,
    paragraph: Option<Paragraph>,
}

impl SlideReader {
    fn start(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        match tag.name() {
            "sld" => {
                self.is_hidden = tag.attribute("show").is_some_and(|show| show == "0" || show == "false")
            }
            "sp" | "graphicFrame" => self.shapes.push(Shape::default()),
            "p" => {
                let number = reader.count();
                self.paragraph = Some(Paragraph { number, level: 0, bullet: None, text: String::new() });
            }
            "pPr" => self.properties(reader, tag)?,
            "t" => {
                let text = reader.text()?;
                self.push(&text);
            }
            "br" => self.push("\n"),
            "tab" => self.push("\t"),
            "oMath" => {
                let formula = office_math::read(reader)?;
                self.push(&formula);
            }
            "fld" if tag.attribute("type").is_some_and(|kind| kind == "slidenum") => reader.skip()?,
            "rPr" | "endParaRPr" | "lstStyle" | "bodyPr" | "extLst" | "timing" | "transition" => {
                reader.skip()?;
            }
            _ => self.start_in_shape(tag),
        }
        Ok(())
    }

    fn start_in_shape(&mut self, tag: &Tag<'_>) {
        let position = self.transforms.start(tag);
        let Some(shape) = self.shapes.last_mut() else { return };
        if let Some(position) = position {
            shape.position.get_or_insert(position);
        }
        match tag.name() {
            "cNvPr" => {
                shape.is_hidden |= tag.attribute("hidden").is_some_and(|it| it == "1" || it == "true");
            }
            "ph" => {
                shape.kind = Placeholder::of(tag);
                shape.index = tag.number("idx").unwrap_or(0);
            }
            "chart" => shape.chart = tag.prefixed_attribute("id"),
            "relIds" => shape.diagram = tag.prefixed_attribute("dm"),
            "tbl" => shape.table = Some(Table::default()),
            name => {
                if let Some(table) = &mut shape.table {
                    table.start(name, tag);
                }
            }
        }
    }

    /// Reads the rest of an element `pPr`.
    fn properties(&mut self, reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<()> {
        let level = tag.number::<usize>("lvl").unwrap_or(0).min(8);
        let mut bullet = None;
        reader.each_inside(|tag| match tag.name() {
            "buNone" => bullet = Some(Bullet::None),
            "buChar" | "buBlip" => bullet = Some(Bullet::Mark),
            "buAutoNum" => {
                let kind = tag.attribute("type").unwrap_or_default();
                bullet = Some(Bullet::Number(kind, tag.number("startAt").unwrap_or(1)));
            }
            _ => {}
        })?;
        if let Some(paragraph) = &mut self.paragraph {
            (paragraph.level, paragraph.bullet) = (level, bullet);
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if let Some(paragraph) = &mut self.paragraph {
            // A vertical tab is the end of a line, as older versions wrote it.
            paragraph.text.extend(
                text.chars()
                    .filter(|mark| *mark != '\u{AD}')
                    .map(|mark| if mark == '\u{B}' { '\n' } else { mark }),
            );
        }
    }

    fn end(&mut self, name: &str) {
        self.transforms.end(name);
        self.alternatives.end(name);
        if name == "p"
            && let Some(paragraph) = self.paragraph.take()
            && let Some(shape) = self.shapes.last_mut()
        {
            match &mut shape.table {
                Some(table) => table.paragraph(paragraph),
                None => shape.paragraphs.push(paragraph),
            }
        }
    }
}

impl Table {
    fn start(&mut self, name: &str, tag: &Tag<'_>) {
        let is_set = |name| tag.attribute(name).is_some_and(|it| it == "1" || it == "true");
        match name {
            "tblPr" => self.has_header = is_set("firstRow"),
            "tr" => self.rows.push(Vec::new()),
            "tc" => {
                let cell = Cell {
                    columns: tag.number("gridSpan").unwrap_or(1),
                    rows: tag.number("rowSpan").unwrap_or(1),
                    is_covered: is_set("hMerge") || is_set("vMerge"),
                    paragraphs: Vec::new(),
                };
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            _ => {}
        }
    }

    fn paragraph(&mut self, paragraph: Paragraph) {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
            cell.paragraphs.push(paragraph);
        }
    }
}
