//! What is done to a text before it is split: the normalizers of `tokenizer.json`, as
//! [its documentation](https://huggingface.co/docs/tokenizers/api/normalizers) has them.

use super::aligned::{Aligned, Change};
use super::byte_level;
use super::categories;
use super::file::Part;
use super::pattern::Pattern;
use super::precompiled::Precompiled;
use super::unicode::{Form, decomposition};
use crate::error::Result;

/// Texts that a file may put into each text are at most this long, in bytes.
pub(super) const MAX_CONTENT: usize = 256;

/// What `BertNormalizer` does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bert {
    /// Control characters are dropped, and all white space becomes a space.
    pub(super) clean: bool,
    /// Ideographs become words of their own.
    pub(super) ideographs: bool,
    pub(super) strip_accents: bool,
    pub(super) lowercase: bool,
}

/// One step.
pub(super) enum Normalizer {
    Bert(Bert),
    Form(Form),
    Lowercase,
    StripAccents,
    Strip { left: bool, right: bool },
    Prepend(String),
    Replace { pattern: Pattern, content: String },
    Nmt,
    Precompiled(Precompiled),
    ByteLevel,
}

impl Normalizer {
    /// The steps of the file's normalizer.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming what is malformed or not supported.
    pub(super) fn read(part: Part) -> Result<Vec<Self>> {
        part.flattened("normalizers", |part| part.kind() == "Sequence")?
            .into_iter()
            .map(Self::read_one)
            .collect()
    }

    fn read_one(part: Part) -> Result<Self> {
        let form = |compatible, composed| Self::Form(Form { compatible, composed });
        Ok(match part.kind() {
            "BertNormalizer" | "Bert" => Self::Bert(Bert::read(part)?),
            "NFC" => form(false, true),
            "NFD" => form(false, false),
            "NFKC" => form(true, true),
            "NFKD" => form(true, false),
            "Lowercase" => Self::Lowercase,
            "StripAccents" => Self::StripAccents,
            "Strip" => Self::Strip { left: part.flag("strip_left")?, right: part.flag("strip_right")? },
            "Prepend" => Self::Prepend(part.content("prepend", MAX_CONTENT)?.to_owned()),
            "Replace" => Self::Replace {
                pattern: part.pattern()?,
                content: part.content("content", MAX_CONTENT)?.to_owned(),
            },
            "Nmt" => Self::Nmt,
            "Precompiled" => Self::Precompiled(
                Precompiled::from_base64(part.text("precompiled_charsmap")?)
                    .ok_or_else(|| part.malformed("precompiled_charsmap"))?,
            ),
            "ByteLevel" => Self::ByteLevel,
            _ => return Err(part.unsupported()),
        })
    }

    /// Normalises `text`; `changes` is scratch.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where it grows out of proportion.
    pub(super) fn apply(&self, text: &mut Aligned, changes: &mut Vec<Change>) -> Result<()> {
        match self {
            Self::Bert(bert) => bert.apply(text, changes),
            Self::Form(form) => normalise(*form, text, changes),
            Self::Lowercase => lowercase(text),
            Self::StripAccents => text.retain(|c| !categories::is_mark(c)),
            Self::Strip { left, right } => strip(text, *left, *right),
            Self::Prepend(content) => text.prepend(content)?,
            Self::Replace { pattern, content } => text.replace(content, |rest| pattern.find(rest))?,
            Self::Nmt => nmt(text),
            Self::Precompiled(map) => map.apply(text, changes),
            Self::ByteLevel => byte_level::spell(text),
        }
        text.check_growth()
    }
}

impl Bert {
    fn read(part: Part) -> Result<Self> {
        let lowercase = part.flag("lowercase")?;
        Ok(Self {
            clean: part.flag("clean_text")?,
            ideographs: part.flag("handle_chinese_chars")?,
            strip_accents: part.optional_flag("strip_accents")?.unwrap_or(lowercase),
            lowercase,
        })
    }

    fn apply(self, text: &mut Aligned, changes: &mut Vec<Change>) {
        if self.clean {
            text.retain(|c| !is_dropped(c));
            map(text, |c| if c.is_whitespace() { ' ' } else { c });
        }
        if self.ideographs && text.text().chars().any(categories::is_ideograph) {
            text.rewrite(|c, origin, new| {
                let spaced = categories::is_ideograph(c);
                [spaced.then_some(' '), Some(c), spaced.then_some(' ')]
                    .into_iter()
                    .flatten()
                    .for_each(|c| new.push(c, origin));
            });
        }
        if self.strip_accents {
            normalise(Form { compatible: false, composed: false }, text, changes);
            text.retain(|c| !categories::is_accent(c));
        }
        if self.lowercase {
            lowercase(text);
        }
    }
}

/// Whether BERT's cleaning drops `c`.
pub(super) fn is_dropped(c: char) -> bool {
    matches!(c, '\0' | '\u{FFFD}') || categories::is_control(c)
}

fn normalise(form: Form, text: &mut Aligned, changes: &mut Vec<Change>) {
    if is_unchanged(form, text.text()) {
        return;
    }
    form.apply(text.text(), changes);
    text.transform(changes, 0);
}

/// Whether a form surely leaves `text` as it is.
fn is_unchanged(form: Form, text: &str) -> bool {
    let stays = |c: char| {
        if c.is_ascii() {
            return true;
        }
        // No mark, nothing that composes with what is before it, and made of itself alone.
        let mut parts = (0, c);
        decomposition(c, form.compatible, |part| parts = (parts.0 + 1, part));
        parts == (1, c) && super::unicode::class(c) == 0 && !(form.composed && joins(c))
    };
    text.is_ascii() || text.chars().all(stays)
}

/// Whether `c` is no mark but may become one character with what stands before it: the vowels and final consonants of
/// Hangul, and some of India's vowel signs.
fn joins(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}') || super::categories::is_mark(c)
}

fn lowercase(text: &mut Aligned) {
    if text.text().chars().all(|c| c.is_ascii() && !c.is_ascii_uppercase()) {
        return;
    }
    text.rewrite(|c, origin, new| c.to_lowercase().for_each(|c| new.push(c, origin)));
}

fn map(text: &mut Aligned, becomes: impl Fn(char) -> char) {
    if text.text().chars().all(|c| becomes(c) == c) {
        return;
    }
    text.rewrite(|c, origin, new| new.push(becomes(c), origin));
}

fn strip(text: &mut Aligned, left: bool, right: bool) {
    let whole = text.text();
    let end = if right { whole.trim_end().len() } else { whole.len() };
    let kept = &whole[..end];
    let start = if left { kept.len() - kept.trim_start().len() } else { 0 };
    text.crop(start, end);
}

/// What Google's NMT models do to control characters and white space.
fn nmt(text: &mut Aligned) {
    text.retain(
        |c| !matches!(c, '\u{1}'..='\u{8}' | '\u{B}' | '\u{E}'..='\u{1F}' | '\u{7F}' | '\u{8F}' | '\u{9F}'),
    );
    map(text, |c| match c {
        '\t'
        | '\n'
        | '\u{C}'
        | '\r'
        | '\u{1680}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2581}'
        | '\u{FEFF}'
        | '\u{FFFD}' => ' ',
        c => c,
    });
}
