use super::*;
use crate::extract::decode::NativeDecoder;
use crate::extract::{Block, BlockKind};
use proptest::prelude::*;

fn read(mail: impl AsRef<[u8]>) -> Extracted {
    let extracted = extracted(mail.as_ref(), &NativeDecoder, false).unwrap();
    extracted.validate().unwrap();
    extracted
}

fn blocks(mail: impl AsRef<[u8]>) -> Vec<(BlockKind, String)> {
    let extracted = read(mail);
    let describe = |block: &Block| (block.kind, block.span.slice(&extracted.text).unwrap().to_owned());
    extracted.blocks.iter().map(describe).collect()
}

fn text(mail: impl AsRef<[u8]>) -> String {
    read(mail).text
}

#[test]
fn the_header_is_what_the_mail_says_of_itself() {
    let mail = "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?=\r\n =?utf-8?B?IEvDtg==?= =?UTF-8?B?bG4=?=\r\n\
        From: \"Ann, B.\" <ann@a.example>\r\nTo: Bob <bob@a.example>,\r\n =?iso-8859-1?Q?Ren=E9?= <r@a.example>\r\n\
        Date: Fri, 02 Jan 2026 03:04:05 +0100 (CET)\r\nMessage-ID: <1@a.example>\r\n\r\nHello\r\n";
    let Properties { title, metadata, .. } = read(mail).properties;
    assert_eq!(title, "Grüße aus Köln");
    let string = |text: &str| MetadataValue::String(text.to_owned());
    assert_eq!(metadata["from"], string("\"Ann, B.\" <ann@a.example>"));
    assert_eq!(
        metadata["to"],
        MetadataValue::Strings(vec!["Bob <bob@a.example>".into(), "René <r@a.example>".into()])
    );
    assert_eq!(metadata["date"], string("2026-01-02T03:04:05+01:00"));
    assert_eq!(metadata["message-id"], string("1@a.example"));
    assert_eq!(text(mail), "Hello");
}

#[test]
fn words_may_be_cut_anywhere_and_be_in_any_charset() {
    let cases = [
        ("=?utf-8?B?w6?= =?utf-8?B?TDtg==?=", None),
        ("=?utf-8?Q?=C3?=\n =?utf-8?Q?=A4?= b", Some("ä b")),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", Some("日本")),
        ("=?koi8-r?Q?=D0=CF?= =?windows-1252?Q?_=80?=", Some("по €")),
        ("a =?b?= c", Some("a =?b?= c")),
        ("=?utf-8*de?q?a_b?=", Some("a b")),
        ("=?x-none?q?caf=E9?=", Some("caf\u{fffd}")),
    ];
    for (subject, expected) in cases {
        let title = read(format!("Subject: {subject}\n\nx")).properties.title;
        assert!(expected.is_none_or(|expected| expected == title), "{subject:?}: {title:?}");
    }
}

#[test]
fn a_mail_that_came_as_text_is_not_decoded_again() {
    let mail = "Content-Type: text/plain; charset=gbk\n\n\u{4e2d}\u{6587}\u{5b57}\u{7b26}";
    assert_eq!(
        extracted(mail.as_bytes(), &NativeDecoder, true).unwrap().text,
        "\u{4e2d}\u{6587}\u{5b57}\u{7b26}"
    );
}

#[test]
fn answers_quote_what_they_answer() {
    let mail = "Subject: a\n\nYes.\nIt is.\n\nAnn wrote:\n> Is it\n> so?\n>\n> > Who\n> > knows\n\n-- \nAnn\nA. Inc.\n";
    use BlockKind::{Paragraph, Quotation};
    let expected = [
        (Paragraph, "Yes.\nIt is."),
        (Paragraph, "Ann wrote:"),
        (Quotation, "Is it\nso?"),
        (Quotation, "Who\nknows"),
        (Paragraph, "--\nAnn\nA. Inc."),
    ];
    assert_eq!(blocks(mail), expected.map(|(kind, text)| (kind, text.to_owned())));
    let extracted = read(mail);
    let at = extracted.text.find("knows").unwrap();
    let located = extracted.locate(Span::new(at, at + 5));
    let start = mail.find("knows").unwrap();
    assert_eq!(located[0].place, Place::Bytes(Span::new(start, start + 5)));
}

#[test]
fn lines_that_flow_are_one() {
    let flowed = |parameters: &str, body: &str| {
        text(format!("Content-Type: text/plain; format=flowed{parameters}\n\n{body}"))
    };
    assert_eq!(
        flowed("", "one \ntwo\n three\n> four \n> five\nsix \n\nseven"),
        "one two\nthree\n\nfour five\n\nsix\n\nseven"
    );
    assert_eq!(flowed("; DelSp=yes", "日 \n本\n"), "日本");
}

#[test]
fn bodies_are_decoded() {
    let cases: [(&str, &[u8], &str); 7] = [
        (
            "text/plain; charset=utf-8",
            b"Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe, =\nAnn=20\n=3D=XY",
            "Grüße, Ann\n==XY",
        ),
        ("text/plain; charset=\"iso-8859-1\"", b"Content-Transfer-Encoding: 8bit\n\ncaf\xe9", "café"),
        ("text/plain; charset=gb2312", b"Content-Transfer-Encoding: BASE64\r\n\r\n1tDO\r\nxA==\r\n", "中文"),
        ("text/plain; charset=us-ascii", b"\n\ncaf\xe9", "café"),
        ("text/plain", b"\n\ncaf\xc3\xa9", "café"),
        ("text/plain; charset=utf-8", b"\n\ncaf\xe9", "café"),
        ("text/html; charset=utf-8", b"\n\n<style>a</style><p>b<br>c</p><p>d", "b\nc\n\nd"),
    ];
    for (content_type, rest, expected) in cases {
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let mail = [format!("Content-Type: {content_type}\n").as_bytes(), rest].concat();
        assert_eq!(text(mail), expected, "{content_type}");
    }
}

const MIXED: &str = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"=_a\"\r\n\r\npreamble\r\n\
    --=_a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nPlain.\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Page.</p>\r\n--b--\r\n\
    --=_a\r\nContent-Type: application/pdf; name*0*=utf-8''r%C3%A9; name*1=\"sum.pdf\"\r\nContent-Disposition: attachment\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n\
    --=_a\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment; filename=\"no\\\"tes.txt\"\r\n\r\nNotes.\r\n\
    --=_a\r\nContent-Type: message/rfc822\r\n\r\nSubject: Inner\r\nFrom: c@d.example\r\nDate: today\r\n\r\nInside.\r\n\
    --=_a--\r\nepilogue\r\n";

#[test]
fn parts_are_read_once_and_attachments_are_named() {
    use BlockKind::{Heading, Note, Paragraph};
    let expected = [
        (Paragraph, "Plain."),
        (Note, "Attachment: résum.pdf"),
        (Note, "Attachment: no\"tes.txt"),
        (Paragraph, "Notes."),
        (Heading, "Inner"),
        (Note, "From: c@d.example\nDate: today"),
        (Paragraph, "Inside."),
    ];
    assert_eq!(blocks(MIXED), expected.map(|(kind, text)| (kind, text.to_owned())));
    assert_eq!(read(MIXED).section_path(1), ["Inner"]);
    let without_plain = MIXED.replace("Plain.", " ");
    assert!(text(without_plain).starts_with("Page.\n\nAttachment"));
}

#[test]
fn a_mailbox_has_mails_one_after_another() {
    let mailbox = "From a@b Fri Jan  2 03:04:05 2026\nSubject: One\n\nFirst.\n>From here\n\nFrom a@b Fri Jan  2 03:04:05 2026\nSubject: Two\n\nSecond.\n";
    let texts: Vec<String> = blocks(mailbox).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["One", "First.\nFrom here", "Two", "Second."]);
}

#[test]
fn encrypted_mails_are_refused() {
    for (content_type, how) in [
        ("multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=a", "PGP"),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "S/MIME"),
        ("text/plain", "PGP"),
    ] {
        let mail =
            format!("Subject: x\nContent-Type: {content_type}\n\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n");
        let error = extracted(mail.as_bytes(), &NativeDecoder, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DocumentEncrypted, "{content_type}");
        assert!(error.message().contains(how), "{error}");
    }
    let error = extracted(b"no header\n\nof a mail", &NativeDecoder, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedDocument);
}

#[test]
fn hostile_mails_take_linear_time() {
    let n = 10_000;
    let nested: String = (0..n)
        .map(|depth| format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n"))
        .collect();
    let same = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(n);
    let messages = "Content-Type: message/rfc822\n\n".repeat(n);
    let alternatives = "Content-Type: multipart/alternative; boundary=b\n\n--b\n".repeat(n);
    let cases = [
        ("multiparts", nested.clone() + "\nx\n"),
        ("multiparts of one boundary", same + "\nx\n"),
        ("alternatives", alternatives + "\nx\n"),
        ("messages", messages + "Subject: x\n\nx\n"),
        (
            "closed multiparts",
            nested + "\nx\n" + &(0..n).rev().map(|depth| format!("--b{depth}--\n")).collect::<String>(),
        ),
        ("fields", "a: b\n".repeat(n * 20) + "\nx"),
        ("folded lines", "a: b\n".to_owned() + &" c\n".repeat(n * 20) + "\nx"),
        ("words", format!("Subject: {}\n\nx", "=?utf-8?q?a".repeat(n))),
        ("parameters", format!("Content-Type: text/plain{}\n\nx", "; a*0*=b".repeat(n))),
        ("quotations", format!("a: b\n\n{}", "> a\n>> b\n".repeat(n * 5))),
        ("quotation marks", format!("a: b\n\n{} x", ">".repeat(n * 20))),
        ("boundaries", format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(n))),
    ];
    for (_, mail) in cases {
        read(mail);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_mail_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mail = [b"a: b\n".as_slice(), &bytes].concat();
        prop_assert!(extracted(&mail, &NativeDecoder, false).is_ok_and(|extracted| extracted.validate().is_ok()));
        let _ = extracted(&bytes, &NativeDecoder, false);
    }

    #[test]
    fn any_lines_are_a_mail(
        lines in r"((Content-Type: (multipart/(mixed|alternative); boundary=b|message/rfc822|text/(html|plain; format=flowed))|--b(--)?|> x|x |<p>|-- |=C3)?\r?\n){0,30}",
    ) {
        let mail = format!("Subject: a\n{lines}");
        prop_assert!(extracted(mail.as_bytes(), &NativeDecoder, false).is_ok_and(|extracted| extracted.validate().is_ok()));
    }
}
