//! Relevance: how likely a chunk has to do with what is asked, comparable across queries and collections.
//!
//! The scores that hits are ranked by cannot tell. A fused score is relative to the other candidates, so the least bad
//! hit of a query that nothing answers has about 1; a BM25 score grows with the length of the query. Relevance is
//! logistic in what does compare: how much nearer the chunk is than texts that have nothing to do with the query
//! ([`closeness`](crate::model::baseline::closeness)), and the share of the query's words that it holds, each weighed by
//! its rarity.
//!
//! The weights are fitted by `ibid calibrate` on the questions of SciFact and CISI, each against the collection that
//! has its answers and against the other, which has not; ARCHITECTURE.md has the figures on these and on collections
//! that the fit has not seen. What that means: 0.5 is as often right as wrong where as many questions have an answer as
//! have none, and a question has none when the collection is about something else. That a collection is about the
//! subject of a question and still lacks the answer, relevance hardly notices.

/// From this relevance on a hit is taken to answer. Lower, it lets more through that does not; higher, it keeps back more
/// that does.
pub const ANSWERABLE: f32 = 0.25;

/// From which relevance on it may be that a chunk answers. Of short questions, as people type them, a third whose answer is found
/// stays below [`ANSWERABLE`], but one in ten below this; of questions about other matters nine in ten do.
pub const POSSIBLE: f32 = 0.03;

/// What the words of a query say of a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordSignal {
    /// The number of words that count, those that occur nowhere included; at least 1.
    pub count: usize,
    /// What share of them, weighed by rarity, the chunk holds; from 0 to 1.
    pub share: f32,
}

impl WordSignal {
    /// The signal of a query's words: of each its weight, above 0, and how much of it the chunk holds, from 0 to 1.
    /// `None` where there is no word.
    pub fn of(words: impl IntoIterator<Item = (f32, f32)>) -> Option<Self> {
        let (count, held, all) =
            words.into_iter().fold((0, 0.0, 0.0), |(count, held, all), (weight, share)| {
                (count + 1, held + weight * share, all + weight)
            });
        (all > 0.0).then(|| Self { count, share: held / all })
    }
}

/// What relevance goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signals {
    /// How close chunk and query are in meaning, from 0 (as texts that have nothing to do with each other) to 1 (equal);
    /// `None` where that is not known: no model that tells texts apart, no vector yet, or a search by words only.
    pub closeness: Option<f32>,
    /// `None` where no word counts: a search by meaning only, or a query of nothing but stop words.
    pub words: Option<WordSignal>,
}

impl Signals {
    /// The relevance, from 0 to 1. It grows with closeness and with the share of words; 0 without any.
    pub fn relevance(&self) -> f32 {
        match *self {
            Self { closeness: Some(closeness), words: Some(words) } => {
                logistic(-8.9 + 16.7 * closeness + 6.2 * words.share)
            }
            Self { closeness: Some(closeness), words: None } => logistic(-8.7 + 20.0 * closeness),
            // The longer a question, the more of it an answer says in other words.
            Self { closeness: None, words: Some(WordSignal { count, share }) } => {
                logistic(-8.7 + 13.3 * share + 1.6 * (count as f32).ln())
            }
            Self { closeness: None, words: None } => 0.0,
        }
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(closeness: Option<f32>, count: usize, share: f32) -> f32 {
        let words = (count > 0).then_some(WordSignal { count, share });
        Signals { closeness, words }.relevance()
    }

    #[test]
    fn the_share_of_words_is_weighed_by_their_rarity() {
        let words = |held: [f32; 3]| WordSignal::of([4.0, 1.0, 3.0].into_iter().zip(held)).unwrap();
        assert_eq!(words([1.0, 1.0, 1.0]), WordSignal { count: 3, share: 1.0 });
        assert_eq!(words([1.0, 0.0, 0.0]).share, 0.5);
        assert_eq!(words([0.0, 1.0, 0.5]).share, 0.3125);
        assert_eq!(WordSignal::of([]), None);
    }

    /// What people would say of each: the left side is relevant, the right is not.
    #[test]
    fn what_answers_is_on_the_other_side_of_the_threshold_than_what_does_not() {
        let answers = [
            ("a question in other words", of(Some(0.6), 6, 0.2)),
            ("a question in its own words", of(Some(0.4), 6, 0.7)),
            ("an identifier that the model does not know", of(Some(0.2), 1, 1.0)),
            ("a word, without a model", of(None, 1, 1.0)),
            ("half of a long question, without a model", of(None, 12, 0.5)),
            ("meaning alone", of(Some(0.55), 0, 0.0)),
        ];
        let others = [
            ("nonsense", of(Some(0.3), 2, 0.0)),
            ("a question of another subject", of(Some(0.2), 6, 0.4)),
            ("a word in another sense", of(Some(0.05), 1, 1.0)),
            ("nonsense, without a model", of(None, 2, 0.0)),
            ("a third of a short question, without a model", of(None, 4, 0.33)),
            ("meaning alone", of(Some(0.3), 0, 0.0)),
            ("no signal", of(None, 0, 0.0)),
        ];
        for (what, relevance) in answers {
            assert!(relevance >= ANSWERABLE, "{what}: {relevance}");
        }
        for (what, relevance) in others {
            assert!(relevance < ANSWERABLE, "{what}: {relevance}");
        }
    }

    proptest! {
        #[test]
        fn stronger_signals_are_never_less_relevant(
            closeness in prop::option::of(0.0f32..=1.0), share in 0.0f32..=1.0, more in 0.0f32..=1.0, count in 0usize..50
        ) {
            let relevance = of(closeness, count, share);
            prop_assert!((0.0..=1.0).contains(&relevance));
            prop_assert!(of(closeness, count, share.max(more)) >= relevance);
            prop_assert!(of(closeness.map(|it| it.max(more)), count, share) >= relevance);
        }
    }
}
