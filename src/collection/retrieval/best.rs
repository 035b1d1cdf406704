//! Which sentence of a hit answers best.

use super::{Hit, Question, ReadHit};
use crate::collection::Collection;
use crate::collection::model::Loaded;
use crate::document::{Span, utf16_len};
use crate::error::Result;
use crate::index::Search;
use crate::model::{Embedder, Role};
use crate::sentences::{Sentence, SentenceWord, best_sentence};
use crate::store::Store;
use crate::task::Task;

/// The most sentences of one search that are embedded: those of the best hits, as far as all of a hit are among them.
const MAX_SENTENCES: usize = 64;

/// How many are embedded at once: few enough that the model here does it, which is sooner than workers start.
const SENTENCES_AT_ONCE: usize = 8;

/// The words of a query, each with how much it counts.
pub(super) struct Words(Vec<(String, f32)>);

impl Words {
    /// The words that are looked for in hits.
    pub fn of(search: &Search<'_, '_>) -> Self {
        Self(search.matched_terms().iter().map(|it| (it.term.clone(), it.weight())).collect())
    }

    /// What the words in a hit say for its sentences.
    fn evidence(&self, hit: &Hit) -> Vec<SentenceWord> {
        let start = hit.chunk.span.start;
        let evidence = hit.matches.iter().filter_map(|found| {
            let word = self.0.iter().position(|(term, _)| *term == found.term)?;
            let span = Span { start: found.span.start - start, end: found.span.end - start };
            Some(SentenceWord { span, word, weight: self.0[word].1 })
        });
        evidence.collect()
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// The hits with the best sentence of each, by words and, where the search is asked to and has the query's vector, by
    /// meaning.
    pub(super) async fn with_best(
        &self,
        read: Vec<ReadHit>,
        words: &Words,
        question: &Question<'_, E>,
        task: &impl Task,
    ) -> Result<Vec<Hit>> {
        let by_meaning = question.options.best_by_meaning;
        let model = question.model.as_deref().zip(question.embedding.as_ref()).filter(|_| by_meaning);
        let mut room = MAX_SENTENCES;
        let mut hits = Vec::with_capacity(read.len());
        for ReadHit { mut hit, sentences } in read {
            let cosines = match model {
                Some((model, query)) if (2..=room).contains(&sentences.len()) => {
                    room -= sentences.len();
                    Some(cosines(model, &query.vector, &hit.text, &sentences, task).await?)
                }
                _ => None,
            };
            if let Some(best) = best_sentence(&sentences, &words.evidence(&hit), cosines.as_deref()) {
                hit.set_best(sentences[best].span);
            }
            hits.push(hit);
        }
        Ok(hits)
    }
}

/// The cosine of each sentence with a query.
async fn cosines<E: Embedder>(
    model: &Loaded<E>,
    query: &[f32],
    text: &str,
    sentences: &[Sentence],
    task: &impl Task,
) -> Result<Vec<f32>> {
    let mut cosines = Vec::with_capacity(sentences.len());
    for some in sentences.chunks(SENTENCES_AT_ONCE) {
        let texts: Vec<&str> = some.iter().filter_map(|sentence| sentence.span.slice(text)).collect();
        for embedding in model.embedder.embed(&texts, Role::Passage, task).await? {
            cosines.push(query.iter().zip(&embedding.vector).map(|(a, b)| a * b).sum());
        }
    }
    Ok(cosines)
}

impl Hit {
    /// Takes a span of its text for its best sentence.
    fn set_best(&mut self, span: Span) {
        let utf16 = |bytes: u32| utf16_len(&self.text[..bytes as usize]) as u32;
        let shifted = |by: u32, start: u32, end: u32| Span { start: by + start, end: by + end };
        let chunk = &self.chunk;
        self.best.span_utf16 = shifted(chunk.span_utf16.start, utf16(span.start), utf16(span.end));
        self.best.span = shifted(chunk.span.start, span.start, span.end);
    }
}
