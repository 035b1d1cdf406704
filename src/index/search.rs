//! Search: eligible rows, the best candidates of each arm, and one ranking of their union.

use std::borrow::Cow;
use std::cmp::Ordering;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::fusion::{ArmScore, ArmScores, Fusion};
use super::lexical::{
    self, Bm25, InTexts, LexicalScores, MatchKind, TermScore, TermWeight, TextMatcher, Widening,
};
use super::planner::{self, VectorPath};
use super::relevance::WordSignal;
use super::vectors::QuantisedQuery;
use super::{Index, RowId, Segment};
use crate::bit_set::BitSet;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::language::Language;

/// Which arms run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Both, fused. An arm that has nothing to go by (no query vector; no word that counts) leaves the ranking to the
    /// other.
    #[default]
    Hybrid,
    /// Vectors only. Chunks whose vector is still missing are not found.
    Dense,
    /// Words only.
    Lexical,
}

/// What to search for, and how.
#[derive(Clone, Copy, Debug)]
pub struct SearchQuery<'q> {
    /// The words. Parts in quotation marks are phrases, whose words count like others; see [`Search::add_phrase`].
    pub text: &'q str,
    /// The embedding of the text; of length 1, so that scores are cosines.
    pub vector: Option<&'q [f32]>,
    /// The most rows to rank. 0 ranks none; any number is fine, also one beyond the number of rows.
    pub k: usize,
    /// Which arms run.
    pub mode: Mode,
    /// How their scores become one, in [`Mode::Hybrid`].
    pub fusion: Fusion,
    /// The knobs of the lexical score.
    pub bm25: Bm25,
    /// How far its words are widened.
    pub widening: Widening,
    /// Which documents may be found; all where it is `None`. It is evaluated once, before either arm runs, and changes
    /// no statistic of BM25.
    pub filter: Option<&'q Filter>,
    /// The fewest candidates that each arm gives, for those who choose among them. [`Mode::Hybrid`] has [`CANDIDATES`]
    /// in any case.
    pub candidates: usize,
}

impl<'q> SearchQuery<'q> {
    /// A hybrid search for the best `k` with default knobs, without a filter or further candidates.
    pub fn new(text: &'q str, vector: Option<&'q [f32]>, k: usize) -> Self {
        Self {
            text,
            vector,
            k,
            mode: Mode::default(),
            fusion: Fusion::default(),
            bm25: Bm25::default(),
            widening: Widening::default(),
            filter: None,
            candidates: 0,
        }
    }

    fn validate(&self, dimensions: Option<usize>) -> Result<()> {
        self.fusion.validate()?;
        if !self.bm25.is_valid() {
            let Bm25 { k1, b } = self.bm25;
            return Err(Error::invalid_argument(format!(
                "BM25 needs k1 of 0 or more and b from 0 to 1, not k1 = {k1} and b = {b}"
            )));
        }
        match self.vector {
            Some(vector) if !vector.iter().all(|component| component.is_finite()) => {
                Err(Error::invalid_argument("the query vector holds a component that is not finite"))
            }
            Some(vector) if dimensions.is_some_and(|dimensions| dimensions != vector.len()) => {
                let dimensions = dimensions.unwrap_or_default();
                let message =
                    format!("the query vector has {} dimensions, the index {dimensions}", vector.len());
                Err(Error::invalid_argument(message))
            }
            None if self.mode == Mode::Dense => {
                Err(Error::invalid_argument("dense search needs a query vector"))
            }
            _ => Ok(()),
        }
    }

    /// The query vector, if the dense arm is to run.
    fn dense_arm(&self) -> Option<&'q [f32]> {
        match self.mode {
            Mode::Dense => self.vector,
            Mode::Hybrid => self.vector.filter(|_| self.fusion.dense_weight > 0.0),
            Mode::Lexical => None,
        }
    }

    fn has_lexical_arm(&self) -> bool {
        match self.mode {
            Mode::Dense => false,
            Mode::Hybrid => self.fusion.dense_weight < 1.0 || self.vector.is_none(),
            Mode::Lexical => true,
        }
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Where it is.
    pub row: RowId,
    /// What it is ranked by: the fused score in [`Mode::Hybrid`] (from 0 to 1 with a weighted sum), else the score of the
    /// one arm.
    pub score: f32,
    /// The cosine with the query vector; `None` where the row has no vector or the arm did not run.
    pub dense: Option<ArmScore>,
    /// The BM25 score; `None` where no term of the query occurs or the arm did not run.
    pub lexical: Option<ArmScore>,
    /// The part of the fused score that stands in for the dense arm's share, where the row has no vector but other
    /// candidates have; see [`Fusion`].
    pub neutral: Option<f32>,
}

/// How one segment was searched by vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPath {
    /// The segment's id.
    pub segment: u64,
    /// The rows that could be found.
    pub eligible: u64,
    /// What ran.
    pub path: VectorPath,
}

/// A row and its score in one arm.
#[derive(Clone, Copy, Debug)]
struct Scored {
    row: RowId,
    score: f32,
}

/// A search under way, step by step, so that whoever drives it can look texts up and take the time in between.
#[derive(Debug)]
pub struct Search<'i, 'q> {
    index: &'i Index,
    query: SearchQuery<'q>,
    /// The rows of each segment that may be found.
    eligible: Vec<Cow<'i, RoaringBitmap>>,
    lexical: LexicalScores,
    /// The words of the query in the texts of hits, where there is no lexical arm.
    in_texts: Option<InTexts>,
    vector: Option<QuantisedQuery>,
    /// The best rows by vectors, best first.
    dense: Vec<Scored>,
    paths: Vec<SegmentPath>,
    /// How many candidates each arm gives.
    depth: usize,
}

/// The fewest candidates that each arm gives to fusion: up to a quarter of it, what `k` is makes no difference to the
/// ranking.
pub const CANDIDATES: usize = 200;

/// How many candidates each arm gives for each row that is to be ranked, as some may be passed over.
const CANDIDATES_PER_ROW: usize = 4;

/// The most rows in whose texts a phrase is looked for.
pub const PHRASE_ROWS: usize = 200;

impl<'i, 'q> Search<'i, 'q> {
    /// Begins a search: checks the query and evaluates its filter.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for a knob outside its range, a query vector of
    /// other dimensions than the index or with components that are not finite, and a dense search without one;
    /// the errors of [`Filter::evaluate`].
    pub fn new(index: &'i Index, query: SearchQuery<'q>) -> Result<Self> {
        query.validate(index.dimensions())?;
        let fewest = match query.mode {
            Mode::Hybrid => CANDIDATES.max(query.candidates),
            // The ranking by one score does not depend on what else is found.
            Mode::Dense | Mode::Lexical => query.candidates,
        };
        Ok(Self {
            index,
            query,
            eligible: eligible_rows(index, query.filter)?,
            lexical: LexicalScores::default(),
            in_texts: None,
            vector: query.dense_arm().map(QuantisedQuery::new),
            dense: Vec::new(),
            paths: Vec::new(),
            depth: query.k.saturating_mul(CANDIDATES_PER_ROW).max(fewest),
        })
    }

    /// Scores the eligible rows by words, if the query has a lexical arm.
    pub fn score_words(&mut self) {
        if self.query.has_lexical_arm() {
            let SearchQuery { text, bm25, widening, .. } = self.query;
            self.lexical = lexical::score(self.index.segments(), text, bm25, widening, &self.eligible);
        }
    }

    /// The number of phrases of the query: of what stood in quotation marks.
    pub fn phrases(&self) -> usize {
        self.lexical.phrases()
    }

    /// The rows that hold every word of a phrase, best by words first, at most [`PHRASE_ROWS`]: those in whose texts it is
    /// to be looked for.
    ///
    /// # Panics
    /// If there is no such phrase; so it is with the other methods that take one.
    pub fn rows_with_all(&self, phrase: usize) -> Vec<RowId> {
        let mut rows: Vec<Scored> = Vec::new();
        let segments = self.index.segments();
        for (number, eligible) in self.eligible.iter().enumerate() {
            let holding = self.lexical.rows_with_all(segments, number, phrase) & eligible.as_ref();
            let score = |row| self.lexical.score(row).unwrap_or(0.0);
            let rows_here = holding.iter().map(|row| RowId { segment: number, row });
            rows.extend(rows_here.map(|row| Scored { row, score: score(row) }));
        }
        self.best(rows, PHRASE_ROWS).iter().map(|scored| scored.row).collect()
    }

    /// What finds the words and phrases of the query in texts; nothing before [`Search::score_words`].
    pub fn matcher(&self) -> TextMatcher<'_> {
        match &self.in_texts {
            Some(in_texts) => in_texts.matcher(),
            None => {
                let postings: Vec<_> = self.index.segments().iter().map(Segment::postings).collect();
                self.lexical.matcher(&postings)
            }
        }
    }

    /// What each word weighs that [`Search::matcher`] finds.
    pub fn matched_terms(&self) -> &[TermWeight] {
        self.in_texts.as_ref().map_or(self.lexical.terms.as_slice(), InTexts::terms)
    }

    /// Has [`Search::matcher`] know the words of the query in the texts of some rows, where the query has no lexical arm.
    pub fn learn_texts(&mut self, rows: &[(Option<Language>, &str)]) {
        if !self.query.has_lexical_arm() {
            // A word that these few texts lack is no mistake for that.
            let widening = Widening { typos: false, compounds: false, ..self.query.widening };
            self.in_texts = Some(lexical::score_texts(rows, self.query.text, widening));
        }
    }

    /// Counts a phrase like a word of its own in the rows where it was looked for, each with how often it was found.
    pub fn add_phrase(&mut self, phrase: usize, found: &[(RowId, u32)]) {
        self.lexical.boost(self.index.segments(), phrase, found);
    }

    /// Finds the best rows by vectors, if the query has a dense arm.
    pub fn score_vectors(&mut self) {
        let Some(vector) = &self.vector else { return };
        let mut found = Vec::new();
        for (number, (segment, eligible)) in self.index.segments().iter().zip(&self.eligible).enumerate() {
            let (path, nearest) = planner::nearest(segment, vector, eligible, self.depth);
            self.paths.push(SegmentPath { segment: segment.id(), eligible: eligible.len(), path });
            let row = |row| RowId { segment: number, row };
            found.extend(nearest.into_iter().map(|(at, score)| Scored { row: row(at), score }));
        }
        self.dense = self.best(found, self.depth);
    }

    /// The candidates of both arms, fused, best first, and whether there are more where they come from. Equal scores are
    /// ordered by document id, then by the order of chunks in the document, so the same index and query give the same
    /// ranking on every run.
    ///
    /// Without a word (only marks), a lexical search finds nothing.
    pub fn rank(&self) -> (Vec<Ranked>, bool) {
        let words = self.best(self.lexical_rows().collect(), self.depth);
        let more = words.len() == self.depth || self.dense.len() == self.depth;
        let (rows, mut arms) = self.union(&words);
        match self.query.mode {
            Mode::Hybrid => self.query.fusion.share(&mut arms, self.lexical.most()),
            Mode::Dense | Mode::Lexical => arms.iter_mut().for_each(ArmScores::share_alone),
        }
        // Adding 0 turns -0 into 0: they rank alike.
        let ranked = |(row, arms): (RowId, ArmScores)| Ranked {
            row,
            score: arms.total() + 0.0,
            dense: arms.dense,
            lexical: arms.lexical,
            neutral: arms.neutral,
        };
        let mut candidates: Vec<Ranked> = rows.into_iter().zip(arms).map(ranked).collect();
        candidates.sort_unstable_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| self.index.by_identity(a.row, b.row))
        });
        (candidates, more)
    }

    /// Asks for more candidates of each arm than before.
    pub fn deepen(&mut self) {
        self.depth = self.depth.saturating_mul(CANDIDATES_PER_ROW);
        self.paths.clear();
        self.score_vectors();
    }

    /// How many rows may be found.
    pub fn eligible(&self) -> u64 {
        self.eligible.iter().map(|rows| rows.len()).sum()
    }

    /// What each word of the query weighs.
    pub fn terms(&self) -> &[TermWeight] {
        &self.lexical.terms
    }

    /// How each segment was searched by vectors, if any was.
    pub fn paths(&self) -> &[SegmentPath] {
        &self.paths
    }

    /// The BM25 score of a row, by words of the query; phrases are words in quotation marks.
    pub fn explain_words(&self, row: &Ranked) -> Vec<TermScore> {
        self.lexical.explain(self.index.segments(), row.row)
    }

    /// What the words of the query say of a chunk in `language` for its relevance: `found` are those that it holds, as
    /// [`Search::matcher`] numbers them. `None` where no word counts.
    pub fn word_signal(
        &self,
        language: Option<Language>,
        found: &[(usize, MatchKind)],
    ) -> Option<WordSignal> {
        if self.in_texts.is_some() { None } else { self.lexical.signal(language, found) }
    }

    /// The rows that may be among the best by words.
    fn lexical_rows(&self) -> impl Iterator<Item = Scored> + '_ {
        self.lexical.best(self.depth).map(|(row, score)| Scored { row, score })
    }

    /// Every candidate of either arm once, in the order of rows, and its scores in both.
    fn union(&self, words: &[Scored]) -> (Vec<RowId>, Vec<ArmScores>) {
        let (dense, lexical) = (by_row(&self.dense), by_row(words));
        let mut rows: Vec<RowId> = dense.iter().chain(&lexical).map(|(row, _)| *row).collect();
        rows.sort_unstable();
        rows.dedup();
        let (mut dense, mut lexical) = (dense.into_iter().peekable(), lexical.into_iter().peekable());
        let beyond = |score| ArmScore { score, rank: None, share: 0.0 };
        let arms = rows.iter().map(|&row| {
            let found = |(its, _): &(RowId, ArmScore)| *its == row;
            let dense = dense.next_if(found).map(|(_, arm)| arm);
            let lexical = lexical.next_if(found).map(|(_, arm)| arm);
            ArmScores {
                dense: dense.or_else(|| self.cosine(row).map(beyond)),
                lexical: lexical.or_else(|| self.lexical.score(row).map(beyond)),
                neutral: None,
            }
        });
        let arms = arms.collect();
        (rows, arms)
    }

    fn cosine(&self, row: RowId) -> Option<f32> {
        let vectors = self.index.segment_of(row).vectors();
        self.vector.as_ref().and_then(|vector| vectors.score(vector, row.row))
    }

    /// The first `count` in the order of scores, then of identity.
    fn best(&self, mut rows: Vec<Scored>, count: usize) -> Vec<Scored> {
        let order = |a: &Scored, b: &Scored| {
            b.score.total_cmp(&a.score).then_with(|| self.index.by_identity(a.row, b.row))
        };
        if count == 0 {
            return Vec::new();
        }
        if rows.len() > count {
            rows.select_nth_unstable_by(count - 1, order);
            rows.truncate(count);
        }
        rows.sort_unstable_by(order);
        rows
    }
}

/// A ranking in the order of rows, with the rank of each, from 1.
fn by_row(ranking: &[Scored]) -> Vec<(RowId, ArmScore)> {
    let ranked = (1..).zip(ranking);
    let mut arms: Vec<_> = ranked
        .map(|(rank, found)| (found.row, ArmScore { score: found.score, rank: Some(rank), share: 0.0 }))
        .collect();
    arms.sort_unstable_by_key(|(row, _)| *row);
    arms
}

impl Index {
    /// The best `k` rows of a search without phrases, as [`Search::rank`] orders them.
    ///
    /// # Errors
    /// As [`Search::new`].
    pub fn search(&self, query: &SearchQuery<'_>) -> Result<Vec<Ranked>> {
        let mut search = Search::new(self, *query)?;
        search.score_words();
        search.score_vectors();
        let (mut ranked, _) = search.rank();
        ranked.truncate(query.k);
        Ok(ranked)
    }

    /// Orders rows by document id, then by their order in the document.
    fn by_identity(&self, a: RowId, b: RowId) -> Ordering {
        let id = |row: RowId| self.segment_of(row).tables().document_of(row.row).id.as_str();
        id(a).cmp(id(b)).then(a.row.cmp(&b.row))
    }
}

/// The rows of each segment that may be found: those of live documents that the filter accepts.
fn eligible_rows<'i>(index: &'i Index, filter: Option<&Filter>) -> Result<Vec<Cow<'i, RoaringBitmap>>> {
    let segments = index.segments();
    let Some(filter) = filter else {
        return Ok(segments.iter().map(|segment| Cow::Borrowed(segment.live_rows())).collect());
    };
    let tables: Vec<_> =
        segments.iter().map(|segment| (segment.tables().columns(), segment.live_documents())).collect();
    let accepted = filter.evaluate(&tables)?;
    let rows = segments.iter().zip(accepted).map(|(segment, documents)| {
        let tables = segment.tables();
        let mut rows = BitSet::new(tables.chunks().len());
        documents.into_iter().for_each(|document| rows.insert_range(tables.rows_of(document)));
        Cow::Owned(rows.into_bitmap())
    });
    Ok(rows.collect())
}
