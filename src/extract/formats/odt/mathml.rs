//! Formulas in MathML on one line.

use crate::error::Result;
use crate::extract::formats::xml::{Event, Reader};

/// An element that is open, with how many elements it has had.
struct Frame {
    kind: &'static str,
    children: usize,
    /// Whether it closes a bracket.
    has_bracket: bool,
}

const KINDS: &[&str] =
    &["mfrac", "msup", "msub", "msubsup", "munder", "mover", "munderover", "msqrt", "mroot", "mtr", "mtable"];

/// The formula of a part, or nothing where the part holds none.
pub(super) fn read(text: &str, part: &str) -> Result<String> {
    let mut reader = Reader::new(text, part);
    let mut frames: Vec<Frame> = Vec::new();
    let mut line = String::new();
    let mut is_formula = false;
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(tag) => {
                let name = tag.name();
                if !is_formula && name != "math" {
                    return Ok(String::new());
                }
                is_formula = true;
                if name.starts_with("annotation") {
                    reader.skip()?;
                    continue;
                }
                let before = frames.last_mut().map_or("", |frame| {
                    frame.children += 1;
                    separator(frame.kind, frame.children)
                });
                line.push_str(before);
                let is_leaf = matches!(name, "mi" | "mn" | "mo" | "mtext" | "ms");
                let has_bracket = name == "msqrt" || (name == "mrow" && !before.is_empty());
                line.push_str(if name == "msqrt" { "√" } else { "" });
                line.push_str(if has_bracket { "(" } else { "" });
                if is_leaf {
                    line.push_str(reader.text()?.trim());
                    continue;
                }
                let kind = KINDS.iter().find(|kind| **kind == name).copied().unwrap_or_default();
                frames.push(Frame { kind, children: 0, has_bracket });
            }
            Event::End(_) => {
                if frames.pop().is_some_and(|frame| frame.has_bracket) {
                    line.push(')');
                }
            }
            Event::Text(_) => {}
        }
    }
    Ok(line)
}

/// What stands before the child of a number, from 1.
fn separator(kind: &str, child: usize) -> &'static str {
    match (kind, child) {
        (_, 0 | 1) => "",
        ("mfrac", _) => "/",
        ("msup" | "mover", _) => "^",
        ("msub" | "munder", _) => "_",
        ("msubsup" | "munderover", 2) => "_",
        ("msubsup" | "munderover", _) => "^",
        ("mroot", _) => "√",
        ("mtr", _) => ", ",
        ("mtable", _) => "; ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_written_on_one_line() {
        let source = "<math><semantics><mrow><mi>x</mi><mo>=</mo><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo>\
            <msup><mi>c</mi><mn>2</mn></msup></mrow></mfrac></mrow>\
            <annotation encoding=\"StarMath 5.0\">x = a over {b + c^2}</annotation></semantics></math>";
        assert_eq!(read(source, "").unwrap(), "x=a/(b+c^2)");
        assert_eq!(read("<document><p>no formula</p></document>", "").unwrap(), "");
    }
}
