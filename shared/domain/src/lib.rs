//! Types and rules of Casement as plain data and plain functions: no I/O, no async, no clock, no randomness.
#![doc = include_str!("../README.md")]
#![deny(clippy::arithmetic_side_effects)]

pub mod access;
pub mod attachment;
pub mod audit;
pub mod calendar;
pub mod canned_text;
pub mod channel;
pub mod consent;
pub mod contact;
pub mod contact_field;
pub mod contact_import;
pub mod contact_merge;
pub mod contact_search;
pub mod contact_timeline;
pub mod conversation;
pub mod csv;
pub mod document;
pub mod effect;
pub mod event;
pub mod health;
pub mod identity;
pub mod ids;
pub mod inbox;
pub mod merge;
pub mod message;
pub mod money;
pub mod notification;
pub mod pacing;
pub mod parts;
pub mod pricing;
pub mod reach;
mod retry;
pub mod sending;
pub mod settings;
pub mod template;
pub mod text;
mod time;
pub mod wallet;
pub mod webhook;

pub use retry::Retry;
pub use time::Time;

/// Declares an enum that is written as a word: `word()` gives it, `parse` reads it back.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
