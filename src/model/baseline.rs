//! How near a model puts texts that have nothing to do with each other.
//!
//! A cosine means something only beside that: of one model unrelated texts have 0.05, of another 0.6. What a collection
//! holds could not tell, as the chunks of most have a subject in common: any two of a book on Rust are as near each other
//! for MiniLM (0.30) as a question on libraries is to the nearest of them. So a few passages about nothing in particular
//! are embedded once. That takes no longer than a chunk of average length.

use super::{Embedder, Role};
use crate::error::Result;
use crate::task::Task;

/// Each of a subject of its own, so that hardly a question is near more than one of them. Fewer than are shared among
/// workers: a search waits for them.
const PASSAGES: [&str; 12] = [
    "Simmer the onions in butter until they are soft, then add the rice and the stock.",
    "The match ended in a draw after both teams missed several chances in the second half.",
    "Interest on the loan is charged monthly and rises with the central bank's rate.",
    "The patient was given antibiotics twice a day and recovered within a week.",
    "A tenant must give the landlord three months' notice in writing.",
    "The steam engine changed how cotton was spun and how goods were carried.",
    "Cats sleep for most of the day and hunt at dusk and at dawn.",
    "Press the button for five seconds until the light blinks, then release it.",
    "The orchestra played a slow movement before the soloist came on stage.",
    "The function returns an error if the file cannot be opened for writing.",
    "Heavy snow is expected in the mountains, with strong winds from the north.",
    "Voters elected a new parliament, and the two largest parties lost seats.",
];

/// The least that lies between unrelated and equal. A model that puts all texts in nearly one place tells nothing: what
/// little its cosines differ is chance.
const LEAST_RANGE: f32 = 0.05;

/// Passages about nothing that is asked, as a model embeds them.
#[derive(Clone, Debug)]
pub struct Baseline {
    vectors: Vec<Vec<f32>>,
}

impl Baseline {
    /// Embeds the passages.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub async fn of(embedder: &impl Embedder, task: &impl Task) -> Result<Self> {
        let embeddings = embedder.embed(&PASSAGES, Role::Passage, task).await?;
        Ok(Self { vectors: embeddings.into_iter().map(|embedding| embedding.vector).collect() })
    }

    /// The mean cosine of a query, of length 1, and passages that have nothing to do with it.
    pub fn level(&self, query: &[f32]) -> f32 {
        let cosine = |vector: &Vec<f32>| -> f32 { vector.iter().zip(query).map(|(a, b)| a * b).sum() };
        self.vectors.iter().map(cosine).sum::<f32>() / self.vectors.len() as f32
    }
}

/// How far a cosine is on the way from what unrelated texts have, `level`, to that of equal ones: from 0, also for what is
/// even less alike, to 1. `None` where the model does not tell texts apart.
pub fn closeness(cosine: f32, level: f32) -> Option<f32> {
    let range = 1.0 - level;
    (range >= LEAST_RANGE).then(|| ((cosine - level) / range).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Unattended;
    use crate::testing::HashEmbedder;
    use pollster::block_on;

    #[test]
    fn the_level_is_the_mean_cosine_to_the_passages() {
        let baseline = Baseline { vectors: vec![vec![1.0, 0.0], vec![0.6, 0.8]] };
        assert!((baseline.level(&[1.0, 0.0]) - 0.8).abs() < 1e-6);
        assert!((baseline.level(&[0.0, 1.0]) - 0.4).abs() < 1e-6);
    }

    #[test]
    fn closeness_does_not_depend_on_where_a_model_puts_unrelated_texts() {
        let cases = [
            (0.1, 0.1, 0.0),
            (0.6, 0.6, 0.0),
            (1.0, 0.1, 1.0),
            (1.0, 0.6, 1.0),
            (0.55, 0.1, 0.5),
            (0.8, 0.6, 0.5),
            (-0.3, 0.1, 0.0),
        ];
        for (cosine, level, expected) in cases {
            let found = closeness(cosine, level).unwrap();
            assert!((found - expected).abs() < 1e-6, "{cosine} above {level}: {found}");
        }
    }

    #[test]
    fn a_model_that_tells_no_texts_apart_makes_none_close_or_distant() {
        assert_eq!(closeness(0.9995, 0.999), None);
        assert_eq!(closeness(1.0, 1.0), None);
    }

    #[test]
    fn what_shares_no_word_with_the_passages_is_about_at_right_angles_to_them() {
        let embedder = HashEmbedder::new("a");
        let baseline = block_on(Baseline::of(&embedder, &Unattended)).unwrap();
        let query = block_on(embedder.embed(&["qwrtz blorf"], Role::Query, &Unattended)).unwrap();
        assert!(baseline.level(&query[0].vector).abs() < 0.2);
    }
}
