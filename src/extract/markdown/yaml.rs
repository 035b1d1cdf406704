//! The YAML that front matter is written in: maps, lists and scalars, in blocks and in brackets. Anchors, tags and what
//! else only programs write is not read.

use super::front_matter::{Entries, MAX_DEPTH, Value};
use crate::document::MetadataElement;

/// The most words of a name; with more, a line with a colon is a sentence.
const MAX_NAME_WORDS: usize = 4;

/// Whether what follows a first line `---` may be YAML: its first line is a field, or a comment with one behind it.
pub(super) fn may_be(text: &str) -> bool {
    let mut is_first = true;
    for line in text.split(['\n', '\r']) {
        let line = line.trim_end();
        match line.chars().next() {
            None if is_first || line.is_empty() && text.starts_with('#') => return false,
            None | Some('#') => {}
            Some(_) => {
                let mut reader = Reader::new(line);
                return reader.key(0, line.len()).is_some();
            }
        }
        is_first = false;
    }
    text.trim().is_empty()
}

/// Whether a line behind an empty one is neither a field nor a part of one: what seemed to be fields is a text between rules.
pub(super) fn holds_prose(text: &str) -> bool {
    let lines = text.split(['\n', '\r']).map(str::trim_end).skip_while(|line| !line.is_empty());
    lines.filter(|line| !line.is_empty()).any(|line| {
        let is_inside = line.starts_with([' ', '\t', '-', '#', ']', '}']);
        !is_inside && Reader::new(line).key(0, line.len()).is_none()
    })
}

/// The fields of `text`, and whether all of it was read.
pub(super) fn read(text: &str) -> (Entries, bool) {
    let mut reader = Reader::new(text);
    let mut entries = Vec::new();
    let mut is_whole = true;
    while let Some(line) = reader.line() {
        let start = reader.at;
        match reader.entry(line, 0) {
            Some(entry) if line.indent == 0 => entries.push(entry),
            _ => {
                is_whole = false;
                reader.at = start + 1;
                // What belongs to a field that cannot be read cannot be, either.
                while reader.line().is_some_and(|line| line.indent > 0 || reader.is_item(line)) {
                    reader.at += 1;
                }
            }
        }
    }
    (entries, is_whole)
}

#[derive(Clone, Copy)]
struct Line {
    /// Where its text begins, and ends.
    start: usize,
    end: usize,
    indent: usize,
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line>,
    at: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let mut start = 0;
        let lines = text
            .split_inclusive(['\n', '\r'])
            .map(|line| {
                let content = line.trim_end();
                let indent = content.len() - content.trim_start_matches(' ').len();
                let here = Line { start: start + indent, end: start + content.len(), indent };
                start += line.len();
                here
            })
            .collect();
        Self { text, lines, at: 0 }
    }

    fn slice(&self, line: Line) -> &'t str {
        &self.text[line.start..line.end]
    }

    /// The next line that says something; `None` at the end.
    fn line(&mut self) -> Option<Line> {
        while let Some(line) = self.lines.get(self.at) {
            if line.start < line.end && !self.slice(*line).starts_with('#') {
                return Some(*line);
            }
            self.at += 1;
        }
        None
    }

    fn is_item(&self, line: Line) -> bool {
        let text = self.slice(line);
        text == "-" || text.starts_with("- ")
    }

    /// The name at byte `start`, and where its value begins.
    fn key(&mut self, start: usize, end: usize) -> Option<(String, usize)> {
        let line = &self.text[start..end];
        let (name, after) = if line.starts_with(['"', '\'']) {
            let (name, after) = self.quoted(start)?;
            let colon = self.text.get(after..end)?.trim_start();
            (name, end - colon.len())
        } else {
            let colon = line.match_indices(':').map(|(at, _)| at);
            let is_end = |at: &usize| line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t']);
            let colon = colon.into_iter().find(is_end)?;
            (line[..colon].trim_end().to_owned(), start + colon)
        };
        let is_plain = !line
            .starts_with(['[', ']', '{', '}', '&', '*', '!', '|', '>', '%', '@', '`', '?', ',', '#', '\t'])
            && !line.starts_with("- ");
        let is_name = is_plain && !name.is_empty() && name.split_whitespace().count() <= MAX_NAME_WORDS;
        (is_name && self.text[after..end].starts_with(':')).then_some((name, after + 1))
    }

    /// The field that begins on `line`, which is the current one.
    fn entry(&mut self, line: Line, depth: usize) -> Option<(String, Value)> {
        let (name, start) = self.key(line.start, line.end)?;
        let value = self.value(start, line, true, depth)?;
        Some((name, value))
    }

    /// What stands in lines of at least the indent `indent`, from the current one on.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Some(first) = self.line().filter(|line| line.indent >= indent) else {
            return Some(Value::Scalar(MetadataElement::Null));
        };
        if self.is_item(first) {
            return self.list(first.indent, depth);
        }
        let mut entries = Vec::new();
        while let Some(line) = self.line().filter(|line| line.indent >= first.indent) {
            if line.indent > first.indent || self.is_item(line) {
                return None;
            }
            entries.push(self.entry(line, depth)?);
        }
        Some(Value::Map(entries))
    }

    fn list(&mut self, indent: usize, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        while let Some(line) = self.line().filter(|line| line.indent >= indent) {
            if line.indent > indent {
                return None;
            }
            if !self.is_item(line) {
                break;
            }
            let after = line.start + 1;
            let rest = self.text[after..line.end].trim_start_matches(' ');
            let start = line.end - rest.len();
            let is_block = self.key(start, line.end).is_some() || rest == "-" || rest.starts_with("- ");
            items.push(if is_block {
                // What is behind the dash is as a line of its own, that much farther in.
                let inner = Line { start, indent: line.indent + start - line.start, ..line };
                self.lines[self.at] = inner;
                self.block(inner.indent, depth + 1)?
            } else {
                self.value(start, line, false, depth)?
            });
        }
        Some(Value::List(items))
    }

    /// The value that begins at byte `start` of the current line, or below it.
    fn value(&mut self, start: usize, line: Line, of_field: bool, depth: usize) -> Option<Value> {
        let rest = self.text[start..line.end].trim_start();
        let start = line.end - rest.len();
        match rest.chars().next() {
            None | Some('#') => {
                self.at += 1;
                let next = self.line();
                let is_list =
                    next.is_some_and(|next| of_field && next.indent == line.indent && self.is_item(next));
                if is_list {
                    self.list(line.indent, depth + 1)
                } else {
                    self.block(line.indent + 1, depth + 1)
                }
            }
            Some('|' | '>') => self.block_scalar(rest, line.indent),
            Some('[' | '{') => {
                let (value, end) = self.flow(start, depth)?;
                self.end_at(end).then_some(value)
            }
            Some('"' | '\'') => {
                let (text, end) = self.quoted(start)?;
                self.end_at(end).then_some(Value::Scalar(MetadataElement::String(text)))
            }
            Some('&' | '*' | '!' | '%' | '@' | '`' | '?' | '}' | ']' | ',') => None,
            Some(_) => self.plain(rest, line.indent),
        }
    }

    /// Goes on behind the line that holds byte `end`, if nothing but a comment follows there.
    fn end_at(&mut self, end: usize) -> bool {
        self.at = self.lines.partition_point(|line| line.end < end);
        let rest = self.lines.get(self.at).map_or("", |line| &self.text[end..line.end.max(end)]);
        self.at += 1;
        rest.is_empty()
            || rest.starts_with([' ', '\t']) && matches!(rest.trim_start().chars().next(), None | Some('#'))
    }

    /// A scalar without quotation marks, which goes on in lines that are farther in.
    fn plain(&mut self, first: &str, indent: usize) -> Option<Value> {
        let mut text = without_comment(first).to_owned();
        if text.contains(": ") || text.ends_with(':') {
            return None;
        }
        self.at += 1;
        let mut is_one_line = true;
        while let Some(line) = self.line().filter(|line| line.indent > indent) {
            let more = without_comment(self.slice(line));
            if more.contains(": ") || more.ends_with(':') {
                return None;
            }
            is_one_line = false;
            text.push(' ');
            text.push_str(more);
            self.at += 1;
        }
        Some(Value::Scalar(if is_one_line { scalar(&text) } else { MetadataElement::String(text) }))
    }

    /// Lines as they are (`|`) or as paragraphs (`>`).
    fn block_scalar(&mut self, head: &str, indent: usize) -> Option<Value> {
        let is_folded = head.starts_with('>');
        let marks = without_comment(&head[1..]).trim_end();
        if !marks.chars().all(|mark| matches!(mark, '+' | '-' | '1'..='9')) || marks.len() > 2 {
            return None;
        }
        let given = marks.chars().find_map(|mark| mark.to_digit(10)).map(|more| indent + more as usize);
        self.at += 1;
        let mut lines: Vec<&str> = Vec::new();
        let mut inner = given;
        while let Some(line) = self.lines.get(self.at) {
            let is_blank = line.start >= line.end;
            if !is_blank && line.indent < *inner.get_or_insert((indent + 1).max(line.indent)) {
                break;
            }
            let cut = inner.map_or(0, |inner| line.indent.saturating_sub(inner));
            lines.push(if is_blank { "" } else { &self.text[line.start - cut..line.end] });
            self.at += 1;
        }
        let text = if is_folded { folded(&lines) } else { lines.join("\n") };
        Some(Value::Scalar(MetadataElement::String(text.trim_end().to_owned())))
    }

    /// The text in quotation marks at byte `start`, and where it ends.
    fn quoted(&self, start: usize) -> Option<(String, usize)> {
        let quote = self.text[start..].chars().next()?;
        let mut text = String::new();
        let mut rest = self.text[start + 1..].char_indices();
        while let Some((at, character)) = rest.next() {
            match character {
                '\'' if quote == '\'' && self.text[start + 1 + at + 1..].starts_with('\'') => {
                    rest.next();
                    text.push('\'');
                }
                _ if character == quote => return Some((text, start + 1 + at + 1)),
                '\\' if quote == '"' => {
                    let digits = match rest.next()?.1 {
                        'n' => push(&mut text, '\n'),
                        't' => push(&mut text, '\t'),
                        'r' => push(&mut text, '\r'),
                        '0' => push(&mut text, '\0'),
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        other @ ('"' | '\\' | '/' | ' ') => push(&mut text, other),
                        '\n' => 0,
                        _ => return None,
                    };
                    let mut code = 0;
                    for _ in 0..digits {
                        code = code * 16 + rest.next()?.1.to_digit(16)?;
                    }
                    if digits > 0 {
                        text.push(char::from_u32(code)?);
                    }
                }
                '\n' | '\r' | ' ' | '\t' if text.ends_with(' ') && self.is_at_line_end(start + 1 + at) => {}
                '\n' | '\r' => text.push(' '),
                _ => text.push(character),
            }
        }
        None
    }

    /// Whether white space at byte `at` is at the beginning or end of a line.
    fn is_at_line_end(&self, at: usize) -> bool {
        self.lines
            .get(self.lines.partition_point(|line| line.end < at))
            .is_none_or(|line| at < line.start || at >= line.end)
    }

    /// A list or a map in brackets at byte `start`, and where it ends.
    fn flow(&self, start: usize, depth: usize) -> Option<(Value, usize)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let is_list = self.text[start..].starts_with('[');
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        let mut at = self.skip(start + 1);
        loop {
            if self.text[at..].starts_with(if is_list { ']' } else { '}' }) {
                return Some((if is_list { Value::List(items) } else { Value::Map(entries) }, at + 1));
            }
            let (value, end) = self.flow_value(at, depth + 1)?;
            at = self.skip(end);
            if is_list {
                items.push(value);
            } else {
                let Value::Scalar(MetadataElement::String(name)) = value else { return None };
                let mut value = Value::Scalar(MetadataElement::Null);
                if self.text[at..].starts_with(':') {
                    let after = self.skip(at + 1);
                    (value, at) = self.flow_value(after, depth + 1)?;
                    at = self.skip(at);
                }
                entries.push((name, value));
            }
            match self.text[at..].chars().next()? {
                ',' => at = self.skip(at + 1),
                ']' | '}' => {}
                _ => return None,
            }
        }
    }

    fn flow_value(&self, start: usize, depth: usize) -> Option<(Value, usize)> {
        let rest = &self.text[start..];
        match rest.chars().next()? {
            '[' | '{' => self.flow(start, depth),
            '"' | '\'' => {
                let (text, end) = self.quoted(start)?;
                Some((Value::Scalar(MetadataElement::String(text)), end))
            }
            '&' | '*' | '!' | '%' | '@' | '`' | '?' | '|' | '>' => None,
            _ => {
                let is_end = |(at, character): &(usize, char)| match character {
                    ',' | '[' | ']' | '{' | '}' | '\n' | '\r' => true,
                    ':' => rest[at + 1..].starts_with([' ', '\n', '\r', ',', ']', '}']),
                    '#' => rest[..*at].ends_with(' '),
                    _ => false,
                };
                let end = rest.char_indices().find(is_end).map(|(at, _)| at)?;
                let text = rest[..end].trim_end();
                (!text.is_empty()).then(|| (Value::Scalar(scalar(text)), start + end))
            }
        }
    }

    /// The first byte from `at` on that is neither white space nor in a comment.
    fn skip(&self, mut at: usize) -> usize {
        loop {
            at += self.text[at..].len() - self.text[at..].trim_start().len();
            if !self.text[at..].starts_with('#') {
                return at;
            }
            at += self.text[at..].find(['\n', '\r']).unwrap_or(self.text.len() - at);
        }
    }
}

/// Pushes a character; zero digits of it are to follow.
fn push(text: &mut String, character: char) -> usize {
    text.push(character);
    0
}

/// Lines as paragraphs: a single line end is a space, an empty line is a line end.
fn folded(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        match line.trim() {
            "" => text.push('\n'),
            line => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push(' ');
                }
                text.push_str(line);
            }
        }
    }
    text
}

/// `text` up to a comment.
fn without_comment(text: &str) -> &str {
    let is_comment = |at: &usize| *at == 0 || text[..*at].ends_with([' ', '\t']);
    let comment = text.match_indices('#').map(|(at, _)| at).find(is_comment);
    text[..comment.unwrap_or(text.len())].trim_end()
}

/// A scalar without quotation marks as what it means. Numbers that lose something as such, like `007`, are texts.
fn scalar(text: &str) -> MetadataElement {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => MetadataElement::Null,
        "true" | "True" | "TRUE" => MetadataElement::Boolean(true),
        "false" | "False" | "FALSE" => MetadataElement::Boolean(false),
        _ => match number(text) {
            Some(number) => MetadataElement::Number(number),
            None => MetadataElement::String(text.to_owned()),
        },
    }
}

/// A number in decimals, of which none is lost.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits.len() - digits.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let is_kept = text.len() <= 16 && whole > 0 && (whole == 1 || !digits.starts_with('0'));
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    text.parse().ok().filter(|number: &f64| is_kept && is_number && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(text: &str) -> Option<Value> {
        let (mut entries, is_whole) = read(text);
        (is_whole && entries.len() == 1).then(|| entries.remove(0).1)
    }

    fn string(text: &str) -> Value {
        Value::Scalar(MetadataElement::String(text.to_owned()))
    }

    #[test]
    fn scalars_are_read_in_every_notation() {
        let number = |value| Value::Scalar(MetadataElement::Number(value));
        let cases = [
            ("a: b c  # d", string("b c")),
            ("a: b#c", string("b#c")),
            ("a: http://x.example/y", string("http://x.example/y")),
            ("a: \"b: \\\"c\\\" \\u00e9 # d\" # e", string("b: \"c\" \u{e9} # d")),
            ("a: 'it''s'", string("it's")),
            ("\"a b\": c", string("c")),
            ("a: b\n  c\n\n  d", string("b c d")),
            ("a: \"b\n  c\"", string("b c")),
            ("a: |\n  b\n    c\n\n  d\n", string("b\n  c\n\nd")),
            ("a: >-\n  b\n  c\n\n  d\n", string("b c\nd")),
            ("a: 12", number(12.0)),
            ("a: -1.5e3", number(-1500.0)),
            ("a: 007", string("007")),
            ("a: 12345678901234567890", string("12345678901234567890")),
            ("a: 1.2.3", string("1.2.3")),
            ("a: yes", string("yes")),
            ("a: True", Value::Scalar(MetadataElement::Boolean(true))),
            ("a: ~", Value::Scalar(MetadataElement::Null)),
            ("a:", Value::Scalar(MetadataElement::Null)),
            ("a: 2026-01-02 03:04:05", string("2026-01-02 03:04:05")),
            ("a: 10:30", string("10:30")),
            ("a: [Ä, \"b, c\", 'd'] # e", Value::List(vec![string("Ä"), string("b, c"), string("d")])),
            ("a: [\n  b, # c\n  d,\n]", Value::List(vec![string("b"), string("d")])),
            (
                "a: {b: 1, c: [d]}",
                Value::Map(vec![("b".into(), number(1.0)), ("c".into(), Value::List(vec![string("d")]))]),
            ),
            ("a:\n- b\n- c d # e\n", Value::List(vec![string("b"), string("c d")])),
            (
                "a:\n  - b: 1\n    c: 2\n  -\n    b: 3\n",
                Value::List(vec![
                    Value::Map(vec![("b".into(), number(1.0)), ("c".into(), number(2.0))]),
                    Value::Map(vec![("b".into(), number(3.0))]),
                ]),
            ),
            (
                "a:\n  b:\n  - c\n  d: e\n",
                Value::Map(vec![("b".into(), Value::List(vec![string("c")])), ("d".into(), string("e"))]),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(field(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_read_does_not_take_others_with_it() {
        for bad in ["b: *x", "b: [c", "b: \"c", "b:\n  c: d: e", "b", "b: c: d", "b: \"c\" d", "\tb: c"] {
            let (entries, is_whole) = read(&format!("a: 1\n{bad}\nz: 2\n"));
            let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
            assert!(!is_whole && names.first() == Some(&"a"), "{bad:?}: {names:?}");
        }
    }

    #[test]
    fn hostile_nesting_is_not_followed() {
        for text in ["- ".repeat(20_000), "[".repeat(20_000), "{a: ".repeat(20_000), "? ".repeat(20_000)] {
            read(&format!("a: {text}\n"));
            read(&format!("a:\n  {text}\n"));
        }
        let deep: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        read(&deep);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in r#"([a-c]|: |:|- |\n|  |["'\[\]{},#|>&*~é\\]){0,40}"#) {
            read(&text);
            may_be(&text);
        }
    }
}
