//! How far a piece of long work is, in whatever it is counted.

use std::{
    io::Read,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Steps that are done, and those that there will be; read by whoever reports progress.
#[derive(Debug, Default)]
pub struct Steps {
    done: AtomicU64,
    total: AtomicU64,
}

impl Steps {
    /// There will be so many more.
    pub fn expect(&self, more: u64) {
        self.total.fetch_add(more, Relaxed);
    }

    /// So many more are done.
    pub fn count(&self, more: u64) {
        self.done.fetch_add(more, Relaxed);
    }

    /// Those that are done, and all that are known of.
    pub fn stand(&self) -> (u64, u64) {
        (self.done.load(Relaxed), self.total.load(Relaxed))
    }

    /// Counts the bytes that are read.
    pub fn follow<R: Read>(&self, from: R) -> Followed<'_, R> {
        Followed { from, steps: self }
    }
}

/// A reader whose bytes are counted.
pub struct Followed<'a, R> {
    from: R,
    steps: &'a Steps,
}

impl<R: Read> Read for Followed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.steps.count(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_counted() {
        let steps = Steps::default();
        steps.expect(4);
        std::io::copy(&mut steps.follow(&b"abc"[..]), &mut std::io::sink()).unwrap();
        assert_eq!(steps.stand(), (3, 4));
    }
}
