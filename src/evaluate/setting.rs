//! The settings of a search that a sweep tries.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::chunk::ChunkOptions;
use crate::index::{Fusion, FusionMethod, Mode};
use crate::order::Order;

/// How documents are cut and searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// How documents are cut; another value means that they are ingested anew.
    pub chunking: ChunkOptions,
    /// Which arms of the index are used.
    pub mode: Mode,
    /// How the arms are combined in hybrid mode; in others it means nothing.
    pub fusion: Fusion,
    /// How much a second stage counts, from 0, which is none, to 1.
    pub rerank: f32,
    /// The most hits.
    pub k: usize,
}

impl Setting {
    /// How much goes into a search; of settings that do as well as each other the one with less is preferred.
    fn cost(&self) -> (bool, u8, usize) {
        let arms = match self.mode {
            Mode::Lexical => 0,
            Mode::Dense => 1,
            Mode::Hybrid => 2,
        };
        (self.rerank > 0.0, arms, self.k)
    }

    fn mode_name(&self) -> &'static str {
        match self.mode {
            Mode::Hybrid => "hybrid",
            Mode::Dense => "dense",
            Mode::Lexical => "lexical",
        }
    }

    fn rrf_k(&self) -> Option<f32> {
        match self.fusion.method {
            FusionMethod::ReciprocalRank { k } => Some(k),
            FusionMethod::WeightedSum => None,
        }
    }
}

/// For people: `256/256/32, hybrid 0.55, 8 hits`.
impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChunkOptions { target, max, overlap } = self.chunking;
        write!(formatter, "{target}/{max}/{overlap}, {}", self.mode_name())?;
        if self.mode == Mode::Hybrid {
            write!(formatter, " {}", self.fusion.dense_weight)?;
            if let Some(k) = self.rrf_k() {
                write!(formatter, " by ranks ({k})")?;
            }
        }
        if self.rerank > 0.0 {
            write!(formatter, ", second stage {}", self.rerank)?;
        }
        write!(formatter, ", {} hits", self.k)
    }
}

/// As an object: `chunking` with `target`, `max` and `overlap`; `mode`; `denseWeight` and `rankConstant`, where they mean something; `rerank`;
/// `k`.
impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Chunking {
            target: usize,
            max: usize,
            overlap: usize,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            chunking: Chunking,
            mode: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            dense_weight: Option<f32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            rank_constant: Option<f32>,
            rerank: f32,
            k: usize,
        }
        let ChunkOptions { target, max, overlap } = self.chunking;
        let fusion = (self.mode == Mode::Hybrid).then_some(self.fusion);
        let fields = Fields {
            chunking: Chunking { target, max, overlap },
            mode: self.mode_name(),
            dense_weight: fusion.map(|it| it.dense_weight),
            rank_constant: fusion.and(self.rrf_k()),
            rerank: self.rerank,
            k: self.k,
        };
        fields.serialize(serializer)
    }
}

/// What is tried of each option, in every combination; of an option of which nothing is named, what is used now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Ways of cutting documents.
    pub chunking: Vec<ChunkOptions>,
    /// Arms.
    pub modes: Vec<Mode>,
    /// Ways of combining the arms, in hybrid mode only.
    pub fusions: Vec<Fusion>,
    /// Weights of a second stage.
    pub rerank: Vec<f32>,
    /// Numbers of hits.
    pub k: Vec<usize>,
}

impl Grid {
    /// The settings of the grid, each once: `current` first, then those with less work for a search before those with more, else
    /// in the order of the grid.
    pub fn settings(&self, current: Setting) -> Vec<Setting> {
        let mut settings = vec![current];
        settings = varied(settings, &self.chunking, |setting, chunking| Setting { chunking, ..setting });
        settings = varied(settings, &self.modes, |setting, mode| Setting { mode, ..setting });
        settings = varied(settings, &self.fusions, |setting, fusion| match setting.mode {
            Mode::Hybrid => Setting { fusion, ..setting },
            Mode::Dense | Mode::Lexical => setting,
        });
        settings = varied(settings, &self.rerank, |setting, rerank| Setting { rerank, ..setting });
        settings = varied(settings, &self.k, |setting, k| Setting { k, ..setting });
        settings.order_by_key(Setting::cost);
        let mut unique = vec![current];
        for setting in settings {
            if !unique.contains(&setting) {
                unique.push(setting);
            }
        }
        unique
    }
}

/// Every setting with every value, or as it is where there is none.
fn varied<V: Copy>(
    settings: Vec<Setting>,
    values: &[V],
    with: impl Fn(Setting, V) -> Setting,
) -> Vec<Setting> {
    if values.is_empty() {
        return settings;
    }
    let of_one = |setting: Setting| values.iter().map(move |value| (setting, *value));
    settings.into_iter().flat_map(of_one).map(|(setting, value)| with(setting, value)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in crate::evaluate) fn current() -> Setting {
        let (chunking, fusion) = (ChunkOptions::default(), Fusion::default());
        Setting { chunking, mode: Mode::Hybrid, fusion, rerank: 0.0, k: 8 }
    }

    fn weighing(dense_weight: f32) -> Fusion {
        Fusion { dense_weight, ..Fusion::default() }
    }

    #[test]
    fn a_grid_has_every_combination_once_and_what_is_used_now_first() {
        let grid = Grid {
            modes: vec![Mode::Hybrid, Mode::Lexical],
            fusions: vec![weighing(0.25), weighing(0.55)],
            k: vec![4, 8],
            ..Grid::default()
        };
        let labels: Vec<String> = grid.settings(current()).iter().map(Setting::to_string).collect();
        let expected = [
            "256/256/32, hybrid 0.55, 8 hits",
            "256/256/32, lexical, 4 hits",
            "256/256/32, lexical, 8 hits",
            "256/256/32, hybrid 0.25, 4 hits",
            "256/256/32, hybrid 0.55, 4 hits",
            "256/256/32, hybrid 0.25, 8 hits",
        ];
        assert_eq!(labels, expected);
        assert_eq!(Grid::default().settings(current()), [current()]);
    }

    #[test]
    fn a_setting_is_shown_and_written_as_what_it_means() {
        let by_ranks = Setting { fusion: Fusion::RECIPROCAL_RANK, rerank: 0.5, ..current() };
        assert_eq!(by_ranks.to_string(), "256/256/32, hybrid 0.5 by ranks (60), second stage 0.5, 8 hits");
        let json = json!({
            "chunking": { "target": 256, "max": 256, "overlap": 32 }, "mode": "hybrid", "denseWeight": 0.5, "rankConstant": 60.0,
            "rerank": 0.5, "k": 8,
        });
        assert_eq!(serde_json::to_value(by_ranks).unwrap(), json);
        let lexical = serde_json::to_value(Setting { mode: Mode::Lexical, ..by_ranks }).unwrap();
        assert_eq!((lexical.get("denseWeight"), lexical.get("rankConstant")), (None, None));
    }
}
