//! `WasmCollection`: the core's collection over IndexedDB and a BERT encoder, method by method.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::counter::JsCounter;
use super::decode;
use super::embedder::{JsPool, PoolWorkers};
use super::encode::{error_to_js, to_js};
use super::graphs::JsGraphBuilder;
use super::model::JsModelFiles;
use super::scorer::JsScorer;
use super::task::JsTask;
use super::transfer::{JsFileSink, JsFileSource};
use super::types::{
    self, AddOptions, AddOutcome, AnswerOptions, CollectionInfo, CoreEvent, DamagedDocument, DocumentSummary,
    EmbedRole, Embedding, EvaluateOptions, ExtractiveAnswer, Found, ImportOptions, ImportReport, OpenOptions,
    Prompt, PromptOptions, QuestionFile, RerankOptions, SearchOptions, SearchResult, SourcePlace,
    StoredDocument, SuggestOptions, Suggestions, TextRange, Verification, VerifySources,
};
use crate::collection::{self, Account, Collection, PromptRequest, Rerank, RetrievedPrompt};
use crate::encoder::bert::BertEmbedder;
use crate::error::{Error, Result};
use crate::evaluate::Questions;
use crate::model::Embedder;
use crate::model::pooled::PooledEmbedder;
use crate::seal::web_crypto::WebCrypto;
use crate::store::Store;
use crate::store::indexeddb::IndexedDbStore;
use crate::store::placed::PlacedStore;
use crate::store::sealed::SealedStore;
use crate::task::Task;
use crate::transfer::sealed::{OpeningSource, SealingSink};

/// How many embedding workers `options` ask for on a machine of so many cores (0 where that is not known).
#[wasm_bindgen(js_name = workerLimit)]
pub fn worker_limit(
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
    cores: u32,
) -> Result<u32, JsValue> {
    let decoded = decode::options::<OpenOptions>("options", options);
    let limit = decoded.and_then(|options| options.worker_limit(cores as usize));
    limit.map(|limit| limit as u32).map_err(|error| error_to_js(&error))
}

/// Deletes the collection `name` without opening it.
#[wasm_bindgen(js_name = deleteCollection)]
pub async fn delete_collection(
    #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
) -> Result<(), JsValue> {
    let delete = async || IndexedDbStore::new(&decode::collection_name(&name)?).destroy().await;
    delete().await.map_err(|error| error_to_js(&error))
}

/// An open collection.
#[wasm_bindgen]
pub struct WasmCollection {
    inner: Collection<
        SealedStore<PlacedStore<IndexedDbStore>, WebCrypto>,
        PooledEmbedder<BertEmbedder, PoolWorkers>,
    >,
    is_memory: bool,
    pool: RefCell<Option<JsPool>>,
}

/// Encodes what a call of the core returned.
fn reply<T, U: From<T> + serde::Serialize>(result: Result<T>) -> Result<JsValue, JsValue> {
    match result {
        Ok(value) => to_js(&U::from(value)),
        Err(error) => Err(error_to_js(&error)),
    }
}

/// Encodes a list that a call of the core returned.
fn reply_list<T, U: From<T> + serde::Serialize>(result: Result<Vec<T>>) -> Result<JsValue, JsValue> {
    match result {
        Ok(values) => to_js(&values.into_iter().map(U::from).collect::<Vec<_>>()),
        Err(error) => Err(error_to_js(&error)),
    }
}

/// The second stage that options ask for.
fn rerank<'s>(options: &JsValue, scorer: Option<&'s JsScorer>) -> Result<Option<Rerank<'s, JsScorer>>> {
    let rerank = decode::property(options, "rerank");
    match scorer {
        Some(scorer) if !rerank.is_undefined() => {
            let options = decode::options::<RerankOptions>("options.rerank", rerank)?;
            Ok(Some(Rerank { stage: options.into_core(), scorer }))
        }
        _ => Ok(None),
    }
}

/// How to search, as options say.
fn search_options(options: JsValue) -> Result<collection::SearchOptions> {
    let filter = decode::filter(&options)?;
    let options = decode::options::<SearchOptions>("options", options)?.into_core()?;
    Ok(collection::SearchOptions { filter, ..options })
}

#[wasm_bindgen]
impl WasmCollection {
    /// Opens the collection `name`, or creates it, encrypted if there is a secret. Its model comes later.
    #[wasm_bindgen(unchecked_return_type = "WasmCollection")]
    pub async fn open(
        #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
        #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
        #[wasm_bindgen(unchecked_param_type = "(event: CoreEvent) => void")] watcher: Function,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret | undefined")] secret: JsValue,
    ) -> Result<WasmCollection, JsValue> {
        let open = async || {
            let name = decode::collection_name(&name)?;
            let options = decode::options::<OpenOptions>("options", options)?;
            let secret = decode::optional_secret("options", &secret)?;
            let placed = PlacedStore::new(IndexedDbStore::new(&name), options.storage.into()).await;
            let is_memory = placed.is_memory();
            let store = SealedStore::new(placed, WebCrypto, secret);
            Ok((Collection::open(store, options.into_core()).await?, is_memory))
        };
        let (inner, is_memory) = open().await.map_err(|error| error_to_js(&error))?;
        inner.watch(move |event| {
            if let Ok(event) = to_js(&CoreEvent::from(event)) {
                let _ = watcher.call1(&JsValue::UNDEFINED, &event); // it only posts a message
            }
        });
        Ok(Self { inner, is_memory, pool: RefCell::default() })
    }

    /// Whether it is in memory, and gone when it is closed.
    #[wasm_bindgen(getter, js_name = isMemory)]
    pub fn is_memory(&self) -> bool {
        self.is_memory
    }

    /// The number of the last commit when it was opened; 0 for a collection that was new then.
    #[wasm_bindgen(getter, js_name = openedAt)]
    pub fn opened_at(&self) -> f64 {
        self.inner.opened_at() as f64
    }

    /// The fingerprint of the model that made the stored vectors, if there are any.
    #[wasm_bindgen(unchecked_return_type = "string | undefined")]
    pub async fn fingerprint(&self) -> Result<JsValue, JsValue> {
        let fingerprint = self.inner.fingerprint().await.map_err(|error| error_to_js(&error))?;
        Ok(fingerprint.map_or(JsValue::UNDEFINED, |fingerprint| fingerprint.into()))
    }

    /// Says how far the loading of the model is, in bytes, or that it has begun again.
    #[wasm_bindgen(js_name = modelLoading)]
    pub fn model_loading(&self, done: f64, total: f64) {
        self.inner.model_loading(done as u64, total as u64);
    }

    /// Resolves when no call is under way that somebody waits for.
    pub async fn idle(&self, task: JsTask) {
        self.inner.idle(&task).await;
    }

    /// Takes the model, and the workers that embed with it; returns the model's fingerprint. Loading it holds up everything
    /// else for a while.
    #[wasm_bindgen(js_name = setModel)]
    pub fn set_model(&self, files: JsModelFiles, pool: JsPool) -> Result<String, JsValue> {
        let set = || {
            let local = files.load()?;
            let fingerprint = local.info().fingerprint.clone();
            let workers = PoolWorkers::new(pool.clone(), local.info().dimensions);
            self.inner.set_model(PooledEmbedder::new(local, workers))?;
            Ok(fingerprint)
        };
        let fingerprint = set().map_err(|error| error_to_js(&error))?;
        self.pool.replace(Some(pool));
        Ok(fingerprint)
    }

    /// Says that the model cannot be loaded, and why.
    #[wasm_bindgen(js_name = modelFailed)]
    pub fn model_failed(&self, #[wasm_bindgen(unchecked_param_type = "ErrorInfo")] error: JsValue) {
        self.inner.model_failed(decode::thrown_error(&error));
    }

    /// Says that nobody has asked for the model yet.
    #[wasm_bindgen(js_name = modelDeferred)]
    pub fn model_deferred(&self) {
        self.inner.model_deferred();
    }

    /// Adds documents, or replaces those of the same ids; resolves when they are found by their words.
    #[wasm_bindgen(unchecked_return_type = "AddOutcome[]")]
    pub async fn add(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DocumentInput[]")] documents: JsValue,
        #[wasm_bindgen(unchecked_param_type = "AddOptions | undefined")] options: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let add = async || {
            let options = decode::options::<AddOptions>("options", options)?;
            if options.atomic.unwrap_or(false) {
                let documents = decode::array("documents", &documents, decode::document)?;
                let added = self.inner.add_text(documents, &task).await?;
                return Ok(added.into_iter().map(Ok).collect());
            }
            let each = |argument: &str, value: &JsValue| Ok(decode::document(argument, value));
            self.inner.add_each(decode::array("documents", &documents, each)?, &task).await
        };
        reply_list::<_, AddOutcome>(add().await)
    }

    /// Waits until documents are embedded, as far as there is a model for it; returns how many of their chunks have no
    /// vector then.
    #[wasm_bindgen(js_name = embedDocuments, unchecked_return_type = "number")]
    pub async fn embed_documents(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] ids: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let embed = async || {
            let ids = decode::array("ids", &ids, decode::id)?;
            self.inner.embed_documents(ids.clone(), &task).await?;
            self.inner.backlog_of(&ids).await
        };
        reply::<_, usize>(embed().await)
    }

    /// How many documents a filter accepts.
    #[wasm_bindgen(unchecked_return_type = "number")]
    pub async fn count(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Record<string, unknown>")] filter: JsValue,
    ) -> Result<JsValue, JsValue> {
        let count = async || self.inner.count(&decode::whole_filter(&filter)?).await;
        reply::<_, usize>(count().await)
    }

    /// Removes the documents that a filter accepts; returns how many there were.
    #[wasm_bindgen(js_name = removeWhere, unchecked_return_type = "number")]
    pub async fn remove_where(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Record<string, unknown>")] filter: JsValue,
    ) -> Result<JsValue, JsValue> {
        let remove = async || self.inner.remove_where(&decode::whole_filter(&filter)?).await;
        reply::<_, usize>(remove().await)
    }

    /// Removes documents by id; returns how many there were.
    #[wasm_bindgen(unchecked_return_type = "number")]
    pub async fn remove(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] ids: JsValue,
    ) -> Result<JsValue, JsValue> {
        let remove = async || self.inner.remove(&decode::array("ids", &ids, decode::id)?).await;
        reply::<_, usize>(remove().await)
    }

    /// A document with its text, or a range of it.
    #[wasm_bindgen(unchecked_return_type = "StoredDocument | undefined")]
    pub async fn get(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] id: JsValue,
        #[wasm_bindgen(unchecked_param_type = "TextRange | undefined")] range: JsValue,
    ) -> Result<JsValue, JsValue> {
        let get = async || {
            let id = decode::id("id", &id)?;
            if range.is_undefined() {
                return self.inner.get(&id).await;
            }
            let range: TextRange = decode::from_js("range", range)?;
            self.inner.get_range(&id, range.into()).await
        };
        match get().await.transpose() {
            Some(document) => reply::<_, StoredDocument>(document),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Where a range of a document's text stands in the original; `undefined` where the id is unknown.
    #[wasm_bindgen(unchecked_return_type = "SourcePlace[] | undefined")]
    pub async fn locate(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] id: JsValue,
        #[wasm_bindgen(unchecked_param_type = "TextRange")] range: JsValue,
    ) -> Result<JsValue, JsValue> {
        let locate = async || {
            let range: TextRange = decode::from_js("range", range.clone())?;
            self.inner.locate(&decode::id("id", &id)?, range.into()).await
        };
        match locate().await.transpose() {
            Some(places) => reply_list::<_, SourcePlace>(places),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// All documents, ordered by id.
    #[wasm_bindgen(unchecked_return_type = "DocumentSummary[]")]
    pub async fn list(&self) -> Result<JsValue, JsValue> {
        reply_list::<_, DocumentSummary>(self.inner.list().await)
    }

    /// Counts, backlog, model, build and workers.
    #[wasm_bindgen(unchecked_return_type = "CollectionInfo")]
    pub async fn info(&self) -> Result<JsValue, JsValue> {
        let workers = self.pool.borrow().as_ref().map(JsPool::info).unwrap_or_default();
        let info = async || {
            let (info, keys) = (self.inner.info().await?, self.inner.keys().await?);
            Ok(CollectionInfo::new(info, workers, keys))
        };
        reply::<_, CollectionInfo>(info().await)
    }

    /// Lets another secret open the collection in the place of the one that it was opened with.
    #[wasm_bindgen(js_name = changeKey)]
    pub async fn change_key(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret")] to: JsValue,
    ) -> Result<(), JsValue> {
        let change = async || self.inner.change_key(decode::secret("to", &to)?).await;
        change().await.map_err(|error| error_to_js(&error))
    }

    /// Lets one more secret open the collection; returns its id.
    #[wasm_bindgen(js_name = addKey)]
    pub async fn add_key(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret")] secret: JsValue,
    ) -> Result<u32, JsValue> {
        let add = async || self.inner.add_key(decode::secret("secret", &secret)?).await;
        add().await.map_err(|error| error_to_js(&error))
    }

    /// Lets the secret of an id no longer open the collection.
    #[wasm_bindgen(js_name = removeKey)]
    pub async fn remove_key(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] id: JsValue,
    ) -> Result<(), JsValue> {
        let remove = async || self.inner.remove_key(decode::from_js("id", id)?).await;
        remove().await.map_err(|error| error_to_js(&error))
    }

    /// Encrypts a plain collection.
    pub async fn encrypt(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret")] secret: JsValue,
        task: JsTask,
    ) -> Result<(), JsValue> {
        let encrypt = async || self.inner.encrypt(decode::secret("secret", &secret)?, &task).await;
        encrypt().await.map_err(|error| error_to_js(&error))
    }

    /// Makes an encrypted collection plain.
    pub async fn decrypt(&self, task: JsTask) -> Result<(), JsValue> {
        self.inner.decrypt(&task).await.map_err(|error| error_to_js(&error))
    }

    /// Finds the chunks that answer a query best; `scorer` is the second stage where the options ask for one.
    #[wasm_bindgen(unchecked_return_type = "SearchResult")]
    pub async fn search(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let search = async || {
            let query = decode::string("query", &query)?;
            let rerank = rerank(&options, scorer.as_ref())?;
            let options = search_options(options)?;
            SearchResult::from_core(self.inner.search_with(&query, &options, rerank.as_ref(), &task).await?)
        };
        reply::<_, SearchResult>(search().await)
    }

    /// Finds the chunks that answer each of some queries best, all in one generation.
    #[wasm_bindgen(js_name = searchMany, unchecked_return_type = "SearchResult[]")]
    pub async fn search_many(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] queries: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let search = async || {
            let queries = decode::array("queries", &queries, decode::string)?;
            let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
            let rerank = rerank(&options, scorer.as_ref())?;
            let options = search_options(options)?;
            let found = self.inner.search_many(&queries, &options, rerank.as_ref(), &task).await?;
            found.into_iter().map(SearchResult::from_core).collect::<Result<Vec<_>, Error>>()
        };
        reply_list::<_, SearchResult>(search().await)
    }

    /// Completes and corrects a text while somebody types it.
    #[wasm_bindgen(unchecked_return_type = "Suggestions")]
    pub async fn suggest(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] text: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SuggestOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let suggest = async || {
            let text = decode::string("text", &text)?;
            let options = decode::options::<SuggestOptions>("options", options)?;
            self.inner.suggest(&text, options.limit.unwrap_or(collection::SUGGESTIONS)).await
        };
        reply::<_, Suggestions>(suggest().await)
    }

    /// Builds a cited prompt from what a search with the same options finds; `counter` counts its tokens, if there is one.
    #[wasm_bindgen(unchecked_return_type = "Prompt")]
    pub async fn prompt(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] query: JsValue,
        #[wasm_bindgen(unchecked_param_type = "PromptOptions & SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        counter: Option<JsCounter>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let build = async || {
            let query = decode::string("query", &query)?;
            let rerank = rerank(&options, scorer.as_ref())?;
            let filter = decode::filter(&options)?;
            let template = decode::template(&options)?;
            let (search, prompt) =
                decode::options_of_two::<SearchOptions, PromptOptions>("options", options)?;
            let search = collection::SearchOptions { filter, ..search.into_core()? };
            let request = PromptRequest { search, prompt: prompt.into_core(template) };
            let prompting =
                self.inner.prompt_counted(&query, &request, rerank.as_ref(), counter.as_ref(), &task);
            let RetrievedPrompt { prompt, retrieval } = prompting.await?;
            let is_truncated = retrieval.query_truncated;
            Prompt::from_core(query, prompt, is_truncated, Some(types::retrieval(retrieval)?))
        };
        reply::<_, Prompt>(build().await)
    }

    /// Builds a cited prompt from passages that are there already.
    #[wasm_bindgen(js_name = promptOf, unchecked_return_type = "Prompt")]
    pub async fn prompt_of(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SearchResult")] result: JsValue,
        #[wasm_bindgen(unchecked_param_type = "PromptOptions | undefined")] options: JsValue,
        counter: Option<JsCounter>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let build = async || {
            let Found { query: question, hits, retrieval, trace } = decode::from_js("result", result)?;
            let template = decode::template(&options)?;
            let options = decode::options::<PromptOptions>("options", options)?.into_core(template);
            let building = self.inner.prompt_of_counted(&question, hits, &options, counter.as_ref());
            let prompt = task.unless_aborted(building).await??;
            let retrieval = retrieval.map(|retrieval| types::with_trace(retrieval, trace));
            let truncated = retrieval.as_ref().and_then(|it| it.get("queryTruncated")?.as_bool());
            Prompt::from_core(question, prompt, truncated.unwrap_or(false), retrieval)
        };
        reply::<_, Prompt>(build().await)
    }

    /// Answers by the sentences that answer, or abstains.
    #[wasm_bindgen(unchecked_return_type = "ExtractiveAnswer")]
    pub async fn answer(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] question: JsValue,
        #[wasm_bindgen(unchecked_param_type = "AnswerOptions & SearchOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let answer = async || {
            let question = decode::string("question", &question)?;
            let rerank = rerank(&options, scorer.as_ref())?;
            let filter = decode::filter(&options)?;
            let (search, answer) =
                decode::options_of_two::<SearchOptions, AnswerOptions>("options", options)?;
            let search = collection::SearchOptions { filter, ..search.into_core()? };
            let request = answer.into_core(search);
            let answer = self.inner.answer_with(&question, &request, rerank.as_ref(), &task).await?;
            ExtractiveAnswer::from_core(answer)
        };
        reply::<_, ExtractiveAnswer>(answer().await)
    }

    /// Holds an answer against its sources.
    #[wasm_bindgen(unchecked_return_type = "Verification")]
    pub async fn verify(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] answer: JsValue,
        #[wasm_bindgen(unchecked_param_type = "VerifySources")] sources: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let verify = async || {
            let answer = decode::string("answer", &answer)?;
            let sources: VerifySources = decode::from_js("sources", sources)?;
            let verification = self.inner.verify(sources.into_core(answer.clone()), &task).await?;
            Ok(Verification::from((verification, answer.as_str())))
        };
        reply::<_, Verification>(verify().await)
    }

    /// Measures how well questions are answered, under one setting or several.
    #[wasm_bindgen(unchecked_return_type = "EvaluationReport")]
    pub async fn evaluate(
        &self,
        #[wasm_bindgen(unchecked_param_type = "QuestionFile")] questions: JsValue,
        #[wasm_bindgen(unchecked_param_type = "EvaluateOptions | undefined")] options: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let evaluate = async || {
            let file = decode::options::<QuestionFile>("questions", questions)?;
            let options = decode::options::<EvaluateOptions>("options", options)?;
            let request = options.into_core(self.inner.default_setting(&task).await?)?;
            let questions = match file.questions()? {
                Some(Questions(questions)) => {
                    self.inner.check_questions(&questions).await?;
                    questions
                }
                None => {
                    let count = file.known_items.unwrap_or_default();
                    self.inner.known_items(count, request.seed, &task).await?
                }
            };
            self.inner.evaluate(&questions, &request, scorer.as_ref(), &task).await
        };
        let report = evaluate().await.map_err(|error| error_to_js(&error))?;
        to_js(&report)
    }

    /// Adds a record to the trail; returns its number. It comes as JSON, which keeps numbers exact.
    #[wasm_bindgen(unchecked_return_type = "number")]
    pub async fn record(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] account: JsValue,
    ) -> Result<JsValue, JsValue> {
        let record = async || {
            let account = decode::string("record", &account)?;
            let account: Account = serde_json::from_str(&account)
                .map_err(|cause| Error::invalid_argument(format!("record: {cause}")))?;
            self.inner.record(account).await
        };
        reply::<_, u64>(record().await)
    }

    /// The numbers of the first record that may be there and of the last one.
    #[wasm_bindgen(js_name = recordNumbers, unchecked_return_type = "[number, number]")]
    pub async fn record_numbers(&self) -> Result<JsValue, JsValue> {
        let head = self.inner.trail().await.map_err(|error| error_to_js(&error))?;
        to_js(&(head.cleared + 1, head.last))
    }

    /// Records as the lines of an export, from one number to before another; of damaged ones what is wrong.
    #[wasm_bindgen(js_name = recordLines, unchecked_return_type = "string[]")]
    pub async fn record_lines(&self, from: f64, to: f64) -> Result<JsValue, JsValue> {
        let entries =
            self.inner.records(from as u64..to as u64).await.map_err(|error| error_to_js(&error))?;
        to_js(&entries.into_iter().map(types::record_line).collect::<Vec<_>>())
    }

    /// Deletes records by number; returns how many there were.
    #[wasm_bindgen(js_name = deleteRecords, unchecked_return_type = "number")]
    pub async fn delete_records(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number[]")] numbers: JsValue,
    ) -> Result<JsValue, JsValue> {
        let delete = async || {
            let numbers: Vec<u64> = decode::from_js("numbers", numbers)?;
            self.inner.delete_records(&numbers).await
        };
        reply::<_, usize>(delete().await)
    }

    /// Deletes all records; returns how many there were.
    #[wasm_bindgen(js_name = clearTrail, unchecked_return_type = "number")]
    pub async fn clear_trail(&self) -> Result<JsValue, JsValue> {
        reply::<_, u64>(self.inner.clear_trail().await)
    }

    /// Says whether the trail holds together.
    #[wasm_bindgen(js_name = checkTrail, unchecked_return_type = "TrailCheck")]
    pub async fn check_trail(&self, task: JsTask) -> Result<JsValue, JsValue> {
        reply::<_, crate::trail::Check>(self.inner.check_trail(&task).await)
    }

    /// Repeats the search of a record; `scorer` is its second stage.
    #[wasm_bindgen(unchecked_return_type = "Replay")]
    pub async fn replay(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] number: JsValue,
        scorer: Option<JsScorer>,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let replay = async || {
            let number: u64 = decode::from_js("number", number)?;
            self.inner.replay(number, scorer.as_ref(), &task).await
        };
        reply::<_, collection::Replay>(replay().await)
    }

    /// Writes everything into a file, encrypted if there is a secret.
    #[wasm_bindgen(js_name = exportTo)]
    pub async fn export_to(
        &self,
        sink: JsFileSink,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret | undefined")] secret: JsValue,
        task: JsTask,
    ) -> Result<(), JsValue> {
        let mut sink = sink;
        let mut export = async || {
            let secret = decode::optional_secret("options", &secret)?;
            let mut sealing = SealingSink::new(&mut sink, WebCrypto, secret);
            self.inner.export(&mut sealing, &task).await.map(drop)
        };
        export().await.map_err(|error| error_to_js(&error))
    }

    /// Takes what a file holds, which the secret opens if there is one.
    #[wasm_bindgen(js_name = importFrom, unchecked_return_type = "ImportReport")]
    pub async fn import_from(
        &self,
        source: JsFileSource,
        #[wasm_bindgen(unchecked_param_type = "ImportOptions | undefined")] options: JsValue,
        #[wasm_bindgen(unchecked_param_type = "CollectionSecret | undefined")] secret: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let import = async || {
            let secret = decode::optional_secret("options", &secret)?;
            let source = OpeningSource::new(source, WebCrypto, secret);
            let existing = decode::options::<ImportOptions>("options", options)?.into_core()?;
            self.inner.import(source, existing, &task).await
        };
        reply::<_, ImportReport>(import().await)
    }

    /// Reads everything and lists what is damaged.
    #[wasm_bindgen(unchecked_return_type = "DamagedDocument[]")]
    pub async fn check(&self, task: JsTask) -> Result<JsValue, JsValue> {
        reply_list::<_, DamagedDocument>(self.inner.check(&task).await)
    }

    /// Embeds everything with the model that is here, where the stored vectors are of another one.
    pub async fn reindex(&self, task: JsTask) -> Result<(), JsValue> {
        self.inner.reindex(&task).await.map_err(|error| error_to_js(&error))
    }

    /// Embeds texts.
    #[wasm_bindgen(unchecked_return_type = "Embedding[]")]
    pub async fn embed(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string[]")] texts: JsValue,
        #[wasm_bindgen(unchecked_param_type = "EmbedRole")] role: JsValue,
        task: JsTask,
    ) -> Result<JsValue, JsValue> {
        let embed = async || {
            let texts = decode::array("texts", &texts, decode::string)?;
            let role: EmbedRole = decode::from_js("role", role)?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            self.inner.embed(&texts, role.into(), &task).await
        };
        let embeddings = embed().await.map_err(|error| error_to_js(&error))?;
        let encoded = embeddings.into_iter().map(|embedding| to_js(&Embedding::from(embedding)));
        Ok(encoded.collect::<Result<js_sys::Array, JsValue>>()?.into())
    }

    /// Embeds what an earlier visit left without vectors.
    #[wasm_bindgen(js_name = embedBacklog)]
    pub async fn embed_backlog(&self, task: JsTask) -> Result<(), JsValue> {
        self.inner.embed_backlog(&task).await.map_err(|error| error_to_js(&error))
    }

    /// Merges segments and has graphs built, where that is due.
    pub async fn maintain(&self, graphs: JsGraphBuilder, task: JsTask) -> Result<(), JsValue> {
        self.inner.maintain(&graphs, &task).await.map_err(|error| error_to_js(&error))
    }

    /// Deletes the collection and everything in it.
    pub async fn destroy(&self) -> Result<(), JsValue> {
        self.inner.destroy().await.map_err(|error| error_to_js(&error))
    }
}
