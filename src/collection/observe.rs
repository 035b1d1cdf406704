//! What a collection tells those who watch it: changes, and what work in the background does and why it stopped.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::error::Error;
use crate::index::Counts;

/// Work in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Chunks get their vectors.
    Embedding,
    /// Segments are merged, and runs of vectors joined.
    Merging,
    /// A graph is built.
    Graphs,
    /// What is damaged is made anew.
    Repairing,
    /// Everything is embedded for another model.
    Reindexing,
}

/// What happened to a collection.
#[derive(Clone, Debug)]
pub enum Event {
    /// A generation was committed, here or in another tab.
    Changed {
        /// The generation.
        generation: u64,
        /// What it holds.
        counts: Counts,
    },
    /// Work in the background met an error. What it could not do stays undone; the collection is whole.
    Problem {
        /// What was done.
        activity: Activity,
        /// Why it stopped.
        error: Rc<Error>,
    },
}

/// Why work in the background stopped last.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What was done.
    pub activity: Activity,
    /// Why it stopped.
    pub error: Rc<Error>,
}

type Watcher = Box<dyn Fn(&Event)>;

/// Tells whoever watches, and remembers what is going on.
#[derive(Default)]
pub(super) struct Observer {
    watcher: RefCell<Option<Watcher>>,
    activities: RefCell<Vec<Activity>>,
    problem: RefCell<Option<Problem>>,
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Observer({:?})", self.activities.borrow())
    }
}

impl Observer {
    pub fn watch(&self, watcher: Watcher) {
        *self.watcher.borrow_mut() = Some(watcher);
    }

    pub fn changed(&self, generation: u64, counts: Counts) {
        self.tell(&Event::Changed { generation, counts });
    }

    pub fn problem(&self, activity: Activity, error: &Error) {
        let error = Rc::new(error.again());
        *self.problem.borrow_mut() = Some(Problem { activity, error: error.clone() });
        self.tell(&Event::Problem { activity, error });
    }

    fn tell(&self, event: &Event) {
        if let Some(watcher) = &*self.watcher.borrow() {
            watcher(event);
        }
    }

    /// Notes that something is done until the guard is dropped. A problem with it before is forgotten.
    pub fn doing(&self, activity: Activity) -> Doing<'_> {
        self.activities.borrow_mut().push(activity);
        let is_old = self.problem.borrow().as_ref().is_some_and(|problem| problem.activity == activity);
        if is_old {
            self.problem.take();
        }
        Doing { observer: self, activity }
    }

    /// What is being done, each once.
    pub fn activities(&self) -> Vec<Activity> {
        let mut activities: Vec<Activity> = Vec::new();
        for &activity in &*self.activities.borrow() {
            if !activities.contains(&activity) {
                activities.push(activity);
            }
        }
        activities
    }

    pub fn last_problem(&self) -> Option<Problem> {
        self.problem.borrow().clone()
    }
}

/// Something that is being done.
pub(super) struct Doing<'o> {
    observer: &'o Observer,
    activity: Activity,
}

impl Drop for Doing<'_> {
    fn drop(&mut self) {
        let mut activities = self.observer.activities.borrow_mut();
        if let Some(at) = activities.iter().position(|it| *it == self.activity) {
            activities.remove(at);
        }
    }
}
