//! Imports that others come across, and files that were made up. What imports do otherwise is in `tests/transfer.rs`.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use pollster::block_on;
use xxhash_rust::xxh3::xxh3_64;

use super::*;
use crate::collection::tests::TestCollection;
use crate::collection::tests::writers::{Before, Overtaken};
use crate::collection::{CollectionOptions, LocalGraphs};
use crate::document::{Document, MediaType};
use crate::generation::Draft;
use crate::hex::hex;
use crate::store::memory::MemoryStore;
use crate::store::sealed::tests::disk::Disk;
use crate::task::Unattended;
use crate::testing::HashEmbedder;
use crate::transfer::Writer;

type Opened = Collection<Rc<Disk>, HashEmbedder>;

fn open(disk: &Rc<Disk>) -> Opened {
    let options = CollectionOptions::default();
    block_on(Collection::open_with(disk.clone(), HashEmbedder::new("a"), options)).unwrap()
}

/// A collection of one document, which has an outline of its own since a picture was left out of it.
fn with_picture(id: &str, heading: &str) -> (Rc<Disk>, Opened) {
    let text =
        format!("# {heading}\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nThe door is red.");
    let disk = Rc::new(Disk::default());
    let collection = open(&disk);
    let document = Document::new(id, "", MediaType::Markdown, text);
    block_on(collection.add(vec![document], &Unattended)).unwrap();
    (disk, collection)
}

fn export(collection: &Opened) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(collection.export(&mut file, &Unattended)).unwrap();
    file
}

fn has_staged(disk: &Disk) -> bool {
    disk.data.borrow().parts.keys().any(|name| name.starts_with("staged/"))
}

/// A file in eight pieces: before each something happens, and after some of them no more comes.
struct Slow<'f, H> {
    pieces: std::slice::Chunks<'f, u8>,
    /// How many pieces come.
    left: usize,
    happen: H,
}

impl<'f, H: Fn()> Slow<'f, H> {
    fn new(file: &'f [u8], left: usize, happen: H) -> Self {
        Self { pieces: file.chunks(file.len().div_ceil(8)), left, happen }
    }
}

impl<H: Fn()> Source for Slow<'_, H> {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        (self.happen)();
        if self.left == 0 {
            std::future::pending::<()>().await;
        }
        self.left -= 1;
        Ok(self.pieces.next().map(<[u8]>::to_vec))
    }
}

#[test]
fn upkeep_leaves_alone_what_an_import_has_staged_however_long_that_takes() {
    let file = export(&with_picture("picture", "Door").1);
    let disk = Rc::new(Disk::default());
    let (collection, other) = (open(&disk), open(&disk));
    let seen = Cell::new(false);
    // Who finds nothing at first does not look again.
    let happen = || {
        if has_staged(&disk) {
            block_on(other.maintain(&LocalGraphs, &Unattended)).unwrap();
            seen.set(true);
        }
    };
    let source = Slow::new(&file, usize::MAX, happen);
    assert_eq!(block_on(collection.import(source, Existing::Refuse, &Unattended)).unwrap().added, 1);
    assert!(seen.get(), "upkeep never came across it");
    assert!(block_on(open(&disk).check(&Unattended)).unwrap().is_empty());

    // One that ended midway is cleared away, also by who has met it while it went on.
    let disk = Rc::new(Disk::default());
    let (collection, other) = (open(&disk), open(&disk));
    let maintain = || block_on(other.maintain(&LocalGraphs, &Unattended)).unwrap();
    {
        let happen = || {
            if has_staged(&disk) {
                maintain();
            }
        };
        let source = Slow::new(&file, 6, happen);
        let mut import = pin!(collection.import(source, Existing::Refuse, &Unattended));
        assert!(import.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(has_staged(&disk));
    }
    maintain();
    assert!(!has_staged(&disk));
    assert!(disk.data.borrow().parts.is_empty());
}

#[test]
fn an_import_that_waited_for_its_turn_begins_with_what_is_there_then() {
    let file = export(&with_picture("picture", "Door").1);
    let store = Rc::new(MemoryStore::default());
    let open = || {
        let options = CollectionOptions::default();
        block_on(Collection::open_with(store.clone(), HashEmbedder::new("a"), options)).unwrap()
    };
    let (collection, other) = (open(), open());
    let turn = block_on(store.exclusive(Work::Import));
    let mut import = pin!(collection.import(&file[..], Existing::Merge, &Unattended));
    assert!(import.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let document = Document::new("roof", "", MediaType::Markdown, "The roof is grey.".to_owned());
    block_on(other.add(vec![document], &Unattended)).unwrap();
    drop(turn);
    assert_eq!(block_on(import).unwrap().added, 1);
    for id in ["picture", "roof"] {
        assert!(block_on(collection.get(id)).unwrap().is_some(), "{id} is missing");
    }
}

/// The content hash of the only document.
fn content_hash(collection: &Opened) -> [u8; 16] {
    let generation = block_on(collection.current(Needs::TABLES)).unwrap();
    generation.index.documents().next().unwrap().1.content_hash
}

/// A file with another content hash in the place of one, under right seals and checksums.
fn with_claim(file: &[u8], own: [u8; 16], claimed: [u8; 16]) -> Vec<u8> {
    block_on(async {
        let mut reader = Reader::open(file).await.unwrap();
        let mut records = Vec::new();
        while let Some(Record { name, mut content, .. }) = reader.next().await.unwrap() {
            let places: Vec<usize> =
                (0..content.len()).filter(|&at| content[at..].starts_with(&own)).collect();
            places.into_iter().for_each(|at| content[at..at + 16].copy_from_slice(&claimed));
            let checksum = xxh3_64(&[&content[..18], &content[26..]].concat());
            content[18..26].copy_from_slice(&checksum.to_le_bytes());
            records.push((name.replace(&hex(&own), &hex(&claimed)), content));
        }
        let mut manifest: Manifest = codec::decode(Kind::Manifest, "it", &records[0].1).unwrap();
        let tables = &mut manifest.segments[0].parts.tables;
        *tables = PartRef::new(tables.id, &records[1].1);
        records[0].1 = manifest.encode().unwrap();
        let mut file = Vec::new();
        let mut writer = Writer::begin(&mut file, records.len() as u64).await.unwrap();
        for (name, content) in &records {
            writer.push(name, content).await.unwrap();
        }
        writer.finish().await.unwrap();
        file
    })
}

#[test]
fn a_document_that_claims_the_content_of_another_is_refused_and_replaces_no_outline() {
    let (disk, collection) = with_picture("picture", "Door");
    let (_, other) = with_picture("crafted", "A heading of another outline");
    let (own, claimed) = (content_hash(&other), content_hash(&collection));
    let crafted = with_claim(&export(&other), own, claimed);
    let outline = disk.data.borrow().parts[&names::outline(&claimed)].clone();
    let names: Vec<String> = disk.data.borrow().parts.keys().cloned().collect();

    let merged = block_on(collection.import(&crafted[..], Existing::Merge, &Unattended));
    assert!(disk.data.borrow().parts[&names::outline(&claimed)] == outline, "the outline was replaced");
    let error = merged.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileCorrupt);
    assert!(error.message().contains("\"crafted\"") && error.message().contains("\"picture\""), "{error}");
    assert_eq!(disk.data.borrow().parts.keys().cloned().collect::<Vec<_>>(), names);

    // Where nothing stays there is nothing that it could harm.
    let file = with_claim(&export(&other), own, [7; 16]);
    assert_eq!(block_on(collection.import(&file[..], Existing::Merge, &Unattended)).unwrap().added, 1);
    assert_eq!(block_on(collection.import(&crafted[..], Existing::Replace, &Unattended)).unwrap().added, 1);
    assert!(block_on(collection.check(&Unattended)).unwrap().is_empty());
}

#[test]
fn commits_that_change_no_document_disturb_no_import() {
    let file = export(&with_picture("picture", "Door").1);
    let write = |other: &TestCollection, _| {
        block_on(other.commit(|now| Ok(Some((Draft::new(now), ()))))).unwrap();
    };
    for commits in 0..12 {
        let before = Before::Reading("staged/");
        let collection = Overtaken { inner: Rc::default(), before, left: Cell::new(0), write }.collection();
        // What is there has the same names as what comes.
        block_on(collection.import(&file[..], Existing::Refuse, &Unattended)).unwrap();
        let source = Slow::new(&file, usize::MAX, || {
            collection.store.write(0);
            collection.store.left.set(commits); // of its own, for what is looked at after this piece
        });
        let imported = block_on(collection.import(source, Existing::Replace, &Unattended)).unwrap();
        assert_eq!((imported.added, collection.store.left.get()), (1, 0), "{commits} commits");
    }
}
