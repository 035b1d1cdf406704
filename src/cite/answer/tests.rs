use super::*;
use proptest::prelude::*;

/// Each sentence of an answer with what it cites.
fn cited(text: &str) -> Vec<(String, Vec<u32>)> {
    Answer::parse(text, 9).sentences.into_iter().map(|it| (it.text, it.cited)).collect()
}

#[track_caller]
fn assert_cited(text: &str, expected: &[(&str, &[u32])]) {
    let expected: Vec<_> =
        expected.iter().map(|(text, cited)| ((*text).to_owned(), cited.to_vec())).collect();
    assert_eq!(cited(text), expected, "sentences of {text:?}");
}

#[test]
fn marks_of_all_shapes_are_read() {
    for (mark, sources) in [
        ("[1]", &[1][..]),
        ("[1][2]", &[1, 2]),
        ("[1] [2]", &[1, 2]),
        ("[1, 2]", &[1, 2]),
        ("[1; 3]", &[1, 3]),
        ("[1-3]", &[1, 2, 3]),
        ("[1–3]", &[1, 2, 3]),
        ("[2, 4-5]", &[2, 4, 5]),
        ("[1 and 2]", &[1, 2]),
        ("(1)", &[1]),
        ("(1, 2)", &[1, 2]),
        ("(1)(2)", &[1, 2]),
        ("【1】", &[1]),
        ("【1†source】", &[1]),
        ("【3:0†source】", &[3]),
        ("［２］", &[2]),
        ("¹", &[1]),
        ("²,³", &[2, 3]),
        ("²³", &[2, 3]),
        ("<sup>1</sup>", &[1]),
        ("<sup>[1, 2]</sup>", &[1, 2]),
        ("[^1]", &[1]),
        ("[^1][^2]", &[1, 2]),
        ("[Source 2]", &[2]),
        ("[doc: 1]", &[1]),
        ("[1](https://a.example/x_(y)", &[1]),
        ("**[1]**", &[1]),
        ("[١]", &[1]),
    ] {
        for text in [
            format!("The landlord repairs the roof {mark}."),
            format!("The landlord repairs the roof{mark}."),
            format!("The landlord repairs the roof.{mark}"),
        ] {
            let expected = "The landlord repairs the roof.".to_owned();
            assert_eq!(cited(&text), [(expected, sources.to_vec())], "{text:?}");
        }
    }
}

#[test]
fn what_only_looks_like_a_mark_is_none() {
    for text in [
        "As article 28 (1) says.",
        "See section (2).",
        "In the year [2024] it rained.",
        "An area of 20 m².",
        "It holds 10⁹ cells.",
        "The call `f(1)` and `a[1]` are code.",
        "It is [sic] so.",
        "The picture ![1](a.png) is nice.",
        "Do (1) this and (2) that first.",
        "Costs [1,000] in all.",
    ] {
        assert!(cited(text).iter().all(|(_, cited)| cited.is_empty()), "{text:?} has {:?}", cited(text));
    }
}

#[test]
fn a_mark_is_about_the_sentence_that_it_ends() {
    assert_cited(
        "The roof leaks [1]. The landlord repairs it.[2] Tenants pay nothing. [3] Nobody else does.",
        &[
            ("The roof leaks.", &[1]),
            ("The landlord repairs it.", &[2]),
            ("Tenants pay nothing.", &[3]),
            ("Nobody else does.", &[]),
        ],
    );
    assert_cited(
        "The roof leaks. The landlord repairs it [2].\n\nThe rest is open.",
        &[("The roof leaks.", &[2]), ("The landlord repairs it.", &[2]), ("The rest is open.", &[])],
    );
    let answer = Answer::parse("The roof leaks. The landlord repairs it [2].", 2);
    assert!(answer.sentences[0].is_shared && !answer.sentences[1].is_shared);
}

#[test]
fn marks_inside_a_sentence_are_of_their_clauses() {
    let answer = Answer::parse("The rent is £1,145 per month [1], and the deposit is £1,320 in all [2].", 2);
    let claims: Vec<_> =
        answer.sentences[0].claims.iter().map(|it| (answer.said(it.span).trim(), it.cited.clone())).collect();
    assert_eq!(
        claims,
        [("The rent is £1,145 per month", vec![1]), ("and the deposit is £1,320 in all    .", vec![2])]
    );
}

#[test]
fn markdown_is_looked_through() {
    assert_cited(
        "# Rent [1]\n\nThe **rent** is *due* on the `first` [1]:\n\n- the fob: £35 [2]\n- any other key: £18\n  or more\n\n\
         1. One cat may be kept. [3]\n> A quoted line here.\n\n```\ncode[1] is no claim.\n```\n\n\
         | Item | Limit |\n|---|---|\n| Money | £450 [4] |\n\n---\n\nSources:\n[1] The lease. All of it.\n",
        &[
            ("The rent is due on the first:", &[1]),
            ("the fob: £35", &[2]),
            ("any other key: £18 or more", &[1]),
            ("One cat may be kept.", &[3]),
            ("A quoted line here.", &[]),
            ("Money £450", &[4]),
        ],
    );
    assert_cited("It holds.[^1]\n\n[^1]: The lease says so. Really.", &[("It holds.", &[1])]);
}

#[test]
fn answers_in_other_scripts_are_read() {
    assert_cited(
        "屋顶由房东修理[1]。租金每月付一次。[2]其他不明。",
        &[("屋顶由房东修理。", &[1]), ("租金每月付一次。", &[2]), ("其他不明。", &[])],
    );
    assert_cited(
        "屋根は大家が直す【1】。家賃は月初に払う（2）。",
        &[("屋根は大家が直す。", &[1]), ("家賃は月初に払う。", &[2])],
    );
    assert_cited(
        "يدفع المستأجر الإيجار [1]. هل يصلح المالك السقف؟ [2] نعم.",
        &[("يدفع المستأجر الإيجار.", &[1]), ("هل يصلح المالك السقف؟", &[2]), ("نعم.", &[])],
    );
    assert_cited(
        "הגג דולף [1]. בעל הבית מתקן אותו.[2]",
        &[("הגג דולף.", &[1]), ("בעל הבית מתקן אותו.", &[2])],
    );
}

#[test]
fn sentences_are_cut_into_clauses() {
    let cut = |text: &'static str| clauses(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>();
    assert_eq!(
        cut("The tenant pays the rent, but the landlord pays the tax on it."),
        ["The tenant pays the rent", "but the landlord pays the tax on it."]
    );
    assert_eq!(cut("Gas, water and light are paid."), ["Gas, water and light are paid."]);
    assert_eq!(
        cut("It costs £1,145 a month; the deposit is not included here."),
        ["It costs £1,145 a month", "the deposit is not included here."]
    );
    assert_eq!(
        cut("押金必须存入信托机构，租金必须每月支付。"),
        ["押金必须存入信托机构", "租金必须每月支付。"]
    );
}

proptest! {
    #[test]
    fn any_answer_has_sentences_and_claims_in_order(
        text in "\\PC{0,80}|([A-Za-z]{1,5}|[.\n ,;*_`#|>()\\[\\]¹²【】†^-]|\\[[1-9]\\]|[一-龥]|[א-ת]|```|- |1\\. ){0,60}",
    ) {
        let answer = Answer::parse(&text, 3);
        let mut end = 0;
        for sentence in &answer.sentences {
            prop_assert!(sentence.span.start >= end && sentence.span.slice(&text).is_some(), "{sentence:?}");
            end = sentence.span.end;
            prop_assert!(!sentence.claims.is_empty());
            for claim in &sentence.claims {
                prop_assert!(claim.span.slice(&text).is_some() && claim.span.end <= end);
            }
            for mark in &sentence.marks {
                prop_assert!(mark.span.slice(&text).is_some() && !mark.sources.is_empty());
            }
        }
    }
}
