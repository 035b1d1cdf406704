//! Any text at any places on pages: what a reader of PDF files may give, and what none should.

use arbitrary::{Result, Unstructured};
use ibid::extract::formats::layout::{Font, Item, Node, PositionedDocument, PositionedPage, extract};

use super::read;

/// Lays out what `data` describes: a recording in JSON, or decisions about one.
pub fn run(data: &[u8]) {
    let document = if data.starts_with(b"{") {
        serde_json::from_slice(data).ok()
    } else {
        document(&mut Unstructured::new(data)).ok()
    };
    let Some(mut document): Option<PositionedDocument> = document else { return };
    // Pages count from 1.
    document.pages.retain(|page| page.number > 0);
    if let Some(extracted) = read::checked(extract(document.clone()), extract(document)) {
        read::check_nothing_is_lost(&extracted);
    }
}

const TEXTS: [&str; 32] = [
    "",
    " ",
    "a",
    "-",
    "\u{ad}",
    "1",
    "12",
    "iv",
    "•",
    "1.",
    "(a)",
    "Pump",
    "Care of the pump",
    "ff",
    "ﬁ",
    "pump-",
    "of",
    "Table 1.",
    "Figure 2:",
    "|",
    "ポンプ",
    "水",
    "、",
    "שלום",
    "مضخة",
    "e\u{301}",
    "¨",
    "\u{0}",
    "\u{fffd}",
    "😀",
    "https://a.example/b",
    "A sentence that is as long as most lines of a page are.",
];

const ROLES: [&str; 16] = [
    "Document", "P", "H1", "H2", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "Figure", "Caption",
    "Code", "Note",
];

fn document(input: &mut Unstructured) -> Result<PositionedDocument> {
    let mut document = PositionedDocument::default();
    for name in ["Times", "Times-Bold", "Courier"] {
        let (above, below) = if input.ratio(1, 4)? { (number(input)?, number(input)?) } else { (0.8, -0.2) };
        document.fonts.push(Font(name.to_owned(), name.ends_with("Bold"), input.ratio(1, 8)?, above, below));
    }
    if input.ratio(1, 4)? {
        document.outline.push((text(input)?, input.int_in_range(0..=9)?));
        document.unread.push(input.int_in_range(0..=9)?);
        document.created = text(input)?;
    }
    for at in 0..input.int_in_range(1..=4)? {
        document.pages.push(page(input, at)?);
    }
    Ok(document)
}

fn page(input: &mut Unstructured, at: u32) -> Result<PositionedPage> {
    let mut page =
        PositionedPage { number: at + 1, width: 600.0, height: 400.0, ..PositionedPage::default() };
    if input.ratio(1, 8)? {
        page.number = input.int_in_range(0..=9)?;
        (page.width, page.height) = (number(input)?, number(input)?);
        page.label = text(input)?;
    }
    if input.ratio(1, 4)? {
        for at in 0..input.int_in_range(1..=12)? {
            page.nodes.push(Node((*input.choose(&ROLES)?).to_owned(), input.int_in_range(0..=at + 1)?));
        }
    }
    // Most pages are made of lines.
    let (mut left, mut baseline, mut size) = (40.0, 40.0, 10.0);
    while input.ratio(15, 16)? && !input.is_empty() {
        match input.int_in_range(0..=7)? {
            0 => {
                (left, baseline) =
                    (f32::from(input.arbitrary::<u8>()?) * 3.0, f32::from(input.arbitrary::<u8>()?) * 2.0)
            }
            1 => left = *input.choose(&[40.0, 60.0, 240.0, 320.0, 440.0])?,
            2 => size = *input.choose(&[6.0, 9.0, 10.0, 12.0, 18.0, 0.0, 3000.0])?,
            _ => {}
        }
        let mut item = Item { text: text(input)?, left, baseline, size, ..Item::default() };
        item.width = item.text.chars().count() as f32 * size / 2.0;
        if input.ratio(1, 8)? {
            item = odd(input, item)?;
        }
        if !page.nodes.is_empty() {
            item.node = input.int_in_range(0..=page.nodes.len() as u32 + 1)?;
        }
        item.font = input.int_in_range(0..=3)?;
        match input.int_in_range(0..=3)? {
            0 => left += item.width + size / 4.0,
            1 => baseline += size * 2.0,
            _ => baseline += size * 1.2,
        }
        page.items.push(item);
    }
    Ok(page)
}

fn odd(input: &mut Unstructured, mut item: Item) -> Result<Item> {
    match input.int_in_range(0..=6)? {
        0 => item.left = number(input)?,
        1 => item.baseline = number(input)?,
        2 => item.width = number(input)?,
        3 => item.size = number(input)?,
        4 => item.flags = input.int_in_range(0..=7)?,
        5 => item.angle = *input.choose(&[90, -90, 180, 270, 45, 1, i32::MAX, i32::MIN])?,
        _ => item.font = u32::MAX,
    }
    Ok(item)
}

fn text(input: &mut Unstructured) -> Result<String> {
    if input.ratio(1, 8)? { input.arbitrary() } else { Ok((*input.choose(&TEXTS)?).to_owned()) }
}

fn number(input: &mut Unstructured) -> Result<f32> {
    let odd =
        [0.0, -0.0, -1.0, 1e-30, 1e9, -1e9, f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    if input.ratio(1, 2)? { Ok(*input.choose(&odd)?) } else { input.arbitrary() }
}
