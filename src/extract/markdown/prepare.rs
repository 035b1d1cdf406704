//! What the parser of Markdown is given in place of the source: as many bytes, but lines that end as it knows them, and
//! displayed formulas that it takes for one block each.

use pulldown_cmark::{Event, Parser, Tag};
use std::borrow::Cow;
use std::ops::Range;

use super::extensions;

/// A source that is ready to be parsed.
pub(super) struct Prepared<'t> {
    /// As long as the source, with every block where it is there.
    pub text: Cow<'t, str>,
    /// Where displayed formulas are, in order.
    pub formulas: Vec<Range<usize>>,
}

impl<'t> Prepared<'t> {
    pub fn new(source: &'t str) -> Self {
        let mut text = with_line_feeds(source);
        if !FORMULAS.iter().any(|formula| text.contains(formula.begin)) {
            return Self { text, formulas: Vec::new() };
        }
        let formulas = Finder::new(&text).find();
        if !formulas.is_empty() {
            text = Cow::Owned(masked(&text, &formulas));
        }
        Self { text, formulas }
    }

    /// The formula that byte `at` is in.
    pub fn formula_at(&self, at: usize) -> Option<Range<usize>> {
        let next = self.formulas.partition_point(|formula| formula.end <= at);
        self.formulas.get(next).filter(|formula| formula.contains(&at)).cloned()
    }
}

/// `source` with a line feed for each carriage return that has none: that ends a line, too, and the parser does not see it.
fn with_line_feeds(source: &str) -> Cow<'_, str> {
    let is_lone = |at: usize| source.as_bytes().get(at + 1) != Some(&b'\n');
    if !source.bytes().enumerate().any(|(at, byte)| byte == b'\r' && is_lone(at)) {
        return Cow::Borrowed(source);
    }
    let line_end = |(at, character)| if character == '\r' && is_lone(at) { '\n' } else { character };
    Cow::Owned(source.char_indices().map(line_end).collect())
}

/// Each formula becomes a declaration of HTML in one line: a block that begins inside a paragraph, too, and in which
/// nothing means anything.
fn masked(text: &str, formulas: &[Range<usize>]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for formula in formulas {
        masked.push_str(&text[end..formula.start]);
        masked.push_str("<!x");
        masked.extend(std::iter::repeat_n('x', formula.len() - 4));
        masked.push('>');
        end = formula.end;
    }
    masked.push_str(&text[end..]);
    masked
}

/// How a displayed formula is written: at the beginning of a line, to the end of one.
struct Notation {
    begin: &'static str,
    end: &'static str,
    /// Whether what begins it may be something else, so that what is inside has to look like a formula.
    is_doubtful: bool,
}

const FORMULAS: &[Notation] = &[
    Notation { begin: "$$", end: "$$", is_doubtful: false },
    Notation { begin: "\\[", end: "\\]", is_doubtful: true },
    Notation { begin: "\\begin{equation}", end: "\\end{equation}", is_doubtful: false },
    Notation { begin: "\\begin{equation*}", end: "\\end{equation*}", is_doubtful: false },
    Notation { begin: "\\begin{align}", end: "\\end{align}", is_doubtful: false },
    Notation { begin: "\\begin{align*}", end: "\\end{align*}", is_doubtful: false },
    Notation { begin: "\\begin{gather}", end: "\\end{gather}", is_doubtful: false },
    Notation { begin: "\\begin{gather*}", end: "\\end{gather*}", is_doubtful: false },
    Notation { begin: "\\begin{multline}", end: "\\end{multline}", is_doubtful: false },
    Notation { begin: "\\begin{eqnarray}", end: "\\end{eqnarray}", is_doubtful: false },
];

/// Finds the next place of something from growing offsets on, in one pass over the text.
struct Next<'t> {
    text: &'t str,
    wanted: &'static str,
    found: Option<usize>,
    from: usize,
}

impl<'t> Next<'t> {
    fn new(text: &'t str, wanted: &'static str) -> Self {
        Self { text, wanted, found: text.find(wanted), from: 0 }
    }

    fn at_or_after(&mut self, from: usize) -> Option<usize> {
        if self.found.is_some_and(|found| found < from) && from >= self.from {
            self.found = self.text[from..].find(self.wanted).map(|at| from + at);
            self.from = from;
        }
        self.found
    }
}

struct Finder<'t> {
    text: &'t str,
    /// Code and HTML, which hold no formulas, in order.
    verbatim: Vec<Range<usize>>,
    ends: Vec<Next<'t>>,
    blank_lines: [Next<'t>; 2],
}

impl<'t> Finder<'t> {
    fn new(text: &'t str) -> Self {
        let holds_none = |event: &Event<'_>| {
            matches!(event, Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) | Event::Code(_))
        };
        let verbatim = Parser::new_ext(text, extensions())
            .into_offset_iter()
            .filter(|(event, _)| holds_none(event))
            .map(|(_, range)| range)
            .collect();
        let ends = FORMULAS.iter().map(|formula| Next::new(text, formula.end)).collect();
        Self { text, verbatim, ends, blank_lines: ["\n\n", "\n\r\n"].map(|it| Next::new(text, it)) }
    }

    fn find(mut self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut line = 0;
        while line < self.text.len() {
            let line_end = self.end_of_line(line);
            let start = line_end - after_markers(&self.text[line..line_end]).len();
            let formula = self.formula_at(start, line_end);
            line = formula.as_ref().map_or(line_end, |formula| self.end_of_line(formula.end)) + 1;
            found.extend(formula);
        }
        found
    }

    fn end_of_line(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |at| from + at)
    }

    /// The formula that begins at `start`, on the line that ends at `line_end`.
    fn formula_at(&mut self, start: usize, line_end: usize) -> Option<Range<usize>> {
        let here = &self.text[start..];
        let kind = FORMULAS.iter().position(|formula| here.starts_with(formula.begin))?;
        let notation = &FORMULAS[kind];
        let content = start + notation.begin.len();
        if self.is_verbatim(start) {
            return None;
        }
        let end = self.ends[kind].at_or_after(content)?;
        let inside = &self.text[content..end];
        if inside.trim().is_empty() || inside.ends_with('\\') {
            return None;
        }
        let begins_alone = self.text[content..line_end].trim().is_empty();
        let blank_line = self.blank_lines.iter_mut().filter_map(|next| next.at_or_after(content)).min();
        let may_be_doubted = notation.is_doubtful || !begins_alone;
        if may_be_doubted && blank_line.is_some_and(|blank| blank < end) {
            return None;
        }
        if notation.is_doubtful && !inside.contains(['\\', '^', '_', '=', '+', '<', '>']) {
            return None;
        }
        let after = end + notation.end.len();
        let rest = self.text[after..self.end_of_line(after)].trim_end();
        let holds_code = self.verbatim_from(start).is_some_and(|range| {
            let fence = &self.text[range.start..];
            range.start < end && (fence.starts_with("```") || fence.starts_with("~~~"))
        });
        (is_label(rest) && !holds_code).then_some(start..after + rest.len())
    }

    fn verbatim_from(&self, at: usize) -> Option<&Range<usize>> {
        self.verbatim.get(self.verbatim.partition_point(|range| range.end <= at))
    }

    fn is_verbatim(&self, at: usize) -> bool {
        self.verbatim_from(at).is_some_and(|range| range.contains(&at))
    }
}

/// Whether `rest` may stand behind a formula: punctuation, its number or its name.
fn is_label(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['.', ',', ';', ':', '!', '?']).trim_start();
    let is_inside = |open, close| rest.len() < 80 && rest.starts_with(open) && rest.ends_with(close);
    rest.is_empty() || is_inside('{', '}') || is_inside('(', ')')
}

/// `line` without white space, marks of quotations and markers of list items at its beginning.
fn after_markers(line: &str) -> &str {
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '>']);
        let bullet = rest.strip_prefix(['-', '*', '+']);
        let digits = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let number = if digits.len() < rest.len() { digits.strip_prefix(['.', ')']) } else { None };
        match bullet.or(number).filter(|after| after.starts_with([' ', '\t'])) {
            Some(after) => rest = after,
            None => return rest,
        }
    }
}
