//! Packing the blocks of one section into chunks, greedily: up to the first boundary beyond the target, or else at the
//! best one that is available.

use super::boundary::Level;
use super::tokens::{PIECE_BYTES, TokenWindow, fitting_prefix};
use super::{ChunkOptions, MAX_BYTES_PER_TOKEN};
use crate::document::Span;
use crate::error::{Error, Result};
use crate::extract::{Block, BlockKind, is_blank, trimmed};
use crate::model::Tokenizer;

/// How large a chunk and its overlap may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Tokens of text in a chunk.
    tokens: usize,
    /// Bytes of text in a chunk.
    bytes: usize,
    /// By how many tokens the target is less than what fits; 0 where there is none.
    slack: usize,
    /// Tokens repeated from the chunk before.
    overlap: usize,
}

/// The longest line that closes code, in bytes: people write none that is longer.
const MAX_TAIL_BYTES: usize = 8;

impl Limits {
    /// The limits of chunks with `tokens` tokens of text.
    pub(super) fn new(tokens: usize, options: &ChunkOptions) -> Self {
        // A chunk stays smaller than a piece that is tokenized at once: `TokenWindow` relies on it.
        let bytes = (tokens * MAX_BYTES_PER_TOKEN).min(PIECE_BYTES / 2);
        let limits = Self { tokens, bytes, slack: options.max - options.target, overlap: 0 };
        Self { overlap: options.overlap.min(limits.goal(tokens) / 2), ..limits }
    }

    /// How many tokens a chunk is filled with that has room for `room`.
    fn goal(&self, room: usize) -> usize {
        room.saturating_sub(self.slack).max(1)
    }

    /// The most bytes of `tokens` tokens, of which no more than a chunk's are asked.
    fn bytes_of(&self, tokens: usize) -> usize {
        self.bytes.min(tokens * MAX_BYTES_PER_TOKEN)
    }
}

/// The trimmed text of a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    pub(super) span: Span,
    pub(super) tokens: u32,
    /// The section of its last block.
    pub(super) section: u32,
    /// What it needs before it to be read alone.
    pub(super) lead: Span,
    /// What it needs after it.
    pub(super) tail: Span,
}

/// Where a chunk ends.
#[derive(Clone, Copy, Debug)]
struct Cut {
    end: usize,
    level: Level,
    packed: Packed,
}

/// Gives the chunks of a run of blocks, one after the other.
pub(super) struct Packer<'p, 'a, T: ?Sized> {
    blocks: &'p [Block],
    limits: Limits,
    /// How many tokens the text of the chunk in the making may have: less where it needs something before it.
    room: usize,
    /// The lead that was counted last, with its tokens.
    counted: (Span, usize),
    window: &'p mut TokenWindow<'a, T>,
    /// The start of the chunk that comes next, and its cut.
    upcoming: Option<(usize, Cut)>,
}

impl<'p, 'a, T: Tokenizer + ?Sized> Packer<'p, 'a, T> {
    pub(super) fn new(
        blocks: &'p [Block],
        limits: Limits,
        window: &'p mut TokenWindow<'a, T>,
    ) -> Result<Self> {
        let mut packer =
            Self { blocks, limits, room: limits.tokens, counted: Default::default(), window, upcoming: None };
        // What may have to close a chunk has its room.
        packer.limits.tokens -= packer.longest_tail()?.min(limits.tokens / 2);
        if let Some(first) = blocks.first() {
            packer.upcoming = Some(packer.chunk_without_overlap(first.span.start as usize)?);
        }
        Ok(packer)
    }

    pub(super) fn next(&mut self) -> Result<Option<Packed>> {
        let Some((start, cut)) = self.upcoming.take() else { return Ok(None) };
        self.window.forget_before(start);
        self.upcoming = self.chunk_after(start, cut)?;
        Ok(Some(cut.packed))
    }

    /// The chunk after the one from `start` to `before.end`.
    fn chunk_after(&mut self, start: usize, before: Cut) -> Result<Option<(usize, Cut)>> {
        let text = self.window.text;
        let floor = text.len() - text[before.end..].trim_start_matches(is_blank).len();
        if floor >= self.run_end() {
            return Ok(None);
        }
        let fresh = self.chunk_without_overlap(floor)?;
        let repeated = self.overlap_start(start, before.end, floor)?;
        if repeated < floor
            && let Some(cut) = self.cut(repeated, floor)?
            // What is repeated must not cost the chunk a good end, and must be of its own section.
            && cut.level >= fresh.1.level.max(Level::Grapheme)
            && cut.packed.section == before.packed.section
        {
            return Ok(Some((repeated, cut)));
        }
        Ok(Some(fresh))
    }

    fn chunk_without_overlap(&mut self, start: usize) -> Result<(usize, Cut)> {
        let cut = self.cut(start, start)?;
        Ok((
            start,
            cut.ok_or_else(|| Error::internal(format!("chunking makes no progress at byte {start}")))?,
        ))
    }

    /// The best cut of a chunk that begins at `start` and ends after `floor`. `None` only if `floor` is after `start`
    /// and what is repeated leaves room for nothing else.
    fn cut(&mut self, start: usize, floor: usize) -> Result<Option<Cut>> {
        let text = self.window.text;
        let first_char = start + text[start..].chars().next().map_or(0, char::len_utf8);
        let (lead, lead_tokens) = self.lead_at(start)?;
        self.room = self.limits.tokens - lead_tokens;
        let mut limit = self.window.reach(start, self.room, self.limits.bytes)?;
        while limit > floor {
            let (end, level) = self.best_end(start, floor, limit)?;
            let span = trimmed(text, start, end);
            let tokens = self.window.count(span)?;
            if tokens <= self.room || end <= first_char {
                let tokens =
                    u32::try_from(tokens).map_err(|_| Error::internal("too many tokens in a chunk"))?;
                let section = self.section_at(span.end);
                let tail = self.tail_at(span.end);
                return Ok(Some(Cut { end, level, packed: Packed { span, tokens, section, lead, tail } }));
            }
            // A chunk that begins or ends inside a word may have more tokens than that part of the word had.
            let (len, _) = fitting_prefix(&text[span.range()], self.room, self.window.tokenizer)?;
            limit = span.start as usize + len;
            if start == floor {
                limit = limit.max(first_char);
            }
        }
        Ok(None)
    }

    /// The best place after `floor` and not after `limit` to end the chunk that begins at `start`.
    fn best_end(&mut self, start: usize, floor: usize, limit: usize) -> Result<(usize, Level)> {
        if let Some(cut) = self.end_at_target(start, floor, limit)? {
            return Ok(cut);
        }
        if limit >= self.run_end() {
            return Ok((self.run_end(), Level::Block));
        }
        let inner = self.blocks.partition_point(|block| block.span.end as usize <= limit);
        if let Some(cut) = self.block_end(start, floor, limit, inner)? {
            return Ok(cut);
        }
        let block = self.blocks[inner];
        let inside = floor.max(block.span.start as usize);
        let balanced = self.balanced(start, block.span.end as usize, limit)?;
        self.end_inside(block.kind, start, inside, if balanced > inside { balanced } else { limit })
    }

    /// The first good end after `floor` and not after `limit` that fills the chunk from `start` up to its target; `None`
    /// where there is no target, or none is as good as what is found without it.
    fn end_at_target(&mut self, start: usize, floor: usize, limit: usize) -> Result<Option<(usize, Level)>> {
        if self.limits.slack == 0 {
            return Ok(None);
        }
        let text = self.window.text;
        let goal = self.limits.goal(self.room);
        let reached = self.window.reach(start, goal, self.limits.bytes_of(goal))?;
        let aim = trimmed(text, start, reached).end as usize;
        // A place to cut is after the floor.
        let aim = aim.max(text.ceil_char_boundary(floor + 1));
        let at = self.blocks.partition_point(|block| (block.span.end as usize) < aim);
        let Some(block) = self.blocks.get(at).copied().filter(|_| aim < limit) else { return Ok(None) };
        let (block_start, block_end) = (block.span.start as usize, block.span.end as usize);
        // A block that does not fit alone is cut where the target is reached, unless that leaves a rest of less than half a
        // target.
        let rest = self.window.reach(start, goal + goal / 2, self.limits.bytes_of(goal + goal / 2))?;
        let is_cut = block_start < start || block_end > limit;
        if !is_cut || block_end <= rest.min(limit) {
            return Ok(self.whole_end(at, limit));
        }
        if block_end > limit
            && let Some(cut) = self.block_end(start, floor, limit, at)?
        {
            return Ok(Some(cut));
        }
        let inside = floor.max(block_start);
        let levels = levels(block.kind).iter().filter(|level| **level >= Level::Line);
        let end = block_end.min(limit);
        let mut ends = levels.filter_map(|&level| Some((level.first_from(text, inside, aim, end)?, level)));
        Ok(ends.next().or_else(|| self.whole_end(at, limit)))
    }

    /// The end of the first block, from block `at` on, that ends at or before `limit` and is no heading.
    fn whole_end(&self, at: usize, limit: usize) -> Option<(usize, Level)> {
        let fitting = self.blocks[at..].iter().take_while(|block| block.span.end as usize <= limit);
        let end = fitting.into_iter().find(|block| block.kind != BlockKind::Heading)?.span.end;
        Some((end as usize, Level::Block))
    }

    /// The end of a block before block `inner`, which the limit cuts, at which to end the chunk.
    ///
    /// It is the last end that leaves no heading alone, unless the chunk would be less than half full though what
    /// follows is too large for a chunk and must be cut anyway.
    fn block_end(
        &mut self,
        start: usize,
        floor: usize,
        limit: usize,
        inner: usize,
    ) -> Result<Option<(usize, Level)>> {
        let is_heading = |block: &Block| block.kind == BlockKind::Heading;
        let end_of = |block: &Block| block.span.end as usize;
        let first = self.blocks.partition_point(|block| end_of(block) <= floor);
        let (window, rest) = (&self.blocks[first..inner], &self.blocks[inner..]);
        let nothing_of_rest = limit <= rest[0].span.start as usize;
        let Some(last) = window.iter().rposition(|block| !is_heading(block)) else {
            // There are only headings: nothing better can be done than to end after one.
            let only = window.last().filter(|_| nothing_of_rest || is_heading(&rest[0]));
            return Ok(only.map(|heading| (end_of(heading), Level::Heading)));
        };
        let end = (end_of(&window[last]), Level::Block);
        if nothing_of_rest || is_heading(&rest[0]) || self.fills(start, end.0, 2)? {
            return Ok(Some(end));
        }
        let next = &self.blocks[first + last + 1..];
        let Limits { tokens, bytes, .. } = self.limits;
        let reach = self.window.reach(next[0].span.start as usize, tokens, bytes)?;
        let next_fits =
            next.iter().take_while(|block| end_of(block) <= reach).any(|block| !is_heading(block));
        Ok(next_fits.then_some(end))
    }

    /// `limit`, or less where the rest of the block would make a tiny chunk.
    fn balanced(&mut self, start: usize, block_end: usize, limit: usize) -> Result<usize> {
        let (tokens, bytes) = (self.room, self.limits.bytes);
        if self.window.reach(start, tokens + tokens / 2, bytes + bytes / 2)? < block_end {
            return Ok(limit);
        }
        let part = |whole: usize| whole * 5 / 8;
        let total = self.window.touching(Span::new(start, block_end))?;
        let balanced = if total > tokens {
            self.window.reach(start, part(total), bytes)?
        } else {
            self.window.reach(start, tokens, part(block_end - start))?
        };
        Ok(balanced.min(limit))
    }

    /// The best place after `inside` and not after `limit` to cut the block of `kind` there.
    fn end_inside(
        &mut self,
        kind: BlockKind,
        start: usize,
        inside: usize,
        limit: usize,
    ) -> Result<(usize, Level)> {
        for &level in levels(kind) {
            if let Some(end) = level.last(self.window.text, inside, limit)
                && (level == Level::Grapheme || self.fills(start, end, 4)?)
            {
                return Ok((end, level));
            }
        }
        Ok((limit, Level::Grapheme))
    }

    /// Whether the text from `start` to `end` is at least one `part`-th of a chunk that is filled up to the target.
    fn fills(&mut self, start: usize, end: usize, part: usize) -> Result<bool> {
        let tokens = self.window.touching(Span::new(start, end))?;
        let full = self.limits.goal(self.limits.tokens);
        Ok(tokens * part >= full || (end - start) * part >= self.limits.bytes_of(full))
    }

    /// Where the chunk after the one from `start` to `end` begins: at the first sentence or line that repeats no more
    /// than the overlap, or at `floor`, which repeats nothing.
    fn overlap_start(&mut self, start: usize, end: usize, floor: usize) -> Result<usize> {
        if self.limits.overlap == 0 {
            return Ok(floor);
        }
        let text = self.window.text;
        let by_bytes =
            text.ceil_char_boundary(floor.saturating_sub(self.limits.overlap * MAX_BYTES_PER_TOKEN));
        let from = self.window.back(floor, self.limits.overlap).max(by_bytes).max(start + 1);
        let Some(at) = self.first_start(start, text.ceil_char_boundary(from), floor) else {
            return Ok(floor);
        };
        let repeated = trimmed(text, at, end.max(at));
        let fits = self.window.count(repeated)? <= self.limits.overlap;
        Ok(if fits && !repeated.is_empty() { repeated.start as usize } else { floor })
    }

    /// The first start of a block, sentence or line after `start`, not before `from` and before `floor`.
    fn first_start(&self, start: usize, from: usize, floor: usize) -> Option<usize> {
        let first = self.blocks.partition_point(|block| block.span.end as usize <= from);
        let blocks = self.blocks[first..].iter().take_while(|block| (block.span.start as usize) < floor);
        blocks.into_iter().find_map(|block| {
            let block_start = block.span.start as usize;
            if block_start >= from {
                return Some(block_start);
            }
            let (inside, end) = (block_start.max(start), floor.min(block.span.end as usize));
            levels(block.kind).iter().find_map(|level| level.first_from(self.window.text, inside, from, end))
        })
    }

    /// What a chunk that begins at `start` needs before it, with its tokens; nothing where that would take more than half of
    /// the room.
    fn lead_at(&mut self, start: usize) -> Result<(Span, usize)> {
        let place = self.blocks.partition_point(|block| block.span.end as usize <= start);
        let lead = self.blocks.get(place).map_or(Span::default(), |block| block.lead);
        if lead.is_empty() || lead.end as usize > start {
            return Ok((Span::default(), 0));
        }
        if self.counted.0 != lead {
            let text = &self.window.text[lead.range()];
            let is_short = text.len() <= self.limits.bytes;
            let tokens = if is_short { self.window.tokenizer.count_tokens(text)? } else { usize::MAX };
            self.counted = (lead, tokens);
        }
        let (lead, tokens) = self.counted;
        Ok(if tokens <= self.limits.tokens / 2 { (lead, tokens) } else { (Span::default(), 0) })
    }

    /// What a chunk that ends at `end` needs after it.
    fn tail_at(&self, end: u32) -> Span {
        let place = self.blocks.partition_point(|block| block.span.end < end);
        let is_open = |block: &&Block| block.span.start < end && end <= block.tail.start;
        let is_short = |block: &&Block| block.tail.len() <= MAX_TAIL_BYTES;
        self.blocks.get(place).filter(is_open).filter(is_short).map_or(Span::default(), |block| block.tail)
    }

    /// The most tokens of what closes a block.
    fn longest_tail(&self) -> Result<usize> {
        let mut longest = 0;
        for tail in self.blocks.iter().map(|block| block.tail) {
            if !tail.is_empty() && tail.len() <= MAX_TAIL_BYTES {
                let tokens = self.window.tokenizer.count_tokens(&self.window.text[tail.range()])?;
                longest = longest.max(tokens);
            }
        }
        Ok(longest)
    }

    /// The section of the last block that begins before `end`.
    fn section_at(&self, end: u32) -> u32 {
        let after = self.blocks.partition_point(|block| block.span.start < end);
        self.blocks.get(after.saturating_sub(1)).map_or(0, |block| block.section)
    }

    fn run_end(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.span.end as usize)
    }
}

fn levels(kind: BlockKind) -> &'static [Level] {
    if kind.is_made_of_lines() { Level::LINES } else { Level::PROSE }
}
