//! Markdown as its reader sees it.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::borrow::Cow;

use super::prepare::Prepared;
use super::{data_uri, extensions, front_matter, without_attributes};

/// The text of a Markdown `source` as a reader sees it: without markup, with entities and escapes as the characters that
/// they mean, images as what is written for those who do not see them, formulas in their own notation, HTML without its
/// tags, no front matter. An empty line is between blocks.
pub fn plain_text(source: &str) -> String {
    let source = data_uri::without(source);
    let body = front_matter::read(&source).map_or(0, |read| if read.is_whole { read.range.end } else { 0 });
    let body = source[body..].trim_start_matches('\u{feff}');
    let prepared = Prepared::new(body);
    let mut writer = Writer::default();
    let mut formula_end = 0;
    for (event, range) in Parser::new_ext(&prepared.text, extensions()).into_offset_iter() {
        match prepared.formula_at(range.start) {
            // Its block, and what is in that, begin where it does.
            Some(formula) if formula.end > formula_end && !matches!(event, Event::End(_)) => {
                formula_end = formula.end;
                writer.text.push_str(&body[formula]);
            }
            Some(_) if !matches!(event, Event::End(_)) => {}
            _ => writer.take(event, &body[range]),
        }
    }
    writer.finish()
}

#[derive(Default)]
struct Writer {
    text: String,
    html: Html,
    /// The block of HTML that is open, whose tags may be over lines.
    html_block: String,
    /// Where the heading that is open begins.
    heading: Option<usize>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>, source: &str) {
        match event {
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::InlineMath(_) | Event::DisplayMath(_) => self.push(source),
            Event::Html(html) => self.html_block.push_str(&html),
            Event::InlineHtml(html) => self.html.take(&html, &mut self.text),
            Event::SoftBreak => self.push("\n"),
            Event::HardBreak => self.push("\n"),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::Rule => {}
            Event::Start(Tag::Heading { .. }) => self.heading = Some(self.text.len()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(start) = self.heading.take() {
                    let kept = without_attributes(&self.text[start..]).len();
                    self.text.truncate(start + kept);
                }
                self.end_block("\n\n");
            }
            Event::End(TagEnd::TableCell) => self.push("\t"),
            Event::End(TagEnd::TableHead | TagEnd::TableRow | TagEnd::Item | TagEnd::DefinitionListTitle) => {
                self.end_block("\n");
            }
            Event::Start(
                Tag::Paragraph
                | Tag::BlockQuote(_)
                | Tag::CodeBlock(_)
                | Tag::HtmlBlock
                | Tag::List(_)
                | Tag::Table(_)
                | Tag::DefinitionListDefinition,
            ) if !self.text.ends_with('\n') => self.end_block("\n"),
            Event::End(TagEnd::HtmlBlock) => {
                Html::default().take(&std::mem::take(&mut self.html_block), &mut self.text);
                self.end_block("\n\n");
            }
            Event::End(
                TagEnd::Paragraph
                | TagEnd::CodeBlock
                | TagEnd::Table
                | TagEnd::List(_)
                | TagEnd::DefinitionListDefinition,
            ) => self.end_block("\n\n"),
            Event::Start(_) | Event::End(_) => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.html.skipped.is_none() {
            self.text.push_str(text);
        }
    }

    fn end_block(&mut self, end: &str) {
        let length = self.text.trim_end_matches(['\n', '\t', ' ']).len();
        self.text.truncate(length);
        if length > 0 {
            self.text.push_str(end);
        }
    }

    fn finish(mut self) -> String {
        self.end_block("");
        self.text
    }
}

/// HTML in pieces, of which only the text is of interest.
#[derive(Default)]
struct Html {
    /// What ends the part that is open and of which nothing is seen.
    skipped: Option<&'static str>,
}

/// Parts of HTML of which nothing is seen, with what ends them.
const UNSEEN: &[(&str, &str)] = &[
    ("<!--", "-->"),
    ("<![CDATA[", "]]>"),
    ("<?", "?>"),
    ("<script", "</script"),
    ("<style", "</style"),
    ("<!", ">"),
];

impl Html {
    /// Adds what is seen of `html` to `text`.
    fn take(&mut self, html: &str, text: &mut String) {
        let mut rest = html;
        while !rest.is_empty() {
            if let Some(end) = self.skipped {
                let Some(at) = find_ignoring_case(rest, end) else { return };
                // The tag that ends it is one itself.
                let length = if end.starts_with('<') { 0 } else { end.len() };
                self.skipped = None;
                rest = &rest[at + length..];
                continue;
            }
            let tag = rest.find('<').unwrap_or(rest.len());
            text.push_str(&decoded(&rest[..tag]));
            rest = &rest[tag..];
            let begins =
                |begin: &str| rest.get(..begin.len()).is_some_and(|it| it.eq_ignore_ascii_case(begin));
            if let Some((begin, end)) = UNSEEN.iter().find(|(begin, _)| begins(begin)) {
                self.skipped = Some(end);
                // `<!-->` is a whole comment.
                rest = if rest.starts_with("<!-->") || rest.starts_with("<!--->") {
                    &rest[2..]
                } else {
                    &rest[begin.len()..]
                };
            } else if is_tag(rest) {
                rest = after_tag(rest);
            } else if !rest.is_empty() {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

fn is_tag(text: &str) -> bool {
    text.strip_prefix('<').is_some_and(|rest| {
        rest.strip_prefix('/').unwrap_or(rest).starts_with(|first: char| first.is_ascii_alphabetic())
    })
}

/// What is behind the tag that `html` begins with; nothing where it does not end.
fn after_tag(html: &str) -> &str {
    let mut quote = None;
    for (at, character) in html.char_indices() {
        match (quote, character) {
            (None, '>') => return &html[at + 1..],
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    ""
}

/// `text` with the characters that its entities mean: those of HTML are those of Markdown.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_of_entity = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let length = rest.bytes().skip(1).take(40).take_while(is_of_entity).count() + 1;
        let length = if rest[length..].starts_with(';') { length + 1 } else { 1 };
        let (entity, after) = rest.split_at(length);
        if length > 1 {
            for event in Parser::new(entity) {
                if let Event::Text(meant) = event {
                    decoded.push_str(&meant);
                }
            }
        } else {
            decoded.push('&');
        }
        rest = after;
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}
