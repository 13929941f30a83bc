//! JSON lines on stderr, warnings and worse: a warm success writes nothing.
use tracing::Level;
use tracing_subscriber::fmt;

pub(crate) fn install() {
    let lines = fmt().json().flatten_event(true).with_max_level(Level::WARN).with_target(false).without_time();
    lines.with_writer(std::io::stderr).init();
}
