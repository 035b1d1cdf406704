//! What people's files hold, file by file, and the plain form.

use super::*;

macro_rules! field {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/documents/field/", $name))
    };
}

fn string(text: &str) -> MetadataValue {
    MetadataValue::String(text.to_owned())
}

fn leads_and_tails(source: &str) -> Vec<(String, String)> {
    let extracted = extracted(source);
    let slice = |span: Span| span.slice(&extracted.text).unwrap().to_owned();
    extracted.blocks.iter().map(|block| (slice(block.lead), slice(block.tail))).collect()
}

#[test]
fn front_matter_is_metadata_and_no_prose() {
    for source in [field!("toml-front-matter.md"), field!("yaml-front-matter.md")] {
        assert_blocks(
            source,
            &[(Heading, "Mooring", "# Mooring"), (Paragraph, "Mooring", "Boats moor on the north side.")],
        );
        let properties = extracted(source).properties;
        assert_eq!(properties.title, "Harbour rules");
        assert_eq!(properties.metadata["tags"], MetadataValue::Strings(vec!["boats".to_owned()]));
        assert!(!properties.metadata.contains_key("reviewed"));
    }
    let properties = extracted(field!("toml-front-matter.md")).properties;
    assert_eq!(properties.metadata["date"], string("2026-01-01"));
}

#[test]
fn front_matter_that_is_not_read_or_all_there_is_stays_text() {
    assert_blocks("---\na: *b\n---\nc", &[(Metadata, "", "---\na: *b\n---"), (Paragraph, "", "c")]);
    assert_blocks("---\na: b\n---\n", &[(Metadata, "", "---\na: b\n---")]);
    assert_eq!(extracted("---\na: b\n---\n").properties.metadata["a"], string("b"));
}

#[test]
fn a_rule_first_is_no_front_matter() {
    assert_blocks(
        field!("rule-first.md"),
        &[
            (Heading, "Garden plan", "---\n# Garden plan"),
            (Paragraph, "Garden plan", "Beans go beside the wall.\n\n---"),
            (Heading, "Garden plan > Later", "## Later"),
            (Paragraph, "Garden plan > Later", "Peas follow in May."),
        ],
    );
}

#[test]
fn a_displayed_formula_is_one_block() {
    let formula = "$$\nE_{total}\n=\nm c^2\n$$";
    assert_blocks(
        field!("math.md"),
        &[
            (Heading, "Energy", "# Energy"),
            (Paragraph, "Energy", "The total is"),
            (Formula, "Energy", formula),
            (Paragraph, "Energy", "and it never changes."),
        ],
    );
    for formula in [
        "$$ E = mc^2 $$",
        "$$E = mc^2$$.",
        "$$\nE_{total}\n===\nm c^2\n\n# a\n- b\n$$ {#eq:energy}",
        "\\[ a_1 = b \\]",
        "\\[\na_1\n- b\n\\]",
        "\\begin{align*}\na &= b \\\\\n---\nc\n\\end{align*}",
        "$$\nä = \u{3b1}\n$$",
    ] {
        let source = format!("a\n\n{formula}\n\nb");
        assert_blocks(&source, &[(Paragraph, "", "a"), (Formula, "", formula), (Paragraph, "", "b")]);
        assert_blocks(
            &source.replace("\n\n", "\n").replace(&formula.replace("\n\n", "\n"), formula),
            &[(Paragraph, "", "a"), (Formula, "", formula), (Paragraph, "", "b")],
        );
        assert_eq!(plain_text(&source), source);
    }
    assert_blocks(
        "> a\n>\n> $$\n> b\n> ===\n> $$\n>\n> c",
        &[(Quotation, "", "> a\n>"), (Formula, "", "> $$\n> b\n> ===\n> $$\n>"), (Quotation, "", "> c")],
    );
    assert_blocks(
        "- a\n\n  $$\n  b\n  ===\n  $$\n\n  c\n",
        &[(ListItem, "", "- a"), (Formula, "", "$$\n  b\n  ===\n  $$"), (Paragraph, "", "c")],
    );
    assert_blocks("```math\na\n```", &[(Formula, "", "```math\na\n```")]);
}

#[test]
fn what_only_looks_like_a_formula_is_none() {
    for source in [
        "$$ a lot\nof money",
        "$$ a lot\r\n\r\nof money $$",
        "$$$ and $$$",
        "$$a$$ and more",
        "\\[no link\\]",
        "\\[a\n\nb_\\]",
        "$$ $$",
        "It costs $5 and $6",
    ] {
        assert!(extracted(source).blocks.iter().all(|block| block.kind == Paragraph), "{source:?}");
    }
    assert_blocks("```\n$$\na\n$$\n```", &[(Code, "", "```\n$$\na\n$$\n```")]);
    assert_blocks("    $$\n    a\n    $$", &[(Code, "", "$$\n    a\n    $$")]);
    assert_eq!(extracted("# The $E_1*E_2*$ of").section_path(1), ["The $E_1*E_2*$ of"]);
}

#[test]
fn only_attributes_in_braces_are_no_part_of_a_heading() {
    let extracted = extracted(field!("api.md"));
    let headings: Vec<_> = extracted.sections[1..].iter().map(|section| section.heading.as_str()).collect();
    assert_eq!(headings, ["Users", "GET /users/{id}", "DELETE /users/{id}", "The set {a, b}", "Kept"]);
    for (source, expected) in [
        ("# A {#b}", "A"),
        ("# A {.b .c-d key=value}", "A"),
        ("# A {key=\"value\"} #", "A"),
        ("# A{#b}", "A{#b}"),
        ("# A {b}", "A {b}"),
        ("# A {}", "A {}"),
        ("# A {#b} c", "A {#b} c"),
        ("# GET /a/{b} {#get-a}", "GET /a/{b}"),
        ("# {#b}", ""),
        ("A {#b_c_}\n===", "A"),
    ] {
        assert_eq!(super::extracted(source).sections[1].heading, expected, "{source:?}");
        assert_eq!(plain_text(source), expected, "{source:?}");
    }
}

#[test]
fn a_lone_carriage_return_ends_a_line() {
    assert_blocks(
        field!("cr.md"),
        &[
            (Heading, "One", "# One"),
            (Paragraph, "One", "Text one."),
            (Heading, "One > Two", "## Two"),
            (Paragraph, "One > Two", "Text two."),
        ],
    );
    assert_blocks("| a |\r|---|\r| b |\r\rc", &[(Table, "", "| a |\r|---|\r| b |"), (Paragraph, "", "c")]);
    assert_eq!(leads_and_tails("| a |\r\n|---|\r\n| b |")[0].0, "| a |\r\n|---|");
    assert_eq!(leads_and_tails("| a |\r|---|\r| b |")[0].0, "| a |\r|---|");
}

#[test]
fn nothing_of_a_data_uri_stays() {
    let source = field!("data-uri.md");
    let extracted = extracted(source);
    assert_eq!(
        extracted.text,
        "# Pump\n\nThe pump needs oil every spring.\n\n![diagram](data:image/png)\n\nAfter that it runs for a year.\n"
    );
    let at = extracted.text.find("After").unwrap();
    let located = extracted.locate(Span::new(at, at + 5));
    let place = Place::Bytes(Span::new(source.find("After").unwrap(), source.find("After").unwrap() + 5));
    assert_eq!(located.iter().map(|located| located.place).collect::<Vec<_>>(), [place]);
    assert_eq!(extracted.blocks[2].kind, Caption);
    assert_eq!(
        plain_text(source),
        "Pump\n\nThe pump needs oil every spring.\n\ndiagram\n\nAfter that it runs for a year."
    );
}

#[test]
fn a_table_names_its_columns() {
    let lead = "| Part | Name | Pressure | Weight | Place |\n|---|---|---|---|---|";
    assert_eq!(leads_and_tails(field!("table.md"))[1].0, lead);
    assert_eq!(leads_and_tails("> | a |\n> |---|\n> | b |")[0].0, "> | a |\n> |---|");
    assert_eq!(leads_and_tails("| a |\n|---|")[0].0, "");
}

#[test]
fn code_is_fenced_on_both_sides() {
    let fences = leads_and_tails(field!("fence-in-list.md"));
    assert_eq!(fences[2], ("```toml".to_owned(), "```".to_owned()));
    let cases = [
        ("```a b\nc\n\n~~~\n```", "```a b", "```"),
        ("~~~~\n~~~\n~~~~~", "~~~~", "~~~~~"),
        ("> ```\n> a\n> ```", "> ```", "> ```"),
        ("- ```a\n  b\n  ```", "- ```a", "  ```"),
        ("> ```\n> a\n> ```\n>\n> b", "> ```", "> ```\n>"),
        ("```\na", "```", ""),
        ("```", "```", ""),
        ("```\n```", "```", "```"),
        ("    a\n    b", "", ""),
        ("```\r\na\r\n```\r\n", "```", "```"),
    ];
    for (source, lead, tail) in cases {
        assert_eq!(leads_and_tails(source)[0], (lead.to_owned(), tail.to_owned()), "{source:?}");
    }
}

#[test]
fn list_items_know_what_introduces_them() {
    let leads: Vec<_> =
        leads_and_tails("# A\n\nYou need:\n\n- oil\n  - much\n- time\n\n  a lot\n\nEnd\n\n---\n\n- x\n")
            .into_iter()
            .map(|(lead, _)| lead)
            .collect();
    assert_eq!(leads, ["", "", "You need:", "- oil", "You need:", "You need:", "", "End\n\n---"]);
    assert_eq!(leads_and_tails("# A\n- b")[1].0, "");
    assert_eq!(leads_and_tails("- - a\n- b")[1].0, "");
}

#[test]
fn terms_alerts_tasks_and_captions_are_what_they_are() {
    assert_blocks(
        "Oil\n: It is *black*.\n: It is thick.\n\nGas\n: It is not.\n",
        &[
            (Paragraph, "", "Oil"),
            (ListItem, "", ": It is *black*."),
            (ListItem, "", ": It is thick."),
            (Paragraph, "", "Gas"),
            (ListItem, "", ": It is not."),
        ],
    );
    assert_eq!(leads_and_tails("Oil\n: It is black.\n")[1].0, "Oil");
    assert_blocks(
        "> [!NOTE]\n> Oil it.\n>\n> Soon.\n\na",
        &[(Quotation, "", "> [!NOTE]\n> Oil it.\n>"), (Quotation, "", "> Soon."), (Paragraph, "", "a")],
    );
    assert_blocks("- [x] done\n- [ ] open", &[(ListItem, "", "- [x] done"), (ListItem, "", "- [ ] open")]);
    assert_blocks(
        "| a |\n|---|\n| b |\n\nTable 2: Of letters\n\n[![x](y)](z)\n\n*Figure 3.* A cat\n\nTable for two",
        &[
            (Table, "", "| a |\n|---|\n| b |"),
            (Caption, "", "Table 2: Of letters"),
            (Caption, "", "[![x](y)](z)"),
            (Caption, "", "*Figure 3.* A cat"),
            (Paragraph, "", "Table for two"),
        ],
    );
}

#[test]
fn the_plain_form_is_what_a_reader_sees() {
    let cases = [
        ("# A *b* `c*` [d](e \"f\") ![g *h*](i) &copy;\\*\n", "A b c* d g h \u{a9}*"),
        ("a\nb  \nc\\\nd", "a\nb\nc\nd"),
        ("- a\n- b\n\n  c\n1. d\n", "a\nb\n\nc\n\nd"),
        ("| a | b |\n|---|---|\n| c | |\n", "a\tb\nc"),
        ("<div title=\"a > b\">c &amp; d<br>e</div>\n\nf<b>g</b>", "c & de\n\nfg"),
        ("<!-- a\n\nb -->\n\n<script>\nc\n</script>\n\n<style>d</style>\n\ne", "e"),
        ("---\ntitle: a\n---\nb", "b"),
        ("```a\nb\n  c\n```", "b\n  c"),
        ("a[^1]\n\n[^1]: b", "a\n\nb"),
        ("The $x_1$ costs $5", "The $x_1$ costs $5"),
        ("a &b; c", "a &b; c"),
        ("", ""),
    ];
    for (source, expected) in cases {
        assert_eq!(plain_text(source), expected, "{source:?}");
    }
}

/// The text of what CommonMark's reference renders: tags dropped but for the text of images, entities as what they mean.
fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag =
            rest[1..].starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'));
        let (end, length) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<", ">")]
            .into_iter()
            .find(|(begin, _)| rest.starts_with(begin))
            .map(|(_, end)| (rest.find(end), end.len()))
            .unwrap();
        let end = end.map_or(rest.len(), |end| end + length);
        if is_tag {
            if let Some(alt) = rest[..end].split_once("alt=\"").filter(|_| rest.starts_with("<img")) {
                text.push_str(alt.1.split('"').next().unwrap());
            }
            rest = &rest[end..];
        } else {
            text.push('<');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
        text = text.replace(entity, character);
    }
    text
}

#[test]
fn the_plain_form_is_that_of_commonmark() {
    #[derive(serde::Deserialize)]
    struct Example {
        example: u32,
        markdown: String,
        html: String,
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path =
        ["../shared/eval", "../../shared/eval"].map(|eval| root.join(eval).join("commonmark/spec.json"));
    let Some(json) = path.iter().find_map(|path| std::fs::read_to_string(path).ok()) else {
        eprintln!("the examples of CommonMark are not here");
        return;
    };
    let examples: Vec<Example> = serde_json::from_str(&json).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let differs =
        |example: &&Example| words(&plain_text(&example.markdown)) != words(&text_of_html(&example.html));
    let different: Vec<_> = examples.iter().filter(differs).collect();
    for example in &different {
        let plain = plain_text(&example.markdown);
        eprintln!(
            "{}: {:?}\n  {plain:?}\n  {:?}",
            example.example,
            example.markdown,
            text_of_html(&example.html)
        );
    }
    let equal = examples.len() - different.len();
    eprintln!("{equal} of {} examples are equal", examples.len());
    assert!(equal * 100 >= examples.len() * 97);
}
