use super::*;
use std::collections::HashMap;

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    let is_word = |it: &&str| !it.is_empty();
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(is_word) {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words
}

fn token_f1(found: &str, expected: &str) -> (f64, f64, f64) {
    let (found, expected) = (words(found), words(expected));
    let both: usize = found.iter().map(|(word, count)| (*count).min(*expected.get(word).unwrap_or(&0))).sum();
    let precision = both as f64 / found.values().sum::<usize>().max(1) as f64;
    let recall = both as f64 / expected.values().sum::<usize>().max(1) as f64;
    (precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9))
}

#[test]
fn the_main_text_of_pages_is_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents/html");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "html"))
        .collect();
    names.sort();
    assert!(names.len() >= 15);
    let mut scores = Vec::new();
    for path in &names {
        let source = std::fs::read_to_string(path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let extracted = extract(&source).unwrap();
        extracted.validate().unwrap();
        let (precision, recall, f1) = token_f1(&extracted.text, &expected);
        println!(
            "{:<20} precision {precision:.3} recall {recall:.3} F1 {f1:.3}",
            path.file_stem().unwrap().display()
        );
        if let Ok(folder) = std::env::var("HTML_TEXTS") {
            std::fs::write(format!("{folder}/{}.txt", path.file_stem().unwrap().display()), &extracted.text)
                .unwrap();
        }
        scores.push(f1);
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    println!("{:<20} F1 {mean:.3}", "mean");
    assert!(mean >= 0.93 && scores.iter().all(|score| *score >= 0.85));
}

/// Everything of a fragment, as `read_into` writes it.
fn fragment(source: &str) -> Extracted {
    let mut builder = Builder::new();
    read_into(&mut builder, source, Syntax::of(source)).unwrap();
    let extracted = builder.finish().unwrap();
    extracted.validate().unwrap();
    extracted
}

fn text(source: &str) -> String {
    fragment(source).text
}

#[track_caller]
fn assert_texts(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(text(source), *expected, "{source}");
    }
}

#[test]
fn blocks_stand_apart_and_inline_elements_do_not_break_words() {
    assert_texts(&[
        ("<p>a<b>b</b>c<p>d", "abc\n\nd"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<h1>a <i>b</i></h1>c", "a b\n\nc"),
        ("x<wbr>y &shy;z\u{ad}z", "xy zz"),
        ("<ruby>\u{6f22}<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>\u{5b57}", "\u{6f22}\u{5b57}"),
        ("a<sup><a href='#1'>[1]</a></sup> b", "a[1] b"),
        ("<p>a</p>\n  <hr>\n<p>b", "a\n\nb"),
        ("<details><summary>a</summary>b</details>", "a\n\nb"),
        ("<p><img alt='a cat' src=x> sits", "a cat sits"),
        ("<p>a <img alt='IMG_1.jpg'> b", "a b"),
        ("<blockquote>a<p>b</blockquote>c", "a\n\nb\n\nc"),
    ]);
}

#[test]
fn tags_that_authors_leave_out_or_misplace_are_understood() {
    assert_texts(&[
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "- a\n- b\n  - c\n- d\n\ne"),
        ("<b><p>a</b>b</p>c", "ab\n\nc"),
        ("<p>a</div>b", "ab"),
        ("<div>a</p>b</div>", "a\n\nb"),
        ("<div><span>a</div>b</span>c", "a\n\nbc"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "| a | b |\n| c | d |"),
        (
            "<table><tr><th>a<th>b<tr><td><table><tr><td>c<td>d</table><td>e</table>",
            "| a | b |\n| --- | --- |\n| c d | e |",
        ),
        ("<select><option>a<option>b<p>c", "c"),
        ("a</br>b", "a\nb"),
        ("<svg><title>a</title><p>b", "b"),
        ("<a href=x>a<div>b</a>c</div>d", "a\n\nbc\n\nd"),
        ("<h2>a</h3>b", "a\n\nb"),
        ("<h1>a<p>b<ul><li>c</ul>", "a\n\nb\n\n- c"),
        ("<xmp><b>&amp;</xmp>", "```\n<b>&amp;\n```"),
    ]);
}

#[test]
fn what_is_never_seen_is_left_out() {
    assert_texts(&[
        ("a<script>b</script><style>c</style><template>d</template><noscript>e</noscript>f", "af"),
        (
            "<p hidden>a</p><p aria-hidden=true>b</p><p style='color:red; DISPLAY : none !important'>c</p>d",
            "d",
        ),
        ("<p style=visibility:hidden>a</p><p class='sr-only'>b</p><p aria-hidden=false>c</p>", "c"),
        ("<!-- a --><title>b</title><textarea>c</textarea><iframe>d</iframe><object>e</object>f", "f"),
        ("<input type=hidden value=a><button>b</button><dialog>c</dialog>d", "d"),
        ("<h3><button>Why?</button></h3>a", "Why?\n\na"),
        ("<svg><text>a</text></svg>b", "b"),
        ("a<span style='display:none'><math alttext='x^2'><mi>x</mi></math></span>", "ax^2"),
        (
            "<span class=katex><math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x_1</annotation></semantics></math></span>",
            "x_1",
        ),
    ]);
}

#[test]
fn a_page_that_hides_all_of_its_text_is_read() {
    assert_eq!(text("<body style='display:none'><p>a</body>"), "a");
}

#[test]
fn lists_have_the_markers_that_they_say() {
    assert_texts(&[
        ("<ol start=3><li>a<li value=7>b<li>c</ol>", "3. a\n7. b\n8. c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol type=a><li>a<li>b</ol>", "a. a\nb. b"),
        ("<ol type=I start=4><li>a</ol>", "IV. a"),
        ("<dl><dt>a</dt>\n<dd><p>b</p><p>c</p></dd><dt>d:<dd>e</dl>", "- a: b\n\nc\n\n- d: e"),
    ]);
}

#[test]
fn tables_have_headers_spans_and_captions() {
    assert_texts(&[
        (
            "<table><caption>k</caption><thead><tr><td>a<td>b</thead><tr><td>1<td>2</table>",
            "k\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "<table><tr><th>a<th colspan=2>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>",
            "| a | b | |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |",
        ),
        ("<table role=presentation><tr><td>a<td>b</table>", "a\n\nb"),
        ("<table><tr><td><h2>a</h2>b<td>c</table>", "a\n\nb\n\nc"),
        ("<table><tr><td>a<tr><td>b</table>", "a\n\nb"),
        ("<table><tr><th>a<td><ul><li>b<li>c</ul></table>", "| a | b c |"),
    ]);
}

#[test]
fn code_keeps_its_lines_and_its_language() {
    assert_texts(&[
        ("<pre>\n a\n  b &lt;</pre>", "```\n a\n  b <\n```"),
        (
            "<pre><code class='hljs language-rust'>fn <b>a</b>()<br>{}</code></pre>",
            "```rust\nfn a()\n{}\n```",
        ),
        ("<pre>\r\na\r\n b\r&lt;\r\n</pre>", "```\na\n b\n<\n```"),
        ("<pre class='sourceCode python'><code>a</code></pre>", "```python\na\n```"),
        ("<table><tr><td><pre>1\n2\n3</pre><td><pre><code>a\nb\nc</code></pre></table>", "```\na\nb\nc\n```"),
    ]);
    let mail = "<pre>one two three four five six\nseven eight nine ten and more\n\nlast line of the whole mail</pre>";
    assert_eq!(
        text(mail),
        "one two three four five six\nseven eight nine ten and more\n\nlast line of the whole mail"
    );
}

#[test]
fn xml_ends_elements_by_themselves_and_has_sections_of_text() {
    assert_texts(&[
        ("<?xml version='1.0'?><p>a<b/>b</p><div/><p><![CDATA[<c>]]></p>", "ab\n\n<c>"),
        ("<?xml version='1.0'?><html><head><title/></head><body><p>a</p></body></html>", "a"),
    ]);
}

#[test]
fn notes_are_notes() {
    let extracted = fragment("<p>a</p><aside epub:type='footnote'><p>b</p></aside><p>c");
    let kinds: Vec<_> = extracted.blocks.iter().map(|block| block.kind).collect();
    use crate::extract::BlockKind::{Note, Paragraph};
    assert_eq!(kinds, [Paragraph, Note, Paragraph]);
}

/// Checks that each character of the text that has an origin is what stands there, an entity where it is not the same.
fn check_origins(source: &str, extracted: &Extracted) {
    let mut end = 0;
    for origin in &extracted.origins {
        let crate::extract::Place::Bytes(place) = origin.place else { panic!("{origin:?}") };
        let (text, original) = (origin.span.slice(&extracted.text).unwrap(), place.slice(source).unwrap());
        // An entity of as many bytes as its character has looks as if it were as in the source.
        let is_made = original.starts_with('&')
            || original.contains("&#0")
            || original == "\0"
            || original.starts_with('\r');
        let line = |text: &str| text.replace(|it: char| it.is_ascii_whitespace(), " ");
        assert!(line(text) == line(original) || is_made, "{text:?} is not {original:?} in {source:?}");
        assert!(place.start >= end, "{source:?}");
        end = place.start;
    }
}

#[test]
fn each_piece_stands_at_its_bytes() {
    let source = "<p>a &amp; b&eacute;\u{e9}&nbsp;\u{bb} &#65;&#x42; &lt;\u{df}<\u{df} &notit; &;&&\r\nc</p>";
    let extracted = fragment(source);
    assert_eq!(extracted.text, "a & b\u{e9}\u{e9}\u{a0}\u{bb} AB <\u{df}<\u{df} \u{ac}it; &;&& c");
    check_origins(source, &extracted);
    let at = |text: &str| extracted.text.find(text).unwrap();
    let place = |text: &str| {
        let span = crate::document::Span::new(at(text), at(text) + text.len());
        match extracted.locate(span)[0].place {
            crate::extract::Place::Bytes(place) => place.slice(source).unwrap(),
            _ => "",
        }
    };
    for (text, original) in [
        ("&", "&amp;"),
        ("\u{e9}", "&eacute;"),
        ("A", "&#65;"),
        ("B", "&#x42;"),
        ("\u{ac}", "&not"),
        ("it;", "it;"),
        ("c", "c"),
    ] {
        assert_eq!(place(text), original);
    }
}

#[test]
fn the_title_is_without_the_name_of_the_site_where_the_page_has_it_so() {
    let title = |source: &str| extract(source).unwrap().properties.title;
    assert_eq!(title("<title>A long walk | Herald</title><h1>A long walk</h1><p>b"), "A long walk");
    assert_eq!(title("<title>A long walk | Herald</title><h1>Herald</h1><p>b"), "A long walk | Herald");
    assert_eq!(title("<title>A | B</title><meta property=og:title content='A'><p>b"), "A");
    assert_eq!(title("<meta property=og:title content='A'><p>b"), "A");
    assert_eq!(title("<h1>A &amp; <i>B</i></h1><p>b"), "A & B");
    assert_eq!(title("<p>b<svg><title>c</title></svg>"), "");
}

#[test]
fn a_page_says_who_wrote_it_when_and_about_what() {
    use crate::document::MetadataValue::{String, Strings};
    let source = "<html lang=de-AT><meta name=keywords content='a, b,,a'><meta name=Author content=' M  N '>\
        <script type='application/ld+json'>{\"@graph\":[{\"datePublished\":\"2020-01-02\",\"author\":[{\"name\":\"X\"}]}]}</script>\
        <meta property=og:description content=c><p>text";
    let properties = extract(source).unwrap().properties;
    assert_eq!(properties.language, "de-AT");
    let expected = [
        ("author", String("M N".into())),
        ("date", String("2020-01-02".into())),
        ("description", String("c".into())),
        ("keywords", Strings(vec!["a".into(), "b".into()])),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value));
    assert_eq!(properties.metadata.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_page_without_visible_text_is_empty() {
    for source in
        ["", "<script>a</script>", "<p> </p><!-- a -->", "\u{feff}<html><head><title>a</title></head></html>"]
    {
        assert_eq!(extract(source).unwrap_err().kind(), ErrorKind::EmptyDocument, "{source}");
    }
}

#[test]
fn hostile_pages_are_read_in_linear_time() {
    let deep = |tag: &str, count: usize| format!("{}x", format!("<{tag}>").repeat(count));
    let pages = [
        deep("div", 10_000),
        deep("div", 300_000),
        deep("div>a<div", 100_000),
        deep("b", 200_000),
        deep("ul><li", 50_000),
        deep("table", 10_000),
        deep("table><tr><td", 50_000),
        deep("table><td>a<td", 30_000),
        deep("dl><dt>a<dd", 50_000),
        deep("blockquote", 100_000),
        deep("svg", 100_000),
        deep("math", 100_000),
        deep("select><option", 100_000),
        deep("button", 100_000),
        deep("a href=x", 100_000),
        deep("nav><a href=x>b</a", 100_000),
        deep("p><h1", 100_000),
        deep("form><input", 100_000),
        deep("custom-a><custom-b", 100_000),
        format!("{}{}", "<div>".repeat(100_000), "</span></p></b>".repeat(100_000)),
        format!("<div><table><td>{}{}", "<b>".repeat(100_000), "</div></i>".repeat(100_000)),
        "<".repeat(2_000_000),
        "</".repeat(1_000_000),
        "<!".repeat(500_000),
        "&".repeat(1_000_000),
        "&lt;".repeat(300_000),
        "a&lt;".repeat(300_000),
        format!("<p class='{}'>a", "menu ".repeat(400_000)),
        format!("<p {}>a", "id=b ".repeat(400_000)),
        format!("<p {}", "x".repeat(2_000_000)),
        "\0".repeat(1_000_000) + "a",
        "<ul><li><a href=x>a</a></ul>".repeat(50_000),
        "<h2>a</h2><ul><li><a href=x>a</a></ul><p>A sentence that is long enough to count as prose.</p>"
            .repeat(20_000),
        "<p>A sentence that is long enough to count as prose.</p>x<b><a href=x>b</a></b>".repeat(20_000),
        "<table><tr><th>a<td rowspan=9999 colspan=999999999>b</table>".repeat(20_000),
    ];
    for page in &pages {
        let start = std::time::Instant::now();
        let name = page.get(..30).unwrap_or_default();
        if let Ok(extracted) = extract(page) {
            extracted.validate().unwrap();
            let limit = 8 * page.len() + 1_000;
            assert!(extracted.text.len() < limit, "{name}: {} of {}", extracted.text.len(), page.len());
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:?}: {} KB in {seconds:.3} s", page.len() / 1_000);
        assert!(seconds < 20.0, "{name}");
    }
}

#[test]
fn spans_of_cells_do_not_make_a_text_large() {
    let wide = format!(
        "<table><tr>{}</tr>{}</table>",
        "<td>a".repeat(500),
        "<tr><td colspan=500>b<td>c".repeat(5_000)
    );
    let tall = format!(
        "<table><tr>{}</tr>{}</table>",
        format!("<td rowspan=9999>{}", "a".repeat(200)).repeat(400),
        "<tr><td>b".repeat(5_000)
    );
    for page in [wide, tall] {
        assert!(extract(&page).unwrap().text.len() < 8 * page.len());
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn regex(pattern: &str) -> impl Strategy<Value = String> + use<> {
        prop::string::string_regex(pattern).unwrap()
    }

    fn soup() -> impl Strategy<Value = String> {
        let names = "(div|p|b|a href=x|table|tr|td|th|ul|ol|li|dl|dt|dd|pre|code|h1|h2|br|span hidden|svg|math|script|title|body|head|form|select|option|button|blockquote|caption|nav|main|article|x-y|td rowspan=3|th colspan=2|figure|figcaption|aside epub:type=footnote)";
        let piece = prop_oneof![
            3 => regex(&format!("<{names}>")),
            3 => regex(&format!("</{names}>")),
            3 => "[a-c \n\r&;<\u{e9}\u{4e2d}\u{ad}]{0,6}",
            1 => "&(amp|lt|notin|not|eacute|#65|#x1F600|#0);?",
            1 => "<!--[a>-]{0,4}-->",
            1 => Just("<![CDATA[a]]>".to_owned()),
            1 => Just("This sentence has enough words to be prose, or so it seems. ".to_owned()),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_soup_gives_a_well_made_document_or_an_error(source in soup()) {
            let extracted = fragment(&source);
            check_origins(&source, &extracted);
            if let Ok(extracted) = extract(&source) {
                prop_assert!(extracted.validate().is_ok());
            }
        }

        #[test]
        fn any_text_gives_a_document_or_an_error(source in ".{0,80}") {
            check_origins(&source, &fragment(&source));
            let _ = extract(&source);
        }
    }
}

#[test]
fn attributes_of_tags_that_count_for_nothing_leave_texts_as_they_are() {
    let source = "<html><body><p>a&lt;<body title='&gt;&gt;'>b&amp;<html lang='&gt;'>c&lt;d";
    let extracted = extract(source).unwrap();
    assert_eq!(extracted.text, "a<b&c<d");
}

#[test]
fn long_lines_of_one_letter_are_told_by_their_beginning() {
    let page = format!("<pre>{}</pre>", "x\n".repeat(2_000_000));
    let extracted = extract(&page).unwrap();
    assert_eq!(extracted.blocks.len(), 1);
    assert_eq!(extracted.blocks[0].kind, crate::extract::BlockKind::Code);
}

/// No piece that is as long as its place is another text than stands there.
fn assert_pieces_are_in(source: &str, extracted: &Extracted) {
    for origin in &extracted.origins {
        let crate::extract::Place::Bytes(bytes) = origin.place else { panic!("{origin:?}") };
        let (piece, original) = (origin.span.slice(&extracted.text).unwrap(), bytes.slice(source).unwrap());
        assert!(piece == original || piece.len() != original.len(), "{piece:?} is not {original:?}");
    }
}

#[test]
fn a_reference_as_long_as_what_it_stands_for_is_not_taken_for_it() {
    for (source, text) in [("<p>a&#0vg", "a\u{fffd}vg"), ("<p>a&nvle;b", "a\u{2264}\u{20d2}b")] {
        let extracted = extract(source).unwrap();
        assert_eq!(extracted.text, text);
        assert_pieces_are_in(source, &extracted);
    }
}

#[test]
fn the_text_of_a_picture_is_none_with_what_comes_after_its_tag() {
    let source = "<p>a <img alt=lamp>post";
    let extracted = extract(source).unwrap();
    assert_eq!(extracted.text, "a lamp post");
    assert_pieces_are_in(source, &extracted);
}
