//! Collections on sealed stores, with everything that a collection stores.

use std::cell::Cell;
use std::rc::Rc;

use pollster::block_on;
use serde_json::Map;
use zeroize::Zeroizing;

use super::*;
use crate::collection::{Account, CollectionOptions, LocalGraphs, SearchOptions};
use crate::document::{Document, MediaType, MetadataValue};
use crate::error::ErrorKind;
use crate::generation::{DamagedPart, Needs};
use crate::seal::cipher::KeyBytes;
use crate::seal::native::NativeCipher;
use crate::seal::{Kdf, Passphrase, Secret};
use crate::store::Part;
use crate::store::sealed::tests::disk::Disk;
use crate::store::sealed::tests::flaky::{FlakyCipher, Outage};
use crate::task::Unattended;
use crate::testing::HashEmbedder;

type Opened = Collection<SealedStore<Rc<Disk>, NativeCipher>, HashEmbedder>;

fn key(byte: u8) -> Option<Secret<KeyBytes>> {
    Some(Secret::Key(KeyBytes::new([byte; 32])))
}

fn open(disk: &Rc<Disk>, secret: Option<Secret<KeyBytes>>) -> Result<Opened> {
    let cheap = Kdf { memory_kib: 8, passes: 1, lanes: 1 };
    let store = SealedStore::new(disk.clone(), NativeCipher, secret).with_kdf(cheap);
    block_on(Collection::open_with(store, HashEmbedder::new("a"), CollectionOptions::default()))
}

const LEASE: &str = "# Repairs\n\nThe landlord mends the roof within thirty days.";
const GUIDE: &str = "# Bins\n\nThe bins are emptied on Tuesday.";

/// Adds two documents, each in a commit of its own, removes a third, and records a question.
fn fill(collection: &Opened) {
    for (id, text) in [("lease", LEASE), ("gone", "Nobody may read this."), ("guide", GUIDE)] {
        let mut document = Document::new(id, format!("Title of {id}"), MediaType::Markdown, text);
        document.metadata.insert("colour".to_owned(), MetadataValue::String("vermilion".to_owned()));
        block_on(collection.add(vec![document], &Unattended)).unwrap();
    }
    block_on(collection.remove(&["gone".to_owned()])).unwrap();
    let account = Account {
        time: "2026-11-27T09:00:00.000Z".to_owned(),
        question: "who mends the roof?".to_owned(),
        retrieval: None,
        details: Map::new(),
    };
    block_on(collection.record(account)).unwrap();
}

fn assert_whole<C: Cipher>(collection: &Collection<SealedStore<Rc<Disk>, C>, HashEmbedder>) {
    for (id, text) in [("lease", LEASE), ("guide", GUIDE)] {
        assert_eq!(block_on(collection.get(id)).unwrap().unwrap().text, text);
    }
    let found = block_on(collection.search("roof", &SearchOptions::default(), &Unattended)).unwrap();
    assert_eq!(found.hits[0].document, "lease");
    assert_eq!(block_on(collection.list()).unwrap().len(), 2);
    assert_eq!(block_on(collection.records(0..u64::MAX)).unwrap().len(), 1);
    assert!(block_on(collection.check(&Unattended)).unwrap().is_empty());
}

fn holds(disk: &Disk, needle: &str) -> bool {
    disk.bytes().windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// What a collection of [`fill`] may not be stored with in the clear.
const SECRETS: [&str; 9] =
    ["landlord", "Tuesday", "Repairs", "Title of", "lease", "colour", "vermilion", "who mends", "tables/"];

#[test]
fn a_sealed_collection_works_like_a_plain_one_and_shows_nothing() {
    for (secret, is_shown) in [(None, true), (key(1), false)] {
        let disk = Rc::new(Disk::default());
        fill(&open(&disk, secret).unwrap());
        let again = if is_shown { None } else { key(1) };
        assert_whole(&open(&disk, again).unwrap());
        for needle in SECRETS {
            assert_eq!(holds(&disk, needle), is_shown, "{needle}");
        }
    }
}

#[test]
fn it_is_encrypted_and_decrypted_while_it_is_open_here_and_elsewhere() {
    let disk = Rc::new(Disk::default());
    let (collection, other) = (open(&disk, None).unwrap(), open(&disk, None).unwrap());
    fill(&collection);
    assert_whole(&other);
    let passphrase = Passphrase::new(Zeroizing::new("it".to_owned())).unwrap();
    block_on(collection.encrypt(Secret::Passphrase(passphrase), &Unattended)).unwrap();
    assert_whole(&collection);
    for needle in SECRETS {
        assert!(!holds(&disk, needle), "{needle}");
    }
    let kind = |result: Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(block_on(other.list()).map(drop)), ErrorKind::Locked);
    assert_eq!(kind(block_on(other.info()).map(drop)), ErrorKind::Locked);
    let late = Document::new("late", "", MediaType::Plain, "It is too late.");
    assert_eq!(kind(block_on(other.add(vec![late], &Unattended)).map(drop)), ErrorKind::Locked);
    assert_eq!(kind(open(&disk, None).map(drop)), ErrorKind::Locked);
    assert_eq!(kind(open(&disk, key(1)).map(drop)), ErrorKind::WrongKey);

    block_on(collection.change_key(key(1).unwrap())).unwrap();
    let other = open(&disk, key(1)).unwrap();
    assert_whole(&other);
    let added = block_on(other.add_key(key(2).unwrap())).unwrap();
    assert!(block_on(collection.keys()).unwrap().iter().any(|key| key.id == added));
    block_on(collection.remove_key(added)).unwrap();
    block_on(collection.decrypt(&Unattended)).unwrap();
    assert_whole(&collection);
    assert_eq!(kind(block_on(other.list()).map(drop)), ErrorKind::NotEncrypted);
    assert_whole(&open(&disk, None).unwrap());
    collection.close();
    assert_eq!(kind(block_on(collection.decrypt(&Unattended))), ErrorKind::Closed);
}

#[test]
fn whatever_is_done_to_a_stored_part_nothing_else_is_ever_read() {
    let disk = Rc::new(Disk::default());
    let collection = open(&disk, key(1)).unwrap();
    fill(&collection);
    let before = disk.data.borrow().parts.clone();
    // Written anew, for replays: the trail's record, whose text is deleted, and all that upkeep makes anew.
    block_on(collection.delete_records(&[1])).unwrap();
    let sound = disk.data.borrow().clone();
    let names: Vec<&String> = sound.parts.keys().collect();
    let mut noticed = 0;
    for (at, name) in names.iter().enumerate() {
        let part = &sound.parts[*name];
        let mut altered = part.to_vec();
        altered[part.len() / 2] ^= 0x10;
        let cut = part[..part.len() - 1].to_vec();
        let swapped = sound.parts[names[(at + 1) % names.len()]].clone();
        let older = before.get(*name).filter(|older| *older != part).cloned();
        let missing: Option<Part> = None;
        let planted = [Some(Rc::new(altered)), Some(Rc::new(cut)), Some(swapped), missing, older.clone()];
        for (way, planted) in planted.into_iter().enumerate() {
            match planted {
                Some(planted) => drop(disk.data.borrow_mut().parts.insert((*name).clone(), planted)),
                None if way == 4 => continue, // there is no older one
                None => drop(disk.data.borrow_mut().parts.remove(*name)),
            }
            noticed += usize::from(reads_only_what_is_right(&disk));
            disk.data.replace(sound.clone());
        }
    }
    assert!(noticed >= names.len() * 4, "{noticed} of {} ways were noticed", names.len() * 4);
    assert!(
        before.iter().any(|(name, part)| sound.parts.get(name).is_some_and(|now| now != part)),
        "nothing was replayed"
    );
}

/// Reads everything; what is not an error is right. Returns whether anything was found wrong.
fn reads_only_what_is_right(disk: &Rc<Disk>) -> bool {
    let mut errors = Vec::new();
    let mut note = |error: crate::error::Error| {
        assert_eq!(error.kind(), ErrorKind::StoreCorrupt, "{error}");
        errors.push(error);
    };
    let collection = open(disk, key(1)).unwrap();
    for (id, text) in [("lease", LEASE), ("guide", GUIDE)] {
        match block_on(collection.get(id)) {
            Ok(stored) => assert_eq!(stored.unwrap().text, text),
            Err(error) => note(error),
        }
    }
    match block_on(collection.search("roof bins", &SearchOptions::default(), &Unattended)) {
        Ok(found) => {
            found.hits.iter().for_each(|hit| assert!(LEASE.contains(&hit.text) || GUIDE.contains(&hit.text)))
        }
        Err(error) => note(error),
    }
    let records = block_on(collection.records(0..u64::MAX)).map_err(&mut note).unwrap_or_default();
    for (_, record) in records {
        match record {
            Ok(record) => assert!(!record.line().contains("who mends the roof"), "a deleted record is back"),
            Err(error) => note(error),
        }
    }
    let trail = block_on(collection.check_trail(&Unattended)).map_err(&mut note).ok();
    let damaged = block_on(collection.check(&Unattended)).map_err(&mut note).unwrap_or_default();
    let is_trail_sound = trail.is_some_and(|check| check.broken.is_empty());
    let repaired = !collection.generation.borrow().damage().is_empty();
    !errors.is_empty() || !damaged.is_empty() || !is_trail_sound || repaired
}

#[test]
fn what_could_not_be_opened_for_a_while_is_not_made_anew() {
    let disk = Rc::new(Disk::default());
    fill(&open(&disk, key(1)).unwrap());
    let outage = Rc::new(Cell::new(Outage::None));
    let store = SealedStore::new(disk.clone(), FlakyCipher(outage.clone()), key(1));
    let options = CollectionOptions::default();
    let collection = block_on(Collection::open_with(store, HashEmbedder::new("a"), options)).unwrap();
    block_on(collection.list()).unwrap();
    let before = disk.data.borrow().clone();
    outage.set(Outage::Lasting);
    let generation = block_on(collection.current(Needs::ALL)).unwrap();
    let parts: Vec<_> = generation.damage().into_iter().map(|it| it.part).collect();
    assert!(parts.contains(&DamagedPart::Vectors) && parts.contains(&DamagedPart::Postings), "{parts:?}");
    outage.set(Outage::None);
    block_on(collection.maintain(&LocalGraphs, &Unattended)).unwrap();
    assert!(*disk.data.borrow() == before, "something was written");
    assert!(block_on(collection.info()).unwrap().problem.is_none());
    assert_whole(&collection);
}

#[test]
fn what_opens_a_collection_is_stored_before_its_first_document() {
    let refused = |disk, secret| open(disk, secret).map(drop).unwrap_err().kind();

    let disk = Rc::new(Disk::default());
    block_on(open(&disk, key(1)).unwrap().add_key(key(2).unwrap())).unwrap();
    assert_eq!(refused(&disk, None), ErrorKind::Locked);
    for byte in [1, 2] {
        assert_eq!(block_on(open(&disk, key(byte)).unwrap().keys()).unwrap().len(), 2);
    }

    block_on(open(&disk, key(2)).unwrap().change_key(key(3).unwrap())).unwrap();
    assert_eq!(refused(&disk, key(2)), ErrorKind::WrongKey);

    let disk = Rc::new(Disk::default());
    block_on(open(&disk, key(1)).unwrap().change_key(key(2).unwrap())).unwrap();
    assert_eq!(refused(&disk, key(1)), ErrorKind::WrongKey);

    let disk = Rc::new(Disk::default());
    block_on(open(&disk, None).unwrap().encrypt(key(1).unwrap(), &Unattended)).unwrap();
    assert_eq!(refused(&disk, None), ErrorKind::Locked);

    let disk = Rc::new(Disk::default());
    block_on(open(&disk, key(1)).unwrap().decrypt(&Unattended)).unwrap();
    assert_eq!(refused(&disk, key(1)), ErrorKind::NotEncrypted);
    assert!(block_on(open(&disk, None).unwrap().list()).unwrap().is_empty());
}
