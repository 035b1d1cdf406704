//! Evaluations: questions and settings in, a report out.

use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::ChunkingOptions;
use super::fusion::SearchMode;
use crate::collection::{EvaluateRequest, Others, SecondStage};
use crate::error::{Error, Result};
use crate::evaluate::{Grid, Questions, Setting};
use crate::index::{Fusion, FusionMethod};

/// Where questions come from; one of them.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct QuestionFile {
    /// A file of questions: JSON (an array, or an object a line) or, where its name ends in `.csv` or `.tsv`, CSV.
    #[tsify(optional)]
    pub text: Option<String>,
    /// Its name.
    #[tsify(optional)]
    pub name: Option<String>,
    /// The questions of a collection in the layout of BEIR: `queries.jsonl`.
    #[tsify(optional)]
    pub queries: Option<String>,
    /// Which documents answer them: `qrels/test.tsv`.
    #[tsify(optional)]
    pub qrels: Option<String>,
    /// How many questions are made of the collection's own sentences, at most.
    #[tsify(optional)]
    pub known_items: Option<usize>,
}

impl QuestionFile {
    /// The questions of the file; `None` where they are to be made.
    pub fn questions(&self) -> Result<Option<Questions>> {
        let Self { text, name, queries, qrels, known_items } = self;
        match (text, queries, qrels, known_items) {
            (Some(text), None, None, None) => {
                Questions::from_file(name.as_deref().unwrap_or_default(), text).map(Some)
            }
            (None, Some(queries), Some(qrels), None) => Questions::from_beir(queries, qrels).map(Some),
            (None, None, None, Some(_)) => Ok(None),
            _ => {
                let message = "questions: expected a text, queries with qrels, or knownItems";
                Err(Error::invalid_argument(message))
            }
        }
    }
}

/// A way of cutting and searching documents; what is left out is as in the collection, or in `against` as in `setting`.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SettingOptions {
    /// Which arms are used.
    #[tsify(optional)]
    pub mode: Option<SearchMode>,
    /// How much vectors count in hybrid mode, from 0 to 1; words have the rest.
    #[tsify(optional)]
    pub dense_weight: Option<f32>,
    /// The constant k of reciprocal rank fusion, which is used where there is one, instead of the weighted sum.
    #[tsify(optional)]
    pub rank_constant: Option<f32>,
    /// How much a second stage counts, from 0, the default, which is none, to 1: the collection's cross-encoder over 16 candidates.
    #[tsify(optional)]
    pub rerank: Option<f32>,
    /// The most hits; passages are measured over so many.
    #[tsify(optional)]
    pub k: Option<usize>,
    /// How documents are cut; for another way than the collection cuts documents that are added now they are cut and embedded
    /// again, in memory.
    #[tsify(optional)]
    pub chunking: Option<ChunkingOptions>,
}

/// What a sweep tries of each option, in every combination; of an option that is left out, what the setting has.
#[derive(Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SweepOptions {
    /// The measure to choose by, such as `"ndcg@10"`.
    pub measure: String,
    /// Arms.
    #[tsify(optional)]
    #[serde(default)]
    pub modes: Vec<SearchMode>,
    /// How much vectors count.
    #[tsify(optional)]
    #[serde(default)]
    pub dense_weights: Vec<f32>,
    /// How much a second stage counts.
    #[tsify(optional)]
    #[serde(default)]
    pub rerank: Vec<f32>,
    /// Numbers of hits.
    #[tsify(optional)]
    #[serde(default)]
    pub k: Vec<usize>,
    /// Ways of cutting documents.
    #[tsify(optional)]
    #[serde(default)]
    pub chunkings: Vec<ChunkingOptions>,
}

/// What is measured.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct EvaluateOptions {
    /// The setting that is reported; the default is how `search` searches.
    #[tsify(optional)]
    pub setting: Option<SettingOptions>,
    /// Settings that it is compared with, question by question; not with a sweep.
    #[tsify(optional)]
    pub against: Option<Vec<SettingOptions>>,
    /// Settings to choose from: the best on half of the questions is held against the setting on the other half.
    #[tsify(optional)]
    pub sweep: Option<SweepOptions>,
    /// What random draws are made from, a whole number; the default is 0. The same seed gives the same report, but for times.
    #[tsify(optional)]
    pub seed: Option<u32>,
}

impl SettingOptions {
    fn over(self, base: Setting) -> Setting {
        let Setting { chunking, mode, fusion, rerank, k } = base;
        let fusion = match self.rank_constant {
            Some(k) => Fusion { method: FusionMethod::ReciprocalRank { k }, ..Fusion::RECIPROCAL_RANK },
            None => fusion,
        };
        Setting {
            chunking: self.chunking.map_or(chunking, ChunkingOptions::into_core),
            mode: self.mode.map_or(mode, Into::into),
            fusion: Fusion { dense_weight: self.dense_weight.unwrap_or(fusion.dense_weight), ..fusion },
            rerank: self.rerank.unwrap_or(rerank),
            k: self.k.unwrap_or(k),
        }
    }
}

impl SweepOptions {
    fn into_core(self, setting: Setting) -> Others {
        let weighing = |dense_weight: f32| Fusion { dense_weight, ..setting.fusion };
        let grid = Grid {
            chunking: self.chunkings.into_iter().map(ChunkingOptions::into_core).collect(),
            modes: self.modes.into_iter().map(Into::into).collect(),
            fusions: self.dense_weights.into_iter().map(weighing).collect(),
            rerank: self.rerank,
            k: self.k,
        };
        Others::Sweep { measure: self.measure, grid }
    }
}

impl EvaluateOptions {
    /// The core's request, in a collection whose setting is `base`.
    pub fn into_core(self, base: Setting) -> Result<EvaluateRequest> {
        let setting = self.setting.unwrap_or_default().over(base);
        let others = match (self.against, self.sweep) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid_argument("options: against and sweep exclude each other"));
            }
            (against, None) => {
                let against = against.unwrap_or_default().into_iter();
                Others::Against(against.map(|other| other.over(setting)).collect())
            }
            (None, Some(sweep)) => sweep.into_core(setting),
        };
        Ok(EvaluateRequest {
            setting,
            others,
            stage: SecondStage::default(),
            seed: self.seed.unwrap_or(0).into(),
        })
    }
}

#[wasm_bindgen(typescript_custom_section)]
const REPORT: &str = r#"
/** A mean, with the interval that bootstrap resampling of the questions gives. */
export interface Estimate {
  mean: number;
  low: number;
  high: number;
  /** How many questions it is of. */
  count: number;
}

/** How documents were cut, in tokens, and searched: what `setting` takes. */
export interface EvaluatedSetting {
  chunking: { target: number; max: number; overlap: number };
  mode: SearchMode;
  /** How much vectors count; in hybrid mode only. */
  denseWeight?: number;
  /** The constant of reciprocal rank fusion, where that is used. */
  rankConstant?: number;
  /** How much a second stage counts; 0 where there is none. */
  rerank: number;
  /** The most hits. */
  k: number;
}

/** What became of a question under a setting. */
export interface QuestionOutcome {
  /**
   * Each measure by its name, from 0 to 1: `ndcg@10`, `recall@10`, `mrr@10` (and `@100`) and `map` of documents; `tokenRecall`,
   * `tokenPrecision`, `tokenIou` and `spanGain` of passages. Only those that the question is judged for.
   */
  values: Record<string, number>;
  /** The greatest relevance of the hits. */
  relevance: number;
  /** How long the search took. */
  milliseconds: number;
}

export interface EvaluatedQuestion {
  id: string;
  question: string;
  /** Whether the collection has the answer. */
  answerable: boolean;
  /** By run. */
  outcomes: QuestionOutcome[];
}

export interface EvaluatedRun {
  setting: EvaluatedSetting;
  /** The mean of each measure over the questions that have it. */
  measures: Record<string, Estimate>;
  /** Milliseconds of a search; absent where there was no question. */
  latency?: { count: number; p50: number; p95: number; mean: number };
  /** How well relevance tells questions with an answer from others: 0.5 is chance, 1 always; absent where all are alike. */
  auc?: number;
}

/**
 * One setting against another on the same questions, by one measure: the reported run against another one, or the chosen setting
 * against the present one.
 */
export interface PairedComparison {
  /** How much more the one has than the other. */
  difference: Estimate;
  /** How often chance alone makes a difference so large (randomisation test, two-sided). */
  pValue: number;
  /** Whether all assignments were tried rather than some. */
  exact: boolean;
  /** Whether `pValue` is below 0.05. */
  significant: boolean;
  /** On how many questions it is better, worse, and equal. */
  wins: number;
  losses: number;
  ties: number;
}

/** The setting that did best on one half of the questions, and how it does on the other half. */
export interface SettingChoice {
  measure: string;
  /** The place of the chosen run; 0 is the present setting. */
  chosen: number;
  tuningQuestions: number;
  /** The mean of each run over the questions that it was chosen by: the best of many is flattered by its choice. */
  tuningMeans: number[];
  /** The present setting on the other questions. */
  current: Estimate;
  /** The chosen setting on the other questions. */
  heldOut: Estimate;
  comparison: PairedComparison;
  advice: "adopt" | "keep";
  /** The same as a sentence, in English. */
  says: string;
}

/** What questions say about settings. */
export interface EvaluationReport {
  /** The share of draws inside the intervals. */
  level: number;
  resamples: number;
  seed: number;
  questions: EvaluatedQuestion[];
  /** The setting that is reported first. */
  runs: EvaluatedRun[];
  /** The first run against each of the others; none in a sweep. */
  comparisons: { against: number; measures: Record<string, PairedComparison> }[];
  /** The choice, where there was a sweep. */
  choice?: SettingChoice;
  /** How many chunks of the collection had no vector while it was measured: searches by meaning missed them. */
  unembedded: number;
}
"#;
