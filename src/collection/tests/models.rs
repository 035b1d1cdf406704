//! A collection and its model: one that comes later, another one, none.

use super::*;

#[test]
fn a_reopened_collection_finds_the_same_with_the_same_scores() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    block_on(collection.remove(&["policy".into()])).unwrap();
    add(&collection, "policy", POLICY);
    let reopened = open(&store);
    assert_eq!(
        search(&collection, "storm damage to the roof", Mode::Hybrid),
        search(&reopened, "storm damage to the roof", Mode::Hybrid)
    );
    assert_eq!(block_on(collection.list()).unwrap(), block_on(reopened.list()).unwrap());
}

#[test]
fn with_another_model_a_collection_opens_and_is_searched_by_its_words() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let other = block_on(Collection::open_with(store.clone(), HashEmbedder::new("b"), options())).unwrap();
    assert_eq!(block_on(other.info()).unwrap().model.status(), ModelStatus::Mismatch);
    for mode in [Mode::Lexical, Mode::Hybrid] {
        let found =
            block_on(other.search("roof", &SearchOptions { mode, ..Default::default() }, &Unattended));
        let found = found.unwrap();
        assert_eq!((found.hits.len(), found.model), (1, ModelStatus::Mismatch));
        assert_eq!(found.hits[0].dense, None);
    }
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let error = block_on(other.search("roof", &dense, &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelMismatch);
    // What is added waits in the backlog, and the first model finds all as before.
    add(&other, "policy", POLICY);
    assert_eq!(embedded(&other), 0);
    assert!(block_on(other.info()).unwrap().backlog > 0);
    let first = open(&store);
    block_on(first.embed_backlog(&Unattended)).unwrap();
    assert_eq!(search(&first, "storm damage", Mode::Dense)[0].document, "policy");
}

#[test]
fn what_needs_no_model_does_not_wait_for_it() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let collection = open_without_model(&store);
    collection.model_loading(10, 100);
    assert!(matches!(
        block_on(collection.info()).unwrap().model,
        ModelState::Loading { done: 10, total: 100 }
    ));
    assert_eq!(block_on(collection.list()).unwrap().len(), 1);
    for mode in [Mode::Lexical, Mode::Hybrid] {
        let options = SearchOptions { mode, ..Default::default() };
        let found = block_on(collection.search("roof", &options, &Unattended)).unwrap();
        assert_eq!((found.hits.len(), found.model), (1, ModelStatus::Loading));
    }
    // What needs it waits, and goes on as soon as it is there.
    let mut context = Context::from_waker(Waker::noop());
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let mut waiting = pin!(collection.search("roof", &dense, &Unattended));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    collection.set_model(HashEmbedder::new("a")).unwrap();
    assert_eq!(block_on(waiting).unwrap().hits[0].document, "lease");
}

#[test]
fn a_document_that_comes_before_the_model_is_found_at_once_and_cut_anew_for_the_model() {
    let store = Rc::new(MemoryStore::new());
    let collection = open_without_model(&store);
    let text = "The landlord mends the extraordinarily complicated roof. ".repeat(30);
    block_on(collection.add_text(vec![document("lease", &text)], &Unattended)).unwrap();
    let texts_before: Vec<_> = store.names().into_iter().filter(|name| name.starts_with("text/")).collect();
    let by_estimate = search(&collection, "roof", Mode::Hybrid);
    assert!(!by_estimate.is_empty() && by_estimate.iter().all(|hit| hit.dense.is_none()));
    collection.set_model(HashEmbedder::new("a")).unwrap();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
    // The chunks are those of a collection that had its model from the beginning, and the text was not written again.
    let expected = open(&Rc::default());
    add(&expected, "lease", &text);
    assert_eq!(search(&collection, "roof", Mode::Hybrid), search(&expected, "roof", Mode::Hybrid));
    let texts: Vec<_> = store.names().into_iter().filter(|name| name.starts_with("text/")).collect();
    assert_eq!(texts, texts_before);
    assert_eq!(block_on(open(&store).get("lease")).unwrap().unwrap().text, text);
}

#[test]
fn what_one_call_cut_anew_and_embedded_is_not_cut_again_by_another() {
    let mut context = Context::from_waker(Waker::noop());
    let mut halts = 0;
    loop {
        let collection = open_without_model(&Rc::default());
        for id in ["lease", "policy"] {
            block_on(collection.add_text(vec![document(id, LEASE)], &Unattended)).unwrap();
        }
        collection.set_model(HashEmbedder::new("a")).unwrap();
        let mut slow = pin!(collection.embed_documents(vec!["policy".into()], &Halting));
        let mut is_slow_done = (0..halts).any(|_| slow.as_mut().poll(&mut context).is_ready());
        let was_done_first = is_slow_done;
        let mut quick = pin!(collection.embed_documents(vec!["lease".into()], &Unattended));
        while quick.as_mut().poll(&mut context).is_pending() {
            is_slow_done = is_slow_done || slow.as_mut().poll(&mut context).is_ready();
        }
        while !is_slow_done {
            is_slow_done = slow.as_mut().poll(&mut context).is_ready();
        }
        assert_eq!(block_on(collection.info()).unwrap().backlog, 0, "after {halts} halts");
        if was_done_first {
            break;
        }
        halts += 1;
    }
    assert!(halts > 3);
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_documents_in_the_backlog_until_it_can() {
    let collection = open_without_model(&Rc::default());
    collection.model_failed(Error::new(ErrorKind::ModelUnreachable, "no connection"));
    assert_eq!(add(&collection, "lease", LEASE).chunks, 2);
    assert_eq!(block_on(collection.backlog_of(&["lease".into()])).unwrap(), 2);
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let error = block_on(collection.search("roof", &dense, &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelUnreachable);
    assert_eq!(block_on(collection.info()).unwrap().model.status(), ModelStatus::Failed);
    collection.set_model(HashEmbedder::new("a")).unwrap();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}

#[test]
fn a_model_that_nobody_has_asked_for_keeps_nobody_waiting() {
    let collection = open_without_model(&Rc::default());
    collection.model_deferred();
    assert_eq!(add(&collection, "lease", LEASE).chunks, 2);
    assert_eq!(search(&collection, "roof", Mode::Hybrid).len(), 1);
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let error = block_on(collection.search("roof", &dense, &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelDeferred);
    assert_eq!(block_on(collection.info()).unwrap().model.status(), ModelStatus::Deferred);
    collection.model_loading(0, 0);
    assert_eq!(block_on(collection.info()).unwrap().model.status(), ModelStatus::Loading);
    collection.set_model(HashEmbedder::new("a")).unwrap();
    collection.model_deferred(); // it is here, and stays
    assert_eq!(block_on(collection.info()).unwrap().model.status(), ModelStatus::Ready);
}

#[test]
fn chunks_that_no_model_can_take_are_refused_at_opening() {
    for (max_tokens, overlap) in [(31, 0), (64, 33)] {
        let chunking = Some(ChunkOptions::filled(max_tokens, overlap));
        let options = CollectionOptions { chunking, ..CollectionOptions::default() };
        let opened = block_on(TestCollection::open(Rc::default(), options));
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn a_change_of_models_goes_on_where_it_was_and_takes_effect_at_once() {
    for checkpoints in (1..60).step_by(7) {
        let store = Rc::new(MemoryStore::new());
        let first = open(&store);
        for n in 0..12 {
            add(&first, &format!("d{n}"), &sections(n + 1));
        }
        let open_second =
            || block_on(Collection::open_with(store.clone(), HashEmbedder::new("b"), options())).unwrap();
        let second = open_second();
        let interrupted = block_on(second.reindex_by(1 << 9, &AbortAfter::new(checkpoints)));
        let before = search(&first, "costs of matter7", Mode::Dense);
        if interrupted.is_err() {
            assert!(!before.is_empty(), "until then the old vectors stay");
            assert_eq!(block_on(second.info()).unwrap().model.status(), ModelStatus::Mismatch);
            // Meanwhile one document is replaced, one removed, one added.
            add(&first, "d3", LEASE);
            block_on(first.remove(&["d4".into()])).unwrap();
            add(&first, "policy", POLICY);
        }
        let embedded_before = embedded(&second);
        let again = open_second();
        block_on(again.reindex_by(1 << 9, &Unattended)).unwrap();
        let info = block_on(again.info()).unwrap();
        assert_eq!((info.model.status(), info.backlog, info.reindexing), (ModelStatus::Ready, 0, None));
        assert!(embedded(&again) + embedded_before <= info.chunks + 16, "little is embedded twice");
        // It is the collection that the second model would have made.
        let expected =
            block_on(Collection::open_with(Rc::new(MemoryStore::new()), HashEmbedder::new("b"), options()))
                .unwrap();
        for summary in block_on(again.list()).unwrap() {
            let text = block_on(again.get(&summary.id)).unwrap().unwrap().text;
            add(&expected, &summary.id, &text);
        }
        for query in ["costs of matter7", "storm damage"] {
            let hits = |it: &TestCollection| search(it, query, Mode::Hybrid);
            assert_eq!(hits(&again), hits(&expected), "{checkpoints}: {query}");
            assert_eq!(hits(&open_second()), hits(&expected));
        }
        assert_eq!(block_on(again.check(&Unattended)).unwrap(), []);
        let generation = block_on(again.info()).unwrap().generation;
        block_on(again.reindex(&Unattended)).unwrap();
        assert_eq!(block_on(again.info()).unwrap().generation, generation, "there is nothing left to do");
        crate::collection::maintenance::tests::check_store(&store, &again);
    }
}
