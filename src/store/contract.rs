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

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Poll;

use super::{Changes, Head, Part, Snapshot, Store};
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
            a_store_opened_again_shows_the_last_commit
            any_sequence_of_commits_reads_like_a_map
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
        let read = store.read(std::slice::from_ref(&name)).await.unwrap();
        assert!(read[0].as_ref() == Some(&*bytes), "the part of {name} differs");
    }
    let lengths_read = store.read(&names).await.unwrap().into_iter().map(|part| part.unwrap().len());
    assert!(lengths_read.eq(lengths), "parts read together have other lengths");
}

pub async fn two_thousand_small_parts_fit_in_one_commit<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let put: Vec<(String, Part)> =
        (0..2_000u32).map(|i| (format!("part-{i}"), i.to_le_bytes().repeat(8).into())).collect();
    store.commit(Changes { put: put.clone(), ..Changes::default() }).await.unwrap();
    let (names, parts): (Vec<_>, Vec<_>) =
        put.into_iter().map(|(name, bytes)| (name, Some(bytes.to_vec()))).unzip();
    assert_eq!(store.read(&names).await.unwrap(), parts);

    let deletes = Changes { expected_generation: 1, delete: names.clone(), ..Changes::default() };
    store.commit(deletes).await.unwrap();
    assert_eq!(store.read(&names).await.unwrap(), vec![None; 2_000]);
}

pub async fn reading_gives_none_for_unknown_names_in_the_order_asked<S: Store>(open: impl Fn() -> S) {
    let store = open();
    store.commit(changes(0, &[("a", b"one"), ("b", b"two")], &[])).await.unwrap();
    let parts = read(&store, &["x", "b", "y", "a", "b"]).await;
    assert_eq!(parts, [None, part(b"two"), None, part(b"one"), part(b"two")]);
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
    let names = ["a", "b", "c"];
    for generation in 0..20u64 {
        let bytes = generation.to_le_bytes();
        let put = names.map(|name| (name, bytes.as_slice()));
        let (committed, parts) =
            both(writer.commit(changes(generation, &put, &[])), read(&reader, &names)).await;
        committed.unwrap();
        assert!(parts.iter().all(|part| *part == parts[0]), "parts of two generations: {parts:?}");
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
    let (store, other) = (open(), open());
    store.commit(changes(0, &[("a", b"one")], &[])).await.unwrap();
    assert_eq!(other.generation().await.unwrap(), 1);
    store.destroy().await.unwrap();
    for store in [&store, &other] {
        assert_eq!(store.load().await.unwrap(), Snapshot::default());
        assert_eq!(read(store, &["a"]).await, [None]);
    }
    assert_conflict(other.commit(changes(1, &[], &[])).await);
    assert_eq!(other.commit(changes(0, &[("b", b"two")], &[])).await.unwrap(), 1);
    assert_eq!(read(&store, &["a", "b"]).await, [None, part(b"two")]);
}

pub async fn no_commit_goes_on_with_a_history_that_was_destroyed<S: Store>(open: impl Fn() -> S) {
    let (store, other) = (open(), open());
    let (before, after) = (store.new_history(), other.new_history());
    assert_ne!(before, after);
    store.commit(Changes { history: before, ..changes(0, &[("a", b"one")], &[]) }).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Head { generation: 1, history: before });
    other.destroy().await.unwrap();
    other.commit(Changes { history: after, ..changes(0, &[("a", b"two")], &[]) }).await.unwrap();

    let stale = Changes { history: before, ..changes(1, &[], &["a"]) };
    assert_conflict(store.commit(stale).await);
    assert_eq!(store.head().await.unwrap(), Head { generation: 1, history: after });
    assert_eq!(store.load().await.unwrap().head, Head { generation: 1, history: after });
    assert_eq!(read(&store, &["a"]).await, [part(b"two")]);
    let current = Changes { history: after, ..changes(1, &[], &["a"]) };
    assert_eq!(store.commit(current).await.unwrap(), 2);
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
        assert_eq!(store.read(&names).await.unwrap(), expected);
    }
    assert!(generation > 20, "most of the commits were current");
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
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    store.read(&names).await.unwrap()
}

fn part(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(bytes.to_vec())
}

#[track_caller]
fn assert_conflict(result: Result<u64>) {
    assert_eq!(result.expect_err("the commit must be refused").kind(), ErrorKind::StoreConflict);
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
