//! Searches: options in, hits out.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::fusion::{FusionName, FusionWeights, SearchMode};
use super::trace::Trace;
use super::trail::to_json;
use super::{MetadataValue, metadata, status_name};
use crate::collection;
use crate::document::{Frame, Span};
use crate::error::{Error, Result};
use crate::evidence;
use crate::index::{self, FusionMethod};
use crate::prompt;

/// How to search.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SearchOptions {
    /// The most hits to return, from 1; the default is 8. More than there are chunks returns all that match.
    #[tsify(optional)]
    pub k: Option<usize>,
    /// Which arms to use; the default is `"hybrid"`.
    #[tsify(optional)]
    pub mode: Option<SearchMode>,
    /// How hybrid scores are made; the default is `"weighted-sum"`.
    #[tsify(optional)]
    pub fusion: Option<FusionName>,
    /// How much each arm counts in hybrid mode; the default is 0.55 to 0.45 for the weighted sum, equal for reciprocal ranks.
    #[tsify(optional)]
    pub weights: Option<FusionWeights>,
    /// The constant k of reciprocal rank fusion, 0 or more; the default is 60. Greater ones make first places stand out
    /// less.
    #[tsify(optional)]
    pub rank_constant: Option<f32>,
    /// Whether words that are found nowhere are taken for typing mistakes, from four letters on; the default is `true`.
    #[tsify(optional)]
    pub typos: Option<bool>,
    /// Whether words are looked for inside compounds, in languages that join words; the default is `true`.
    #[tsify(optional)]
    pub compounds: Option<bool>,
    /// Whether the last word is taken for the beginning of one, if nothing comes after it; the default is `false`.
    #[tsify(optional)]
    pub prefix: Option<bool>,
    /// Which documents may be found, as plain data. Read apart.
    #[tsify(optional, type = "Record<string, unknown>")]
    #[serde(rename = "filter")]
    pub _filter: Option<IgnoredAny>,
    /// Hits of a lower score are left out. Hybrid scores of the weighted sum are from 0 to 1, relative to the best
    /// candidate; dense ones are cosines, lexical ones BM25 scores, reranked ones those of the scorer.
    #[tsify(optional)]
    pub min_score: Option<f32>,
    /// Hits of a lower `relevance` are left out, so that there may be fewer than `k`: from 0 to 1; the default leaves none out.
    #[tsify(optional)]
    pub min_relevance: Option<f32>,
    /// The most hits of one document, from 1; the default is any number.
    #[tsify(optional)]
    pub max_per_document: Option<usize>,
    /// How much being like a better hit counts against a hit, from 0 (the default) to 1: maximal marginal relevance with
    /// lambda = 1 - diversity.
    #[tsify(optional)]
    pub diversity: Option<f32>,
    /// By how many chunks before and after it each hit is widened to a passage, `hit.passage`; hits whose passages meet
    /// become one. The default is 0.
    #[tsify(optional)]
    pub expand: Option<usize>,
    /// Whether chunks that say the same are hits of their own; the default is `false`: the best of them is a hit, and the others
    /// are its `copies`.
    #[tsify(optional)]
    pub duplicates: Option<bool>,
    /// How many sentences are chosen as `hit.evidence`.
    #[tsify(optional)]
    pub evidence: Option<EvidenceOptions>,
    /// A second stage that scores the best candidates again. Read apart.
    #[tsify(optional, type = "RerankOptions")]
    #[serde(rename = "rerank")]
    pub _rerank: Option<IgnoredAny>,
    /// Whether the result says in its `trace` why each hit was found; the default is `false`.
    #[tsify(optional)]
    pub explain: Option<bool>,
}

impl SearchOptions {
    /// The core's options, with its defaults where none is given.
    pub fn into_core(self) -> Result<collection::SearchOptions> {
        let default = collection::SearchOptions::default();
        Ok(collection::SearchOptions {
            k: self.k.unwrap_or(default.k),
            mode: self.mode.map_or(default.mode, Into::into),
            fusion: self.fusion()?,
            widening: index::Widening {
                typos: self.typos.unwrap_or(default.widening.typos),
                compounds: self.compounds.unwrap_or(default.widening.compounds),
                prefix: self.prefix.unwrap_or(default.widening.prefix),
            },
            min_score: self.min_score,
            min_relevance: self.min_relevance,
            max_per_document: self.max_per_document,
            diversity: self.diversity.unwrap_or(default.diversity),
            expand: self.expand.unwrap_or(default.expand),
            duplicates: self.duplicates.unwrap_or(default.duplicates),
            evidence: self.evidence.map_or(default.evidence, Into::into),
            explain: self.explain.unwrap_or(default.explain),
            ..default
        })
    }

    fn fusion(&self) -> Result<index::Fusion> {
        let mut fusion = match self.fusion {
            None => index::Fusion::default(),
            Some(FusionName::WeightedSum) => index::Fusion::WEIGHTED_SUM,
            Some(FusionName::ReciprocalRank) => index::Fusion::RECIPROCAL_RANK,
        };
        if let Some(FusionWeights { dense, lexical }) = self.weights {
            fusion.dense_weight = index::Fusion::weight_of_ratio(dense, lexical)
                .map_err(|error| error.within("options.weights"))?;
        }
        match (&mut fusion.method, self.rank_constant) {
            (FusionMethod::ReciprocalRank { k }, Some(constant)) => *k = constant,
            (FusionMethod::WeightedSum, Some(_)) => {
                let message = "options.rankConstant: the weighted sum has none; it belongs to fusion \"reciprocal-rank\"";
                return Err(Error::invalid_argument(message));
            }
            (_, None) => {}
        }
        Ok(fusion)
    }
}

/// A second stage.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RerankOptions {
    /// How many candidates are scored again, from 1, the best first; the default is 12.
    #[tsify(optional)]
    pub candidates: Option<usize>,
    /// How much the second stage counts, from above 0 to 1, where the first counts nothing; the default is 0.8.
    #[tsify(optional)]
    pub weight: Option<f32>,
    /// Whether the weight counts only as far as the stages agree, by the correlation of their scores; the default is `true`. With `false`
    /// it is what it is.
    #[tsify(optional)]
    pub agreement: Option<bool>,
    /// The most tokens of a candidate's text that are scored, beside its title and headings: the whole sentences that answer best. The
    /// default is 96; 0 has all of it scored.
    #[tsify(optional)]
    pub window: Option<usize>,
    /// How many milliseconds scoring may take; the default is no limit. The first few candidates are scored in any case. What is not
    /// scored is taken to be as the first stage lets expect.
    #[tsify(optional)]
    pub budget: Option<f64>,
}

impl RerankOptions {
    /// The core's options, with its defaults where none is given.
    pub fn into_core(self) -> collection::SecondStage {
        let default = collection::SecondStage::default();
        collection::SecondStage {
            candidates: self.candidates.unwrap_or(default.candidates),
            weight: self.weight.unwrap_or(default.weight),
            agreement: self.agreement.unwrap_or(default.agreement),
            window: self.window.unwrap_or(default.window),
            budget: self.budget,
        }
    }
}

/// How much evidence is chosen: the sentences that answer.
#[derive(Clone, Copy, Debug, Deserialize, Tsify)]
pub struct EvidenceOptions {
    /// How many sentences of all hits together at most, from 0, which chooses none, to 1,000; the default is 24. Those that
    /// answer much worse than the best, and those of other hits than the best ten, are left out in any case.
    #[tsify(optional)]
    pub sentences: Option<usize>,
    /// How many sentences before and after each belong to it, from 0 to 100; the default is 1.
    #[tsify(optional)]
    pub neighbours: Option<usize>,
}

impl From<EvidenceOptions> for evidence::EvidenceOptions {
    fn from(options: EvidenceOptions) -> Self {
        let default = Self::default();
        Self {
            sentences: options.sentences.unwrap_or(default.sentences),
            neighbours: options.neighbours.unwrap_or(default.neighbours),
            ..default
        }
    }
}

/// A span of a document's extracted text: `text === document.text.slice(start, end)`, always.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HitChunk {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// The headings that it stands under, outermost first.
    pub section: Vec<String>,
    /// The number of the page or slide that it begins on; absent where the document has none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Its length in word pieces of the model.
    pub tokens: u32,
    /// Its text.
    pub text: String,
}

/// A hit widened to its neighbours: `text === document.text.slice(start, end)`, always.
#[derive(Debug, Serialize, Tsify)]
pub struct HitPassage {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// Its text.
    pub text: String,
    /// What it needs before it to be read alone, and stands elsewhere in the document: the rows that name a table's columns,
    /// the line that opens code, the sentence that introduces a list; often empty.
    pub lead: String,
    /// What it needs after it: the line that closes code; often empty.
    pub tail: String,
}

#[wasm_bindgen(typescript_custom_section)]
const MATCH_KIND: &str = r#"
/**
 * How a term is like a word of the query: the word itself, another spelling (accents, umlauts, vowel marks), another form
 * (by its stem), a part of a word or several words written as one, a word that begins so, a compound, or what may have been
 * meant by a mistyped word.
 */
export type MatchKind = "exact" | "folded" | "stem" | "part" | "prefix" | "compound" | "typo";
"#;

/// A word of the query in a hit: `document.text.slice(start, end)` is how the document has it.
#[derive(Debug, Serialize, Tsify)]
pub struct HitMatch {
    /// Its first UTF-16 code unit in the document's extracted text.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// The word of the query in folded case, or what was looked for in its place: a part of it, or several as one.
    pub term: String,
    /// How the document's is like it.
    #[tsify(type = "MatchKind")]
    pub kind: &'static str,
}

/// Sentences that answer: a span of a document's extracted text.
#[derive(Debug, Serialize, Deserialize, Tsify)]
pub struct HitEvidence {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// How well the best sentence of it answers; comparable within one search only.
    pub score: f32,
}

impl From<collection::HitEvidence> for HitEvidence {
    fn from(found: collection::HitEvidence) -> Self {
        Self { start: found.span_utf16.start, end: found.span_utf16.end, score: found.score }
    }
}

/// A span of a document's extracted text, without the text.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CopyChunk {
    /// Its first UTF-16 code unit.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// The headings that it stands under, outermost first.
    pub section: Vec<String>,
    /// The number of the page or slide that it begins on; absent where the document has none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Its length in word pieces of the model.
    pub tokens: u32,
}

/// A chunk elsewhere that says the same as a hit.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HitCopy {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Where it is.
    pub chunk: CopyChunk,
    /// What it would be ranked by; with a second stage the score of the hit.
    pub score: f32,
}

impl From<collection::HitCopy> for HitCopy {
    fn from(copy: collection::HitCopy) -> Self {
        Self {
            document: copy.document,
            title: copy.title,
            chunk: CopyChunk {
                start: copy.chunk.span_utf16.start,
                end: copy.chunk.span_utf16.end,
                section: copy.chunk.section,
                page: copy.chunk.page,
                tokens: copy.chunk.tokens,
            },
            score: copy.score,
        }
    }
}

/// A chunk that a search found.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The document's metadata.
    #[tsify(type = "Record<string, MetadataValue>")]
    pub metadata: BTreeMap<String, MetadataValue>,
    /// What was found, and where.
    pub chunk: HitChunk,
    /// The chunk with its neighbours, where `expand` asked for them; else the chunk's own span.
    pub passage: HitPassage,
    /// The sentences of the chunk that answer, best first, without overlap. The hits of a search compete for
    /// `options.evidence.sentences`, so that one may have none.
    pub evidence: Vec<HitEvidence>,
    /// Where else the same is said, best first, up to 100: texts that differ in case, white space, typography or a date, or add
    /// no sentence. Empty with `duplicates`.
    pub copies: Vec<HitCopy>,
    /// What the hits are ranked by; comparable within one search only.
    pub score: f32,
    /// How likely the chunk has to do with what is asked, from 0 to 1; comparable across queries and collections. Neither a
    /// second stage nor diversity changes it. Without vectors it goes by words alone, and tells less.
    pub relevance: f32,
    /// The cosine of query and chunk; absent where the chunk has no vector yet or the mode uses none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dense: Option<f32>,
    /// The BM25 score; absent where no word of the query is in the chunk or the mode uses none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lexical: Option<f32>,
    /// Where words of the query are in the chunk, in order and without overlap; in every mode.
    pub matches: Vec<HitMatch>,
}

/// What a prompt needs of a [`SearchResult`] that comes back: it may be a copy, or the work of somebody else.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub query: String,
    pub hits: Vec<Quotable>,
    /// Goes on as it came.
    #[serde(default)]
    pub retrieval: Option<Value>,
    #[serde(default)]
    pub trace: Option<Value>,
}

/// What a prompt needs of a [`Hit`] that comes back: it may be a copy, with other properties beside these.
#[derive(Debug, Deserialize)]
pub struct Quotable {
    pub document: String,
    pub title: String,
    pub chunk: QuotableChunk,
    pub passage: QuotablePassage,
    #[serde(default)]
    pub evidence: Vec<HitEvidence>,
    pub score: f32,
    pub relevance: f32,
}

/// Of [`HitChunk`].
#[derive(Debug, Deserialize)]
pub struct QuotableChunk {
    pub start: u32,
    pub end: u32,
    pub section: Vec<String>,
    #[serde(default)]
    pub page: Option<u32>,
}

/// Of [`HitPassage`].
#[derive(Debug, Deserialize)]
pub struct QuotablePassage {
    pub start: u32,
    pub end: u32,
    pub text: String,
    #[serde(default)]
    pub lead: String,
    #[serde(default)]
    pub tail: String,
}

impl From<Quotable> for prompt::Retrieved {
    fn from(hit: Quotable) -> Self {
        let span = |start: u32, end: u32| Span { start, end: end.max(start) };
        let QuotablePassage { start, end, text, lead, tail } = hit.passage;
        Self {
            passage: prompt::Passage {
                document: hit.document,
                title: hit.title,
                section: hit.chunk.section,
                page: hit.chunk.page,
                frame: Frame { lead, tail },
                span: Span::new(0, text.len()),
                span_utf16: span(start, end),
                text,
                score: hit.score,
                relevance: hit.relevance,
            },
            chunk: span(hit.chunk.start, hit.chunk.end),
            evidence: hit.evidence.iter().map(|found| span(found.start, found.end)).collect(),
        }
    }
}

impl From<collection::Hit> for Hit {
    fn from(hit: collection::Hit) -> Self {
        Self {
            document: hit.document,
            title: hit.title,
            metadata: metadata(hit.metadata),
            chunk: HitChunk {
                start: hit.chunk.span_utf16.start,
                end: hit.chunk.span_utf16.end,
                section: hit.chunk.section,
                page: hit.chunk.page,
                tokens: hit.chunk.tokens,
                text: hit.text,
            },
            passage: HitPassage {
                start: hit.passage.span_utf16.start,
                end: hit.passage.span_utf16.end,
                text: hit.passage.text,
                lead: hit.passage.frame.lead,
                tail: hit.passage.frame.tail,
            },
            evidence: hit.evidence.into_iter().map(Into::into).collect(),
            copies: hit.copies.into_iter().map(Into::into).collect(),
            score: hit.score,
            relevance: hit.relevance,
            dense: hit.dense,
            lexical: hit.lexical,
            matches: hit.matches.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<collection::HitMatch> for HitMatch {
    fn from(found: collection::HitMatch) -> Self {
        let Span { start, end } = found.span_utf16;
        Self { start, end, term: found.term, kind: found.kind.name() }
    }
}

/// What a text may become while somebody types.
#[derive(Debug, Serialize, Tsify)]
pub struct Suggestions {
    /// The text with its last word completed, the commonest word first; its words are in small letters.
    pub completions: Vec<String>,
    /// The text with words of the collection in the place of those that it does not have; absent where it has all, or
    /// nothing like them.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
}

impl From<index::Suggestions> for Suggestions {
    fn from(suggestions: index::Suggestions) -> Self {
        Self { completions: suggestions.completions, correction: suggestions.correction }
    }
}

/// How to suggest.
#[derive(Debug, Default, Deserialize, Tsify)]
pub struct SuggestOptions {
    /// The most completions, from 1; the default is 8.
    #[tsify(optional)]
    pub limit: Option<usize>,
}

/// A hit whose text cannot be read.
#[derive(Debug, Serialize, Tsify)]
pub struct DamagedHit {
    /// The document's id.
    pub document: String,
    /// What is wrong with its text.
    pub message: String,
}

impl From<collection::DamagedHit> for DamagedHit {
    fn from(hit: collection::DamagedHit) -> Self {
        Self { document: hit.document, message: hit.message }
    }
}

/// What a search found. It is plain data.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// The query as it was given.
    pub query: String,
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether any of them is likely to answer: its `relevance` is 0.25 or more.
    pub answerable: bool,
    /// Whether the query was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// How many chunks had no vector yet and could be found by their words only.
    pub unembedded: usize,
    /// How far the model was: vectors took part only with `"ready"`.
    #[tsify(type = "ModelStatus")]
    pub model: &'static str,
    /// Hits that are not returned because the stored texts of their documents are damaged; mostly empty.
    pub damaged: Vec<DamagedHit>,
    /// The generation that was searched.
    pub generation: u64,
    /// The same in few words, to be kept, and to repeat it: how it was searched, and what was found.
    #[tsify(type = "Retrieval")]
    pub retrieval: Value,
    /// What the search did, where `explain` asked for it.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

impl SearchResult {
    /// What the core found.
    pub fn from_core(mut result: collection::SearchResult) -> Result<Self> {
        let trace = result.trace.take();
        Ok(Self {
            retrieval: to_json(&collection::Retrieval::of(&result))?,
            query: result.query,
            hits: result.hits.into_iter().map(Into::into).collect(),
            answerable: result.answerable,
            query_truncated: result.query_truncated,
            unembedded: result.unembedded,
            model: status_name(result.model),
            damaged: result.damaged.into_iter().map(Into::into).collect(),
            generation: result.generation,
            trace: trace.map(Into::into),
        })
    }
}
