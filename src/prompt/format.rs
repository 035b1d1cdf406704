//! The shapes in which a prompt is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::{Message, Speaker};
use super::{Citation, Prompt};

/// What a prompt is sent as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Messages of a chat, as most models take them: the sources stand in the last one, fenced and numbered.
    #[default]
    Messages,
    /// All of it as one string, for models that complete a text.
    Text,
    /// Messages in which each source is a `document` block with citations enabled, as Anthropic's Messages interface takes them
    /// (<https://platform.claude.com/docs/en/build-with-claude/citations>). What the model cites are characters of
    /// [`Citation::sent`], in the document whose index, from 0, is one less than the citation's number.
    Documents,
    /// Messages in which each source is a `search_result` block with citations enabled, of the same interface
    /// (<https://platform.claude.com/docs/en/build-with-claude/search-results>).
    SearchResults,
    /// Messages, and beside them `documents`, as Cohere's chat takes them, version 2 (<https://docs.cohere.com/reference/chat>).
    /// The id of each is the number of the citation.
    CohereDocuments,
}

impl Format {
    /// Its name in options: `"messages"`, `"text"`, `"documents"`, `"search-results"` or `"cohere-documents"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Text => "text",
            Self::Documents => "documents",
            Self::SearchResults => "search-results",
            Self::CohereDocuments => "cohere-documents",
        }
    }

    /// Whether sources stand beside the messages and not in them.
    pub const fn is_beside(self) -> bool {
        matches!(self, Self::Documents | Self::SearchResults | Self::CohereDocuments)
    }
}

/// What is sent, in the shape of its [`Format`]: serialised, it is what an interface takes, less the name of the model and other
/// settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Body<'p> {
    /// `{ "messages": [{ "role", "content" }] }`
    Chat {
        /// The messages.
        messages: &'p [Message],
    },
    /// The text alone.
    Text(&'p str),
    /// `{ "system", "messages" }`, the last message of which holds the sources.
    Blocks {
        /// What the system message says, which is no message there.
        #[serde(skip_serializing_if = "Option::is_none")]
        system: Option<&'p str>,
        /// The other messages.
        messages: Vec<BlockMessage<'p>>,
    },
    /// `{ "messages", "documents" }`
    Cohere {
        /// The messages.
        messages: &'p [Message],
        /// The sources.
        documents: Vec<CohereDocument<'p>>,
    },
}

/// A message of blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockMessage<'p> {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: Vec<Block<'p>>,
}

/// A block of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block<'p> {
    /// Text.
    Text {
        /// What is said.
        text: &'p str,
    },
    /// A source that can be cited by its characters.
    Document {
        /// Its text.
        source: DocumentSource<'p>,
        /// What it is called; may be empty, and is then left out.
        #[serde(skip_serializing_if = "str::is_empty")]
        title: &'p str,
        /// What else is said of it, which is not cited.
        context: String,
        /// That it is to be cited.
        citations: CitationSetting,
    },
    /// A source that can be cited by its blocks.
    SearchResult {
        /// Where it is from.
        source: &'p str,
        /// What it is called.
        title: &'p str,
        /// Its text, in one block of text.
        content: [ResultText<'p>; 1],
        /// That it is to be cited.
        citations: CitationSetting,
    },
}

/// The text of a search result: `{ "type": "text", "text" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "text")]
pub struct ResultText<'p> {
    /// The text.
    pub text: &'p str,
}

/// The text of a document: `{ "type": "text", "media_type": "text/plain", "data" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "text")]
pub struct DocumentSource<'p> {
    /// `"text/plain"`.
    pub media_type: &'static str,
    /// The text.
    pub data: &'p str,
}

/// Whether a source is to be cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CitationSetting {
    /// Always `true` here.
    pub enabled: bool,
}

impl CitationSetting {
    const ENABLED: Self = Self { enabled: true };
}

/// A document beside a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CohereDocument<'p> {
    /// The number of the citation.
    pub id: String,
    /// `title`, `section`, `page` and `text`, without what it lacks.
    pub data: BTreeMap<&'static str, &'p str>,
}

impl Prompt {
    /// What is sent, in the shape of [`Prompt::format`].
    pub fn body(&self) -> Body<'_> {
        let messages = self.messages.as_slice();
        match self.format {
            Format::Messages => Body::Chat { messages },
            Format::Text => Body::Text(messages.last().map_or("", |message| &message.content)),
            Format::Documents => self.blocks(document),
            Format::SearchResults => self.blocks(search_result),
            Format::CohereDocuments => {
                Body::Cohere { messages, documents: self.citations.iter().map(cohere_document).collect() }
            }
        }
    }

    fn blocks<'p>(&'p self, block: impl Fn(&'p Citation) -> Block<'p>) -> Body<'p> {
        let is_system = |message: &&Message| message.role == Speaker::System;
        let system = self.messages.iter().find(is_system).map(|message| message.content.as_str());
        let spoken = self.messages.iter().filter(|message| !is_system(message));
        let mut messages: Vec<BlockMessage<'_>> = spoken
            .map(|Message { role, content }| BlockMessage {
                role: *role,
                content: vec![Block::Text { text: content }],
            })
            .collect();
        if let Some(question) = messages.last_mut() {
            question.content.splice(0..0, self.citations.iter().map(block));
        }
        Body::Blocks { system, messages }
    }
}

fn document(citation: &Citation) -> Block<'_> {
    let sent = &citation.sent;
    Block::Document {
        source: DocumentSource { media_type: "text/plain", data: &sent.text },
        title: &sent.title,
        context: sent.context(),
        citations: CitationSetting::ENABLED,
    }
}

fn search_result(citation: &Citation) -> Block<'_> {
    let sent = &citation.sent;
    Block::SearchResult {
        source: &sent.document,
        title: if sent.title.is_empty() { &sent.document } else { &sent.title },
        content: [ResultText { text: &sent.text }],
        citations: CitationSetting::ENABLED,
    }
}

fn cohere_document(citation: &Citation) -> CohereDocument<'_> {
    let sent = &citation.sent;
    let fields = [
        ("title", sent.title.as_str()),
        ("section", sent.section.as_str()),
        ("page", sent.page.as_str()),
        ("text", sent.text.as_str()),
    ];
    let data = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    CohereDocument { id: citation.number.to_string(), data }
}
