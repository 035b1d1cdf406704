//! Which sentence of a hit answers best.

use super::{Hit, Question};
use crate::collection::Collection;
use crate::collection::model::Loaded;
use crate::document::{Span, utf16_len};
use crate::error::Result;
use crate::index::{Language, LexicalQuery, Search, passage_terms};
use crate::model::{Embedder, Role};
use crate::sentences::{Sentence, WordMatch, best_sentence, sentences};
use crate::store::Store;
use crate::task::Task;

/// The most sentences of one search that are embedded: those of the best hits, as far as all of a hit are among them.
const MAX_SENTENCES: usize = 64;

/// How many are embedded at once: few enough that the model here does it, which is sooner than workers start.
const SENTENCES_AT_ONCE: usize = 8;

/// The words of a query, each with how much it counts.
pub(super) struct Words {
    language: Language,
    weights: Vec<(String, f32)>,
}

impl Words {
    /// The words by which a search has found its candidates; where it went by meaning only, all words alike.
    pub fn of(search: &Search<'_, '_>, language: Language, query: &str) -> Self {
        let weighed = search.terms().iter().map(|it| (it.term.clone(), it.occurrences as f32 * it.idf));
        let mut weights: Vec<(String, f32)> = weighed.collect();
        if weights.is_empty() {
            let query = LexicalQuery::parse(language, query);
            weights
                .extend(query.terms().iter().map(|(term, occurrences)| (term.clone(), *occurrences as f32)));
        }
        Self { language, weights }
    }

    /// The words in each of the sentences of a text, which are analysed for it.
    fn matches(&self, text: &str, sentences: &[Sentence]) -> Vec<WordMatch> {
        let texts: Vec<&str> = sentences.iter().filter_map(|sentence| sentence.span.slice(text)).collect();
        let terms = passage_terms(self.language, &texts);
        let matches = sentences.iter().zip(terms).flat_map(|(&Sentence { span, .. }, terms)| {
            let words = self.weights.iter().enumerate().filter(move |(_, (word, _))| terms.contains(word));
            words.map(move |(word, (_, weight))| WordMatch { span, word, weight: *weight })
        });
        matches.collect()
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Finds the best sentence of each hit, by words and, where the search is asked to and has the query's vector, by meaning.
    pub(super) async fn find_best(
        &self,
        hits: &mut [Hit],
        words: &Words,
        question: &Question<'_, E>,
        task: &impl Task,
    ) -> Result<()> {
        let by_meaning = question.options.best_by_meaning;
        let model = question.model.as_deref().zip(question.embedding.as_ref()).filter(|_| by_meaning);
        let mut room = MAX_SENTENCES;
        for hit in hits {
            let sentences = sentences(&hit.text);
            let cosines = match model {
                Some((model, query)) if (2..=room).contains(&sentences.len()) => {
                    room -= sentences.len();
                    Some(cosines(model, &query.vector, &hit.text, &sentences, task).await?)
                }
                _ => None,
            };
            let matches = words.matches(&hit.text, &sentences);
            if let Some(best) = best_sentence(&sentences, &matches, cosines.as_deref()) {
                hit.set_best(sentences[best].span);
            }
        }
        Ok(())
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
