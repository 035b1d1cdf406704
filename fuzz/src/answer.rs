//! Any answer, in any pieces, over any sources: its sentences, marks and verdicts.

use ibid::cite::answer::Answer;
use ibid::cite::{SentenceVerdict, Source, Verifier};

/// What parts the answer from each of its sources.
const BREAK: char = '\u{1F}';

/// Where an answer is cut, beside every place that the fuzzer chooses.
const CUTS: [usize; 3] = [1, 7, 64];

/// Verifies the answer that `data` begins with, over the sources that follow it.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split(BREAK);
    let answer = parts.next().unwrap_or_default();
    let texts: Vec<&str> = parts.take(4).collect();
    let sources: Vec<Source<'_>> = texts.iter().map(|text| Source { title: "", text }).collect();
    check_sentences(answer, sources.len());
    let mut verifier = Verifier::new(&sources);
    let whole = verifier.verify(answer);
    check_verdicts(answer, &texts, &whole);
    for cut in CUTS.into_iter().filter(|cut| answer.len() / cut < 512) {
        let mut given = Vec::new();
        let mut rest = answer;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(cut));
            given.extend(verifier.push(piece));
            rest = after;
        }
        given.extend(verifier.finish());
        assert_eq!(given, whole, "cut into pieces of {cut} bytes");
    }
}

fn check_sentences(text: &str, sources: usize) {
    let mut end = 0;
    for sentence in Answer::parse(text, sources).sentences {
        assert!(sentence.span.start >= end, "sentences are in order and apart");
        assert!(sentence.span.slice(text).is_some_and(|it| !it.is_empty()));
        end = sentence.span.end;
        assert!(!sentence.claims.is_empty());
        for claim in &sentence.claims {
            assert!(claim.span.slice(text).is_some() && claim.span.end <= end);
        }
        for mark in &sentence.marks {
            assert!(mark.span.slice(text).is_some() && !mark.sources.is_empty());
        }
    }
}

fn check_verdicts(answer: &str, texts: &[&str], verdicts: &[SentenceVerdict]) {
    let source = |number: u32| texts[number as usize - 1];
    for verdict in verdicts {
        assert!((0.0..=1.0).contains(&verdict.score), "{verdict:?}");
        assert!(!verdict.reason.is_empty(), "{verdict:?}");
        assert!(verdict.unsupported.iter().all(|span| span.slice(answer).is_some()));
        assert!(
            verdict.sources.iter().chain(&verdict.suggested).all(|number| *number as usize <= texts.len())
        );
        for evidence in &verdict.evidence {
            assert_eq!(evidence.span.slice(source(evidence.source)), Some(evidence.text.as_str()));
        }
        for difference in &verdict.differences {
            assert_eq!(
                difference.source_span.slice(source(difference.source)),
                Some(difference.found.as_str())
            );
            assert!(difference.span.slice(answer).is_some());
        }
        serde_json::to_string(verdict).expect("a verdict is JSON");
    }
}
