//! Formulas of Office (OMML) on one line: `x^2`, `(a+b)/2`, `√(x+1)`.

use crate::error::Result;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// The longest sign around or between arguments, in characters.
const MAX_DELIMITER_CHARS: usize = 4;

/// A piece of a formula.
enum Token {
    Text(String),
    /// A group begins, which stands in brackets where it is longer than a character.
    Open,
    Close,
}

/// An element that is open and says something of those in it.
struct Frame {
    name: &'static str,
    /// How many arguments it had.
    arguments: usize,
    begin: String,
    separator: String,
    end: String,
}

impl Frame {
    fn new(name: &'static str) -> Self {
        let separator = match name {
            "eqArr" | "m" => "; ",
            "mr" => ", ",
            "func" => " ",
            _ => "",
        };
        Self { name, arguments: 0, begin: String::new(), separator: separator.to_owned(), end: String::new() }
    }

    fn delimiter() -> Self {
        let (begin, end) = ("(".to_owned(), ")".to_owned());
        Self { name: "d", arguments: 0, begin, separator: "|".to_owned(), end }
    }
}

/// Those elements, by names that live as long as the program.
const FRAMES: &[&str] =
    &["rad", "eqArr", "m", "mr", "func", "f", "nary", "e", "num", "den", "sub", "sup", "lim"];

/// Reads the rest of an element `oMath`.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<String> {
    let outside = reader.depth().saturating_sub(1);
    let mut tokens = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    while reader.depth() > outside {
        match reader.next()? {
            Some(Event::Start(tag)) => start(reader, &tag, &mut frames, &mut tokens)?,
            Some(Event::End(tag)) => end(tag.name(), &mut frames, &mut tokens),
            Some(Event::Text(_)) => {}
            None => break,
        }
    }
    Ok(written(&tokens))
}

fn start(
    reader: &mut Reader<'_>,
    tag: &Tag<'_>,
    frames: &mut Vec<Frame>,
    tokens: &mut Vec<Token>,
) -> Result<()> {
    let mut add = |text: &str| tokens.push(Token::Text(text.to_owned()));
    match tag.name() {
        "t" => add(&reader.text()?),
        "dPr" => delimiters(reader, frames.last_mut())?,
        "naryPr" => {
            let mut sign = "∫".to_owned();
            reader.each_inside(|tag| {
                if tag.name() == "chr" {
                    sign = tag.attribute("val").unwrap_or_default();
                }
            })?;
            add(&sign);
        }
        "del" | "moveFrom" => reader.skip()?,
        name if name.ends_with("Pr") => reader.skip()?,
        "d" => frames.push(Frame::delimiter()),
        name => {
            if let Some(frame) = frames.last_mut()
                && matches!(name, "e" | "mr" | "fName")
            {
                let is_first = frame.arguments == 0;
                add(if is_first { &frame.begin } else { &frame.separator });
                frame.arguments += 1;
                if frame.name == "rad" {
                    add("√");
                }
            }
            match name {
                "den" => add("/"),
                "sup" => add("^"),
                "sub" | "lim" => add("_"),
                _ => {}
            }
            if is_group(name, frames.last()) {
                tokens.push(Token::Open);
            }
            if let Some(known) = FRAMES.iter().find(|known| **known == name) {
                frames.push(Frame::new(known));
            }
        }
    }
    Ok(())
}

fn end(name: &str, frames: &mut Vec<Frame>, tokens: &mut Vec<Token>) {
    let Some(frame) = frames.pop_if(|frame| frame.name == name) else { return };
    if name == "d" {
        if frame.arguments == 0 {
            tokens.push(Token::Text(frame.begin));
        }
        tokens.push(Token::Text(frame.end));
    }
    if is_group(name, frames.last()) {
        tokens.push(Token::Close);
    }
}

fn is_group(name: &str, parent: Option<&Frame>) -> bool {
    matches!(name, "num" | "den" | "sub" | "sup" | "lim")
        || name == "e" && parent.is_some_and(|parent| parent.name == "rad")
}

fn delimiters(reader: &mut Reader<'_>, frame: Option<&mut Frame>) -> Result<()> {
    let Some(frame) = frame else { return reader.skip() };
    reader.each_inside(|tag| {
        let value = || tag.attribute("val").unwrap_or_default().chars().take(MAX_DELIMITER_CHARS).collect();
        match tag.name() {
            "begChr" => frame.begin = value(),
            "sepChr" => frame.separator = value(),
            "endChr" => frame.end = value(),
            _ => {}
        }
    })
}

fn written(tokens: &[Token]) -> String {
    // How many characters each group has, in the order in which the groups begin.
    let (mut lengths, mut open): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut length = 0;
    for token in tokens {
        match token {
            Token::Text(text) => length += text.chars().count(),
            Token::Open => {
                open.push((lengths.len(), length));
                lengths.push(0);
            }
            Token::Close => {
                if let Some((group, before)) = open.pop() {
                    lengths[group] = length - before;
                }
            }
        }
    }
    let mut text = String::new();
    let mut groups = lengths.into_iter();
    let mut brackets = Vec::new();
    for token in tokens {
        match token {
            Token::Text(more) => text.push_str(more),
            Token::Open => {
                let has_brackets = groups.next().is_some_and(|length| length > 1);
                brackets.push(has_brackets);
                text.push_str(if has_brackets { "(" } else { "" });
            }
            Token::Close => text.push_str(if brackets.pop() == Some(true) { ")" } else { "" }),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(inner: &str) -> String {
        let source = format!("<m:oMath>{inner}</m:oMath>");
        let mut reader = Reader::new(&source, "");
        reader.next().unwrap();
        read(&mut reader).unwrap()
    }

    fn run(text: &str) -> String {
        format!("<m:r><m:rPr/><m:t>{text}</m:t></m:r>")
    }

    #[test]
    fn formulas_are_written_on_one_line() {
        let fraction = format!("<m:f><m:num>{}</m:num><m:den>{}</m:den></m:f>", run("a+b"), run("2"));
        assert_eq!(line(&fraction), "(a+b)/2");
        let power = format!("<m:sSup><m:e>{}</m:e><m:sup>{}</m:sup></m:sSup>", run("x"), run("2"));
        assert_eq!(line(&power), "x^2");
        let root = format!("<m:rad><m:radPr/><m:deg/><m:e>{}</m:e></m:rad>", run("x+1"));
        assert_eq!(line(&root), "√(x+1)");
        let list = format!(
            "<m:d><m:dPr><m:begChr m:val=\"[\"/><m:endChr m:val=\"]\"/></m:dPr><m:e>{}</m:e><m:e>{}</m:e></m:d>",
            run("a"),
            run("b")
        );
        assert_eq!(line(&list), "[a|b]");
        let sum = format!(
            "<m:nary><m:naryPr><m:chr m:val=\"∑\"/></m:naryPr><m:sub>{}</m:sub><m:sup>{}</m:sup><m:e>{}</m:e></m:nary>",
            run("i=1"),
            run("n"),
            run("i")
        );
        assert_eq!(line(&sum), "∑_(i=1)^ni");
    }
}
