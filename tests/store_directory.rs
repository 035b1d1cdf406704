//! The store in a directory: the contract of stores, a file and back, and processes that are killed.

#![cfg(not(target_arch = "wasm32"))]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ibid::collection::{Collection, CollectionOptions, Existing, SearchOptions};
use ibid::document::{Document, MediaType};
use ibid::error::ErrorKind;
use ibid::store::directory::DirectoryStore;
use ibid::store::{Changes, Store, contract};
use ibid::task::Unattended;
use pollster::block_on;

#[path = "support/word_embedder.rs"]
mod word_embedder;
use word_embedder::WordEmbedder;

/// A folder of this test's own that does not exist yet.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store-directory").join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

macro_rules! stamp {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                // Each time another value, as another process has it.
                let folder = scratch(stringify!($name));
                block_on(contract::$name(|| DirectoryStore::new(&folder)));
            }
        )*
    };
}

ibid::store_contract!(stamp);

fn open(folder: &Path) -> Collection<DirectoryStore, WordEmbedder> {
    let opened =
        Collection::open_with(DirectoryStore::new(folder), WordEmbedder::new(), CollectionOptions::default());
    block_on(opened).unwrap()
}

#[test]
fn a_collection_in_a_directory_comes_back_out_of_a_file() {
    let source = open(&scratch("source"));
    let texts =
        [("roof", "The roof of the house."), ("key", "A key for the door. 🏠"), ("rent", "Rent is due.")];
    for (id, text) in texts {
        let document = Document::new(id, "", MediaType::Plain, text);
        block_on(source.add(vec![document], &Unattended)).unwrap();
    }
    block_on(source.remove(&["rent".into()])).unwrap();
    let mut file = Vec::new();
    block_on(source.export(&mut file, &Unattended)).unwrap();
    let folder = scratch("target");
    block_on(open(&folder).import(&file[..], Existing::Refuse, &Unattended)).unwrap();
    let target = open(&folder);
    for query in ["roof", "key of a door", "rent"] {
        let hits = |collection: &Collection<DirectoryStore, WordEmbedder>| {
            let found = block_on(collection.search(query, &SearchOptions::default(), &Unattended)).unwrap();
            let hits = found.hits.into_iter();
            hits.map(|hit| (hit.document, hit.text, hit.score.to_bits())).collect::<Vec<_>>()
        };
        assert_eq!(hits(&target), hits(&source));
    }
}

#[test]
fn files_of_parts_that_were_deleted_are_deleted() {
    let folder = scratch("deleted");
    let store = DirectoryStore::new(&folder);
    let put = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Rc::new(vec![1; 9]))).collect();
    block_on(store.commit(Changes { put: put(&["a", "b"]), ..Changes::default() })).unwrap();
    let next =
        Changes { expected_generation: 1, put: put(&["b"]), delete: vec!["a".into()], ..Changes::default() };
    block_on(store.commit(next)).unwrap();
    let files = || fs::read_dir(folder.join("parts")).unwrap().count();
    assert_eq!(files(), 1);
    // What a killed commit left goes with the first commit of whoever opens it.
    fs::write(folder.join("parts/3-7"), "left behind").unwrap();
    let again = DirectoryStore::new(&folder);
    block_on(again.commit(Changes { expected_generation: 2, ..Changes::default() })).unwrap();
    assert_eq!(files(), 1);
}

#[test]
fn a_damaged_head_is_an_error_that_names_the_folder() {
    let folder = scratch("damaged");
    block_on(DirectoryStore::new(&folder).commit(Changes::default())).unwrap();
    let head = folder.join("head");
    let mut bytes = fs::read(&head).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&head, bytes).unwrap();
    let error = block_on(DirectoryStore::new(&folder).load()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
    assert!(error.message().contains("damaged"), "{error}");
}

const FOLDER: &str = "IBID_TEST_KILLED_COMMITS";
const PARTS: u64 = 6;

/// What the part number `part` holds in a generation.
fn content(generation: u64, part: u64) -> Vec<u8> {
    let length = 1 + (generation * 7919 + part * 104_729) % 60_000;
    vec![(generation + part) as u8; length as usize]
}

/// The manifest tells the generation; each commit writes half of the parts anew, and deletes and writes one more.
fn changes(generation: u64) -> Changes {
    let rewritten = (0..PARTS).filter(|part| part % 2 == generation % 2);
    let mut put: Vec<_> =
        rewritten.map(|part| (format!("part {part}"), Rc::new(content(generation, part)))).collect();
    put.push((format!("once {generation}"), Rc::new(content(generation, PARTS))));
    Changes {
        expected_generation: generation - 1,
        history: 1,
        manifest: generation.to_le_bytes().to_vec(),
        put,
        delete: vec![format!("once {}", generation - 1)],
    }
}

#[test]
#[ignore = "the process that another test kills"]
fn commit_until_killed() {
    let store = DirectoryStore::new(env::var(FOLDER).expect("the test that starts it says where"));
    loop {
        let generation = block_on(store.generation()).unwrap();
        block_on(store.commit(changes(generation + 1))).unwrap();
    }
}

#[test]
fn a_process_that_is_killed_at_any_moment_leaves_one_generation_whole() {
    let folder = scratch("killed");
    let mut last = 0;
    for round in 0..12 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "commit_until_killed"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Once it has begun; then after some time that differs from round to round.
        let store = DirectoryStore::new(&folder);
        while block_on(store.generation()).unwrap() <= last {
            assert!(child.try_wait().unwrap().is_none(), "the child has ended");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(round * 3701 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();

        let snapshot = block_on(DirectoryStore::new(&folder).load()).unwrap();
        let generation = snapshot.head.generation;
        assert!(generation > last);
        assert_eq!(snapshot.manifest, generation.to_le_bytes());
        let written = |part: u64| if part % 2 == generation % 2 { generation } else { generation - 1 };
        let mut expected: Vec<(String, Option<Vec<u8>>)> = (0..PARTS)
            .map(|part| {
                (format!("part {part}"), Some(content(written(part), part)).filter(|_| written(part) > 0))
            })
            .collect();
        expected.push((format!("once {generation}"), Some(content(generation, PARTS))));
        expected.push((format!("once {}", generation - 1), None));
        let names: Vec<String> = expected.iter().map(|(name, _)| name.clone()).collect();
        let read = block_on(store.read(snapshot.head, &names)).unwrap();
        assert!(read.into_iter().eq(expected.into_iter().map(|(_, bytes)| bytes)), "generation {generation}");
        last = generation;
    }
    // Whoever writes next tidies up.
    let store = DirectoryStore::new(&folder);
    block_on(store.commit(changes(last + 1))).unwrap();
    assert_eq!(fs::read_dir(folder.join("parts")).unwrap().count() as u64, PARTS + 1);
}
