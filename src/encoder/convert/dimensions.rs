//! How many components of its vectors a model keeps (Matryoshka representation learning, Kusupati et al. 2022,
//! <https://arxiv.org/abs/2205.13147>).

use serde::Deserialize;
use serde_json::Value;

use super::CONFIG;
use super::sentence_transformers::MODEL;
use crate::encoder::folder::{from_value, invalid};
use crate::error::{Error, Result};

/// What a caller chose, which has to be among the `matryoshka_dimensions` of `config.json` where these are named. Of most
/// models only the card tells for which lengths they were trained; then the caller's word is taken for it.
pub(super) fn chosen(dimensions: usize, config: &Value, hidden: usize) -> Result<usize> {
    #[derive(Deserialize)]
    struct Trained {
        matryoshka_dimensions: Option<Vec<usize>>,
    }
    if !(1..=hidden).contains(&dimensions) {
        let message = format!("the dimensions are {dimensions}, but the model has from 1 to {hidden}");
        return Err(Error::invalid_argument(message));
    }
    let Trained { matryoshka_dimensions } = from_value(CONFIG, config.clone())?;
    match matryoshka_dimensions {
        Some(trained) if dimensions != hidden && !trained.contains(&dimensions) => {
            let message = format!(
                "the dimensions are {dimensions}, but {CONFIG} has matryoshka_dimensions {trained:?}"
            );
            Err(Error::invalid_argument(message))
        }
        _ => Ok(dimensions),
    }
}

/// What the source keeps by itself: all, or its `truncate_dim`.
pub(super) fn of_source(truncate_dim: Option<usize>, hidden: usize) -> Result<usize> {
    let dimensions = truncate_dim.unwrap_or(hidden);
    if (1..=hidden).contains(&dimensions) {
        return Ok(dimensions);
    }
    let what = format!("the field truncate_dim is {dimensions} but must be from 1 to {hidden}");
    Err(invalid(MODEL, what))
}
