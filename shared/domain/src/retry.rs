//! When a failed operation may be tried again.
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Now,
    After(Duration),
    Never,
}
