//! Calls and tabs that write at the same time.

use super::*;

#[test]
fn documents_of_calls_that_wait_together_are_written_together() {
    let store = Rc::new(MemoryStore::new());
    let collection = open_without_model(&store);
    let adding = (0..200).map(|n| {
        let document = document(&format!("d{n}"), &format!("Text number{n}."));
        collection.add_text(vec![document], &Unattended)
    });
    let mut adding: Vec<_> = adding.map(Box::pin).collect();
    let mut context = Context::from_waker(Waker::noop());
    // A commit that takes its time: meanwhile all others are prepared.
    let writer = block_on(collection.writer.lock());
    adding.iter_mut().for_each(|call| assert!(call.as_mut().poll(&mut context).is_pending()));
    drop(writer);
    adding.into_iter().for_each(|call| _ = block_on(call).unwrap());
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.generation, info.segments), (200, 1, 1));
    assert_eq!(search(&collection, "number137", Mode::Lexical)[0].document, "d137");
    assert!(store.names().len() < 10, "texts share parts: {:?}", store.names());
}

#[test]
fn of_two_calls_with_one_document_the_later_has_the_last_word() {
    let collection = open_without_model(&Rc::default());
    let long = sections(300);
    let mut first = pin!(collection.add_text(vec![document("lease", &long)], &Unattended));
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut second = pin!(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(writer);
    block_on(first).unwrap();
    block_on(second).unwrap();
    assert_eq!(block_on(collection.get("lease")).unwrap().unwrap().text, LEASE);
}

#[test]
fn a_call_that_is_dropped_while_it_waits_writes_nothing_and_holds_up_nobody() {
    let collection = open_without_model(&Rc::default());
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    let mut dropped = Box::pin(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(dropped.as_mut().poll(&mut context).is_pending());
    let mut other = pin!(collection.add_text(vec![document("policy", POLICY)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    drop(dropped);
    drop(writer);
    block_on(other).unwrap();
    let listed = block_on(collection.list()).unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["policy"]);
}

#[test]
fn an_abort_comes_too_late_once_somebody_writes_the_documents() {
    let collection = open_without_model(&Rc::default());
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    let (first_task, second_task) = (Watched::default(), Watched::default());
    let mut first = Box::pin(collection.add_text(vec![document("lease", LEASE)], &first_task));
    let mut second = Box::pin(collection.add_text(vec![document("policy", POLICY)], &second_task));
    let mut third = Box::pin(collection.add_text(vec![document("note", "A note.")], &second_task));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    // The first writes both, and the second is aborted: it learns what became of it.
    drop(writer);
    block_on(first).unwrap();
    second_task.aborted.set(true);
    block_on(second).unwrap();
    let Poll::Ready(Err(error)) = third.as_mut().poll(&mut context) else { panic!("it was aborted before") };
    assert_eq!(error.kind(), ErrorKind::Aborted);
    let listed = block_on(collection.list()).unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["lease", "policy"]);
}

#[test]
fn two_writers_on_one_store_lose_nothing_of_each_other() {
    let store = Rc::new(MemoryStore::new());
    let (one, other) = (open(&store), open(&store));
    add(&one, "lease", LEASE);
    add(&other, "policy", POLICY);
    // `one` knows an older generation now; its next commit is built anew on the current one.
    add(&one, "note", "A note about gutters.");
    for collection in [&one, &other] {
        let ids: Vec<String> =
            block_on(collection.list()).unwrap().into_iter().map(|document| document.id).collect();
        assert_eq!(ids, ["lease", "note", "policy"]);
        assert_eq!(search(collection, "gutters", Mode::Lexical).len(), 1);
    }
    block_on(other.remove(&["lease".into()])).unwrap();
    assert!(block_on(one.get("lease")).unwrap().is_none());
}

/// What a writer can be faster than.
#[derive(PartialEq)]
pub(in crate::collection) enum Before {
    Commit,
    /// Reading parts whose names begin so.
    Reading(&'static str),
}

/// A store in which another writer, such as a second tab where there are no locks, is faster: so many times it writes just before.
pub(in crate::collection) struct Overtaken {
    pub inner: Rc<MemoryStore>,
    pub before: Before,
    pub left: Cell<usize>,
    /// Writes to a collection over the same store; the number is how many times are left, this one included.
    pub write: fn(&TestCollection, usize),
}

impl Overtaken {
    pub fn collection(self) -> Collection<Self, HashEmbedder> {
        block_on(Collection::open_with(self, HashEmbedder::new("a"), options())).unwrap()
    }

    fn let_in(&self) {
        let left = self.left.get();
        if left > 0 {
            self.left.set(left - 1);
            self.write(left);
        }
    }

    /// Has the other one write, with the number that it is told.
    pub fn write(&self, left: usize) {
        (self.write)(&open(&self.inner), left);
    }
}

impl Store for Overtaken {
    type Guard = Option<<MemoryStore as Store>::Guard>;

    async fn head(&self) -> Result<Head> {
        self.inner.head().await
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        self.inner.load().await
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        if let Before::Reading(prefix) = self.before
            && names.iter().any(|name| name.starts_with(prefix))
        {
            self.let_in();
        }
        self.inner.read(head, names).await
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.inner.part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        if self.before == Before::Commit {
            self.let_in();
        }
        self.inner.commit(changes).await
    }

    async fn destroy(&self) -> Result<()> {
        self.inner.destroy().await
    }

    async fn exclusive(&self, work: Work) -> Self::Guard {
        if work == Work::Writing { None } else { Some(self.inner.exclusive(work).await) }
    }

    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard> {
        self.inner.exclusive_now(work).await.map(Some)
    }
}

/// A collection into whose commits another writer comes, so many times.
fn contended(inner: &Rc<MemoryStore>, times: usize) -> Collection<Overtaken, HashEmbedder> {
    let write = |tab: &TestCollection, left| {
        let intruder = document(&format!("intruder-{left}"), POLICY);
        block_on(tab.add_text(vec![intruder], &Unattended)).unwrap();
    };
    Overtaken { inner: inner.clone(), before: Before::Commit, left: Cell::new(times), write }.collection()
}

#[test]
fn a_commit_that_was_overtaken_is_rebuilt_on_the_newer_generation() {
    let inner = Rc::new(MemoryStore::new());
    let collection = contended(&inner, 3);
    block_on(collection.add(vec![document("lease", LEASE)], &Unattended)).unwrap();
    let ids: Vec<String> =
        block_on(open(&inner).list()).unwrap().into_iter().map(|document| document.id).collect();
    assert_eq!(ids, ["intruder-1", "intruder-2", "intruder-3", "lease"]);
}

/// A store that lets others go on before it answers, and knows how often a commit was overtaken.
#[derive(Clone, Default)]
struct Hesitant {
    inner: Rc<MemoryStore>,
    overtaken: Rc<Cell<usize>>,
}

impl Hesitant {
    async fn hesitate(&self) {
        let mut is_first = true;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if replace(&mut is_first, false) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl Store for Hesitant {
    type Guard = <MemoryStore as Store>::Guard;

    async fn head(&self) -> Result<Head> {
        self.hesitate().await;
        self.inner.head().await
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        self.hesitate().await;
        self.inner.load().await
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.hesitate().await;
        self.inner.read(head, names).await
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.inner.part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        self.hesitate().await;
        self.inner.commit(changes).await.inspect_err(|_| self.overtaken.set(self.overtaken.get() + 1))
    }

    async fn destroy(&self) -> Result<()> {
        self.inner.destroy().await
    }

    async fn exclusive(&self, work: Work) -> Self::Guard {
        self.inner.exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard> {
        self.inner.exclusive_now(work).await
    }
}

#[test]
fn tabs_that_write_at_the_same_time_take_turns_and_none_builds_in_vain() {
    let store = Hesitant::default();
    let tabs: Vec<_> = (0..3)
        .map(|_| block_on(Collection::open_with(store.clone(), HashEmbedder::new("a"), options())).unwrap())
        .collect();
    let mut writing: Vec<_> = tabs
        .iter()
        .enumerate()
        .map(|(tab, collection)| {
            Box::pin(async move {
                for number in 0..8 {
                    let new = document(&format!("{tab}-{number}"), LEASE);
                    collection.add(vec![new], &Unattended).await.unwrap();
                    collection.remove(&[format!("{tab}-{}", number / 2)]).await.unwrap();
                }
            })
        })
        .collect();
    block_on(poll_fn(|context| {
        writing.retain_mut(|tab| tab.as_mut().poll(context).is_pending());
        if writing.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }));
    assert_eq!(store.overtaken.get(), 0);
    assert_eq!(block_on(tabs[0].info()).unwrap().documents, 3 * 4);
}

#[test]
fn endless_contention_ends_in_a_conflict_and_writes_nothing() {
    let inner = Rc::new(MemoryStore::new());
    let collection = contended(&inner, usize::MAX);
    let error = block_on(collection.add(vec![document("lease", LEASE)], &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreConflict);
    assert!(block_on(open(&inner).get("lease")).unwrap().is_none());
}

#[test]
fn a_collection_that_was_destroyed_elsewhere_is_gone_whatever_stands_in_its_place() {
    for documents_afterwards in 0..4 {
        let store = Rc::new(MemoryStore::new());
        let (one, other) = (open(&store), open(&store));
        add(&one, "lease", LEASE);
        assert_eq!(search(&one, "roof", Mode::Lexical).len(), 1); // its text is in memory now
        block_on(other.destroy()).unwrap();
        let again = open(&store);
        for n in 0..documents_afterwards {
            add(&again, &format!("policy-{n}"), POLICY);
        }
        // Whether `one` had the generation before, the same one or a later one: nothing is found, and nothing written.
        let results = [
            block_on(one.search("landlord", &SearchOptions::default(), &Unattended)).map(drop),
            block_on(one.get("lease")).map(drop),
            block_on(one.list()).map(drop),
            block_on(one.info()).map(drop),
            block_on(one.remove(&["lease".into()])).map(drop),
            block_on(one.add(vec![document("note", "A note about gutters.")], &Unattended)).map(drop),
        ];
        for result in results {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Deleted);
        }
        assert_eq!(block_on(again.info()).unwrap().documents, documents_afterwards);
    }
}

#[test]
fn a_reading_call_is_begun_anew_as_often_as_a_writer_is_faster_within_reason() {
    for (overtaken, expected) in [(0, Some(LEASE)), (3, Some("Text number 1.")), (usize::MAX, None)] {
        let inner = Rc::<MemoryStore>::default();
        add(&open(&inner), "lease", LEASE);
        let write = |tab: &TestCollection, left| _ = add(tab, "lease", &format!("Text number {left}."));
        let before = Before::Reading("text/");
        let collection = Overtaken { inner, before, left: Cell::new(overtaken), write }.collection();
        match expected {
            Some(text) => {
                let document = block_on(collection.get("lease")).unwrap().unwrap();
                assert_eq!(*document.text, *text);
            }
            None => {
                let error = block_on(collection.get("lease")).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::StoreConflict);
            }
        }
    }
}

#[test]
fn a_text_that_vanishes_before_it_is_embedded_costs_nobody_else_a_vector() {
    let inner = Rc::<MemoryStore>::default();
    let documents = (0..9).map(|n| document(&format!("d{n}"), &format!("Text number {n}."))).collect();
    block_on(open(&inner).add_text(documents, &Unattended)).unwrap();
    let write = |tab: &TestCollection, _| _ = block_on(tab.remove(&["d2".into()])).unwrap();
    let collection =
        Overtaken { inner, before: Before::Reading("text/"), left: Cell::new(1), write }.collection();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog), (8, 0));
    assert_eq!(embedded(&collection), 8);
}

#[test]
fn the_last_of_several_with_one_id_counts_though_it_is_what_is_stored() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let turn_of_another = block_on(collection.writer.lock());
    let mut context = Context::from_waker(Waker::noop());
    let mut other = pin!(collection.add_text(vec![document("lease", POLICY)], &Unattended));
    let mut same = pin!(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert!(same.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert!(!block_on(same).unwrap()[0].unchanged);
    let text_now = || block_on(collection.get("lease")).unwrap().unwrap().text;
    assert_eq!(text_now(), LEASE);
    // The other one may also be written while the call prepares.
    let turn_of_another = block_on(collection.writer.lock());
    let mut other = pin!(collection.add_text(vec![document("lease", POLICY)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    let long_and_same = vec![Ok(document("contract", &sections(30))), Ok(document("lease", LEASE))];
    let mut same = pin!(collection.add_each(long_and_same, &Halting));
    assert!(same.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert_eq!(text_now(), POLICY);
    assert!(loop {
        if let Poll::Ready(outcomes) = same.as_mut().poll(&mut context) {
            break !outcomes.unwrap()[1].as_ref().unwrap().unchanged;
        }
    });
    assert_eq!(text_now(), LEASE);
    // Or be one of the same call.
    let both = [POLICY, LEASE].map(|text| Ok(document("lease", text)));
    block_on(collection.add_each(both.into(), &Unattended)).unwrap();
    assert_eq!(text_now(), LEASE);
}

#[test]
fn adding_and_removing_take_effect_in_the_order_of_calls() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let ids = ["lease".to_owned()];
    let mut context = Context::from_waker(Waker::noop());
    // What is removed and added again is there, whether it is the same or not.
    for text in [LEASE, POLICY] {
        let turn_of_another = block_on(collection.writer.lock());
        let mut remove = pin!(collection.remove(&ids));
        let mut again = pin!(collection.add_text(vec![document("lease", text)], &Unattended));
        assert!(remove.as_mut().poll(&mut context).is_pending());
        assert!(again.as_mut().poll(&mut context).is_pending());
        drop(turn_of_another);
        assert_eq!(block_on(remove).unwrap(), 1);
        assert!(!block_on(again).unwrap()[0].unchanged);
        assert_eq!(block_on(collection.get("lease")).unwrap().unwrap().text, text);
    }
    // What is added and removed is not.
    let turn_of_another = block_on(collection.writer.lock());
    let mut other = pin!(collection.add_text(vec![document("other", POLICY)], &Unattended));
    let all = crate::filter::Filter::parse(&serde_json::json!({})).unwrap();
    let mut remove = pin!(collection.remove_where(&all));
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert!(remove.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert_eq!(block_on(remove).unwrap(), 2);
    assert_eq!(block_on(collection.info()).unwrap().documents, 0);
}
