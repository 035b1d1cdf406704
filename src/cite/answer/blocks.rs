//! What the lines of an answer are, as far as it is written in Markdown.

use std::ops::Range;

use super::mask;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Sentences: a paragraph or the item of a list.
    Prose,
    /// A row of a table.
    Row,
    /// What claims nothing: headings, code, rules, lists of sources.
    Other,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub range: Range<usize>,
    pub shape: Shape,
    /// Where what introduces it stands.
    pub lead: Option<Range<usize>>,
}

/// Shorter lines are not wrapped: what follows them is another block, unless it begins in small letters.
const WRAPPED_BYTES: usize = 40;

/// Words that introduce a list of sources, in lower case.
const SOURCES: &[&str] = &[
    "sources",
    "source",
    "references",
    "citations",
    "footnotes",
    "notes",
    "quellen",
    "quellenangaben",
    "belege",
    "fuentes",
    "référence",
    "références",
    "sources :",
    "fonti",
    "fontes",
    "bronnen",
    "источники",
    "来源",
    "参考文献",
    "出典",
    "المصادر",
    "מקורות",
];

/// Builds blocks line by line.
#[derive(Default)]
struct Builder {
    blocks: Vec<Block>,
    masks: Vec<Range<usize>>,
    /// Whether the last block goes on with a line of prose.
    is_open: bool,
    /// The fence that ends the code.
    fence: Option<String>,
    /// Whether what follows is a list of sources.
    in_sources: bool,
    /// The paragraph that introduces the list or table that comes.
    lead: Option<Range<usize>>,
    /// The header of the table.
    header: Option<Range<usize>>,
}

/// The blocks of an answer, and the answer with code and the marks of Markdown masked.
pub(super) fn blocks(text: &str) -> (Vec<Block>, String) {
    let mut builder = Builder::default();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut at, mut before) = (0, "");
    for (number, whole) in lines.iter().enumerate() {
        let line = whole.trim_end();
        let next = lines.get(number + 1).map_or("", |next| next.trim());
        builder.line(line, at, before, next);
        at += whole.len();
        before = line;
    }
    let mut masked = text.to_owned();
    for range in builder.masks {
        mask(&mut masked, range);
    }
    mask_code_and_links(&mut masked);
    (builder.blocks, masked)
}

impl Builder {
    fn line(&mut self, whole: &str, at: usize, before: &str, next: &str) {
        let line = whole.trim_start();
        let start = at + whole.len() - line.len();
        let range = start..start + line.len();
        if let Some(fence) = &self.fence {
            self.masks.push(range.clone());
            if line.trim_end().starts_with(fence.as_str()) && line.trim_matches(['`', '~']).is_empty() {
                self.fence = None;
            }
            return;
        }
        if line.is_empty() {
            self.is_open = false;
            self.header = None;
            return;
        }
        for mark in ["```", "~~~"] {
            if line.starts_with(mark) {
                let length = line.len() - line.trim_start_matches(&mark[..1]).len();
                self.fence = Some(mark[..1].repeat(length));
                self.masks.push(range);
                self.is_open = false;
                return;
            }
        }
        let depth = line.len() - line.trim_start_matches('#').len();
        let is_heading = (1..=6).contains(&depth) && line[depth..].starts_with([' ', '\t']);
        let is_rule = line.len() >= 3
            && ["-", "*", "_", "="]
                .iter()
                .any(|mark| line.replace([' ', '\t'], "").replace(mark, "").is_empty());
        if is_heading || is_rule {
            if is_heading {
                self.in_sources = names_sources(line);
            }
            self.close(range, Shape::Other);
            return;
        }
        if names_sources(line) && line.len() <= 40 {
            self.in_sources = true;
        }
        if self.in_sources || is_definition(line) {
            self.close(range, Shape::Other);
            return;
        }
        if line.starts_with('|') {
            self.row(line, range, next);
            return;
        }
        let (content, is_item) = after_marks(line);
        let content_start = start + content;
        if is_item {
            self.masks.push(start..content_start);
            let item = content_start..range.end;
            let lead = self.lead.clone();
            self.blocks.push(Block { range: item, shape: Shape::Prose, lead });
            self.is_open = true;
            return;
        }
        self.masks.push(start..content_start);
        let goes_on =
            self.is_open && (before.trim().len() >= WRAPPED_BYTES || line.starts_with(char::is_lowercase));
        match self.blocks.last_mut().filter(|last| goes_on && last.shape == Shape::Prose) {
            Some(last) => last.range.end = range.end,
            None => {
                self.blocks.push(Block { range: content_start..range.end, shape: Shape::Prose, lead: None })
            }
        }
        self.is_open = true;
        let ends_with_colon = line
            .trim_end_matches(|it: char| !it.is_alphanumeric() && !matches!(it, ':' | '：'))
            .ends_with([':', '：']);
        // Marks after the colon are looked through.
        let last = self.blocks.last().map(|last| last.range.clone());
        self.lead = last.filter(|_| {
            ends_with_colon
                || line
                    .trim_end_matches([']', ')'])
                    .trim_end_matches(|it: char| it.is_ascii_digit() || it == '[')
                    .trim_end()
                    .ends_with(':')
        });
    }

    fn close(&mut self, range: Range<usize>, shape: Shape) {
        self.blocks.push(Block { range, shape, lead: None });
        self.is_open = false;
        self.lead = None;
    }

    fn row(&mut self, line: &str, range: Range<usize>, next: &str) {
        self.is_open = false;
        if is_delimiter(line) {
            self.masks.push(range);
            return;
        }
        if is_delimiter(next) {
            self.header = Some(range.clone());
            self.blocks.push(Block { range, shape: Shape::Other, lead: None });
            return;
        }
        let lead = self.header.clone().or_else(|| self.lead.clone());
        for (at, _) in line.match_indices('|') {
            self.masks.push(range.start + at..range.start + at + 1);
        }
        self.blocks.push(Block { range, shape: Shape::Row, lead });
    }
}

/// Whether a line is the one under the header of a table.
fn is_delimiter(line: &str) -> bool {
    line.starts_with('|')
        && line.contains('-')
        && line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' ' | '\t'))
}

/// `**Sources:**`, `## References`
fn names_sources(line: &str) -> bool {
    let name = line.trim_matches(|it: char| !it.is_alphanumeric()).to_lowercase();
    SOURCES.contains(&name.as_str())
}

/// `[^1]: Lease, section 3`, `[1]: https://…`
fn is_definition(line: &str) -> bool {
    let inner = line.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
    inner.is_some_and(|(label, _)| label.len() <= 20 && !label.contains(['[', ']']))
}

/// Where the content of a line begins, after the marks of lists and quotations, and whether it is an item.
fn after_marks(line: &str) -> (usize, bool) {
    let quoted = line.len() - line.trim_start_matches(['>', ' ']).len();
    let quoted = if line.starts_with('>') { quoted } else { 0 };
    let rest = &line[quoted..];
    let Some(space) = rest.find(char::is_whitespace) else { return (quoted, false) };
    let mark = &rest[..space];
    let is_bullet = matches!(mark, "-" | "*" | "+" | "•" | "‣" | "◦" | "·" | "–");
    let number = mark.strip_suffix(['.', ')', '、']).unwrap_or_default();
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
    let is_letter =
        mark.ends_with(')') && number.len() == 1 && number.bytes().all(|it| it.is_ascii_alphabetic());
    if !(is_bullet || is_number || is_letter) {
        return (quoted, false);
    }
    let mut content = quoted + space + rest[space..].len() - rest[space..].trim_start().len();
    for task in ["[ ] ", "[x] ", "[X] "] {
        if line[content..].starts_with(task) {
            content += task.len();
        }
    }
    (content, true)
}

/// Masks what stands between backticks and where links lead to.
fn mask_code_and_links(text: &mut String) {
    let mut masks = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'`' {
            let length = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
            let fence = "`".repeat(length);
            let line = text[at..].find('\n').map_or(text.len(), |end| at + end);
            match text[at + length..line].find(&fence) {
                // What is in it is said, but holds no marks.
                Some(end) => {
                    masks.extend([at..at + length, at + length + end..at + 2 * length + end]);
                    masks.extend(brackets(&text[at + length..at + length + end], at + length));
                    at += 2 * length + end;
                }
                None => at += length,
            }
            continue;
        }
        if text[at..].starts_with("](") {
            let line = text[at..].find('\n').map_or(text.len(), |end| at + end);
            if let Some(end) = text[at..line].find(')') {
                masks.push(at + 1..at + end + 1);
                at += end;
            }
        }
        at += 1;
        while at < bytes.len() && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    for tag in ["<br>", "<br/>", "<b>", "</b>", "<i>", "</i>"] {
        masks.extend(text.match_indices(tag).map(|(at, _)| at..at + tag.len()));
    }
    for range in masks {
        mask(text, range);
    }
}

fn brackets(code: &str, start: usize) -> Vec<Range<usize>> {
    code.match_indices(['[', ']', '(', ')']).map(|(at, _)| start + at..start + at + 1).collect()
}

/// Masks `**`, `__` and single stars and lines around words.
pub(super) fn mask_emphasis(text: &mut String) {
    let mut masks = Vec::new();
    for mark in ["**", "__", "~~", "<sup>", "</sup>"] {
        masks.extend(text.match_indices(mark).map(|(at, _)| at..at + mark.len()));
    }
    for (at, mark) in text.match_indices(['*', '_']) {
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        let touches = |side: Option<char>| side.is_some_and(|it| !it.is_whitespace());
        let is_inside = mark == "_"
            && before.is_some_and(char::is_alphanumeric)
            && after.is_some_and(char::is_alphanumeric);
        if (touches(before) != touches(after) || (mark == "*" && touches(after))) && !is_inside {
            masks.push(at..at + 1);
        }
    }
    for range in masks {
        mask(text, range);
    }
}
