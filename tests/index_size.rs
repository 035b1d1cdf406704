//! What the lexical index takes at rest.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use ibid::document::{Chunk, MediaType, Metadata, Span};
use ibid::index::{DocumentRecord, SegmentBuilder};
use ibid::language::Language;

/// Prints the bytes of a segment for each chunk of the BEIR collection in the folder `IBID_COLLECTION`, one chunk a
/// document: `IBID_COLLECTION=... cargo test --test index_size -- --ignored --nocapture`.
#[test]
#[ignore = "needs a collection"]
fn bytes_of_a_segment_for_each_chunk() {
    let folder = PathBuf::from(std::env::var_os("IBID_COLLECTION").expect("IBID_COLLECTION names a folder"));
    let corpus = BufReader::new(File::open(folder.join("corpus.jsonl")).unwrap());
    let mut builder = SegmentBuilder::default();
    let mut without_words = SegmentBuilder::default();
    let mut text_bytes = 0;
    for line in corpus.lines() {
        let document: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let field = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let text = field("text");
        let record = DocumentRecord {
            id: field("_id"),
            title: field("title"),
            media_type: MediaType::Plain,
            metadata: Metadata::new(),
            language: Some(Language::English),
            content_hash: [0; 16],
            text_part: [0; 16],
            has_outline: false,
            is_estimated: false,
            text_bytes: text.len() as u64,
            text_utf16: text.encode_utf16().count() as u64,
        };
        let span_utf16 = Span::new(0, record.text_utf16 as usize);
        let chunk = |span, span_utf16| Chunk {
            span,
            span_utf16,
            section: Vec::new(),
            tokens: 200,
            ..Chunk::default()
        };
        let whole = chunk(Span::new(0, text.len()), span_utf16);
        text_bytes += text.len();
        builder.push(record.clone(), &[whole], &text).unwrap();
        let untitled = DocumentRecord { title: String::new(), ..record };
        without_words.push(untitled, &[chunk(Span::new(0, 0), Span::new(0, 0))], &text).unwrap();
    }
    let rows = builder.rows();
    let bytes = |builder: SegmentBuilder| {
        let segment = builder.build();
        let values = [segment.tables().encode(), segment.postings().unwrap().encode()];
        values.map(|value| value.unwrap().len()).into_iter().sum::<usize>() as f64 / rows as f64
    };
    let (all, tables) = (bytes(builder), bytes(without_words));
    println!(
        "{rows} chunks of {} bytes: {all:.1} bytes each, {tables:.1} of them without words and titles",
        text_bytes / rows
    );
}
