//! The words that authors name the parts of their pages with.

/// The most names of one element that are looked at, the most letters and parts of a name.
const MAX_NAMES: usize = 40;
const MAX_LETTERS: usize = 60;
const MAX_PARTS: usize = 8;

/// The most parts of a name that make one word.
const MAX_JOINED: usize = 3;

/// Whether one of the names in a class or id attribute is made with one of `words`, which are in lower case and in order:
/// whole parts of it between hyphens and the like or where its case changes, alone or up to three together.
pub(super) fn has_word(names: &str, words: &[&str]) -> bool {
    names.split_ascii_whitespace().take(MAX_NAMES).any(|name| {
        let parts = Parts::of(name);
        let mut ranges = (0..parts.count)
            .flat_map(|first| (first + 1..=parts.count.min(first + MAX_JOINED)).map(move |end| first..end));
        ranges.any(|range| words.binary_search(&parts.join(range)).is_ok())
    })
}

/// The letters of a name in lower case, and where its parts begin. Names with letters beyond ASCII have none.
struct Parts {
    letters: [u8; MAX_LETTERS],
    length: usize,
    starts: [usize; MAX_PARTS],
    count: usize,
}

impl Parts {
    fn of(name: &str) -> Self {
        let mut parts = Self { letters: [0; MAX_LETTERS], length: 0, starts: [0; MAX_PARTS], count: 0 };
        let (mut was_letter, mut was_lower) = (false, false);
        for byte in name.bytes() {
            let begins =
                byte.is_ascii_alphabetic() && (!was_letter || (was_lower && byte.is_ascii_uppercase()));
            (was_letter, was_lower) = (byte.is_ascii_alphabetic(), byte.is_ascii_lowercase());
            if parts.length == MAX_LETTERS || (begins && parts.count == MAX_PARTS) {
                break;
            }
            if begins {
                parts.starts[parts.count] = parts.length;
                parts.count += 1;
            }
            if was_letter {
                parts.letters[parts.length] = byte.to_ascii_lowercase();
                parts.length += 1;
            }
        }
        parts
    }

    fn join(&self, range: std::ops::Range<usize>) -> &str {
        let end = if range.end < self.count { self.starts[range.end] } else { self.length };
        std::str::from_utf8(&self.letters[self.starts[range.start]..end]).unwrap_or_default()
    }
}

/// What is beside the text of a page, wherever it stands.
pub(super) const FURNITURE: &[&str] = &[
    "ad",
    "ads",
    "adslot",
    "adunit",
    "advert",
    "advertisement",
    "advertising",
    "adverts",
    "authorbox",
    "avatar",
    "backlink",
    "backtop",
    "backtotop",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "catlinks",
    "colophon",
    "consent",
    "cookie",
    "cookies",
    "copyright",
    "crumbs",
    "cta",
    "editlink",
    "editpage",
    "editsection",
    "feedback",
    "footerlinks",
    "gdpr",
    "headerlink",
    "jumplink",
    "jumpto",
    "languageswitcher",
    "lightbox",
    "login",
    "masthead",
    "megamenu",
    "menu",
    "mostread",
    "nav",
    "navbar",
    "navbox",
    "navigation",
    "navlinks",
    "newsletter",
    "noprint",
    "pager",
    "pagination",
    "paywall",
    "permalink",
    "popular",
    "popup",
    "postprofile",
    "prevnext",
    "printfooter",
    "privacy",
    "profile",
    "promo",
    "promobox",
    "promotion",
    "ratings",
    "readmore",
    "recirculation",
    "recommend",
    "recommendations",
    "recommended",
    "related",
    "relatedarticles",
    "relatedcontent",
    "relatedlinks",
    "relatedposts",
    "searchbox",
    "searchform",
    "share",
    "sharebar",
    "sharing",
    "sidebar",
    "sidenav",
    "signature",
    "signin",
    "signup",
    "sitefooter",
    "sitemap",
    "sitenotice",
    "skiplink",
    "skiptocontent",
    "social",
    "socials",
    "sponsor",
    "sponsored",
    "subnav",
    "subscribe",
    "subscription",
    "survey",
    "taboola",
    "tagcloud",
    "taglist",
    "tags",
    "toc",
    "toolbar",
    "topbar",
    "topnav",
    "trending",
    "tweet",
    "userinfo",
    "widget",
    "widgets",
];

/// What readers wrote below the text of a page.
pub(super) const COMMENTS: &[&str] = &[
    "comment",
    "commentlist",
    "comments",
    "commentsection",
    "discussion",
    "disqus",
    "replies",
    "respond",
    "webmentions",
];

/// What is at the head of a page, or beside its text; only where it has no text of its own.
pub(super) const FRAME: &[&str] = &[
    "bottom",
    "bottombar",
    "foot",
    "footer",
    "head",
    "header",
    "left",
    "leftcol",
    "pagefooter",
    "pageheader",
    "rail",
    "right",
    "rightcol",
    "side",
    "siteheader",
    "tools",
    "top",
];

/// Headings of lists that lead away from a page.
pub(super) const LEADING_AWAY: &[&str] = &[
    "also on",
    "keep reading",
    "latest news",
    "more articles",
    "more from",
    "more in",
    "more like this",
    "more news",
    "more on",
    "most popular",
    "most read",
    "mehr zum thema",
    "lesen sie auch",
    "meistgelesen",
    "das könnte sie auch interessieren",
    "à lire aussi",
    "lire aussi",
    "sur le même sujet",
    "lea también",
    "te puede interesar",
    "leggi anche",
    "lees ook",
    "popular posts",
    "read more",
    "read next",
    "recent posts",
    "recommended",
    "related",
    "share this",
    "similar",
    "table of contents",
    "on this page",
    "in this article",
    "trending",
    "up next",
    "you may also like",
    "you might also like",
    "customers also bought",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order() {
        assert!([FURNITURE, COMMENTS, FRAME].iter().all(|words| words.is_sorted()));
    }

    #[test]
    fn words_are_found_as_parts_of_names() {
        for names in
            ["sidebar", "x left-sidebar", "SideBar", "js_sideBar__2x", "side-bar", "Page-sidebarInner"]
        {
            assert!(has_word(names, &["sidebar"]), "{names}");
        }
        for names in ["", "sidebars2", "insidebar", "besides bar"] {
            assert!(!has_word(names, &["sidebar"]), "{names}");
        }
    }
}
