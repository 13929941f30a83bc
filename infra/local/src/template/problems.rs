//! Collects what is wrong with a template, so that all of it is reported at once, in the order of its lines.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

/// The mistakes found so far. One that is met twice, as in a section that several functions share, is kept once.
#[derive(Default)]
pub(super) struct Problems(RefCell<BTreeSet<(usize, String)>>);

impl Problems {
    pub(super) fn report(&self, line: usize, message: impl Display) {
        self.0.borrow_mut().insert((line, message.to_string()));
    }

    /// `value` if nothing was reported, otherwise one line per problem.
    pub(super) fn settle<T>(self, path: &Path, value: T) -> anyhow::Result<T> {
        let found = self.0.into_inner();
        if found.is_empty() {
            return Ok(value);
        }
        let lines: Vec<String> =
            found.into_iter().map(|(line, message)| format!("{}:{line}: {message}", path.display())).collect();
        Err(anyhow::Error::msg(lines.join("\n")))
    }
}
