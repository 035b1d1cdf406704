use std::rc::Rc;

use pollster::block_on;

use super::*;
use crate::collection::{CollectionOptions, NoScorer};
use crate::document::{Document, MediaType};
use crate::error::ErrorKind;
use crate::evaluate::Questions;
use crate::store::memory::MemoryStore;
use crate::task::Unattended;
use crate::testing::HashEmbedder;

const QUESTIONS: &str = "question,document,quote\nWho repairs the roof?,lease,repairs the roof\n\
    When are the bins emptied?,guide,\n";

fn collection() -> Collection<Rc<MemoryStore>, HashEmbedder> {
    let lease: String = (0..60)
        .map(|number| format!("Clause {number} says that the tenant pays for window {number}. "))
        .chain(["The landlord repairs the roof within thirty days of written notice.".to_owned()])
        .collect();
    let texts = [("lease", &lease[..]), ("guide", "The bins are emptied on Tuesday morning before seven.")];
    let opened = Collection::open_with(
        Rc::<MemoryStore>::default(),
        HashEmbedder::new("a"),
        CollectionOptions::default(),
    );
    let collection = block_on(opened).unwrap();
    let documents = texts.map(|(id, text)| Document::new(id, "", MediaType::Plain, text));
    block_on(collection.add(documents.into(), &Unattended)).unwrap();
    collection
}

fn questions(csv: &str) -> Vec<Question> {
    Questions::from_csv(csv).unwrap().0
}

fn runs(
    collection: &Collection<Rc<MemoryStore>, HashEmbedder>,
    questions: &[Question],
    settings: &[Setting],
) -> Result<Vec<Run>> {
    let material = block_on(Material::of(collection, questions))?;
    block_on(collection.runs(
        questions,
        settings,
        SecondStage::default(),
        material,
        None::<&NoScorer>,
        &Unattended,
    ))
}

#[test]
fn every_question_is_asked_under_every_setting() {
    let collection = collection();
    let base = block_on(collection.default_setting(&Unattended)).unwrap();
    let fine = ChunkOptions { target: 32, max: 32, overlap: 0 };
    let settings = [
        Setting { mode: Mode::Lexical, ..base },
        Setting { chunking: fine, mode: Mode::Lexical, k: 1, ..base },
        Setting { chunking: fine, ..base },
    ];
    let before = block_on(collection.info()).unwrap();
    let request = EvaluateRequest {
        setting: settings[0],
        others: Others::Against(settings[1..].to_vec()),
        stage: SecondStage::default(),
        seed: 0,
    };
    let report =
        block_on(collection.evaluate(&questions(QUESTIONS), &request, None::<&NoScorer>, &Unattended))
            .unwrap();
    assert_eq!((report.runs.len(), report.comparisons.len()), (3, 2));
    let runs = runs(&collection, &questions(QUESTIONS), &settings).unwrap();
    assert_eq!(runs.iter().map(|run| run.setting).collect::<Vec<_>>(), settings);
    for run in &runs {
        assert_eq!(run.outcomes.iter().map(|it| it.values["mrr@10"]).collect::<Vec<_>>(), [1.0, 1.0]);
        assert_eq!(run.outcomes[0].values["tokenRecall"], 1.0, "{}", run.setting);
        assert!(!run.outcomes[1].values.contains_key("tokenRecall"));
    }
    // Of a small chunk more is the answer.
    let precision = |run: usize| runs[run].outcomes[0].values["tokenPrecision"];
    assert!(precision(1) > 2.0 * precision(0), "{} {}", precision(1), precision(0));
    assert_eq!(block_on(collection.info()).unwrap().generation, before.generation);
}

#[test]
fn what_is_cut_aside_finds_what_a_collection_that_is_cut_so_finds() {
    let fine = ChunkOptions { target: 32, max: 32, overlap: 8 };
    let whole = collection();
    let aside = block_on(whole.cut_aside(fine, true, &Unattended)).unwrap();
    let options = CollectionOptions { chunking: Some(fine), ..CollectionOptions::default() };
    let opened = Collection::open_with(Rc::<MemoryStore>::default(), HashEmbedder::new("a"), options);
    let cut_so = block_on(opened).unwrap();
    let ids = ["guide", "lease"];
    let documents = ids.map(|id| {
        let text = block_on(whole.get(id)).unwrap().unwrap().text;
        Document::new(id, "", MediaType::Plain, text)
    });
    block_on(cut_so.add(documents.into(), &Unattended)).unwrap();
    let options = SearchOptions::default();
    let setting = block_on(whole.default_setting(&Unattended)).unwrap();
    let way = Way { setting: &setting, aside: Some(&aside), rerank: None::<Rerank<'_, NoScorer>> };
    let found = block_on(whole.find(&way, "tenant roof repairs", &options, &Unattended)).unwrap();
    let expected = block_on(cut_so.search("tenant roof repairs", &options, &Unattended)).unwrap();
    let places = |found: &SearchResult| {
        found.hits.iter().map(|hit| (hit.document.clone(), hit.chunk.span, hit.score)).collect::<Vec<_>>()
    };
    assert_eq!(places(&found), places(&expected));
    assert!(found.hits.len() > 4 && found.unembedded == 0);
}

#[test]
fn questions_are_made_of_the_documents_own_sentences() {
    let collection = collection();
    let made = block_on(collection.known_items(3, 7, &Unattended)).unwrap();
    assert_eq!(made.len(), 3);
    block_on(collection.check_questions(&made)).unwrap();
    let base = block_on(collection.default_setting(&Unattended)).unwrap();
    let runs = runs(&collection, &made, &[base]).unwrap();
    assert!(runs[0].outcomes.iter().all(|it| it.values["recall@10"] == 1.0));
    assert_eq!(made, block_on(collection.known_items(3, 7, &Unattended)).unwrap());
}

#[test]
fn what_cannot_be_measured_is_refused_by_name() {
    let collection = collection();
    let unknown = questions("question,document\nRoof?,sale\n");
    let error = block_on(collection.check_questions(&unknown)).unwrap_err();
    assert_eq!(error.message(), "question \"1\": there is no document \"sale\"");
    let base = block_on(collection.default_setting(&Unattended)).unwrap();
    let refused = |questions: &[Question], setting: Setting| {
        let request = EvaluateRequest {
            setting,
            others: Others::Against(Vec::new()),
            stage: SecondStage::default(),
            seed: 0,
        };
        let error =
            block_on(collection.evaluate(questions, &request, None::<&NoScorer>, &Unattended)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    };
    let absent = questions("question,document,quote\nRoof?,lease,the moon\n");
    assert!(refused(&absent, base).starts_with("question \"1\": "));
    let known = questions(QUESTIONS);
    assert_eq!(
        refused(&known, Setting { rerank: 0.5, ..base }),
        "a setting has a second stage, and there is no scorer for it"
    );
    let huge = ChunkOptions { target: 9999, max: 9999, overlap: 0 };
    assert!(refused(&known, Setting { chunking: huge, ..base }).contains("9999"));
    let others = Others::Sweep { measure: "ndcg10".to_owned(), grid: Grid::default() };
    let request = EvaluateRequest { setting: base, others, stage: SecondStage::default(), seed: 0 };
    let error = block_on(collection.evaluate(&known, &request, None::<&NoScorer>, &Unattended)).unwrap_err();
    assert!(error.message().contains("\"ndcg10\"; there are map, mrr@10"), "{error}");
}

#[test]
fn a_sweep_tries_every_combination_and_chooses() {
    let collection = collection();
    let setting = block_on(collection.default_setting(&Unattended)).unwrap();
    let grid = Grid { modes: vec![Mode::Lexical, Mode::Hybrid], k: vec![2, 8], ..Grid::default() };
    let others = Others::Sweep { measure: "mrr@10".to_owned(), grid };
    let request = EvaluateRequest { setting, others, stage: SecondStage::default(), seed: 0 };
    let report =
        block_on(collection.evaluate(&questions(QUESTIONS), &request, None::<&NoScorer>, &Unattended))
            .unwrap();
    assert_eq!(report.runs.len(), 4);
    assert_eq!(report.choice.unwrap().measure, "mrr@10");
}
