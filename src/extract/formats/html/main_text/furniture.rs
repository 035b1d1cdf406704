//! What a page marks as being beside its text.

use super::super::measure::{Measure, Survey};
use super::super::tags::{Name, Tag};
use super::super::tree::{DOCUMENT, Tree};
use super::super::visible::Mask;
use super::super::words::{COMMENTS, FRAME, FURNITURE, has_word};
use super::{MAX_DEPTH, MIN_OWN, plain};

/// The longest line that says who wrote a text, in bytes.
const MAX_BYLINE: u32 = 160;

/// Leaves out what the page itself marks as being beside its text.
pub(super) fn leave_out_furniture(tree: &Tree, all: &Survey, heading: Option<usize>, mask: &mut Mask) {
    let measures = &all.measures;
    let total = measures[DOCUMENT];
    leave_out_comments(tree, measures, heading, mask);
    let (mut content_end, mut code_end, mut quotation_end) = (0, 0, 0);
    let mut node = 1;
    while node < tree.len() {
        let (tag, measure) = (tree.tag(node), measures[node]);
        let next = tree.end(node);
        if tag == Tag::Text || mask.is_out(node) || node < code_end {
            node = if mask.is_out(node) { next } else { node + 1 };
            continue;
        }
        let place = Place {
            is_in_content: node < content_end,
            is_in_quotation: node < quotation_end,
            holds_heading: heading.is_some_and(|heading| (node..next).contains(&heading)),
        };
        let is_most = measure.mass * 2 > total.mass;
        if !is_most && is_furniture(tree, node, &measure, &total, &place) {
            mask.leave_out(node);
            node = next;
            continue;
        }
        if matches!(tag, Tag::Main | Tag::Article) || tree.has(node, Name::Role, "main") {
            content_end = content_end.max(next);
        }
        if matches!(tag, Tag::Pre | Tag::Code) {
            code_end = code_end.max(next);
        }
        if tag == Tag::Blockquote {
            quotation_end = quotation_end.max(next);
        }
        node += 1;
    }
}

/// Leaves out what readers wrote, unless that is what the page is: a thread of a forum.
fn leave_out_comments(tree: &Tree, measures: &[Measure], heading: Option<usize>, mask: &mut Mask) {
    let mut comments: Vec<usize> = Vec::new();
    let (mut node, mut code_end) = (1, 0);
    while node < tree.len() {
        let (tag, next) = (tree.tag(node), tree.end(node));
        let holds_heading = heading.is_some_and(|heading| (node..next).contains(&heading));
        if mask.is_out(node) {
            node = next;
            continue;
        }
        if matches!(tag, Tag::Pre | Tag::Code) {
            code_end = code_end.max(next);
        }
        if node >= code_end && !holds_heading && is_comments(tree, node, tag) {
            comments.push(node);
            node = next;
        } else {
            node += 1;
        }
    }
    let of_readers: u32 = comments.iter().map(|node| measures[*node].mass).sum();
    let own = measures[DOCUMENT].mass.saturating_sub(of_readers);
    if own >= MIN_OWN || own >= of_readers {
        comments.iter().for_each(|node| mask.leave_out(*node));
    }
}

/// Where a node stands.
struct Place {
    is_in_content: bool,
    is_in_quotation: bool,
    holds_heading: bool,
}

fn names_its_part(tag: Tag) -> bool {
    tag.heading_level().is_some()
        || matches!(
            tag,
            Tag::Html | Tag::Body | Tag::Main | Tag::Article | Tag::Pre | Tag::Code | Tag::Tr | Tag::Tbody
        )
}

/// Whether a class or id of an element has one of `words`.
fn is_named(tree: &Tree, node: usize, words: &[&str]) -> bool {
    let class = tree.attribute(node, Name::Class).is_some_and(|names| has_word(names, words));
    class
        || tree
            .attribute(node, Name::Id)
            .is_some_and(|id| has_word(id, words) && !is_named_by_heading(tree, node, id))
}

/// Whether an id was made of the heading that the element begins with.
fn is_named_by_heading(tree: &Tree, node: usize, id: &str) -> bool {
    tree.tag(node) == Tag::Section
        || tree.children(node).take(4).any(|child| {
            tree.tag(child).heading_level().is_some()
                && plain(&tree.text_of(child, 100)).starts_with(&plain(id))
        })
}

fn is_comments(tree: &Tree, node: usize, tag: Tag) -> bool {
    tag.is_block() && !names_its_part(tag) && is_named(tree, node, COMMENTS)
}

fn is_furniture(tree: &Tree, node: usize, measure: &Measure, total: &Measure, place: &Place) -> bool {
    let tag = tree.tag(node);
    let role =
        tree.attribute(node, Name::Role).map(|role| role.trim().to_ascii_lowercase()).unwrap_or_default();
    let is_linky = measure.link_density() > 0.33;
    let by_role = match role.as_str() {
        "navigation" | "search" | "dialog" | "alertdialog" | "menu" | "menubar" | "toolbar"
        | "contentinfo" => true,
        "banner" => !place.holds_heading,
        "complementary" => !place.is_in_content || is_linky || measure.controls > 0,
        _ => false,
    };
    let by_tag = match tag {
        Tag::Nav | Tag::Search => true,
        Tag::Header => !place.is_in_content && !place.holds_heading,
        Tag::Footer if place.is_in_quotation => false,
        Tag::Footer if place.is_in_content => measure.prose == 0 || is_linky,
        Tag::Footer => true,
        Tag::Aside => !place.is_in_content || is_linky || measure.controls > 0,
        Tag::Form | Tag::Fieldset => {
            measure.controls > 0 && measure.prose * 2 < measure.text && measure.mass * 4 < total.mass
        }
        Tag::A => is_mark_of_link(tree, node, measure),
        _ => false,
    };
    if by_role || by_tag {
        return true;
    }
    if place.holds_heading || names_its_part(tag) {
        return false;
    }
    let is_small = measure.mass * 4 < total.mass;
    let may_be_named = tag.is_block() || measure.links > 0;
    let is_named = (is_small && may_be_named && is_named(tree, node, FURNITURE))
        || is_table_of_contents(tag, measure)
        || (is_small
            && tag.is_block()
            && !place.is_in_content
            && (measure.prose == 0 || measure.link_density() > 0.5)
            && is_named(tree, node, FRAME));
    is_named && !is_byline(tree, node, measure)
}

/// Whether a link is no more than a mark: the anchor of a heading, the way back from a footnote, a link to edit a section.
fn is_mark_of_link(tree: &Tree, node: usize, measure: &Measure) -> bool {
    let Some(target) = tree.attribute(node, Name::Href) else { return false };
    let has_picture = (node..tree.end(node)).take(MAX_DEPTH).any(|it| tree.tag(it) == Tag::Img);
    let is_edit = target.contains("action=edit") && measure.text < 40;
    if is_edit || measure.text > 12 {
        return is_edit;
    }
    target.starts_with('#') && !has_picture && !tree.text_of(node, 20).chars().any(char::is_alphanumeric)
}

/// Whether all links of a block, which is not much else, lead to places of the same page.
fn is_table_of_contents(tag: Tag, measure: &Measure) -> bool {
    let is_list = tag.is_list() || matches!(tag, Tag::Div | Tag::Dl | Tag::Table | Tag::Section | Tag::P);
    is_list
        && measure.links >= 3
        && u32::from(measure.fragments) == measure.links
        && measure.link_density() > 0.8
}

/// Whether a block says who wrote the text and when.
pub(super) fn is_byline(tree: &Tree, node: usize, measure: &Measure) -> bool {
    let is_short = (1..MAX_BYLINE).contains(&measure.text);
    is_short
        && (node..tree.end(node)).take(40).any(|inside| {
            tree.tag(inside) == Tag::Time
                || tree.has(inside, Name::Rel, "author")
                || has_word(
                    tree.attribute(inside, Name::Class).unwrap_or_default(),
                    &["author", "byline", "dateline"],
                )
        })
}
