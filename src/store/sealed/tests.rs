//! What a sealed store keeps to itself, refuses, and survives. The contract of stores runs over it in `tests/store_sealed.rs`.

pub(crate) mod disk;
pub(crate) mod flaky;

use std::cell::Cell;
use std::rc::Rc;

use pollster::block_on;
use zeroize::Zeroizing;

use self::disk::{Data, Disk, Fault};
use self::flaky::{FlakyCipher, Outage};
use super::*;
use crate::seal::cipher::KeyBytes;
use crate::seal::native::NativeCipher;
use crate::seal::{Passphrase, envelope};
use crate::task::Unattended;
use crate::testing::AbortAfter;

type TestStore = SealedStore<Rc<Disk>, NativeCipher>;

/// Quick, for tests that are not about costs.
const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1, lanes: 1 };

fn passphrase(text: &str) -> Option<Secret<KeyBytes>> {
    Some(Secret::Passphrase(Passphrase::new(Zeroizing::new(text.to_owned())).unwrap()))
}

fn key(byte: u8) -> Option<Secret<KeyBytes>> {
    Some(Secret::Key(KeyBytes::new([byte; 32])))
}

fn open(disk: &Rc<Disk>, secret: Option<Secret<KeyBytes>>) -> TestStore {
    SealedStore::new(disk.clone(), NativeCipher, secret).with_kdf(CHEAP)
}

const NAMES: [&str; 4] = ["text/first", "text/second", "record/1", "empty"];

fn part(name: &str, version: u64) -> Vec<u8> {
    if name == "empty" { Vec::new() } else { format!("secret {version} of {name}").into_bytes() }
}

/// Commits every part anew on top of a generation.
fn commit(store: &TestStore, expected: u64) {
    let changes = Changes {
        expected_generation: expected,
        history: 7,
        manifest: format!("secret manifest {}", expected + 1).into_bytes(),
        put: NAMES.iter().map(|name| ((*name).to_owned(), part(name, expected + 1).into())).collect(),
        delete: Vec::new(),
    };
    assert_eq!(block_on(store.commit(changes)).unwrap(), expected + 1);
}

fn names() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

fn read(store: &TestStore) -> Result<Vec<Option<Vec<u8>>>> {
    block_on(async { store.read(store.head().await?, &names()).await })
}

/// Asserts that a store holds the very parts of a version, and nothing else.
fn assert_holds(store: &TestStore, version: u64) {
    let snapshot = block_on(store.load()).unwrap();
    assert_eq!(snapshot.manifest, format!("secret manifest {version}").into_bytes());
    let expected: Vec<_> = NAMES.iter().map(|name| Some(part(name, version))).collect();
    assert_eq!(read(store).unwrap(), expected);
    let mut listed = block_on(store.part_names(snapshot.head)).unwrap();
    listed.sort();
    let mut expected = names();
    expected.sort();
    assert_eq!(listed, expected);
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

fn load(store: &TestStore) -> Result<Snapshot> {
    block_on(store.load())
}

/// A disk with two generations of a collection that `key(1)` opens, and what lay on it after the first.
fn two_generations() -> (Rc<Disk>, Data) {
    let disk = Rc::new(Disk::default());
    let store = open(&disk, key(1));
    commit(&store, 0);
    let first = disk.data.borrow().clone();
    commit(&store, 1);
    (disk, first)
}

fn holds(disk: &Disk, needle: &[u8]) -> bool {
    disk.bytes().windows(needle.len()).any(|window| window == needle)
}

#[test]
fn neither_names_nor_bytes_are_stored_in_the_clear() {
    for (secret, is_found) in [(None, true), (key(1), false), (passphrase("open"), false)] {
        let disk = Rc::new(Disk::default());
        let store = open(&disk, secret);
        commit(&store, 0);
        assert_holds(&store, 1);
        for needle in ["secret", "first", "record", "empty", "open"] {
            assert_eq!(holds(&disk, needle.as_bytes()), is_found && needle != "open", "{needle}");
        }
    }
}

#[test]
fn a_secret_opens_what_it_sealed_and_no_other_does() {
    let disk = Rc::new(Disk::default());
    commit(&open(&disk, passphrase("correct horse")), 0);
    assert_holds(&open(&disk, passphrase("correct horse")), 1);
    let cases = [
        (passphrase("correct horsf"), ErrorKind::WrongKey),
        (passphrase("correct horse "), ErrorKind::WrongKey),
        (key(1), ErrorKind::WrongKey),
        (None, ErrorKind::Locked),
    ];
    for (secret, expected) in cases {
        let store = open(&disk, secret);
        assert_eq!(kind(load(&store)), Some(expected));
        assert_eq!(kind(read(&store)), Some(expected));
        let commit = Changes { expected_generation: 1, history: 7, ..Changes::default() };
        assert_eq!(kind(block_on(store.commit(commit))), Some(expected));
    }
    assert_holds(&open(&disk, passphrase("correct horse")), 1);
}

#[test]
fn a_passphrase_is_the_same_however_its_letters_are_composed_and_never_empty() {
    let disk = Rc::new(Disk::default());
    commit(&open(&disk, passphrase("Schlu\u{308}ssel")), 0);
    assert_holds(&open(&disk, passphrase("Schl\u{fc}ssel")), 1);
    let empty = Passphrase::new(Zeroizing::new(String::new()));
    assert_eq!(kind(empty), Some(ErrorKind::InvalidArgument));
}

#[test]
fn secrets_are_not_in_debug_output() {
    let store = open(&Rc::default(), passphrase("hunter2"));
    let secret = passphrase("hunter2").unwrap();
    let output = format!("{store:?} {secret:?}");
    assert!(!output.contains("hunter2"), "{output}");
}

#[test]
fn a_plain_collection_is_not_opened_with_a_secret() {
    let disk = Rc::new(Disk::default());
    commit(&open(&disk, None), 0);
    let error = load(&open(&disk, key(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEncrypted);
    assert!(error.message().contains("encrypt()"), "{error}");
    assert_holds(&open(&disk, None), 1);
}

#[test]
fn a_part_with_any_byte_altered_or_cut_counts_as_lost_and_no_other_does() {
    let (disk, _) = two_generations();
    let sound = disk.data.borrow().clone();
    let expected = read(&open(&disk, key(1))).unwrap();
    for (stored, bytes) in &sound.parts {
        let altered = (0..bytes.len()).map(|at| {
            let mut altered = bytes.to_vec();
            altered[at] ^= 1 << (at % 8);
            altered
        });
        let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
        let longer = [[&bytes[..], &[0]].concat()];
        for damaged in altered.chain(cut).chain(longer) {
            disk.data.borrow_mut().parts.insert(stored.clone(), damaged.into());
            let parts = read(&open(&disk, key(1))).unwrap();
            let lost = parts.iter().filter(|part| part.is_none()).count();
            let kept = parts.iter().zip(&expected).filter(|(part, expected)| part == expected).count();
            assert_eq!((lost, kept), (1, NAMES.len() - 1));
        }
        disk.data.replace(sound.clone());
    }
}

#[test]
fn a_part_in_the_place_of_another_or_of_its_successor_counts_as_lost() {
    let (disk, first) = two_generations();
    let sound = disk.data.borrow().clone();
    for stored in sound.parts.keys() {
        let older = first.parts.values().cloned();
        let others = sound.parts.iter().filter(|(name, _)| *name != stored).map(|(_, part)| part.clone());
        for planted in older.chain(others) {
            disk.data.borrow_mut().parts.insert(stored.clone(), planted);
            let parts = read(&open(&disk, key(1))).unwrap();
            assert_eq!(parts.iter().filter(|part| part.is_none()).count(), 1);
        }
        disk.data.replace(sound.clone());
    }
}

#[test]
fn a_part_that_was_deleted_is_not_there_though_someone_puts_it_back() {
    let (disk, _) = two_generations();
    let before = disk.data.borrow().clone();
    let store = open(&disk, key(1));
    let delete = Changes {
        expected_generation: 2,
        history: 7,
        delete: vec![NAMES[0].to_owned()],
        ..Changes::default()
    };
    block_on(store.commit(delete)).unwrap();
    disk.data.borrow_mut().parts = before.parts;
    let again = open(&disk, key(1));
    assert_eq!(read(&again).unwrap()[0], None);
    assert!(read(&again).unwrap()[1].is_some());
    assert_eq!(block_on(again.part_names(Head { generation: 3, history: 7 })).unwrap().len(), 3);
}

#[test]
fn a_manifest_with_any_byte_altered_or_cut_is_an_error() {
    let (disk, _) = two_generations();
    let sound = disk.data.borrow().snapshot.clone();
    let refused = |manifest: Vec<u8>, what: &str| {
        disk.data.borrow_mut().snapshot.manifest = manifest;
        for secret in [key(1), None] {
            let is_own = secret.is_some();
            let kind = kind(load(&open(&disk, secret))).unwrap_or_else(|| panic!("{what} is not noticed"));
            // Without a secret what stands behind the envelope is not looked at.
            let is_locked = kind == ErrorKind::Locked && !is_own;
            assert!(kind == ErrorKind::StoreCorrupt || is_locked, "{what}: {kind:?}");
        }
    };
    for at in 0..sound.manifest.len() {
        let mut altered = sound.manifest.clone();
        altered[at] ^= 1 << (at % 8);
        refused(altered, &format!("byte {at}"));
        refused(sound.manifest[..at].to_vec(), &format!("a cut at {at}"));
    }
    refused([&sound.manifest[..], &[0]].concat(), "a byte more");
}

#[test]
fn an_envelope_that_lost_its_magic_bytes_is_damage_though_there_is_no_part() {
    let disk = Rc::new(Disk::default());
    let changes = Changes { history: 7, manifest: b"secret manifest 1".to_vec(), ..Changes::default() };
    block_on(open(&disk, key(1)).commit(changes)).unwrap();
    let sound = disk.data.borrow().snapshot.manifest.clone();
    for at in 0..8 {
        disk.data.borrow_mut().snapshot.manifest[at] ^= 0x20;
        for secret in [key(1), key(2), None] {
            assert_eq!(kind(load(&open(&disk, secret))), Some(ErrorKind::StoreCorrupt), "byte {at}");
        }
        disk.data.borrow_mut().snapshot.manifest = sound.clone();
    }
    assert!(load(&open(&disk, key(1))).is_ok());
}

#[test]
fn a_cipher_that_fails_in_passing_locks_nobody_out_and_loses_nothing() {
    for secret in [passphrase as fn(&str) -> _, |_| key(1)] {
        let (disk, outage) = (Rc::new(Disk::default()), Rc::new(Cell::new(Outage::None)));
        let open =
            || SealedStore::new(disk.clone(), FlakyCipher(outage.clone()), secret("it")).with_kdf(CHEAP);
        commit(&super::SealedStore::new(disk.clone(), NativeCipher, secret("it")).with_kdf(CHEAP), 0);
        let expected: Vec<_> = NAMES.iter().map(|name| Some(part(name, 1))).collect();
        for values in 0.. {
            outage.set(Outage::After(values));
            let store = open();
            let head = block_on(store.load()).unwrap_or_else(|error| panic!("value {values}: {error}")).head;
            assert_eq!(block_on(store.read(head, &names())).unwrap(), expected, "value {values}");
            if outage.get() != Outage::None {
                assert_eq!(values, 2 + NAMES.len(), "each value is opened once where nothing fails");
                break;
            }
        }
        outage.set(Outage::Lasting);
        assert_eq!(block_on(open().load()).unwrap_err().kind(), ErrorKind::WrongKey);
    }
}

#[test]
fn a_manifest_of_another_generation_history_or_envelope_is_refused() {
    let (disk, first) = two_generations();
    let sound = disk.data.borrow().snapshot.clone();
    let at = |head: Head, manifest: &[u8]| {
        disk.data.borrow_mut().snapshot = Snapshot { head, manifest: manifest.to_vec() };
        kind(load(&open(&disk, key(1))))
    };
    assert_eq!(at(sound.head, &sound.manifest), None);
    assert_eq!(at(sound.head, &first.snapshot.manifest), Some(ErrorKind::StoreCorrupt));
    assert_eq!(at(Head { generation: 3, ..sound.head }, &sound.manifest), Some(ErrorKind::StoreCorrupt));
    assert_eq!(at(Head { history: 8, ..sound.head }, &sound.manifest), Some(ErrorKind::StoreCorrupt));

    // An older envelope in front of a newer manifest: a secret that was taken away would open it again.
    disk.data.borrow_mut().snapshot = sound.clone();
    block_on(open(&disk, key(1)).add_key(key(2).unwrap())).unwrap();
    let now = disk.data.borrow().snapshot.clone();
    let old_envelope = Envelope::split(&sound.manifest).unwrap().unwrap().bytes;
    let sealed = Envelope::split(&now.manifest).unwrap().unwrap().sealed;
    assert_eq!(at(now.head, &[old_envelope, sealed].concat()), Some(ErrorKind::StoreCorrupt));
}

#[test]
fn the_manifest_of_an_older_generation_finds_none_of_the_newer_parts() {
    let (disk, first) = two_generations();
    disk.data.borrow_mut().snapshot = first.snapshot;
    assert_eq!(read(&open(&disk, key(1))).unwrap(), vec![None; NAMES.len()]);
}

#[test]
fn an_older_copy_of_everything_is_refused_by_who_has_seen_a_newer_one() {
    let (disk, first) = two_generations();
    let store = open(&disk, key(1));
    assert_holds(&store, 2);
    disk.data.replace(first);
    assert_eq!(kind(load(&store)), Some(ErrorKind::StoreCorrupt));
    assert_eq!(kind(block_on(store.head())), Some(ErrorKind::StoreCorrupt));
    // Nobody else can tell.
    assert_holds(&open(&disk, key(1)), 1);
}

#[test]
fn another_secret_takes_the_place_of_the_old_one_without_a_part_being_written() {
    let disk = Rc::new(Disk::default());
    let store = open(&disk, passphrase("old"));
    commit(&store, 0);
    let parts = disk.data.borrow().parts.clone();
    block_on(store.change_key(passphrase("new").unwrap())).unwrap();
    assert_eq!(disk.data.borrow().parts, parts);
    assert_holds(&store, 1);
    assert_holds(&open(&disk, passphrase("new")), 1);
    assert_eq!(kind(load(&open(&disk, passphrase("old")))), Some(ErrorKind::WrongKey));
    // By who changed it, and by who opened it since.
    block_on(store.change_key(key(5).unwrap())).unwrap();
    block_on(open(&disk, key(5)).change_key(key(6).unwrap())).unwrap();
    assert_eq!(block_on(store.keys()).unwrap().len(), 1);
    assert_holds(&open(&disk, key(6)), 1);
}

#[test]
fn a_key_that_was_changed_though_the_answer_was_lost_can_be_changed_again() {
    for fault in [Fault::After, Fault::Lost] {
        for calls in 0.. {
            let disk = Rc::new(Disk::default());
            let store = open(&disk, key(1));
            commit(&store, 0);
            disk.fault.set(Some((calls, fault)));
            let first = block_on(store.change_key(key(2).unwrap()));
            let is_reached = disk.fault.take().is_none_or(|(_, fault)| fault == Fault::Gone);
            let is_new = load(&open(&disk, key(2))).is_ok();
            assert!(first.is_err() || is_new, "{fault:?} call {calls}");
            if let (Err(error), true) = (&first, is_new) {
                assert!(error.message().contains("whether the keys"), "{fault:?} call {calls}: {error}");
            }
            // The same again, by who has it open; and what opens it then is one key.
            block_on(store.change_key(key(2).unwrap())).unwrap();
            let keys = block_on(store.keys()).unwrap();
            assert_eq!(
                keys.iter().map(|key| key.is_own).collect::<Vec<_>>(),
                [true],
                "{fault:?} call {calls}"
            );
            assert_eq!(kind(load(&open(&disk, key(1)))), Some(ErrorKind::WrongKey));
            block_on(store.change_key(key(3).unwrap())).unwrap();
            assert_eq!(kind(load(&open(&disk, key(2)))), Some(ErrorKind::WrongKey), "{fault:?} call {calls}");
            assert_holds(&open(&disk, key(3)), 1);
            if !is_reached {
                assert!(calls > 1, "the store was called");
                break;
            }
        }
    }
}

#[test]
fn who_has_it_open_goes_on_and_keeps_the_secrets_that_another_changed() {
    let disk = Rc::new(Disk::default());
    let (one, other) = (open(&disk, key(1)), open(&disk, key(1)));
    commit(&one, 0);
    assert_holds(&other, 1);
    block_on(one.change_key(key(2).unwrap())).unwrap();
    commit(&one, 2);
    commit(after_load(&other), 3);
    assert_holds(&one, 4);
    assert_holds(&open(&disk, key(2)), 4);
    assert_eq!(kind(load(&open(&disk, key(1)))), Some(ErrorKind::WrongKey));
}

/// The same store, once it has seen what others did.
fn after_load(store: &TestStore) -> &TestStore {
    load(store).unwrap();
    store
}

#[test]
fn several_secrets_open_a_collection_until_they_are_removed() {
    let disk = Rc::new(Disk::default());
    let store = open(&disk, passphrase("first"));
    commit(&store, 0);
    let added = block_on(store.add_key(key(2).unwrap())).unwrap();
    let keys = block_on(store.keys()).unwrap();
    let kinds: Vec<_> = keys.iter().map(|key| (key.kind, key.is_own)).collect();
    assert_eq!(kinds, [("passphrase", true), ("key", false)]);
    assert_eq!(keys[1].id, added);
    assert_holds(&open(&disk, passphrase("first")), 1);

    let by_key = open(&disk, key(2));
    assert_holds(&by_key, 1);
    block_on(by_key.remove_key(keys[0].id)).unwrap();
    assert_eq!(kind(load(&open(&disk, passphrase("first")))), Some(ErrorKind::WrongKey));
    assert_holds(&open(&disk, key(2)), 1);
    for wrong in [keys[0].id, added] {
        assert_eq!(kind(block_on(by_key.remove_key(wrong))), Some(ErrorKind::InvalidArgument));
    }
    for number in 1..envelope::MAX_WRAPS {
        block_on(by_key.add_key(key(number as u8 + 10).unwrap())).unwrap();
    }
    let one_more = block_on(by_key.add_key(key(9).unwrap()));
    assert_eq!(kind(one_more), Some(ErrorKind::InvalidArgument));
    assert_holds(&open(&disk, key(envelope::MAX_WRAPS as u8 + 9)), 1);
}

#[test]
fn secrets_can_be_changed_before_anything_is_written() {
    let disk = Rc::new(Disk::default());
    let store = open(&disk, key(1));
    block_on(store.add_key(key(3).unwrap())).unwrap();
    block_on(store.change_key(key(2).unwrap())).unwrap();
    commit(&store, 0);
    assert_holds(&open(&disk, key(2)), 1);
    assert_holds(&open(&disk, key(3)), 1);
    assert_eq!(kind(load(&open(&disk, key(1)))), Some(ErrorKind::WrongKey));
    for plain in [open(&Rc::default(), None), open(&two_plain(), None)] {
        assert_eq!(kind(block_on(plain.change_key(key(2).unwrap()))), Some(ErrorKind::NotEncrypted));
        assert_eq!(kind(block_on(plain.remove_key(1))), Some(ErrorKind::NotEncrypted));
        assert_eq!(block_on(plain.keys()).unwrap(), []);
    }
}

fn two_plain() -> Rc<Disk> {
    let disk = Rc::new(Disk::default());
    commit(&open(&disk, None), 0);
    disk
}

#[test]
fn of_two_who_make_a_collection_at_once_the_slower_takes_the_key_of_the_faster() {
    let disk = Rc::new(Disk::default());
    let (faster, slower, other) = (open(&disk, key(1)), open(&disk, key(1)), open(&disk, key(2)));
    for store in [&slower, &other] {
        block_on(store.keys()).unwrap(); // each has a data key of its own by now
    }
    commit(&faster, 0);
    let first = Changes { history: 7, manifest: b"slower".to_vec(), ..Changes::default() };
    assert_eq!(kind(block_on(slower.commit(first.clone()))), Some(ErrorKind::StoreConflict));
    assert_holds(&slower, 1);
    commit(&slower, 1);
    assert_holds(&faster, 2);
    assert_eq!(kind(block_on(other.commit(first))), Some(ErrorKind::StoreConflict));
    assert_eq!(kind(load(&other)), Some(ErrorKind::WrongKey));
}

#[test]
fn a_wrap_that_costs_less_than_it_should_is_made_anew_when_it_is_opened() {
    let costs = |disk: &Disk| {
        let manifest = disk.data.borrow().snapshot.manifest.clone();
        let envelope = Envelope::split(&manifest).unwrap().unwrap().envelope;
        match envelope.wraps[0].lock {
            envelope::Lock::Passphrase { kdf, .. } => kdf,
            envelope::Lock::Key { .. } => panic!("it is a passphrase's"),
        }
    };
    let disk = Rc::new(Disk::default());
    commit(&open(&disk, passphrase("it")), 0);
    assert_eq!(costs(&disk), CHEAP);
    let dearer = Kdf { passes: 2, ..CHEAP };
    assert_holds(&open(&disk, passphrase("it")).with_kdf(dearer), 1);
    assert_eq!(costs(&disk), dearer);
    assert_holds(&open(&disk, passphrase("it")), 1);
    assert_eq!(costs(&disk), dearer, "it is never made cheaper");
    let head = disk.data.borrow().snapshot.head;
    assert_holds(&open(&disk, passphrase("it")).with_kdf(dearer), 1);
    assert_eq!(disk.data.borrow().snapshot.head, head, "nothing is committed without need");
}

#[test]
fn what_passphrases_cost_is_bounded() {
    let secret = Passphrase::new(Zeroizing::new("it".to_owned())).unwrap();
    for (memory_kib, passes, lanes) in
        [(7, 1, 1), (u32::MAX, 1, 1), (8, 0, 1), (8, 17, 1), (8, 1, 0), (128, 1, 17), (256 << 10, 9, 1)]
    {
        let kdf = Kdf { memory_kib, passes, lanes };
        assert_eq!(kind(kdf.derive(&secret, &[0; 16])), Some(ErrorKind::StoreCorrupt), "{kdf:?}");
    }
}

#[test]
fn so_is_what_all_passphrases_of_an_envelope_cost_together() {
    let wrap = |id, kdf| {
        let lock = envelope::Lock::Passphrase { kdf, salt: [0; 16], nonce: [0; 12], wrapped: vec![0; 48] };
        envelope::Wrap { id, lock }
    };
    let split = |kdf: Kdf, wraps: u32| {
        let wraps = (0..wraps).map(|id| wrap(id, kdf)).collect();
        kind(Envelope::split(&Envelope { key: [1; 16], wraps }.encode().unwrap()).map(drop))
    };
    let dear = Kdf { memory_kib: 256 << 10, passes: 4, lanes: 1 };
    assert_eq!(split(dear, 2), None);
    assert_eq!(split(dear, 3), Some(ErrorKind::StoreCorrupt));
    let most = envelope::MAX_WRAPS as u32;
    assert_eq!(split(Kdf::CURRENT, most), None);
    assert_eq!(split(Kdf::CURRENT, most + 1), Some(ErrorKind::StoreCorrupt));
    let twice_as_dear = Kdf { passes: 4, ..Kdf::CURRENT };
    assert_eq!(split(twice_as_dear, most), None, "there is room for more than now");
}

#[test]
fn a_plain_collection_is_encrypted_and_decrypted_with_nothing_left_behind() {
    let disk = two_plain();
    let plain = disk.data.borrow().parts.clone();
    let store = open(&disk, None);
    block_on(store.encrypt(passphrase("it").unwrap(), &Unattended)).unwrap();
    assert_holds(&store, 1);
    assert!(!holds(&disk, b"secret") && !holds(&disk, b"text/"));
    assert_holds(&open(&disk, passphrase("it")), 1);
    let again = block_on(store.encrypt(key(1).unwrap(), &Unattended));
    assert_eq!(kind(again), Some(ErrorKind::InvalidArgument));

    let generation = disk.data.borrow().snapshot.head.generation;
    commit(&store, generation);
    block_on(store.decrypt(&Unattended)).unwrap();
    assert_eq!(disk.data.borrow().parts.keys().collect::<Vec<_>>(), plain.keys().collect::<Vec<_>>());
    assert_holds(&open(&disk, None), generation + 1);
    assert_holds(&store, generation + 1);
    assert_eq!(kind(block_on(store.decrypt(&Unattended))), Some(ErrorKind::NotEncrypted));
    let generation = disk.data.borrow().snapshot.head.generation;
    commit(&store, generation);
    assert!(holds(&disk, b"secret"));
}

#[test]
fn a_collection_without_a_commit_is_encrypted_from_its_first_one() {
    let disk = Rc::new(Disk::default());
    let store = open(&disk, None);
    block_on(store.encrypt(key(1).unwrap(), &Unattended)).unwrap();
    commit(&store, 0);
    assert_holds(&open(&disk, key(1)), 1);

    let disk = Rc::new(Disk::default());
    let store = open(&disk, key(1));
    block_on(store.decrypt(&Unattended)).unwrap();
    commit(&store, 0);
    assert_holds(&open(&disk, None), 1);
}

#[test]
fn others_who_have_it_open_are_told_what_it_became() {
    let disk = two_plain();
    let (one, other) = (open(&disk, None), open(&disk, None));
    assert_holds(&other, 1);
    block_on(one.encrypt(key(1).unwrap(), &Unattended)).unwrap();
    assert_eq!(kind(load(&other)), Some(ErrorKind::Locked));
    let stale = Changes { expected_generation: 1, history: 7, ..Changes::default() };
    assert!(block_on(other.commit(stale)).is_err());

    let sealed = open(&disk, key(1));
    assert_holds(&sealed, 1);
    block_on(one.decrypt(&Unattended)).unwrap();
    assert_eq!(kind(load(&sealed)), Some(ErrorKind::NotEncrypted));
    block_on(one.encrypt(key(1).unwrap(), &Unattended)).unwrap();
    // With another data key, and the secret is forgotten.
    assert_eq!(kind(load(&sealed)), Some(ErrorKind::Locked));
    assert_holds(&one, 1);
}

/// Parts that need several commits to be converted.
fn large_plain() -> Rc<Disk> {
    let disk = Rc::new(Disk::default());
    let put = (0..7).map(|at| (format!("text/{at}"), Rc::new(vec![at; 3 << 10])));
    let changes = Changes {
        history: 7,
        manifest: b"secret manifest 1".to_vec(),
        put: put.collect(),
        ..Changes::default()
    };
    block_on(open(&disk, None).commit(changes)).unwrap();
    disk
}

/// Asserts that a store holds what [`large_plain`] wrote.
fn assert_holds_large(store: &TestStore) {
    let snapshot = load(store).unwrap();
    assert_eq!(snapshot.manifest, b"secret manifest 1");
    for at in 0..7u8 {
        let read = block_on(store.read(snapshot.head, &[format!("text/{at}")])).unwrap();
        assert!(read[0].as_deref() == Some(&vec![at; 3 << 10][..]), "text/{at} differs");
    }
    assert_eq!(block_on(store.part_names(snapshot.head)).unwrap().len(), 7);
}

#[test]
fn an_aborted_conversion_leaves_what_there_was_and_nothing_else() {
    let disk = large_plain();
    let plain = disk.data.borrow().parts.clone();
    let store = open(&disk, None);
    let aborted = block_on(store.encrypt(key(1).unwrap(), &AbortAfter::new(6)));
    assert_eq!(kind(aborted), Some(ErrorKind::Aborted));
    assert!(disk.data.borrow().snapshot.head.generation > 2, "something was staged and cleaned up");
    assert!(disk.data.borrow().parts == plain);
    assert_holds_large(&store);
    block_on(store.encrypt(key(1).unwrap(), &Unattended)).unwrap();
    assert_holds_large(&store);

    let sealed = disk.data.borrow().parts.clone();
    let aborted = block_on(store.decrypt(&AbortAfter::new(6)));
    assert_eq!(kind(aborted), Some(ErrorKind::Aborted));
    assert!(disk.data.borrow().parts == sealed);
    assert_holds_large(&open(&disk, key(1)));
}

#[test]
fn what_a_broken_off_decryption_left_goes_with_the_next_commit() {
    let disk = large_plain();
    block_on(open(&disk, None).encrypt(key(1).unwrap(), &Unattended)).unwrap();
    // The tab is gone in the middle: nobody cleans up.
    let store = open(&disk, key(1));
    {
        let gone = Gone(AbortAfter::new(5));
        let mut decrypting = std::pin::pin!(store.decrypt(&gone));
        let poll = decrypting.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(poll.is_pending());
    }
    let has_plain = |disk: &Disk| disk.data.borrow().parts.keys().any(|name| name.starts_with("text/"));
    assert!(has_plain(&disk));
    let again = open(&disk, key(1));
    assert_holds_large(&again);
    block_on(again.add_key(key(2).unwrap())).unwrap();
    assert!(!has_plain(&disk));
    assert_holds_large(&open(&disk, key(2)));
}

/// A task that never comes back from a pause once it is aborted.
struct Gone(AbortAfter);

impl crate::task::Task for Gone {
    fn report(&self, _: crate::task::Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        self.0.pause().await;
        if self.0.is_aborted() {
            std::future::pending::<()>().await;
        }
    }
}

#[test]
fn a_fault_at_any_call_leaves_a_collection_that_the_old_or_the_new_secret_opens() {
    type Work = fn(&TestStore) -> Result<()>;
    type Way = fn() -> Option<Secret<KeyBytes>>;
    // What is done, and what opens the collection before and after it.
    let cases: [(&str, Work, Way, Way); 4] = [
        ("encrypt", |store| block_on(store.encrypt(key(1).unwrap(), &Unattended)), || None, || key(1)),
        ("decrypt", |store| block_on(store.decrypt(&Unattended)), || key(1), || None),
        ("change_key", |store| block_on(store.change_key(key(2).unwrap())), || key(1), || key(2)),
        ("add_key", |store| block_on(store.add_key(key(2).unwrap())).map(drop), || key(1), || key(2)),
    ];
    for (what, work, before, after) in cases {
        for fault in [Fault::Before, Fault::After] {
            for calls in 0.. {
                let disk = large_plain();
                if before().is_some() {
                    block_on(open(&disk, None).encrypt(before().unwrap(), &Unattended)).unwrap();
                }
                let store = open(&disk, before());
                disk.fault.set(Some((calls, fault)));
                let worked = work(&store);
                let is_reached = disk.fault.take().is_none();
                let opened = [before(), after()]
                    .map(|secret| open(&disk, secret))
                    .into_iter()
                    .find(|it| load(it).is_ok());
                let opened =
                    opened.unwrap_or_else(|| panic!("{what}, {fault:?} call {calls}: nothing opens it"));
                assert_holds_large(&opened);
                if worked.is_ok() {
                    assert_holds_large(&open(&disk, after()));
                    assert_holds_large(&store);
                } else if load(&open(&disk, before())).is_ok() {
                    assert_holds_large(&store); // the one that failed goes on
                    work(&store).unwrap_or_else(|error| panic!("{what}, {fault:?} call {calls}: {error}"));
                    assert_holds_large(&open(&disk, after()));
                    let plain =
                        disk.data.borrow().parts.keys().filter(|name| !name.starts_with(SEALED)).count();
                    assert!(plain == 0 || plain == disk.data.borrow().parts.len(), "{what} leaves copies");
                }
                if !is_reached {
                    worked.unwrap();
                    assert!(calls > 1, "{what} calls the store");
                    break;
                }
            }
        }
    }
}
