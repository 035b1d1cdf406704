//! Which settings are measured.

use std::str::FromStr;

use clap::ValueEnum;
use ibid::chunk::ChunkOptions;
use ibid::collection::{EvaluateRequest, Others, SearchOptions, SecondStage};
use ibid::evaluate::{Grid, Setting};
use ibid::index::{Fusion, FusionMethod};

use super::Arguments;
use crate::chunking::Chunking;
use crate::output::ModeArg;

/// Another setting, as it is written on the command line: what differs in it.
#[derive(Clone, Copy, Debug)]
pub struct Against {
    mode: ModeArg,
    dense_weight: Option<f32>,
}

impl FromStr for Against {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mode, weight) = text.split_once(':').map_or((text, None), |(mode, weight)| (mode, Some(weight)));
        let mode = ModeArg::from_str(mode, true)?;
        match (mode, weight.map(str::parse)) {
            (_, None) => Ok(Self { mode, dense_weight: None }),
            (ModeArg::Hybrid, Some(Ok(weight))) => Ok(Self { mode, dense_weight: Some(weight) }),
            _ => Err("expected a mode, or hybrid:WEIGHT".to_owned()),
        }
    }
}

/// The setting that is reported, and those that it is compared with or chosen among.
pub fn request(arguments: &Arguments, max_tokens: usize) -> EvaluateRequest {
    let setting = Setting {
        chunking: ChunkOptions::for_model(max_tokens),
        mode: arguments.mode.into(),
        fusion: fusion(arguments),
        rerank: 0.0,
        k: SearchOptions::default().k,
    };
    let other = |against: &Against| {
        let dense_weight = against.dense_weight.unwrap_or(setting.fusion.dense_weight);
        Setting { mode: against.mode.into(), fusion: Fusion { dense_weight, ..setting.fusion }, ..setting }
    };
    let others = match &arguments.sweep {
        Some(measure) => Others::Sweep { measure: measure.clone(), grid: grid(arguments, setting.fusion) },
        None => Others::Against(arguments.against.iter().map(other).collect()),
    };
    let default = SecondStage::default();
    let stage = SecondStage {
        candidates: arguments.candidates.unwrap_or(default.candidates),
        agreement: arguments.agreement.unwrap_or(default.agreement),
        window: arguments.window.unwrap_or(default.window),
        ..default
    };
    EvaluateRequest { setting, others, stage, seed: arguments.seed }
}

fn grid(arguments: &Arguments, fusion: Fusion) -> Grid {
    let weighing = |dense_weight: &f32| Fusion { dense_weight: *dense_weight, ..fusion };
    Grid {
        chunking: arguments.chunkings.iter().map(|Chunking(chunking)| *chunking).collect(),
        modes: arguments.modes.iter().map(|mode| (*mode).into()).collect(),
        fusions: arguments.weights.iter().map(weighing).collect(),
        rerank: arguments.rerank.clone(),
        k: arguments.hits.clone(),
    }
}

fn fusion(arguments: &Arguments) -> Fusion {
    let default = match arguments.rrf {
        Some(k) => Fusion { method: FusionMethod::ReciprocalRank { k }, ..Fusion::RECIPROCAL_RANK },
        None => Fusion::WEIGHTED_SUM,
    };
    Fusion { dense_weight: arguments.dense_weight.unwrap_or(default.dense_weight), ..default }
}
