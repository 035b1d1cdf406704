//! Answers without a language model: what answers of what a search finds, word for word and cited.

use super::Collection;
use super::retrieval::{Hit, NoScorer, Rerank, SearchOptions};
use super::retrieved::Retrieval;
use crate::cite::{Candidate, Extract, extract};
use crate::document::{Span, utf16_len};
use crate::error::{Error, Result};
use crate::evidence::{EvidenceOptions, MAX_SENTENCES, Purpose};
use crate::index::POSSIBLE;
use crate::model::{Embedder, PairScorer};
use crate::prompt::{Passage, Unanswerable};
use crate::store::Store;
use crate::task::Task;

/// The most words of an answer where nobody says otherwise.
pub const WORDS: usize = 60;

/// How to answer, for [`Collection::answer`].
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerRequest {
    /// How to search; what it says of evidence is not heeded.
    pub search: SearchOptions,
    /// The most words, from 1; the default is [`WORDS`].
    pub words: usize,
    /// What to do where nothing that was found is likely to answer.
    pub unanswerable: Unanswerable,
}

impl Default for AnswerRequest {
    fn default() -> Self {
        Self { search: SearchOptions::default(), words: WORDS, unanswerable: Unanswerable::default() }
    }
}

/// An answer of sentences of the documents.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractiveAnswer {
    /// The sentences with their marks, such as `[1]`, those of one document in its order; empty where it abstains.
    pub text: String,
    /// What the marks stand for, by number from 1 on: the very words, where they are.
    pub citations: Vec<Passage>,
    /// Whether anything that was found is likely to answer. Where nothing even may (its relevance is below [`POSSIBLE`]), the
    /// answer is empty, unless [`AnswerRequest::unanswerable`] says otherwise.
    pub answerable: bool,
    /// What was searched, and found.
    pub retrieval: Retrieval,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Answers a question by the sentences of its documents that answer it, shortened to what does, or abstains.
    ///
    /// # Errors
    /// As [`Collection::search`], and [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for no words.
    pub async fn answer(
        &self,
        question: &str,
        request: &AnswerRequest,
        task: &impl Task,
    ) -> Result<ExtractiveAnswer> {
        self.answer_with(question, request, None::<&Rerank<'_, NoScorer>>, task).await
    }

    /// Answers as [`Collection::answer`] does, from what [`Collection::search_with`] finds.
    ///
    /// # Errors
    /// As [`Collection::search_with`] and [`Collection::answer`].
    pub async fn answer_with(
        &self,
        question: &str,
        request: &AnswerRequest,
        rerank: Option<&Rerank<'_, impl PairScorer>>,
        task: &impl Task,
    ) -> Result<ExtractiveAnswer> {
        if request.words == 0 {
            return Err(Error::invalid_argument("words must be 1 or more"));
        }
        // Each sentence is judged alone.
        let evidence =
            EvidenceOptions { sentences: MAX_SENTENCES, neighbours: 0, purpose: Purpose::Answering };
        let options = SearchOptions { evidence, expand: 0, ..request.search.clone() };
        let found = self.search_with(question, &options, rerank, task).await?;
        let is_possible = found.hits.iter().any(|hit| hit.relevance >= POSSIBLE);
        let is_told = is_possible || request.unanswerable == Unanswerable::Quote;
        let citations = if is_told { citations(&found.hits, request.words)? } else { Vec::new() };
        let numbered = (1..).zip(&citations);
        let statements = numbered.map(|(number, it): (u32, _)| format!("{} [{number}]", plain(&it.text)));
        Ok(ExtractiveAnswer {
            text: statements.collect::<Vec<_>>().join("\n\n"),
            citations,
            answerable: found.answerable,
            retrieval: Retrieval::of(&found),
        })
    }
}

/// What of some hits answers, in the order in which it is shown. Sentences that follow each other are cited as one.
fn citations(hits: &[Hit], words: usize) -> Result<Vec<Passage>> {
    let matches: Vec<Vec<Span>> =
        hits.iter().map(|hit| hit.matches.iter().map(|found| found.span).collect()).collect();
    let mut candidates = Vec::new();
    let mut places = Vec::new();
    for ((place, hit), words) in hits.iter().enumerate().zip(&matches) {
        for sentence in hit.evidence.iter().flat_map(|it| &it.sentences) {
            let (span, score) = (sentence.span, sentence.score);
            let Some(text) = said(hit, span).filter(|_| tells(hit, span)) else { continue };
            candidates.push(Candidate { document: &hit.document, span, text, score, words });
            places.push(place);
        }
    }
    let mut parts: Vec<(usize, Span)> = Vec::new();
    for Extract { candidate, span } in extract(&candidates, words) {
        let place = places[candidate];
        match parts.last_mut() {
            Some((last, before)) if *last == place && goes_on(&hits[place], *before, span) => {
                before.end = span.end;
            }
            _ => parts.push((place, span)),
        }
    }
    let cited = parts.into_iter().map(|(place, span)| {
        let hit = &hits[place];
        Passage::from(hit.clone()).part(in_utf16(hit, span))
    });
    cited.collect()
}

/// Whether a sentence says something alone: one that introduces what follows and the names of a table's columns do not.
fn tells(hit: &Hit, span: Span) -> bool {
    let rest = Span { start: span.end, end: hit.chunk.span.end };
    let is_rule = |line: &str| line.contains("--") && !line.contains(char::is_alphanumeric);
    let (own, rest) = (said(hit, span).unwrap_or_default(), said(hit, rest).unwrap_or_default());
    let introduces = own.trim_end_matches(['*', '_', '"', '”']).ends_with([':', '：']);
    let names_columns = own.starts_with('|') && rest.trim_start().lines().next().is_some_and(is_rule);
    !introduces && !names_columns
}

/// The text of a hit at a span of its document.
fn said(hit: &Hit, span: Span) -> Option<&str> {
    let at = |byte: u32| byte.checked_sub(hit.chunk.span.start).map(|at| at as usize);
    hit.text.get(at(span.start)?..at(span.end)?)
}

/// Whether nothing but white space stands between two spans of a hit, and neither is a row of a table, which is a statement of
/// its own.
fn goes_on(hit: &Hit, before: Span, after: Span) -> bool {
    let between = Span { start: before.end, end: after.start };
    let is_row = |span| said(hit, span).is_some_and(|row| row.starts_with('|'));
    before.end <= after.start
        && said(hit, between).is_some_and(|text| text.trim().is_empty())
        && !is_row(before)
        && !is_row(after)
}

fn in_utf16(hit: &Hit, span: Span) -> Span {
    let start = hit.chunk.span.start;
    let units = |byte: u32| {
        let before = hit.text.get(..(byte - start) as usize).unwrap_or_default();
        hit.chunk.span_utf16.start + utf16_len(before) as u32
    };
    Span { start: units(span.start), end: units(span.end) }
}

/// A quotation on one line, without what begins an item and what parts the cells of a row.
fn plain(quote: &str) -> String {
    let lines = quote.lines().map(|line| {
        let line = without_marker(line.trim());
        match line.strip_prefix('|') {
            Some(row) => {
                let cells = row.split('|').map(str::trim).filter(|cell| !cell.is_empty());
                cells.collect::<Vec<_>>().join(" – ")
            }
            None => line.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A line without the mark of an item, a quotation or a heading, after which there is white space: `-40 °C` has none.
fn without_marker(line: &str) -> &str {
    let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_marker = matches!(mark, "-" | "*" | "+" | "•" | ">") || mark.chars().all(|it| it == '#');
    if is_marker && !mark.is_empty() { rest.trim_start() } else { line }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use pollster::block_on;

    use super::*;
    use crate::collection::CollectionOptions;
    use crate::document::{Document, MediaType};
    use crate::error::ErrorKind;
    use crate::index::Mode;
    use crate::store::memory::MemoryStore;
    use crate::task::Unattended;
    use crate::testing::HashEmbedder;

    const LEASE: &str = "# Repairs 🏠\n\nThe landlord repairs the roof. He has thirty days for the roof. The tenant \
        pays for windows.\n\n| what | euros |\n| --- | --- |\n| lost key | 90 |\n| late rent | 25 |\n";

    fn lease() -> Collection<Rc<MemoryStore>, HashEmbedder> {
        let collection = block_on(Collection::open_with(
            Rc::<MemoryStore>::default(),
            HashEmbedder::new("a"),
            CollectionOptions::default(),
        ))
        .unwrap();
        let document = Document::new("lease", "Lease", MediaType::Markdown, LEASE);
        block_on(collection.add(vec![document], &Unattended)).unwrap();
        collection
    }

    fn answer(question: &str, words: usize) -> Result<ExtractiveAnswer> {
        let search = SearchOptions { mode: Mode::Lexical, ..SearchOptions::default() };
        let request = AnswerRequest { search, words, ..AnswerRequest::default() };
        block_on(lease().answer(question, &request, &Unattended))
    }

    #[test]
    fn sentences_that_follow_each_other_are_one_citation_of_the_very_words() {
        let found = answer("landlord repairs roof", 12).unwrap();
        assert_eq!(found.text, "The landlord repairs the roof. He has thirty days for the roof. [1]");
        let units: Vec<u16> = LEASE.encode_utf16().collect();
        let [passage] = &found.citations[..] else { panic!("{:?}", found.citations) };
        assert_eq!(passage.span.slice(LEASE).unwrap(), passage.text);
        assert_eq!(String::from_utf16(&units[passage.span_utf16.range()]).unwrap(), passage.text);
        assert!(found.answerable);
    }

    #[test]
    fn a_row_is_told_as_its_cells_and_cited_with_its_header() {
        let found = answer("euros for a lost key", 4).unwrap();
        assert_eq!(found.text, "lost key – 90 [1]");
        assert_eq!(found.citations[0].text, "| lost key | 90 |");
        assert!(found.citations[0].frame.lead.contains("| what | euros |"));
    }

    #[test]
    fn each_row_is_a_statement_of_its_own() {
        let found = answer("euros for a lost key or for late rent", 20).unwrap();
        assert!(found.text.ends_with("lost key – 90 [3]\n\nlate rent – 25 [4]"), "{}", found.text);
    }

    #[test]
    fn what_begins_an_item_is_left_out_and_what_belongs_to_the_words_is_not() {
        let said = [
            ("- the fob", "the fob"),
            ("## Fees", "Fees"),
            ("-40 °C is the lowest", "-40 °C is the lowest"),
            ("+49 30 1234", "+49 30 1234"),
            ("**Rent:** 900", "**Rent:** 900"),
            ("| roof | 900 |", "roof – 900"),
        ];
        for (quote, expected) in said {
            assert_eq!(plain(quote), expected);
        }
    }

    #[test]
    fn what_nothing_answers_is_not_answered_and_no_words_are_an_error() {
        let none = answer("potassium medicine", 60).unwrap();
        assert!(none.text.is_empty() && none.citations.is_empty() && !none.answerable);
        assert_eq!(answer("roof", 0).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
