//! How right verdicts are on claims that were written and labelled by hand.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::time::Instant;

use ibid::cite::{SentenceVerdict, Source, Verdict, Verifier, verify};
use ibid::error::{Error, Result};
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::beir::read_lines;
use crate::ingest::unreadable;
use crate::output::print_text;

/// A claim that a document supports, and the same with one thing altered.
#[derive(Deserialize)]
struct ClaimLine {
    document: String,
    /// What was altered.
    kind: String,
    r#true: String,
    altered: String,
}

/// Claims that cite one of several passages wrongly.
#[derive(Deserialize)]
struct MisattributedLine {
    /// Passages: a document, `#`, and the heading of a section.
    sources: Vec<String>,
    /// Each a sentence, the number of the passage that supports it, and that of the one that it cites.
    claims: Vec<(String, u32, u32)>,
}

/// A sentence, and a claim that says the same or has those exchanged who do something and to whom.
#[derive(Deserialize)]
struct RoleLine {
    source: String,
    claim: String,
    swapped: bool,
}

/// A document in the file itself, with claims about it.
#[derive(Deserialize)]
struct DocumentLine {
    title: String,
    text: String,
    claims: Vec<Pair>,
}

/// A true claim and its altered twin.
#[derive(Deserialize)]
struct Pair {
    kind: String,
    r#true: String,
    altered: String,
}

/// Claims of which figures are printed together.
struct Group {
    name: &'static str,
    claims: Vec<ClaimLine>,
    /// Whether the verifier may be tuned on them, so that its mistakes may be looked at.
    is_tuned: bool,
}

/// How many words the answer has whose verification is timed, and how many sources.
const TIMED_WORDS: usize = 300;
const TIMED_SOURCES: usize = 8;

/// Files of claims about documents of the repository, and whether the verifier is tuned on them.
const CLAIMS: [(&str, bool); 2] = [("claims.jsonl", true), ("held.jsonl", false)];

/// The file of claims about documents of its own, of which one half is tuned on.
const UNSEEN: &str = "unseen.jsonl";

/// Prints the figures of a folder with [`CLAIMS`], [`UNSEEN`], `roles.jsonl` and `misattributed.jsonl`. Where it is verbose, what was judged
/// wrongly, too, of claims that the verifier may be tuned on.
pub fn run(folder: &Path, is_verbose: bool) -> Result<()> {
    let mut documents: BTreeMap<String, String> = BTreeMap::new();
    let groups = groups(folder, &mut documents)?;
    for group in &groups {
        print_text(&format!("{}: ", group.name))?;
        altered(&group.claims, &documents, is_verbose && group.is_tuned)?;
    }
    let lines: Vec<RoleLine> = read_lines(&folder.join("roles.jsonl"))?;
    roles(&lines, is_verbose)?;
    let lines: Vec<MisattributedLine> = read_lines(&folder.join("misattributed.jsonl"))?;
    misattributed(&lines, &mut documents, is_verbose)?;
    let timed = groups.iter().flat_map(|group| &group.claims).collect::<Vec<_>>();
    time(&timed, &lines, &mut documents)
}

/// The claims of a folder; `documents` gets what they are about.
fn groups(folder: &Path, documents: &mut BTreeMap<String, String>) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (name, is_tuned) in CLAIMS {
        let claims: Vec<ClaimLine> = read_lines(&folder.join(name))?;
        claims.iter().try_for_each(|claim| read(&claim.document, documents))?;
        groups.push(Group { name, claims, is_tuned });
    }
    let mut halves = [Vec::new(), Vec::new()];
    for line in read_lines::<DocumentLine>(&folder.join(UNSEEN))? {
        let DocumentLine { title, text, claims } = line;
        let half = usize::try_from(xxh3_64(text.as_bytes()) % 2).unwrap_or(0);
        halves[half].extend(claims.into_iter().map(|Pair { kind, r#true, altered }| ClaimLine {
            document: title.clone(),
            kind,
            r#true,
            altered,
        }));
        documents.insert(title, text);
    }
    let [tuned, unseen] = halves;
    groups.push(Group { name: "unseen.jsonl, the half that is tuned on", claims: tuned, is_tuned: true });
    groups.push(Group { name: "unseen.jsonl, the other half", claims: unseen, is_tuned: false });
    Ok(groups)
}

fn read(path: &str, documents: &mut BTreeMap<String, String>) -> Result<()> {
    if !documents.contains_key(path) {
        let text = fs::read_to_string(path).map_err(|error| unreadable(Path::new(path), error))?;
        documents.insert(path.to_owned(), text);
    }
    Ok(())
}

/// The verdict about a claim that cites the first source.
fn judge(verifier: &mut Verifier, claim: &str, cited: u32) -> Result<SentenceVerdict> {
    let verdicts = verifier.verify(&format!("{claim} [{cited}]"));
    match <[SentenceVerdict; 1]>::try_from(verdicts) {
        Ok([verdict]) => Ok(verdict),
        Err(verdicts) => {
            Err(Error::invalid_argument(format!("{claim:?} has {} sentences and not 1", verdicts.len())))
        }
    }
}

fn altered(claims: &[ClaimLine], documents: &BTreeMap<String, String>, is_verbose: bool) -> Result<()> {
    let mut by_kind: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let (mut supported, mut accused, mut contradicted, mut ordered) = (0, 0, 0, 0);
    let mut verifiers: HashMap<&str, Verifier> = HashMap::new();
    for claim in claims {
        let text = &documents[&claim.document];
        let verifier =
            verifiers.entry(&claim.document).or_insert_with(|| Verifier::new(&[Source { title: "", text }]));
        let (right, wrong) = (judge(verifier, &claim.r#true, 1)?, judge(verifier, &claim.altered, 1)?);
        let count = by_kind.entry(&claim.kind).or_default();
        count[0] += 1;
        count[1] += usize::from(wrong.verdict != Verdict::Supported);
        supported += usize::from(right.verdict == Verdict::Supported);
        accused += usize::from(right.verdict == Verdict::Contradicted);
        contradicted += usize::from(wrong.verdict == Verdict::Contradicted);
        ordered += usize::from(right.score > wrong.score);
        if is_verbose {
            show("true", &right, right.verdict == Verdict::Supported)?;
            show("altered", &wrong, wrong.verdict != Verdict::Supported)?;
        }
    }
    let all = claims.len();
    let found: usize = by_kind.values().map(|count| count[1]).sum();
    print_text(&format!("{all} true claims and {all} that were altered in one thing\n"))?;
    figure("told apart", found + supported, 2 * all)?;
    figure("true, supported", supported, all)?;
    figure("true, contradicted", accused, all)?;
    figure("altered, not supported", found, all)?;
    figure("altered, contradicted", contradicted, all)?;
    figure("true scores above altered", ordered, all)?;
    for (kind, [count, found]) in by_kind {
        figure(&format!("altered {kind}, found"), found, count)?;
    }
    Ok(())
}

fn roles(lines: &[RoleLine], is_verbose: bool) -> Result<()> {
    let (mut swapped, mut found, mut accused) = (0, 0, 0);
    for RoleLine { source, claim, swapped: is_swapped } in lines {
        let verdict = judge(&mut Verifier::new(&[Source { title: "", text: source }]), claim, 1)?;
        let is_contradicted = verdict.verdict == Verdict::Contradicted;
        swapped += usize::from(*is_swapped);
        found += usize::from(*is_swapped && is_contradicted);
        accused += usize::from(!is_swapped && is_contradicted);
        if is_verbose {
            let what = if *is_swapped { "swapped" } else { "put otherwise" };
            show(what, &verdict, is_contradicted == *is_swapped)?;
        }
    }
    print_text(&format!(
        "{} claims that put a sentence otherwise, some with its roles swapped\n",
        lines.len()
    ))?;
    figure("swapped, contradicted", found, swapped)?;
    figure("put otherwise, contradicted", accused, lines.len() - swapped)
}

fn misattributed(
    lines: &[MisattributedLine],
    documents: &mut BTreeMap<String, String>,
    is_verbose: bool,
) -> Result<()> {
    let (mut all, mut found, mut repaired, mut kept) = (0, 0, 0, 0);
    for line in lines {
        let passages = passages(line, documents)?;
        let sources: Vec<Source<'_>> = passages.iter().map(|text| Source { title: "", text }).collect();
        let mut verifier = Verifier::new(&sources);
        for (claim, right, wrong) in &line.claims {
            let verdict = judge(&mut verifier, claim, *wrong)?;
            let control = judge(&mut verifier, claim, *right)?;
            let is_found = verdict.verdict == Verdict::Misattributed;
            let is_repaired = is_found && verdict.suggested.first() == Some(right);
            all += 1;
            found += usize::from(is_found);
            repaired += usize::from(is_repaired);
            kept += usize::from(control.verdict == Verdict::Supported);
            if is_verbose {
                show(&format!("cites {wrong} for {right}"), &verdict, is_repaired)?;
                show("cites rightly", &control, control.verdict == Verdict::Supported)?;
            }
        }
    }
    print_text(&format!("{all} claims that cite the wrong one of several passages\n"))?;
    figure("found", found, all)?;
    figure("repaired", repaired, all)?;
    figure("supported with the right mark", kept, all)
}

/// The passages of a line, by their documents and headings.
fn passages(line: &MisattributedLine, documents: &mut BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut passages = Vec::new();
    for source in &line.sources {
        let (path, heading) = source.split_once('#').unwrap_or((source, ""));
        read(path, documents)?;
        let passage = section(&documents[path], heading);
        passages.push(
            passage.ok_or_else(|| Error::invalid_argument(format!("{path} has no section {heading:?}")))?,
        );
    }
    Ok(passages)
}

/// From a heading to the next that is as high; all of a text where the heading is empty.
fn section(text: &str, heading: &str) -> Option<String> {
    if heading.is_empty() {
        return Some(text.to_owned());
    }
    let name = |line: &str| line.trim().trim_start_matches('#').trim().trim_matches('*').to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| name(line) == heading)?;
    let depth = |line: &str| line.len() - line.trim_start_matches('#').len();
    let is_next = |line: &str| match depth(lines[first]) {
        0 => is_capital_heading(line) || line.starts_with("====") || line.starts_with("----"),
        own => (1..=own).contains(&depth(line)) && !line.starts_with("#!"),
    };
    let end =
        lines[first + 1..].iter().position(|line| is_next(line)).map_or(lines.len(), |end| first + 1 + end);
    Some(lines[first..end].join("\n"))
}

/// A heading of a text without Markdown: `2. VIADUCT`, `WHAT IT COSTS`.
fn is_capital_heading(line: &str) -> bool {
    let letters: Vec<char> = line.chars().filter(|it| it.is_alphabetic()).collect();
    letters.len() > 2 && letters.iter().all(|it| it.is_uppercase()) && !line.starts_with("   ")
}

fn time(
    claims: &[&ClaimLine],
    lines: &[MisattributedLine],
    documents: &mut BTreeMap<String, String>,
) -> Result<()> {
    let mut paths: Vec<&String> = claims.iter().map(|claim| &claim.document).collect();
    paths.dedup();
    paths.truncate(TIMED_SOURCES);
    let mut answer = String::new();
    for claim in claims.iter().filter(|claim| paths.contains(&&claim.document)).step_by(4) {
        let cited = paths.iter().position(|path| **path == claim.document).unwrap_or(0) + 1;
        if answer.split_whitespace().count() < TIMED_WORDS {
            answer.push_str(&format!("{} [{cited}] ", claim.r#true));
        }
    }
    let whole: Vec<String> = paths.iter().map(|path| documents[*path].clone()).collect();
    print_time("whole documents", &answer, &whole)?;
    if let Some(line) = lines.iter().find(|line| line.sources.len() >= TIMED_SOURCES) {
        let mut passages = passages(line, documents)?;
        passages.truncate(TIMED_SOURCES);
        let mut answer = String::new();
        for (claim, right, _) in line.claims.iter().cycle() {
            if answer.split_whitespace().count() >= TIMED_WORDS {
                break;
            }
            answer.push_str(&format!("{claim} [{right}] "));
        }
        print_time("passages", &answer, &passages)?;
    }
    Ok(())
}

/// The least time of five runs.
fn print_time(name: &str, answer: &str, texts: &[String]) -> Result<()> {
    let sources: Vec<Source<'_>> = texts.iter().map(|text| Source { title: "", text }).collect();
    let run = || {
        let start = Instant::now();
        let sentences = verify(answer, &sources).len();
        (start.elapsed().as_secs_f64() * 1e3, sentences)
    };
    let runs: Vec<_> = (0..5).map(|_| run()).collect();
    let least = runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
    let words = answer.split_whitespace().count();
    let bytes: usize = texts.iter().map(String::len).sum();
    print_text(&format!(
        "{words} words in {} sentences with {} {name} of {bytes} bytes in all: {least:.1} ms\n",
        runs[0].1,
        texts.len()
    ))
}

fn figure(name: &str, part: usize, of: usize) -> Result<()> {
    print_text(&format!("{name:>30}  {:.4}  {part} of {of}\n", part as f64 / of.max(1) as f64))
}

fn show(what: &str, verdict: &SentenceVerdict, is_right: bool) -> Result<()> {
    if is_right {
        return Ok(());
    }
    print_text(&format!(
        "{what}: {} {:.2} {}\n    {} {:?}\n",
        verdict.verdict.name(),
        verdict.score,
        verdict.text,
        verdict.reason,
        verdict.evidence.iter().map(|it| it.text.chars().take(120).collect::<String>()).collect::<Vec<_>>()
    ))
}
