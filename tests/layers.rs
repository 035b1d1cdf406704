//! The house rules of ARCHITECTURE.md: imports run downward only, and some crates may be named in some rooms only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each top-level module, and of those submodules that stand higher than their parent.
const LAYERS: &[(&str, u8)] = &[
    ("bit_set", 0),
    ("calendar", 0),
    ("error", 0),
    ("hex", 0),
    ("document", 0),
    ("language", 0),
    ("order", 0),
    ("recent", 0),
    ("task", 0),
    ("race", 0),
    ("model", 1),
    ("model/estimate", 1),
    ("store", 1),
    ("extract", 2),
    ("chunk", 2),
    ("filter", 2),
    ("index", 2),
    ("seal", 2),
    ("select", 2),
    ("evidence", 2),
    ("sentences", 2),
    ("prompt", 2),
    ("cite", 2),
    ("evaluate", 2),
    ("trail", 2),
    ("codec", 2),
    ("transfer", 2),
    ("generation", 3),
    ("collection", 4),
    ("encoder", 5),
    ("store/memory", 5),
    ("store/contract", 5),
    ("store/directory", 5),
    ("store/placed", 5),
    ("store/queue", 5),
    ("store/counting", 5),
    ("store/sealed", 3),
    ("store/indexeddb", 5),
    ("wasm", 6),
    ("bin/ibid", 6),
    // Stand-ins for a model, in tests only.
    ("testing", 5),
];

/// Where a third-party crate may be named; a prefix of the path below `src`.
const ROOMS: &[(&str, &[&str])] = &[
    ("wasm_bindgen", &["wasm", "store/indexeddb", "seal/web_crypto"]),
    ("wasm_bindgen_futures", &["wasm", "store/indexeddb"]),
    ("js_sys", &["wasm", "store/indexeddb", "seal/web_crypto"]),
    ("web_sys", &["wasm", "store/indexeddb"]),
    ("aes_gcm", &["seal/native"]),
    ("getrandom", &["seal/native"]),
    ("argon2", &["seal/kdf"]),
    ("hkdf", &["seal/keys"]),
    ("hmac", &["seal/keys"]),
    ("serde_wasm_bindgen", &["wasm"]),
    ("tsify", &["wasm"]),
    ("candle_core", &["encoder/bert/reference", "encoder/distil"]),
    // In tests only: the oracle.
    ("tokenizers", &["encoder/tokenizer"]),
    ("roaring", &["bit_set", "index", "filter", "generation", "collection"]),
    ("rust_stemmers", &["index", "language"]),
    ("instant_distance", &["index/graph"]),
    ("rayon", &["index/graph"]),
    ("pulldown_cmark", &["extract/markdown"]),
    ("html5gum", &["extract/formats/html"]),
    ("quick_xml", &["extract/formats/xml"]),
    ("miniz_oxide", &["extract/formats/archive"]),
    ("encoding_rs", &["extract/decode"]),
    ("clap", &["bin/ibid"]),
    ("indicatif", &["bin/ibid"]),
];

struct Source {
    /// The path below `src` without the extension, `/`-separated; `mod` and `main` files carry their folder's name.
    module: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&root).unwrap().with_extension("");
            let module = relative.to_string_lossy().replace('\\', "/");
            let code = without_comments(&fs::read_to_string(&path).unwrap());
            Source { module: module.trim_end_matches("/main").to_owned(), code }
        })
        .filter(|source| source.module != "lib" && !source.module.ends_with("/tests"))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Drops line comments and the unit tests at the end of a file, which may use anything.
fn without_comments(code: &str) -> String {
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The most specific entry of [`LAYERS`] for a module path.
fn layer(module: &str) -> Option<(&'static str, u8)> {
    LAYERS
        .iter()
        .filter(|(name, _)| module == *name || module.starts_with(&format!("{name}/")))
        .max_by_key(|(name, _)| name.len())
        .copied()
}

/// The module paths that `code` names after `crate::` (or `ibid::` in the command line), with one level of braces.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, prefix) in ["crate::", "ibid::"].iter().flat_map(|prefix| code.match_indices(prefix)) {
        let rest = &code[at + prefix.len()..];
        let path: String =
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let path = path.trim_end_matches(':').replace("::", "/");
        if let Some(group) =
            rest.get(path.replace('/', "::").len()..).and_then(|tail| tail.strip_prefix("::{"))
        {
            let inner = group.split('}').next().unwrap_or_default();
            found.extend(inner.split(',').map(|item| {
                let first = item.trim().split("::").collect::<Vec<_>>().join("/");
                if path.is_empty() { first } else { format!("{path}/{first}") }
            }));
        }
        found.insert(path);
    }
    found.retain(|path| !path.is_empty());
    found
}

#[test]
fn every_module_has_a_layer() {
    let unknown: Vec<_> =
        sources().into_iter().map(|s| s.module).filter(|module| layer(module).is_none()).collect();
    assert!(unknown.is_empty(), "name the layer of {unknown:?} in tests/layers.rs and ARCHITECTURE.md");
}

#[test]
fn imports_run_downward() {
    let mut upward = Vec::new();
    for source in sources() {
        let (own, rank) = layer(&source.module).expect("every module has a layer");
        for import in imports(&source.code) {
            if let Some((target, target_rank)) = layer(&import)
                && target_rank > rank
                && !own.starts_with(target)
            {
                upward
                    .push(format!("{} (layer {rank}) imports {target} (layer {target_rank})", source.module));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn modules_of_one_layer_do_not_import_each_other_in_circles() {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources() {
        let (own, _) = layer(&source.module).expect("every module has a layer");
        let targets =
            imports(&source.code).into_iter().filter_map(|import| layer(&import)).map(|(target, _)| target);
        edges.entry(own).or_default().extend(targets.filter(|target| *target != own));
    }
    for start in edges.keys() {
        let mut open: Vec<&str> = edges[start].iter().copied().collect();
        let mut seen = BTreeSet::new();
        while let Some(module) = open.pop() {
            assert_ne!(module, *start, "{start} imports itself through others: {:?}", edges[start]);
            if seen.insert(module) {
                open.extend(edges.get(module).into_iter().flatten());
            }
        }
    }
}

#[test]
fn third_party_crates_stay_in_their_rooms() {
    let mut strays = Vec::new();
    for source in sources() {
        for (name, rooms) in ROOMS {
            let named = source.code.match_indices(&format!("{name}::")).any(|(at, _)| {
                !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if named && !rooms.iter().any(|room| source.module.starts_with(room)) {
                strays.push(format!("{} names {name}, which belongs in {rooms:?}", source.module));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let strays: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.code.contains("unsafe ") && !source.module.starts_with("encoder/kernels/"))
        .map(|source| source.module)
        .collect();
    assert!(strays.is_empty(), "unsafe code in {strays:?}");
}
