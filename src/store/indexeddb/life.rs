//! The data of one database as a store knows it, from its first opening to its deletion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::connection::{Connection, Opening};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Head;

/// What a store has seen of its data, so that it never takes what others put in its place for the same.
#[derive(Debug, Default)]
pub(super) struct Life {
    connection: RefCell<Option<Rc<Connection>>>,
    was_opened: Cell<bool>,
    /// The last head of a commit, by which another history is recognised where nobody told of a deletion.
    seen: Cell<Head>,
    is_over: Rc<Cell<bool>>,
}

impl Life {
    /// Runs an operation on the database of this name, again on a new connection where the first was lost. The
    /// operation gets what was seen before it began, for [`Head::check_not_deleted`], and returns the head that it
    /// finds or makes.
    pub async fn run<T>(
        &self,
        name: &str,
        operation: impl AsyncFn(&Connection, Head) -> Result<(Head, T)>,
    ) -> Result<T> {
        let mut result = self.attempt(name, &operation).await;
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::StoreLost) {
            self.connection.take();
            result = self.attempt(name, &operation).await;
        }
        result
    }

    async fn attempt<T>(
        &self,
        name: &str,
        operation: impl AsyncFn(&Connection, Head) -> Result<(Head, T)>,
    ) -> Result<T> {
        let seen = self.seen.get();
        let attempt = async { operation(&*self.connect(name).await?, seen).await };
        match attempt.await {
            Ok((head, output)) => {
                if head.generation > 0 {
                    self.seen.set(head);
                }
                Ok(output)
            }
            // Whatever it found: a closed connection, an aborted transaction.
            Err(_) if self.is_over() => Err(Error::deleted()),
            Err(error) => Err(error),
        }
    }

    /// The open connection, or a new one.
    async fn connect(&self, name: &str) -> Result<Rc<Connection>> {
        if self.is_over() {
            return Err(Error::deleted());
        }
        if let Some(connection) = self.connection.borrow().as_ref().filter(|connection| connection.is_open())
        {
            return Ok(Rc::clone(connection));
        }
        let opening = if self.was_opened.get() { Opening::Again } else { Opening::First };
        let connection = Rc::new(Connection::open(name, opening, Rc::clone(&self.is_over)).await?);
        self.was_opened.set(true);
        self.connection.replace(Some(Rc::clone(&connection)));
        Ok(connection)
    }

    /// Whether the data was deleted.
    pub fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Lets go of the data, which is about to be deleted; operations under way end as they would if another did it.
    pub fn end(&self) {
        self.is_over.set(true);
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}
