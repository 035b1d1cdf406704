//! Locks of files, by which processes take turns. The operating system lets go of them when a process ends, however it does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use super::files::failed;
use crate::error::Result;
use crate::store::Work;
use crate::store::queue::{Queue, Ticket};

/// How long one waits before it looks again whether another process has let go of some work.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How often one looks before one goes on without the right: for as long as nobody should take who was not stopped midway. `None` is
/// without end.
const fn looks(work: Work) -> Option<u32> {
    match work {
        Work::Writing => Some(250), // 5 seconds
        _ => None,
    }
}

thread_local! {
    /// Those of this thread who wait for some work in a folder.
    static QUEUES: RefCell<HashMap<(PathBuf, Work), Weak<Queue>>> = RefCell::default();
}

/// Held while files are read or written; never across a pause.
pub struct FileLock(#[expect(dead_code, reason = "it is held")] Option<File>);

impl FileLock {
    /// Keeps writers out, once none is there. Where there is no folder there is nothing to lock.
    pub fn shared(folder: &Path) -> Result<Self> {
        let Some(file) = open_checked(folder)? else { return Ok(Self(None)) };
        file.lock_shared().map_err(|error| failed("cannot be locked", folder, error))?;
        Ok(Self(Some(file)))
    }

    /// Keeps everybody else out.
    pub fn exclusive(folder: &Path) -> Result<Self> {
        let Some(file) = open_checked(folder)? else { return Ok(Self(None)) };
        file.lock().map_err(|error| failed("cannot be locked", folder, error))?;
        Ok(Self(Some(file)))
    }
}

fn open_checked(folder: &Path) -> Result<Option<File>> {
    open(folder, "lock").map_err(|error| failed("cannot be locked", folder, error))
}

/// `None` where there is no folder, or no such file in one that cannot be written, such as read-only media: nobody writes there.
fn open(folder: &Path, name: &str) -> io::Result<Option<File>> {
    let path = folder.join(name);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    match opened.or_else(|_| File::open(&path)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The right to do some work.
#[derive(Debug)]
pub struct WorkLock {
    _file: Option<File>,
    _ticket: Ticket,
}

impl WorkLock {
    /// Waits for the right: in line within this thread, and then until no other process has it.
    pub async fn of(folder: &Path, work: Work) -> Self {
        let ticket = queue(folder, work).join().first().await;
        let file = work_file(folder, work);
        if let Some(file) = &file {
            let mut left = looks(work);
            poll_fn(|context| match file.try_lock() {
                Err(TryLockError::WouldBlock) if left != Some(0) => {
                    left = left.map(|left| left - 1);
                    // There is no timer here that would work with any executor.
                    thread::sleep(LOOK_AGAIN);
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                // What cannot be locked is given at once: it is a courtesy.
                _ => Poll::Ready(()),
            })
            .await;
        }
        Self { _file: file, _ticket: ticket }
    }

    /// The right where neither this thread nor another process has it. What cannot be locked may be somebody's.
    pub fn of_now(folder: &Path, work: Work) -> Option<Self> {
        let ticket = queue(folder, work).join_if_empty()?;
        let file = work_file(folder, work)?;
        file.try_lock().ok()?;
        Some(Self { _file: Some(file), _ticket: ticket })
    }
}

/// What is locked by who does some work; `None` where there is no folder, or it cannot be opened.
fn work_file(folder: &Path, work: Work) -> Option<File> {
    open(folder, &format!("{}.lock", work.name())).ok().flatten()
}

fn queue(folder: &Path, work: Work) -> Rc<Queue> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    QUEUES.with_borrow_mut(|queues| {
        queues.retain(|_, queue| queue.strong_count() > 0);
        let known = queues.get(&(folder.clone(), work)).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let queue = Rc::<Queue>::default();
            queues.insert((folder, work), Rc::downgrade(&queue));
            queue
        })
    })
}
