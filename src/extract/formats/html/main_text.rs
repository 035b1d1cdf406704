//! Finds the main text of a page among menus, banners, sidebars and the like.
//!
//! What the page says of its parts comes first: elements, roles, and the words in class names. Then the innermost part is
//! taken that holds nearly all of what reads like text, and from its beginning and end what is only links. Each step is
//! taken back where it would leave out most of the text.

mod furniture;

use self::furniture::{is_byline, leave_out_furniture};
use super::measure::{Measure, Prose, Survey, survey};
use super::tags::{Name, Tag};
use super::tree::{DOCUMENT, Tree};
use super::visible::Mask;
use super::words::LEADING_AWAY;

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
    let whole = all.measures[DOCUMENT];
    drop(all);
    let left = survey(tree, &mask);
    let (root, is_said) = root(tree, &left, &mask, heading);
    let root = innermost(tree, &left, &mask, heading, root);
    leave_out_links(tree, &left, heading, root, &mut mask);
    drop(left);
    let kept = survey(tree, &mask).measures[root];
    let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
    let least = if is_said { 0.1 } else { 0.35 };
    if kept.text == 0 || share(kept.mass, whole.mass) < least {
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
        // What stands beside it, without lists of links and small forms.
        let is_beside = |measure: &Measure| {
            let is_text = measure.prose * 4 > left.measures[best].prose;
            let is_form = measure.controls > 0 && measure.prose * 2 < measure.text;
            !is_form && (measure.link_density() < 0.3 || (measure.link_density() < 0.5 && is_text))
        };
        let beside: u32 = children()
            .filter(|child| *child != best)
            .map(|child| left.measures[child])
            .filter(is_beside)
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
    let is_inside = |run: &&Prose| run.first as usize >= root && (run.last as usize) < end;
    let prose = || left.prose.iter().filter(is_inside);
    let (Some(first), Some(last)) = (prose().next(), prose().next_back()) else { return };
    let (first, last) = (first.first as usize, last.last as usize);
    let around = |run: &Prose| {
        let parent = tree.parent(run.owner as usize);
        [parent, tree.parent(parent)]
    };
    let mut around_prose: Vec<usize> = Vec::new();
    for pair in prose().map(around) {
        // Most runs stand beside the one before.
        if around_prose.last_chunk() != Some(&pair) {
            around_prose.extend(pair);
        }
    }
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
