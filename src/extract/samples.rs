//! Files that programs wrote, and strings that programs stumble over, through every extractor of text formats.

use super::*;
#[cfg(feature = "documents")]
use crate::document::MetadataValue;
#[cfg(feature = "documents")]
use crate::extract::formats::detect;

/// A folder of public collections, which are read in place where they are there.
fn eval(name: &str) -> Option<std::path::PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../shared/eval", "../../shared/eval"].map(|eval| root.join(eval).join(name));
    folders.into_iter().find(|folder| folder.exists())
}

fn extract_as(media_type: &MediaType, content: impl Into<Content>) -> Result<Extracted> {
    let extracted = extract(&Document::new("sample", "", media_type.clone(), content))?;
    extracted.validate()?;
    Ok(extracted)
}

#[cfg(feature = "documents")]
mod files {
    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            (
                include_bytes!(concat!("../../tests/fixtures/documents/", $name)).as_slice(),
                $name.rsplit('/').next().unwrap_or_default(),
            )
        };
    }

    /// The file as it is read when it is dropped on a page: its type found, its charset perhaps named by the reader.
    fn read((bytes, name): (&[u8], &str), fallback: Option<&str>) -> Extracted {
        let media_type = detect(bytes, None, Some(name)).unwrap();
        let mut document = Document::new(name, "", media_type, bytes.to_vec());
        let extracted = take_text_in(&mut document, &Charsets { fallback, ..Charsets::default() }).unwrap();
        extracted.validate().unwrap();
        extracted
    }

    fn string(text: &str) -> MetadataValue {
        MetadataValue::String(text.to_owned())
    }

    #[test]
    fn tables_of_all_programs_say_the_same() {
        let rows = [
            "Part: 1037; Name: Valve \"type 37\"; Pressure (bar): 111; Note: opens to the left, never forced",
            "Part: 1038; Name: Ventil für Öl; Pressure (bar): 114",
            "Part: 1039; Name: 阀门; Pressure (bar): 117; Note: 中文",
        ];
        assert_eq!(read(fixture!("table/python-excel.csv"), None).text, rows.join("\n"));
        assert_eq!(read(fixture!("table/libreoffice-semicolon.csv"), None).text, rows.join("\n"));
        assert_eq!(read(fixture!("table/python-tab-utf16.tsv"), None).text, rows.join("\n"));
        let latin = fixture!("table/python-semicolon-latin.csv");
        assert_eq!(read(latin, Some("windows-1252")).text, rows[..2].join("\n"));
        let media_type = detect(latin.0, None, Some(latin.1)).unwrap();
        let error = extract_as(&media_type, latin.0.to_vec()).unwrap_err();
        assert!(error.message().ends_with("name that by `charset`"), "{error}");
        assert_eq!(
            read(fixture!("table/sqlite.csv"), None).text,
            "id: 1; name: a,b; note: x\nid: 2; name: c \"d\""
        );
    }

    #[test]
    fn json_of_all_programs_says_the_same() {
        let expected = "title: Stock of hall 3\ndate: 2026-03-05\nhall.number: 3\nhall.manager: Jürgen Groß\ntags: valves, öl\n\
            parts: id: 1037; name: Valve \"type 37\"; pressure.value: 111; pressure.unit: bar\n\n\
            parts.note: opens to the left,\nnever forced\n\n\
            parts: id: 1038; name: 阀门 😀; pressure.value: 114.5; pressure.unit: bar\nactive: true";
        for extracted in
            [read(fixture!("json/python-ascii.json"), None), read(fixture!("json/jq-indented.json"), None)]
        {
            assert_eq!(extracted.text, expected);
            assert_eq!(extracted.properties.title, "Stock of hall 3");
            assert_eq!(extracted.properties.metadata["date"], string("2026-03-05"));
        }
        let lines = read(fixture!("json/python-lines.jsonl"), None);
        assert!(
            lines.text.starts_with(
                "id: 1037; name: Valve \"type 37\"; pressure.value: 111; pressure.unit: bar\n\n"
            )
        );
    }

    #[test]
    fn mails_of_all_programs_are_read() {
        let mail = read(fixture!("mail/python-mixed.eml"), None);
        assert_eq!(
            mail.text,
            "Hallo Zoë,\n\ndie Pumpe in Halle 3 läuft wieder. Der Druck beträgt 111 bar.\n\nLäuft die Pumpe?\nWann kommt das Öl?\n\n\
             Grüße\n\n--\nJürgen Groß\nWerk Süd\n\nAttachment: Bestand März.csv\n\nTeil;Name\n1037;Ventil\n\n\
             Attachment: Prüfbericht.pdf\n\nFrage\n\nFrom: Zoë Müller <zoe@werk.example>\nDate: Thu, 05 Mar 2026 09:30:00 +0200\n\n\
             Wann kommt das Öl?"
        );
        let Properties { title, metadata, .. } = mail.properties;
        assert_eq!(title, "Überprüfung der Pumpe — Halle 3, Störung im Frühjahr und was danach zu tun ist");
        assert_eq!(metadata["from"], string("Jürgen Groß <juergen@werk.example>"));
        assert_eq!(
            metadata["to"],
            MetadataValue::Strings(vec![
                "Zoë Müller <zoe@werk.example>".to_owned(),
                "Lager, Süd <lager@werk.example>".to_owned()
            ])
        );
        assert_eq!(metadata["date"], string("2026-03-05T09:30:00+02:00"));
        assert_eq!(metadata["message-id"], string("pumpe.1@werk.example"));

        let mail = read(fixture!("mail/python-japanese.eml"), None);
        assert_eq!(mail.text, "本日の会議の議事録をお送りします。\nポンプの圧力は百十一です。");
        assert_eq!(mail.properties.title, "会議の議事録について");

        let mail = read(fixture!("mail/python-koi8.eml"), None);
        assert_eq!(mail.text, "Насос работает с весны.\nДавление 111 бар.");
        assert_eq!(mail.properties.title, "Отчёт о насосе");

        let mail = read(fixture!("mail/nodemailer-related.eml"), None);
        assert!(mail.text.starts_with(
            "Hello Bob,\n\nThe pump needs oil every spring. It runs for a year after that, as the maker"
        ));
        let attachment = "Attachment: Anhang – ein sehr langer Name mit Umlauten äöü für die Fortsetzung.txt\n\nNotes of the pump.";
        assert!(mail.text.ends_with(attachment), "{:?}", mail.text);
        assert!(
            mail.properties
                .title
                .starts_with("Résumé of the pump 🚰 and a subject that is long enough to be folded")
        );
    }
}

/// Whether a text holds what of a string stays in a text that is made of lines with single spaces.
#[cfg(feature = "documents")]
fn holds(text: &str, string: &str) -> bool {
    words(string).iter().all(|word| text.contains(word))
}

/// What of a string stays in a text that is made of lines with single spaces.
#[cfg(feature = "documents")]
fn words(text: &str) -> Vec<&str> {
    text.split([' ', '\t', '\n', '\r', '\u{c}']).filter(|word| !word.is_empty()).collect()
}

#[test]
fn naughty_strings_pass_through_every_extractor() {
    let Some(folder) = eval("naughty_strings") else {
        eprintln!("the naughty strings are not here");
        return;
    };
    let json = std::fs::read_to_string(folder.join("blns.json")).unwrap();
    let strings: Vec<String> = serde_json::from_str(&json).unwrap();
    assert!(strings.len() > 400);
    for string in strings.iter().filter(|string| !string.chars().all(is_blank)) {
        for media_type in [MediaType::Plain, MediaType::Markdown] {
            assert_eq!(extract_as(&media_type, string.as_str()).unwrap().text, *string);
        }
        plain_text(string);
        #[cfg(feature = "documents")]
        {
            detect(string.as_bytes(), Some("text/plain"), Some(string)).unwrap();
            detect(string.as_bytes(), None, None).unwrap();
            let _ = detect(string.as_bytes(), Some(string), Some(string));
            let cell = string.replace('"', "\"\"");
            let table = extract_as(&MediaType::Csv, format!("name,value\nx,\"{cell}\"\n")).unwrap();
            assert!(holds(&table.text, string), "{string:?} in {:?}", table.text);
            let json = serde_json::to_string(&[string]).unwrap();
            let value = extract_as(&MediaType::Json, json).unwrap();
            assert!(holds(&value.text, string), "{string:?} in {:?}", value.text);
            let mail = format!("Subject: {string}\nContent-Type: text/plain; charset=utf-8\n\nx {string}\n");
            let mail = extract_as(&MediaType::Mail, mail).unwrap();
            assert!(holds(&mail.text, string), "{string:?} in {:?}", mail.text);
        }
        let _ = extract_as(&MediaType::Markdown, format!("---\ntitle: {string}\n---\nx"));
        let _ = extract_as(&MediaType::Markdown, format!("+++\ntitle = \"{string}\"\n+++\nx"));
    }
    #[cfg(feature = "documents")]
    assert!(holds(&extract_as(&MediaType::Json, json).unwrap().text, "undefined"));
}

#[test]
fn a_book_in_markdown_has_its_headings() {
    let Some(folder) = eval("rust_book/src") else { return };
    let mut sections = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        let extracted = extract_as(&MediaType::Markdown, source.as_str()).unwrap();
        assert_eq!(extracted.text, source);
        assert!(extracted.properties.metadata.is_empty(), "{path:?}");
        let mut parts = source.split("<!--");
        let mut without_comments = parts.next().unwrap_or_default().to_owned();
        without_comments.extend(parts.filter_map(|part| part.split_once("-->")).map(|(_, after)| after));
        let mut is_code = false;
        let headings = without_comments.lines().filter(|line| {
            is_code ^= line.trim_start().starts_with("```");
            !is_code && line.trim_start_matches('#').starts_with(' ') && line.starts_with('#')
        });
        let headings = headings.count();
        assert_eq!(extracted.sections.len(), headings + 1, "{path:?}");
        assert!(extracted.blocks.iter().all(|block| block.kind != BlockKind::Formula), "{path:?}");
        let codes =
            extracted.blocks.iter().filter(|block| block.kind == BlockKind::Code && !block.lead.is_empty());
        assert!(codes.into_iter().all(|block| !block.tail.is_empty()), "{path:?}");
        assert!(!plain_text(&source).contains("```"), "{path:?}");
        sections += headings;
    }
    assert!(sections > 300);
}
