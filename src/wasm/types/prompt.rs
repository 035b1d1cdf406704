//! Prompts: options in, what is sent and its citations out.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::prompt::{self, Example, Format, Template, Turn};

/// How to build a prompt, beside how to search for what it quotes.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct PromptOptions {
    /// The most tokens of all that is sent, by the caller's counter or else in word pieces of the embedding model; the default is
    /// 3,000.
    #[tsify(optional)]
    pub budget: Option<usize>,
    /// The system message; the default asks for answers from the sources only, with their numbers.
    #[tsify(optional)]
    pub instructions: Option<String>,
    /// What of each hit is quoted; the default is `"evidence"`.
    #[tsify(optional)]
    pub quote: Option<Quote>,
    /// What to do where nothing even may answer, so that the relevance of all is below 0.03; the default is `"abstain"`.
    #[tsify(optional)]
    pub unanswerable: Option<Unanswerable>,
    /// The wording, as far as it differs from the default. Read apart.
    #[tsify(optional, type = "Partial<PromptTemplate>")]
    #[serde(rename = "template")]
    pub _template: Option<IgnoredAny>,
    /// What the prompt is sent as; the default is `"messages"`.
    #[tsify(optional, type = "PromptFormat")]
    pub format: Option<Format>,
    /// Questions with their answers, shown before everything else; the default is none.
    #[tsify(optional, type = "PromptExample[]")]
    pub examples: Option<Vec<Example>>,
    /// What was said before the question, oldest first. A question that goes on from it is searched with what it refers to.
    #[tsify(optional, type = "ConversationTurn[]")]
    pub turns: Option<Vec<Turn>>,
}

#[wasm_bindgen(typescript_custom_section)]
const PROMPT_PARTS: &str = r#"
/**
 * The wording of a prompt. Names in braces stand for what differs from prompt to prompt; `{{` and `}}` are braces. What is put
 * in their place is never looked at again, so that a document may hold `{question}`.
 */
export interface PromptTemplate {
  /** The system message; may have `{instructions}` and `{boundary}`. */
  system: string;
  /** The message of the person who asks: `{question}` and `{sources}`; may have `{instructions}` and `{boundary}`. */
  user: string;
  /**
   * A source: `{number}`, `{text}`, and `{boundary}`, the tag that no text in the prompt contains, before and after the text; may
   * have `{about}` (title, section and page as attributes), `{title}`, `{section}`, `{page}`.
   */
  source: string;
  /** The message in the place of `user` where nothing is quoted: `{question}`; may have `{instructions}` and `{boundary}`. */
  noSources: string;
  /** The message in the place of `user` where sources are documents beside it: `{question}`; may have `{instructions}`. */
  besideDocuments: string;
}

/**
 * What a prompt is sent as: messages of a chat; one text; messages whose sources are `document` blocks or `search_result`
 * blocks with citations enabled (Anthropic's Messages interface); messages with `documents` beside them (Cohere's chat,
 * version 2).
 */
export type PromptFormat = "messages" | "text" | "documents" | "search-results" | "cohere-documents";

/** A question with the answer that it should get. */
export interface PromptExample {
  question: string;
  answer: string;
}

/** A turn of the conversation before the question. */
export interface ConversationTurn {
  role: "user" | "assistant";
  content: string;
}
"#;

/// What a prompt quotes of a hit.
#[derive(Clone, Copy, Debug, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Quote {
    /// Its `evidence`, each span as a source of its own; nothing of a hit that has none. Hits that `expand` widened, and all where
    /// none has evidence, are quoted whole.
    Evidence,
    /// Its `passage`.
    Passage,
}

impl From<Quote> for prompt::Quote {
    fn from(quote: Quote) -> Self {
        match quote {
            Quote::Evidence => Self::Evidence,
            Quote::Passage => Self::Passage,
        }
    }
}

/// What to do with passages of which none even may answer the question.
#[derive(Clone, Copy, Debug, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Unanswerable {
    /// Quotes nothing and says that no source answers.
    Abstain,
    /// Quotes them all the same.
    Quote,
}

impl From<Unanswerable> for prompt::Unanswerable {
    fn from(unanswerable: Unanswerable) -> Self {
        match unanswerable {
            Unanswerable::Abstain => Self::Abstain,
            Unanswerable::Quote => Self::Quote,
        }
    }
}

impl PromptOptions {
    /// The core's options, with its defaults where none is given.
    pub fn into_core(self, template: Template) -> prompt::PromptOptions {
        let default = prompt::PromptOptions::default();
        prompt::PromptOptions {
            budget: self.budget.unwrap_or(default.budget),
            instructions: self.instructions,
            quote: self.quote.map_or(default.quote, Into::into),
            unanswerable: self.unanswerable.map_or(default.unanswerable, Into::into),
            template,
            format: self.format.unwrap_or(default.format),
            examples: self.examples.unwrap_or(default.examples),
            turns: self.turns.unwrap_or(default.turns),
        }
    }
}

/// One message for a chat model.
#[derive(Debug, Serialize, Tsify)]
pub struct Message {
    /// Who speaks.
    #[tsify(type = "\"system\" | \"user\" | \"assistant\"")]
    pub role: &'static str,
    /// What is said.
    pub content: String,
}

/// A numbered reference from a prompt to an exact span: `quote === document.text.slice(start, end)`, always.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Citation {
    /// The number that stands in the prompt, from 1.
    pub number: usize,
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The headings that the quote stands under, outermost first.
    pub section: Vec<String>,
    /// The number of the page or slide that it is from; absent where the document has none.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The first UTF-16 code unit of the quote in the document's extracted text.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// The quoted text.
    pub quote: String,
    /// What the quote needs before it to be read alone, as in the prompt: the names of columns, a fence, the line that introduces a
    /// list; mostly empty.
    pub lead: String,
    /// What it needs behind it: a fence; mostly empty.
    pub tail: String,
    /// The score of the best hit in it.
    pub score: f32,
    /// The greatest relevance of a hit in it, from 0 to 1.
    pub relevance: f32,
}

impl From<prompt::Citation> for Citation {
    fn from(citation: prompt::Citation) -> Self {
        Self::numbered(citation.number, citation.passage)
    }
}

impl Citation {
    /// A passage by the number that stands for it.
    pub fn numbered(number: usize, passage: prompt::Passage) -> Self {
        Self {
            number,
            document: passage.document,
            title: passage.title,
            section: passage.section,
            page: passage.page,
            start: passage.span_utf16.start,
            end: passage.span_utf16.end,
            quote: passage.text,
            lead: passage.frame.lead,
            tail: passage.frame.tail,
            score: passage.score,
            relevance: passage.relevance,
        }
    }
}

/// A passage that was retrieved and is not quoted.
#[derive(Debug, Serialize, Tsify)]
pub struct DroppedPassage {
    /// The document's id.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Its first UTF-16 code unit in the document's extracted text.
    pub start: u32,
    /// The UTF-16 code unit after its last.
    pub end: u32,
    /// Why: the budget had no room, one that is quoted says the same, or it is not likely to answer.
    #[tsify(type = "\"budget\" | \"copy\" | \"unlikely\"")]
    pub reason: &'static str,
}

impl From<prompt::Dropped> for DroppedPassage {
    fn from(dropped: prompt::Dropped) -> Self {
        Self {
            document: dropped.document,
            title: dropped.title,
            start: dropped.span_utf16.start,
            end: dropped.span_utf16.end,
            reason: dropped.reason.name(),
        }
    }
}

/// A prompt for any chat model, with the sources it cites.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// The question.
    pub question: String,
    /// A system message, examples, what was said before, and the question; with format `"text"` one that has it all.
    pub messages: Vec<Message>,
    /// What is sent, in the shape of `format`: an object with the fields that the interface takes, or the text.
    #[tsify(type = "unknown")]
    pub body: Value,
    /// The sources in the prompt, by number.
    pub citations: Vec<Citation>,
    /// The tag that fences sources, which no text in the prompt contains or imitates; the same for the same input.
    pub boundary: String,
    /// Whether anything that was found is likely to answer: its `relevance` is 0.25 or more. Where nothing even may (0.03),
    /// nothing is quoted and the messages say so, unless `unanswerable` is `"quote"`.
    pub answerable: bool,
    /// The tokens of all that is sent, by the caller's counter or else in word pieces of the embedding model.
    pub tokens: usize,
    /// What was retrieved and is not quoted, best first.
    pub dropped: Vec<DroppedPassage>,
    /// Whether the question was longer than the model takes, so that only its beginning was embedded.
    pub query_truncated: bool,
    /// What was searched, and found; absent where hits were given that do not say it.
    #[tsify(optional, type = "Retrieval")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<Value>,
}

impl Prompt {
    /// What the core built, and what was searched for it.
    pub fn from_core(
        question: String,
        prompt: prompt::Prompt,
        query_truncated: bool,
        retrieval: Option<Value>,
    ) -> Result<Self> {
        let body = serde_json::to_value(prompt.body())
            .map_err(|cause| Error::internal("a prompt could not be encoded").with_source(cause))?;
        let message =
            |message: prompt::Message| Message { role: message.role.name(), content: message.content };
        Ok(Self {
            body,
            messages: prompt.messages.into_iter().map(message).collect(),
            citations: prompt.citations.into_iter().map(Into::into).collect(),
            boundary: prompt.boundary,
            answerable: prompt.answerable,
            tokens: prompt.tokens,
            dropped: prompt.dropped.into_iter().map(Into::into).collect(),
            query_truncated,
            retrieval,
            question,
        })
    }
}
