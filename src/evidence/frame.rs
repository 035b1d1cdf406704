//! What a part of a chunk needs around it to be read alone.

use crate::document::{Frame, Span};
use crate::sentences::begins_item;

/// What a span of a chunk's text needs around it: rows of a table the names of the columns, code its fences, items of a list
/// the line that introduces them. `outer` is what the whole text needs.
pub fn frame(text: &str, span: Span, outer: &Frame) -> Frame {
    let (Some(before), Some(part)) = (text.get(..span.start as usize), span.slice(text)) else {
        return Frame::default();
    };
    let lines: Vec<&str> = before.lines().collect();
    let lead = if before.trim().is_empty() {
        outer.lead.clone()
    } else if let Some(fence) = open_fence(lines.iter().copied(), &outer.lead) {
        fence.trim().to_owned()
    } else if part.starts_with('|') {
        columns(&lines, &outer.lead)
    } else if part.lines().next().is_some_and(begins_item) {
        introduction(&lines, &outer.lead)
    } else {
        String::new()
    };
    let is_mark = |it: &char| matches!(it, '`' | '~');
    let open = open_fence(lines.iter().copied().chain(part.lines()), &outer.lead);
    let tail =
        open.map_or_else(String::new, |fence| fence.trim_start().chars().take_while(is_mark).collect());
    Frame { lead, tail }
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The fence that is open behind some lines; `before` stands in front of them.
fn open_fence<'l>(lines: impl Iterator<Item = &'l str>, before: &'l str) -> Option<&'l str> {
    let outer = before.lines().last().filter(|line| is_fence(line));
    let fences = lines.filter(|line| is_fence(line));
    fences.fold(outer, |open, fence| if open.is_some() { None } else { Some(fence) })
}

/// The rows that name the columns of the table whose rows come behind some lines.
fn columns(lines: &[&str], outer: &str) -> String {
    let is_row = |line: &&str| line.trim_start().starts_with('|');
    let rows = lines.len() - lines.iter().rev().take_while(|line| is_row(line)).count();
    let table = &lines[rows..];
    match table.iter().position(|line| is_rule(line)) {
        Some(rule) => table[..=rule].join("\n"),
        // The table began before the text.
        None if rows == 0 => outer.to_owned(),
        None => String::new(),
    }
}

/// Whether a row is the rule under those that name the columns.
fn is_rule(row: &str) -> bool {
    row.contains('-') && row.chars().all(|it| matches!(it, '|' | '-' | ':') || it.is_whitespace())
}

/// The line that introduces the list whose items come behind some lines.
fn introduction(lines: &[&str], outer: &str) -> String {
    let is_listed =
        |line: &str| line.trim().is_empty() || line.starts_with(char::is_whitespace) || begins_item(line);
    match lines.iter().rev().find(|line| !is_listed(line)) {
        Some(line) if line.trim_end().ends_with(':') => line.trim().to_owned(),
        Some(_) => String::new(),
        None => outer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of what stands between angle brackets.
    fn framed(marked: &str, lead: &str) -> (String, String) {
        let start = marked.find('«').unwrap();
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        let text = marked.replace(['«', '»'], "");
        let outer = Frame { lead: lead.to_owned(), tail: String::new() };
        let Frame { lead, tail } = frame(&text, Span::new(start, end), &outer);
        (lead, tail)
    }

    #[test]
    fn rows_of_a_table_name_their_columns() {
        let table = "Text.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n«| 3 | 4 |»";
        assert_eq!(framed(table, "").0, "| a | b |\n|---|---|");
        assert_eq!(framed("| 1 | 2 |\n«| 3 | 4 |»", "| a | b |\n|---|---|").0, "| a | b |\n|---|---|");
        assert_eq!(framed("Text.\n«| 3 | 4 |»", "| of | another |").0, "");
        assert_eq!(framed("«| a | b |\n|---|---|\n| 1 | 2 |»", "").0, "");
    }

    #[test]
    fn code_is_fenced() {
        let fenced = ("```rust".to_owned(), "```".to_owned());
        assert_eq!(framed("Text.\n```rust\nlet a;\n«let b;»\n```", ""), fenced);
        assert_eq!(framed("let a;\n«let b;»", "```rust"), fenced);
        assert_eq!(framed("```rust\n«let b;\n```»", ""), ("```rust".to_owned(), String::new()));
        let closed = (String::new(), "```".to_owned());
        assert_eq!(framed("«```rust\nlet a;»\nlet b;\n```", ""), closed);
        assert_eq!(framed("«Example:\n```rust\nlet a;»\n```", ""), closed);
        assert_eq!(framed("```rust\n«a;\n```\nText.\n```js\nb;»\n```", "").1, "```");
        assert_eq!(framed("```rust\nlet a;\n```\n«Text.»", ""), Default::default());
        assert_eq!(framed("let a;\n```\n«Text.»", "```rust"), Default::default());
    }

    #[test]
    fn items_keep_what_introduces_them() {
        assert_eq!(framed("You need:\n\n- salt\n«- water»", "").0, "You need:");
        assert_eq!(framed("- salt\n«- water»", "You need:").0, "You need:");
        assert_eq!(framed("Nothing introduces it.\n«- water»", "You need:").0, "");
        assert_eq!(framed("- salt\n\n«Text.»", "You need:").0, "");
        assert_eq!(framed("«goes on with an item.»\n- salt", "You need:").0, "You need:");
    }
}
