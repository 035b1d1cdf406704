//! Which sources a budget has room for.

use unicode_segmentation::UnicodeSegmentation;

use super::budget::{TokenCounter, count, sum};
use super::draft::Draft;
use super::passage::Passage;
use super::source::Sent;
use crate::error::{Error, Result};

/// How many lengths of a source are tried with one call of the counter.
const PROBES: usize = 7;

/// A passage that there is room for.
pub(super) struct Fitting {
    /// Its place among those that were asked about.
    pub place: usize,
    /// What is quoted of it: all, or its beginning.
    pub passage: Passage,
    /// That as it is sent.
    pub sent: Sent,
}

/// What there is room for, and the tokens of all that is sent.
pub(super) struct Fitted {
    pub quotes: Vec<Fitting>,
    pub tokens: usize,
}

/// Takes as many of the passages, best first, as a prompt has room for. One that does not fit is left out and the next is
/// tried; if not even the first fits, its beginning is taken.
///
/// The pieces are counted with one call and the whole with another. A counter may give more for the whole than for its
/// pieces; then the last are left out again, and the whole is counted anew, until what is sent is within the budget.
pub(super) async fn fit(
    draft: &Draft<'_>,
    passages: Vec<(usize, Passage)>,
    budget: usize,
    counter: &impl TokenCounter,
) -> Result<Fitted> {
    let is_empty = passages.is_empty();
    let candidates: Vec<Fitting> = passages
        .into_iter()
        .map(|(place, passage)| Fitting { place, sent: draft.sent(&passage), passage })
        .collect();
    let mut texts = draft.texts(&[], is_empty);
    let base = texts.len();
    texts.extend((1..).zip(&candidates).map(|(number, it)| draft.piece(&it.sent, number)));
    let costs = count(counter, &texts).await?;
    let (base, costs) = costs.split_at(base);
    let mut used = sum(base);
    if used > budget {
        return Err(too_small(budget, used));
    }

    let mut quotes: Vec<Fitting> = Vec::new();
    for (candidate, cost) in candidates.into_iter().zip(costs) {
        if used.saturating_add(*cost) <= budget {
            used += cost;
            quotes.push(candidate);
        } else if quotes.is_empty()
            && let Some((shorter, tokens)) = shorten(draft, &candidate, budget, counter).await?
        {
            used = tokens;
            quotes.push(shorter);
        }
    }
    loop {
        let sources: Vec<Sent> = quotes.iter().map(|it| it.sent.clone()).collect();
        let tokens = sum(&count(counter, &draft.texts(&sources, is_empty)).await?);
        if tokens <= budget {
            return Ok(Fitted { quotes, tokens });
        }
        let Some(last) = quotes.pop() else { return Err(too_small(budget, tokens)) };
        if quotes.is_empty()
            && let Some((shorter, tokens)) = shorten(draft, &last, budget, counter).await?
        {
            return Ok(Fitted { quotes: vec![shorter], tokens });
        }
    }
}

fn too_small(budget: usize, used: usize) -> Error {
    Error::invalid_argument(format!(
        "the budget is {budget} tokens, but instructions, question and what was said before take {used} alone"
    ))
}

/// The longest beginning of a passage that fits as the only source, and the tokens of all that is sent with it; `None` where
/// not even its first character does.
async fn shorten(
    draft: &Draft<'_>,
    whole: &Fitting,
    budget: usize,
    counter: &impl TokenCounter,
) -> Result<Option<(Fitting, usize)>> {
    let text = &whole.passage.text;
    let words = text.split_word_bound_indices().filter(|(_, word)| !word.trim().is_empty());
    let words: Vec<usize> = words.map(|(at, word)| at + word.len()).collect();
    if let Some(found) = longest(draft, whole, &words, budget, counter).await? {
        return Ok(Some(found));
    }
    // Not even a word, which may be long.
    let first = &text[..words.first().copied().unwrap_or_default()];
    let characters: Vec<usize> = first.grapheme_indices(true).map(|(at, it)| at + it.len()).collect();
    longest(draft, whole, &characters, budget, counter).await
}

/// The longest beginning that ends at one of these places and fits. Several are counted with each call.
async fn longest(
    draft: &Draft<'_>,
    whole: &Fitting,
    ends: &[usize],
    budget: usize,
    counter: &impl TokenCounter,
) -> Result<Option<(Fitting, usize)>> {
    let mut best = None;
    // What is before `from` fits, or is too little to ask for; what is from `to` on does not fit.
    let (mut from, mut to) = (0, ends.len());
    while from < to {
        let probes = probes(from, to);
        let shorter: Vec<Option<Fitting>> =
            probes.iter().map(|at| beginning(draft, whole, ends[*at])).collect();
        let texts: Vec<Vec<String>> = shorter
            .iter()
            .map(|it| {
                it.as_ref().map_or_else(Vec::new, |it| draft.texts(std::slice::from_ref(&it.sent), false))
            })
            .collect();
        let counts = count(counter, &texts.concat()).await?;
        let mut at = 0;
        let mut sums = texts.iter().map(|texts| {
            let counts = &counts[at..at + texts.len()];
            at += texts.len();
            sum(counts)
        });
        let mut fitting = None;
        let mut next = to;
        for (probe, shorter) in probes.into_iter().zip(shorter) {
            let tokens = sums.next().unwrap_or_default();
            match shorter {
                Some(shorter) if tokens <= budget => {
                    fitting = Some((shorter, tokens));
                    (from, next) = (probe + 1, to);
                }
                Some(_) if next == to => next = probe,
                Some(_) => {}
                // Nothing but white space is no source.
                None => from = from.max(probe + 1),
            }
        }
        to = next.max(from);
        best = fitting.or(best);
    }
    Ok(best)
}

/// Some places from `from` to before `to`, far from each other.
fn probes(from: usize, to: usize) -> Vec<usize> {
    let count = (to - from).min(PROBES);
    (1..=count).map(|nth| from + nth * (to - from) / (count + 1)).map(|at| at.min(to - 1)).collect()
}

fn beginning(draft: &Draft<'_>, whole: &Fitting, end: usize) -> Option<Fitting> {
    let passage = whole.passage.beginning(end)?;
    Some(Fitting { place: whole.place, sent: draft.sent(&passage), passage })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_reached() {
        for length in 1..200 {
            for last in 0..length {
                // The longest that fits is `last`.
                let (mut from, mut to) = (0, length);
                let mut rounds = 0;
                while from < to {
                    let all = probes(from, to);
                    assert!(!all.is_empty() && all.iter().all(|at| (from..to).contains(at)));
                    let fits = all.iter().filter(|at| **at <= last).max();
                    let fails = all.iter().find(|at| **at > last).copied().unwrap_or(to);
                    (from, to) = (fits.map_or(from, |at| at + 1), fails);
                    rounds += 1;
                }
                assert_eq!(from, last + 1);
                assert!(rounds <= 4, "{rounds} rounds for {length}");
            }
        }
    }
}
