//! Files: those that customers send, those that are sent to them, and the bucket in between (P20 to P23).
mod crashes;
pub mod desk;
mod fetching;
mod links;
mod outside;
mod owners;
mod refused;
mod scanning;
mod sending;
mod several;
