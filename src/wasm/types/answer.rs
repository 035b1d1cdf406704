//! Answers: of sentences of the documents, and what becomes of those that somebody else wrote.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::prompt::{Citation, Unanswerable};
use super::trail::retrieval;
use crate::cite::{self, Passages, QuoteMatch};
use crate::collection;
use crate::document::{Frame, Span, Utf16Index};
use crate::error::Result;
use crate::prompt::Passage;

/// How to answer, beside how to search for what answers.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct AnswerOptions {
    /// The most words of an answer of sentences of the documents, from 1; the default is 60.
    #[tsify(optional)]
    pub words: Option<usize>,
    /// What to do where nothing even may answer; the default is `"abstain"`.
    #[tsify(optional)]
    pub unanswerable: Option<Unanswerable>,
}

impl AnswerOptions {
    /// The core's request, with its defaults where nothing is given.
    pub fn into_core(self, search: collection::SearchOptions) -> collection::AnswerRequest {
        let default = collection::AnswerRequest::default();
        collection::AnswerRequest {
            search,
            words: self.words.unwrap_or(default.words),
            unanswerable: self.unanswerable.map_or(default.unanswerable, Into::into),
        }
    }
}

/// An answer of sentences of the documents, word for word.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ExtractiveAnswer {
    /// The sentences, each followed by its mark such as `[1]`, in paragraphs; empty where it abstains.
    pub text: String,
    /// What each mark stands for; documents in the order of their best sentences, and sentences in that of their document.
    pub citations: Vec<Citation>,
    /// Whether anything that was found is likely to answer: its `relevance` is 0.25 or more. Short questions may have a right answer
    /// below that; the answer is empty only where everything is below 0.03.
    pub answerable: bool,
    /// Whether the question was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// The generation that was searched.
    pub generation: u64,
    /// What was searched, and found.
    #[tsify(type = "Retrieval")]
    pub retrieval: Value,
}

impl ExtractiveAnswer {
    /// What the core answered.
    pub fn from_core(answer: collection::ExtractiveAnswer) -> Result<Self> {
        Ok(Self {
            text: answer.text,
            citations: (1..).zip(answer.citations).map(|(at, it)| Citation::numbered(at, it)).collect(),
            answerable: answer.answerable,
            query_truncated: answer.retrieval.query_truncated,
            generation: answer.retrieval.generation,
            retrieval: retrieval(answer.retrieval)?,
        })
    }
}

/// A source that an answer is held against: a text, or a span of a document.
#[derive(Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VerifiableSource {
    /// What it says.
    pub text: String,
    /// Its title; the default is none.
    #[tsify(optional)]
    #[serde(default)]
    pub title: String,
    /// The headings that it stands under, outermost first; the default is none.
    #[tsify(optional)]
    #[serde(default)]
    pub section: Vec<String>,
    /// What it needs before it to be read alone, as of a citation; the default is nothing.
    #[tsify(optional)]
    #[serde(default)]
    pub lead: String,
    /// What it needs behind it; the default is nothing.
    #[tsify(optional)]
    #[serde(default)]
    pub tail: String,
    /// The id of its document, if it is from one.
    #[tsify(optional)]
    #[serde(default)]
    pub document: String,
    /// Where it begins there, in UTF-16 code units; the default is 0.
    #[tsify(optional)]
    #[serde(default)]
    pub start: u32,
}

impl From<VerifiableSource> for Passage {
    fn from(source: VerifiableSource) -> Self {
        let units = crate::document::utf16_len(&source.text) as u32;
        Self {
            document: source.document,
            title: source.title,
            section: source.section,
            page: None,
            frame: Frame { lead: source.lead, tail: source.tail },
            // Passages are compared by their other span.
            span: Span::new(0, source.text.len()),
            span_utf16: Span { start: source.start, end: source.start.saturating_add(units) },
            text: source.text,
            score: 0.0,
            relevance: 0.0,
        }
    }
}

/// What to verify besides the answer.
#[derive(Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VerifySources {
    /// What the answer cites by numbers from 1 on.
    pub sources: Vec<VerifiableSource>,
    /// What else was retrieved, which it cannot cite; the default is nothing.
    #[tsify(optional)]
    #[serde(default)]
    pub others: Vec<VerifiableSource>,
    /// Whether what none of these supports is looked for in the whole collection; the default is `false`.
    #[tsify(optional)]
    #[serde(default)]
    pub everywhere: bool,
}

impl VerifySources {
    /// What the answer is held against.
    pub fn passages(self) -> Passages {
        let mut passages = Passages::new(self.sources.into_iter().map(Into::into).collect());
        self.others.into_iter().for_each(|source| passages.add(source.into()));
        passages
    }

    /// The core's request.
    pub fn into_core(self, answer: String) -> collection::VerifyRequest {
        let passages = |sources: Vec<VerifiableSource>| sources.into_iter().map(Into::into).collect();
        collection::VerifyRequest {
            answer,
            sources: passages(self.sources),
            others: passages(self.others),
            everywhere: self.everywhere,
        }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const VERDICT: &str = r#"
/**
 * Whether the sources say what a sentence says: the cited ones do (`supported`) or say some of it (`partly`); another one does
 * (`misattributed`, or `uncited` where the sentence has no mark); one says otherwise: another number, date, unit or name, the
 * opposite, or the same the other way round (`contradicted`); none does (`not_found`); what stands in quotation marks is not what
 * the source says word for word (`quote_altered`).
 */
export type Verdict =
  | "supported"
  | "partly"
  | "misattributed"
  | "contradicted"
  | "not_found"
  | "uncited"
  | "quote_altered";

/**
 * In which way a sentence and a source differ: another number, date, unit or name; a `limit` the other way round (at least, at
 * most); the opposite (`negation`); a `word` that excludes another (all, none); who does something and to whom, or what is first
 * and what is second, the other way round (`role`).
 */
export type DifferenceKind = "number" | "date" | "unit" | "limit" | "name" | "negation" | "word" | "role";
"#;

/// What a sentence rests on: a passage of a source.
#[derive(Debug, Serialize, Tsify)]
pub struct VerdictEvidence {
    /// The number of the source.
    pub source: u32,
    /// Its first UTF-16 code unit in the source's document, or in the source's text where it is from none; absent for what
    /// stands around the source only.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// The UTF-16 code unit after its last; absent likewise.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
    /// What it says.
    pub text: String,
}

/// What a sentence and a source say differently.
#[derive(Debug, Serialize, Tsify)]
pub struct Difference {
    /// In which way.
    #[tsify(type = "DifferenceKind")]
    pub kind: cite::ConflictKind,
    /// Where the sentence says it: its first UTF-16 code unit in the answer.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// What it says.
    pub claimed: String,
    /// What the source says.
    pub found: VerdictEvidence,
}

/// A range of the answer.
#[derive(Debug, Serialize, Tsify)]
pub struct AnswerRange {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
}

/// A quotation of an answer.
#[derive(Debug, Serialize, Tsify)]
pub struct VerifiedQuotation {
    /// Its first UTF-16 code unit in the answer, after its mark.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// Whether a source has it word for word, or has something like it; white space, hyphenation, ligatures and the shapes of
    /// quotation marks and dashes do not count.
    #[tsify(type = "\"exact\" | \"altered\" | \"absent\"")]
    pub found: &'static str,
    /// What the source has; absent where none has anything like it.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<VerdictEvidence>,
    /// Where it is altered, piece by piece.
    pub changes: Vec<QuotationChange>,
}

/// A piece of an altered quotation.
#[derive(Debug, Serialize, Tsify)]
pub struct QuotationChange {
    /// Whether both have it, only the source (`removed`) or only the quotation (`added`).
    #[tsify(type = "\"same\" | \"removed\" | \"added\"")]
    pub kind: cite::ChangeKind,
    /// Its words.
    pub text: String,
}

/// The verdict about a sentence of an answer.
#[derive(Debug, Serialize, Tsify)]
pub struct SentenceVerdict {
    /// Its first UTF-16 code unit in the answer.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// What it says, without marks and Markdown.
    pub text: String,
    /// Whether the sources say so.
    #[tsify(type = "Verdict")]
    pub verdict: &'static str,
    /// How well it is supported, from 0 to 1; from 0.5 on if it is.
    pub score: f64,
    /// Why, in words.
    pub reason: String,
    /// The numbers of the sources that it cites.
    pub cited: Vec<u32>,
    /// The numbers of the sources that the verdict rests on.
    pub sources: Vec<u32>,
    /// The numbers of the sources that it should cite instead.
    pub suggested: Vec<u32>,
    /// What the sources say about it.
    pub evidence: Vec<VerdictEvidence>,
    /// What it says otherwise than a source.
    pub differences: Vec<Difference>,
    /// What of it no source says.
    pub unsupported: Vec<AnswerRange>,
    /// Its quotation, if it has one; the first that is altered, if there is one.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotation: Option<VerifiedQuotation>,
}

/// What an answer was held against.
#[derive(Debug, Serialize, Tsify)]
pub struct VerifiedSource {
    /// By which number the verdicts name it, from 1.
    pub number: u32,
    /// The id of its document; empty where it is from none.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Its first UTF-16 code unit in its document.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// What it says.
    pub text: String,
    /// Whether the answer could cite it; it could not cite what else was retrieved, or found in the collection.
    pub citable: bool,
}

/// What became of an answer.
#[derive(Debug, Serialize, Tsify)]
pub struct Verification {
    /// The verdict about each sentence, in order.
    pub sentences: Vec<SentenceVerdict>,
    /// What it was held against, by number.
    pub sources: Vec<VerifiedSource>,
}

impl From<(collection::Verification, &str)> for Verification {
    fn from((verification, answer): (collection::Verification, &str)) -> Self {
        let collection::Verification { sentences, passages } = verification;
        Self { sentences: sentence_verdicts(sentences, answer, &passages), sources: sources(&passages) }
    }
}

fn sources(passages: &Passages) -> Vec<VerifiedSource> {
    let source = |(number, passage): (u32, &Passage)| VerifiedSource {
        number,
        document: passage.document.clone(),
        title: passage.title.clone(),
        start: passage.span_utf16.start,
        end: passage.span_utf16.end,
        text: passage.text.clone(),
        citable: number as usize <= passages.citable(),
    };
    (1..).zip(passages.all()).map(source).collect()
}

/// Verdicts with their places in UTF-16 code units of the answer and of documents.
pub fn sentence_verdicts(
    verdicts: Vec<cite::SentenceVerdict>,
    answer: &str,
    passages: &Passages,
) -> Vec<SentenceVerdict> {
    let mut offsets = Utf16Index::new(answer);
    verdicts.into_iter().map(|verdict| sentence_verdict(verdict, &mut offsets, passages)).collect()
}

fn sentence_verdict(
    verdict: cite::SentenceVerdict,
    offsets: &mut Utf16Index<'_>,
    passages: &Passages,
) -> SentenceVerdict {
    let evidence = |source: u32, span: Span, text: String| {
        let place = passages.place(source, span);
        VerdictEvidence { source, start: place.map(|it| it.start), end: place.map(|it| it.end), text }
    };
    let mut range = |span: Span| {
        let Span { start, end } = offsets.span(span);
        AnswerRange { start, end }
    };
    let AnswerRange { start, end } = range(verdict.span);
    let mut differences = Vec::new();
    for it in verdict.differences {
        let AnswerRange { start, end } = range(it.span);
        let found = evidence(it.source, it.source_span, it.found);
        differences.push(Difference { kind: it.kind, start, end, claimed: it.claimed, found });
    }
    let unsupported = verdict.unsupported.into_iter().map(&mut range).collect();
    let quotation = verdict.quotation.map(|it| quotation(it, &mut range, passages));
    SentenceVerdict {
        start,
        end,
        text: verdict.text,
        verdict: verdict.verdict.name(),
        score: verdict.score,
        reason: verdict.reason,
        cited: verdict.cited,
        sources: verdict.sources,
        suggested: verdict.suggested,
        evidence: verdict.evidence.into_iter().map(|it| evidence(it.source, it.span, it.text)).collect(),
        differences,
        unsupported,
        quotation,
    }
}

fn quotation(
    it: cite::Quotation,
    range: &mut impl FnMut(Span) -> AnswerRange,
    passages: &Passages,
) -> VerifiedQuotation {
    let AnswerRange { start, end } = range(it.span);
    let (found, span, changes) = match it.found {
        QuoteMatch::Exact { span } => ("exact", Some(span), Vec::new()),
        QuoteMatch::Altered { span, changes } => ("altered", Some(span), changes),
        QuoteMatch::Absent => ("absent", None, Vec::new()),
    };
    let original = it.source.zip(span).map(|(source, span)| {
        let place = passages.place(source, span);
        let text = place.and_then(|_| passages.text(source, span)).unwrap_or_default().to_owned();
        VerdictEvidence { source, start: place.map(|it| it.start), end: place.map(|it| it.end), text }
    });
    let change = |it: cite::Change| QuotationChange { kind: it.kind, text: it.text };
    VerifiedQuotation { start, end, found, original, changes: changes.into_iter().map(change).collect() }
}
