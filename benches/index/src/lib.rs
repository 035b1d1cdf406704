//! The index of the core as the benchmarks drive it: without a store, a model or a worker in between. And stored
//! collections that no model had to embed. And tokenizers, and what the processor could do.

mod made;
mod peak;
mod tokenizing;

use std::collections::HashMap;
use std::sync::Arc;

use ibid::document::{Chunk, MediaType, Metadata, MetadataValue, Span, Utf16Index, utf16_len};
use ibid::filter::Filter;
use ibid::index::{
    DocumentRecord, GRAPH_ROWS, Graph, Index, Mode, Postings, QuantisedQuery, Ranked, SearchQuery, Segment,
    SegmentBuilder, VectorRun, Vectors,
};
use ibid::language::Language;
use roaring::RoaringBitmap;
use serde_json::json;
use wasm_bindgen::prelude::*;

/// The one segment.
const SEGMENT: u64 = 1;

/// The metadata field that filters ask for: the number of the document, beginning again after `NUMBERS` of them.
const FIELD: &str = "number";
const NUMBERS: u32 = 1000;

/// A scan of [`Vectors`].
type Scan = fn(&Vectors, &QuantisedQuery, Option<&RoaringBitmap>, usize) -> Vec<(u32, f32)>;

/// Collects the documents of an index and their vectors.
#[wasm_bindgen]
pub struct IndexBuilder {
    segment: SegmentBuilder,
    runs: Vec<VectorRun>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Chooses what products of vectors are computed by, as the package does; returns its name.
#[wasm_bindgen(js_name = chooseProducts)]
pub fn choose_products() -> String {
    ibid::index::choose_products(now);
    ibid::index::products().to_owned()
}

#[wasm_bindgen]
impl IndexBuilder {
    /// No documents.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)] // JavaScript calls the constructor
    pub fn new() -> Self {
        Self { segment: SegmentBuilder::default(), runs: Vec::new() }
    }

    /// Adds a document, with a row for each of its passages. A passage may be empty.
    pub fn push(&mut self, id: String, title: String, passages: Vec<String>) -> Result<(), JsError> {
        let text = passages.concat();
        let mut utf16 = Utf16Index::new(&text);
        let mut end = 0;
        let chunks = passages.iter().map(|passage| {
            let span = Span::new(end, end + passage.len());
            end += passage.len();
            Chunk { span, span_utf16: utf16.span(span), section: Vec::new(), tokens: 0, ..Chunk::default() }
        });
        let chunks: Vec<_> = chunks.collect();
        let number = MetadataValue::Number((self.segment.documents() as u32 % NUMBERS).into());
        let document = DocumentRecord {
            id,
            title,
            media_type: MediaType::Plain,
            metadata: Metadata::from([(FIELD.into(), number)]),
            language: Some(Language::English),
            content_hash: [0; 16],
            text_part: [0; 16],
            has_outline: false,
            is_estimated: false,
            text_bytes: text.len() as u64,
            text_utf16: utf16_len(&text) as u64,
        };
        Ok(self.segment.push(document, &chunks, &text)?)
    }

    /// Adds vectors, one after the other, of the rows that follow those of the last call.
    #[wasm_bindgen(js_name = pushVectors)]
    pub fn push_vectors(&mut self, vectors: &[f32], dimensions: usize) -> Result<(), JsError> {
        let first_row: usize = self.runs.iter().map(VectorRun::len).sum();
        let vectors: Vec<_> = vectors.chunks_exact(dimensions).collect();
        self.runs.push(VectorRun::quantise(first_row as u32, &vectors)?);
        Ok(())
    }

    /// The index of all rows.
    pub fn build(self) -> Result<SearchableIndex, JsError> {
        let mut index = Index::default();
        index.insert_segment(SEGMENT, self.segment.build(), [])?;
        for run in &self.runs {
            index.insert_vectors(SEGMENT, run)?;
        }
        Ok(SearchableIndex { index, eligible: HashMap::new() })
    }
}

/// An index of one segment.
#[wasm_bindgen]
pub struct SearchableIndex {
    index: Index,
    /// The rows that a scan may find, by the divisor of their documents' numbers.
    eligible: HashMap<u32, RoaringBitmap>,
}

#[wasm_bindgen]
impl SearchableIndex {
    /// The best `k` rows by meaning as a scan over all vectors finds them, of the documents whose number `every`
    /// divides. The set of these rows is made before the clock starts, by the first search for them.
    pub fn scan(&mut self, vector: &[f32], k: usize, every: u32) -> Vec<u32> {
        self.scan_by(Vectors::nearest, vector, k, every)
    }

    /// As [`SearchableIndex::scan`], without sketches.
    #[wasm_bindgen(js_name = scanExactly)]
    pub fn scan_exactly(&mut self, vector: &[f32], k: usize, every: u32) -> Vec<u32> {
        self.scan_by(Vectors::exact_nearest, vector, k, every)
    }

    fn scan_by(&mut self, nearest: Scan, vector: &[f32], k: usize, every: u32) -> Vec<u32> {
        if every > 1 && !self.eligible.contains_key(&every) {
            let rows = self.rows_of_multiples(every);
            self.eligible.insert(every, rows);
        }
        let query = QuantisedQuery::new(vector);
        let found = nearest(self.segment().vectors(), &query, self.eligible.get(&every), k);
        found.into_iter().map(|(row, _)| row).take(k).collect()
    }

    /// Whether a segment of this size gets a graph.
    #[wasm_bindgen(getter, js_name = wantsGraph)]
    pub fn wants_graph(&self) -> bool {
        self.segment().vectors().rows() >= GRAPH_ROWS
    }

    /// Links the vectors, as upkeep does where [`SearchableIndex::wants_graph`].
    pub fn link(&mut self) -> Result<(), JsError> {
        let graph = Graph::build(self.segment().vectors(), self.segment().live_rows())?;
        self.index.insert_graph(SEGMENT, Arc::new(graph));
        Ok(())
    }

    /// The best `k` rows by meaning that a walk along the links finds, whatever the planner thinks of it.
    pub fn walk(&self, vector: &[f32], k: usize) -> Vec<u32> {
        let found =
            self.segment().graph().and_then(|graph| graph.nearest(&QuantisedQuery::new(vector), None, k));
        found.unwrap_or_default().into_iter().map(|(row, _)| row).take(k).collect()
    }

    /// Bytes of the stored links; 0 without a graph.
    #[wasm_bindgen(js_name = graphBytes)]
    pub fn graph_bytes(&self) -> Result<usize, JsError> {
        Ok(self.segment().graph().map(Graph::encode).transpose()?.map_or(0, |bytes| bytes.len()))
    }

    fn rows_of_multiples(&self, every: u32) -> RoaringBitmap {
        let tables = self.segment().tables();
        let documents = (0..).zip(tables.documents()).filter(|(_, document)| is_multiple(document, every));
        documents.flat_map(|(number, _)| tables.rows_of(number)).collect()
    }

    /// The best `k` rows by meaning, of the documents whose number `every` divides; 1 divides all.
    #[wasm_bindgen(js_name = searchByMeaning)]
    pub fn search_by_meaning(&self, vector: &[f32], k: usize, every: u32) -> Result<Vec<u32>, JsError> {
        let filter = (every > 1).then(|| filter_of_multiples(every)).transpose()?;
        let mut query = SearchQuery::new("", Some(vector), k);
        query.mode = Mode::Dense;
        query.filter = filter.as_ref();
        self.rows(&query)
    }

    /// The best `k` rows by words.
    #[wasm_bindgen(js_name = searchByWords)]
    pub fn search_by_words(&self, text: &str, k: usize) -> Result<Vec<u32>, JsError> {
        let mut query = SearchQuery::new(text, None, k);
        query.mode = Mode::Lexical;
        self.rows(&query)
    }

    /// The best `k` rows by both.
    #[wasm_bindgen(js_name = searchByBoth)]
    pub fn search_by_both(&self, text: &str, vector: &[f32], k: usize) -> Result<Vec<u32>, JsError> {
        self.rows(&SearchQuery::new(text, Some(vector), k))
    }

    fn rows(&self, query: &SearchQuery<'_>) -> Result<Vec<u32>, JsError> {
        Ok(self.index.search(query)?.iter().map(|Ranked { row, .. }| row.row).collect())
    }

    /// Bytes of the stored tables and postings.
    #[wasm_bindgen(js_name = segmentBytes)]
    pub fn segment_bytes(&self) -> Result<usize, JsError> {
        let postings = self.segment().postings().map(Postings::encode).transpose()?.unwrap_or_default();
        Ok(self.segment().tables().encode()?.len() + postings.len())
    }

    /// Bytes of the stored vectors.
    #[wasm_bindgen(js_name = vectorBytes)]
    pub fn vector_bytes(&self) -> Result<usize, JsError> {
        let vectors = self.segment().vectors();
        let run = vectors.run(0..vectors.rows() as u32);
        Ok(run.map(|run| run.encode()).transpose()?.map_or(0, |bytes| bytes.len()))
    }

    fn segment(&self) -> &Segment {
        &self.index.segments()[0]
    }
}

/// The filter that users would write for the documents whose number `every` divides.
fn filter_of_multiples(every: u32) -> Result<Filter, JsError> {
    let multiples: Vec<u32> = (0..NUMBERS).step_by(every as usize).collect();
    Ok(Filter::parse(&json!({ FIELD: { "$in": multiples } }))?)
}

fn is_multiple(document: &DocumentRecord, every: u32) -> bool {
    match document.metadata.get(FIELD) {
        Some(MetadataValue::Number(number)) => number % f64::from(every) == 0.0,
        _ => false,
    }
}
