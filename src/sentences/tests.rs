use super::*;
use proptest::prelude::*;

fn cut(text: &str) -> Vec<&str> {
    sentences(text).into_iter().map(|sentence| sentence.span.slice(text).unwrap()).collect()
}

/// A text whose sentences are to be those between the bars.
fn assert_cut(marked: &str) {
    let expected: Vec<&str> = marked.split('|').map(str::trim).collect();
    let text = marked.replace('|', "");
    assert_eq!(cut(&text), expected, "sentences of {text:?}");
}

#[test]
fn sentences_end_where_they_should() {
    let cases = [
        "The roof leaks. |Who repairs it? |Not I! |The landlord.",
        "Tools, e.g. Hammers and nails, i.e. The usual ones. |Next.",
        "Dr. Meier and Mrs. Smith met J. R. Tolkien vs. Others. |They left.",
        "Das gilt z. B. Für Mieter, d. h. Bewohner, vgl. Abs. 3 und Nr. 5. |Der Rest nicht.",
        "See No. 5 and Fig. 7, Art. 12 and pp. 3. |No. |That is art. |It sells.",
        "It costs 3.5 million, or 1.234,50 EUR. |Version 2.0. |Done.",
        "Am 3. Mai 2024 zog er ein. |Am 4. Juni aus. |Er hat 3. |Der Rest",
        "\"Is it?\" he asked. |\"It is.\" |(So it was.) |Then",
        "He left at 5 p.m. |She stayed in the U.S. Army… And so on... |The end.",
        "The rule.[1] The exception is new. |And so I. |The",
        "彼は来た。|「本当？」|そうです！|はい",
        "यह एक वाक्य है। |यह दूसरा है।",
        "Really?Yes indeed. |1. First",
    ];
    for case in cases {
        assert_cut(case);
    }
    assert!(cut(" \n ").is_empty());
}

#[test]
fn structure_ends_a_sentence_and_a_wrapped_line_does_not() {
    assert_cut(
        "# Duties of the landlord\n\n|The landlord repairs the roof of the house and\nThe doors of it, \
         too, as far as they are old. |The\ntenant does not.\n\n|- First item\n|- Second item\n  which goes on\n|1. One. \
         |Two\n|2) Two\n|(iv) Three\n|> quoted\n\n|Short line\n|Another one\n|Ask\nnow",
    );
    let table = "Before\n| Rent | No. 5. The roof |\n| --- | --- |\n| Door. Wall | x |\nAfter";
    assert_eq!(
        cut(table),
        ["Before", "| Rent | No. 5. The roof |", "| --- | --- |", "| Door. Wall | x |", "After"]
    );
    let underlined = "Duties of all\n=====\nThe landlord pays.";
    let statements: Vec<bool> = sentences(underlined).iter().map(|sentence| sentence.is_statement).collect();
    assert_eq!(statements, [false, false, true]);
}

fn matches(text: &str, words: &[(&str, f32)]) -> Vec<SentenceWord> {
    let places = words.iter().enumerate().flat_map(|(word, (pattern, weight))| {
        let found = text.match_indices(pattern);
        found.map(move |(at, it)| SentenceWord { span: Span::new(at, at + it.len()), word, weight: *weight })
    });
    places.collect()
}

#[test]
fn a_sentence_has_its_share_of_the_words() {
    let text =
        "# Deposit of rent\nThe rent is due. The rent, the rent, the rent. The deposit is held by the agent.";
    let sentences = sentences(text);
    let shares = |words: &[(&str, f32)], total| shares(&sentences, &matches(text, words), total);
    assert_eq!(shares(&[("rent", 1.0)], 1.0), [1.0, 1.0, 1.0, 0.0]); // once or three times is the same
    assert_eq!(shares(&[("rent", 1.0), ("deposit", 2.0)], 4.0), [0.25, 0.25, 0.25, 0.5]);
    assert_eq!(shares(&[("rent", f32::NAN), ("deposit", -1.0)], 1.0), [0.0; 4]);
    assert_eq!(shares(&[("rent", 1.0)], 0.0), [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(super::shares(&[], &[], 1.0), Vec::<f32>::new());
}

proptest! {
    #[test]
    fn sentences_tile_any_text(
        text in "\\PC{0,60}|(([A-Za-zäß東。！]{1,9}|[0-9]{1,3}|e\\.g|No|Dr)[.!?:;,\"')。]{0,2}[ \n\t|#>-]{0,2}){0,30}",
    ) {
        let mut end = 0;
        for Sentence { span, .. } in sentences(&text) {
            let said = span.slice(&text).expect("on boundaries of characters");
            prop_assert!(!said.is_empty() && said.trim() == said);
            prop_assert!(text[end..span.start as usize].trim().is_empty());
            end = span.end as usize;
        }
        prop_assert!(text[end..].trim().is_empty());
    }

    #[test]
    fn shares_are_from_0_to_1(
        text in "[a-z.!? \n]{0,60}",
        matches in prop::collection::vec((0u32..99, 0usize..4, prop::num::f32::ANY), 0..9),
        total in prop::num::f32::ANY,
    ) {
        let sentences = sentences(&text);
        let matches: Vec<SentenceWord> = matches
            .into_iter()
            .map(|(start, word, weight)| SentenceWord { span: Span { start, end: start + 1 }, word, weight })
            .collect();
        let shares = shares(&sentences, &matches, total);
        prop_assert_eq!(shares.len(), sentences.len());
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", shares);
    }
}
