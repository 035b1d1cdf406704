//! Any text: as a file of questions in every form, and their passages looked for in it.

use ibid::error::ErrorKind;
use ibid::evaluate::Questions;

/// Reads `data` as questions.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for read in [Questions::from_json(&text), Questions::from_csv(&text), Questions::from_beir(&text, &text)]
    {
        let Questions(questions) = match read {
            Ok(questions) => questions,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                continue;
            }
        };
        for question in &questions {
            assert!(!question.text.trim().is_empty() && !question.id.is_empty());
            assert!(!question.answerable || !question.documents.is_empty());
            for passage in &question.passages {
                assert!(question.documents.contains_key(&passage.document));
                if let Ok(span) = passage.find(&text) {
                    assert!(span.slice(&text).is_some_and(|found| !found.is_empty()));
                }
            }
        }
    }
}
