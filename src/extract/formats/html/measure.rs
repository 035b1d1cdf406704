//! How much text of which kind each part of a page has.

use super::tags::{Name, Tag};
use super::tree::Tree;
use super::visible::Mask;
use crate::extract::formats::growth;

/// What is inside a node, in bytes of visible characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// All text.
    pub text: u32,
    /// The text of links.
    pub link: u32,
    /// What reads like sentences, or is code.
    pub prose: u32,
    /// What is worth reading, by the kind of each run: sentences most, text of links nothing.
    pub mass: u32,
    /// How many links there are, and how many of them, of the first 65,535, lead to a place on the same page.
    pub links: u32,
    pub fragments: u16,
    /// How many form controls there are.
    pub controls: u16,
}

impl Measure {
    fn add(&mut self, other: Measure) {
        self.text += other.text;
        self.link += other.link;
        self.prose += other.prose;
        self.mass += other.mass;
        self.links += other.links;
        self.fragments = self.fragments.saturating_add(other.fragments);
        self.controls = self.controls.saturating_add(other.controls);
    }

    /// The share of links in the text, from 0 to 1.
    pub(super) fn link_density(&self) -> f64 {
        f64::from(self.link) / f64::from(self.text.max(1))
    }
}

/// A run of text on its way: what stands between two places where lines end.
#[derive(Default)]
struct Run {
    text: u32,
    link: u32,
    marks: u32,
    ends_sentence: bool,
    breaks: u32,
    /// The nodes of its first and last text.
    first: usize,
    last: usize,
}

/// A run of prose: the nodes of its first and last text, and the block that it is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prose {
    pub first: u32,
    pub last: u32,
    pub owner: u32,
}

/// The measures of all nodes, and the runs of prose in order.
pub(super) struct Survey {
    pub measures: Vec<Measure>,
    pub prose: Vec<Prose>,
}

/// The shortest run that is prose by its length alone, and where it has the mark of a sentence's end.
const LONG_RUN: u32 = 90;
const SENTENCE: u32 = 28;

/// Measures every node of `tree` that is not left out.
pub(super) fn survey(tree: &Tree, mask: &Mask) -> Survey {
    let measures = vec![Measure::default(); tree.len()];
    let survey = Survey { measures, prose: Vec::new() };
    let mut surveyor = Surveyor { tree, survey, run: Run::default(), owner: 0 };
    let mut open: Vec<usize> = Vec::new();
    let (mut link_end, mut code_end) = (0, 0);
    for node in mask.walk(tree, 0) {
        while let Some(block) = open.last().copied().filter(|block| tree.end(*block) <= node) {
            surveyor.end_run(block < code_end && tree.end(block) <= code_end);
            open.pop();
            surveyor.owner = open.last().copied().unwrap_or(0);
        }
        let tag = tree.tag(node);
        match tag {
            Tag::Text => surveyor.text(node, node < link_end),
            Tag::Br => surveyor.line_break(node < code_end),
            Tag::A if node >= link_end => {
                if let Some(target) = tree.attribute(node, Name::Href) {
                    link_end = tree.end(node);
                    let measure = &mut surveyor.survey.measures[node];
                    measure.links += 1;
                    measure.fragments += u16::from(target.trim_start().starts_with('#'));
                }
            }
            Tag::Input | Tag::Select | Tag::Textarea | Tag::Button
                if !tree.has(node, Name::Type, "hidden") =>
            {
                surveyor.survey.measures[node].controls += 1;
            }
            _ => {}
        }
        if tag.is_block() {
            surveyor.end_run(node < code_end);
            if matches!(tag, Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext) && node >= code_end {
                code_end = tree.end(node);
            }
            open.push(node);
            surveyor.owner = node;
        }
    }
    surveyor.end_run(false);
    let Survey { mut measures, prose } = surveyor.survey;
    // Controls that are left out count, too: they tell what a form is.
    for (node, measure) in measures.iter_mut().enumerate() {
        let is_control = matches!(tree.tag(node), Tag::Select | Tag::Textarea | Tag::Button);
        if is_control && mask.is_out(node) {
            measure.controls += 1;
        }
    }
    for node in (1..tree.len()).rev() {
        let measure = measures[node];
        measures[tree.parent(node)].add(measure);
    }
    Survey { measures, prose }
}

struct Surveyor<'a, 's> {
    tree: &'a Tree<'s>,
    survey: Survey,
    run: Run,
    /// The block that the run is in.
    owner: usize,
}

impl Surveyor<'_, '_> {
    fn text(&mut self, node: usize, is_link: bool) {
        let (mut bytes, mut marks) = (0u32, 0u32);
        for (text, _) in self.tree.pieces(node) {
            for character in text.chars().filter(|it| !super::super::is_blank(*it)) {
                bytes += character.len_utf8() as u32;
                let is_mark = matches!(
                    character,
                    '.' | '!' | '?' | ',' | ';' | ':' | '。' | '、' | '，' | '！' | '？' | '؟' | '।'
                );
                marks += u32::from(is_mark);
                self.run.ends_sentence =
                    matches!(character, '.' | '!' | '?' | ':' | '。' | '！' | '？' | '؟' | '।')
                        || (self.run.ends_sentence
                            && matches!(character, '"' | ')' | '”' | '’' | '»' | '“' | ']'));
            }
        }
        if bytes == 0 {
            return;
        }
        let link = if is_link { bytes } else { 0 };
        self.survey.measures[node].text = bytes;
        self.survey.measures[node].link = link;
        if self.run.text == 0 {
            self.run.first = node;
        }
        self.run.last = node;
        self.run.text += bytes;
        self.run.link += link;
        self.run.marks += marks;
        self.run.breaks = 0;
    }

    /// Two line breaks end a run as the end of a block does.
    fn line_break(&mut self, is_code: bool) {
        self.run.breaks += 1;
        if self.run.breaks == 2 {
            self.end_run(is_code);
        }
    }

    fn end_run(&mut self, is_code: bool) {
        let run = std::mem::take(&mut self.run);
        if run.text == 0 {
            return;
        }
        let own = run.text - run.link;
        let is_sentence = run.ends_sentence && run.text >= SENTENCE && run.marks * 8 <= run.text;
        let is_prose = is_code || (run.link * 2 <= run.text && (is_sentence || run.text >= LONG_RUN));
        let mass = if is_prose { own } else { own / 3 };
        let owner = &mut self.survey.measures[self.owner];
        owner.prose += if is_prose { own } else { 0 };
        owner.mass += mass;
        if is_prose {
            let (first, last, owner) = (run.first as u32, run.last as u32, self.owner as u32);
            growth::push(&mut self.survey.prose, Prose { first, last, owner });
        }
    }
}
