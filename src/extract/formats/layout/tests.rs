use super::*;
use crate::extract::BlockKind;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    // The tests also run in a crate inside of the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = "tests/fixtures/documents/pdf";
    [root.join(place), root.join("..").join(place)].into_iter().find(|path| path.is_dir()).unwrap()
}

fn recorded(path: &Path) -> PositionedDocument {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The text without notes, then the notes, both without white space and what only marks tables and lists.
fn comparable(text: &str) -> Vec<char> {
    let lines = text.lines().filter(|line| !line.starts_with("| ---")).map(|line| {
        let line = line.trim_start();
        line.strip_prefix("- ").unwrap_or(line)
    });
    lines.flat_map(str::chars).filter(|mark| !mark.is_whitespace() && *mark != '|').collect()
}

fn told_apart(extracted: &Extracted) -> String {
    let (mut body, mut notes) = (String::new(), String::new());
    for block in &extracted.blocks {
        let into = if block.kind == BlockKind::Note { &mut notes } else { &mut body };
        into.push_str(block.span.slice(&extracted.text).unwrap());
        into.push('\n');
    }
    body + &notes
}

/// The length of the longest text that both hold in this order, a column of 64 characters at a time (Hyyrö 2004).
fn common(a: &[char], b: &[char]) -> usize {
    use std::collections::HashMap;
    let words = a.len().div_ceil(64);
    let mut places: HashMap<char, Vec<u64>> = HashMap::new();
    for (at, character) in a.iter().enumerate() {
        places.entry(*character).or_insert_with(|| vec![0; words])[at / 64] |= 1 << (at % 64);
    }
    let mut row = vec![u64::MAX; words];
    for character in b {
        let Some(matches) = places.get(character) else { continue };
        let mut carry = false;
        for (state, matched) in row.iter_mut().zip(matches) {
            let hit = *state & matched;
            let (sum, first) = state.overflowing_add(hit);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *state = sum | (*state & !matched);
        }
    }
    let zeros: u32 = row.iter().map(|state| state.count_zeros()).sum();
    zeros as usize
}

fn f1(found: &str, expected: &str) -> f64 {
    let (found, expected) = (comparable(found), comparable(expected));
    2.0 * common(&expected, &found) as f64 / (found.len() + expected.len()) as f64
}

#[test]
fn show() {
    let Ok(path) = std::env::var("SHOW") else { return };
    let extracted = extract(recorded(Path::new(&path))).unwrap();
    extracted.validate().unwrap();
    for block in &extracted.blocks {
        println!("{:?} {}", block.kind, block.span.slice(&extracted.text).unwrap());
    }
}

#[test]
fn show_folder() {
    let Ok(path) = std::env::var("SHOW_FOLDER") else { return };
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document = recorded(&path);
        let pages = document.pages.len();
        let started = std::time::Instant::now();
        let extracted = extract(document).unwrap();
        let time = started.elapsed().as_millis();
        extracted.validate().unwrap();
        let mut shown = String::new();
        for block in &extracted.blocks {
            shown += &format!(
                "{:?} {:?} {}\n",
                extracted.page_at(block.span.start),
                block.kind,
                block.span.slice(&extracted.text).unwrap()
            );
        }
        std::fs::write(path.with_extension("out"), &shown).unwrap();
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<Vec<_>>();
        let score = std::fs::read_to_string(path.with_extension("txt")).map(|expected| {
            let (found, expected) = (letters(&extracted.text), letters(&expected));
            let same = common(&expected, &found) as f64;
            (same / found.len() as f64, same / expected.len() as f64)
        });
        println!("{:<28} {pages} pages {time} ms {score:.4?}", path.file_stem().unwrap().to_string_lossy());
    }
}

#[test]
fn recorded_files_give_the_text_that_they_were_made_from() {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    names.sort();
    let mut failed = Vec::new();
    println!("{:<28} {:>5} {:>9} {:>7}", "file", "pages", "chars", "F1");
    for path in &names {
        let document = recorded(path);
        let pages = document.pages.len();
        let extracted = extract(document).unwrap();
        extracted.validate().unwrap();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let score = f1(&told_apart(&extracted), &expected);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        println!("{name:<28} {pages:>5} {:>9} {score:>7.4}", extracted.text.chars().count());
        if score < 0.95 {
            failed.push(name);
        }
    }
    assert!(names.len() >= 14 && failed.is_empty(), "{failed:?}");
}

fn item(text: &str, left: f32, baseline: f32, width: f32) -> Item {
    Item { text: text.to_owned(), left, baseline, width, size: 10.0, ..Item::default() }
}

fn page(number: u32, items: Vec<Item>) -> PositionedPage {
    PositionedPage { number, width: 600.0, height: 800.0, items, ..PositionedPage::default() }
}

fn of_pages(pages: Vec<PositionedPage>) -> PositionedDocument {
    PositionedDocument { pages, ..PositionedDocument::default() }
}

/// Lines of one column, each as wide as the column.
fn column(lines: &[&str], left: f32, top: f32) -> Vec<Item> {
    let line = |(at, text): (usize, &&str)| item(text, left, top + 12.0 * at as f32, 220.0);
    lines.iter().enumerate().map(line).collect()
}

fn blocks(extracted: &Extracted) -> Vec<(BlockKind, &str)> {
    let text = |block: &crate::extract::Block| block.span.slice(&extracted.text).unwrap();
    extracted.blocks.iter().map(|block| (block.kind, text(block))).collect()
}

#[test]
fn a_line_has_one_origin_with_its_rectangle() {
    let extracted =
        extract(of_pages(vec![page(1, column(&["The infor-", "mation is here"], 50.0, 100.0))])).unwrap();
    assert_eq!(extracted.text, "The information is here");
    let places: Vec<_> = extracted
        .origins
        .iter()
        .map(|origin| (origin.span.slice(&extracted.text).unwrap(), origin.place))
        .collect();
    let rectangle = |top| crate::extract::Rectangle { left: 50.0, top, width: 220.0, height: 10.0 };
    let place = |top| crate::extract::Place::Page { number: 1, rectangle: Some(rectangle(top)) };
    assert_eq!(places[0], ("The infor", place(92.0)));
    assert_eq!(places.last().unwrap().1, place(104.0));
}

#[test]
fn pages_without_text_are_named() {
    let error =
        extract(of_pages(vec![page(1, vec![]), page(2, vec![item(" ", 1.0, 1.0, 1.0)])])).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::DocumentNoText, "no page holds text: pages 1, 2")
    );
    let some = of_pages(vec![page(1, vec![]), page(2, column(&["Some text"], 50.0, 100.0)), page(3, vec![])]);
    let extracted = extract(PositionedDocument { unread: vec![4], ..some }).unwrap();
    let metadata = serde_json::to_string(&extracted.properties.metadata).unwrap();
    assert!(
        metadata.contains(r#""pagesWithoutText":{"Array":[{"Number":1.0},{"Number":3.0}]}"#),
        "{metadata}"
    );
    assert!(metadata.contains(r#""pagesNotRead":{"Array":[{"Number":4.0}]}"#), "{metadata}");
    assert_eq!(extracted.pages.len(), 3);
}

#[test]
fn running_heads_that_change_sides_and_sections_are_left_out() {
    let numbers = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"];
    let pages = (0..8u32).map(|at| {
        let mut items = column(
            &[
                "Words of the text that fill",
                &format!("the line number {at}, all of it,"),
                "and more of the same kind here",
            ],
            50.0,
            100.0,
        );
        let (title, number) = if at % 2 == 0 { (300.0, 50.0) } else { (50.0, 500.0) };
        items.push(item(if at < 4 { "The Seal" } else { "The Bearing" }, title, 40.0, 60.0));
        items.push(item(numbers[at as usize], number, 40.0, 10.0));
        items.push(item(&format!("Page {} of 8", at + 1), 250.0, 770.0, 60.0));
        page(at + 1, items)
    });
    let extracted = extract(of_pages(pages.collect())).unwrap();
    for taken in ["Seal", "Bearing", "Page", "viii"] {
        assert!(!extracted.text.contains(taken), "{taken}: {}", extracted.text);
    }
    assert!(extracted.text.contains("the line number 7, all of it,"), "{}", extracted.text);
}

#[test]
fn a_paragraph_goes_on_over_notes_in_the_next_column_and_on_the_next_page() {
    let mut first = column(
        &["The first column of text goes", "on to its foot, where it is", "cut and continues in the"],
        50.0,
        100.0,
    );
    first.push(Item { size: 7.0, ..item("* A note.", 50.0, 200.0, 40.0) });
    first.extend(column(
        &["second column, which is cut in", "its turn and in the middle of", "a sentence that has no"],
        300.0,
        100.0,
    ));
    let second = column(&["end before the next page.", "Another sentence is here now."], 50.0, 100.0);
    let extracted = extract(of_pages(vec![page(1, first), page(2, second)])).unwrap();
    let found = blocks(&extracted);
    assert_eq!(found[0], (BlockKind::Note, "* A note."), "{found:?}");
    assert!(
        found[1].1.contains("continues in the second column, which")
            && found[1].1.contains("has no end before"),
        "{found:?}"
    );
    assert_eq!(extracted.page_at(found[0].1.len() as u32 + 4), Some(1));
    assert_eq!(extracted.page_at(extracted.text.len() as u32 - 3), Some(2));
}

#[test]
fn what_is_drawn_twice_or_across_the_page_is_not_read_so() {
    let mut items = column(&["A bold word", "and a plain one"], 50.0, 100.0);
    items.push(item("A bold word", 50.4, 100.2, 220.0));
    items.push(Item { angle: -45, size: 90.0, ..item("DRAFT", 100.0, 600.0, 400.0) });
    items.push(Item { angle: -90, ..item("stamp at the edge", 20.0, 500.0, 90.0) });
    let extracted = extract(of_pages(vec![page(1, items)])).unwrap();
    assert_eq!(extracted.text, "A bold word and a plain one");
}

#[test]
fn a_span_of_a_line_has_its_share_of_one_rectangle() {
    let items = vec![item("abcd efgh", 100.0, 100.0, 90.0)];
    let extracted = extract(of_pages(vec![page(1, items)])).unwrap();
    let rectangles = |start: usize, end: usize| -> Vec<(f32, f32)> {
        let places = extracted.locate(crate::document::Span::new(start, end)).into_iter();
        let rectangle = |place| match place {
            crate::extract::Place::Page { rectangle: Some(it), .. } => (it.left, it.width),
            other => panic!("{other:?}"),
        };
        places.map(|located| rectangle(located.place)).collect()
    };
    assert_eq!(rectangles(0, 9), [(100.0, 90.0)]);
    assert_eq!(rectangles(5, 9), [(150.0, 40.0)]);
}

#[test]
fn a_page_drawn_sideways_is_read_and_its_rectangles_are_where_it_is_shown() {
    let turned = |text: &str, left: f32| Item { angle: 90, ..item(text, left, 100.0, 220.0) };
    let items =
        vec![turned("The first line of the page", 500.0), turned("and the second line of it.", 488.0)];
    let extracted = extract(of_pages(vec![page(1, items)])).unwrap();
    assert_eq!(extracted.text, "The first line of the page and the second line of it.");
    let crate::extract::Place::Page { rectangle: Some(rectangle), .. } = extracted.origins[0].place else {
        panic!()
    };
    assert_eq!(
        (rectangle.left, rectangle.top, rectangle.width, rectangle.height),
        (498.0, 100.0, 10.0, 220.0)
    );
}

#[test]
fn many_items_at_one_place_and_many_pages_take_no_longer_than_others() {
    let many = (0..300_000u32).map(|at| item(&format!("w{at}"), 50.0, 100.0, 20.0)).collect();
    extract(of_pages(vec![page(1, many)])).unwrap().validate().unwrap();
    let crowd = (0..200_000u32)
        .map(|at| Item {
            size: (at % 9) as f32 + 2.0,
            ..item("ab", (at % 593) as f32, (at % 787) as f32, 3.0 + (at % 7) as f32)
        })
        .collect();
    extract(of_pages(vec![page(1, crowd)])).unwrap().validate().unwrap();
    let pages = (1..=5000).map(|number| {
        page(number, column(&["Some words of a text", "that goes on and on", "for many pages"], 50.0, 100.0))
    });
    let extracted = extract(of_pages(pages.collect())).unwrap();
    assert_eq!(extracted.pages.len(), 5000);
}

mod any {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = f32> {
        prop_oneof![8 => 0f32..800.0, 1 => any::<f32>(), 1 => -50f32..0.0, 1 => Just(f32::NAN)]
    }

    fn any_item() -> impl Strategy<Value = Item> {
        let text = prop_oneof![
            "[a-zA-Z0-9.\\- ]{0,12}",
            "\\PC{0,6}",
            Just("\u{2022}".to_owned()),
            Just("1.".to_owned()),
            Just("\u{648}\u{628}-".to_owned()),
            Just("\u{4E2D}\u{6587}".to_owned()),
            Just("\u{AD}".to_owned())
        ];
        let place = (
            prop_oneof![Just(50f32), Just(300f32), number()],
            prop_oneof![(0u8..60).prop_map(|row| f32::from(row) * 12.0), number()],
        );
        let size = prop_oneof![6 => Just(10f32), 2 => Just(7f32), 1 => Just(18f32), 1 => number()];
        (
            text,
            place,
            number(),
            size,
            0u32..4,
            0u32..8,
            prop_oneof![9 => Just(0), 2 => Just(90), 1 => any::<i32>()],
            0u32..9,
        )
            .prop_map(|(text, (left, baseline), width, size, font, flags, angle, node)| Item {
                text,
                left,
                baseline,
                width,
                size,
                font,
                flags,
                angle,
                node,
            })
    }

    fn any_page() -> impl Strategy<Value = PositionedPage> {
        let role = prop_oneof![
            Just("P"),
            Just("H1"),
            Just("Table"),
            Just("TR"),
            Just("TD"),
            Just("TH"),
            Just("LI"),
            Just("Note"),
            Just("Code"),
            Just("BlockQuote")
        ];
        let nodes = prop::collection::vec(
            (role, 0u32..9).prop_map(|(role, parent)| Node(role.to_owned(), parent)),
            0..8,
        );
        (1u32..6, number(), prop::collection::vec(any_item(), 0..60), nodes).prop_map(
            |(number, width, items, nodes)| PositionedPage {
                number,
                label: "x".into(),
                width,
                height: 800.0,
                items,
                nodes,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn any_items_give_a_document_or_an_error(pages in prop::collection::vec(any_page(), 0..5)) {
            let fonts = vec![Font::default(), Font("Courier".into(), false, false, f32::NAN, 9.0), Font("B".into(), true, false, 0.9, -0.2)];
            let outline = vec![("a".to_owned(), 1)];
            let document = PositionedDocument { pages, fonts, outline, created: "D:2024\u{4E2D}".into(), ..PositionedDocument::default() };
            match extract(document) {
                Ok(extracted) => {
                    prop_assert!(extracted.validate().is_ok(), "{:?}", extracted.validate());
                    for origin in &extracted.origins {
                        let crate::extract::Place::Page { rectangle: Some(rectangle), .. } = origin.place else { panic!() };
                        prop_assert!(rectangle.width >= 0.0 && rectangle.height >= 0.0 && rectangle.left.is_finite() && rectangle.top.is_finite());
                    }
                }
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::DocumentNoText),
            }
        }
    }
}
