//! Messages: who says what, and what was said before.

use serde::{Deserialize, Serialize};

/// Who speaks a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Instructions to the model: `"system"`.
    System,
    /// The person who asks: `"user"`.
    User,
    /// The model that answers: `"assistant"`.
    Assistant,
}

impl Speaker {
    /// The name that chat interfaces use.
    pub const fn name(self) -> &'static str {
        match self {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        }
    }
}

/// One message for a chat model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: String,
}

/// Who speaks a turn of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asker {
    /// The person who asks.
    User,
    /// The model that answers.
    Assistant,
}

/// A turn of the conversation before the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Who speaks.
    pub role: Asker,
    /// What is said.
    pub content: String,
}

/// A question with the answer that it should get, to show what answers are like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
}

/// Examples and turns as messages, in this order.
pub(super) fn earlier(examples: &[Example], turns: &[Turn]) -> Vec<Message> {
    let message = |role, content: &String| Message { role, content: content.clone() };
    let examples = examples
        .iter()
        .flat_map(|it| [message(Speaker::User, &it.question), message(Speaker::Assistant, &it.answer)]);
    let turns = turns.iter().map(|turn| match turn.role {
        Asker::User => message(Speaker::User, &turn.content),
        Asker::Assistant => message(Speaker::Assistant, &turn.content),
    });
    examples.chain(turns).collect()
}
