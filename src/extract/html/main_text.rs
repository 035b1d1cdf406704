//! Finds the main text of a page among menus, banners, sidebars and the like.
//!
//! What the page says of its parts comes first: elements, roles, and the words in class names. Then the innermost part is
//! taken that holds nearly all of what reads like text, and from its beginning and end what is only links. Each step is
//! taken back where it would leave out most of the text.

use super::measure::{Measure, Prose, Survey, survey};
use super::tags::{Name, Tag};
use super::tree::{DOCUMENT, Tree};
use super::visible::Mask;
use super::words::{COMMENTS, FRAME, FURNITURE, LEADING_AWAY, has_word};

/// The longest line that says who wrote a text, in bytes.
const MAX_BYLINE: u32 = 160;

/// How much a page has to say itself to be more than the comments on it.
const MIN_OWN: u32 = 500;

/// How deep a heading is looked into.
const MAX_DEPTH: usize = 20;

/// The main text of a page.
pub(super) struct Selection {
    /// What is left out.
    pub mask: Mask,
    /// The part that holds it.
    pub root: usize,
    /// Its heading, where that stands outside of the part.
    pub heading: Option<usize>,
}

/// Finds the main text of a page that says it has this title; `hidden` is what is never seen.
pub(super) fn select(tree: &Tree, hidden: Mask, title: &str) -> Selection {
    let all = survey(tree, &hidden);
    let heading = main_heading(tree, &hidden, title);
    let mut mask = hidden.copy();
    leave_out_furniture(tree, &all, heading, &mut mask);
    let left = survey(tree, &mask);
    let (root, is_said) = root(tree, &left, &mask, heading);
    let root = innermost(tree, &left, &mask, heading, root);
    leave_out_links(tree, &left, heading, root, &mut mask);
    let kept = survey(tree, &mask).measures[root];
    let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
    let least = if is_said { 0.1 } else { 0.35 };
    if kept.text == 0 || share(kept.mass, all.measures[DOCUMENT].mass) < least {
        return Selection { mask: hidden, root: DOCUMENT, heading: None };
    }
    let is_outside = |heading: &usize| *heading < root || *heading >= tree.end(root);
    let is_left = |heading: &usize| {
        std::iter::successors(Some(*heading), |node| (*node > 0).then(|| tree.parent(*node)))
            .all(|node| !hidden.is_out(node))
    };
    Selection { heading: heading.filter(is_outside).filter(is_left), mask, root }
}

/// The heading of the whole page: the first that its title begins with, else the first of level 1 that is not the name of
/// the site at the title's end.
fn main_heading(tree: &Tree, hidden: &Mask, title: &str) -> Option<usize> {
    let title = plain(title);
    let mut first = None;
    for node in hidden.walk(tree, DOCUMENT) {
        let Some(level) = tree.tag(node).heading_level() else { continue };
        let text = plain(&tree.text_of(node, 300));
        if text.len() < 2 {
            continue;
        }
        if level <= 3 && text.len() >= 6 && title.starts_with(&text) {
            return Some(node);
        }
        let is_of_site = title.len() > text.len() && title.ends_with(&text) && text.len() * 2 < title.len();
        if level == 1 && first.is_none() && !is_of_site {
            first = Some(node);
        }
    }
    first
}

/// A text in lower case, its letters and digits only.
fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Leaves out what the page itself marks as being beside its text.
fn leave_out_furniture(tree: &Tree, all: &Survey, heading: Option<usize>, mask: &mut Mask) {
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
    is_list && measure.links >= 3 && measure.fragments == measure.links && measure.link_density() > 0.8
}

/// Whether a block says who wrote the text and when.
fn is_byline(tree: &Tree, node: usize, measure: &Measure) -> bool {
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

/// The part that the page says holds its text, with true, else all of it.
fn root(tree: &Tree, left: &Survey, mask: &Mask, heading: Option<usize>) -> (usize, bool) {
    let mass = |node: usize| left.measures[node].mass;
    let total = mass(DOCUMENT);
    let (mut best_main, mut articles) = (None::<usize>, Vec::new());
    let mut article_end = 0;
    for node in mask.walk(tree, DOCUMENT) {
        let is_main = tree.tag(node) == Tag::Main || tree.has(node, Name::Role, "main");
        if is_main && best_main.is_none_or(|best| mass(node) > mass(best)) {
            best_main = Some(node);
        }
        let is_article = tree.tag(node) == Tag::Article || tree.has(node, Name::Role, "article");
        if is_article && node >= article_end {
            article_end = tree.end(node);
            articles.push(node);
        }
    }
    if let Some(main) = best_main.filter(|main| mass(*main) * 4 > total) {
        return (main, true);
    }
    let best = articles.iter().copied().max_by_key(|article| mass(*article));
    let holds_heading = |article: usize| heading.is_some_and(|it| (article..tree.end(article)).contains(&it));
    match best {
        Some(best) if mass(best) * 10 > total * 6 || (holds_heading(best) && mass(best) * 10 > total * 4) => {
            (best, true)
        }
        _ => (DOCUMENT, false),
    }
}

/// The innermost part of `root` that holds nearly all of its text, and its heading.
fn innermost(tree: &Tree, left: &Survey, mask: &Mask, heading: Option<usize>, root: usize) -> usize {
    let mut root = root;
    loop {
        let total = left.measures[root];
        let children = || tree.children(root).filter(|child| !mask.is_out(*child));
        let Some(best) = children().max_by_key(|child| left.measures[*child].mass) else { return root };
        let best_mass = left.measures[best].mass;
        let is_in = |node: usize, it: usize| (node..tree.end(node)).contains(&it);
        let parts_from_heading = heading.is_some_and(|it| is_in(root, it) && !is_in(best, it));
        if best_mass == 0 || parts_from_heading || !is_container(tree.tag(best)) {
            return root;
        }
        // What stands beside it and is no list of links.
        let beside: u32 = children()
            .filter(|child| *child != best)
            .map(|child| left.measures[child])
            .filter(|measure| measure.link_density() < 0.3 && measure.controls == 0)
            .map(|measure| measure.mass)
            .sum();
        let direct = total.mass.saturating_sub(children().map(|child| left.measures[child].mass).sum());
        if (beside + direct) * 100 > total.mass * 8 {
            return root;
        }
        root = best;
    }
}

fn is_container(tag: Tag) -> bool {
    let is_whole = tag.is_list()
        || tag.heading_level().is_some()
        || matches!(
            tag,
            Tag::Text
                | Tag::P
                | Tag::Dl
                | Tag::Pre
                | Tag::Blockquote
                | Tag::Figure
                | Tag::Details
                | Tag::Li
                | Tag::A
        );
    !is_whole
}

/// Leaves out blocks of links before and after the prose of `root`, and those that lead to other pages anywhere.
fn leave_out_links(tree: &Tree, left: &Survey, heading: Option<usize>, root: usize, mask: &mut Mask) {
    let end = tree.end(root);
    let prose: Vec<_> = left.prose.iter().filter(|run| run.first >= root && run.last < end).collect();
    let (Some(first), Some(last)) = (prose.first().map(|run| run.first), prose.last().map(|run| run.last))
    else {
        return;
    };
    let around = |run: &&Prose| [tree.parent(run.owner), tree.parent(tree.parent(run.owner))];
    let mut around_prose: Vec<usize> = prose.iter().flat_map(around).collect();
    around_prose.sort_unstable();
    let total = left.measures[root];
    let before = mask.copy();
    let mut left_out = 0;
    let mut node = root + 1;
    while node < end {
        let measure = left.measures[node];
        let (tag, next) = (tree.tag(node), tree.end(node));
        if mask.is_out(node) || tag.heading_level().is_some() {
            node = next;
            continue;
        }
        let holds_heading = heading.is_some_and(|heading| (node..next).contains(&heading));
        let is_outer = next <= first || node > last;
        let is_links = measure.links > 0 && measure.link_density() >= 0.5;
        // A part of a line goes only where most of that is links, a part of a row or list where all is.
        let is_cell = tag.is_cell() || matches!(tag, Tag::Tr | Tag::Li | Tag::Dt | Tag::Dd);
        let around = left.measures[tree.parent(node)].link_density();
        let is_free = match (tag.is_block(), is_cell) {
            (_, true) => around >= 0.9,
            (true, _) => true,
            _ => around >= 0.5 || (is_outer && is_links && is_alone(tree, node)),
        };
        let is_named = tag.is_block() && measure.link_density() > 0.4 && leads_away(tree, node);
        let may_go = is_outer && is_links && is_free && tag != Tag::Text && !holds_heading;
        if may_go
            && !is_named
            && (is_byline(tree, node, &measure) || is_list_of_text(tree, node, &around_prose))
        {
            node = next;
            continue;
        }
        let goes = is_named || may_go;
        if goes && !holds_heading && measure.mass * 4 < total.mass {
            mask.leave_out(node);
            left_out += measure.text;
            node = next;
        } else {
            node += 1;
        }
    }
    if left_out * 2 > total.text {
        *mask = before;
    }
}

/// Whether a list of links belongs to the text: it stands under a heading, among its paragraphs.
fn is_list_of_text(tree: &Tree, node: usize, around_prose: &[usize]) -> bool {
    let parent = tree.parent(node);
    let after = around_prose.partition_point(|it| *it <= parent);
    let before = around_prose.partition_point(|it| *it < parent);
    if after - before < 2 || !(tree.tag(node).is_list() || tree.tag(node) == Tag::Dl) {
        return false;
    }
    sibling_before(tree, node).is_some_and(|it| tree.tag(it).heading_level().is_some())
}

/// The element or text before a node inside the same element, without white space.
fn sibling_before(tree: &Tree, node: usize) -> Option<usize> {
    let parent = tree.parent(node);
    let is_white = node - 1 > parent && tree.parent(node - 1) == parent && is_white(tree, node - 1);
    let before = if is_white { node - 2 } else { node - 1 };
    if before <= parent {
        return None;
    }
    // The node before it is the last one inside the sibling.
    let mut around =
        std::iter::successors(Some(before), |it| (*it > 0).then(|| tree.parent(*it))).take(MAX_DEPTH);
    around.find(|it| tree.parent(*it) == parent)
}

fn is_white(tree: &Tree, node: usize) -> bool {
    tree.tag(node) == Tag::Text && tree.pieces(node).all(|(text, _)| text.chars().all(super::super::is_blank))
}

/// Whether nothing else is on the line of an inline element.
fn is_alone(tree: &Tree, node: usize) -> bool {
    let (end, parent) = (tree.end(node), tree.parent(node));
    let ends_line = |it: usize| tree.tag(it).is_block() || tree.tag(it) == Tag::Br;
    let after = if end < tree.end(parent) && is_white(tree, end) { end + 1 } else { end };
    (after >= tree.end(parent) || ends_line(after)) && sibling_before(tree, node).is_none_or(ends_line)
}

/// Whether a block begins with words that announce other pages.
fn leads_away(tree: &Tree, node: usize) -> bool {
    let text = tree.text_of(node, 60).to_lowercase();
    LEADING_AWAY.iter().any(|words| text.starts_with(words))
}
