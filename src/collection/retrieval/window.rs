//! What a second stage is to see of its candidates.

use super::Question;
use super::evidence::Words;
use crate::chunk::PassageText;
use crate::collection::Collection;
use crate::document::Span;
use crate::error::Result;
use crate::evidence::{WindowSource, cosines};
use crate::generation::Generation;
use crate::index::{RowId, Search};
use crate::model::{Embedder, Tokenizer};
use crate::sentences::sentences;
use crate::store::Store;

impl<S: Store, E: Embedder> Collection<S, E> {
    /// What a second stage is to see of the chunks at `rows`, in order: title and headings, and of the text a window of at most
    /// `window` tokens in its frame, or all of it where that is 0; an error where a text is damaged.
    pub(super) async fn windows(
        &self,
        generation: &Generation,
        question: &Question<'_, E>,
        search: &mut Search<'_, '_>,
        rows: &[RowId],
        window: usize,
    ) -> Result<Vec<Result<String>>> {
        let passages = self.passages(generation, rows).await?;
        if window == 0 {
            return Ok(passages.into_iter().map(|passage| Ok(passage?.text)).collect());
        }
        let index = &generation.index;
        let language = |row: RowId| index.document(index.document_of(row)).language;
        let read = rows.iter().zip(&passages).filter_map(|(row, passage)| {
            let passage = passage.as_ref().ok()?;
            Some((language(*row), passage.own.slice(&passage.text)?))
        });
        search.learn_texts(&read.collect::<Vec<_>>());
        let (words, matcher) = (Words::of(search), search.matcher());
        let (vector, cutter) = (question.vector(generation), self.cutter());
        let shortened = |(&row, passage): (&RowId, Result<PassageText>)| {
            let passage = passage?;
            let Some(text) = passage.own.slice(&passage.text) else { return Ok(passage.text) };
            let (tokens, sentences) = (cutter.token_spans(text)?, sentences(text));
            let parts = index.segment_of(row).vectors().parts(row.row);
            let source = WindowSource {
                text,
                tokens: &tokens,
                sentences: &sentences,
                words: &words.in_text(&matcher, language(row), text),
                total: words.total(),
                cosines: vector.and_then(|vector| cosines(vector, parts, sentences.len())),
            };
            let Span { start, end } = passage.own;
            let (before, after) = (&passage.text[..start as usize], &passage.text[end as usize..]);
            Ok([before, &text[source.window(window).range()], after].concat())
        };
        Ok(rows.iter().zip(passages).map(shortened).collect())
    }
}
