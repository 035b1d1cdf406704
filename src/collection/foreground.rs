//! Foreground before background: a call that somebody waits for is not held up by the draining of the backlog.

use std::cell::Cell;

use event_listener::Event;

/// Counts the calls that somebody waits for, so that background work can step aside for them.
///
/// Everything runs on one thread, and each step of a call that waits for storage would otherwise queue behind a whole
/// batch of embedding.
#[derive(Debug, Default)]
pub(super) struct Foreground {
    active: Cell<usize>,
    left: Event,
}

impl Foreground {
    /// Marks a call as active until the guard is dropped.
    pub fn enter(&self) -> ForegroundGuard<'_> {
        self.active.set(self.active.get() + 1);
        ForegroundGuard(self)
    }

    /// Lets background work go on while an active call waits for somebody else, who may need that very work.
    pub async fn step_aside<T>(&self, wait: impl Future<Output = T>) -> T {
        self.leave();
        let _return = Return(self);
        wait.await
    }

    fn leave(&self) {
        self.active.set(self.active.get() - 1);
        self.left.notify(usize::MAX);
    }

    /// Waits until no call is active, or until one ends after `is_enough` says that the wait was long enough: where calls
    /// follow each other without a gap, background work still has its share.
    pub async fn idle(&self, is_enough: impl Fn() -> bool) {
        while self.active.get() > 0 {
            self.left.listen().await;
            if is_enough() {
                return;
            }
        }
    }
}

/// An active call.
#[must_use]
pub(super) struct ForegroundGuard<'f>(&'f Foreground);

impl Drop for ForegroundGuard<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Makes a call active again once it has waited, also where its wait is given up.
struct Return<'f>(&'f Foreground);

impl Drop for Return<'_> {
    fn drop(&mut self) {
        self.0.active.set(self.0.active.get() + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn background_work_waits_until_the_last_call_is_done() {
        let foreground = Foreground::default();
        let (one, other) = (foreground.enter(), foreground.enter());
        let mut background = pin!(foreground.idle(|| false));
        let mut poll = || background.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll(), Poll::Pending);
        drop(one);
        assert_eq!(poll(), Poll::Pending);
        drop(other);
        assert_eq!(poll(), Poll::Ready(()));
    }

    #[test]
    fn background_work_that_has_waited_long_enough_goes_on_between_two_calls() {
        let foreground = Foreground::default();
        let (one, _other) = (foreground.enter(), foreground.enter());
        let mut background = pin!(foreground.idle(|| true));
        let mut poll = || background.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll(), Poll::Pending);
        drop(one);
        assert_eq!(poll(), Poll::Ready(()));
    }
}
