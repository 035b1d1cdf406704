//! Rows of text with separators (RFC 4180), strictly read: what is not well-formed is an error rather than another row.

use super::{At, without_mark, wrong};
use crate::error::Result;

/// A row, and the line that it begins in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) at: At,
    pub(super) fields: Vec<String>,
}

/// The rows of a table without blank ones. Lines end with LF, CR or both. The separator is the comma, semicolon or tab that
/// comes first in the first row, outside of quotation marks.
pub(super) fn rows(text: &str) -> Result<Vec<Row>> {
    let text = without_mark(text);
    let mut reader = Reader { rest: text, line: 1, separator: separator(text) };
    let mut rows = Vec::new();
    while !reader.rest.is_empty() {
        let row = reader.row()?;
        if row.fields.len() > 1 || row.fields.iter().any(|field| !field.trim().is_empty()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn separator(text: &str) -> char {
    let mut is_quoted = false;
    let is_outside = |character: &char| {
        is_quoted ^= *character == '"';
        !is_quoted
    };
    let mut header = text.trim_start_matches(['\r', '\n']).chars().filter(is_outside);
    header
        .find(|it| matches!(it, ',' | ';' | '\t' | '\r' | '\n'))
        .filter(|it| !is_line_end(*it))
        .unwrap_or(',')
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\r' | '\n')
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    separator: char,
}

impl Reader<'_> {
    fn row(&mut self) -> Result<Row> {
        let at = At::Line(self.line);
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
            } else {
                self.end_line();
                return Ok(Row { at, fields });
            }
        }
    }

    /// A field, up to what ends it.
    fn field(&mut self) -> Result<String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let separator = self.separator;
        let end = self.rest.find(|it| it == separator || is_line_end(it)).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        if field.contains('"') {
            let why = "a quotation mark inside a field that does not begin with one; put the field in quotation marks and double those inside";
            return Err(wrong(At::Line(self.line), "row", why));
        }
        self.rest = rest;
        Ok(field.to_owned())
    }

    fn quoted(&mut self) -> Result<String> {
        let begun = At::Line(self.line);
        let mut field = String::new();
        loop {
            // Behind a mark that opens the field, or is one of two.
            self.rest = &self.rest[1..];
            let end =
                self.rest.find('"').ok_or_else(|| wrong(begun, "row", "a quotation mark is never closed"))?;
            field.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            if !self.rest.starts_with('"') {
                break;
            }
            field.push('"');
        }
        self.line += line_ends(&field);
        let is_end = |it: char| it == self.separator || is_line_end(it);
        match self.rest.chars().next() {
            Some(next) if !is_end(next) => Err(wrong(
                At::Line(self.line),
                "row",
                format_args!("{next:?} after a quotation mark that closes a field"),
            )),
            _ => Ok(field),
        }
    }

    fn end_line(&mut self) {
        let rest = self.rest;
        self.rest = ["\r\n", "\n", "\r"].iter().find_map(|end| rest.strip_prefix(end)).unwrap_or(rest);
        self.line += 1;
    }
}

fn line_ends(text: &str) -> usize {
    text.matches(is_line_end).count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        rows(text).unwrap().into_iter().map(|row| row.fields).collect()
    }

    #[test]
    fn fields_may_hold_separators_marks_and_line_ends_in_quotation_marks() {
        let expected = [["a", "b"], ["1, \"2\"", "x\r\ny"], ["", ""], ["3", "4"]];
        for end in ["\n", "\r\n", "\r"] {
            let table = ["\u{feff}a,b", "\"1, \"\"2\"\"\",\"x\r\ny\"", "", ",", "3,\"4\""].join(end);
            assert_eq!(fields(&table), expected, "{end:?}");
            assert_eq!(fields(&format!("{table}{end}{end}")), expected, "{end:?}");
        }
        assert_eq!(fields("\"a,b\";c\n1,2;3"), [["a,b", "c"], ["1,2", "3"]]);
        assert_eq!(fields("a\tb,c"), [["a", "b,c"]]);
        assert_eq!(fields(""), Vec::<Vec<String>>::new());
        assert_eq!(fields("\n\r\n  \n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_is_not_well_formed_names_its_line() {
        for (table, message) in [
            ("a,b\n1,2\n\"x", "line 3: row: a quotation mark is never closed"),
            ("a,\"b\nc\"\"\nd", "line 1: row: a quotation mark is never closed"),
            ("a\n\"1\n2\"x", "line 3: row: 'x' after a quotation mark that closes a field"),
            ("a\r\nx \"y\"", "line 2: row: a quotation mark inside a field"),
        ] {
            let error = rows(table).unwrap_err();
            assert!(error.message().starts_with(message), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_rules_is_read_again(
            table in prop::collection::vec(prop::collection::vec("[a\",;\t\r\n é😀]{0,5}", 2), 1..5),
            separator in prop::sample::select(vec![",", ";", "\t"]),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let row = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(separator);
            let text = table.iter().map(row).collect::<Vec<_>>().join(end);
            prop_assert_eq!(fields(&text), table);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a\",;\t\r\n é]{0,40}") {
            if let Ok(rows) = rows(&text) {
                let read: usize = rows.iter().flat_map(|row| &row.fields).map(String::len).sum();
                prop_assert!(read <= text.len());
            }
        }
    }
}
