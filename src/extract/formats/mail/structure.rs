//! What a mail is made of: entities, each with a header, in one pass over its lines.

use std::collections::HashMap;
use std::ops::Range;

use super::header::{Headers, Parameterized};
use crate::extract::decode::LegacyDecoder;

/// How an entity holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It holds none.
    Leaf,
    /// Others that say the same.
    Alternative,
    /// Others.
    Multipart,
    /// A mail.
    Message,
}

pub(super) struct Entity {
    /// The entity around it, which is before it.
    pub parent: Option<usize>,
    /// How many mails are around it.
    pub depth: usize,
    /// Whether it is a mail, rather than a part of one.
    pub is_message: bool,
    pub headers: Headers,
    pub content_type: Parameterized,
    /// How the body is encoded, in lower case.
    pub encoding: String,
    pub kind: Kind,
    pub body: Range<usize>,
}

impl Entity {
    pub fn is_attachment(&self) -> bool {
        self.headers.parameterized("content-disposition").essence == "attachment"
    }

    /// The name of the file that it is; empty where it has none.
    pub fn file_name(&self) -> String {
        let name = self.headers.parameterized("content-disposition").parameter("filename");
        let name = name.or_else(|| self.content_type.parameter("name")).unwrap_or_default();
        crate::extract::one_line(&name, 255)
    }

    pub fn is_encrypted(&self) -> bool {
        let mime = self.content_type.parameter("smime-type").unwrap_or_default().to_ascii_lowercase();
        match self.content_type.essence.as_str() {
            "multipart/encrypted" => true,
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                matches!(mime.as_str(), "" | "enveloped-data" | "authenveloped-data")
            }
            _ => false,
        }
    }
}

/// An entity that holds others and is open.
struct Open {
    entity: usize,
    boundary: Vec<u8>,
}

struct Reader<'m> {
    bytes: &'m [u8],
    decoder: &'m dyn LegacyDecoder,
    entities: Vec<Entity>,
    open: Vec<Open>,
    /// The places in `open` of each boundary.
    boundaries: HashMap<Vec<u8>, Vec<usize>>,
    at: usize,
    is_mailbox: bool,
}

/// The entities of a mail, or of the mails of a mailbox, each before those inside of it.
pub(super) fn entities(bytes: &[u8], decoder: &dyn LegacyDecoder) -> Vec<Entity> {
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let is_mailbox = bytes[start..].starts_with(b"From ");
    let mut reader = Reader {
        bytes,
        decoder,
        entities: Vec::new(),
        open: Vec::new(),
        boundaries: HashMap::new(),
        at: start,
        is_mailbox,
    };
    reader.read();
    reader.entities
}

/// What a line is between entities.
enum Mark {
    /// It begins another entity in one that is open.
    Next(usize),
    /// It ends one that is open.
    End(usize),
    /// It begins another mail of a mailbox.
    Mail,
}

impl Reader<'_> {
    fn read(&mut self) {
        if self.is_mailbox {
            self.next_line();
        }
        let mut next = self.entity(None, true);
        while let Some(leaf) = next {
            // To where a boundary is; what is behind the last one, or before the first, is nobody's.
            let mut is_after_blank = true;
            next = None;
            let mut leaf = Some(leaf).filter(|leaf| self.entities[*leaf].kind == Kind::Leaf);
            while self.at < self.bytes.len() {
                let start = self.at;
                let line = self.next_line();
                let mark = self.mark(line.clone(), is_after_blank);
                is_after_blank = self.bytes[line].trim_ascii().is_empty();
                let Some(mark) = mark else { continue };
                if let Some(leaf) = leaf.take() {
                    // The line end before a boundary is a part of that.
                    let body = &self.bytes[self.entities[leaf].body.start.min(start)..start];
                    let body = body.strip_suffix(b"\n").unwrap_or(body);
                    let length = body.strip_suffix(b"\r").unwrap_or(body).len();
                    self.entities[leaf].body.end = self.entities[leaf].body.start + length;
                }
                match mark {
                    Mark::Next(open) => {
                        self.close_to(open + 1);
                        next = self.entity(Some(self.open[open].entity), false);
                        break;
                    }
                    Mark::End(open) => self.close_to(open),
                    Mark::Mail => {
                        self.close_to(0);
                        next = self.entity(None, true);
                        break;
                    }
                }
            }
        }
    }

    /// Goes on behind the next line, and gives where that is, with its end.
    fn next_line(&mut self) -> Range<usize> {
        let start = self.at;
        let rest = &self.bytes[start..];
        self.at =
            rest.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |length| start + length + 1);
        start..self.at
    }

    fn mark(&self, line: Range<usize>, is_after_blank: bool) -> Option<Mark> {
        let line = self.bytes[line].trim_ascii_end();
        if self.is_mailbox && is_after_blank && line.starts_with(b"From ") && line.contains(&b':') {
            return Some(Mark::Mail);
        }
        let boundary = line.strip_prefix(b"--")?;
        if let Some(open) = self.boundaries.get(boundary).and_then(|places| places.last()) {
            return Some(Mark::Next(*open));
        }
        let boundary = boundary.strip_suffix(b"--")?;
        self.boundaries.get(boundary).and_then(|places| places.last()).map(|open| Mark::End(*open))
    }

    /// Closes all but the first `length` entities that are open.
    fn close_to(&mut self, length: usize) {
        while self.open.len() > length {
            let Some(closed) = self.open.pop() else { return };
            self.entities[closed.entity].body.end = self.at;
            if let Some(places) = self.boundaries.get_mut(&closed.boundary) {
                places.pop();
                if places.is_empty() {
                    self.boundaries.remove(&closed.boundary);
                }
            }
        }
    }

    /// Reads the header of an entity, and those of mails that it holds, and gives the last. `None` only where there is no room
    /// for more.
    fn entity(&mut self, parent: Option<usize>, is_message: bool) -> Option<usize> {
        let (mut parent, mut is_message) = (parent, is_message);
        loop {
            let (headers, end) = Headers::read(self.bytes, self.at, self.decoder);
            self.at = end;
            let number = self.entities.len();
            let around = parent.map(|parent| &self.entities[parent]);
            let depth = around.map_or(0, |around| around.depth + usize::from(around.kind == Kind::Message));
            let is_digest = around.is_some_and(|around| around.content_type.essence == "multipart/digest");
            let mut content_type = headers.parameterized("content-type");
            if !content_type.essence.contains('/') {
                content_type.essence = if is_digest { "message/rfc822" } else { "text/plain" }.to_owned();
            }
            let encoding = headers.text("content-transfer-encoding").trim().to_ascii_lowercase();
            let boundary = content_type.parameter("boundary").map(String::into_bytes);
            let is_plain_encoding = !matches!(encoding.as_str(), "base64" | "quoted-printable");
            let kind = match content_type.essence.as_str() {
                "multipart/alternative" if boundary.is_some() => Kind::Alternative,
                essence if essence.starts_with("multipart/") && boundary.is_some() => Kind::Multipart,
                "message/rfc822" | "message/global" if is_plain_encoding => Kind::Message,
                _ => Kind::Leaf,
            };
            let body = end..self.bytes.len();
            self.entities.push(Entity {
                parent,
                depth,
                is_message,
                headers,
                content_type,
                encoding,
                kind,
                body,
            });
            match kind {
                Kind::Message => (parent, is_message) = (Some(number), true),
                Kind::Leaf => return Some(number),
                Kind::Alternative | Kind::Multipart => {
                    let boundary = trimmed(boundary.unwrap_or_default());
                    self.boundaries.entry(boundary.clone()).or_default().push(self.open.len());
                    self.open.push(Open { entity: number, boundary });
                    return Some(number);
                }
            }
        }
    }
}

fn trimmed(boundary: Vec<u8>) -> Vec<u8> {
    boundary.trim_ascii_end().to_vec()
}
