//! HTML and XHTML: the main text of a page, or a whole fragment, with where each piece stands in the source.
//!
//! Tokens come from the tokenizer of the HTML standard; the tree, what of it is seen and what of it is the main text are
//! found here. Nothing is fetched, no script is run. Time and memory are linear in the page.

mod code;
mod lists;
mod main_text;
mod measure;
mod parse;
mod properties;
mod read;
mod tables;
mod tags;
mod tree;
mod visible;
mod words;

use super::Extracted;
use super::builder::Builder;
use crate::error::{Error, ErrorKind, Result};

/// From how many bytes of source on the room for a page is made before it is written.
const LARGE: usize = 4 << 20;

/// How a source is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// As HTML.
    Html,
    /// As XHTML: `<a/>` is an empty element, and sections of CDATA are text.
    Xml,
}

impl Syntax {
    /// The syntax of a page, by whether it begins as XML does.
    pub(crate) fn of(source: &str) -> Self {
        let start = source.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if start.starts_with("<?xml") { Syntax::Xml } else { Syntax::Html }
    }
}

/// Extracts the main text of a page, without its menus, banners, sidebars and comments, and what it says of itself.
///
/// # Errors
/// [`ErrorKind::EmptyDocument`] where nothing of the page is visible text; [`ErrorKind::DocumentTooLarge`] for a page of
/// millions of elements.
pub(crate) fn extract(source: &str) -> Result<Extracted> {
    let tree = parse::parse(source, Syntax::of(source) == Syntax::Xml)?;
    let mut builder = Builder::new();
    let properties = properties::properties(&tree);
    let selection = main_text::select(&tree, visible::hidden(&tree), &properties.title);
    *builder.properties() = properties;
    reserve(&mut builder, &tree, &selection);
    if let Some(heading) = selection.heading {
        read::read(&mut builder, &tree, &selection.mask, heading);
    }
    read::read(&mut builder, &tree, &selection.mask, selection.root);
    let extracted = builder.finish()?;
    if extracted.text.chars().all(super::is_blank) {
        return Err(Error::new(ErrorKind::EmptyDocument, "the page holds no visible text"));
    }
    Ok(extracted)
}

/// Makes room for all that is kept of a large page, so that nothing of it moves while it is written.
fn reserve(builder: &mut Builder, tree: &tree::Tree, selection: &main_text::Selection) {
    if tree.source().len() < LARGE {
        return;
    }
    let (mut bytes, mut pieces, mut blocks) = (0, 0, 0);
    for node in selection.mask.walk(tree, selection.root) {
        blocks += usize::from(tree.tag(node).is_block());
        for (text, _) in tree.pieces(node) {
            bytes += text.len();
            pieces += 1;
        }
    }
    builder.reserve(bytes, blocks.min(pieces), pieces);
}

/// Writes all visible text of a fragment or page into `builder`, such as a chapter of a book or the body of a mail. Its
/// pieces stand at their bytes of `source`, in the part that the builder is at.
///
/// # Errors
/// [`ErrorKind::DocumentTooLarge`] for a source of millions of elements.
pub(crate) fn read_into(builder: &mut Builder, source: &str, syntax: Syntax) -> Result<()> {
    let tree = parse::parse(source, syntax == Syntax::Xml)?;
    let hidden = visible::hidden(&tree);
    read::read(builder, &tree, &hidden, tree::DOCUMENT);
    Ok(())
}

#[cfg(test)]
mod tests;
