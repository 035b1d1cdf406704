use crate::document::{Document, MediaType, MetadataValue, Span};
use crate::extract::BlockKind::{
    Caption, Code, Formula, Heading, Html, ListItem, Metadata, Note, Paragraph, Quotation, Table,
};
use crate::extract::{Block, BlockKind, Extracted, MAX_HEADING_CHARS, Place, extract, is_blank, plain_text};

fn extracted(source: &str) -> Extracted {
    extract(&Document::new("notes", "", MediaType::Markdown, source)).unwrap()
}

/// Every block as its kind, its section path and its text.
fn blocks(source: &str) -> Vec<(BlockKind, String, String)> {
    let extracted = extracted(source);
    let describe = |block: &Block| {
        let text = block.span.slice(&extracted.text).unwrap().to_owned();
        (block.kind, extracted.section_path(block.section).join(" > "), text)
    };
    extracted.blocks.iter().map(describe).collect()
}

fn assert_blocks(source: &str, expected: &[(BlockKind, &str, &str)]) {
    let found = blocks(source);
    let found: Vec<_> =
        found.iter().map(|(kind, path, text)| (*kind, path.as_str(), text.as_str())).collect();
    assert_eq!(found, expected, "{source:?}");
}

#[test]
fn headings_of_both_styles_open_sections_that_include_themselves() {
    assert_blocks(
        "Before.\n\n# The *first* `part` #\n\nText.\n\nSub\n---\nMore\ntext.\n\n### Deep {#id .class}\n# Second\nEnd",
        &[
            (Paragraph, "", "Before."),
            (Heading, "The first part", "# The *first* `part` #"),
            (Paragraph, "The first part", "Text."),
            (Heading, "The first part > Sub", "Sub\n---"),
            (Paragraph, "The first part > Sub", "More\ntext."),
            (Heading, "The first part > Sub > Deep", "### Deep {#id .class}"),
            (Heading, "Second", "# Second"),
            (Paragraph, "Second", "End"),
        ],
    );
}

#[test]
fn a_skipped_level_stands_under_the_nearest_heading_above_it() {
    assert_blocks(
        "## B\n#### D\n### C\nx",
        &[
            (Heading, "B", "## B"),
            (Heading, "B > D", "#### D"),
            (Heading, "B > C", "### C"),
            (Paragraph, "B > C", "x"),
        ],
    );
}

#[test]
fn front_matter_is_no_heading_and_only_the_first_lines_are_front_matter() {
    assert_blocks(
        "---\ntitle: Lease\n---\n\nA\n\n---\nB\n---\n",
        &[(Paragraph, "", "A\n\n---"), (Heading, "B", "B\n---")],
    );
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_heading() {
    assert_blocks("\u{feff}# A\r\n\r\nb\r\n", &[(Heading, "A", "# A"), (Paragraph, "A", "b")]);
    assert_blocks("\u{feff}---\r\na: 1\r\n---\r\nb", &[(Paragraph, "", "b")]);
}

#[test]
fn lists_become_items_with_their_markers() {
    assert_blocks(
        "1. one *two*\n   three\n   - [ ] nested\n2. four\n\n   five\n\n       code\n\n* > quoted\n",
        &[
            (ListItem, "", "1. one *two*\n   three"),
            (ListItem, "", "- [ ] nested"),
            (ListItem, "", "2. four"),
            (Paragraph, "", "five"),
            (Code, "", "code"),
            (ListItem, "", "* > quoted"),
        ],
    );
}

#[test]
fn code_tables_html_quotes_and_footnotes_are_blocks() {
    assert_blocks(
        "```rust\n# no heading\n\nfn main() {}\n```\n<!-- a\n\nb -->\n\n| a | b |\n|---|---|\n| c | d |\n\n> # Quoted\n> e\n>\n> f\n\n[^1]: Note\n\ng[^1]",
        &[
            (Code, "", "```rust\n# no heading\n\nfn main() {}\n```"),
            (Html, "", "<!-- a\n\nb -->"),
            (Table, "", "| a | b |\n|---|---|\n| c | d |"),
            (Heading, "", "> # Quoted"),
            (Quotation, "", "> e\n>"),
            (Quotation, "", "> f"),
            (Note, "", "[^1]: Note"),
            (Paragraph, "", "g[^1]"),
        ],
    );
}

#[test]
fn link_definitions_are_kept_in_the_section_where_they_stand() {
    assert_blocks(
        "# A\n\n[x]: https://x.example\n\n# B\n\n[x]\n\n[y]: https://y.example\n",
        &[
            (Heading, "A", "# A"),
            (Paragraph, "A", "[x]: https://x.example"),
            (Heading, "B", "# B"),
            (Paragraph, "B", "[x]"),
            (Paragraph, "B", "[y]: https://y.example"),
        ],
    );
}

#[test]
fn a_heading_is_capped_at_a_character_boundary() {
    let extracted = extracted(&format!("# {}\n\ntext", "ä".repeat(1000)));
    assert_eq!(extracted.section_path(1), ["ä".repeat(MAX_HEADING_CHARS)]);
}

#[test]
fn a_heading_without_text_adds_nothing_to_the_path() {
    assert_blocks("# A\n##\nb", &[(Heading, "A", "# A"), (Heading, "A", "##"), (Paragraph, "A", "b")]);
}

/// Blocks are in order, do not overlap, are trimmed, and hold everything that can be seen but front matter that was read.
fn assert_covers(source: &str) {
    let extracted = extracted(source);
    extracted.validate().unwrap();
    let source = extracted.text.as_str();
    let mut end = match super::front_matter::read(source) {
        Some(read) if extracted.blocks.first().is_none_or(|block| block.kind != Metadata) => read.range.end,
        _ => 0,
    };
    for block in &extracted.blocks {
        let gap = &source[end..block.span.start as usize];
        assert!(gap.chars().all(is_blank), "{gap:?} is in no block of {source:?}");
        let text = block.span.slice(source).unwrap();
        assert!(!text.starts_with(is_blank) && !text.ends_with(is_blank) && !text.is_empty());
        assert!((block.section as usize) < extracted.sections.len());
        end = block.span.end as usize;
    }
    assert!(source[end..].chars().all(is_blank), "{:?} is in no block of {source:?}", &source[end..]);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    const MARKDOWN: &str = r"([#>*+~`_|:=\[\]()!<-]{1,4}|[ \t]{1,5}|1\.|\[\^1\]|\[a\]: b|- |> |\r\n?|\n\n?|---|a|é|👩‍👧|\$\$|\\\[|: |```|data:a/b,){0,60}";

    proptest! {
        #[test]
        fn blocks_cover_all_that_can_be_seen(source in MARKDOWN) {
            assert_covers(&format!("{source}x"));
        }

        #[test]
        fn blocks_cover_any_text(source in r"\PC{0,80}") {
            assert_covers(&format!("x{source}"));
        }

        #[test]
        fn blocks_cover_a_text_behind_front_matter(
            source in r"(---|\+\+\+)\n([ab]|: |- |\n|=|'){0,20}\n(---|\+\+\+)\n[ab\n]{0,8}",
        ) {
            assert_covers(&format!("{source}x"));
        }

        #[test]
        fn any_text_has_a_plain_form(source in MARKDOWN, other in r"\PC{0,80}") {
            plain_text(&source);
            plain_text(&other);
        }
    }
}

#[test]
fn hostile_markup_takes_no_more_than_linear_time() {
    let n = 100_000;
    let cases = [
        ("quotations", ">".repeat(n)),
        ("brackets", "[".repeat(n)),
        ("links", "[a](".repeat(n)),
        ("images", "![a".repeat(n)),
        ("emphasis", "*a _b ".repeat(n)),
        ("list on a line", "- ".repeat(n)),
        ("nested list", (0..400).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect()),
        ("backticks", (1..600).map(|len| "`".repeat(len) + " ").collect()),
        ("comments", "<!-- ".repeat(n)),
        ("tables", "|a".repeat(n) + "\n" + &"|-".repeat(n) + "\n" + &"|b\n".repeat(2000)),
        ("footnotes", (0..20_000).map(|number| format!("[^{number}]: a\n")).collect()),
        ("definitions", (0..20_000).map(|number| format!("[{number}]: a\n")).collect()),
        ("headings", "# a\n".repeat(n)),
        ("rules", "---\n".repeat(n)),
        ("entities", "&#0;".repeat(n)),
        ("carriage returns", "a\r".repeat(n)),
        ("formulas", "$$\na\n$$\n".repeat(n)),
        ("formulas that do not end", "$$a\n".repeat(n)),
        ("formulas of TeX that do not end", "\\[a\n".repeat(n)),
        ("formulas of TeX with one end", "\\[a\n".repeat(n) + "\n\\]"),
        ("formulas in lines", "$a".repeat(n)),
        ("formulas with code", "$$\n```\n$$\n".repeat(n)),
        ("environments", "\\begin{align}\n".repeat(n)),
        ("terms", "a\n: b\n\n".repeat(20_000)),
        ("alerts", "> [!NOTE]\n> a\n\n".repeat(20_000)),
        ("data", "data:a/b,c".repeat(n)),
        ("YAML", format!("---\n{}---\n", "a: [\n".repeat(n))),
        ("small YAML", format!("---\n{}---\n", "a: [\n".repeat(8_000))),
        ("small YAML in quotation marks", format!("---\n{}---\n", "a: \"\n".repeat(8_000))),
        ("YAML in lists", format!("---\na: {}\n---\n", "- ".repeat(20_000))),
        ("TOML", format!("+++\n{}+++\n", "a=[".repeat(20_000))),
        ("braces", format!("# {}", "{#a} ".repeat(n))),
        ("HTML", "<a".repeat(n)),
    ];
    for (_, source) in cases {
        assert_covers(&format!("{source}\n\nx"));
    }
}

mod field;
