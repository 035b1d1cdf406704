//! Mails with their attachments, and mailboxes of several (RFC 5322, MIME).
//!
//! Of what a mail says in several forms the plain one is read. Attachments are named, and those that are text are read, too.

mod date;
mod header;
mod structure;
mod text;
mod transfer;

use std::borrow::Cow;

use super::builder::{Builder, Leaf};
use super::html::{self, Syntax};
use super::{Extracted, Place, Properties, is_blank};
use crate::document::{Content, MetadataValue, Span};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::decode::{Charsets, LegacyDecoder, text_of};
use header::Headers;
use structure::{Entity, Kind};

/// The longest subject, in characters.
const MAX_SUBJECT_CHARS: usize = 1000;

/// How many addresses of one field are kept.
const MAX_ADDRESSES: usize = 100;

/// Reads a mail. `decoder` knows charsets of old; of a mail that came as text (`is_decoded`) what is not encoded needs none.
///
/// # Errors
/// - [`ErrorKind::DocumentEncrypted`] for a mail that is encrypted with S/MIME or PGP;
/// - [`ErrorKind::MalformedDocument`] where no header is found;
/// - [`ErrorKind::DocumentTooLarge`](crate::error::ErrorKind::DocumentTooLarge) where its text is too long.
pub(super) fn extracted(bytes: &[u8], decoder: &dyn LegacyDecoder, is_decoded: bool) -> Result<Extracted> {
    let entities = structure::entities(bytes, decoder);
    let Some(first) = entities.first().filter(|first| !first.headers.is_empty()) else {
        return Err(Error::new(ErrorKind::MalformedDocument, "no header of a mail is at its beginning"));
    };
    refuse_encrypted(bytes, &entities)?;
    let mut reader = Reader { bytes, decoder, is_decoded, builder: Builder::new(), paragraphs: 0 };
    let is_mailbox = entities.iter().filter(|entity| entity.parent.is_none()).count() > 1;
    if !is_mailbox {
        *reader.builder.properties() = properties(&first.headers, decoder);
    }
    let is_shown = shown(&entities, &reader);
    for (entity, _) in entities.iter().zip(is_shown).filter(|(_, is_shown)| *is_shown) {
        let is_inner = entity.is_message && (entity.depth > 0 || is_mailbox);
        if is_inner {
            reader.begin_message(entity);
        }
        reader.read(entity, &entities);
    }
    reader.builder.finish()
}

/// What the header of a mail says of it.
fn properties(headers: &Headers, decoder: &dyn LegacyDecoder) -> Properties {
    let mut properties = Properties {
        title: super::one_line(&headers.text("subject"), MAX_SUBJECT_CHARS),
        ..Properties::default()
    };
    let language = headers.text("content-language");
    if let Some(language) =
        language.split(',').next().map(str::trim).filter(|tag| (2..36).contains(&tag.len()))
    {
        properties.language = language.to_owned();
    }
    let mut put = |name: &str, value: MetadataValue| properties.metadata.insert(name.to_owned(), value);
    for name in ["from", "to", "cc"] {
        let mut addresses = headers.addresses(name, decoder);
        addresses.truncate(MAX_ADDRESSES);
        match addresses.len() {
            0 => {}
            1 if name == "from" => {
                put(name, MetadataValue::String(addresses.remove(0)));
            }
            _ => {
                put(name, MetadataValue::Strings(addresses));
            }
        }
    }
    let date = headers.text("date");
    if !date.trim().is_empty() {
        put("date", MetadataValue::String(date::iso_8601(&date).unwrap_or_else(|| date.trim().to_owned())));
    }
    let id = headers.text("message-id");
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    if !id.is_empty() {
        put("message-id", MetadataValue::String(id.to_owned()));
    }
    properties
}

/// What a text begins with that PGP encrypted.
const PGP_MESSAGE: &[u8] = b"-----BEGIN PGP MESSAGE-----";

/// Refuses a mail of which all is encrypted.
fn refuse_encrypted(bytes: &[u8], entities: &[Entity]) -> Result<()> {
    let is_pgp_text = |entity: &Entity| {
        let body = bytes.get(entity.body.clone()).unwrap_or_default();
        entity.parent.is_none()
            && entity.kind == Kind::Leaf
            && body.trim_ascii_start().starts_with(PGP_MESSAGE)
    };
    let is_encrypted = |entity: &&Entity| entity.depth == 0 && (entity.is_encrypted() || is_pgp_text(entity));
    match entities.iter().find(is_encrypted) {
        Some(entity) => {
            let how = if entity.content_type.essence.ends_with("pkcs7-mime") { "S/MIME" } else { "PGP" };
            let message = format!("the mail is encrypted with {how}; decrypt it and save it again");
            Err(Error::new(ErrorKind::DocumentEncrypted, message))
        }
        None => Ok(()),
    }
}

/// Which entities are read: of those that say the same in several forms only one is.
fn shown(entities: &[Entity], reader: &Reader<'_>) -> Vec<bool> {
    let mut holds_html = vec![false; entities.len()];
    for (number, entity) in entities.iter().enumerate().rev() {
        holds_html[number] |= entity.content_type.essence == "text/html";
        if let Some(parent) = entity.parent {
            holds_html[parent] |= holds_html[number];
        }
    }
    // Of each entity of alternatives: the plain one, else the one with HTML, else the last.
    let mut best: Vec<Option<(u8, usize)>> = vec![None; entities.len()];
    for (number, entity) in entities.iter().enumerate() {
        let Some(parent) = entity.parent.filter(|parent| entities[*parent].kind == Kind::Alternative) else {
            continue;
        };
        let is_plain = entity.content_type.essence == "text/plain"
            && !reader.text(entity, false).is_some_and(|text| text.chars().all(is_blank));
        let rank = if is_plain { 2 } else { u8::from(holds_html[number]) };
        if best[parent].is_none_or(|(best, _)| rank > best || rank == best && rank < 2) {
            best[parent] = Some((rank, number));
        }
    }
    let mut is_shown = Vec::with_capacity(entities.len());
    for (number, entity) in entities.iter().enumerate() {
        let is_chosen = entity
            .parent
            .is_none_or(|parent| is_shown[parent] && best[parent].is_none_or(|(_, chosen)| chosen == number));
        is_shown.push(is_chosen);
    }
    is_shown
}

struct Reader<'m> {
    bytes: &'m [u8],
    decoder: &'m dyn LegacyDecoder,
    is_decoded: bool,
    builder: Builder,
    /// The paragraphs so far of texts that are not written as such.
    paragraphs: u32,
}

impl Reader<'_> {
    /// Names a mail inside of another.
    fn begin_message(&mut self, entity: &Entity) {
        let subject = entity.headers.text("subject");
        let level = u8::try_from(entity.depth + 1).unwrap_or(6).min(6);
        self.builder.begin(Leaf::Heading(level));
        self.push_header(entity, "subject", &subject);
        self.builder.end();
        let fields = [("From", entity.headers.text("from")), ("Date", entity.headers.text("date"))];
        self.builder.begin(Leaf::Note);
        let mut is_first = true;
        for (name, text) in fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
            if !is_first {
                self.builder.line_break();
            }
            is_first = false;
            self.builder.push_unplaced(&format!("{name}: "));
            self.push_header(entity, &name.to_lowercase(), text);
        }
        self.builder.end();
    }

    fn push_header(&mut self, entity: &Entity, name: &str, text: &str) {
        self.builder.part("");
        match entity.headers.range(name) {
            Some(range) => self.builder.push(text, Place::Bytes(Span::new(range.start, range.end))),
            None => self.builder.push_unplaced(text),
        }
    }

    fn read(&mut self, entity: &Entity, entities: &[Entity]) {
        if entity.kind != Kind::Leaf {
            return;
        }
        let name = entity.file_name();
        let essence = entity.content_type.essence.as_str();
        let is_text = essence.starts_with("text/") && essence != "text/calendar"
            || essence == "message/delivery-status";
        let is_part_of_page = entity.parent.is_some_and(|parent| {
            entities[parent].content_type.essence == "multipart/related" && !entity.is_attachment()
        });
        let is_signature = essence.ends_with("-signature");
        let is_note = entity.is_attachment() || !is_text && !is_part_of_page && !is_signature;
        if is_note {
            let name = if name.is_empty() { essence.to_owned() } else { name };
            self.builder.begin(Leaf::Note);
            self.builder.push_unplaced("Attachment: ");
            self.builder.part("");
            let range = entity.headers.all();
            self.builder.push(&name, Place::Bytes(Span::new(range.start, range.end)));
            self.builder.end();
        }
        if !is_text {
            return;
        }
        let is_html = essence == "text/html";
        let Some(text) = self.text(entity, is_html) else { return };
        if is_html {
            let part = if is_note { entity.file_name() } else { "text/html".to_owned() };
            self.builder.part(&part);
            // A page of too many elements is left out; the rest of the mail is there.
            _ = html::read_into(&mut self.builder, &text, Syntax::Html);
            self.builder.part("");
        } else {
            self.builder.part("");
            // A body that is written as it is read stands where it stands.
            let is_verbatim = self.bytes.get(entity.body.clone()) == Some(text.as_bytes());
            let start = if is_verbatim { Some(entity.body.start) } else { None };
            let flow = text::Flow::of(&entity.content_type);
            text::read(&mut self.builder, &text, start, flow, &mut self.paragraphs);
        }
    }

    /// The text of an entity.
    fn text(&self, entity: &Entity, is_markup: bool) -> Option<String> {
        let body = self.bytes.get(entity.body.clone())?;
        let decoded = transfer::decoded(body, &entity.encoding);
        let is_decoded = self.is_decoded && matches!(decoded, Cow::Borrowed(_));
        let charset = if is_decoded { None } else { entity.content_type.parameter("charset") };
        let charsets = Charsets {
            declared: charset.as_deref(),
            is_markup,
            fallback: Some("windows-1252"),
            decoder: self.decoder,
        };
        // What is wrong in one body does not take the others with it.
        let decoded = decoded.into_owned();
        let lossy = || String::from_utf8_lossy(&decoded).into_owned();
        Some(text_of(Content::Bytes(decoded.clone()), &charsets).unwrap_or_else(|_| lossy()))
    }
}

#[cfg(test)]
mod tests;
