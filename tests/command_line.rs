//! The command line: results on standard output, errors with their code on standard error.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ibid::trail::Digest;
use serde_json::{Value, json};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny-cls-encoder");
const CROSS_ENCODER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny-cross-encoder");

fn ibid(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ibid"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

#[track_caller]
fn fails_with(output: Output, code: &str, named: &str) {
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert!(message.starts_with(&format!("error[{code}]: ")) && message.contains(named), "{message}");
}

#[test]
fn a_converted_model_embeds_each_line_of_its_input() {
    let target = scratch("converted");
    let folder = target.to_str().unwrap();
    let converted = ibid(&["convert", SOURCE, folder, "--name", "tiny", "--pooling", "cls"], b"");
    assert!(converted.status.success(), "{}", String::from_utf8_lossy(&converted.stderr));
    let mut files: Vec<_> = fs::read_dir(&target).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["model.json", "tokenizer.json", "weights.safetensors"]);

    let long = "water and heat ".repeat(100);
    let input = format!("the tenant pays rent\n\n{long}\n");
    let rows = embedded(&["--model", folder, "--kind", "query"], &input);
    let seen: Vec<_> = rows.iter().map(|row| (row["tokens"].as_u64(), row["truncated"].as_bool())).collect();
    assert_eq!(seen, [(Some(7), Some(false)), (Some(2), Some(false)), (Some(64), Some(true))]);

    let numbers = ibid(&["embed", "--model", folder], b"the tenant pays rent\n").stdout;
    assert_eq!(String::from_utf8(numbers).unwrap().split_whitespace().count(), 48);
}

#[test]
fn a_pruned_model_embeds_the_texts_inside_as_before_and_says_what_it_has_lost() {
    let (whole, part) = (scratch("whole-vocabulary"), scratch("part-of-a-vocabulary"));
    let texts = scratch("texts-of-a-vocabulary");
    fs::create_dir_all(&texts).unwrap();
    let text = texts.join("text.txt");
    fs::write(&text, "the tenant pays rent").unwrap();
    let [whole, part, text] = [&whole, &part, &text].map(|path| path.to_str().unwrap());
    assert!(ibid(&["convert", SOURCE, whole, "--name", "tiny"], b"").status.success());
    let pruned = ibid(&["convert", whole, part, "--vocabulary-from", text], b"");
    let message = String::from_utf8(pruned.stderr).unwrap();
    assert!(message.contains("of 120 rows stay") && message.contains("outside: "), "{message}");
    let rows = |folder: &str| embedded(&["--model", folder], "the tenant pays rent\nrent pays the tenant\n");
    assert_eq!(rows(part), rows(whole));

    fails_with(ibid(&["convert", whole, part, "--languages", "de,tlh"], b""), "invalid-argument", "\"tlh\"");
    fails_with(ibid(&["convert", whole, part], b""), "invalid-argument", "--vocabulary-from");
    fails_with(ibid(&["convert", SOURCE, part], b""), "invalid-argument", "--name");
    let missing = ibid(&["convert", whole, part, "--vocabulary-from", "no/such/file.txt"], b"");
    fails_with(missing, "invalid-argument", "no/such/file.txt");
}

/// Twelve documents with three sentences each, of which no two say the same.
fn house_rules(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let who = ["landlord", "tenant", "neighbour"];
    let what = ["sweeps the staircase", "repairs the roof", "pays for the water", "waters the garden"];
    let when =
        ["in the first month of the year", "on the last day of the month", "when there is notice of it"];
    for (number, (what, when)) in what.iter().flat_map(|what| when.map(|when| (what, when))).enumerate() {
        let sentence = |who| format!("By this lease the {who} of the house {what} {when} and not later. ");
        fs::write(folder.join(format!("{number}.txt")), who.map(sentence).concat()).unwrap();
    }
}

#[test]
fn a_cross_encoder_of_fewer_layers_is_taught_and_is_a_model_as_any_other() {
    let root = scratch("distilled");
    let (texts, few, target) = (root.join("texts"), root.join("few"), root.join("model"));
    house_rules(&texts);
    fs::create_dir_all(&few).unwrap();
    fs::copy(texts.join("0.txt"), few.join("0.txt")).unwrap();
    let [texts, few, target] = [&texts, &few, &target].map(|path| path.to_str().unwrap());
    let distil = |source: &str, texts: &str, layers: &str| {
        let of_time = ["--name", "tiny", "--source", "a fixture", "--minutes", "0.01"];
        let arguments =
            ["distil", source, target, texts, "--model", SOURCE, "--mode", "lexical", "--layers", layers];
        ibid(&[&arguments[..], &of_time].concat(), b"")
    };
    fails_with(distil(SOURCE, texts, "1"), "model-unsupported", "pair-scoring");
    fails_with(distil(CROSS_ENCODER, texts, "2"), "invalid-argument", "the model has 2");
    fails_with(distil(CROSS_ENCODER, few, "1"), "invalid-argument", "20 are needed");
    assert!(!Path::new(target).exists());

    let output = distil(CROSS_ENCODER, texts, "1");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    let row = |title: &str| -> Vec<f64> {
        let line = table.lines().find(|line| line.starts_with(title)).unwrap();
        line[title.len()..].split_whitespace().map(|value| value.parse().unwrap()).collect()
    };
    assert_eq!(row("layers"), [2.0, 1.0, 1.0]);
    let correlations = row("rank correlation ");
    assert!(correlations[0] > 0.999 && correlations.iter().all(|it| it.abs() <= 1.0), "{table}");
    let manifest = fs::read(Path::new(target).join("model.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(
        (&manifest["config"]["num_hidden_layers"], &manifest["task"]),
        (&json!(1), &json!("pair-scoring"))
    );
    let origin = manifest["source"].as_str().unwrap();
    assert!(origin.starts_with("a fixture; 1 of 2 layers"), "{origin}");

    let report = evaluated(&[
        texts,
        "--known-items",
        "4",
        "--mode",
        "lexical",
        "--sweep",
        "mrr@10",
        "--rerank",
        "0,1",
        "--reranker",
        target,
    ]);
    assert_eq!(report["queries"], json!(4));
}

/// What `ibid embed --json` prints for each line of `input`.
#[track_caller]
fn embedded(arguments: &[&str], input: &str) -> Vec<Value> {
    let output = ibid(&[&["embed", "--json"], arguments].concat(), input.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn vector(row: &Value) -> Vec<f64> {
    row["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn a_hugging_face_folder_is_quantised_in_memory_or_used_as_reference() {
    let target = scratch("hugging-face");
    let (folder, input) = (target.to_str().unwrap(), "the tenant pays rent\n");
    assert!(ibid(&["convert", SOURCE, folder, "--name", "tiny"], b"").status.success());
    let converted = embedded(&["--model", folder], input);
    assert_eq!(embedded(&["--model", SOURCE], input), converted);

    let reference = embedded(&["--model", SOURCE, "--reference"], input);
    let pairs = vector(&reference[0]).into_iter().zip(vector(&converted[0]));
    let cosine: f64 = pairs.map(|(a, b)| a * b).sum();
    assert!(cosine > 0.99 && cosine < 0.999_999, "cosine {cosine}");

    let no_source = ibid(&["embed", "--model", folder, "--reference"], input.as_bytes());
    fails_with(no_source, "model-file-missing", "config.json");
}

#[test]
fn errors_have_their_code_and_leave_no_folder_behind() {
    fails_with(
        ibid(&["embed", "--model", "no/such/folder"], b"text\n"),
        "model-file-missing",
        "no/such/folder",
    );

    let target = scratch("refused");
    let folder = target.to_str().unwrap();
    let refused = ibid(&["convert", SOURCE, folder, "--name", "tiny", "--weights-sha256", "00ff"], b"");
    fails_with(refused, "model-file-corrupt", "model.safetensors");
    let empty = ibid(&["convert", "no/such/source", folder, "--name", "tiny"], b"");
    fails_with(empty, "model-file-missing", "config.json");
    assert!(!target.exists());
}

#[test]
fn input_that_is_not_utf8_is_an_error() {
    let target = scratch("latin-1");
    let folder = target.to_str().unwrap();
    assert!(ibid(&["convert", SOURCE, folder, "--name", "tiny"], b"").status.success());
    fails_with(ibid(&["embed", "--model", folder], b"caf\xe9\n"), "invalid-utf8", "standard input");
}

const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents");

/// What `ibid extract` prints.
#[track_caller]
fn extracted(arguments: &[&str]) -> String {
    let output = ibid(&[&["extract"], arguments].concat(), b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn documents_of_any_format_are_extracted() {
    let word = format!("{DOCUMENTS}/office/pandoc-en.docx");
    let text = extracted(&[&word]);
    assert!(text.starts_with("Care of the pump\n\n"), "{text}");

    let lines = extracted(&["--outline", &word]);
    let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let head = lines.next().unwrap();
    assert!(head["type"].as_str().unwrap().ends_with("wordprocessingml.document"), "{head}");
    let units: Vec<u16> = text.encode_utf16().collect();
    let blocks: Vec<(String, String, String)> = lines
        .map(|block| {
            let at = |name: &str| block[name].as_u64().unwrap() as usize;
            let shown = String::from_utf16(&units[at("start")..at("end")]).unwrap();
            assert_eq!(shown, text[at("start_byte")..at("end_byte")]);
            (block["kind"].as_str().unwrap().to_owned(), block["section"][0].to_string(), shown)
        })
        .collect();
    let kinds: Vec<&str> = blocks.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert!(kinds.contains(&"table") && kinds.contains(&"list-item"), "{kinds:?}");
    assert_eq!(blocks[0], ("heading".into(), "\"Care of the pump\"".into(), "Care of the pump".into()));
}

#[test]
fn several_files_are_extracted_under_their_names_and_markdown_without_its_markup() {
    let [table, math] = ["table/sqlite.csv", "field/table.md"].map(|name| format!("{DOCUMENTS}/{name}"));
    let both = extracted(&["--plain", &table, &math]);
    let expected =
        format!("==> {table} <==\nid: 1; name: a,b; note: x\nid: 2; name: c \"d\"\n\n==> {math} <==\n");
    assert!(both.starts_with(&expected), "{both}");
    assert!(!both.contains("---"), "{both}");
}

#[test]
fn charset_and_type_are_as_the_caller_says_where_the_file_does_not() {
    let folder = scratch("extracted");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("notes.data");
    fs::write(&file, b"<i>caf\xe9</i> au lait").unwrap();
    let file = file.to_str().unwrap();
    fails_with(ibid(&["extract", file], b""), "invalid-utf8", "name that by `charset`");
    assert_eq!(extracted(&["--charset", "latin1", file]), "<i>café</i> au lait\n");
    assert_eq!(extracted(&["--charset", "latin1", "--type", "text/html", file]), "café au lait\n");
}

#[test]
fn files_that_cannot_be_extracted_are_named() {
    let pdf = format!("{DOCUMENTS}/pdf/encrypted.pdf");
    fails_with(ibid(&["extract", &pdf], b""), "unsupported-media-type", "encrypted.pdf");
    let word = format!("{DOCUMENTS}/office/encrypted.docx");
    fails_with(ibid(&["extract", &word], b""), "document-encrypted", "encrypted.docx");
    fails_with(ibid(&["extract", "no/such/file"], b""), "invalid-argument", "no/such/file");
}

#[test]
fn chunks_and_hits_are_of_documents_of_any_format() {
    let target = scratch("any-format");
    let model = target.to_str().unwrap();
    assert!(ibid(&["convert", SOURCE, model, "--name", "tiny", "--pooling", "cls"], b"").status.success());

    let word = format!("{DOCUMENTS}/office/pandoc-en.docx");
    let chunks = ibid(&["chunk", "--json", "--max", "64", "--overlap", "0", "--model", model, &word], b"");
    assert!(chunks.status.success(), "{}", String::from_utf8_lossy(&chunks.stderr));
    let first = String::from_utf8(chunks.stdout).unwrap().lines().next().unwrap().to_owned();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["section"][0], "Care of the pump");

    let queries = target.join("queries.jsonl");
    fs::write(&queries, "{\"_id\": \"1\", \"text\": \"pump\"}\n").unwrap();
    let folder = format!("{DOCUMENTS}/office");
    let arguments = [
        "search",
        &folder,
        "--queries",
        queries.to_str().unwrap(),
        "--json",
        "--mode",
        "lexical",
        "--model",
        model,
    ];
    let found = ibid(&arguments, b"");
    let notes = String::from_utf8(found.stderr).unwrap();
    assert!(found.status.success() && notes.contains("skipped: document \"encrypted.docx\""), "{notes}");
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let hits: Vec<&str> =
        found["hits"].as_array().unwrap().iter().map(|hit| hit["document"].as_str().unwrap()).collect();
    assert!(hits.iter().any(|document| !document.ends_with(".txt")), "{hits:?}");
}

#[test]
fn sentences_of_answers_have_verdicts() {
    let folder = scratch("verify");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("answers.jsonl");
    let line = |answer: &str| {
        let source = |text: &str| json!({ "title": "", "text": text });
        let sources = [
            source("The rent is £1,145 per month. One cat may be kept."),
            source("The leave year begins on 1 April."),
        ];
        json!({ "answer": answer, "sources": sources }).to_string()
    };
    let answer =
        "The rent is £1,145 a month [1]. The leave year begins on 1 May [2]. One cat may be kept [2].";
    fs::write(&file, format!("{}\n\n{}\n", line(answer), line(""))).unwrap();
    let file = file.to_str().unwrap();
    let output = ibid(&["verify", file, "--json"], b"");
    assert!(output.status.success(), "{output:?}");
    let rows: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1], json!({ "sentences": [] }));
    let sentences = rows[0]["sentences"].as_array().unwrap();
    let found: Vec<_> =
        sentences.iter().map(|it| (it["verdict"].as_str().unwrap(), it["sources"].clone())).collect();
    assert_eq!(
        found,
        [("supported", json!([1])), ("contradicted", json!([2])), ("misattributed", json!([1]))]
    );
    assert_eq!(sentences[0]["text"], "The rent is £1,145 a month.");
    assert_eq!(sentences[2]["suggested"], json!([1]));
    assert!(sentences[1]["score"].as_f64().unwrap() < 0.5 && sentences[0]["score"].as_f64().unwrap() >= 0.5);
    let text = String::from_utf8(ibid(&["verify", file], b"").stdout).unwrap();
    assert!(text.contains("“1 April” where the answer says “1 May”"), "{text}");
}

#[test]
fn a_line_that_is_no_answer_is_named() {
    let folder = scratch("verify-bad");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("answers.jsonl");
    for bad in ["{", "{\"answer\": \"x\"}", "7"] {
        fs::write(&file, format!("{{\"answer\": \"x\", \"sources\": []}}\n{bad}\n")).unwrap();
        let output = ibid(&["verify", file.to_str().unwrap(), "--json"], b"");
        assert!(output.stdout.is_empty(), "nothing is printed where a line is bad");
        fails_with(output, "invalid-argument", "line 2");
    }
    assert_eq!(ibid(&["verify"], b"").status.code(), Some(2));
}

#[test]
fn labelled_claims_are_judged_as_well_as_is_asked_for() {
    let output = ibid(&["verify", "--labelled", "tests/fixtures/answers"], b"");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let figure_of = |part: &str, name: &str| {
        let line = part.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.trim_start()[name.len()..].split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    // What it was tuned on, and what it was not: told apart at least, and true ones called contradicted at most.
    for (file, apart, accused) in [
        ("claims.jsonl: ", 0.94, 0.01),
        ("held.jsonl: ", 0.88, 0.02),
        ("unseen.jsonl, the half that is tuned on: ", 0.93, 0.01),
        ("unseen.jsonl, the other half: ", 0.84, 0.06),
    ] {
        let part = &text[text.find(file).unwrap()..];
        assert!(figure_of(part, "told apart") >= apart, "{file}{text}");
        assert!(figure_of(part, "true, contradicted") <= accused, "{file}{text}");
    }
    let figure = |name: &str| figure_of(&text, name);
    assert!(figure("swapped, contradicted") >= 0.8, "{text}");
    assert!(figure("put otherwise, contradicted") <= 0.06, "{text}");
    assert!(figure("found") >= 0.95 && figure("repaired") >= 0.95, "{text}");
}

/// A folder of two documents and a file of questions about them.
fn asked_folder(name: &str, questions: &str) -> (PathBuf, PathBuf) {
    let root = scratch(name);
    let folder = root.join("documents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("lease.md"), "# Lease\n\nThe landlord repairs the roof within fourteen days.\n")
        .unwrap();
    fs::write(folder.join("sale.md"), "# Sale\n\nThe buyer pays the price before the key is handed over.\n")
        .unwrap();
    let file = root.join("questions.csv");
    fs::write(&file, questions).unwrap();
    (folder, file)
}

#[track_caller]
fn evaluated(arguments: &[&str]) -> Value {
    let output = ibid(&[&["evaluate", "--json", "--model", SOURCE], arguments].concat(), b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_folder_is_measured_with_questions_of_ones_own() {
    let questions = "question,document,quote,answerable\nwho repairs the roof,lease.md,repairs the  roof,\n\
                     buyer price key,sale.md,,\nzebra,,,no\n";
    let (folder, file) = asked_folder("evaluate-questions", questions);
    let (folder, file) = (folder.to_str().unwrap(), file.to_str().unwrap());
    let report =
        evaluated(&[folder, "--questions", file, "--mode", "lexical", "--against", "dense,hybrid:0.3"]);
    assert_eq!(
        (&report["mrr@10"], &report["queries"], &report["documents"]),
        (&json!(1.0), &json!(2), &json!(2))
    );
    let lexical = &report["runs"][0];
    assert_eq!(lexical["setting"]["mode"], "lexical");
    assert_eq!(lexical["measures"]["mrr@10"], json!({ "mean": 1.0, "low": 1.0, "high": 1.0, "count": 2 }));
    assert_eq!((&lexical["measures"]["tokenRecall"]["mean"], &lexical["auc"]), (&json!(1.0), &json!(1.0)));
    assert_eq!(lexical["latency"]["count"], 3);
    assert_eq!(report["comparisons"][1]["against"], 2);
    let weight = report["runs"][2]["setting"]["denseWeight"].as_f64().unwrap();
    assert!((weight - 0.3).abs() < 1e-6, "{weight}");

    let text =
        ibid(&["evaluate", folder, "--questions", file, "--mode", "lexical", "--model", SOURCE], b"").stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("mrr@10  1.0000  (1.0000 to 1.0000)  2 questions"), "{text}");
}

#[test]
fn a_collection_is_measured_with_questions_of_its_own_and_a_setting_chosen() {
    let (folder, _) = asked_folder("evaluate-known-items", "");
    let folder = folder.to_str().unwrap();
    let report =
        evaluated(&[folder, "--known-items", "5", "--mode", "lexical", "--sweep", "mrr@10", "--hits", "1,2"]);
    let questions = report["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 2);
    assert!(
        questions.iter().all(|it| it["question"].as_str().unwrap().split(' ').count() == 4),
        "{questions:?}"
    );
    assert_eq!((&report["mrr@10"], &report["choice"]["advice"]), (&json!(1.0), &json!("keep")));
    assert_eq!(report["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn an_exported_trail_is_checked() {
    let root = scratch("trail");
    fs::create_dir_all(&root).unwrap();
    let file = root.join("trail.jsonl");
    let first = format!(r#"{{"number":1,"previous":"{}","question":"Roof?"}}"#, "0".repeat(64));
    let second = format!(r#"{{"number":2,"previous":"{}","question":"Rent?"}}"#, Digest::of(&first));
    let file = file.to_str().unwrap();
    fs::write(file, format!("{first}\n{second}\n")).unwrap();
    let whole = ibid(&["trail", file, "--json"], b"");
    assert!(whole.status.success());
    let check: Value = serde_json::from_slice(&whole.stdout).unwrap();
    let head = Digest::of(&second).to_string();
    assert_eq!(check, json!({ "records": 2, "deleted": 0, "first": 1, "head": head, "broken": [] }));
    fs::write(file, format!("{}\n{second}\n", first.replace("Roof", "Rood"))).unwrap();
    let changed = ibid(&["trail", file], b"");
    let text = String::from_utf8_lossy(&changed.stdout).into_owned();
    assert!(text.contains("record 2: it does not fit the line before it"), "{text}");
    let message = String::from_utf8_lossy(&changed.stderr);
    assert_eq!(changed.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error[malformed-document]: "), "{message}");
}

#[test]
fn questions_about_documents_that_are_not_there_are_refused() {
    let (folder, file) = asked_folder("evaluate-refused", "question,document\nroof,rent.md\n");
    let arguments =
        ["evaluate", folder.to_str().unwrap(), "--questions", file.to_str().unwrap(), "--model", SOURCE];
    fails_with(ibid(&arguments, b""), "invalid-argument", "question \"1\": there is no document \"rent.md\"");
    fails_with(
        ibid(&[&arguments[..2], &arguments[4..]].concat(), b""),
        "invalid-argument",
        "no queries.jsonl; name --questions",
    );
    fs::write(&file, "question,document\n\"roof,lease.md\n").unwrap();
    fails_with(
        ibid(&arguments, b""),
        "invalid-argument",
        "questions.csv: line 2: row: a quotation mark is never closed",
    );
}

/// A folder of documents, and a model that embeds them.
fn documents_and_model(name: &str) -> (PathBuf, PathBuf) {
    let root = scratch(name);
    let (folder, model) = (root.join("documents"), root.join("model"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("lease.md"), "# Repairs\n\nThe landlord mends the roof.").unwrap();
    fs::write(folder.join("guide.txt"), "The bins are emptied on Tuesday.").unwrap();
    assert!(ibid(&["convert", SOURCE, model.to_str().unwrap(), "--name", "tiny"], b"").status.success());
    (root, model)
}

#[track_caller]
fn prints(arguments: &[&str]) -> String {
    let output = ibid(arguments, b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_index_is_kept_and_only_what_changed_is_embedded_again() {
    let (root, model) = documents_and_model("kept-index");
    let [folder, index] = ["documents", "index"].map(|name| root.join(name).to_str().unwrap().to_owned());
    let model = ["--model", model.to_str().unwrap()];
    let update = || prints(&[&["index", &folder, "--into", &index], &model[..]].concat());
    assert_eq!(update(), "2 documents, 2 of them new or changed; 0 removed\n");
    assert_eq!(update(), "2 documents, 0 of them new or changed; 0 removed\n");
    fs::write(root.join("documents/guide.txt"), "The bins are emptied on Friday.").unwrap();
    fs::write(root.join("documents/new.txt"), "The key is under the mat.").unwrap();
    fs::remove_file(root.join("documents/lease.md")).unwrap();
    assert_eq!(update(), "2 documents, 2 of them new or changed; 1 removed\n");

    // What is asked of the index, of the folder with it, and of the folder alone has one answer.
    let ask = |of: &[&str]| {
        prints(
            &[&["ask"], of, &["when are the bins emptied?", "--quote-anyway", "--json"], &model[..]].concat(),
        )
    };
    let answer = ask(&[&folder]);
    assert!(answer.contains("Friday"), "{answer}");
    assert_eq!(ask(&[&index]), answer);
    assert_eq!(ask(&[&folder, "--index", &index]), answer);
    assert_eq!(ask(&[&folder, "--index", &index, "--fresh"]), answer);
    fails_with(
        ibid(&[&["index", &folder, "--into", &folder], &model[..]].concat(), b""),
        "invalid-argument",
        "is no index",
    );
}

fn export_is_encrypted_on_request(root: &Path, index: &str) {
    let [passphrase, file, into] = ["passphrase", "encrypted.ibid", "from-encrypted"]
        .map(|name| root.join(name).to_str().unwrap().to_owned());
    fs::write(&passphrase, "\u{feff}a house\r\nand nothing else\n").unwrap(); // as editors of Windows do
    let export = ["export", index, &file, "--passphrase-file"];
    prints(&[&export[..], &[&passphrase]].concat());
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"roof"));
    let import = ["import", &file, "--into", &into];
    fails_with(ibid(&import, b""), "locked", "passphrase");
    let with_passphrase = [&import[..], &["--passphrase-file", "-"]].concat();
    fails_with(ibid(&with_passphrase, b"a home"), "wrong-key", "the file");
    fails_with(ibid(&with_passphrase, b"\n"), "invalid-argument", "-: a passphrase must not be empty");
    let imported = ibid(&with_passphrase, b"a house\n");
    assert!(String::from_utf8_lossy(&imported.stdout).starts_with("2 documents added"), "{imported:?}");
}

#[test]
fn an_index_is_exported_and_imported() {
    let (root, model) = documents_and_model("transfer");
    let [folder, index, other, file] = ["documents", "index", "other", "house.ibid"]
        .map(|name| root.join(name).to_str().unwrap().to_owned());
    let model = ["--model", model.to_str().unwrap()];
    prints(&[&["index", &folder, "--into", &index], &model[..]].concat());
    let exported = prints(&["export", &index, &file]);
    assert!(exported.starts_with("2 documents, 2 chunks, 0 records of the trail, "), "{exported}");
    let imported = prints(&["import", &file, "--into", &other]);
    assert!(
        imported.starts_with("2 documents added, 0 removed, 0 there already, 0 of the same id"),
        "{imported}"
    );
    let search = |of: &str| {
        prints(&[&["ask", of, "who mends the roof?", "--quote-anyway", "--json"], &model[..]].concat())
    };
    assert_eq!(search(&other), search(&index));

    fails_with(ibid(&["import", &file, "--into", &other], b""), "collection-not-empty", "2 documents");
    assert!(
        prints(&["import", &file, "--into", &other, "--replace"]).starts_with("2 documents added, 2 removed")
    );
    assert!(
        prints(&["import", &file, "--into", &other, "--merge"])
            .starts_with("0 documents added, 0 removed, 2 there")
    );
    export_is_encrypted_on_request(&root, &index);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    fails_with(
        ibid(&["import", &file, "--into", &other, "--replace"], b""),
        "file-truncated",
        "record \"end\"",
    );
    assert_eq!(search(&other), search(&index));
    fails_with(ibid(&["export", &folder, &file], b""), "invalid-argument", "is no index");
}

/// Whether any file below `folder` has the bytes of `word`.
fn holds(folder: &Path, word: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, word);
        }
        fs::read(path).unwrap().windows(word.len()).any(|window| window == word.as_bytes())
    })
}

#[test]
fn an_index_is_encrypted_as_it_is_made_or_later() {
    let (root, model) = documents_and_model("sealed-index");
    let [folder, index, plain, file, other, passphrase] =
        ["documents", "index", "plain", "house.ibid", "other", "passphrase"]
            .map(|name| root.join(name).to_str().unwrap().to_owned());
    fs::write(&passphrase, "a house\n").unwrap();
    let model = ["--model", model.to_str().unwrap()];
    let opened = ["--index-passphrase-file", &passphrase];
    let ask = |of: &str, opened: &[&str]| {
        let asked = ["ask", of, "who mends the roof?", "--quote-anyway", "--json"];
        prints(&[&asked[..], &model[..], opened].concat())
    };
    prints(&[&["index", &folder, "--into", &plain], &model[..]].concat());
    prints(&[&["index", &folder, "--into", &index], &model[..], &opened].concat());
    assert!(holds(Path::new(&plain), "landlord") && !holds(Path::new(&index), "landlord"));
    let expected = ask(&plain, &[]);
    assert_eq!(ask(&index, &opened), expected);
    assert_eq!(ask(&folder, &[&["--index", &index], &opened[..]].concat()), expected);
    let again = prints(&[&["index", &folder, "--into", &index], &model[..], &opened].concat());
    assert!(again.starts_with("2 documents, 0 of them new"), "{again}");

    let asked = [&["ask", &index, "who?"], &model[..]].concat();
    fails_with(ibid(&asked, b""), "locked", "--index-passphrase-file");
    let from_input = [&asked[..], &["--index-passphrase-file", "-"]].concat();
    fails_with(ibid(&from_input, b"a home\n"), "wrong-key", "passphrase");
    fails_with(
        ibid(&[&["ask", &plain, "who?"], &model[..], &opened].concat(), b""),
        "not-encrypted",
        "ibid encrypt",
    );
    fails_with(
        ibid(&[&["ask", &folder, "who?"], &model[..], &opened].concat(), b""),
        "invalid-argument",
        "--index",
    );

    // What is made anew is opened first, by what opens it, and is encrypted again.
    let fresh = [&["index", &folder, "--into", &index, "--fresh"], &model[..]].concat();
    fails_with(ibid(&fresh, b""), "locked", "--index-passphrase-file");
    fails_with(ibid(&[&fresh[..], &["--index-passphrase-file", "-"]].concat(), b"a home\n"), "wrong-key", "");
    assert_eq!(ask(&index, &opened), expected);
    prints(&[&fresh[..], &opened].concat());
    assert!(!holds(Path::new(&index), "landlord"));
    assert_eq!(ask(&index, &opened), expected);

    // A file out of it is plain, unless it is to be encrypted, too; both secrets can come by the standard input.
    prints(&[&["export", &index, &file], &opened[..]].concat());
    prints(&["import", &file, "--into", &other]);
    assert_eq!(ask(&other, &[]), expected);
    let both = ["export", &index, &file, "--index-passphrase-file", "-", "--passphrase-file", "-"];
    assert!(ibid(&both, b"a house\na file\n").status.success());
    let import = ["import", &file, "--into", &other, "--replace", "--passphrase-file", "-"];
    assert!(ibid(&import, b"a file\n").status.success());
    assert_eq!(ask(&other, &[]), expected);

    prints(&["encrypt", &plain, "--to-passphrase-file", &passphrase]);
    assert!(!holds(Path::new(&plain), "landlord"));
    assert_eq!(ask(&plain, &opened), expected);
    fails_with(
        ibid(&["encrypt", &plain, "--to-passphrase-file", &passphrase], b""),
        "locked",
        "change-passphrase",
    );
    let change = ["change-passphrase", &plain, "--index-passphrase-file", "-", "--to-passphrase-file", "-"];
    assert!(ibid(&change, b"a house\nanother\n").status.success());
    fails_with(ibid(&change, b"a house\nanother\n"), "wrong-key", "passphrase");
    assert!(ibid(&["decrypt", &plain, "--index-passphrase-file", "-"], b"another\n").status.success());
    assert!(holds(Path::new(&plain), "landlord"));
    assert_eq!(ask(&plain, &[]), expected);
    fails_with(ibid(&["decrypt", &folder], b""), "invalid-argument", "is no index");
}
