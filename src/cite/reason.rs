//! Why a sentence has its verdict, in words.

use super::answer::{Answer, AnswerSentence};
use super::judge::ConflictKind;
use super::quotes::{ChangeKind, QuoteMatch};
use super::verdict::{Difference, SentenceVerdict, Verdict};

/// The reason for a verdict about a sentence; `known` of the sources that it cites are there.
pub(super) fn reason(
    verdict: &SentenceVerdict,
    sentence: &AnswerSentence,
    known: usize,
    answer: &Answer,
) -> String {
    let unknown = if !sentence.cited.is_empty() && known == 0 {
        format!("There is no source {}. ", list(&sentence.cited))
    } else {
        String::new()
    };
    let reason = match verdict.verdict {
        Verdict::Supported => format!("{} says so.", sources(&verdict.sources)),
        Verdict::Misattributed => format!(
            "{} does not say so; {} does.",
            sources(&sentence.cited),
            sources(&verdict.suggested).replacen("Source", "source", 1)
        ),
        Verdict::Uncited => format!(
            "It cites no source; {} says so.",
            sources(&verdict.suggested).replacen("Source", "source", 1)
        ),
        Verdict::Contradicted => verdict.differences.first().map_or_else(String::new, difference),
        Verdict::QuoteAltered => quotation(verdict),
        Verdict::Partly => {
            let missing: Vec<String> = verdict
                .unsupported
                .iter()
                .map(|span| {
                    format!("“{}”", answer.said(*span).split_whitespace().collect::<Vec<_>>().join(" "))
                })
                .collect();
            match missing.is_empty() {
                true => "The sources say some of it, but not clearly all.".to_owned(),
                false => format!("The sources say some of it, but not {}.", missing.join(" and ")),
            }
        }
        Verdict::NotFound => "No source says so.".to_owned(),
    };
    unknown + &reason
}

fn difference(it: &Difference) -> String {
    let what = match it.kind {
        ConflictKind::Number => "another number",
        ConflictKind::Date => "another date or time",
        ConflictKind::Unit => "another unit",
        ConflictKind::Limit => "the opposite limit",
        ConflictKind::Name => "another name",
        ConflictKind::Negation => "the opposite",
        ConflictKind::Word => "another word",
        ConflictKind::Role => "it the other way round",
    };
    format!("Source {} says {what}: “{}” where the answer says “{}”.", it.source, it.found, it.claimed)
}

fn quotation(verdict: &SentenceVerdict) -> String {
    let Some(quotation) = &verdict.quotation else { return String::new() };
    let QuoteMatch::Altered { changes, .. } = &quotation.found else {
        return "No source has this quotation.".to_owned();
    };
    let words = |kind: ChangeKind| {
        changes
            .iter()
            .filter(|it| it.kind == kind)
            .map(|it| format!("“{}”", it.text))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (added, removed) = (words(ChangeKind::Added), words(ChangeKind::Removed));
    let source = quotation.source.map_or(String::new(), |source| format!(" of source {source}"));
    match (added.is_empty(), removed.is_empty()) {
        (false, false) => format!("The quotation{source} is altered: {added} for {removed}."),
        (false, true) => format!("The quotation{source} is altered: {added} was added."),
        _ => format!("The quotation{source} is altered: {removed} was left out."),
    }
}

/// `Source 1`, `Source 1 or 2`
fn sources(numbers: &[u32]) -> String {
    format!("Source {}", list(numbers))
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ")
}
