use super::*;
use crate::extract::BlockKind;
use proptest::prelude::*;

fn lines(source: &str) -> Vec<String> {
    let extracted = extracted(source, None).unwrap();
    extracted.validate().unwrap();
    extracted.blocks.iter().map(|block| block.span.slice(&extracted.text).unwrap().to_owned()).collect()
}

#[test]
fn each_row_names_its_columns_whatever_separates_them() {
    for delimiter in [",", ";", "\t", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let rows = ["City,Population,Since", "Paris,2 M,", "\"Rome\",3 M,753 BC", ",,", ""];
            let source = rows.join(end).replace(',', delimiter);
            let expected = ["City: Paris; Population: 2 M", "City: Rome; Population: 3 M; Since: 753 BC"];
            assert_eq!(lines(&source), expected, "{source:?}");
        }
    }
}

#[test]
fn excel_says_what_separates_cells() {
    assert_eq!(lines("\u{feff}sep=;\r\nA;B\r\n1,5;2,5\r\n"), ["A: 1,5; B: 2,5"]);
    assert_eq!(lines("A;B\n1,5;2,5\n2,5;3,5\n"), ["A: 1,5; B: 2,5", "A: 2,5; B: 3,5"]);
}

#[test]
fn cells_in_quotation_marks_hold_what_they_want() {
    let source =
        "Name,Note\nAnn,\"said \"\"no, never\"\"\nand left\"\nBob,5\" of rain\n\"Cy\" ,\"un\"closed\n";
    let expected = [
        "Name: Ann; Note: said \"no, never\" and left",
        "Name: Bob; Note: 5\" of rain",
        "Name: Cy; Note: \"un\"closed",
    ];
    assert_eq!(lines(source), expected);
    assert_eq!(lines("A,B\n1,\"2\n3,4\n"), ["A: 1; B: \"2", "A: 3; B: 4"]);
}

#[test]
fn rows_need_not_be_of_one_length() {
    assert_eq!(lines("A,B\n1\n1,2,3\n"), ["A: 1", "A: 1; B: 2; 3"]);
    assert_eq!(lines("A,B\n1\n"), ["A; B", "A: 1"]);
    assert_eq!(
        lines("Stock of May\n\nPart,Name\n1,Valve\n2,Pipe\n"),
        ["Stock of May", "Part: 1; Name: Valve", "Part: 2; Name: Pipe"]
    );
}

#[test]
fn the_first_row_names_columns_only_if_it_can() {
    let cases = [
        ("Paris,2\nRome,3\n", "Paris; 2"),
        ("Paris,France\nRome,Italy\nNice,France\nLyon,France\n", "Paris; France"),
        ("Country,2019,2020\nFrance,1,2\n", "Country: France; 2019: 1; 2020: 2"),
        (",A,B\n0,1,2\n1,3,4\n", "0; A: 1; B: 2"),
        ("id,e-mail\n7,a@b.example\n", "id: 7; e-mail: a@b.example"),
        ("A,B,C\n", "A; B; C"),
        ("A,B,C\n1,,2\n", "A; B; C"),
        ("just one line", "just one line"),
        ("Name\nAnn\nBob\n", "Name: Ann"),
    ];
    for (source, expected) in cases {
        assert_eq!(lines(source)[0], expected, "{source:?}");
    }
}

#[test]
fn each_cell_knows_its_bytes() {
    let source = "\u{feff}Näme,Note\nÄnn,\"a \"\"b\"\"\n c\"\n";
    let extracted = extracted(source, None).unwrap();
    assert_eq!(extracted.text, "Näme: Änn; Note: a \"b\" c");
    for (part, expected) in [("Änn", "Änn"), ("a \"b\"", "a \"\"b\"\""), ("c", "c")] {
        let at = extracted.text.rfind(part).unwrap();
        let located = extracted.locate(Span::new(at, at + part.len()));
        let Place::Bytes(bytes) = located[0].place else { panic!("{located:?}") };
        assert_eq!((located.len(), bytes.slice(source)), (1, Some(expected)));
    }
}

#[test]
fn a_row_of_prose_is_a_paragraph() {
    let source = format!("Title,Text\nA,\"{}\"\nB,c\n", "One sentence. ".repeat(100));
    let kinds: Vec<_> = extracted(&source, None).unwrap().blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [BlockKind::Paragraph, BlockKind::Table]);
}

#[test]
fn names_that_would_fill_the_text_stand_before_it() {
    let name = "n".repeat(80);
    let header: Vec<String> = (0..100).map(|column| format!("{name}{column}")).collect();
    let row = vec!["1"; 100].join(",") + "\n";
    let source = format!("{}\n{}", header.join(","), row.repeat(20_000));
    let extracted = extracted(&source, None).unwrap();
    assert!(extracted.text.len() < 2 * source.len());
    let last = extracted.blocks.last().unwrap();
    assert!(last.lead.slice(&extracted.text).unwrap().starts_with("nnnn"));
}

#[test]
fn hostile_tables_take_linear_time() {
    let n = 200_000;
    let cases = [
        ("rows", "Name,Value\n".to_owned() + &"abc,123\n".repeat(n)),
        ("commas", ",".repeat(n)),
        ("marks", "\"".repeat(n)),
        ("open marks", "a,\"b\n".repeat(n)),
        ("marks with text", "\"a\"b,".repeat(n)),
        ("quoted cells", "\"a\",".repeat(n)),
        ("one line", "a b ".repeat(n)),
    ];
    for (_, source) in cases {
        extracted(&source, None).unwrap();
    }
}

proptest! {
    #[test]
    fn any_text_is_a_table_of_which_nothing_is_lost(source in r#"([a-c1-3]|,|;|"|\n|\r|\t| |é){0,40}"#) {
        let extracted = extracted(&format!("H1;H2;H3\n{source}"), Some(b';')).unwrap();
        prop_assert!(extracted.validate().is_ok());
        let count = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
        prop_assert!(count(&extracted.text) >= count(&source));
    }
}
