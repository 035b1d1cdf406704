//! Everything that a run of questions says, as one value: for the command line to print and for the demo to draw.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::auc::auc;
use super::interval::{Bootstrap, Estimate};
use super::latency::Latency;
use super::outcome::Outcome;
use super::paired::Comparison;
use super::questions::Question;
use super::setting::Setting;
use super::sweep::Choice;
use crate::error::{Error, Result};
use crate::order;

/// The questions under one setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How they were searched.
    pub setting: Setting,
    /// What became of each question, in the order of the questions.
    pub outcomes: Vec<Outcome>,
}

/// What some runs of the same questions say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The share of draws that is inside the intervals.
    pub level: f64,
    /// How many draws each interval is made of.
    pub resamples: usize,
    /// The seed of the draws.
    pub seed: u64,
    /// The questions, with their values.
    pub questions: Vec<QuestionReport>,
    /// The runs, the one that is reported first.
    pub runs: Vec<RunReport>,
    /// The first run against each of the others; none in a sweep.
    pub comparisons: Vec<RunComparison>,
    /// The choice among the settings, where a sweep was asked for.
    pub choice: Option<Choice>,
    /// How many chunks of the collection had no vector while it was measured, which searches by meaning then miss; said by who
    /// searched.
    pub unembedded: usize,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionReport {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Whether the collection has the answer.
    pub answerable: bool,
    /// What became of it in each run.
    pub outcomes: Vec<Outcome>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// How it searched.
    pub setting: Setting,
    /// The mean of each measure, over the questions that have it.
    pub measures: BTreeMap<String, Estimate>,
    /// How long its searches took; `None` where there was no question.
    pub latency: Option<Latency>,
    /// How well the relevance of the best hit tells answerable questions from others ([`auc`]); `None` where all are one or the
    /// other.
    pub auc: Option<f64>,
}

/// The first run against another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunComparison {
    /// The place of the other run.
    pub against: usize,
    /// Of each measure how the first does against the other. Many measures, many chances: decide on one beforehand.
    pub measures: BTreeMap<String, Comparison>,
}

impl Report {
    /// Puts together what runs of `questions` say.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where a run has another number of outcomes than there are
    /// questions, or runs differ in the measures that a question has, or there is no run.
    pub fn of(questions: &[Question], runs: &[Run], bootstrap: &Bootstrap) -> Result<Self> {
        let report = Self::without_comparisons(questions, runs, bootstrap)?;
        let against = |(number, other): (usize, &Run)| {
            Ok(RunComparison { against: number, measures: compared(other, &runs[0], bootstrap)? })
        };
        let comparisons = runs.iter().enumerate().skip(1).map(against).collect::<Result<_>>()?;
        Ok(Self { comparisons, ..report })
    }

    /// The report of a sweep: the runs of all its settings, the one that is used now first, and the choice among them by `measure`,
    /// over the questions that have it. No other comparisons: among many, some would look significant by chance.
    ///
    /// # Errors
    /// Those of [`Report::of`] and [`Choice::of`].
    pub fn of_sweep(
        questions: &[Question],
        runs: &[Run],
        measure: &str,
        bootstrap: &Bootstrap,
    ) -> Result<Self> {
        let report = Self::without_comparisons(questions, runs, bootstrap)?;
        let values = |run: &Run| run.values(measure);
        let table: Vec<Vec<f64>> = runs.iter().map(values).collect();
        let measured = report.questions.iter().filter(|it| it.outcomes[0].values.contains_key(measure));
        let texts: Vec<&str> = measured.map(|it| it.question.as_str()).collect();
        if texts.is_empty() {
            return Err(Error::invalid_argument(format!("no question has the measure {measure:?}")));
        }
        let choice = Choice::of(measure, &texts, &table, bootstrap)?;
        Ok(Self { choice: Some(choice), ..report })
    }

    fn without_comparisons(questions: &[Question], runs: &[Run], bootstrap: &Bootstrap) -> Result<Self> {
        bootstrap.validate()?;
        check(questions, runs)?;
        let question = |(place, question): (usize, &Question)| QuestionReport {
            id: question.id.clone(),
            question: question.text.clone(),
            answerable: question.answerable,
            outcomes: runs.iter().map(|run| run.outcomes[place].clone()).collect(),
        };
        Ok(Self {
            level: bootstrap.level,
            resamples: bootstrap.resamples,
            seed: bootstrap.seed,
            questions: questions.iter().enumerate().map(question).collect(),
            runs: runs.iter().map(|run| RunReport::of(questions, run, bootstrap)).collect(),
            comparisons: Vec::new(),
            choice: None,
            unembedded: 0,
        })
    }
}

impl Run {
    /// The values of a measure, of the questions that have it.
    fn values(&self, measure: &str) -> Vec<f64> {
        self.outcomes.iter().filter_map(|outcome| outcome.values.get(measure).copied()).collect()
    }

    fn measures(&self) -> BTreeSet<&str> {
        order::set(self.outcomes.iter().flat_map(|outcome| outcome.values.keys().map(String::as_str)))
    }
}

impl RunReport {
    fn of(questions: &[Question], run: &Run, bootstrap: &Bootstrap) -> Self {
        let measure = |name: &str| Some((name.to_owned(), bootstrap.mean(&run.values(name))?));
        let relevances = |answerable: bool| {
            let asked = questions.iter().zip(&run.outcomes).filter(|(it, _)| it.answerable == answerable);
            asked.map(|(_, outcome)| outcome.relevance).collect::<Vec<_>>()
        };
        let milliseconds: Vec<f64> = run.outcomes.iter().map(|outcome| outcome.milliseconds).collect();
        Self {
            setting: run.setting,
            measures: order::map(run.measures().into_iter().filter_map(measure)),
            latency: Latency::of(&milliseconds),
            auc: auc(&relevances(true), &relevances(false)),
        }
    }
}

/// How `other` does against `base` by each measure.
fn compared(base: &Run, other: &Run, bootstrap: &Bootstrap) -> Result<BTreeMap<String, Comparison>> {
    let compare = |name: &str| {
        let comparison = Comparison::of(&base.values(name), &other.values(name), bootstrap);
        Ok((name.to_owned(), comparison.map_err(|error| error.within(name))?))
    };
    base.measures().into_iter().map(compare).collect()
}

fn check(questions: &[Question], runs: &[Run]) -> Result<()> {
    if runs.is_empty() {
        return Err(Error::invalid_argument("there is no run"));
    }
    for (number, run) in runs.iter().enumerate() {
        if run.outcomes.len() != questions.len() {
            let message =
                format!("run {number} has {} outcomes of {} questions", run.outcomes.len(), questions.len());
            return Err(Error::invalid_argument(message));
        }
        let first = &runs[0].outcomes;
        let differs = |(a, b): (&Outcome, &Outcome)| !a.values.keys().eq(b.values.keys());
        if let Some(place) = run.outcomes.iter().zip(first).position(differs) {
            let message = format!(
                "run {number} has other measures of question {:?} than the first",
                questions[place].id
            );
            return Err(Error::invalid_argument(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Retrieved;
    use super::super::questions::Questions;
    use super::super::setting::tests::current;
    use super::*;

    const QUESTIONS: &str =
        "question,document,quote,answerable\nRoof?,lease,the roof,\nRent?,lease,,\nMoon?,,,no\n";

    fn outcome(question: &Question, found: &[&str], relevance: f64) -> Outcome {
        let retrieved = Retrieved {
            documents: found.iter().map(|id| (*id).to_owned()).collect(),
            pieces: found.iter().map(|id| ((*id).to_owned(), 0..4)).collect(),
            relevance,
            milliseconds: 10.0 * relevance,
        };
        let relevant = question.passages.iter().map(|it| (it.document.clone(), 2..4)).collect::<Vec<_>>();
        Outcome::of(question, &relevant, &retrieved, &[1, 10])
    }

    fn run(questions: &[Question], found: [&[&str]; 3]) -> Run {
        let outcomes = questions.iter().zip(found).zip([0.75, 0.5, 0.5]);
        let outcomes =
            outcomes.map(|((question, found), relevance)| outcome(question, found, relevance)).collect();
        Run { setting: current(), outcomes }
    }

    #[test]
    fn each_question_has_the_measures_that_it_is_judged_for() {
        let Questions(questions) = Questions::from_csv(QUESTIONS).unwrap();
        let run = run(&questions, [&["sale", "lease"], &["lease"], &["sale"]]);
        let values = &run.outcomes[0].values;
        assert_eq!(
            (values["ndcg@1"], values["mrr@10"], values["map"], values["recall@10"]),
            (0.0, 0.5, 0.5, 1.0)
        );
        assert_eq!((values["tokenRecall"], values["tokenPrecision"], values["tokenIou"]), (1.0, 0.25, 0.25));
        assert_eq!(values["spanGain"], 1.0 / 3.0_f64.log2());
        assert_eq!(run.outcomes[1].values.len(), 7);
        assert!(run.outcomes[2].values.is_empty());
    }

    #[test]
    fn a_report_has_means_intervals_comparisons_latency_and_area() {
        let Questions(questions) = Questions::from_csv(QUESTIONS).unwrap();
        let better = run(&questions, [&["lease"], &["lease"], &["sale"]]);
        let worse = run(&questions, [&["sale", "lease"], &["lease"], &[]]);
        let report = Report::of(&questions, &[better, worse], &Bootstrap::default()).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["runs"][0]["measures"]["mrr@10"]["mean"], 1.0);
        assert_eq!(json["runs"][1]["measures"]["mrr@10"]["mean"], 0.75);
        assert_eq!(json["runs"][1]["measures"]["tokenRecall"]["count"], 1);
        // One answerable question above the other kind, one as high.
        assert_eq!(
            (&json["runs"][0]["auc"], &json["runs"][0]["latency"]["p95"]),
            (&0.75.into(), &7.5.into())
        );
        let against = &json["comparisons"][0];
        assert_eq!(against["against"], 1);
        assert_eq!(against["measures"]["mrr@10"]["difference"]["mean"], 0.25);
        assert_eq!(against["measures"]["mrr@10"]["wins"], 1);
        assert_eq!(against["measures"]["mrr@10"]["pValue"], 1.0);
        assert_eq!(json["questions"][0]["outcomes"][1]["values"]["mrr@10"], 0.5);
        assert_eq!(
            (&json["questions"][2]["answerable"], &json["choice"]),
            (&false.into(), &serde_json::Value::Null)
        );
    }

    #[test]
    fn a_sweep_chooses_over_the_questions_that_have_the_measure() {
        let Questions(questions) = Questions::from_csv(QUESTIONS).unwrap();
        let (now, other) = (
            run(&questions, [&["sale", "lease"], &["sale", "lease"], &[]]),
            run(&questions, [&["lease"], &["lease"], &[]]),
        );
        let runs = [now, other];
        let report = Report::of_sweep(&questions, &runs, "mrr@10", &Bootstrap::default()).unwrap();
        assert_eq!((report.runs.len(), report.comparisons.len()), (2, 0));
        let choice = report.choice.unwrap();
        assert_eq!((choice.chosen, choice.tuning_questions, choice.held_out.count), (1, 1, 1));
        // One question shows nothing.
        assert_eq!(choice.advice, super::super::sweep::Advice::Keep);
        let refused = Report::of_sweep(&questions, &runs, "fame", &Bootstrap::default()).unwrap_err();
        assert_eq!(refused.message(), "no question has the measure \"fame\"");
    }

    #[test]
    fn runs_that_do_not_fit_their_questions_are_refused() {
        let Questions(questions) = Questions::from_csv(QUESTIONS).unwrap();
        let whole = run(&questions, [&["lease"], &["lease"], &[]]);
        let mut short = whole.clone();
        short.outcomes.pop();
        let mut other = whole.clone();
        other.outcomes[1].values.remove("map");
        let refused = |runs: &[Run]| {
            Report::of(&questions, runs, &Bootstrap::default()).unwrap_err().message().to_owned()
        };
        assert_eq!(refused(&[]), "there is no run");
        assert_eq!(refused(&[whole.clone(), short]), "run 1 has 2 outcomes of 3 questions");
        assert_eq!(refused(&[whole, other]), "run 1 has other measures of question \"2\" than the first");
    }
}
