//! What every [`Store`] promises, as tests for the authors of stores.
//!
//! Each function takes `open`, which opens the same storage, new at first, as often as it is called, and each name
//! says what the function asserts. [`store_contract!`](crate::store_contract) hands all names to a macro of the
//! caller, which stamps them, here as plain calls and in `tests/` as tests of its own kind:
//!
//! ```
//! use std::rc::Rc;
//!
//! use ibid::store::{contract, memory::MemoryStore};
//!
//! macro_rules! stamp {
//!     ($($name:ident)*) => {$(
//!         let store = Rc::new(MemoryStore::new());
//!         pollster::block_on(contract::$name(|| store.clone()));
//!     )*};
//! }
//! ibid::store_contract!(stamp);
//! ```
//!
//! # Panics
//! Each function panics where the store breaks its promise.

#![allow(missing_docs, reason = "the name of each function is its description")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::{Pin, pin};
use std::task::Poll;

use super::{Changes, Head, Part, Snapshot, Store, Work};
use crate::error::{ErrorKind, Result};

/// Calls the macro of the given name with the names of all functions of [`contract`](crate::store::contract).
#[macro_export]
macro_rules! store_contract {
    ($stamp:ident) => {
        $stamp! {
            a_new_store_is_generation_0_and_empty
            a_commit_raises_the_generation_by_one_and_its_parts_read_back
            a_manifest_replaces_the_one_before
            parts_read_back_byte_for_byte_whether_empty_or_of_20_mib
            two_thousand_small_parts_fit_in_one_commit
            reading_gives_none_for_unknown_names_in_the_order_asked
            reading_at_another_generation_is_refused_and_says_which_there_is
            reading_what_was_destroyed_is_refused_whatever_generation_is_reached_since
            a_name_may_be_any_unicode_text
            no_name_reads_or_deletes_the_part_of_another
            a_stale_expected_generation_is_refused_and_changes_nothing
            an_expected_generation_from_the_future_is_refused
            a_refused_commit_can_be_repeated_on_the_current_generation
            of_two_commits_at_once_on_one_generation_exactly_one_wins
            a_reader_at_the_same_time_sees_one_generation_whole
            deletes_apply_in_the_same_commit
            deleting_an_unknown_name_does_nothing
            a_part_that_is_deleted_and_put_in_one_commit_is_kept
            of_two_parts_of_one_name_the_later_is_kept
            a_shorter_part_replaces_a_longer_one_whole
            destroy_empties_the_store_and_it_can_be_used_again
            no_commit_goes_on_with_a_history_that_was_destroyed
            a_store_whose_data_another_deleted_neither_reads_nor_writes_what_is_there_since
            a_store_opened_again_shows_the_last_commit
            any_sequence_of_commits_reads_like_a_map
            exclusive_work_is_done_by_one_at_a_time
            those_who_wait_for_exclusive_work_get_it_in_the_order_of_asking
            one_who_no_longer_waits_for_exclusive_work_is_passed_over
            exclusive_work_of_one_kind_does_not_wait_for_another
            exclusive_work_is_not_to_be_had_at_once_while_somebody_has_it
        }
    };
}

const MIB: usize = 1 << 20;

pub async fn a_new_store_is_generation_0_and_empty<S: Store>(open: impl Fn() -> S) {
    let store = open();
    assert_eq!(store.generation().await.unwrap(), 0);
    assert_eq!(store.load().await.unwrap(), Snapshot::default());
    assert_eq!(read(&store, &[]).await, []);
    assert_eq!(read(&store, &["a"]).await, [None]);
}

pub async fn a_commit_raises_the_generation_by_one_and_its_parts_read_back<S: Store>(open: impl Fn() -> S) {
    let store = open();
    assert_eq!(store.commit(changes(0, &[("a", b"one"), ("b", b"two")], &[])).await.unwrap(), 1);
    assert_eq!(store.generation().await.unwrap(), 1);
    assert_eq!(read(&store, &["b", "a"]).await, [part(b"two"), part(b"one")]);

    assert_eq!(store.commit(changes(1, &[("c", b"three")], &[])).await.unwrap(), 2);
    assert_eq!(store.generation().await.unwrap(), 2);
    assert_eq!(read(&store, &["a", "b", "c"]).await, [part(b"one"), part(b"two"), part(b"three")]);
}

pub async fn a_manifest_replaces_the_one_before<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let manifests = [vec![7; MIB], b"shorter".to_vec(), Vec::new(), b"longer again".to_vec()];
    for (generation, manifest) in (0..).zip(manifests) {
        let changes =
            Changes { expected_generation: generation, manifest: manifest.clone(), ..Changes::default() };
        store.commit(changes).await.unwrap();
        assert_eq!(store.load().await.unwrap(), snapshot(generation + 1, &manifest));
    }
}

pub async fn parts_read_back_byte_for_byte_whether_empty_or_of_20_mib<S: Store>(open: impl Fn() -> S) {
    let store = open();
    // Around 8 MiB, where IndexedDB's records are split.
    let lengths = [0, 1, 255, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB];
    let put: Vec<(String, Part)> =
        lengths.iter().map(|&length| (format!("{length} bytes"), noise(length).into())).collect();
    let names: Vec<_> = put.iter().map(|(name, _)| name.clone()).collect();
    store.commit(Changes { put: put.clone(), ..Changes::default() }).await.unwrap();
    // One by one, since a browser's tab need not hold all of it twice; no assert_eq!, which would print 20 MiB.
    for (name, bytes) in put {
        let read = read_names(&store, std::slice::from_ref(&name)).await;
        assert!(read[0].as_ref() == Some(&*bytes), "the part of {name} differs");
    }
    let lengths_read = read_names(&store, &names).await.into_iter().map(|part| part.unwrap().len());
    assert!(lengths_read.eq(lengths), "parts read together have other lengths");
}

pub async fn two_thousand_small_parts_fit_in_one_commit<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let put: Vec<(String, Part)> =
        (0..2_000u32).map(|i| (format!("part-{i}"), i.to_le_bytes().repeat(8).into())).collect();
    store.commit(Changes { put: put.clone(), ..Changes::default() }).await.unwrap();
    let (names, parts): (Vec<_>, Vec<_>) =
        put.into_iter().map(|(name, bytes)| (name, Some(bytes.to_vec()))).unzip();
    assert_eq!(read_names(&store, &names).await, parts);

    let deletes = Changes { expected_generation: 1, delete: names.clone(), ..Changes::default() };
    store.commit(deletes).await.unwrap();
    assert_eq!(read_names(&store, &names).await, vec![None; 2_000]);
}

pub async fn reading_gives_none_for_unknown_names_in_the_order_asked<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"one"), ("b", b"two")], &[])).await.unwrap();
    let parts = read(&store, &["x", "b", "y", "a", "b"]).await;
    assert_eq!(parts, [None, part(b"two"), None, part(b"one"), part(b"two")]);
}

pub async fn reading_at_another_generation_is_refused_and_says_which_there_is<S: Store>(
    open: impl Fn() -> S,
) {
    let (store, other) = (open(), open());
    store.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    let first = store.head().await.unwrap();
    let names = owned(&["a"]);
    assert_eq!(other.read(first, &names).await.unwrap(), [part(b"one")]);
    other.commit(changes(1, &[("a", b"two")], &[])).await.unwrap();

    let error = store.read(first, &names).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreConflict);
    let generations = "generation 1 was expected, the store is at generation 2";
    assert!(error.message().ends_with(generations), "{error}");
    assert_conflict(store.read(first, &[]).await);
    assert_conflict(store.read(Head::default(), &names).await);
    assert_conflict(store.read(Head { generation: 3, ..first }, &names).await);
    let second = other.head().await.unwrap();
    assert_eq!(store.read(second, &names).await.unwrap(), [part(b"two")]);
}

pub async fn reading_what_was_destroyed_is_refused_whatever_generation_is_reached_since<S: Store>(
    open: impl Fn() -> S,
) {
    let store = open();
    let commit = async |generation, bytes: &[u8], history| {
        let commit = Changes { history, ..changes(generation, &[("a", bytes)], &[]) };
        store.commit(commit).await.unwrap();
        store.head().await.unwrap()
    };
    let names = owned(&["a"]);
    let before = commit(0, b"before", store.new_history()).await;
    store.destroy().await.unwrap();
    assert_conflict(store.read(before, &names).await);
    let history = store.new_history();
    for generation in 0..3 {
        let after = commit(generation, b"after", history).await;
        assert_conflict(store.read(before, &names).await);
        assert_eq!(store.read(after, &names).await.unwrap(), [part(b"after")]);
    }
}

pub async fn a_name_may_be_any_unicode_text<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let long = "long/".repeat(4_000);
    let names = [
        "",
        " ",
        "/",
        "a/b",
        "a/b/",
        "..",
        "\0",
        "a\0b",
        "\u{ffff}",
        "[\"a\",0]",
        "__proto__",
        "manifest",
        "e\u{301}",
        "\u{e9}",
        "Ä",
        "ä",
        "数据",
        "🗂️",
        "\u{10ffff}",
        "\u{202e}abc",
        "line\nbreak",
        &long,
    ];
    let put = names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec().into())).collect();
    store.commit(Changes { put, ..Changes::default() }).await.unwrap();
    for (name, read) in names.iter().zip(read(&store, &names).await) {
        assert_eq!(read, part(name.as_bytes()), "the part of the name {name:?}");
    }
}

pub async fn no_name_reads_or_deletes_the_part_of_another<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let names = ["a", "aa", "a/", "a0", "A", "a\0", "a\u{10ffff}", "b"];
    let put = names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec().into())).collect();
    store.commit(Changes { put, ..Changes::default() }).await.unwrap();
    store.commit(changes(1, &[], &["a"])).await.unwrap();
    for (name, read) in names.iter().zip(read(&store, &names).await) {
        let expected = if *name == "a" { None } else { part(name.as_bytes()) };
        assert_eq!(read, expected, "the part of the name {name:?}");
    }
}

pub async fn a_stale_expected_generation_is_refused_and_changes_nothing<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"one"), ("b", b"two")], &[])).await.unwrap();
    let before = store.load().await.unwrap();

    let stale =
        Changes { manifest: b"stale".to_vec(), ..changes(0, &[("a", b"new"), ("c", b"new")], &["b"]) };
    assert_conflict(store.commit(stale).await);
    assert_eq!(store.load().await.unwrap(), before);
    assert_eq!(read(&store, &["a", "b", "c"]).await, [part(b"one"), part(b"two"), None]);
}

pub async fn an_expected_generation_from_the_future_is_refused<S: Store>(open: impl Fn() -> S) {
    let store = open();
    assert_conflict(store.commit(changes(1, &[("a", b"one")], &[])).await);
    assert_eq!(store.load().await.unwrap(), Snapshot::default());
    assert_eq!(read(&store, &["a"]).await, [None]);
}

pub async fn a_refused_commit_can_be_repeated_on_the_current_generation<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    one.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    assert_conflict(other.commit(changes(0, &[("b", b"two")], &[])).await);
    let current = other.generation().await.unwrap();
    assert_eq!(other.commit(changes(current, &[("b", b"two")], &[])).await.unwrap(), 2);
    assert_eq!(read(&one, &["a", "b"]).await, [part(b"one"), part(b"two")]);
}

pub async fn of_two_commits_at_once_on_one_generation_exactly_one_wins<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    let by_one = Changes { manifest: b"one".to_vec(), ..changes(0, &[("a", b"one"), ("one", b"")], &[]) };
    let by_other =
        Changes { manifest: b"other".to_vec(), ..changes(0, &[("a", b"other"), ("other", b"")], &[]) };
    let results = both(one.commit(by_one), other.commit(by_other)).await;
    let (winner, loser) = match results {
        (Ok(1), refused) => (b"one".as_slice(), refused),
        (refused, Ok(1)) => (b"other".as_slice(), refused),
        results => panic!("no commit won: {results:?}"),
    };
    assert_conflict(loser);
    for store in [one, other] {
        assert_eq!(store.load().await.unwrap(), snapshot(1, winner));
        let parts = read(&store, &["a", "one", "other"]).await;
        assert_eq!(parts[0], part(winner));
        assert_eq!((parts[1].is_some(), parts[2].is_some()), (winner == b"one", winner == b"other"));
    }
}

pub async fn a_reader_at_the_same_time_sees_one_generation_whole<S: Store>(open: impl Fn() -> S) {
    let (writer, reader) = (open(), open());
    let names = owned(&["a", "b", "c"]);
    for generation in 0..20u64 {
        let bytes = (generation + 1).to_le_bytes();
        let put = ["a", "b", "c"].map(|name| (name, bytes.as_slice()));
        let reading = async {
            let head = reader.head().await.unwrap();
            (head.generation, reader.read(head, &names).await)
        };
        let (committed, (read_at, parts)) =
            both(writer.commit(changes(generation, &put, &[])), reading).await;
        committed.unwrap();
        match parts {
            Ok(parts) => {
                let expected = (read_at > 0).then(|| read_at.to_le_bytes().to_vec());
                assert_eq!(parts, vec![expected; 3], "what is read at generation {read_at}");
            }
            refused => assert_conflict(refused),
        }
    }
}

pub async fn deletes_apply_in_the_same_commit<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let large = noise(9 * MIB);
    store.commit(changes(0, &[("a", b"one"), ("b", b"two"), ("large", &large)], &[])).await.unwrap();
    store.commit(changes(1, &[("c", b"three")], &["a", "large"])).await.unwrap();
    let parts = read(&store, &["a", "b", "c", "large"]).await;
    assert_eq!(parts, [None, part(b"two"), part(b"three"), None]);
}

pub async fn deleting_an_unknown_name_does_nothing<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    assert_eq!(store.commit(changes(1, &[], &["unknown", "a/"])).await.unwrap(), 2);
    assert_eq!(read(&store, &["a"]).await, [part(b"one")]);
}

pub async fn a_part_that_is_deleted_and_put_in_one_commit_is_kept<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"old")], &[])).await.unwrap();
    store.commit(changes(1, &[("a", b"new"), ("b", b"new")], &["a", "b"])).await.unwrap();
    assert_eq!(read(&store, &["a", "b"]).await, [part(b"new"), part(b"new")]);
}

pub async fn of_two_parts_of_one_name_the_later_is_kept<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let large = noise(9 * MIB);
    store.commit(changes(0, &[("a", &large), ("a", b"later")], &[])).await.unwrap();
    assert!(read(&store, &["a"]).await == [part(b"later")]);
}

pub async fn a_shorter_part_replaces_a_longer_one_whole<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", &noise(9 * MIB))], &[])).await.unwrap();
    store.commit(changes(1, &[("a", b"short")], &[])).await.unwrap();
    assert!(read(&store, &["a"]).await == [part(b"short")]);
}

pub async fn destroy_empties_the_store_and_it_can_be_used_again<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    store.destroy().await.unwrap();
    for store in [&store, &open()] {
        assert_eq!(store.load().await.unwrap(), Snapshot::default());
        assert_eq!(read(store, &["a"]).await, [None]);
    }
    assert_conflict(store.commit(changes(1, &[], &[])).await);
    assert_eq!(store.commit(changes(0, &[("b", b"two")], &[])).await.unwrap(), 1);
    assert_eq!(read(&store, &["a", "b"]).await, [None, part(b"two")]);
    store.destroy().await.unwrap();
    store.destroy().await.unwrap();
    assert_eq!(store.generation().await.unwrap(), 0);
}

pub async fn no_commit_goes_on_with_a_history_that_was_destroyed<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let (before, after) = (store.new_history(), open().new_history());
    assert_ne!(before, after);
    store.commit(Changes { history: before, ..changes(0, &[("a", b"one")], &[]) }).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Head { generation: 1, history: before });
    store.destroy().await.unwrap();
    store.commit(Changes { history: after, ..changes(0, &[("a", b"two")], &[]) }).await.unwrap();

    let stale = Changes { history: before, ..changes(1, &[], &["a"]) };
    assert_conflict(store.commit(stale).await);
    assert_eq!(store.head().await.unwrap(), Head { generation: 1, history: after });
    assert_eq!(store.load().await.unwrap().head, Head { generation: 1, history: after });
    assert_eq!(read(&store, &["a"]).await, [part(b"two")]);
    let current = Changes { history: after, ..changes(1, &[], &["a"]) };
    assert_eq!(store.commit(current).await.unwrap(), 2);
}

pub async fn a_store_whose_data_another_deleted_neither_reads_nor_writes_what_is_there_since<S: Store>(
    open: impl Fn() -> S,
) {
    let (store, other) = (open(), open());
    let before = Changes { history: store.new_history(), ..changes(0, &[("a", b"one")], &[]) };
    store.commit(before.clone()).await.unwrap();
    let seen = store.head().await.unwrap();
    other.destroy().await.unwrap();
    let stale = Changes { expected_generation: 1, ..before };
    let names = owned(&["a"]);
    let assert_refused = async || {
        assert_conflict_or_deleted(store.read(seen, &names).await);
        assert_conflict_or_deleted(store.commit(stale.clone()).await);
        let now = store.head().await;
        assert_conflict_or_deleted(now.and_then(|now| seen.check_not_deleted(now)));
    };
    assert_refused().await;
    let after = Changes { history: other.new_history(), ..changes(0, &[("a", b"two")], &[]) };
    other.commit(after).await.unwrap();
    assert_refused().await;
    assert_eq!(read(&other, &["a"]).await, [part(b"two")]);
}

pub async fn a_store_opened_again_shows_the_last_commit<S: Store>(open: impl Fn() -> S) {
    let first = open();
    first.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    first.commit(changes(1, &[("b", b"two")], &["a"])).await.unwrap();
    let last = first.load().await.unwrap();
    drop(first);
    let again = open();
    assert_eq!(again.generation().await.unwrap(), 2);
    assert_eq!(again.load().await.unwrap(), last);
    assert_eq!(read(&again, &["a", "b"]).await, [None, part(b"two")]);
}

pub async fn any_sequence_of_commits_reads_like_a_map<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let names: Vec<String> = (0..8).map(|i| format!("part-{i}")).collect();
    let mut model: BTreeMap<String, Part> = BTreeMap::new();
    let mut generation = 0;
    let choices = noise(40 * 18);
    for choice in choices.chunks_exact(18) {
        let name = |byte: u8| names[usize::from(byte) % names.len()].clone();
        let changes = Changes {
            expected_generation: generation - u64::from(generation > 0 && choice[0] % 4 == 0),
            history: 0,
            manifest: choice.to_vec(),
            put: choice[1..1 + usize::from(choice[1] % 6)]
                .iter()
                .map(|&b| (name(b), vec![b; 9].into()))
                .collect(),
            delete: choice[10..10 + usize::from(choice[10] % 6)].iter().map(|&b| name(b)).collect(),
        };
        let refused = changes.expected_generation != generation;
        if !refused {
            model.retain(|name, _| !changes.delete.contains(name));
            model.extend(changes.put.iter().cloned());
            generation += 1;
        }
        let result = store.commit(changes).await;
        if refused {
            assert_conflict(result)
        } else {
            assert_eq!(result.unwrap(), generation)
        }
        let expected: Vec<_> = names.iter().map(|name| model.get(name).map(|part| part.to_vec())).collect();
        assert_eq!(read_names(&store, &names).await, expected);
    }
    assert!(generation > 20, "most of the commits were current");
}

pub async fn exclusive_work_is_done_by_one_at_a_time<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    let (at_work, done) = (Cell::new(false), Cell::new(0));
    let work = async |store: &S| {
        for _ in 0..10 {
            let _guard = store.exclusive(Work::Merging).await;
            assert!(!at_work.replace(true), "two are at work");
            turns(store).await;
            at_work.set(false);
            done.set(done.get() + 1);
        }
    };
    both(work(&one), work(&other)).await;
    assert_eq!(done.get(), 20);
}

pub async fn those_who_wait_for_exclusive_work_get_it_in_the_order_of_asking<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    let order = RefCell::new(Vec::new());
    let work = async |store: &S, name| {
        let _guard = store.exclusive(Work::Backlog).await;
        order.borrow_mut().push(name);
        turns(store).await;
    };
    let first = one.exclusive(Work::Backlog).await;
    let (mut second, mut third) = (pin!(work(&other, "second")), pin!(work(&one, "third")));
    assert!(!poll_once(second.as_mut()).await && !poll_once(third.as_mut()).await);
    turns(&one).await;
    order.borrow_mut().push("first");
    drop(first);
    both(third, second).await;
    assert_eq!(order.take(), ["first", "second", "third"]);
}

pub async fn one_who_no_longer_waits_for_exclusive_work_is_passed_over<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    let first = one.exclusive(Work::Graphs).await;
    let mut third = pin!(one.exclusive(Work::Graphs));
    {
        let mut second = pin!(other.exclusive(Work::Graphs));
        assert!(!poll_once(second.as_mut()).await && !poll_once(third.as_mut()).await);
        turns(&one).await;
    }
    drop(first);
    let third = third.await;
    let mut fourth = pin!(other.exclusive(Work::Graphs));
    assert!(!poll_once(fourth.as_mut()).await);
    drop(third);
    drop(fourth.await);
}

pub async fn exclusive_work_of_one_kind_does_not_wait_for_another<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    let mut guards = Vec::new();
    for (at, work) in Work::ALL.iter().enumerate() {
        guards.push(if at % 2 == 0 { one.exclusive(*work).await } else { other.exclusive(*work).await });
    }
    one.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    drop(guards);
}

pub async fn exclusive_work_is_not_to_be_had_at_once_while_somebody_has_it<S: Store>(open: impl Fn() -> S) {
    let (one, other) = (open(), open());
    one.commit(changes(0, &[("a", b"one")], &[])).await.unwrap(); // where there is nothing, nobody works
    let waited_for = one.exclusive(Work::Import).await;
    for store in [&one, &other] {
        assert!(store.exclusive_now(Work::Import).await.is_none());
    }
    assert!(other.exclusive_now(Work::Graphs).await.is_some());
    drop(waited_for);
    let at_once = loop {
        if let Some(guard) = other.exclusive_now(Work::Import).await {
            break guard;
        }
        turns(&other).await; // a browser takes a moment to let go
    };
    let mut waiting = pin!(one.exclusive(Work::Import));
    assert!(!poll_once(waiting.as_mut()).await);
    assert!(one.exclusive_now(Work::Import).await.is_none());
    drop(at_once);
    drop(waiting.await);
}

/// Changes whose manifest names the generation that they make.
fn changes(expected_generation: u64, put: &[(&str, &[u8])], delete: &[&str]) -> Changes {
    Changes {
        expected_generation,
        manifest: format!("manifest {}", expected_generation + 1).into_bytes(),
        put: put.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec().into())).collect(),
        delete: delete.iter().map(|name| (*name).to_owned()).collect(),
        ..Changes::default()
    }
}

fn snapshot(generation: u64, manifest: &[u8]) -> Snapshot {
    Snapshot { head: Head { generation, history: 0 }, manifest: manifest.to_vec() }
}

async fn read(store: &impl Store, names: &[&str]) -> Vec<Option<Vec<u8>>> {
    read_names(store, &owned(names)).await
}

/// Reads at the current head.
async fn read_names(store: &impl Store, names: &[String]) -> Vec<Option<Vec<u8>>> {
    let head = store.head().await.unwrap();
    store.read(head, names).await.unwrap()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn part(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(bytes.to_vec())
}

#[track_caller]
fn assert_conflict<T: Debug>(result: Result<T>) {
    assert_eq!(result.expect_err("it must be refused").kind(), ErrorKind::StoreConflict);
}

/// For a store whose data another value deleted, if it can tell that one from itself.
#[track_caller]
fn assert_conflict_or_deleted<T: Debug>(result: Result<T>) {
    let kind = result.expect_err("it must be refused").kind();
    assert!(matches!(kind, ErrorKind::StoreConflict | ErrorKind::Deleted), "refused as {kind:?}");
}

/// Bytes without a pattern, so that pieces in the wrong order are seen: Marsaglia's xorshift32.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 2_463_534_242u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).collect()
}

/// Lets others run for a while: by waiting for the store, and where that doesn't wait, by giving way.
async fn turns(store: &impl Store) {
    for _ in 0..3 {
        store.head().await.unwrap();
        let mut given_way = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut given_way, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Polls a future once and says whether it is ready.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

/// Runs two futures at once and waits for both.
async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut of_one, mut of_other) = (None, None);
    std::future::poll_fn(|context| {
        if of_one.is_none()
            && let Poll::Ready(output) = one.as_mut().poll(context)
        {
            of_one = Some(output);
        }
        if of_other.is_none()
            && let Poll::Ready(output) = other.as_mut().poll(context)
        {
            of_other = Some(output);
        }
        match (of_one.take(), of_other.take()) {
            (Some(output), Some(other_output)) => Poll::Ready((output, other_output)),
            pending => {
                (of_one, of_other) = pending;
                Poll::Pending
            }
        }
    })
    .await
}
