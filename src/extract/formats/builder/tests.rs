use super::*;
use proptest::prelude::*;

fn at(start: usize, text: &str) -> Place {
    Place::Bytes(Span::new(start, start + text.len()))
}

fn push(builder: &mut Builder, text: &str) {
    builder.push(text, at(0, text));
}

fn paragraph(builder: &mut Builder, text: &str) {
    builder.begin(Leaf::Paragraph);
    push(builder, text);
    builder.end();
}

fn heading(builder: &mut Builder, level: u8, text: &str) {
    builder.begin(Leaf::Heading(level));
    push(builder, text);
    builder.end();
}

fn row(builder: &mut Builder, is_header: bool, cells: &[(&str, usize, usize)]) {
    builder.begin_row(is_header);
    for (text, columns, rows) in cells {
        builder.begin_cell(*columns, *rows);
        push(builder, text);
        builder.end_cell();
    }
    builder.end_row();
}

fn blocks(extracted: &Extracted) -> Vec<(BlockKind, &str)> {
    let text = |block: &Block| block.span.slice(&extracted.text).unwrap();
    extracted.blocks.iter().map(|block| (block.kind, text(block))).collect()
}

#[test]
fn blocks_stand_apart_and_under_their_headings() {
    let mut builder = Builder::new();
    heading(&mut builder, 1, "Pump");
    paragraph(&mut builder, " Oil\n it. ");
    heading(&mut builder, 2, "Later");
    paragraph(&mut builder, "   ");
    paragraph(&mut builder, "Again.");
    heading(&mut builder, 1, "Valve");
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "Pump\n\nOil it.\n\nLater\n\nAgain.\n\nValve");
    let sections: Vec<_> =
        extracted.blocks.iter().map(|block| extracted.section_path(block.section)).collect();
    let expected: [&[&str]; 5] = [&["Pump"], &["Pump"], &["Pump", "Later"], &["Pump", "Later"], &["Valve"]];
    assert_eq!(sections, expected);
}

#[test]
fn blocks_and_rows_of_nothing_but_invisible_characters_leave_nothing() {
    let mut builder = Builder::new();
    paragraph(&mut builder, "\u{a0}");
    heading(&mut builder, 1, "\u{200b}");
    builder.begin_list();
    builder.begin_item("-");
    paragraph(&mut builder, "\u{ad}\u{a0}");
    builder.end_list();
    builder.begin_table();
    row(&mut builder, false, &[("\u{a0}", 1, 1), ("\u{a0}", 1, 1)]);
    row(&mut builder, false, &[("\u{a0}", 1, 1), ("1", 1, 1)]);
    builder.end_table();
    paragraph(&mut builder, "\u{a0}After.");
    let extracted = builder.finish().unwrap();
    let after = (BlockKind::Paragraph, "\u{a0}After.");
    assert_eq!(blocks(&extracted), [(BlockKind::Table, "| \u{a0} | 1 |"), after]);
    assert_eq!((extracted.sections.len(), extracted.origins.len()), (1, 3));
}

#[test]
fn a_longer_fence_stands_behind_the_marker_of_its_item() {
    let mut builder = Builder::new();
    builder.begin_list();
    builder.begin_item("-");
    builder.begin(Leaf::Code("md".to_owned()));
    push(&mut builder, "```\na\n```");
    builder.end_list();
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "- ````md\n```\na\n```\n````");
    let Block { lead, tail, .. } = extracted.blocks[0];
    let texts = [lead, tail].map(|span| span.slice(&extracted.text).unwrap());
    assert_eq!(texts, ["````md", "````"]);
}

#[test]
fn lists_have_markers_and_know_what_introduces_them() {
    let mut builder = Builder::new();
    paragraph(&mut builder, "You need:");
    builder.begin_list();
    for (marker, text) in [("1.", "oil"), ("2.", "time")] {
        builder.begin_item(marker);
        push(&mut builder, text);
        if text == "oil" {
            builder.begin_list();
            builder.begin_item("-");
            push(&mut builder, "much");
            builder.end_item();
            builder.end_list();
        }
        builder.end_item();
    }
    builder.end_list();
    paragraph(&mut builder, "That is all.");
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "You need:\n\n1. oil\n  - much\n2. time\n\nThat is all.");
    let leads: Vec<_> =
        extracted.blocks.iter().map(|block| block.lead.slice(&extracted.text).unwrap()).collect();
    assert_eq!(leads, ["", "You need:", "1. oil", "You need:", ""]);
}

#[test]
fn tables_name_their_columns_and_repeat_what_reaches_down() {
    let mut builder = Builder::new();
    builder.begin_table();
    row(&mut builder, true, &[("Valve", 1, 1), ("Bar", 2, 1)]);
    row(&mut builder, false, &[("A", 1, 2), ("1", 1, 1), ("2", 1, 1)]);
    row(&mut builder, false, &[("3", 1, 1), ("4", 1, 1)]);
    row(&mut builder, false, &[("", 1, 1)]);
    builder.end_table();
    paragraph(&mut builder, "After.");
    let extracted = builder.finish().unwrap();
    let table = "| Valve | Bar | |\n| --- | --- | --- |\n| A | 1 | 2 |\n| A | 3 | 4 |";
    assert_eq!(blocks(&extracted), [(BlockKind::Table, table), (BlockKind::Paragraph, "After.")]);
    let lead = extracted.blocks[0].lead.slice(&extracted.text).unwrap();
    assert_eq!(lead, "| Valve | Bar | |\n| --- | --- | --- |");
    let after = extracted.origins.last().unwrap();
    assert_eq!(after.span.slice(&extracted.text), Some("After."));
}

#[test]
fn a_table_in_a_cell_and_blocks_in_cells_are_text_of_the_cell() {
    let mut builder = Builder::new();
    builder.begin_table();
    builder.begin_row(false);
    builder.begin_cell(1, 1);
    heading(&mut builder, 1, "Pump");
    builder.begin_list();
    builder.begin_item("-");
    push(&mut builder, "oil");
    builder.end_item();
    builder.end_list();
    builder.begin_table();
    row(&mut builder, false, &[("a", 1, 1), ("b", 1, 1)]);
    builder.end_table();
    builder.end_cell();
    builder.end_row();
    builder.end_table();
    let extracted = builder.finish().unwrap();
    assert_eq!(blocks(&extracted), [(BlockKind::Table, "| Pump oil a b |")]);
    assert_eq!(extracted.sections.len(), 1);
}

#[test]
fn rows_that_name_their_values_are_blocks_in_lines() {
    let mut builder = Builder::new();
    for text in ["a: 1", " ", "a: 2"] {
        builder.begin(Leaf::Row);
        push(&mut builder, text);
        builder.end();
    }
    paragraph(&mut builder, "After.");
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "a: 1\na: 2\n\nAfter.");
    assert_eq!(blocks(&extracted)[1], (BlockKind::Table, "a: 2"));
}

#[test]
fn code_is_fenced_by_more_than_it_holds() {
    let mut builder = Builder::new();
    builder.begin(Leaf::Code("c++".to_owned()));
    push(&mut builder, "a\n  ```b\n");
    builder.end();
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "````c++\na\n  ```b\n````");
    let block = extracted.blocks[0];
    assert_eq!(block.lead.slice(&extracted.text), Some("````c++"));
    assert_eq!(block.tail.slice(&extracted.text), Some("````"));
    assert_eq!(extracted.origins[0].span.slice(&extracted.text), Some("a\n  ```b"));
}

#[test]
fn white_space_is_one_space_and_the_origin_of_each_word_is_kept() {
    let mut builder = Builder::new();
    let source = "a  b\n c d";
    push(&mut builder, source);
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.text, "a b c d");
    for (word, start) in [(0, 0), (2, 3), (4, 6), (6, 8)] {
        let located = extracted.locate(Span::new(word, word + 1));
        assert_eq!(located[0].place, Place::Bytes(Span::new(start, start + 1)));
    }
}

#[test]
fn what_comes_after_the_end_of_sections_is_under_no_heading() {
    let mut builder = Builder::new();
    heading(&mut builder, 1, "Pump");
    paragraph(&mut builder, "Oil.");
    builder.end_sections();
    paragraph(&mut builder, "Valve.");
    let sections: Vec<_> = builder.finish().unwrap().blocks.iter().map(|block| block.section).collect();
    assert_eq!(sections, [1, 1, 0]);
}

#[test]
fn a_part_can_be_left_and_come_back_to() {
    let mut builder = Builder::new();
    for part in ["body", "notes", "body"] {
        builder.part(part);
        paragraph(&mut builder, part);
    }
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.parts, ["body", "notes"]);
    let parts: Vec<_> = extracted.origins.iter().map(|origin| origin.part).collect();
    assert_eq!(parts, [0, 1, 0]);
}

#[test]
fn pages_hold_the_text_that_stands_on_them() {
    let mut builder = Builder::new();
    builder.page(1, "i");
    paragraph(&mut builder, "One.");
    builder.page(2, "ii");
    builder.page(3, "1");
    paragraph(&mut builder, "Three.");
    let extracted = builder.finish().unwrap();
    let texts: Vec<_> =
        extracted.pages.iter().map(|page| page.span.slice(&extracted.text).unwrap()).collect();
    assert_eq!(texts, ["One.", "", "Three."]);
    assert_eq!((extracted.page_at(0), extracted.page_at(8)), (Some(1), Some(3)));
}

#[derive(Clone, Debug)]
enum Step {
    Begin(u8),
    End,
    Push(String),
    Break,
    Quotation(bool),
    List(bool),
    Item(bool),
    Table(bool),
    Row(bool, bool),
    Cell(bool, usize, usize),
    Page,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..7).prop_map(Step::Begin),
        Just(Step::End),
        "[a-c `|\n\u{e9}]{0,8}".prop_map(Step::Push),
        Just(Step::Break),
        any::<bool>().prop_map(Step::Quotation),
        any::<bool>().prop_map(Step::List),
        any::<bool>().prop_map(Step::Item),
        any::<bool>().prop_map(Step::Table),
        any::<(bool, bool)>().prop_map(|(begins, is_header)| Step::Row(begins, is_header)),
        (any::<bool>(), 0usize..4, 0usize..4)
            .prop_map(|(begins, columns, rows)| Step::Cell(begins, columns, rows)),
        Just(Step::Page),
    ]
}

proptest! {
    #[test]
    fn whatever_is_built_is_well_made(steps in prop::collection::vec(step(), 0..60)) {
        let mut builder = Builder::new();
        let mut source = 0;
        for step in steps {
            match step {
                Step::Begin(0) => builder.begin(Leaf::Code(String::new())),
                Step::Begin(1) => builder.begin(Leaf::Note),
                Step::Begin(2) => builder.begin(Leaf::Paragraph),
                Step::Begin(3) => builder.begin(Leaf::Row),
                Step::Begin(level) => builder.begin(Leaf::Heading(level)),
                Step::End => builder.end(),
                Step::Push(text) => {
                    builder.push(&text, at(source, &text));
                    source += text.len();
                }
                Step::Break => builder.line_break(),
                Step::Quotation(true) => builder.begin_quotation(),
                Step::Quotation(false) => builder.end_quotation(),
                Step::List(true) => builder.begin_list(),
                Step::List(false) => builder.end_list(),
                Step::Item(true) => builder.begin_item("-"),
                Step::Item(false) => builder.end_item(),
                Step::Table(true) => builder.begin_table(),
                Step::Table(false) => builder.end_table(),
                Step::Row(true, is_header) => builder.begin_row(is_header),
                Step::Row(false, _) => builder.end_row(),
                Step::Cell(true, columns, rows) => builder.begin_cell(columns, rows),
                Step::Cell(false, ..) => builder.end_cell(),
                Step::Page => builder.page(1, ""),
            }
        }
        let extracted = builder.finish().unwrap();
        prop_assert!(extracted.validate().is_ok(), "{:?}: {extracted:?}", extracted.validate());
    }
}

#[test]
fn more_pieces_than_are_told_apart_stand_together() {
    let mut builder = Builder::new();
    builder.begin(Leaf::Code(String::new()));
    // What is between two pieces of the original is not in the text, so that no two of them are one.
    let count = MAX_ORIGINS + 1_000;
    (0..count).for_each(|number| builder.push("a\n", at(4 * number, "a\n")));
    let extracted = builder.finish().unwrap();
    assert_eq!(extracted.origins.len(), MAX_ORIGINS);
    let end = 4 * (count as u32 - 1) + 1;
    let last = extracted.origins.last().unwrap();
    assert!(matches!(last.place, Place::Bytes(bytes) if bytes.end >= end && bytes.len() > 3_900));
    assert_eq!(last.span.end as usize, extracted.text.trim_end_matches(['`', '\n']).len());
    extracted.validate().unwrap();
}
