//! A prompt in the making: everything but which sources it quotes.

use super::PromptOptions;
use super::boundary::{Material, source_tag, turn_tag};
use super::format::Format;
use super::message::{Message, Speaker, earlier};
use super::neutralise::Label;
use super::passage::Passage;
use super::source::Sent;
use super::template::{Parsed, ParsedTemplate, Slot};
use crate::error::Result;

/// What a prompt consists of beside its sources.
pub(super) struct Draft<'p> {
    question: &'p str,
    instructions: &'p str,
    template: ParsedTemplate,
    earlier: Vec<Message>,
    labels: Vec<Label>,
    format: Format,
    hash: String,
}

impl<'p> Draft<'p> {
    /// The draft of a prompt that may quote these passages.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for a template with a wrong placeholder.
    pub fn new(question: &'p str, options: &'p PromptOptions, passages: &[Passage]) -> Result<Self> {
        let template = options.template.parse()?;
        let labels = [&template.user, &template.no_sources, &template.beside_documents];
        let labels = labels.into_iter().flat_map(Parsed::labels).filter_map(Label::of).collect();
        let mut draft = Self {
            question,
            instructions: options.instructions(),
            template,
            earlier: earlier(&options.examples, &options.turns),
            labels,
            format: options.format,
            hash: String::new(),
        };
        // Of all that may be quoted, so that what the budget leaves out changes no boundary.
        let sources: Vec<Sent> = passages.iter().map(|passage| draft.sent(passage)).collect();
        let rendered = [draft.texts(&sources, false), draft.texts(&[], true)].concat().join("\n");
        draft.hash = draft.material(passages).derive(&rendered);
        Ok(draft)
    }

    fn material(&self, passages: &[Passage]) -> Material {
        let mut material = Material::default();
        let template = &self.template;
        let parts = [
            &template.system,
            &template.user,
            &template.source,
            &template.no_sources,
            &template.beside_documents,
        ];
        parts.into_iter().flat_map(Parsed::literals).for_each(|text| material.add(text));
        [self.question, self.instructions].into_iter().for_each(|text| material.add(text));
        for message in &self.earlier {
            material.add(message.role.name());
            material.add(&message.content);
        }
        for passage in passages {
            let page = passage.page.map(|page| page.to_string()).unwrap_or_default();
            let texts = [&passage.document, &passage.title, &page, &passage.text];
            texts.into_iter().chain(&passage.section).for_each(|text| material.add(text));
            [&passage.frame.lead, &passage.frame.tail].into_iter().for_each(|text| material.add(text));
        }
        material
    }

    /// The tag of its sources.
    pub fn boundary(&self) -> String {
        source_tag(&self.hash)
    }

    /// A passage as it is sent.
    pub fn sent(&self, passage: &Passage) -> Sent {
        Sent::new(passage, &self.labels)
    }

    /// What a source adds to the texts that are sent.
    pub fn piece(&self, source: &Sent, number: usize) -> String {
        if self.format.is_beside() {
            return source.beside();
        }
        source.fenced(&self.template.source, number, &self.boundary())
    }

    /// All texts that are sent with these sources. Where there is nothing to quote, which is not for want of room, they say so.
    pub fn texts(&self, sources: &[Sent], is_empty: bool) -> Vec<String> {
        let messages = self.messages(sources, is_empty).into_iter().map(|message| message.content);
        let beside = self.format.is_beside().then(|| sources.iter().map(Sent::beside));
        messages.chain(beside.into_iter().flatten()).collect()
    }

    /// The messages that are sent with these sources.
    pub fn messages(&self, sources: &[Sent], is_empty: bool) -> Vec<Message> {
        let boundary = self.boundary();
        let fenced: String = (1..)
            .zip(sources)
            .map(|(number, source)| source.fenced(&self.template.source, number, &boundary))
            .collect();
        let fill = |parsed: &Parsed| {
            parsed.render(|slot| match slot {
                Slot::Question => self.question,
                Slot::Instructions => self.instructions,
                Slot::Sources => &fenced,
                Slot::Boundary => &boundary,
                Slot::Number | Slot::About | Slot::Title | Slot::Section | Slot::Page | Slot::Text => "",
            })
        };
        let asked = match (is_empty, self.format.is_beside()) {
            (true, _) => &self.template.no_sources,
            (_, true) => &self.template.beside_documents,
            (_, false) => &self.template.user,
        };
        let system = Message { role: Speaker::System, content: fill(&self.template.system) };
        let question = Message { role: Speaker::User, content: fill(asked) };
        let system = Some(system).filter(|message| !message.content.trim().is_empty());
        match self.format {
            Format::Text => vec![self.one_text(system, question)],
            _ => system.into_iter().chain(self.earlier.iter().cloned()).chain([question]).collect(),
        }
    }

    /// All messages as one. Earlier ones are fenced as sources are, so that none of them can say where another begins.
    fn one_text(&self, system: Option<Message>, question: Message) -> Message {
        let tag = turn_tag(&self.hash);
        let turn = |Message { role, content }: &Message| {
            format!("<{tag} role=\"{}\">\n{content}\n</{tag}>\n\n", role.name())
        };
        let system = system.map(|message| message.content + "\n\n").unwrap_or_default();
        let earlier: String = self.earlier.iter().map(turn).collect();
        Message { role: Speaker::User, content: system + &earlier + &question.content }
    }
}
