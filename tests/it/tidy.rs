//! The rules of the house that a program can check: they hold for every file, crate and resource, also for those that
//! come later.
mod dependencies;
mod documents;
mod project;
mod sources;
mod topology;
