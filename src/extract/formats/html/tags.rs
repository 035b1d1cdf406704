//! The elements and attributes that reading a page needs to know, and how the parser and the reader treat them.

macro_rules! tags {
    ($($tag:ident = $name:literal,)*) => {
        /// The name of an element.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Tag {
            /// The document itself.
            Document,
            /// A run of text.
            Text,
            /// An element of another name.
            Unknown,
            $(#[doc = $name] $tag,)*
        }

        impl Tag {
            /// How many there are.
            pub(super) const COUNT: usize = [$($name),*].len() + 3;

            /// The element of a name in lower case.
            pub(super) fn from_name(name: &[u8]) -> Self {
                match std::str::from_utf8(name).unwrap_or_default() {
                    $($name => Tag::$tag,)*
                    "image" => Tag::Img,
                    _ => Tag::Unknown,
                }
            }
        }
    };
}

tags! {
    A = "a", Abbr = "abbr", Acronym = "acronym", Address = "address", Annotation = "annotation", Applet = "applet",
    Area = "area", Article = "article", Aside = "aside", Audio = "audio", B = "b", Base = "base",
    Basefont = "basefont", Bgsound = "bgsound", Big = "big", Blockquote = "blockquote", Body = "body", Br = "br",
    Button = "button", Canvas = "canvas", Caption = "caption", Center = "center", Cite = "cite", Code = "code",
    Col = "col", Colgroup = "colgroup", Datalist = "datalist", Dd = "dd", Del = "del", Details = "details",
    Dfn = "dfn", Dialog = "dialog", Dir = "dir", Div = "div", Dl = "dl", Dt = "dt", Em = "em", Embed = "embed",
    Fieldset = "fieldset", Figcaption = "figcaption", Figure = "figure", Font = "font", Footer = "footer",
    ForeignObject = "foreignobject", Form = "form", Frame = "frame", Frameset = "frameset", H1 = "h1", H2 = "h2",
    H3 = "h3", H4 = "h4", H5 = "h5", H6 = "h6", Head = "head", Header = "header", Hgroup = "hgroup", Hr = "hr",
    Html = "html", I = "i", Iframe = "iframe", Img = "img", Input = "input", Ins = "ins", Kbd = "kbd",
    Keygen = "keygen", Label = "label", Legend = "legend", Li = "li", Link = "link", Listing = "listing",
    Main = "main", Map = "map", Mark = "mark", Math = "math", Menu = "menu", Meta = "meta", Meter = "meter",
    Nav = "nav", Nobr = "nobr", Noembed = "noembed", Noframes = "noframes", Noscript = "noscript",
    Object = "object", Ol = "ol", Optgroup = "optgroup", Option = "option", P = "p", Param = "param",
    Plaintext = "plaintext", Pre = "pre", Progress = "progress", Q = "q", Rb = "rb", Rp = "rp", Rt = "rt",
    Rtc = "rtc", Ruby = "ruby", S = "s", Samp = "samp", Script = "script", Search = "search",
    Section = "section", Select = "select", Small = "small", Source = "source", Span = "span",
    Strike = "strike", Strong = "strong", Style = "style", Sub = "sub", Summary = "summary", Sup = "sup",
    Svg = "svg", Table = "table", Tbody = "tbody", Td = "td", Template = "template", Textarea = "textarea",
    Tfoot = "tfoot", Th = "th", Thead = "thead", Time = "time", Title = "title", Tr = "tr", Track = "track",
    Tt = "tt", U = "u", Ul = "ul", Var = "var", Video = "video", Wbr = "wbr", Xmp = "xmp",
}

use Tag::*;

impl Tag {
    /// Whether it never has content, nor an end tag.
    pub(super) fn is_void(self) -> bool {
        matches!(
            self,
            Area | Base
                | Basefont
                | Bgsound
                | Br
                | Col
                | Embed
                | Frame
                | Hr
                | Img
                | Input
                | Keygen
                | Link
                | Meta
                | Param
                | Source
                | Track
                | Wbr
        )
    }

    /// Whether it stands on lines of its own, so that words end where it begins and ends.
    pub(super) fn is_block(self) -> bool {
        matches!(
            self,
            Address
                | Article
                | Aside
                | Blockquote
                | Body
                | Caption
                | Center
                | Dd
                | Details
                | Dialog
                | Dir
                | Div
                | Dl
                | Dt
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | Frameset
                | Head
                | Header
                | Hgroup
                | Hr
                | Html
                | Legend
                | Li
                | Listing
                | Main
                | Menu
                | Nav
                | Noframes
                | Ol
                | Optgroup
                | Option
                | P
                | Plaintext
                | Pre
                | Search
                | Section
                | Summary
                | Table
                | Tbody
                | Td
                | Tfoot
                | Th
                | Thead
                | Title
                | Tr
                | Ul
                | Xmp
        ) || self.heading_level().is_some()
    }

    /// Whether the end tag of an inline element that is outside of it does not end it.
    pub(super) fn is_special(self) -> bool {
        self.is_block() || matches!(self, Applet | Button | Iframe | Noembed | Noscript | Select | Template)
    }

    /// Whether an open paragraph ends where it begins.
    pub(super) fn ends_paragraph(self) -> bool {
        self.is_block()
            && !self.is_table_part()
            && !matches!(self, Body | Frameset | Head | Html | Legend | Option | Optgroup | Title)
    }

    /// Whether it only has a meaning inside a table.
    pub(super) fn is_table_part(self) -> bool {
        self.is_row_group() || matches!(self, Tr | Td | Th | Caption | Col | Colgroup)
    }

    /// Whether it holds rows.
    pub(super) fn is_row_group(self) -> bool {
        matches!(self, Tbody | Thead | Tfoot)
    }

    /// Whether it is a cell.
    pub(super) fn is_cell(self) -> bool {
        matches!(self, Td | Th)
    }

    /// Whether it is a list of items.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Ul | Ol | Menu | Dir)
    }

    /// The level of a heading.
    pub(super) fn heading_level(self) -> std::option::Option<u8> {
        match self {
            H1 => Some(1),
            H2 => Some(2),
            H3 => Some(3),
            H4 => Some(4),
            H5 => Some(5),
            H6 => Some(6),
            _ => None,
        }
    }

    /// Whether it belongs to the head of a page.
    pub(super) fn is_of_head(self) -> bool {
        matches!(self, Base | Basefont | Bgsound | Link | Meta | Noscript | Script | Style | Template | Title)
    }

    /// Whether what is in it is never shown as text: programs, styles, media, the values of form controls.
    pub(super) fn is_never_text(self) -> bool {
        matches!(
            self,
            Applet
                | Audio
                | Canvas
                | Colgroup
                | Datalist
                | Embed
                | Iframe
                | Map
                | Meter
                | Noembed
                | Noscript
                | Object
                | Progress
                | Rp
                | Rt
                | Rtc
                | Script
                | Select
                | Style
                | Svg
                | Template
                | Textarea
                | Title
                | Video
        )
    }
}

macro_rules! attributes {
    ($($attribute:ident = $name:literal,)*) => {
        /// An attribute that is kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Name {
            $(#[doc = $name] $attribute,)*
        }

        impl Name {
            /// The attribute of a name in lower case, where it is kept.
            pub(super) fn from_name(name: &[u8]) -> std::option::Option<Self> {
                match std::str::from_utf8(name).unwrap_or_default() {
                    $($name => Some(Name::$attribute),)*
                    _ => None,
                }
            }
        }
    };
}

attributes! {
    Alt = "alt", AltText = "alttext", AriaHidden = "aria-hidden", AriaLabel = "aria-label", Class = "class",
    Colspan = "colspan", Content = "content", DateTime = "datetime", Display = "display", Encoding = "encoding",
    EpubType = "epub:type", Hidden = "hidden", Href = "href", HttpEquiv = "http-equiv", Id = "id",
    ItemProp = "itemprop", Lang = "lang", Named = "name", Open = "open", Property = "property",
    PubDate = "pubdate", Rel = "rel", Reversed = "reversed", Role = "role", Rowspan = "rowspan",
    Start = "start", Style = "style", Type = "type", Value = "value", XmlLang = "xml:lang",
}
