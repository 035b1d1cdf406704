//! What is read from a store when it is first needed.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A value that may not have been read yet. Clones share it: read for one, it is there for all.
#[derive(Default)]
pub struct Lazy<T>(Arc<OnceLock<Option<Arc<T>>>>);

impl<T> Lazy<T> {
    /// A value that is still to be read.
    pub fn unread() -> Self {
        Self(Arc::default())
    }

    /// A value that is here.
    pub fn ready(value: Arc<T>) -> Self {
        Self(Arc::new(OnceLock::from(Some(value))))
    }

    /// Whether nobody has tried to read it.
    pub fn is_unread(&self) -> bool {
        self.0.get().is_none()
    }

    /// Whether it was read and found damaged.
    pub fn is_damaged(&self) -> bool {
        self.0.get().is_some_and(Option::is_none)
    }

    /// The value; `None` where it was not read yet, or is damaged.
    pub fn get(&self) -> Option<&Arc<T>> {
        self.0.get()?.as_ref()
    }

    /// Takes what was read; `None` stands for damage. The first to read it has the say.
    pub fn set(&self, value: Option<Arc<T>>) {
        let _ = self.0.set(value);
    }
}

impl<T> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get() {
            None => formatter.write_str("unread"),
            Some(None) => formatter.write_str("damaged"),
            Some(Some(value)) => value.fmt(formatter),
        }
    }
}
