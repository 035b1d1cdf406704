//! What of a page a reader would see.

use super::tags::{Name, Tag};
use super::tree::Tree;
use super::words::has_word;

/// Class names by which pages hide text from all but screen readers.
const SCREEN_READER_WORDS: &[&str] = &["screenreader", "sronly", "visuallyhidden"];

/// What of the nodes of a tree is left out.
pub(super) struct Mask(Vec<bool>);

impl Mask {
    /// Whether a node is left out; what is inside of such a node has no mark of its own.
    pub(super) fn is_out(&self, node: usize) -> bool {
        self.0.get(node).copied().unwrap_or(false)
    }

    /// Leaves a node out, with all that is inside.
    pub(super) fn leave_out(&mut self, node: usize) {
        if let Some(mark) = self.0.get_mut(node) {
            *mark = true;
        }
    }

    /// A copy, to be taken back to.
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// The nodes inside `node` that are not left out, itself included, in order.
    pub(super) fn walk<'a>(&'a self, tree: &'a Tree, node: usize) -> impl Iterator<Item = usize> + 'a {
        let last = tree.end(node);
        let mut next = node;
        std::iter::from_fn(move || {
            while next < last && self.is_out(next) {
                next = tree.end(next);
            }
            let here = next;
            next += 1;
            (here < last).then_some(here)
        })
    }
}

/// Finds what is never seen: programs, styles, media, and what the page hides. Where all text is hidden, which scripts
/// would undo, only the former.
pub(super) fn hidden(tree: &Tree) -> Mask {
    let mask = hidden_by(tree, |node| is_never_seen(tree, node) || is_hidden(tree, node));
    if has_text(tree, &mask) { mask } else { hidden_by(tree, |node| is_never_seen(tree, node)) }
}

fn hidden_by(tree: &Tree, is_hidden: impl Fn(usize) -> bool) -> Mask {
    let mut mask = Mask(vec![false; tree.len()]);
    let mut node = 0;
    while node < tree.len() {
        if tree.tag(node) != Tag::Text && is_hidden(node) {
            mask.leave_out(node);
            node = tree.end(node);
        } else {
            node += 1;
        }
    }
    mask
}

fn has_text(tree: &Tree, mask: &Mask) -> bool {
    let mut texts = mask.walk(tree, 0).flat_map(|node| tree.pieces(node));
    texts.any(|(text, _)| !text.chars().all(super::super::is_blank))
}

fn is_never_seen(tree: &Tree, node: usize) -> bool {
    let tag = tree.tag(node);
    match tag {
        Tag::Button => !is_button_content(tree, node),
        Tag::Dialog => tree.attribute(node, Name::Open).is_none(),
        _ => tag.is_never_text(),
    }
}

/// Whether a button is what opens a part of the text, as the questions of many pages do.
fn is_button_content(tree: &Tree, button: usize) -> bool {
    let parent = tree.tag(tree.parent(button));
    let is_title = parent.heading_level().is_some() || matches!(parent, Tag::Dt | Tag::Summary);
    is_title || tree.text_of(button, 300).ends_with(['?', '\u{ff1f}', '\u{61f}'])
}

fn is_hidden(tree: &Tree, node: usize) -> bool {
    let hides = match tree.attribute(node, Name::Hidden) {
        Some(value) => !value.trim().eq_ignore_ascii_case("until-found"),
        None => false,
    };
    let is_hidden = hides
        || tree.has(node, Name::AriaHidden, "true")
        || tree.attribute(node, Name::Style).is_some_and(style_hides)
        || has_word(tree.attribute(node, Name::Class).unwrap_or_default(), SCREEN_READER_WORDS);
    is_hidden && !is_formula_for_machines(tree, node)
}

/// Whether an inline style takes an element off the page.
fn style_hides(style: &str) -> bool {
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(property, value)| {
        let value = value.trim().trim_end_matches("!important").trim();
        let is = |name: &str, hidden: &[&str]| {
            property.trim().eq_ignore_ascii_case(name)
                && hidden.iter().any(|it| value.eq_ignore_ascii_case(it))
        };
        is("display", &["none"]) || is("visibility", &["hidden", "collapse"])
    })
}

/// Whether a hidden element is nothing but a formula, whose picture is shown instead.
fn is_formula_for_machines(tree: &Tree, node: usize) -> bool {
    let mut inside = tree.children(node).filter(|child| tree.tag(*child) != Tag::Text);
    inside.next().is_some_and(|first| tree.tag(first) == Tag::Math) && inside.next().is_none()
}
