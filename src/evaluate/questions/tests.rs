use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::document::Span;
use crate::error::ErrorKind;

fn question(id: &str, text: &str, documents: &[(&str, u32)], passages: Vec<Passage>) -> Question {
    let documents = documents.iter().map(|(id, grade)| ((*id).to_owned(), *grade)).collect();
    Question { id: id.to_owned(), text: text.to_owned(), documents, passages, answerable: true }
}

fn quote(document: &str, text: &str) -> Passage {
    Passage {
        document: document.to_owned(),
        wanted: Wanted::Quote { text: text.to_owned(), occurrence: None },
    }
}

#[track_caller]
fn assert_refused(read: Result<Questions>, message: &str) {
    let error = read.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().starts_with(message), "{error} is not {message}");
}

#[test]
fn json_lines_say_what_answers_in_every_usual_form() {
    let text = concat!(
        "\u{feff}{\"question\": \"Roof?\", \"documents\": [\"lease\", 7]}\r\n",
        "\r\n",
        "{\"_id\": \"b\", \"query\": \"Rent?\", \"documents\": {\"lease\": 2, \"sale\": 0, \"worse\": -1}, \"more\": [1]}\n",
        "{\"id\": 9, \"text\": \"Dog?\", \"document\": \"lease\", \"quote\": \"One cat\", \"answers\": [{\"text\": \"dogs\", \"occurrence\": 2}]}\n",
        "{\"question\": \"Cat?\", \"spans\": [{\"document\": \"lease\", \"start\": 3, \"end\": 8}]}\n",
        "{\"question\": \"Moon?\", \"answerable\": false, \"documents\": null}",
    );
    let placed = |wanted| Passage { document: "lease".to_owned(), wanted };
    let second = Wanted::Quote { text: "dogs".to_owned(), occurrence: Some(2) };
    let moon = Question { answerable: false, ..question("5", "Moon?", &[], vec![]) };
    let expected = vec![
        question("1", "Roof?", &[("lease", 1), ("7", 1)], vec![]),
        question("b", "Rent?", &[("lease", 2), ("sale", 0), ("worse", 0)], vec![]),
        question("9", "Dog?", &[("lease", 1)], vec![placed(second), quote("lease", "One cat")]),
        question("4", "Cat?", &[("lease", 1)], vec![placed(Wanted::Utf16(Span::new(3, 8)))]),
        moon,
    ];
    assert_eq!(Questions::from_json(text).unwrap().0, expected);
    let array =
        text.trim_start_matches('\u{feff}').lines().filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let array = format!(" [{}]", array.join(",\n"));
    assert_eq!(Questions::from_file("Questions.JSON", &array).unwrap().0, expected);
}

#[test]
fn the_questions_of_the_fixtures_are_read() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/questions.json"));
    let questions = Questions::from_file("questions.json", text).unwrap();
    assert!(questions.0.len() > 10);
    assert!(questions.0.iter().all(|question| question.passages.len() == 1 && question.is_judged()));
}

#[test]
fn json_that_says_too_little_or_too_much_is_refused_by_line_and_field() {
    for (line, message) in [
        ("{\"question\": \"Why?\"}", "line 2: documents: nothing answers the question"),
        ("{\"question\": \"Why?\", \"documents\": []}", "line 2: documents: nothing answers"),
        ("{\"question\": \" \", \"document\": \"a\"}", "line 2: question: it is empty"),
        ("{\"document\": \"a\"}", "line 2: question: it is missing"),
        ("{\"question\": 3, \"document\": \"a\"}", "line 2: question: expected a string"),
        (
            "{\"question\": \"W\", \"query\": \"V\", \"document\": \"a\"}",
            "line 2: query: there is question, too",
        ),
        ("{\"question\": \"W\", \"document\": \"\"}", "line 2: document: an id is empty"),
        ("{\"question\": \"W\", \"documents\": [1.5]}", "line 2: documents: expected an id, not 1.5"),
        (
            "{\"question\": \"W\", \"documents\": {\"a\": \"high\"}}",
            "line 2: documents: the grade of \"a\" is \"high\"",
        ),
        ("{\"question\": \"W\", \"documents\": true}", "line 2: documents: expected an id"),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"answerable\": false}",
            "line 2: answerable: it is false, but",
        ),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"answerable\": \"no\"}",
            "line 2: answerable: expected true or false",
        ),
        (
            "{\"question\": \"W\", \"documents\": [\"a\", \"b\"], \"quote\": \"x\"}",
            "line 2: quote: it is not said",
        ),
        (
            "{\"question\": \"W\", \"spans\": [{\"quote\": \"x\"}]}",
            "line 2: spans: it is not said of which document",
        ),
        ("{\"question\": \"W\", \"spans\": {}}", "line 2: spans: expected an array"),
        ("{\"question\": \"W\", \"spans\": [3]}", "line 2: spans: expected objects, not 3"),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"spans\": [{\"quote\": \"x\", \"sha\": 1}]}",
            "line 2: spans: there is no \"sha\"",
        ),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"spans\": [{\"start\": 3, \"end\": 3}]}",
            "line 2: spans: start is 3 and end 3",
        ),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"spans\": [{\"start\": -1, \"end\": 4294967296}]}",
            "line 2: spans: start is -1",
        ),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"spans\": [{\"start\": 3}]}",
            "line 2: spans: expected a quote",
        ),
        (
            "{\"question\": \"W\", \"document\": \"a\", \"spans\": [{\"quote\": \"x\", \"occurrence\": 0}]}",
            "line 2: spans: occurrence is 0",
        ),
        ("{\"question\": \"W\", \"document\": \"a\", \"id\": \"1\"}", "line 2: id: \"1\" is there twice"),
        ("[\"Why?\"]", "line 2: JSON: expected an object"),
        ("{\"question\": \"\\ud800\"}", "line 2: JSON: "),
        ("{\"question\"", "line 2: JSON: "),
    ] {
        let text = format!("{{\"question\": \"What?\", \"document\": \"a\"}}\n{line}\n");
        assert_refused(Questions::from_json(&text), message);
    }
    assert_refused(Questions::from_json("[{\"question\": \"What?\"}]"), "item 1: documents: ");
    assert_refused(Questions::from_json("[\n{]"), "line 2: JSON: ");
    for nothing in ["", "\u{feff}\n \n", "[]"] {
        assert_refused(Questions::from_json(nothing), "there is no question");
    }
    assert_refused(Questions::from_json(&"[".repeat(100_000)), "line 1: JSON: ");
}

#[test]
fn rows_of_one_question_are_joined() {
    let text = "\u{feff}Question,document,Quote,grade,note\r\n\
                \"Who repairs the \"\"roof\"\"?\",lease,\"the landlord,\nat once\",2,x\r\n\
                Rent?,lease,,,\r\n\
                \"Who repairs the \"\"roof\"\"?\",lease,again,1,\r\n\
                \"Who repairs the \"\"roof\"\"?\",sale,not here,0,\r\n";
    let passages = vec![quote("lease", "the landlord,\nat once"), quote("lease", "again")];
    let expected = vec![
        question("1", "Who repairs the \"roof\"?", &[("lease", 2), ("sale", 0)], passages),
        question("2", "Rent?", &[("lease", 1)], vec![]),
    ];
    assert_eq!(Questions::from_csv(text).unwrap().0, expected);
    assert_eq!(Questions::from_file("a.CSV", text).unwrap().0, expected);
    let by_id = "query-id;query;corpus-id;answerable\nq;Rent?;lease;\nq;;sale;TRUE\nn;Moon?;;no\n";
    let moon = Question { answerable: false, ..question("n", "Moon?", &[], vec![]) };
    let rent = question("q", "Rent?", &[("lease", 1), ("sale", 1)], vec![]);
    assert_eq!(Questions::from_csv(by_id).unwrap().0, [rent, moon]);
}

#[test]
fn tables_that_are_not_what_they_should_be_are_refused_by_line_and_column() {
    for (text, message) in [
        ("", "there is no question"),
        ("question,document\n", "there is no question"),
        ("frage,document\nWhy?,a", "line 1: question: the first row names no such column"),
        ("question,query,document\nWhy?,,a", "line 1: query: there is another column that means the same"),
        ("question,document\nWhy?,a,b", "line 2: row: 3 fields, where the header has 2"),
        ("question,document\nWhy, though?,a", "line 2: row: 3 fields"),
        ("question,document\nWhy?,a\n\"Who?", "line 3: row: a quotation mark is never closed"),
        ("question,document,grade\nWhy?,a,high", "line 2: grade: \"high\" is no whole number"),
        ("question,document,grade\nWhy?,a,1.5", "line 2: grade: \"1.5\" is no whole number"),
        ("question,document,quote\nWhy?,,x", "line 2: quote: it is not said of which document"),
        ("question,document\n,a", "line 2: question: it is empty"),
        ("question,document\nWhy?,", "line 2: documents: nothing answers the question"),
        ("id,question,document\nq,Why?,a\nq,Who?,a", "line 3: question: \"q\" has asked \"Why?\" before"),
        ("id,question,document\n2,Why?,a\n,Who?,a", "line 3: id: \"2\" is there twice"),
        ("question,document,answerable\nWhy?,a,maybe", "line 2: answerable: expected true or false"),
        (
            "question,document,answerable\nWhy?,a,\nWhy?,,no",
            "line 3: answerable: another row of the question",
        ),
        ("question,document,answerable\nWhy?,a,no", "line 2: answerable: it is false, but"),
    ] {
        assert_refused(Questions::from_csv(text), message);
    }
}

#[test]
fn beir_queries_without_a_relevant_document_are_left_out() {
    let queries = "{\"_id\": \"1\", \"text\": \"Roof?\", \"metadata\": {}}\n{\"_id\": \"2\", \"text\": \"Rent?\"}\n{\"_id\": \"3\", \"text\": \"Dog?\"}\n";
    let qrels = "query-id\tcorpus-id\tscore\n1\tlease\t2\n1\tsale\t0\n3\tsale\t0\n4\tsale\t1\n";
    let expected = [question("1", "Roof?", &[("lease", 2), ("sale", 0)], vec![])];
    assert_eq!(Questions::from_beir(queries, qrels).unwrap().0, expected);
    assert_refused(Questions::from_beir(queries, "9\tlease\t1\n"), "there is no question");
    assert_refused(
        Questions::from_beir(queries, "1\tlease\n"),
        "qrels: line 1: judgement: expected query id",
    );
    assert_refused(Questions::from_beir("\n{\"text\": \"a\"}", qrels), "queries: line 2: _id: it is missing");
    let twice = format!("{queries}{queries}");
    assert_refused(Questions::from_beir(&twice, qrels), "line 4: id: \"1\" is there twice");
}

#[track_caller]
fn assert_qrels_refused(text: &str, line: usize) {
    let error = parse_qrels(text).unwrap_err();
    assert!(error.message().starts_with(&format!("line {line}: judgement: expected query id")), "{error}");
}

#[test]
fn judgements_are_read_with_and_without_a_header() {
    let lines = "1\tlease\t2\n1\tsale\t-1\n\n2\tlease\t0\n";
    let qrels = parse_qrels(lines).unwrap();
    let expected = [
        ("1".to_owned(), HashMap::from([("lease".to_owned(), 2), ("sale".to_owned(), 0)])),
        ("2".to_owned(), HashMap::from([("lease".to_owned(), 0)])),
    ];
    assert_eq!(qrels, Qrels::from(expected));
    for header in ["query-id\tcorpus-id\tscore", "Query_ID\tdoc id\tRelevance", "qid\tdocno\trel"] {
        assert_eq!(parse_qrels(&format!("{header}\n{lines}")).unwrap(), qrels, "{header}");
        assert_eq!(parse_qrels(&format!("\u{feff}\n{header}\r\n{lines}")).unwrap(), qrels, "{header}");
    }
}

#[test]
fn a_malformed_first_line_that_is_no_header_is_an_error() {
    for first in
        ["1 lease 2", "1\tlease", "1\tlease\thigh", "1\t0\tlease\t2", "query-id\tcorpus-id", "1\tlease\t1.5"]
    {
        assert_qrels_refused(&format!("{first}\n1\tsale\t1\n"), 1);
    }
    assert_qrels_refused("corpus-id\tquery-id\tscore\n", 1);
}

#[test]
fn a_header_is_the_first_line_only() {
    assert_qrels_refused("query-id\tcorpus-id\tscore\nquery-id\tcorpus-id\tscore\n", 2);
    assert_qrels_refused("1\tlease\t1\n\nquery-id\tcorpus-id\tscore\n", 3);
}

proptest! {
    #[test]
    fn any_text_is_questions_or_refused(text in "[\\[\\]{}:,\"a1 \n\t]{0,60}|\\PC{0,60}") {
        for read in [Questions::from_json(&text), Questions::from_csv(&text), Questions::from_beir(&text, &text)] {
            match read {
                Ok(Questions(questions)) => prop_assert!(questions.iter().all(|it| !it.text.is_empty())),
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::InvalidArgument),
            }
        }
    }

    #[test]
    fn any_value_of_any_field_is_read_or_refused(
        field in prop::sample::select(vec!["id", "question", "documents", "document", "spans", "answers", "quote", "answerable"]),
        value in prop::sample::select(vec![
            "null", "0", "-1", "1e99", "\"\"", "\"x\"", "[]", "[[]]", "[{}]", "{}", "{\"\": 1}", "{\"a\": null}", "true", "[null]",
            "[{\"document\": [], \"quote\": \"x\"}]", "[{\"start\": 1e99, \"end\": 2}]", "[{\"document\": \"\", \"quote\": \"\"}]",
        ]),
    ) {
        let rest = ["question", "document"].iter().filter(|it| **it != field).map(|it| format!(", \"{it}\": \"z\""));
        let text = format!("{{\"{field}\": {value}{}}}", rest.collect::<String>());
        if let Err(error) = Questions::from_json(&text) {
            prop_assert!(error.message().starts_with("line 1: "), "{}", error);
        }
    }
}
