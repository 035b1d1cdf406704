//! Reads of the store's head that calls share: calls that come one after another without waiting are served by one read.

use std::cell::Cell;

use async_lock::Mutex;

use crate::error::Result;
use crate::store::Head;

/// A moment in the order of reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// How many reads had begun.
    begun: u64,
}

/// The reads so far.
#[derive(Debug, Default)]
pub(super) struct Heads {
    begun: Cell<u64>,
    /// The number of the last read that succeeded, from 1 on, and the head that it gave.
    last: Cell<(u64, Head)>,
    reading: Mutex<()>,
}

impl Heads {
    pub fn now(&self) -> Moment {
        Moment { begun: self.begun.get() }
    }

    /// What a read gives that begins at `moment` or later: one that was made for another call, or else `read`.
    pub async fn since(&self, moment: Moment, read: impl AsyncFnOnce() -> Result<Head>) -> Result<Head> {
        let shared = || Some(self.last.get()).filter(|(number, _)| *number > moment.begun);
        if let Some((_, head)) = shared() {
            return Ok(head);
        }
        let _reading = self.reading.lock().await;
        if let Some((_, head)) = shared() {
            return Ok(head);
        }
        let number = self.begun.get() + 1;
        self.begun.set(number);
        let head = read().await?;
        self.last.set((number, head));
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use event_listener::Event;
    use pollster::block_on;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn head(generation: u64) -> Head {
        Head { generation, history: 1 }
    }

    #[test]
    fn calls_that_wait_share_the_next_read_and_none_takes_one_that_began_before_it() {
        let (heads, reads, go_on) = (Heads::default(), Cell::new(0), Event::new());
        let read = async || {
            reads.set(reads.get() + 1);
            let number = reads.get();
            go_on.listen().await;
            Ok(head(number))
        };
        let context = &mut Context::from_waker(Waker::noop());
        let mut first = pin!(heads.since(heads.now(), read));
        assert!(first.as_mut().poll(context).is_pending());
        let (mut second, mut third) =
            (pin!(heads.since(heads.now(), read)), pin!(heads.since(heads.now(), read)));
        assert!(second.as_mut().poll(context).is_pending());
        assert!(third.as_mut().poll(context).is_pending());
        go_on.notify(1);
        assert!(matches!(first.as_mut().poll(context), Poll::Ready(Ok(it)) if it == head(1)));
        assert!(second.as_mut().poll(context).is_pending());
        go_on.notify(1);
        assert!(matches!(second.as_mut().poll(context), Poll::Ready(Ok(it)) if it == head(2)));
        assert!(matches!(third.as_mut().poll(context), Poll::Ready(Ok(it)) if it == head(2)));
        assert_eq!(reads.get(), 2);
    }

    #[test]
    fn an_earlier_moment_is_served_by_any_later_read() {
        let heads = Heads::default();
        let early = heads.now();
        block_on(heads.since(heads.now(), async || Ok(head(7)))).unwrap();
        let again = block_on(heads.since(early, async || panic!("it is known")));
        assert_eq!(again.unwrap(), head(7));
    }

    #[test]
    fn a_read_that_fails_is_nobodys_but_its_callers() {
        let heads = Heads::default();
        let early = heads.now();
        assert!(block_on(heads.since(early, async || Err(Error::deleted()))).is_err());
        assert_eq!(block_on(heads.since(early, async || Ok(head(3)))).unwrap(), head(3));
    }
}
