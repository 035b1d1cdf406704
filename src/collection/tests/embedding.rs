//! The backlog: what is embedded when, and what ends it.

use super::*;

#[test]
fn an_aborted_document_is_found_by_its_words_and_its_backlog_goes_on_later() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let task = AbortAfter::new(12);
    let error = block_on(collection.add(vec![document("contract", &sections(60))], &task)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    assert_eq!(task.last.get().unwrap().phase, Phase::Embedding);
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.chunks), (1, 60));
    assert!(info.backlog > 0 && info.backlog < 60, "{}", info.backlog);
    assert_eq!(embedded(&collection), 60 - info.backlog);

    // The last clause has no vector, and is found all the same.
    let result =
        block_on(collection.search("costs of matter59", &SearchOptions::default(), &Unattended)).unwrap();
    assert_eq!(result.unembedded, info.backlog);
    assert!(result.hits[0].text.contains("matter59") && result.hits[0].dense.is_none());

    let reopened = open(&store);
    block_on(reopened.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(reopened.info()).unwrap().backlog, 0);
    assert_eq!(embedded(&reopened), info.backlog);
    assert!(search(&reopened, "costs of matter59", Mode::Hybrid)[0].dense.is_some());
    // The runs were joined: a third opening reads one run of vectors, and agrees.
    assert_eq!(search(&open(&store), "matter7", Mode::Hybrid), search(&reopened, "matter7", Mode::Hybrid));
}

#[test]
fn texts_are_embedded_in_order_and_an_abort_stops_within_a_batch() {
    let collection = open(&Rc::default());
    let texts: Vec<String> = (0..7).map(|n| format!("text number{n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = block_on(collection.embed(&texts, Role::Passage, &Unattended)).unwrap();
    for (text, embedding) in texts.iter().zip(&all) {
        assert_eq!(block_on(collection.embed(&[text], Role::Passage, &Unattended)).unwrap()[0], *embedding);
    }
    let before = embedded(&collection);
    let error = block_on(collection.embed(&texts, Role::Passage, &AbortAfter::new(3))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    assert_eq!(embedded(&collection) - before, 4);
}

/// A task that removes a document when a number of units of work is done.
struct RemoveAfter<'c> {
    collection: &'c TestCollection,
    left: Cell<usize>,
    id: &'static str,
}

impl Task for RemoveAfter<'_> {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        self.left.set(self.left.get().wrapping_sub(1));
        if self.left.get() == 0 {
            self.collection.remove(&[self.id.into()]).await.unwrap();
        }
    }
}

#[test]
fn a_document_that_is_removed_while_others_are_embedded_disturbs_nobody() {
    let collection = open(&Rc::default());
    let documents = || (0..9).map(|n| document(&format!("d{n}"), &format!("Text number {n}."))).collect();
    block_on(collection.add_text(documents(), &Unattended)).unwrap();
    // Turns have 8 chunks in batches of 2: this one is in the second, and embedded in vain.
    let task = RemoveAfter { collection: &collection, left: Cell::new(2), id: "d2" };
    block_on(collection.embed_backlog(&task)).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog), (8, 0));
}

#[test]
fn an_abort_is_seen_while_others_have_their_turn() {
    let collection = open(&Rc::default());
    block_on(collection.add_text(vec![document("lease", LEASE)], &Unattended)).unwrap();
    let turn_of_another = block_on(collection.drain.lock());
    let task = Watched::default();
    let mut waiting = pin!(collection.embed_backlog(&task));
    let mut poll = || waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending());
    task.aborted.set(true);
    let Poll::Ready(Err(error)) = poll() else { panic!("the abort was not seen") };
    assert_eq!(error.kind(), ErrorKind::Aborted);
    drop(turn_of_another);
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}

#[test]
fn documents_that_are_added_one_by_one_are_embedded_together() {
    let collection = open(&Rc::default());
    let turn_of_another = block_on(collection.drain.lock());
    let mut context = Context::from_waker(Waker::noop());
    let mut first = pin!(collection.add(vec![document("lease", LEASE)], &Unattended));
    let mut second = pin!(collection.add(vec![document("policy", POLICY)], &Unattended));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    let generation = collection.generation.borrow().number();
    block_on(first).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog, info.generation), (2, 0, generation + 1));
    block_on(second).unwrap();
    assert_eq!(embedded(&collection), info.chunks);
    assert!(collection.wanted.borrow().is_empty());
}

#[test]
fn embedding_is_reported_in_tokens_of_the_chunks_over_all_turns() {
    let collection = open(&Rc::default());
    let task = Watched::default();
    block_on(collection.add(vec![document("contract", &sections(30)), document("lease", LEASE)], &task))
        .unwrap();
    let generation = block_on(collection.current(Needs::TABLES)).unwrap();
    let chunks = generation.index.segments().iter().flat_map(|segment| segment.tables().chunks());
    let tokens: usize = chunks.map(|chunk| chunk.tokens as usize).sum();
    let mut reports = task.reports.take();
    reports.retain(|progress| progress.phase == Phase::Embedding);
    assert!(reports.len() > 15, "one for each batch");
    assert!(reports.iter().map(|progress| progress.done).is_sorted());
    assert!(reports.iter().all(|progress| progress.total == tokens), "{tokens}: {reports:?}");
    assert_eq!(reports.last().unwrap().done, tokens);
}

/// A task that searches while the documents are being embedded for the first time.
struct SearchAtOnce<'c> {
    collection: &'c TestCollection,
    is_searchable: Cell<bool>,
    found: RefCell<Option<SearchResult>>,
}

impl Task for SearchAtOnce<'_> {
    fn report(&self, progress: Progress) {
        self.is_searchable.set(progress.phase != Phase::Chunking);
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        if self.is_searchable.get() && self.found.borrow().is_none() {
            let result = self.collection.search("matter417", &SearchOptions::default(), &Unattended).await;
            *self.found.borrow_mut() = Some(result.unwrap());
        }
    }
}

#[test]
fn fifty_pages_are_found_by_their_words_before_the_first_vector() {
    let collection = open(&Rc::default());
    let task =
        SearchAtOnce { collection: &collection, is_searchable: Cell::default(), found: RefCell::default() };
    let pages = sections(50 * 50);
    block_on(collection.add(vec![document("contract", &pages)], &task)).unwrap();
    let found = task.found.take().unwrap();
    assert_eq!(found.unembedded, 2500);
    assert!(found.hits[0].text.contains("matter417") && found.hits[0].dense.is_none());
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}
