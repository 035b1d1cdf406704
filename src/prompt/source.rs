//! A source as it is sent: what a document says, with nothing in it that could be taken for a part of the prompt.

use super::neutralise::{Label, attribute, neutral};
use super::passage::Passage;
use super::template::{Parsed, Slot};

/// What is sent of a passage. What imitates the prompt is replaced, visibly; the citation's passage has the exact text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The document's id, on one line.
    pub document: String,
    /// The title, on one line.
    pub title: String,
    /// The headings that it stands under, on one line; may be empty.
    pub section: String,
    /// The number of the page; may be empty.
    pub page: String,
    /// The text, in its frame.
    pub text: String,
}

impl Sent {
    pub(super) fn new(passage: &Passage, labels: &[Label]) -> Self {
        Self {
            document: attribute(&passage.document, labels),
            title: attribute(&passage.title, labels),
            section: attribute(&passage.section.join(" > "), labels),
            page: passage.page.map(|page| page.to_string()).unwrap_or_default(),
            text: neutral(&passage.frame.around(&passage.text), labels).into_owned(),
        }
    }

    /// What is known of it, as attributes.
    fn about(&self) -> String {
        let mut about = format!("title=\"{}\"", self.title);
        for (name, value) in [("section", &self.section), ("page", &self.page)] {
            if !value.is_empty() {
                about += &format!(" {name}=\"{value}\"");
            }
        }
        about
    }

    /// What is said of it as a document block, beside its title.
    pub(super) fn context(&self) -> String {
        let mut context = "untrusted quotation".to_owned();
        for (name, value) in [("section", &self.section), ("page", &self.page)] {
            if !value.is_empty() {
                context += &format!("; {name}: {value}");
            }
        }
        context
    }

    /// It as the source of that number.
    pub(super) fn fenced(&self, template: &Parsed, number: usize, tag: &str) -> String {
        let (number, about) = (number.to_string(), self.about());
        template.render(|slot| match slot {
            Slot::Number => &number,
            Slot::Boundary => tag,
            Slot::About => &about,
            Slot::Title => &self.title,
            Slot::Section => &self.section,
            Slot::Page => &self.page,
            Slot::Text => &self.text,
            Slot::Question | Slot::Sources | Slot::Instructions => "",
        })
    }

    /// All that a model reads of it where it stands beside the messages.
    pub(super) fn beside(&self) -> String {
        let parts = [self.document.clone(), self.title.clone(), self.context(), self.text.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}
