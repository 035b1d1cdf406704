//! Answers held against what they cite, and against the whole collection.

use super::Collection;
use super::retrieval::SearchOptions;
use crate::cite::{Passages, SentenceVerdict, Verdict};
use crate::error::{Error, Result};
use crate::evidence::EvidenceOptions;
use crate::model::Embedder;
use crate::prompt::Passage;
use crate::store::Store;
use crate::task::Task;

/// The longest answer, in bytes of UTF-8. One of a chat model has some thousands.
pub const MAX_ANSWER_BYTES: usize = 1 << 18;

/// How many passages are searched for a sentence that no source supports.
const SEARCHED: usize = 4;

/// For how many sentences the collection is searched, at most.
const MAX_SEARCHES: usize = 100;

/// What to verify, for [`Collection::verify`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VerifyRequest {
    /// The answer.
    pub answer: String,
    /// The sources that it cites by their numbers, from 1 on.
    pub sources: Vec<Passage>,
    /// What else was retrieved; it cannot be cited.
    pub others: Vec<Passage>,
    /// Whether what none of them supports is looked for in the whole collection.
    pub everywhere: bool,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The verdict about each sentence, in order.
    pub sentences: Vec<SentenceVerdict>,
    /// What it was held against, by the numbers in the verdicts.
    pub passages: Passages,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Holds each sentence of an answer against the sources that it cites, then against the others, and if that is asked for
    /// against what a search of the collection for that sentence finds.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for an answer beyond [`MAX_ANSWER_BYTES`]; where the
    /// collection is searched as [`Collection::search`].
    pub async fn verify(&self, request: VerifyRequest, task: &impl Task) -> Result<Verification> {
        let VerifyRequest { answer, sources, others, everywhere } = request;
        check_length(answer.len())?;
        self.check_open()?;
        let mut passages = Passages::new(sources);
        others.into_iter().for_each(|passage| passages.add(passage));
        let sentences = passages.verifier().verify(&answer);
        if !everywhere {
            return Ok(Verification { sentences, passages });
        }
        let before = passages.all().len();
        let doubtful = sentences.iter().filter(|it| it.verdict != Verdict::Supported).take(MAX_SEARCHES);
        let evidence = EvidenceOptions { sentences: 0, ..EvidenceOptions::default() };
        let options = SearchOptions { k: SEARCHED, evidence, ..SearchOptions::default() };
        for sentence in doubtful.filter(|it| !it.text.trim().is_empty()) {
            let found = self.search(&sentence.text, &options, task).await?;
            found.hits.into_iter().for_each(|hit| passages.add(hit.into()));
        }
        let is_more = passages.all().len() > before;
        let sentences = if is_more { passages.verifier().verify(&answer) } else { sentences };
        Ok(Verification { sentences, passages })
    }
}

/// # Errors
/// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for more than [`MAX_ANSWER_BYTES`].
pub fn check_length(bytes: usize) -> Result<()> {
    if bytes <= MAX_ANSWER_BYTES {
        return Ok(());
    }
    Err(Error::invalid_argument(format!("the answer has {bytes} bytes; {MAX_ANSWER_BYTES} are allowed")))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use pollster::block_on;

    use super::*;
    use crate::collection::CollectionOptions;
    use crate::document::{Document, MediaType};
    use crate::error::ErrorKind;
    use crate::store::memory::MemoryStore;
    use crate::task::Unattended;
    use crate::testing::HashEmbedder;

    #[test]
    fn what_no_source_supports_is_looked_for_everywhere_if_asked() {
        let collection = block_on(Collection::open_with(
            Rc::<MemoryStore>::default(),
            HashEmbedder::new("a"),
            CollectionOptions::default(),
        ))
        .unwrap();
        let texts =
            ["The landlord repairs the roof within thirty days.", "The bins are emptied on Tuesday morning."];
        let documents = texts.iter().zip(["lease", "guide"]);
        let documents = documents.map(|(text, id)| Document::new(id, "", MediaType::Plain, *text));
        block_on(collection.add(documents.collect(), &Unattended)).unwrap();
        let found = block_on(collection.search("roof", &SearchOptions::default(), &Unattended)).unwrap();
        let roof = found.hits.into_iter().find(|hit| hit.document == "lease").unwrap();
        let request = VerifyRequest {
            answer: format!("{} [1] {} [1]", texts[0], texts[1]),
            sources: vec![roof.into()],
            ..VerifyRequest::default()
        };
        let verdicts = |everywhere: bool| {
            let request = VerifyRequest { everywhere, ..request.clone() };
            let Verification { sentences, passages } =
                block_on(collection.verify(request, &Unattended)).unwrap();
            let suggested = sentences[1].suggested.first().map(|number| *number as usize - 1);
            let document = suggested.map(|at| passages.all()[at].document.clone());
            (sentences.iter().map(|it| it.verdict).collect::<Vec<_>>(), document)
        };
        assert_eq!(verdicts(false), (vec![Verdict::Supported, Verdict::NotFound], None));
        assert_eq!(
            verdicts(true),
            (vec![Verdict::Supported, Verdict::Misattributed], Some("guide".to_owned()))
        );
        let long = VerifyRequest { answer: "a".repeat(MAX_ANSWER_BYTES + 1), ..VerifyRequest::default() };
        let error = block_on(collection.verify(long, &Unattended)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}
