//! What is read back otherwise than it was written.

use super::*;

#[test]
fn a_part_that_is_swapped_for_another_sound_one_is_corrupt() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", LEASE);
    let pairs = [
        ["tables/1".to_owned(), "tables/4".to_owned()],
        ["postings/2".to_owned(), "postings/5".to_owned()],
        ["vectors/3".to_owned(), "vectors/6".to_owned()],
        [text_of(&collection, "lease"), text_of(&collection, "policy")],
    ];
    for pair in pairs {
        let parts = block_on(read(&store, &pair)).unwrap();
        let [first, second] = parts.try_into().unwrap();
        overwrite(&store, &pair[0], second.clone());
        overwrite(&store, &pair[1], first.clone());
        match block_on(open(&store).check(&Unattended)) {
            Ok(damaged) => {
                let ids: Vec<_> = damaged.iter().map(|document| document.id.as_str()).collect();
                assert_eq!(ids, ["lease", "policy"], "{pair:?}: {damaged:?}");
            }
            Err(error) => assert_eq!((error.kind(), pair[0].as_str()), (ErrorKind::StoreCorrupt, "tables/1")),
        }
        overwrite(&store, &pair[0], first);
        overwrite(&store, &pair[1], second);
    }
    assert_eq!(block_on(open(&store).check(&Unattended)).unwrap(), []);
}

#[test]
fn a_damaged_text_fails_the_hits_that_need_it_and_no_others() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let name = text_of(&collection, "lease");
    let original = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
    let mut flipped = original.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [Some(flipped), Some(original[..original.len() / 2].to_vec()), Some(Vec::new()), None] {
        overwrite(&store, &name, damaged);
        let reader = open(&store);
        let error = block_on(reader.get("lease")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
        assert!(error.message().contains("\"lease\""), "{error}");
        let found =
            block_on(reader.search("the roof or storm damage", &Default::default(), &Unattended)).unwrap();
        assert!(!found.hits.is_empty() && found.hits.iter().all(|hit| hit.document == "policy"));
        assert!(!found.damaged.is_empty() && found.damaged.iter().all(|hit| hit.document == "lease"));
        let listed = block_on(reader.check(&Unattended)).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].id.as_str(), listed[0].kind), ("lease", DamageKind::Text));
    }
    // Adding the same document again mends it, once its damage was met.
    let reader = open(&store);
    assert!(block_on(reader.get("lease")).is_err());
    assert!(!add(&reader, "lease", LEASE).unchanged);
    for reader in [&reader, &open(&store)] {
        assert_eq!(block_on(reader.get("lease")).unwrap().unwrap().text, LEASE);
        assert_eq!(block_on(reader.check(&Unattended)).unwrap(), []);
    }
    assert!(add(&reader, "lease", LEASE).unchanged);
}

#[test]
fn damaged_tables_are_a_typed_error_and_missing_ones_too() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let name = "tables/1".to_owned();
    let original = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
    for damaged in [Some(original[..original.len() / 2].to_vec()), None] {
        overwrite(&store, &name, damaged);
        assert_eq!(block_on(open(&store).list()).unwrap_err().kind(), ErrorKind::StoreCorrupt);
    }
}

#[test]
fn damaged_words_vectors_and_graphs_are_made_again() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let before = search(&collection, "storm damage to the roof", Mode::Hybrid);
    for name in ["postings/2", "vectors/3"].map(str::to_owned) {
        let mut part = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
        *part.last_mut().unwrap() ^= 1;
        overwrite(&store, &name, Some(part));
        let reader = open(&store);
        // The others are found, and of the damaged document what is not damaged.
        assert!(!search(&reader, "storm damage to the roof", Mode::Hybrid).is_empty());
        assert_eq!(block_on(reader.check(&Unattended)).unwrap().len(), 1);
        block_on(reader.maintain(&LocalGraphs, &Unattended)).unwrap();
        block_on(reader.embed_backlog(&Unattended)).unwrap();
        for reader in [&reader, &open(&store)] {
            assert_eq!(search(reader, "storm damage to the roof", Mode::Hybrid), before);
            assert_eq!(block_on(reader.check(&Unattended)).unwrap(), []);
        }
    }
}
