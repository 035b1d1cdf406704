//! The TOML that front matter is written in.

use super::front_matter::{Entries, MAX_DEPTH, Value};
use crate::document::MetadataElement;

/// The fields of `text`, and whether all of it was read. What comes after a mistake is not.
pub(super) fn read(text: &str) -> (Entries, bool) {
    let mut reader = Reader { text, at: 0 };
    let mut fields = Vec::new();
    let is_whole = reader.document(&mut fields).is_some();
    (fields, is_whole)
}

/// The table that fields are of.
#[derive(Default)]
struct Table {
    name: String,
    /// Whether it is one of several of this name.
    is_of_list: bool,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, mark: &str) -> bool {
        let is_here = self.rest().starts_with(mark);
        if is_here {
            self.at += mark.len();
        }
        is_here
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    /// Skips white space, line ends and comments.
    fn skip_lines(&mut self) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
        }
    }

    /// Whether nothing more is on the line; goes on to what comes next.
    fn end_line(&mut self) -> Option<()> {
        self.skip_spaces();
        let is_end = self.rest().is_empty() || self.rest().starts_with(['\n', '\r', '#']);
        self.skip_lines();
        is_end.then_some(())
    }

    fn document(&mut self, fields: &mut Vec<(String, Value)>) -> Option<()> {
        let mut table = Table::default();
        self.skip_lines();
        while !self.rest().is_empty() {
            if self.take("[") {
                table.is_of_list = self.take("[");
                table.name = self.name()?;
                if !self.take(if table.is_of_list { "]]" } else { "]" }) {
                    return None;
                }
                self.end_line()?;
            } else {
                let name = self.name()?;
                let value = self.assigned(0)?;
                self.end_line()?;
                fields.push(table.field(name, value));
            }
        }
        Some(())
    }

    fn assigned(&mut self, depth: usize) -> Option<Value> {
        if !self.take("=") {
            return None;
        }
        self.skip_spaces();
        self.value(depth)
    }

    /// A name, also with those of tables before it, joined by dots.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            self.skip_spaces();
            if self.rest().starts_with(['"', '\'']) {
                name.push_str(&self.quoted()?);
            } else {
                let is_bare = |mark: char| mark.is_alphanumeric() || matches!(mark, '_' | '-');
                let length = self.rest().find(|mark| !is_bare(mark)).unwrap_or(self.rest().len());
                name.push_str(&self.rest()[..length]);
                self.at += length;
                if length == 0 {
                    return None;
                }
            }
            self.skip_spaces();
            if !self.take(".") {
                return Some(name);
            }
            name.push('.');
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take("[") {
            return self.list(depth);
        }
        if self.take("{") {
            return self.inline_table(depth);
        }
        if self.rest().starts_with(['"', '\'']) {
            return Some(Value::Scalar(MetadataElement::String(self.quoted()?)));
        }
        let is_end = |mark: char| matches!(mark, ',' | ']' | '}' | '#' | '\n' | '\r');
        let length = self.rest().find(is_end).unwrap_or(self.rest().len());
        let text = self.rest()[..length].trim_end();
        self.at += length;
        scalar(text).map(Value::Scalar)
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        loop {
            self.skip_lines();
            if self.take("]") {
                return Some(Value::List(items));
            }
            items.push(self.value(depth + 1)?);
            self.skip_lines();
            if !self.take(",") && !self.rest().starts_with(']') {
                return None;
            }
        }
    }

    fn inline_table(&mut self, depth: usize) -> Option<Value> {
        let mut entries = Vec::new();
        loop {
            self.skip_lines();
            if self.take("}") {
                return Some(Value::Map(entries));
            }
            let name = self.name()?;
            entries.push((name, self.assigned(depth + 1)?));
            self.skip_lines();
            if !self.take(",") && !self.rest().starts_with('}') {
                return None;
            }
        }
    }

    fn quoted(&mut self) -> Option<String> {
        for (mark, has_escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
            if self.take(mark) {
                return self.quoted_by(mark, has_escapes);
            }
        }
        None
    }

    fn quoted_by(&mut self, mark: &str, has_escapes: bool) -> Option<String> {
        let is_over_lines = mark.len() == 3;
        if is_over_lines {
            // The line end behind the marks is none of the text's.
            let _ = self.take("\r\n") || self.take("\n") || self.take("\r");
        }
        let mut text = String::new();
        loop {
            // A text may end with one or two quotation marks of its own.
            let is_own =
                is_over_lines && self.rest().starts_with(mark) && self.rest()[3..].starts_with(&mark[..1]);
            if !is_own && self.take(mark) {
                return Some(text);
            }
            let character = self.rest().chars().next()?;
            self.at += character.len_utf8();
            match character {
                '\\' if has_escapes => self.escape(&mut text, is_over_lines)?,
                '\n' | '\r' if !is_over_lines => return None,
                _ => text.push(character),
            }
        }
    }

    fn escape(&mut self, text: &mut String, is_over_lines: bool) -> Option<()> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        let meant = match character {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            '"' | '\\' => character,
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            // A line end and the white space around it is left out.
            ' ' | '\t' | '\n' | '\r' if is_over_lines => {
                self.at = self.text.len() - self.rest().trim_start().len();
                return Some(());
            }
            _ => return None,
        };
        text.push(meant);
        Some(())
    }

    /// The character of a code in so many digits.
    fn code(&mut self, digits: usize) -> Option<char> {
        let code = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
        self.at += digits;
        char::from_u32(code)
    }
}

impl Table {
    /// A field of the table as one of the document.
    fn field(&self, name: String, value: Value) -> (String, Value) {
        // Values of tables of one name are a list, as those of maps in a list are.
        match (self.name.is_empty(), self.is_of_list) {
            (true, _) => (name, value),
            (_, false) => (format!("{}.{name}", self.name), value),
            (_, true) => (self.name.clone(), Value::List(vec![Value::Map(vec![(name, value)])])),
        }
    }
}

/// A number, a truth value or a date.
fn scalar(text: &str) -> Option<MetadataElement> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match text {
        "true" => return Some(MetadataElement::Boolean(true)),
        "false" => return Some(MetadataElement::Boolean(false)),
        _ if matches!(digits, "inf" | "nan") => return Some(MetadataElement::String(text.to_owned())),
        _ if !digits.starts_with(|digit: char| digit.is_ascii_digit()) => return None,
        _ => {}
    }
    let is_of_scalar = |byte: u8| byte.is_ascii_alphanumeric() || b" _.+-:".contains(&byte);
    // Only a date and a time have a space between them.
    let has_stray_space = text.match_indices(' ').any(|(at, _)| at != 10);
    if !text.bytes().all(is_of_scalar) || has_stray_space {
        return None;
    }
    let number = super::yaml::number(&text.replace('_', ""));
    Some(number.map_or_else(|| MetadataElement::String(text.to_owned()), MetadataElement::Number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn string(text: &str) -> Value {
        Value::Scalar(MetadataElement::String(text.to_owned()))
    }

    #[test]
    fn values_are_read_in_every_notation() {
        let number = |value| Value::Scalar(MetadataElement::Number(value));
        let cases = [
            ("a = \"b \\\"c\\\" \\u00e9 # d\" # e", string("b \"c\" \u{e9} # d")),
            ("a = 'C:\\d'", string("C:\\d")),
            ("a = \"\"\"\nb\nc \\\n   d\"\"\"\"", string("b\nc d\"")),
            ("a = '''\nb\\n'''", string("b\\n")),
            ("a = 1_000", number(1000.0)),
            ("a = -0.5", number(-0.5)),
            ("a = 0xff", string("0xff")),
            ("a = true", Value::Scalar(MetadataElement::Boolean(true))),
            ("a = 2026-01-01", string("2026-01-01")),
            ("a = 2026-01-01T10:00:00Z", string("2026-01-01T10:00:00Z")),
            ("a = 2026-01-01 10:00:00", string("2026-01-01 10:00:00")),
            ("a = [ 'b', # c\n 'd',\n]", Value::List(vec![string("b"), string("d")])),
            (
                "a = { b = 1, c.d = 'e' }",
                Value::Map(vec![("b".into(), number(1.0)), ("c.d".into(), string("e"))]),
            ),
        ];
        for (text, expected) in cases {
            let (fields, is_whole) = read(text);
            assert!(is_whole, "{text:?}");
            assert_eq!(fields, [("a".to_owned(), expected)], "{text:?}");
        }
    }

    #[test]
    fn fields_have_the_names_of_their_tables() {
        let (fields, is_whole) = read("a.b = 1\n[c.\"d e\"]\nf = 2\r\n[[g]]\nh = 3\n");
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names.as_slice(), is_whole), (&["a.b", "c.d e.f", "g"][..], true));
    }

    #[test]
    fn mistakes_are_said() {
        for text in
            ["a", "a =", "a = b", "a = [1", "a = \"b", "a = 1 2x", "[a", "a = 'b' c", "= 1", "a = {b = 1"]
        {
            let (fields, is_whole) = read(&format!("z = 1\n{text}\n"));
            assert!(!is_whole && fields.len() == 1, "{text:?}: {fields:?}");
        }
        read(&format!("a = {}", "[".repeat(50_000)));
        read(&format!("a = {}", "{a=".repeat(20_000)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in r#"([a-c]| = |=|\n|  |["'\[\]{},#.é\\]|"""|'''|1){0,40}"#) {
            read(&text);
        }
    }
}
