//! A text while it is being changed, which knows for each byte where it comes from.
//!
//! What a change does to origins is what the reference implementation does (`NormalizedString` of Hugging Face's
//! [`tokenizers`](https://docs.rs/tokenizers/latest/tokenizers/tokenizer/struct.NormalizedString.html)): a character that
//! replaces another has its origin, and one that is put in has that of the one before it.

use crate::error::{Error, Result};

/// Where a byte comes from: the first and the first following byte of the original text.
pub(super) type Origin = (u32, u32);

/// The changed text may be this many times as long as what it was made of, which no real tokenizer comes near.
const MAX_GROWTH: usize = 64;

/// A character of the new text, and what it does with those of the old one: 0 takes the place of the next one, 1 is put in
/// beside the one before, and -n takes the place of the next one and removes n more.
pub(super) type Change = (char, i32);

/// A text and, if wanted, the origin of each of its bytes.
#[derive(Default)]
pub(super) struct Aligned {
    text: String,
    /// One for each byte of `text`; empty where they are not wanted.
    origins: Vec<Origin>,
    tracked: bool,
    limit: usize,
    /// Where the original text begins for the reference implementation, if not at 0: it forgets characters that a map
    /// removes from the beginning.
    start: u32,
    /// What was replaced, whose memory is used again.
    old: String,
    old_origins: Vec<Origin>,
}

impl Aligned {
    /// Begins again with `text`, which stands at byte `at` of the original text.
    pub(super) fn begin(&mut self, text: &str, at: u32, tracked: bool) {
        (self.tracked, self.start) = (tracked, 0);
        self.limit = text.len().saturating_mul(MAX_GROWTH).saturating_add(4096);
        self.text.clear();
        self.text.push_str(text);
        self.origins.clear();
        if tracked {
            for c in text.chars() {
                let start = at + self.origins.len() as u32;
                let origin = (start, start + c.len_utf8() as u32);
                self.origins.extend(std::iter::repeat_n(origin, c.len_utf8()));
            }
        }
    }

    /// Begins again with a part of another text.
    pub(super) fn begin_part(&mut self, of: &Self, start: usize, end: usize) {
        (self.tracked, self.limit, self.start) = (of.tracked, of.limit, of.start);
        self.text.clear();
        self.text.push_str(&of.text[start..end]);
        self.origins.clear();
        if self.tracked {
            self.origins.extend_from_slice(&of.origins[start..end]);
        }
    }

    /// The text as it is now.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a non-empty range of the text comes from; nowhere in particular if origins are not tracked.
    pub(super) fn origin(&self, start: usize, end: usize) -> Origin {
        match (self.origins.get(start), self.origins.get(end.saturating_sub(1).max(start))) {
            (Some(first), Some(last)) => (first.0, last.1),
            _ => (0, 0),
        }
    }

    /// Keeps the characters that `keep` holds for.
    pub(super) fn retain(&mut self, keep: impl Fn(char) -> bool) {
        if self.text.chars().all(&keep) {
            return;
        }
        self.rewrite(|c, origin, new| {
            if keep(c) {
                new.push(c, origin);
            }
        });
    }

    /// Puts something in the place of each character: `write` is given it, its origin, and where to push.
    pub(super) fn rewrite(&mut self, mut write: impl FnMut(char, Origin, &mut Writer)) {
        let (text, mut new) = self.take();
        let mut at = 0;
        for c in text.chars() {
            let origin = new.old.get(at).copied().unwrap_or_default();
            write(c, origin, &mut new);
            at += c.len_utf8();
        }
        self.put(text, new);
    }

    /// Puts something in the place of ranges of the text, which are in order: `write` is given each range's text, whether
    /// it is the first of the original text, and a function that pushes a character with the origin of the one at a place
    /// in the range. The ranges become those of the new text.
    pub(super) fn rewrite_ranges(
        &mut self,
        ranges: &mut [(usize, usize)],
        mut write: impl FnMut(&str, bool, &mut dyn FnMut(char, usize)),
    ) {
        let start = self.start;
        let (text, mut new) = self.take();
        for range in ranges {
            let (from, to) = *range;
            range.0 = new.text.len();
            let first = origin_at(&new.old, from).0;
            let is_first = first == 0 || first == start;
            write(&text[from..to], is_first, &mut |c, at| new.push(c, origin_at(&new.old, from + at)));
            range.1 = new.text.len();
        }
        self.put(text, new);
    }

    /// Makes the text what `changes` say, after the removal of `removed` characters at its beginning.
    pub(super) fn transform(&mut self, changes: &[Change], removed: usize) {
        let (text, mut new) = self.take();
        let mut replaced = text.chars().map(char::len_utf8);
        let mut at: usize = replaced.by_ref().take(removed).sum();
        for (c, change) in changes {
            let origin =
                if *change > 0 { origin_at(&new.old, at.saturating_sub(1)) } else { origin_at(&new.old, at) };
            if *change <= 0 {
                at += replaced.by_ref().take(1 + change.unsigned_abs() as usize).sum::<usize>();
            }
            new.push(*c, origin);
        }
        let from_start = removed > 0 && origin_at(&new.old, 0).0 == 0;
        self.put(text, new);
        if from_start {
            self.start = self.origin(0, 1).0;
        }
    }

    /// Puts `content` in the place of what `find` finds in the rest of the text, a non-empty range, again and again.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the text grows out of proportion.
    pub(super) fn replace(
        &mut self,
        content: &str,
        mut find: impl FnMut(&str) -> Option<(usize, usize)>,
    ) -> Result<()> {
        let Some(mut found) = find(&self.text) else { return Ok(()) };
        let (text, mut new) = self.take();
        let mut at = 0;
        let fits = loop {
            let (start, end) = (at + found.0, at + found.1);
            new.copy(&text, at, start);
            let origin = origin_at(&new.old, end - 1);
            content.chars().for_each(|c| new.push(c, origin));
            at = end;
            let fits = new.text.len() <= self.limit;
            match find(&text[at..]).filter(|_| fits) {
                Some(next) => found = next,
                None => break fits,
            }
        };
        if fits {
            new.copy(&text, at, text.len());
        }
        self.put(text, new);
        self.check_growth()
    }

    /// Puts `content` before the text, if there is one; it has the origin of the first character.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub(super) fn prepend(&mut self, content: &str) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let (text, mut new) = self.take();
        let origin = origin_at(&new.old, 0);
        content.chars().for_each(|c| new.push(c, origin));
        new.copy(&text, 0, text.len());
        self.put(text, new);
        self.check_growth()
    }

    /// Removes what is not between two places.
    pub(super) fn crop(&mut self, start: usize, end: usize) {
        self.text.truncate(end);
        self.text.drain(..start);
        if self.tracked {
            self.origins.truncate(end);
            self.origins.drain(..start);
        }
    }

    /// Fails where the text has grown out of proportion.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal).
    pub(super) fn check_growth(&self) -> Result<()> {
        if self.text.len() <= self.limit {
            return Ok(());
        }
        Err(Error::internal("the tokenizer makes a text longer than it can be"))
    }

    /// The text, and room for a new one.
    fn take(&mut self) -> (String, Writer) {
        let mut new = Writer {
            text: std::mem::take(&mut self.old),
            origins: std::mem::take(&mut self.old_origins),
            old: std::mem::take(&mut self.origins),
            tracked: self.tracked,
        };
        new.text.clear();
        new.origins.clear();
        (std::mem::take(&mut self.text), new)
    }

    fn put(&mut self, text: String, new: Writer) {
        (self.text, self.origins) = (new.text, new.origins);
        (self.old, self.old_origins) = (text, new.old);
    }
}

fn origin_at(origins: &[Origin], at: usize) -> Origin {
    origins.get(at).copied().unwrap_or_default()
}

/// A new text that is being written.
pub(super) struct Writer {
    text: String,
    origins: Vec<Origin>,
    /// The origins of the text that is replaced.
    old: Vec<Origin>,
    tracked: bool,
}

impl Writer {
    /// Adds a character.
    #[inline]
    pub(super) fn push(&mut self, c: char, origin: Origin) {
        self.text.push(c);
        if self.tracked {
            self.origins.extend(std::iter::repeat_n(origin, c.len_utf8()));
        }
    }

    /// Adds what stood between two places of the old text.
    fn copy(&mut self, text: &str, start: usize, end: usize) {
        self.text.push_str(&text[start..end]);
        if self.tracked {
            self.origins.extend_from_slice(&self.old[start..end]);
        }
    }
}
