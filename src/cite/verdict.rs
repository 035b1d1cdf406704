//! What is found out about a sentence.

use serde::Serialize;

use super::features::Features;
use super::judge::ConflictKind;
use super::quotes::QuoteMatch;
use crate::document::Span;

/// Whether the sources say what a sentence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The sources that it cites say so.
    Supported,
    /// They say some of it.
    Partly,
    /// Another source says so.
    Misattributed,
    /// A source says otherwise: another number, date, unit or name, or the opposite.
    Contradicted,
    /// No source says so.
    NotFound,
    /// A source says so, but it cites none.
    Uncited,
    /// What it quotes is not what the source says word for word.
    QuoteAltered,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 7] = [
        Self::Supported,
        Self::Partly,
        Self::Misattributed,
        Self::Contradicted,
        Self::NotFound,
        Self::Uncited,
        Self::QuoteAltered,
    ];

    /// Its name, as it is serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Partly => "partly",
            Self::Misattributed => "misattributed",
            Self::Contradicted => "contradicted",
            Self::NotFound => "not_found",
            Self::Uncited => "uncited",
            Self::QuoteAltered => "quote_altered",
        }
    }
}

/// The verdict about a sentence of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentenceVerdict {
    /// Where the sentence is, in bytes of the answer.
    pub span: Span,
    /// What it says, without marks and Markdown.
    pub text: String,
    /// Whether the sources say so.
    pub verdict: Verdict,
    /// How well it is supported, from 0 to 1; from 0.5 on if it is.
    pub score: f64,
    /// Why, in words.
    pub reason: String,
    /// The numbers of the sources that it cites, from 1 on.
    pub cited: Vec<u32>,
    /// The numbers of the sources that the verdict rests on.
    pub sources: Vec<u32>,
    /// The numbers of the sources that it should cite instead.
    pub suggested: Vec<u32>,
    /// What the sources say about it.
    pub evidence: Vec<Evidence>,
    /// What it says otherwise than a source.
    pub differences: Vec<Difference>,
    /// What of it is in no source, in bytes of the answer.
    pub unsupported: Vec<Span>,
    /// Its quotation, if it has one; the first that is altered, if there is one.
    pub quotation: Option<Quotation>,
    /// What the score rests on.
    pub features: Features,
}

/// A passage of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The number of the source, from 1 on.
    pub source: u32,
    /// Where it is, in bytes of the source's text.
    pub span: Span,
    /// What it says.
    pub text: String,
}

/// What a sentence and a source say differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// In which way they differ.
    pub kind: ConflictKind,
    /// Where the sentence says it, in bytes of the answer.
    pub span: Span,
    /// What it says.
    pub claimed: String,
    /// The number of the source, from 1 on.
    pub source: u32,
    /// Where the source says otherwise, in bytes of its text.
    pub source_span: Span,
    /// What it says.
    pub found: String,
}

/// A quotation of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quotation {
    /// Where it is, in bytes of the answer, without its marks.
    pub span: Span,
    /// The number of the source that has it, or something like it.
    pub source: Option<u32>,
    /// What that source has.
    pub found: QuoteMatch,
}
