//! A queue for one thing: whoever is first in line has it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use event_listener::Event;

/// Those who have the thing (the first) or wait for it, in the order in which they came. `async_lock`'s mutex gives
/// no such order: one who comes when it is let go may overtake those who wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    line: RefCell<VecDeque<u64>>,
    tickets: Cell<u64>,
    moved: Event,
}

impl Queue {
    /// Joins the line at its end.
    pub fn join(self: &Rc<Self>) -> Ticket {
        let number = self.tickets.replace(self.tickets.get() + 1);
        self.line.borrow_mut().push_back(number);
        Ticket { queue: Rc::clone(self), number }
    }

    /// Takes the thing where nobody has it.
    pub fn join_if_empty(self: &Rc<Self>) -> Option<Ticket> {
        let is_empty = self.line.borrow().is_empty();
        is_empty.then(|| self.join())
    }
}

/// A place in a queue until it is dropped, by its holder or with the future of one who waits.
#[derive(Debug)]
#[must_use = "the place is given up when it is dropped"]
pub struct Ticket {
    queue: Rc<Queue>,
    number: u64,
}

impl Ticket {
    /// Waits until this ticket is the first in line.
    pub(super) async fn first(self) -> Self {
        while self.queue.line.borrow().front() != Some(&self.number) {
            self.queue.moved.listen().await;
        }
        self
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.queue.line.borrow_mut().retain(|number| *number != self.number);
        self.queue.moved.notify(usize::MAX);
    }
}
