//! The life of an account: what Meta tells of it, what that stops and lets go on, and how fast messages go (P14, P25 to P28,
//! P38, P40).

mod blocks;
mod crashes;
mod facts;
mod pace;
mod people;
pub mod scenes;
mod token;
