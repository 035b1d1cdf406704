//! Chunking: contiguous spans of a text that follow its structure and fit the model, token for token.
//!
//! A chunk never crosses a section. Within one it takes whole blocks until it has reached its target, or as many as fit; a
//! block that alone is too large is cut between sentences (or lines, where lines mean something), else lines, words, and at last graphemes.
//! Sentences are those of [`crate::sentences`], words and graphemes those of UAX #29. A chunk that is a part of a table, of code
//! or of a list says what it needs around it to be read alone ([`Frame`]).

mod boundary;
mod pack;
mod passage;
mod tokens;

pub use passage::{PassageText, capped_header, passage_header, passage_text};

use serde::{Deserialize, Serialize};
use std::ops::Range;

use crate::document::{Chunk, Frame, Span, Utf16Index};
use crate::error::{Error, Result};
use crate::extract::{Block, BlockKind, Extracted};
use crate::model::Tokenizer;
use crate::task::{Phase, Progress, Task};
use pack::{Limits, Packer};
use tokens::TokenWindow;

/// The smallest legal [`ChunkOptions::max`] and [`ChunkOptions::target`].
pub const MIN_TOKENS: usize = 32;

/// The fewest tokens that a model's special tokens and prefix must leave of [`ChunkOptions::max`].
const MIN_ROOM: usize = 8;

/// The most bytes that one token accounts for. A word that the model does not know is one token however long it is;
/// without this limit such a word could make a chunk of any size.
const MAX_BYTES_PER_TOKEN: usize = 16;

/// How much text is chunked between two checkpoints of the task, in bytes.
const CHECKPOINT_BYTES: usize = 16 << 10;

/// How a text is cut into chunks. All three are counted in tokens of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChunkOptions {
    /// How far a chunk is filled, counted as `max` is: it ends with the first block, or in a block that is too large
    /// for a chunk with the first sentence or line, that reaches the target. A block that fits is not cut for its sake,
    /// so chunks may be larger, up to `max`. Legal are [`MIN_TOKENS`] up to `max`, which is no target at all: each
    /// chunk takes what fits. Small values make what is found precise, but each chunk poor in context, and chunks many.
    /// By default 256.
    pub target: usize,
    /// The most tokens that the model sees of a chunk: its special tokens and prefix, the header with title and
    /// section, and the text. Legal are [`MIN_TOKENS`] up to the model's own limit. By default 256.
    pub max: usize,
    /// The most tokens of text that a chunk repeats from the end of the one before, in whole sentences or lines.
    /// Legal are 0, which repeats nothing, up to half of `target`, which nearly doubles the number of chunks.
    /// By default 32.
    pub overlap: usize,
}

impl Default for ChunkOptions {
    fn default() -> Self {
        Self { target: 256, max: 256, overlap: 32 }
    }
}

impl ChunkOptions {
    /// Chunks that are filled up to `max`, without a target below it.
    pub const fn filled(max: usize, overlap: usize) -> Self {
        Self { target: max, max, overlap }
    }

    /// The defaults, or less where a model takes no more than `model_max_tokens` tokens.
    pub fn for_model(model_max_tokens: usize) -> Self {
        Self::given(None, Some(Self::default().max.min(model_max_tokens)), None)
    }

    /// Options of which some are given; the others are the defaults, or less where those that are given demand it.
    pub fn given(target: Option<usize>, max: Option<usize>, overlap: Option<usize>) -> Self {
        let default = Self::default();
        let max = max.unwrap_or(default.max);
        let target = target.unwrap_or(default.target.min(max));
        Self { target, max, overlap: overlap.unwrap_or(default.overlap.min(target / 2)) }
    }

    /// Checks the options for a model that takes `model_max_tokens` tokens.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the option and its range.
    pub fn validate(&self, model_max_tokens: usize) -> Result<()> {
        if !(MIN_TOKENS..=model_max_tokens).contains(&self.max) {
            return Err(Error::invalid_argument(format!(
                "max is {}, legal are {MIN_TOKENS} to {model_max_tokens}, the model's limit",
                self.max
            )));
        }
        self.validate_within_max()
    }

    /// Checks the options as far as that can be done before the model is known.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the option and its range.
    pub fn validate_without_model(&self) -> Result<()> {
        if self.max < MIN_TOKENS {
            let message = format!("max is {}, the least is {MIN_TOKENS}", self.max);
            return Err(Error::invalid_argument(message));
        }
        self.validate_within_max()
    }

    fn validate_within_max(&self) -> Result<()> {
        let Self { target, max, overlap } = *self;
        if !(MIN_TOKENS..=max).contains(&target) {
            let message = format!("target is {target}, legal are {MIN_TOKENS} to {max}, which is max");
            return Err(Error::invalid_argument(message));
        }
        let most = target / 2;
        if overlap > most {
            let message = format!("overlap is {overlap}, legal are 0 to {most}, half of target");
            return Err(Error::invalid_argument(message));
        }
        Ok(())
    }

    /// The number of tokens that are left for header and text.
    fn room(&self, overhead: usize) -> Result<usize> {
        self.max.checked_sub(overhead).filter(|&room| room >= MIN_ROOM).ok_or_else(|| {
            Error::invalid_argument(format!(
                "max is {}, of which the model's special tokens and prefix take {overhead}; at least {MIN_ROOM} must be left",
                self.max
            ))
        })
    }

    /// The most tokens that the header of a passage may have: a quarter of what the model's `overhead` (its special
    /// tokens and prefix) leaves.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where it leaves next to nothing.
    pub fn header_limit(&self, overhead: usize) -> Result<usize> {
        Ok(self.room(overhead)? / 4)
    }
}

/// Cuts `extracted` into chunks, in the order of the text.
///
/// Every visible character is in a chunk. The [`passage_text`] of a chunk, which is what the model is to see, has at
/// most `max - overhead` tokens; `overhead` is the number of the model's special tokens and of those of its
/// prefix. (Only a single character that alone has more tokens than fit, which no common model knows, exceeds that.)
/// Takes time in proportion to the text, and memory for its chunks and a few hundred kilobytes.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for options out of range,
/// [`ErrorKind::Aborted`](crate::error::ErrorKind::Aborted) where the task was aborted, and what the tokenizer reports.
pub async fn chunk<T: Tokenizer + ?Sized>(
    extracted: &Extracted,
    title: &str,
    options: &ChunkOptions,
    overhead: usize,
    tokenizer: &T,
    task: &impl Task,
) -> Result<Vec<Chunk>> {
    options.validate_within_max()?;
    let room = options.room(overhead)?;
    let header_limit = options.header_limit(overhead)?;
    let text = &extracted.text;
    let mut window = TokenWindow::new(text, tokenizer);
    let mut utf16 = Utf16Index::new(text);
    let mut chunks = Vec::new();
    let mut checkpoint = 0;
    let part = |span: Span| span.slice(text).unwrap_or_default().trim_end().to_owned();
    for run in runs(&extracted.blocks) {
        let blocks = &extracted.blocks[run];
        let header_tokens = longest_header(extracted, blocks, title, header_limit, tokenizer)?;
        let limits = Limits::new(room - header_tokens, options);
        let mut packer = Packer::new(blocks, limits, &mut window)?;
        while let Some(packed) = packer.next()? {
            chunks.push(Chunk {
                span: packed.span,
                span_utf16: utf16.span(packed.span),
                section: extracted.section_path(packed.section),
                page: extracted.page_at(packed.span.start),
                frame: Frame { lead: part(packed.lead), tail: part(packed.tail) },
                tokens: packed.tokens,
            });
            let done = packed.span.end as usize;
            if done >= checkpoint {
                task.report(Progress { phase: Phase::Chunking, done, total: text.len() });
                task.checkpoint().await?;
                checkpoint = done + CHECKPOINT_BYTES;
            }
        }
    }
    task.report(Progress { phase: Phase::Chunking, done: text.len(), total: text.len() });
    Ok(chunks)
}

/// The most tokens that a header has among the sections of `blocks`.
fn longest_header<T: Tokenizer + ?Sized>(
    extracted: &Extracted,
    blocks: &[Block],
    title: &str,
    limit: usize,
    tokenizer: &T,
) -> Result<usize> {
    let mut longest = 0;
    for blocks in blocks.chunk_by(|block, next| block.section == next.section) {
        let header = capped_header(title, &extracted.section_path(blocks[0].section), limit, tokenizer)?;
        longest = longest.max(tokenizer.count_tokens(&header)?);
    }
    Ok(longest)
}

/// The runs of blocks that are packed together: the blocks of one section, after the headings of sections before it
/// that have nothing but a heading. So no heading stands alone, except at the end of the document.
fn runs(blocks: &[Block]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut has_body = false;
    for (index, block) in blocks.iter().enumerate() {
        has_body |= block.kind != BlockKind::Heading;
        match blocks.get(index + 1) {
            Some(next) if next.section == block.section || !has_body => {}
            _ => {
                runs.push(start..index + 1);
                start = index + 1;
                has_body = false;
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests;
