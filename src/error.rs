//! The one error type of the crate: what went wrong, on which input, with a stable code.

use std::fmt;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Declares [`ErrorKind`], its kebab-case codes and the TypeScript union of them from one list, so that the
/// three cannot drift apart.
macro_rules! error_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// What kind of failure an [`Error`] reports.
        ///
        /// The code of a kind never changes; new kinds may be added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$variant,)+];

            /// The union of all codes as a TypeScript declaration.
            pub const TYPESCRIPT: &str = concat!(
                "/** What went wrong; the `code` of an `IbidError`. */\nexport type ErrorCode =",
                $("\n  | \"", $code, "\"",)+
                ";\n"
            );

            /// The stable kebab-case code, for example `"model-mismatch"`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(ErrorKind::$variant => $code,)+
                }
            }
        }
    };
}

error_kinds! {
    /// An argument or option is unknown, of the wrong type, or outside its legal range.
    InvalidArgument = "invalid-argument",
    /// A document id is empty, too long, or not well-formed Unicode.
    InvalidId = "invalid-id",
    /// The query holds nothing that can be searched for.
    EmptyQuery = "empty-query",
    /// The filter holds an unknown operator, or compares a field with a value of another type.
    InvalidFilter = "invalid-filter",
    /// The document holds no text after extraction.
    EmptyDocument = "empty-document",
    /// The document is larger than the limit.
    DocumentTooLarge = "document-too-large",
    /// Bytes given as text are not UTF-8.
    InvalidUtf8 = "invalid-utf8",
    /// Bytes given as text hold control characters that only binary files have.
    BinaryContent = "binary-content",
    /// The document is damaged, or not what its media type says.
    MalformedDocument = "malformed-document",
    /// The document is encrypted, and no password or a wrong one was given.
    DocumentEncrypted = "document-encrypted",
    /// The document, or some of its pages, hold pictures of text and no text.
    DocumentNoText = "document-no-text",
    /// No extractor exists for the media type.
    UnsupportedMediaType = "unsupported-media-type",
    /// A file of the model folder does not exist, or the server answered with an error status.
    ModelFileMissing = "model-file-missing",
    /// A file of the model folder has another sha256 than the folder's `model.json` says, or is too long.
    ModelFileCorrupt = "model-file-corrupt",
    /// A file of the model folder is shorter than the folder's `model.json` says.
    ModelFileTruncated = "model-file-truncated",
    /// The server answered with a web page instead of a file of the model folder.
    ModelFileHtml = "model-file-html",
    /// There is no connection to the model's server, and the model is not cached on this device.
    ModelUnreachable = "model-unreachable",
    /// The model is not loaded before somebody asks for it, and nobody has.
    ModelDeferred = "model-deferred",
    /// A file of the model folder is malformed: a tensor is missing, a shape is wrong, JSON does not parse.
    ModelInvalid = "model-invalid",
    /// The model's architecture or an option of it is not supported.
    ModelUnsupported = "model-unsupported",
    /// The collection was built with another model.
    ModelMismatch = "model-mismatch",
    /// The language model that was asked failed: it refused, broke off, or threw.
    ChatFailed = "chat-failed",
    /// There is no such language model here, or it does not know the language.
    ChatUnavailable = "chat-unavailable",
    /// The language model is on another machine, to which text of documents would go, and the caller has not allowed that.
    ChatRemote = "chat-remote",
    /// Another writer committed first; nothing was written.
    StoreConflict = "store-conflict",
    /// A stored part is missing, truncated or fails its checksum.
    StoreCorrupt = "store-corrupt",
    /// The stored data was written by a newer version of this library.
    StoreTooNew = "store-too-new",
    /// The device has no room for the commit; nothing was written.
    StoreQuota = "store-quota",
    /// The database cannot be opened here: storage is disabled, or the browser refused.
    StoreUnavailable = "store-unavailable",
    /// Another tab holds an older version of the database open.
    StoreBlocked = "store-blocked",
    /// The browser dropped the connection to the database, twice in a row.
    StoreLost = "store-lost",
    /// The file is no exported collection.
    FileForeign = "file-foreign",
    /// The exported file is damaged, or was changed.
    FileCorrupt = "file-corrupt",
    /// The exported file ends before its closing record.
    FileTruncated = "file-truncated",
    /// The exported file was written by a newer version of this library.
    FileTooNew = "file-too-new",
    /// The collection holds something, and an import was not told to replace it or to merge with it.
    CollectionNotEmpty = "collection-not-empty",
    /// The collection is encrypted and was opened without a passphrase or key, or it was locked.
    Locked = "locked",
    /// The passphrase or key does not open the collection.
    WrongKey = "wrong-key",
    /// The collection is not encrypted, though what was asked needs that: a passphrase or key to open it with, or another one.
    NotEncrypted = "not-encrypted",
    /// The collection was deleted, here or in another tab.
    Deleted = "deleted",
    /// The caller aborted the operation.
    Aborted = "aborted",
    /// The collection was closed or destroyed.
    Closed = "closed",
    /// A defect of this library, or a worker that died; nothing committed is lost.
    Internal = "internal",
}

/// An error of this crate: a kind with a stable code, a message that names what and where, and its cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` says what was wrong with which input, in a full clause without a final stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error with the lower-level error that caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with `context` put before its message, for callers that know more about the input.
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The same error once more, without its cause, for another who waited for the same.
    pub fn again(&self) -> Self {
        Self::new(self.kind, self.message.clone())
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message without the cause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Shorthand for an [`ErrorKind::InvalidArgument`].
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// Shorthand for an [`ErrorKind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// An [`ErrorKind::Deleted`], which has one message.
    pub fn deleted() -> Self {
        Self::new(ErrorKind::Deleted, "the collection was deleted, here or in another tab")
    }

    /// Shorthand for an [`ErrorKind::StoreCorrupt`].
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::StoreCorrupt, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(formatter, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for code in codes {
            assert!(
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
    }

    #[test]
    fn the_message_names_the_context_first_and_the_cause_last() {
        let cause = "ab\u{fffd}".parse::<u32>().unwrap_err();
        let error =
            Error::new(ErrorKind::InvalidUtf8, "byte 7 is not UTF-8").within("notes.txt").with_source(cause);
        assert_eq!(error.to_string(), "notes.txt: byte 7 is not UTF-8: invalid digit found in string");
    }
}
