//! Files of collections: any is refused with a typed error that changes nothing, or imported whole.

use std::rc::Rc;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use ibid::collection::{Account, Collection, CollectionOptions, Existing, SearchOptions};
use ibid::document::{Document, MediaType};
use ibid::error::ErrorKind;
use ibid::store::memory::MemoryStore;
use ibid::task::Unattended;
use ibid::transfer::{Reader, Writer};
use pollster::block_on;

use super::edit;
use super::segment::word_embedder::WordEmbedder;

type Opened = Collection<Rc<MemoryStore>, WordEmbedder>;

fn open(store: &Rc<MemoryStore>) -> Opened {
    block_on(Collection::open_with(store.clone(), WordEmbedder::new(), CollectionOptions::default())).unwrap()
}

/// Two documents, one of them with an outline of its own, a removed one, and a record of the trail.
fn sound() -> &'static [(String, Vec<u8>)] {
    static SOUND: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let collection = open(&Rc::default());
        let texts = [
            ("roof", "The roof."),
            ("gone", "A wall."),
            ("door", "A door\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nand a key"),
        ];
        for (id, text) in texts {
            let document = Document::new(id, "", MediaType::Markdown, text);
            block_on(collection.add(vec![document], &Unattended)).unwrap();
        }
        block_on(collection.remove(&["gone".into()])).unwrap();
        let (time, question) = ("2026-11-27T09:00:00.000Z".into(), "where?".into());
        let account = Account { time, question, retrieval: None, details: Default::default() };
        block_on(collection.record(account)).unwrap();
        let mut file = Vec::new();
        block_on(collection.export(&mut file, &Unattended)).unwrap();
        records(&file)
    })
}

fn records(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    block_on(async {
        let mut reader = Reader::open(file).await.unwrap();
        let mut records = Vec::new();
        while let Some(record) = reader.next().await.unwrap() {
            records.push((record.name, record.content));
        }
        records
    })
}

/// Imports the file that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let file = match input.int_in_range(0..=3u8) {
        // Any bytes, or a sound file after some changes.
        Ok(0) => input.bytes(input.len()).map(<[u8]>::to_vec),
        Ok(1) => changed_file(&mut input),
        // Sound records after some changes, under right checksums.
        Ok(_) => changed_records(&mut input),
        Err(error) => Err(error),
    };
    if let Ok(file) = file {
        import(&file);
    }
}

fn changed_file(input: &mut Unstructured) -> Result<Vec<u8>> {
    let mut file = write(sound());
    for _ in 0..input.int_in_range(0..=3)? {
        edit::bytes(input, &mut file)?;
    }
    Ok(file)
}

fn changed_records(input: &mut Unstructured) -> Result<Vec<u8>> {
    let mut records = sound().to_vec();
    for _ in 0..input.int_in_range(0..=4)? {
        let at = input.choose_index(records.len())?;
        match input.int_in_range(0..=5u8)? {
            0 if records.len() > 1 => _ = records.remove(at),
            1 => {
                let other = input.choose_index(records.len())?;
                records.swap(at, other);
            }
            2 => records.insert(at, records[at].clone()),
            _ => {
                let content = &mut records[at].1;
                // Behind the header of a stored value, whose checksum is made right again.
                let mut payload = content.get(26..).unwrap_or_default().to_vec();
                edit::bytes(input, &mut payload)?;
                if content.len() >= 26 {
                    *content = super::segment::sealed(content, &payload);
                }
            }
        }
    }
    Ok(write(&records))
}

fn write(records: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(async {
        let mut writer = Writer::begin(&mut file, records.len() as u64).await.unwrap();
        for (name, content) in records {
            writer.push(name, content).await.unwrap();
        }
        writer.finish().await.unwrap();
    });
    file
}

fn import(file: &[u8]) {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let kept = Document::new("kept", "", MediaType::Plain, "A lease that is kept.");
    block_on(collection.add(vec![kept], &Unattended)).unwrap();
    let names = store.names();
    for existing in [Existing::Merge, Existing::Replace] {
        match block_on(collection.import(file, existing, &Unattended)) {
            Err(error) => {
                use ErrorKind::{FileCorrupt, FileForeign, FileTooNew, FileTruncated, Locked, ModelMismatch};
                let is_typed = matches!(
                    error.kind(),
                    FileCorrupt | FileForeign | FileTooNew | FileTruncated | Locked | ModelMismatch
                );
                assert!(is_typed, "{error}");
                if existing == Existing::Merge {
                    assert_eq!(store.names(), names);
                }
            }
            Ok(_) => {
                // Damage inside of sound values is found when they are read, as in any store.
                let options = SearchOptions::default();
                _ = block_on(collection.search("roof and door", &options, &Unattended));
                _ = block_on(collection.check(&Unattended));
                _ = block_on(collection.check_trail(&Unattended));
            }
        }
        assert!(store.names().iter().all(|name| !name.starts_with("staged")), "{:?}", store.names());
    }
}
